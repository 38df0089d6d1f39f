"""What every record has in common: built from journal entries alone, live and from a stored run alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, Self

from harness.evidence.entries import AnyEntry, Event, Exchange, Half, Mail

BEGUN = "scenario"


class Record(Protocol):
    """A record type: `from_entries` builds it from the entries of one case of one scenario."""

    @classmethod
    def from_entries(cls, entries: Sequence[AnyEntry]) -> Self:
        """Build the record; entries come in the order in which they began."""


class Answered:
    """What every record of one exchange that we began has in common; what inherits from it has an ``exchange``."""

    __slots__ = ()
    exchange: Exchange

    @property
    def response(self) -> Half | None:
        """The HTTP response."""
        return self.exchange.response

    @property
    def status(self) -> int:
        """The HTTP status; 0 without a response."""
        return self.response.status if self.response else 0

    @property
    def at(self) -> str:
        """The place of the answer in the journal."""
        return f"{self.exchange.id} response"


def case_values(entries: Sequence[AnyEntry]) -> Mapping[str, Any]:
    """Return the values of the case, as written when the scenario began."""
    return next((e.facts for e in entries if isinstance(e, Event) and e.name == BEGUN), {})


def exchanges(entries: Sequence[AnyEntry], channel: str, direction: str | None = None) -> tuple[Exchange, ...]:
    """Return the exchanges on a channel."""
    found = (e for e in entries if isinstance(e, Exchange) and e.channel == channel)
    return tuple(e for e in found if direction in (None, e.direction))


def mails(entries: Sequence[AnyEntry]) -> tuple[Mail, ...]:
    """Return the mails."""
    return tuple(e for e in entries if isinstance(e, Mail))


def events(entries: Sequence[AnyEntry], name: str) -> tuple[Event, ...]:
    """Return the events of a name."""
    return tuple(e for e in entries if isinstance(e, Event) and e.name == name)


def steps(entries: Sequence[AnyEntry]) -> dict[str, list[AnyEntry]]:
    """Return the entries by step, in order; entries without step belong to every one."""
    names = dict.fromkeys(entry.step for entry in entries if entry.step)
    return {name: [entry for entry in entries if entry.step in ("", name)] for name in names}
