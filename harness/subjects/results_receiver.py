"""The driver of results-receiver: posts results by the mock engine, looks at the receiver's probe for their effect."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from harness.evidence.journal import Journal
from harness.net.client import HttpClient, Request, Where
from harness.net.clock import Clock
from harness.net.patience import Patience, pause, within
from harness.subjects.counterpart import MockPeer, Parcel, Sender
from harness.subjects.driver import NotOffered, TargetUnreachable
from harness.subjects.receiver_records import PROBE, Reception
from harness.subjects.records import BEGUN
from harness.subjects.stimuli import Stimulus
from harness.wire.results_policy import BLANK, DEFAULT, Policy, State
from harness.wire.results_probe import probe_url

PASSED = State("complete", "passed", None, 324)


@dataclass(frozen=True, slots=True)
class ReceiverTarget:
    """A receiver as configured: where postbacks go, how they are authenticated, and what its owner lets us see.

    ``probe`` is the template of `harness.wire.results_probe`; ``registrations`` are ids that the receiver knows,
    one for each scenario; with a stimulus ``enrol`` it learns those that we choose. ``policy`` is the declared one.
    """

    url: str
    auth_types: tuple[str, ...] = ("form",)
    user: str = ""
    password: str = ""
    probe: str = ""
    registrations: tuple[str, ...] = ()
    policy: Policy = DEFAULT


@dataclass(slots=True)
class ReceiverDriver:
    """Drives one receiver of results. ``api`` is what the receiver needs to ask the counterpart for a result."""

    target: ReceiverTarget
    journal: Journal
    clock: Clock
    counterpart: Sender
    api: Mapping[str, Any]
    client: HttpClient
    patience: Patience
    stimuli: Mapping[str, Stimulus] = field(default_factory=dict)
    seed: int = 0
    mock: MockPeer | None = None
    marker: str = "invigil"
    owned: bool = True
    budget: str = "quick"
    _free: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._free = list(self.target.registrations)

    @property
    def offers(self) -> frozenset[str]:
        """The ways of authentication, the probe and the stimuli that are configured."""
        found = {f"receiver.{name}" for name in self.target.auth_types}
        found |= {f"stimulus.{name}" for name in self.stimuli}
        found |= {"receiver.probe"} if self.target.probe else set()
        found |= {"receiver.credentials"} if self.target.user else set()
        return frozenset(found | ({"ownership"} if self.owned else set()))

    def begin(self, scenario: str, case: str, values: Mapping[str, Any]) -> Posting:
        """Open the context in which a scenario acts."""
        token = hashlib.sha256(f"{self.seed}/{self.marker}/{scenario}/{case}".encode()).hexdigest()[:16]
        facts = {
            **values,
            "url": self.target.url,
            "probe": bool(self.target.probe),
            "policy": asdict(self.target.policy),
        }
        self.journal.event((scenario, case, ""), BEGUN, facts)
        return Posting(self, scenario, case, token)

    async def end(self, context: Posting) -> None:
        """Let held answers go."""
        for regid in context.mine:
            self.counterpart.release(regid)

    async def smoke(self) -> None:
        """Connect once; raises `TargetUnreachable` when nothing answers at the address."""
        received = await self.client.send(("smoke", "", ""), "smoke", Request("GET", self.target.url, keep=64))
        if received.error in ("refused", "dns", "tls", "bad-url"):
            url = self.journal.redactor.text(self.target.url)
            raise TargetUnreachable(f"{url}: no connection ({received.error}); check [target] url")

    async def settle(self) -> None:
        """Wait until nothing is due."""
        if self.mock:
            await within(self.patience.callback, self.mock.quiesce())
        else:
            await pause(self.patience.absence)

    async def stop(self) -> None:
        """Close counterpart, mock and connections."""
        await self.counterpart.stop()
        await self.client.close()
        if self.mock:
            await self.mock.stop()

    def take(self) -> str | None:
        """Return a registration that the receiver knows and that nobody has used yet."""
        return self._free.pop(0) if self._free else None


@dataclass(slots=True)
class Posting:
    """The context of one scenario: a registration of its own, postbacks about it, a look at their effect.

    ``loop`` is where it acts; a scenario of the threaded kind reaches it from its own thread.
    """

    driver: ReceiverDriver
    scenario: str
    case: str
    token: str
    mine: list[str] = field(default_factory=list)
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)

    def where(self, step: str = "") -> Where:
        """Return where entries of a step are kept."""
        return (self.scenario, self.case, step)

    def unknown(self) -> str:
        """Return an id that the receiver cannot know."""
        return f"{self.driver.marker}-{self.token}-unknown"

    async def registration(self, name: str = "r") -> str:
        """Return a registration that the receiver knows: enrolled now, else one of those that its owner has named."""
        regid = f"{self.driver.marker}-{self.token}-{name}"
        if "enrol" in self.driver.stimuli:
            await self.stimulate("enrol", regid)
        else:
            known = self.driver.take()
            if known is None:
                raise NotOffered("not configured: stimulus.enrol, or one more id in [receiver] registrations")
            regid = known
        self.mine.append(regid)
        return regid

    def login(self) -> tuple[str, str] | None:
        """Return the right credentials, if there are some."""
        target = self.driver.target
        return (target.user, target.password) if target.user else None

    def parcel(self, regid: str, state: State, **options: Any) -> Parcel:
        """Return a sound postback of a result by the first way of authentication; options as of `Parcel`."""
        options.setdefault("authtype", self.driver.target.auth_types[0])
        options.setdefault("login", self.login())
        options.setdefault("url", self.driver.target.url)
        return Parcel(regid=regid, state=facts_of(state), **options)

    async def post(self, regid: str, state: State = PASSED, *, step: str, **options: Any) -> None:
        """Post a result once."""
        self.note("carried", step, **facts_of(state))
        await self.driver.counterpart.deliver(self.where(step), self.parcel(regid, state, **options))

    async def look(self, regid: str, *, step: str) -> None:
        """Look at the probe; does nothing when there is none."""
        if self.driver.target.probe:
            url = probe_url(self.driver.target.probe, regid)
            await self.driver.client.send(self.where(step), PROBE, Request("GET", url))

    async def settled(self, regid: str, state: State, *, step: str) -> None:
        """Look at the probe until it shows a state, or patience is over: a receiver may work later than it answers."""
        for number in range(12):
            await self.look(regid, step=step if number == 0 else f"{step}-{number}")
            shown = self.seen().shown
            if not shown or shown[-1].probed.state == state or self.driver.mock:
                return
            await pause(min(0.02 * 1.7**number, self.driver.patience.callback / 12))

    async def stimulate(self, name: str, regid: str, *, step: str = "", wait: bool = True) -> Any:
        """Give a stimulus (enrol, refresh, reset) about a registration; its outcome is part of the record."""
        if name not in self.driver.stimuli:
            raise NotOffered(f"not configured: stimulus.{name}")
        given = {"INVIGIL_REGISTRATION": regid, "INVIGIL_API_URL": str(self.driver.api["api_url"])}
        given |= {"INVIGIL_API_APPID": str(self.driver.api["appid"])}
        given |= {"INVIGIL_API_SECRET": str(self.driver.api["secret"])}
        stimulated = await self.driver.stimuli[name].start(given)
        if not wait:
            return stimulated
        return await self.finished(stimulated, name, step)

    async def finished(self, stimulated: Any, name: str, step: str = "") -> Any:
        """Wait for a stimulus that was given without waiting."""
        outcome = await stimulated.outcome(self.driver.patience.answer + self.driver.patience.callback)
        self.note("stimulus", step, stimulus=name, **outcome.facts())
        return outcome

    def note(self, name: str, step: str = "", **facts: Any) -> None:
        """Keep an event of this scenario."""
        self.driver.journal.event(self.where(step), name, facts)

    def seen(self, step: str | None = None) -> Reception:
        """Return the record as far as it has come, or what belongs to one step of it."""
        entries = self.driver.journal.of(self.scenario, self.case)
        return Reception.from_entries([e for e in entries if step is None or e.step in ("", step)])


def facts_of(state: State) -> dict[str, Any]:
    """Return a state as facts of an event and of a parcel."""
    score = None if state.score is None else str(state.score)
    return {"complete": state.complete, "success": state.success, "score": score, "totaltime": state.totaltime}


__all__ = ["BLANK", "PASSED", "Posting", "ReceiverDriver", "ReceiverTarget", "facts_of"]
