"""The driver of pens-client: moves an authoring tool by stimuli and lets the mock engine face it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from harness.evidence.journal import Journal
from harness.net.client import HttpClient, Request, Where
from harness.net.clock import Clock
from harness.net.patience import Patience, pause, within
from harness.net.tls import TlsMaterial
from harness.subjects.configured_stimuli import configured_stimuli, known
from harness.subjects.counterpart import Arm, Counterpart, Surroundings
from harness.subjects.driver import NotOffered
from harness.subjects.opening import MOCK_PATIENCE, Opening, certificate, load_mock, trust_of
from harness.subjects.publish_records import Published
from harness.subjects.records import BEGUN
from harness.subjects.stimuli import (
    NULL_KINDS,
    MockStimulus,
    NullStimulus,
    Stimulated,
    Stimulus,
)
from harness.wire.binding import FORM, Pairs, encode_query
from harness.wire.pens import read_expiry, write_expiry

NAMES = ("publish", "republish", "publish-other")


@dataclass(slots=True)
class PensClientDriver:
    """Drives one authoring tool. ``addresses`` are what the counterpart advertises; ``mock`` is set in process."""

    journal: Journal
    clock: Clock
    counterpart: Counterpart
    addresses: Mapping[str, Any]
    stimuli: Mapping[str, Stimulus]
    client: HttpClient
    patience: Patience
    mock: Any = None
    tls: TlsMaterial | None = None
    budget: str = "quick"
    waiting_budget: float = 0.0
    heard: Mapping[str, str] = field(default_factory=dict)

    @property
    def offers(self) -> frozenset[str]:
        """The stimuli that are configured, and whether protocol time can be moved on the subject."""
        return frozenset({f"stimulus.{name}" for name in self.stimuli} | ({"control"} if self.mock else set()))

    def hear(self, name: str, facts: Mapping[str, Any]) -> None:
        """Remember the elements of the last collect: the journal holds no secret, but a visit needs it."""
        if name == "collect":
            self.heard = dict(facts["elements"])

    def begin(self, scenario: str, case: str, values: Mapping[str, Any]) -> Publishing:
        """Open the context in which a scenario acts."""
        self.heard = {}
        self.journal.event((scenario, case, ""), BEGUN, {**values, "now": write_expiry(self.clock.now())})
        return Publishing(self, scenario, case)

    async def end(self, context: Publishing) -> None:
        """Disarm the counterpart and let the subject go."""
        self.counterpart.disarm()
        for stimulated in context.under_way:
            await stimulated.release()

    async def smoke(self) -> None:
        """Nothing can be tried without publishing."""

    async def settle(self) -> None:
        """Wait until nothing is due."""
        await within(self.patience.callback, self.counterpart.quiesce())
        if self.mock is None:
            await pause(self.patience.absence)

    async def stop(self) -> None:
        """Close counterpart, mock and connections."""
        await self.counterpart.stop()
        await self.client.close()
        if self.mock is not None:
            await self.mock.stop()


@dataclass(slots=True)
class Publishing:
    """The context of one scenario: arms the counterpart, gives the stimulus, waits until the record is complete."""

    driver: PensClientDriver
    scenario: str
    case: str
    under_way: list[Stimulated] = field(default_factory=list)

    def where(self, step: str = "") -> Where:
        """Return where entries of a step are kept."""
        return (self.scenario, self.case, step)

    async def publish(
        self, arm: Arm | None = None, *, stimulus: str = "publish", step: str = "", address: str = "url",
        values: Mapping[str, str] | None = None,
    ) -> Published:  # fmt: skip
        """Let the subject publish to the counterpart, which behaves as ``arm`` says, and return what came of it.

        ``address`` names which of the counterpart's addresses is given: url, https, slash or query.
        """
        if stimulus not in self.driver.stimuli:
            raise NotOffered(f"not configured: stimulus.{stimulus}")
        driver, where = self.driver, self.where(step)
        target = str(driver.addresses[address])
        given = {
            "INVIGIL_TARGET_URL": target, "INVIGIL_PUBLISH": stimulus,
            "INVIGIL_SYSTEM_USER_ID": str(driver.addresses.get("user", "")),
            "INVIGIL_SYSTEM_PASSWORD": str(driver.addresses.get("password", "")),
            "INVIGIL_WAIT": f"{driver.patience.callback:g}", **(values or {}),
        }  # fmt: skip
        user = given["INVIGIL_SYSTEM_USER_ID"]
        driver.journal.event(where, "armed", {"target": target, "arm": (arm or Arm()).name, "user": user})
        driver.counterpart.arm(where, arm or Arm())
        stimulated = await driver.stimuli[stimulus].start(given)
        self.under_way.append(stimulated)
        outcome = await stimulated.outcome(driver.patience.answer + driver.patience.callback)
        await within(driver.patience.callback, driver.counterpart.quiesce())
        driver.journal.event(where, "stimulus", outcome.facts())
        return self.seen(step)

    async def visit(self, method: str, url: str, *headers: tuple[str, str], step: str = "") -> None:
        """Visit the subject's staging server ourselves."""
        request = Request(method, url, headers, keep=64)
        await self.driver.client.send(self.where(step), "probe", request)

    async def tell(self, url: str, pairs: Pairs, step: str = "") -> None:
        """Send an alert ourselves, when the target has long been silent."""
        request = Request("POST", url, (("Content-Type", FORM),), encode_query(pairs).encode())
        await self.driver.client.send(self.where(step), "alert", request)

    async def revisit(self, before: timedelta) -> None:
        """GET the package once more with the credentials that were sent, so long ``before`` its expiry.

        Does nothing when the target took no collect, or when that instant is unknown or over.
        """
        elements, clock = self.driver.heard, self.driver.clock
        expiry = read_expiry(elements.get("package-url-expiry", ""))
        if expiry is None or expiry.instant - before <= clock.now():
            return
        await self.advance(expiry.instant - before - clock.now())
        user, password = elements.get("package-url-user-id", ""), elements.get("package-url-password", "")
        token = base64.b64encode(f"{user}:{password}".encode()).decode()
        login = (("Authorization", f"Basic {token}"),) if user else ()
        await self.visit("GET", elements.get("package-url", ""), *login)

    async def advance(self, step: timedelta) -> None:
        """Move protocol time on both sides."""
        if self.driver.mock is not None:
            self.driver.clock.advance(step)
        elif step.total_seconds() <= self.driver.waiting_budget:
            await pause(step.total_seconds())
        else:
            raise NotOffered(f"waiting budget: {step} has to pass; see [patience] waiting-budget")
        self.note("advanced", seconds=step.total_seconds())

    def note(self, name: str, step: str = "", **facts: Any) -> None:
        """Keep an event of this scenario."""
        self.driver.journal.event(self.where(step), name, facts)

    def seen(self, step: str = "") -> Published:
        """Return the record as far as it has come."""
        entries = self.driver.journal.of(self.scenario, self.case)
        return Published.from_entries([entry for entry in entries if entry.step in ("", step)])


