"""Opening the driver of cloud-v1, for the mock or for an address; what fails to open leaves nothing open."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

from harness.net.client import HttpClient
from harness.net.host import CallbackHost
from harness.net.patience import Patience
from harness.net.tls import TlsMaterial
from harness.subjects.cloud_v1 import CloudDriver, CloudTarget
from harness.subjects.config import ConfigError
from harness.subjects.configured_stimuli import configured_stimuli
from harness.subjects.counterpart import Control, Outcome, Surroundings
from harness.subjects.opening import MOCK_PATIENCE, Opening, listen, load_mock, trust_of
from harness.subjects.remote import RemoteControl
from harness.subjects.stimuli import MockStimulus, Stimulus

TRIGGER: Mapping[str, str] = {"learn": "registration", "restart": "restart"}
"""The stimuli, and the trigger of the control API that does what each asks for."""

NAMES = tuple(TRIGGER)
DRIFT = timedelta(seconds=30)


async def open_cloud_v1(opening: Opening) -> CloudDriver:
    """Open the driver: callback host, mock when it is the target, client."""
    async with AsyncExitStack() as opened:
        driver = await _open(opening, opened)
        opened.pop_all()
        return driver


async def _open(opening: Opening, opened: AsyncExitStack) -> CloudDriver:
    tls = opening.tls or TlsMaterial.make()
    is_mock = opening.spec.kind == "mock"
    patience = opening.patience or (MOCK_PATIENCE if is_mock else Patience())
    host = CallbackHost(opening.journal)
    opened.push_async_callback(host.stop)
    if is_mock or (opening.spec.is_loopback and "callback" not in opening.config.tables):
        await host.listen("http")
    else:
        await listen(opening, host)
    mock, ahead, remote = None, timedelta(0), None
    control: Control | None = None
    stimuli: dict[str, Stimulus] = {}
    if is_mock:
        mock = load_mock("invigil.mocks", "cloud-v1")
        opened.push_async_callback(mock.stop)
        around = Surroundings(
            opening.settings, opening.spec.faults, opening.clock, tls.trust, tls.server, patience=patience.answer
        )
        target = CloudTarget(**await mock.start(around))
        control = mock
        stimuli = {name: MockStimulus(name, _by_control(mock)) for name in NAMES}
    else:
        target = _configured(opening)
        if opening.config.get("control", "url"):
            control = remote = RemoteControl(str(opening.config.get("control", "url")), opening.clock)
            opened.push_async_callback(remote.close)
            ahead = _beyond_drift(await remote.begin(target.appid))
            stimuli = {
                name: MockStimulus(name, _by_control(remote)) for name in NAMES if TRIGGER[name] in remote.triggers
            }
        stimuli |= configured_stimuli(opening.stimuli, opening.config, NAMES)
    secrets = (target.secret, *(pair[1] for pair in (target.other, target.undeletable) if pair))
    for secret in secrets:
        opening.journal.redactor.add("secret-key", secret)
    client = HttpClient(opening.journal, patience.answer, trust_of(opening.config, tls))
    return CloudDriver(
        target, opening.journal, opening.clock, client, host, patience, opening.package, stimuli, opening.seed, control,
        mock, opening.marker, opening.owned, opening.budget,
        float(opening.config.get("patience", "waiting-budget", 0.0)), ahead, remote.close if remote else None,
    )  # fmt: skip


def _beyond_drift(ahead: timedelta) -> timedelta:
    """Return how far protocol time was moved: what a clock is off by itself is no matter of ours."""
    return ahead if abs(ahead) > DRIFT else timedelta(0)


def _by_control(control: Control) -> Any:
    """Return what lets the control API do what a stimulus asks for."""

    async def act(name: str, values: Mapping[str, str]) -> Outcome:
        given = {key.removeprefix("INVIGIL_").lower(): value for key, value in values.items()}
        told = await control.trigger(TRIGGER[name], given)
        return Outcome("mock", str(told["status"]), str(told.get("output", "")))

    return act


def _configured(opening: Opening) -> CloudTarget:
    config = opening.config
    pairs = {}
    for key in ("other", "undeletable"):
        table = config.get("app", key)
        pairs[key] = (str(table.get("id", "")), str(table.get("secret", ""))) if table else None
    url = opening.spec.text if opening.spec.kind == "url" else str(config.get("target", "url", ""))
    appid, secret = str(config.get("app", "id", "")), config.secret("app", "secret-key")
    if not appid or not secret:
        raise ConfigError(f"{config.path or '--config'}: [app] id and secret-key: expected both, the calls are signed")
    https = str(config.get("target", "https-url", "")) or (url if url.startswith("https:") else "")
    return CloudTarget(url, appid, secret, pairs["other"], pairs["undeletable"], https)
