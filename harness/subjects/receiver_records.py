"""Records of the subject results-receiver: what was posted, what answered, and what the receiver's probe showed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self

from harness.evidence.entries import AnyEntry, Event, Exchange
from harness.subjects.records import Answered, case_values, events, exchanges, steps
from harness.wire.results_policy import Policy, State
from harness.wire.results_probe import Probed, read_probe

POSTBACK, PROBE, POLL, ENTITY = "postback", "probe", "poll", "entity"
CLOSE = Decimal("0.5")


def facts_of(state: State) -> dict[str, Any]:
    """Return a state as facts of an event and of a parcel; the score as text, so that nothing of it is lost."""
    score = None if state.score is None else str(state.score)
    return {"complete": state.complete, "success": state.success, "score": score, "totaltime": state.totaltime}


def state_of(facts: Mapping[str, Any]) -> State:
    """Read a state from such facts."""
    score = facts["score"]
    return State(facts["complete"], facts["success"], None if score is None else Decimal(score), facts["totaltime"])


@dataclass(frozen=True, slots=True)
class Posted(Answered):
    """One postback that was sent to the receiver, and its answer; ``sent`` is the state that it carried, if any.

    ``echoed`` says that the answer held the password that was sent with it.
    """

    step: str
    exchange: Exchange
    sent: State | None = None
    echoed: bool = False

    @property
    def taken(self) -> bool:
        """Whether the answer says that the postback was taken: 2xx."""
        return 200 <= self.status <= 299

    @property
    def refused(self) -> bool:
        """Whether the answer refuses for good: 4xx."""
        return 400 <= self.status <= 499

    @property
    def got(self) -> str:
        """What answered, in words for a report."""
        if self.response is None:
            return f"no response ({self.exchange.error})"
        location = self.response.header("Location")
        return f"HTTP {self.status}" + (f" to {location}" if location else "")


@dataclass(frozen=True, slots=True)
class Shown:
    """What the probe showed after a step."""

    step: str
    exchange: Exchange
    probed: Probed

    @property
    def at(self) -> str:
        """The place of the probe's answer in the journal."""
        return f"{self.exchange.id} response"

    def differing(self, state: State) -> list[str]:
        """Return the fields that are shown otherwise than a state has them; what the probe does not tell is left out.

        A score that is less than half a point off was rounded; one that is further off was cut or misread.
        """
        found = self.probed.state
        if found is None:
            return ["complete"]
        names = []
        for name in self.probed.told:
            ours, theirs = getattr(state, name), getattr(found, name)
            near = name == "score" and None not in (ours, theirs) and abs(ours - theirs) < CLOSE
            names += [name] if ours != theirs and not near else []
        return names

    @property
    def got(self) -> str:
        """What the probe said, in words for a report."""
        if self.probed.refused:
            return f"probe: {self.probed.refused}"
        state = self.probed.state
        if state is None:
            return "probe: registration not known"
        counted = "" if self.probed.applied is None else f", applied {self.probed.applied} times"
        return f"{state.complete}, {state.success}, score {state.score}, {state.totaltime} s{counted}"


@dataclass(frozen=True, slots=True)
class Reception:
    """The postbacks of one scenario in order, what the probe showed by step, polls that came, and events."""

    case: Mapping[str, Any]
    posted: tuple[Posted, ...]
    shown: tuple[Shown, ...] = ()
    polls: tuple[Exchange, ...] = ()
    fetches: tuple[Exchange, ...] = ()
    happened: tuple[Event, ...] = ()

    @classmethod
    def from_entries(cls, entries: Sequence[AnyEntry]) -> Self:
        """Build the record from the entries of its scenario and case."""
        sent = {event.step: state_of(event.facts) for event in events(entries, "carried")}
        echoed = {event.step for event in events(entries, "echoed")}
        posted = tuple(Posted(e.step, e, sent.get(e.step), e.step in echoed) for e in exchanges(entries, POSTBACK))
        shown = tuple(
            Shown(e.step, e, read_probe(e.response.status, e.response.body) if e.response else _silent(e))
            for e in exchanges(entries, PROBE)
        )
        happened = tuple(entry for entry in entries if isinstance(entry, Event))
        polls, fetches = exchanges(entries, POLL, "in"), exchanges(entries, ENTITY, "in")
        return cls(case_values(entries), posted, shown, polls, fetches, happened)

    def __getitem__(self, step: str) -> Posted:
        return next(posted for posted in self.posted if posted.step == step)

    def __contains__(self, step: str) -> bool:
        return any(posted.step == step for posted in self.posted)

    @property
    def policy(self) -> Policy:
        """The policy of states that the receiver's owner has declared."""
        return Policy(**self.case.get("policy", {}))

    @property
    def understood(self) -> bool:
        """Whether the first postback was taken, so that something can follow."""
        return bool(self.posted) and self.posted[0].taken

    @property
    def silent(self) -> bool:
        """Whether a postback was left without an answer until patience was over."""
        return any(posted.exchange.error == "timeout" for posted in self.posted)

    def all(self, step: str) -> tuple[Posted, ...]:
        """Return all postbacks of a step."""
        return tuple(posted for posted in self.posted if posted.step == step)

    def probe(self, step: str) -> Shown | None:
        """Return what the probe showed last at a step; None without a probe."""
        return next((shown for shown in reversed(self.shown) if shown.step == step), None)

    def first(self, step: str) -> Shown | None:
        """Return what the probe showed first at a step; None without a probe."""
        return next((shown for shown in self.shown if shown.step == step), None)

    def event(self, name: str, step: str | None = None) -> Event | None:
        """Return the first event of a name, at one step or at any, or None."""
        return next((event for event in events(self.happened, name) if step in (None, event.step)), None)


@dataclass(frozen=True, slots=True)
class Receptions:
    """Histories that a property was tried on, by step; the counterexample comes first, if there is one."""

    case: Mapping[str, Any]
    steps: Mapping[str, Reception]
    falsified: str = ""

    @classmethod
    def from_entries(cls, entries: Sequence[AnyEntry]) -> Self:
        """Build one `Reception` for every step in which something was tried."""
        falsified = next((event.step for event in events(entries, "falsified")), "")
        tried = {event.step for event in events(entries, "example")}
        found = {name: Reception.from_entries(own) for name, own in steps(entries).items() if name in tried}
        return cls(case_values(entries), dict(sorted(found.items(), key=lambda pair: pair[0] != falsified)), falsified)


def _silent(exchange: Exchange) -> Probed:
    return Probed(refused=f"no response ({exchange.error})")
