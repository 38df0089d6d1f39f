"""Opening the driver of lti-platform, for the mock or for an address; what fails to open leaves nothing open."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from harness.net.client import HttpClient
from harness.net.host import CallbackHost
from harness.net.patience import Patience
from harness.net.tls import TlsMaterial
from harness.subjects.config import ConfigError
from harness.subjects.configured_stimuli import configured_stimuli
from harness.subjects.counterpart import Control, MockPeer, Outcome, Surroundings
from harness.subjects.lti_keys import own_key
from harness.subjects.lti_platform import PlatformDriver
from harness.subjects.lti_platform_target import (
    ELSEWHERE,
    LOGIN,
    OTHER_KEYS,
    REDIRECT,
    REGISTER,
    TARGET,
    TOOL_KEYS,
    OwnTool,
    PlatformTarget,
)
from harness.subjects.lti_stimuli import FormStimulus
from harness.subjects.opening import MOCK_PATIENCE, Opening, listen, load_mock, trust_of
from harness.subjects.remote import RemoteControl
from harness.subjects.stimuli import MockStimulus, Stimulus
from harness.wire.jose import JoseError, SigningKey

NAMES = (
    "launch", "register", "activate", "unregister", "copy", "copy-bulk", "copy-api", "copy-import", "submit",
    "contribute", "hello", "share", "unshare", "share-all", "show-details", "hide-details", "rotate-keys",
    "disable-type", "enable-type", "disable-deployment", "disable-registration", "enable", "hold-notices",
    "release-notices",
)  # fmt: skip
"""What a person can be asked to do in a platform."""

CUSTOM: Mapping[str, str] = {"plain": "some text", "unknown_variable": "$Invigil.unknown", "context": "$Context.id"}
"""The custom values with which our tool is registered at the mock."""

MOCK_DOMAIN = "registering.localhost"
"""The domain of dynamic registrations at the mock: under brightspace each is taken once, and ours is."""

DRIFT = timedelta(seconds=30)


async def open_lti_platform(opening: Opening) -> PlatformDriver:
    """Open the driver: our tool's doors, the mock when it is the target, client."""
    async with AsyncExitStack() as opened:
        driver = await _open(opening, opened)
        opened.pop_all()
        return driver


async def _open(opening: Opening, opened: AsyncExitStack) -> PlatformDriver:
    tls = opening.tls or TlsMaterial.make()
    is_mock = opening.spec.kind == "mock"
    patience = opening.patience or (MOCK_PATIENCE if is_mock else Patience())
    config = opening.config
    host = CallbackHost(opening.journal)
    opened.push_async_callback(host.stop)
    if is_mock or (opening.spec.is_loopback and "callback" not in config.tables):
        # A peer on this machine may be reached by http: not every one can be told of our certificate.
        await host.listen("https", tls=tls.server)
        await host.listen("http")
    else:
        await listen(opening, host)
    if is_mock or config.get("callback", "untrusted"):
        await _listen_untrusted(opening, host)
    scheme = "https" if is_mock or config.get("callback", "https") else "http"
    tool = _tool(opening, host, scheme, is_mock)
    mock: Any = None
    control: Control | None = None
    remote, ahead = None, timedelta(0)
    stimuli: dict[str, Stimulus] = {}
    if is_mock:
        mock = load_mock("invigil.mocks", "lti-platform")
        opened.push_async_callback(mock.stop)
        target = await _mocked(opening, mock, tool, host, scheme, tls, patience)
        control = mock
        stimuli = {name: MockStimulus(name, mock.act) for name in NAMES}
    else:
        target = _configured(opening)
        if config.get("control", "url"):
            control = remote = RemoteControl(str(config.get("control", "url")), opening.clock)
            opened.push_async_callback(remote.close)
            found = await remote.begin("")
            ahead = found if abs(found) > DRIFT else timedelta(0)
            stimuli = {name: MockStimulus(name, _by_control(remote)) for name in NAMES if name in remote.triggers}
    client = HttpClient(opening.journal, patience.answer, trust_of(config, tls), keep_alive=is_mock)
    opened.push_async_callback(client.close)
    if not is_mock:
        stimuli |= configured_stimuli(
            opening.stimuli, config, NAMES, lambda name, url: FormStimulus(name, url, client)
        )  # fmt: skip
    driver = PlatformDriver(
        target, tool, opening.journal, opening.clock, client, host, patience, stimuli, opening.seed, control, mock,
        opening.marker, opening.owned, opening.budget, scheme, ahead, remote.close if remote else None,
    )  # fmt: skip
    driver.open_doors()
    return driver


