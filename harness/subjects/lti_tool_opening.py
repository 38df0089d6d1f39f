"""Opening the driver of lti-tool, for the mock or for a tool elsewhere; what fails to open leaves nothing open."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from harness.evidence.journal import Journal
from harness.net.client import HttpClient
from harness.net.patience import Patience
from harness.net.tls import TlsMaterial
from harness.subjects.config import ConfigError
from harness.subjects.configured_stimuli import configured_stimuli
from harness.subjects.counterpart import MockPeer, PlatformSide, Surroundings
from harness.subjects.lti_keys import own_key
from harness.subjects.lti_stimuli import FormStimulus
from harness.subjects.lti_tool import ToolDriver
from harness.subjects.lti_tool_target import SECOND, STIMULI, OurPlatform, ToolTarget
from harness.subjects.opening import MOCK_PATIENCE, Opening, certificate, load_mock, trust_of
from harness.subjects.stimuli import MockStimulus
from harness.wire.jose import JoseError, SigningKey
from harness.wire.pns_probe import PLACE

SIGNERS = ("platform", "next", "unpublished", "other-platform", "attacker")


async def open_lti_tool(opening: Opening) -> ToolDriver:
    """Open the driver: counterpart, mock when it is the target, client."""
    async with AsyncExitStack() as opened:
        driver = await _open(opening, opened)
        opened.pop_all()
        return driver


async def _open(opening: Opening, opened: AsyncExitStack) -> ToolDriver:
    tls = opening.tls or TlsMaterial.make()
    is_mock = opening.spec.kind == "mock"
    patience = opening.patience or (MOCK_PATIENCE if is_mock else Patience())
    counterpart: PlatformSide = load_mock("invigil.counterparts", "lti-tool")
    opened.push_async_callback(counterpart.stop)
    ours = OurPlatform(**await counterpart.start(opening.journal, _surroundings(opening, tls, patience)))
    client = HttpClient(opening.journal, patience.answer, trust_of(opening.config, tls), keep_alive=is_mock)
    opened.push_async_callback(client.close)
    # What moves the tool's owner is no launch: its exchanges are told by an event, not kept.
    mover = HttpClient(Journal(opening.clock.now, recording=False), patience.answer, client.trust)
    opened.push_async_callback(mover.close)
    mock: Any = None
    stimuli = configured_stimuli(
        opening.stimuli, opening.config, STIMULI, lambda name, url: FormStimulus(name, url, mover)
    )
    if is_mock:
        mock = load_mock("invigil.mocks", "lti-tool")
        opened.push_async_callback(mock.stop)
        target = await _mocked(opening, mock, counterpart, ours, tls, patience)
        stimuli = {name: MockStimulus(name, mock.act) for name in STIMULI[:2]}
    else:
        target = await _configured(opening, counterpart)
    driver = ToolDriver(
        target, ours, opening.journal, opening.clock, counterpart, client, patience, stimuli, opening.seed, mock,
        opening.marker, opening.owned, opening.budget, mover,
    )  # fmt: skip
    counterpart.on_event(driver.told)
    return driver


def _surroundings(opening: Opening, tls: TlsMaterial, patience: Patience) -> Surroundings:
    """Return where our platform stands: by https, or by http where only that is configured."""
    config = opening.config
    public = {
        scheme: str(config.get("callback", scheme)) for scheme in ("http", "https") if config.get("callback", scheme)
    }
    context: ssl.SSLContext | None = tls.server
    if "https" in public:
        context = certificate(config)
    elif "http" in public:
        context = None
    keys: dict[str, SigningKey] = {}
    if opening.spec.kind != "mock":
        keys = {name: own_key(name) for name in SIGNERS}
        file = str(config.get("tool", "key-file", ""))
        if file:
            try:
                keys["platform"] = SigningKey.from_pem(
                    Path(file).read_bytes(), str(config.get("tool", "kid", "")) or "platform"
                )
            except (OSError, JoseError) as error:
                raise ConfigError(f"{config.path}: [tool] key-file {file}: {error}") from None
    settings = {**opening.settings, "keys": keys, "near": opening.spec.kind == "mock"}
    return Surroundings(
        settings, (), opening.clock, trust_of(config, tls), context, patience=patience.answer,
        bind=str(config.get("callback", "bind", "0.0.0.0")), public=public,
    )  # fmt: skip


async def _mocked(
    opening: Opening, mock: MockPeer, counterpart: PlatformSide, ours: OurPlatform, tls: TlsMaterial, patience: Patience
) -> ToolTarget:
    facts = await mock.start(
        Surroundings(
            opening.settings,
            opening.spec.faults,
            opening.clock,
            tls.trust,
            tls.server,
            patience=patience.answer,
            another_tls=tls.another,
        )
    )
    placed = await counterpart.admit(facts)
    client, deployments = str(placed["client_id"]), tuple(placed["deployments"])
    await mock.configure(ours.facts(client, deployments))  # type: ignore[attr-defined]
    second = {**ours.facts(client, (SECOND,)), **ours.second}
    await mock.configure(second)  # type: ignore[attr-defined]
    return ToolTarget(
        str(facts["login_url"]), tuple(facts["redirect_urls"]), client, deployments, str(facts["target_link_uri"]),
        str(facts["jwks_url"]), str(facts["domain"]), str(facts["registration_url"]), str(facts["probe"]), True,
        notice_types=tuple(facts["notice_types"]), courses=tuple(placed["courses"]),
    )  # fmt: skip


async def _configured(opening: Opening, counterpart: PlatformSide) -> ToolTarget:
    config = opening.config
    place = f"{config.path or '--config'}: [tool]"
    login = opening.spec.text if opening.spec.kind == "url" else str(config.get("tool", "login-url", ""))
    redirects = tuple(str(url) for url in config.get("tool", "redirect-urls", ()))
    client, deployments = str(config.get("tool", "client-id", "")), tuple(config.get("tool", "deployments", ()))
    wanted: Mapping[str, Any] = {
        "login-url": login, "redirect-urls": redirects, "client-id": client, "deployments": deployments
    }  # fmt: skip
    for key, value in wanted.items():
        if not value:
            raise ConfigError(f"{place} {key}: expected what our platform and the tool know each other by, got none")
    probe = str(config.get("tool", "probe", ""))
    if probe and PLACE not in probe:
        raise ConfigError(f"{place} probe: expected a URL that holds {PLACE}, got {probe!r}")
    target = ToolTarget(
        login, redirects, client, tuple(str(one) for one in deployments),
        str(config.get("tool", "target-link-uri", "")), str(config.get("tool", "jwks-url", "")),
        str(config.get("tool", "domain", "")), str(config.get("tool", "registration-url", "")), probe,
        bool(config.get("tool", "knows-second", False)), str(config.get("tool", "welcome", "")),
        str(config.get("tool", "handler", "")),
    )  # fmt: skip
    placed = await counterpart.admit({
        "login_url": login, "redirect_urls": redirects, "target_link_uri": target.target_link_uri,
        "jwks_url": target.jwks_url, "client_id": client, "deployments": target.deployments,
    })  # fmt: skip
    return ToolTarget(**{**{f: getattr(target, f) for f in target.__slots__}, "courses": tuple(placed["courses"])})
