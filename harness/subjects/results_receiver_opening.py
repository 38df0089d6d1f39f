"""Opening the driver of results-receiver: the sender, and the mock LMS when it is the subject."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import fields
from typing import Any

from harness.evidence.journal import Journal
from harness.net.client import HttpClient
from harness.net.patience import Patience
from harness.net.tls import TlsMaterial
from harness.subjects.config import ConfigError
from harness.subjects.configured_stimuli import configured_stimuli
from harness.subjects.counterpart import Sender, Surroundings
from harness.subjects.opening import MOCK_PATIENCE, Opening, load_mock, trust_of
from harness.subjects.receiver_stimuli import HttpStimulus
from harness.subjects.results_receiver import ReceiverDriver, ReceiverTarget
from harness.subjects.stimuli import MockStimulus
from harness.wire.results_policy import Policy
from harness.wire.results_probe import PLACE

NAMES = ("enrol", "refresh", "reset", "outage")
AUTH_TYPES = ("form", "httpbasic")


async def open_results_receiver(opening: Opening) -> ReceiverDriver:
    """Open the driver; what fails to open leaves nothing open."""
    async with AsyncExitStack() as opened:
        driver = await _open(opening, opened)
        opened.pop_all()
        return driver


async def _open(opening: Opening, opened: AsyncExitStack) -> ReceiverDriver:
    tls = opening.tls or TlsMaterial.make()
    is_mock = opening.spec.kind == "mock"
    patience = opening.patience or (MOCK_PATIENCE if is_mock else Patience())
    config = opening.config
    public = {"http": str(config.get("callback", "http"))} if config.get("callback", "http") else {}
    counterpart: Sender = load_mock("invigil.counterparts", "results-receiver")
    opened.push_async_callback(counterpart.stop)
    app = {"appid": str(config.get("app", "id", "")), "secret": config.secret("app", "secret-key")}
    around = Surroundings(
        {**opening.settings, **app}, (), opening.clock, tls.trust, patience=patience.answer,
        bind=str(config.get("callback", "bind", "0.0.0.0")), public=public,
    )  # fmt: skip
    try:
        api = await counterpart.start(opening.journal, around)
    except OSError as error:
        where = f"{config.path}: [callback] http {config.get('callback', 'http')}"
        raise ConfigError(f"{where}: {error.strerror or error}") from None
    client = HttpClient(opening.journal, patience.answer, trust_of(config, tls))
    opened.push_async_callback(client.close)
    # What moves the receiver's owner is no postback: its exchanges are told by an event, not kept.
    mover = HttpClient(Journal(opening.clock.now, recording=False), patience.answer, client.trust)
    opened.push_async_callback(mover.close)
    mock = None
    stimuli = configured_stimuli(opening.stimuli, config, NAMES, lambda name, url: HttpStimulus(name, url, mover))
    if is_mock:
        mock = load_mock("invigil.mocks", "results-receiver")
        opened.push_async_callback(mock.stop)
        facts = await mock.start(
            Surroundings(opening.settings, opening.spec.faults, opening.clock, tls.trust, patience=patience.answer)
        )
        target = ReceiverTarget(
            facts["url"], tuple(facts["auth_types"]), facts.get("user", ""), facts.get("password", ""), facts["probe"],
            policy=facts["policy"], public_url=facts["public_url"], log=facts["log"],
        )  # fmt: skip
        stimuli = {name: MockStimulus(name, mock.act) for name in NAMES}
    else:
        target = _configured(opening)
    opening.journal.redactor.add("postback-password", target.password)
    opening.journal.redactor.add("secret-key", str(api["secret"]))
    return ReceiverDriver(
        target, opening.journal, opening.clock, counterpart, api, client, patience, stimuli, opening.seed, mock,
        opening.marker, opening.owned, opening.budget, bool(public) or opening.spec.is_loopback, mover,
    )  # fmt: skip


def _configured(opening: Opening) -> ReceiverTarget:
    config = opening.config
    url = opening.spec.text if opening.spec.kind == "url" else str(config.get("target", "url", ""))
    types = tuple(str(name) for name in config.get("receiver", "auth-types", ["form"]))
    for name in types or ("",):
        if name not in AUTH_TYPES:
            raise ConfigError(f"{config.path}: [receiver] auth-types: expected form or httpbasic, got {name!r}")
    probe = str(config.get("receiver", "probe", ""))
    if probe and PLACE not in probe:
        raise ConfigError(f"{config.path}: [receiver] probe: expected a URL that holds {PLACE}, got {probe!r}")
    known = tuple(str(name) for name in config.get("receiver", "registrations", ()))
    return ReceiverTarget(
        url, types, str(config.get("receiver", "user", "")), config.secret("receiver", "password"), probe, known,
        policy_of(config.get("receiver", "policy", {}), config.path),
        str(config.get("receiver", "public-url", "")), str(config.get("receiver", "log", "")),
    )  # fmt: skip


def policy_of(table: Mapping[str, Any], path: str) -> Policy:
    """Read a declared policy; ConfigError names a key or value that is not known."""
    known = {field.name.replace("_", "-"): field for field in fields(Policy)}
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key not in known:
            raise ConfigError(f"{path}: unknown key {key!r} in [receiver.policy]; expected one of {', '.join(known)}")
        default = known[key].default
        if type(value) is not type(default):
            raise ConfigError(
                f"{path}: [receiver.policy] {key}: expected {type(default).__name__} such as {default!r}, got {value!r}"
            )
        values[known[key].name] = value
    try:
        return Policy(**values)
    except ValueError as error:
        raise ConfigError(f"{path}: [receiver.policy]: {error}") from None
