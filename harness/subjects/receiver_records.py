"""Records of the subject results-receiver: what was posted, what answered, and what the receiver's probe showed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from harness.evidence.entries import AnyEntry, Event, Exchange, Half
from harness.subjects.records import case_values, events
from harness.wire.results_policy import State
from harness.wire.results_probe import Probed, read_probe

POSTBACK, PROBE, POLL = "postback", "probe", "poll"


@dataclass(frozen=True, slots=True)
class Posted:
    """One postback that was sent to the receiver, and its answer; ``sent`` is the state that it carried, if any."""

    step: str
    exchange: Exchange
    sent: State | None = None

    @property
    def response(self) -> Half | None:
        """The HTTP response."""
        return self.exchange.response

    @property
    def status(self) -> int:
        """The HTTP status; 0 without a response."""
        return self.response.status if self.response else 0

    @property
    def taken(self) -> bool:
        """Whether the answer says that the postback was taken: 2xx."""
        return 200 <= self.status <= 299

    @property
    def refused(self) -> bool:
        """Whether the answer refuses for good: 4xx."""
        return 400 <= self.status <= 499

    @property
    def at(self) -> str:
        """The place of the answer in the journal."""
        return f"{self.exchange.id} response"

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
    happened: tuple[Event, ...] = ()

    @classmethod
    def from_entries(cls, entries: Sequence[AnyEntry]) -> Self:
        """Build the record from the entries of its scenario and case."""
        exchanges = [entry for entry in entries if isinstance(entry, Exchange)]
        happened = tuple(entry for entry in entries if isinstance(entry, Event))
        sent = {event.step: State(**event.facts) for event in events(entries, "carried")}
        posted = tuple(Posted(e.step, e, sent.get(e.step)) for e in exchanges if e.channel == POSTBACK)
        shown = tuple(
            Shown(e.step, e, read_probe(e.response.status, e.response.body) if e.response else _silent(e))
            for e in exchanges
            if e.channel == PROBE
        )
        polls = tuple(e for e in exchanges if e.channel == POLL and e.direction == "in")
        return cls(case_values(entries), posted, shown, polls, happened)

    def __getitem__(self, step: str) -> Posted:
        return next(posted for posted in self.posted if posted.step == step)

    def all(self, step: str) -> tuple[Posted, ...]:
        """Return all postbacks of a step."""
        return tuple(posted for posted in self.posted if posted.step == step)

    def probe(self, step: str) -> Shown | None:
        """Return what the probe showed at a step; None without a probe."""
        return next((shown for shown in self.shown if shown.step == step), None)

    def event(self, name: str) -> Event | None:
        """Return the first event of a name, or None."""
        return next(iter(events(self.happened, name)), None)


def _silent(exchange: Exchange) -> Probed:
    return Probed(refused=f"no response ({exchange.error})")
