"""Records of the subject pens-client: one publication as its target, staging visitor and sender of receipts saw it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from harness.evidence.entries import AnyEntry, Event, Exchange
from harness.subjects.pens_records import answer_of
from harness.subjects.records import case_values, events, exchanges, steps
from harness.wire import pens
from harness.wire.binding import Decoded, decode_form, decode_message
from harness.wire.pens_answer import ReadAnswer


@dataclass(frozen=True, slots=True)
class Told:
    """A receipt or an alert that we sent, and what the subject answered to it."""

    exchange: Exchange

    @property
    def answer(self) -> ReadAnswer | None:
        """The PENS answer to it, or None when what came is none."""
        return answer_of(self.exchange.response)

    @property
    def error(self) -> int | None:
        """The code of the answer."""
        return self.answer.error if self.answer else None

    @property
    def taken(self) -> bool:
        """Whether it was taken: HTTP 2xx, and no code but 0; the form of the answer is a rule of its own."""
        response = self.exchange.response
        return response is not None and 200 <= response.status < 300 and self.error in (0, None)

    @property
    def at(self) -> str:
        """The place of the answer in the journal."""
        return f"{self.exchange.id} response"

    @property
    def got(self) -> str:
        """What answered, in words for a report."""
        response = self.exchange.response
        if response is None:
            return f"no response ({self.exchange.error})"
        if self.answer is None:
            return f"HTTP {response.status} without a PENS answer: {response.body[:80]!r}"
        return f"error={self.error} {self.answer.error_text}".rstrip()


@dataclass(frozen=True, slots=True)
class Published:
    """One publication: the collect as it came, the visits to its staging server, what we told, the outcome."""

    case: Mapping[str, Any]
    target: str
    collects: tuple[Exchange, ...]
    fetches: tuple[Exchange, ...]
    probes: tuple[Exchange, ...]
    receipts: tuple[Told, ...]
    alerts: tuple[Told, ...]
    outcome: Mapping[str, Any]
    happened: tuple[Event, ...]

    @classmethod
    def from_entries(cls, entries: Sequence[AnyEntry]) -> Self:
        """Build the record from the entries of its scenario and case."""
        armed = next(iter(events(entries, "armed")), None)
        outcome = next(iter(events(entries, "stimulus")), None)
        told = ([Told(e) for e in exchanges(entries, name, "out")] for name in ("receipt", "alert"))
        receipts, alerts = told
        return cls(
            case_values(entries), str(armed.facts["target"]) if armed else "", exchanges(entries, "collect", "in"),
            exchanges(entries, "package", "out"), exchanges(entries, "probe", "out"), tuple(receipts), tuple(alerts),
            outcome.facts if outcome else {}, tuple(e for e in entries if isinstance(e, Event)),
        )  # fmt: skip

    @property
    def collect(self) -> Exchange | None:
        """The first collect that came, whatever it looked like."""
        return self.collects[0] if self.collects else None

    @property
    def message(self) -> Decoded:
        """The collect's elements, without what belongs to the target's address; empty when none came."""
        if self.collect is None:
            return Decoded("none", ())
        request = self.collect.request
        query = request.query.replace("?", "&", 1)
        content_type = request.header("Content-Type") or ""
        read = decode_message(request.method, query.encode("latin-1", "replace"), content_type, request.body)
        own = decode_form(self.target.partition("?")[2].encode(), "get").pairs
        pairs = tuple(pair for pair in read.pairs if request.method == "POST" or pair not in own)
        return Decoded(read.binding, pairs, read.oddities)

    @property
    def published(self) -> bool:
        """Whether a collect came at all: some elements of the data model were in it."""
        return bool(set(self.message.names) & set(pens.ELEMENTS))

    def element(self, name: str) -> str | None:
        """Return the first value of an element of the collect."""
        return self.message.get(name)

    @property
    def at(self) -> str:
        """The place of the collect in the journal."""
        return f"{self.collect.id} request" if self.collect else "no collect"

    @property
    def told_success(self) -> bool | None:
        """Whether the subject told its user of a success; None when it told nothing in time."""
        status = self.outcome.get("status")
        return None if status not in ("succeeded", "failed") else status == "succeeded"

    @property
    def output(self) -> str:
        """What the subject's user saw."""
        return str(self.outcome.get("output", ""))

    @property
    def worked(self) -> bool:
        """Whether the publication worked end to end: fetched by us, receipt delivered, success told to the user."""
        fetches = (e.response for e in self.fetches if e.error is None)
        whole = any(response.status == 200 and response.size for response in fetches if response)
        return (
            self.published and whole and any(receipt.taken for receipt in self.receipts) and self.told_success is True
        )


@dataclass(frozen=True, slots=True)
class Publications:
    """Several publications of one scenario, by step."""

    case: Mapping[str, Any]
    steps: Mapping[str, Published]

    @classmethod
    def from_entries(cls, entries: Sequence[AnyEntry]) -> Self:
        """Build one `Published` for every step."""
        return cls(case_values(entries), {name: Published.from_entries(own) for name, own in steps(entries).items()})

    def __getitem__(self, step: str) -> Published:
        return self.steps[step]