async def _listen_untrusted(opening: Opening, host: CallbackHost) -> None:
    """Open an https address whose certificate comes from an authority that nobody has heard of."""
    public = str(opening.config.get("callback", "untrusted", ""))
    bind = str(opening.config.get("callback", "bind", "0.0.0.0")) if public else "127.0.0.1"
    port = (urlsplit(public).port or 443) if public else 0
    try:
        await host.listen("untrusted", tls=TlsMaterial.make().server, host=bind, port=port, public=public)
    except OSError as error:
        place = f"{opening.config.path}: [callback] untrusted {public}"
        raise ConfigError(f"{place}: {error.strerror or error}") from None


def _tool(opening: Opening, host: CallbackHost, scheme: str, is_mock: bool) -> OwnTool:
    """Return what our tool is called by; its keys are our own, or the one that `[lti] key-file` holds."""
    if scheme not in host.public:
        raise ConfigError(f"{opening.config.path}: [callback] {scheme}: expected the address of our tool, got none")
    base = host.public[scheme]
    domain = str(opening.config.get("lti", "domain", "")) or (urlsplit(base).hostname or "")
    # The mock has it registered; of another platform nobody knows unless its configuration says so.
    elsewhere = f"{scheme}://127.0.0.1:{urlsplit(base).port}/{ELSEWHERE}" if is_mock else ""
    file = str(opening.config.get("lti", "key-file", ""))
    key = own_key("tool")
    if file:
        try:
            key = SigningKey.from_pem(Path(file).read_bytes(), str(opening.config.get("lti", "kid", "")) or None)
        except (OSError, JoseError) as error:
            raise ConfigError(f"{opening.config.path}: [lti] key-file {file}: {error}") from None
    return OwnTool(
        domain, host.url(LOGIN, scheme), host.url(REDIRECT, scheme),
        str(opening.config.get("lti", "elsewhere-url", "")) or elsewhere, host.url(TARGET, scheme), key,
        own_key("other-tool"), own_key("attacker"),
        str(opening.config.get("lti", "registration-domain", "")) or (MOCK_DOMAIN if is_mock else domain),
    )  # fmt: skip


async def _mocked(
    opening: Opening, mock: MockPeer, tool: OwnTool, host: CallbackHost, scheme: str, tls: TlsMaterial,
    patience: Patience,
) -> PlatformTarget:  # fmt: skip
    about = {
        "domain": tool.domain, "login_url": tool.login_url, "target_link_uri": tool.target_link_uri,
        "redirect_urls": [tool.redirect_url, tool.target_link_uri, tool.elsewhere_url],
        "jwks_url": host.url(TOOL_KEYS, scheme), "other_jwks_url": host.url(OTHER_KEYS, scheme),
        "register_url": host.url(REGISTER, scheme), "custom": dict(CUSTOM),
    }  # fmt: skip
    around = Surroundings(
        {**opening.settings, "tool": about}, opening.spec.faults, opening.clock, tls.trust, tls.server,
        patience=patience.answer, another_tls=tls.another,
    )  # fmt: skip
    return PlatformTarget(**await mock.start(around))


def _by_control(control: Control) -> Any:
    """Return what lets the control API do what a stimulus asks for."""

    async def act(name: str, values: Mapping[str, str]) -> Outcome:
        given = {key.removeprefix("INVIGIL_").lower(): value for key, value in values.items()}
        told = await control.trigger(name, given)
        return Outcome("mock", str(told["status"]), str(told.get("output", "")))

    return act


_NEEDED = {"issuer": "issuer", "auth-url": "auth_url", "token-url": "token_url", "keys-url": "keys_url"}


def _configured(opening: Opening) -> PlatformTarget:
    config = opening.config
    place = f"{config.path or '--config'}: [lti]"
    given = {name: str(config.get("lti", key, "")) for key, name in _NEEDED.items()}
    for key in (*_NEEDED, "client-id", "deployment-id"):
        if not config.get("lti", key, ""):
            raise ConfigError(f"{place} {key}: expected what the platform told when our tool was registered, got none")
    other = config.get("lti", "other-client", {}) or {}
    return PlatformTarget(
        **given, client_id=str(config.get("lti", "client-id")), deployment_id=str(config.get("lti", "deployment-id")),
        audience=str(config.get("lti", "audience", "")),
        configuration_url=str(config.get("lti", "configuration-url", "")),
        other_deployment=str(config.get("lti", "other-deployment", "")),
        other_client=(str(other.get("client-id", "")), str(other.get("deployment-id", ""))),
        disabled_client=str(config.get("lti", "disabled-client", "")),
        handlers_url=str(config.get("lti", "handlers-url", "")),
        handlers_query=str(config.get("lti", "handlers-query", "")),
        courses=tuple(str(one) for one in config.get("lti", "courses", ())),
    )  # fmt: skip