async def open_pens_client(opening: Opening) -> PensClientDriver:
    """Open the driver of pens-client: counterpart, stimuli, and the mock author when it is the subject.

    What fails to open leaves nothing open.
    """
    async with AsyncExitStack() as opened:
        driver = await _pens_client(opening, opened)
        opened.pop_all()
        return driver


async def _pens_client(opening: Opening, opened: AsyncExitStack) -> PensClientDriver:
    tls = opening.tls or TlsMaterial.make()
    patience = opening.patience or (MOCK_PATIENCE if opening.spec.kind == "mock" else Patience())
    counterpart: Counterpart = load_mock("invigil.counterparts", "pens-client")
    around = _around(opening, tls, patience)
    opened.push_async_callback(counterpart.stop)
    addresses = await counterpart.start(opening.journal, around)
    opening.journal.redactor.add("system-password", str(addresses.get("password", "")))
    client = HttpClient(opening.journal, patience.answer, trust_of(opening.config, tls))
    mock = None
    if opening.spec.kind == "mock" and not opening.stimuli and not opening.config.stimuli:
        mock = load_mock("invigil.mocks", "pens-client")
        opened.push_async_callback(mock.stop)
        author = Surroundings(
            opening.settings, opening.spec.faults, opening.clock, tls.trust, tls.server, patience=patience.answer
        )
        await mock.start(author)
    driver = PensClientDriver(
        opening.journal, opening.clock, counterpart, addresses, _stimuli(opening, mock, client), client, patience, mock,
        tls, opening.budget, float(opening.config.get("patience", "waiting-budget", 0.0)),
    )  # fmt: skip
    counterpart.on_event(driver.hear)
    return driver


def _around(opening: Opening, tls: TlsMaterial, patience: Patience) -> Surroundings:
    """Return what the counterpart is given: on this machine free ports, else the addresses of `[callback]`."""
    config = opening.config
    public = {
        scheme: str(config.get("callback", scheme)) for scheme in ("http", "https") if config.get("callback", scheme)
    }
    server = certificate(config) if "https" in public else tls.server
    bind = str(config.get("callback", "bind", "0.0.0.0"))
    return Surroundings(
        opening.settings, (), opening.clock, tls.trust, server, patience=patience.answer, bind=bind, public=public
    )


def _stimuli(opening: Opening, mock: Any, client: HttpClient) -> dict[str, Stimulus]:
    if mock is not None:
        return {name: MockStimulus(name, mock.publish) for name in NAMES}
    nulls = {name: kind for name, kind in opening.stimuli.items() if kind in NULL_KINDS}
    typed = {name: kind for name, kind in opening.stimuli.items() if name not in nulls}
    found = configured_stimuli(typed, opening.config, NAMES)

    async def send(url: str, body: bytes, content_type: str) -> None:
        await client.send(("", "", ""), "null", Request("POST", url, (("Content-Type", content_type),), body))

    return found | {known(name, NAMES): NullStimulus(kind, send) for name, kind in nulls.items()}
