"""The driver of results-receiver: posts results by the mock engine, looks at the receiver's probe for their effect."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from harness.evidence.journal import Journal
from harness.net.client import HttpClient, Received, Request, Where
from harness.net.clock import Clock
from harness.net.patience import Patience, pause, within
from harness.subjects.counterpart import MockPeer, Parcel, Sender
from harness.subjects.driver import NotOffered, TargetUnreachable
from harness.subjects.receiver_records import PROBE, Reception, Receptions, Shown, facts_of
from harness.subjects.receiver_stimuli import reveals, shown_by
from harness.subjects.records import BEGUN
from harness.subjects.stimuli import Stimulus
from harness.wire.results_policy import BLANK, DEFAULT, Policy, State
from harness.wire.results_probe import probe_url

PASSED = State("complete", "passed", None, 324)
TOO_MANY = 429
LOOKS = {"mock": 4, "other": 12}
"""How often at most the probe is asked for what is due; our mock is done after a moment, or never."""


@dataclass(frozen=True, slots=True)
class ReceiverTarget:
    """A receiver as configured: where postbacks go, how they are authenticated, and what its owner lets us see.

    ``probe`` is the template of `harness.wire.results_probe`; ``registrations`` are ids that the receiver knows,
    one for each scenario; with a stimulus ``enrol`` it learns those that we choose. ``policy`` is the declared one.
    ``public_url`` is the address that the sender is told, if tests reach the receiver by another; ``log`` shows what
    the receiver has logged.
    """

    url: str
    auth_types: tuple[str, ...] = ("form",)
    user: str = ""
    password: str = ""
    probe: str = ""
    registrations: tuple[str, ...] = ()
    policy: Policy = DEFAULT
    public_url: str = ""
    log: str = ""


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
    reachable: bool = True
    mover: HttpClient | None = None
    _free: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._free = list(self.target.registrations)

    @property
    def offers(self) -> frozenset[str]:
        """The ways of authentication, the probe and the stimuli that are configured."""
        found = {f"receiver.{name}" for name in self.target.auth_types}
        found |= {f"stimulus.{name}" for name in self.stimuli}
        found |= {"receiver.probe"} if self.target.probe else set()
        found |= {"receiver.log"} if self.target.log else set()
        found |= {"callback.http"} if self.reachable else set()
        return frozenset(found | ({"ownership"} if self.owned else set()))

    def begin(self, scenario: str, case: str, values: Mapping[str, Any]) -> Posting:
        """Open the context in which a scenario acts."""
        token = hashlib.sha256(f"{self.seed}/{self.marker}/{scenario}/{case}".encode()).hexdigest()[:16]
        facts = {
            **values,
            "url": self.target.url,
            "public_url": self.target.public_url or self.target.url,
            "probe": bool(self.target.probe),
            "auth_types": list(self.target.auth_types),
            "credentials": bool(self.target.user),
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
        if self.mover:
            await self.mover.close()
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

    async def post(
        self, regid: str, state: State = PASSED, *, step: str, carried: bool = True, **options: Any
    ) -> Received | None:
        """Post a result once; return what came as it came, None when it was broken off.

        ``carried`` says that the receiver ought to read this state of it.
        """
        if carried:
            self.note("carried", step, **facts_of(state))
        parcel = self.parcel(regid, state, **options)
        received = await self.driver.counterpart.deliver(self.where(step), parcel)
        if received and received.status == TOO_MANY:
            raise NotOffered("the receiver limits the rate of postbacks (HTTP 429); lift that, or try --jobs 1")
        if received and parcel.login and reveals(shown_by(received), *parcel.login):
            self.note("echoed", step)
        return received

    async def look(self, regid: str, *, step: str) -> Shown | None:
        """Look at the probe and return what it shows; without one there is nothing to look at."""
        if not self.driver.target.probe:
            return None
        url = probe_url(self.driver.target.probe, regid)
        await self.driver.client.send(self.where(step), PROBE, Request("GET", url))
        return self.seen(step).probe(step)

    async def settled(self, regid: str, due: State | Callable[[State], bool], *, step: str) -> None:
        """Look at the probe until it shows what is due, or patience is over: a receiver may work later than it answers.

        Nothing is due of a postback that was not taken.
        """
        kind = "mock" if self.driver.mock else "other"
        posted = self.seen(step).posted
        looks = LOOKS[kind] if not posted or posted[-1].taken else 1
        longest = 0.004 if self.driver.mock else self.driver.patience.callback / LOOKS[kind]
        for number in range(looks):
            shown = await self.look(regid, step=step)
            if shown is None or shown.probed.refused or _is_due(shown, due):
                return
            await pause(min(0.02 * 1.7**number, longest))

    async def unmoved(self, regid: str, *, step: str) -> None:
        """Look at the probe after a moment in which what must not happen would."""
        if not self.driver.mock and self.driver.target.probe:
            await pause(min(self.driver.patience.absence, 1.0))
        await self.look(regid, step=step)

    async def stimulate(
        self, name: str, regid: str, *, step: str = "", wait: bool = True, values: Mapping[str, str] | None = None
    ) -> Any:
        """Give a stimulus (enrol, refresh, reset, outage) about a registration; its outcome is part of the record."""
        if name not in self.driver.stimuli:
            raise NotOffered(f"not configured: stimulus.{name}")
        given = {"INVIGIL_REGISTRATION": regid, "INVIGIL_API_URL": str(self.driver.api["api_url"])}
        given |= {"INVIGIL_API_APPID": str(self.driver.api["appid"])}
        given |= {"INVIGIL_API_SECRET": str(self.driver.api["secret"])}
        stimulated = await self.driver.stimuli[name].start(given | dict(values or {}))
        if not wait:
            return stimulated
        return await self.finished(stimulated, name, step)

    async def finished(self, stimulated: Any, name: str, step: str = "") -> Any:
        """Wait for a stimulus that was given without waiting."""
        outcome = await stimulated.outcome(self.driver.patience.answer + self.driver.patience.callback)
        await stimulated.release()
        self.note("stimulus", step, stimulus=name, **outcome.facts())
        return outcome

    async def knows(self, regid: str, state: State) -> None:
        """Let the API answer this result when it is asked for the registration."""
        await self.driver.counterpart.knows(self.where(), regid, facts_of(state))

    async def asked(self, regid: str) -> bool:
        """Wait until an answer about a registration that is held back has been asked for."""
        return await within(self.driver.patience.answer, _true_after(self.driver.counterpart.held(regid))) or False

    async def logged(self, password: str, *, step: str) -> None:
        """Look whether the receiver's log shows a password; of the log itself nothing is kept."""
        received = await self.driver.client.send(
            self.where(step), "log", Request("GET", self.driver.target.log, keep=0)
        )
        readable = received.status == 200 and bool(received.body)
        self.note("log", step, readable=readable, shows=reveals(received.body, self.driver.target.user, password))

    def note(self, name: str, step: str = "", **facts: Any) -> None:
        """Keep an event of this scenario."""
        self.driver.journal.event(self.where(step), name, facts)

    def seen(self, step: str | None = None) -> Reception:
        """Return the record as far as it has come, or what belongs to one step of it."""
        entries = self.driver.journal.of(self.scenario, self.case)
        return Reception.from_entries([e for e in entries if step is None or e.step in ("", step)])

    def examples(self) -> Receptions:
        """Return the record of a property: all that was tried."""
        return Receptions.from_entries(self.driver.journal.of(self.scenario, self.case))


async def _true_after(work: Awaitable[None]) -> bool:
    await work
    return True


def _is_due(shown: Shown, due: State | Callable[[State], bool]) -> bool:
    state = shown.probed.state
    return state is not None and (not shown.differing(due) if isinstance(due, State) else due(state))


__all__ = ["BLANK", "PASSED", "Posting", "ReceiverDriver", "ReceiverTarget", "facts_of"]
