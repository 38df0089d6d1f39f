"""Records of the subject pens-target: one collect and all that followed it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from harness.evidence.entries import AnyEntry, Event, Exchange, Half, Mail
from harness.subjects.records import case_values, events, exchanges, mails, steps
from harness.wire import pens
from harness.wire.binding import Decoded, decode_form, decode_message
from harness.wire.pens_answer import ReadAnswer, read_answer


def message_of(request: Half) -> Decoded:
    """Read the command that a recorded request carries."""
    content_type = request.header("Content-Type") or ""
    return decode_message(request.method, request.query.encode("latin-1", "replace"), content_type, request.body)


def answer_of(response: Half | None) -> ReadAnswer | None:
    """Read the PENS answer of a recorded response; None when there is no response or no readable code."""
    if response is None:
        return None
    answer = read_answer(response.body)
    return answer if answer.error is not None else None


@dataclass(frozen=True, slots=True)
class Callback:
    """A receipt or an alert: the exchange that brought it, its elements, and the query that its URL has of its own."""

    exchange: Exchange
    message: Decoded

    @classmethod
    def of(cls, exchange: Exchange) -> Self:
        """Read a callback from its exchange."""
        return cls(exchange, message_of(exchange.request))

    @property
    def own_query(self) -> Decoded:
        """The query of the URL to which it came."""
        return decode_form(self.exchange.request.query.encode("latin-1", "replace"), "get")

    @property
    def error(self) -> int | None:
        """The code, or None when it is missing or no number."""
        text = (self.message.get("error") or "").strip()
        return int(text) if text.isdigit() and len(text) < 10 else None

    @property
    def at(self) -> str:
        """The place of this message in the journal."""
        return f"{self.exchange.id} request"


@dataclass(frozen=True, slots=True)
class Collected:
    """One collect: what was sent, what answered it, which fetches, receipts, alerts and mails followed."""

    case: Mapping[str, Any]
    collect: Exchange
    sent: Decoded
    fetches: tuple[Exchange, ...]
    receipts: tuple[Callback, ...]
    alerts: tuple[Callback, ...]
    mails: tuple[Mail, ...]
    happened: tuple[Event, ...]

    @classmethod
    def from_entries(cls, entries: Sequence[AnyEntry]) -> Self:
        """Build the record from the entries of its scenario and case."""
        collect = exchanges(entries, "collect", "out")[0]
        happened = tuple(entry for entry in entries if isinstance(entry, Event))
        sent = next((_pairs(event) for event in events(entries, "sent")), None) or message_of(collect.request)
        receipts, alerts = ([Callback.of(e) for e in exchanges(entries, name, "in")] for name in ("receipt", "alert"))
        fetches = exchanges(entries, "package", "in")
        return cls(
            case_values(entries), collect, sent, fetches, tuple(receipts), tuple(alerts), mails(entries), happened
        )

    @property
    def response(self) -> Half | None:
        """The HTTP response to the collect."""
        return self.collect.response

    @property
    def answer(self) -> ReadAnswer | None:
        """The PENS answer to the collect, or None when what came is none."""
        return answer_of(self.response)

    @property
    def error(self) -> int | None:
        """The code of the answer."""
        return self.answer.error if self.answer else None

    @property
    def lines(self) -> tuple[Any, ...]:
        """The lines of the answer's body, as they stood there."""
        return read_answer(self.response.body).lines if self.response else ()

    @property
    def at(self) -> str:
        """The place of the answer in the journal."""
        return f"{self.collect.id} response"

    @property
    def got(self) -> str:
        """What answered the collect, in words for a report."""
        if self.response is None:
            return f"no response ({self.collect.error})"
        if self.answer is None:
            return f"HTTP {self.response.status} without a PENS answer: {self.response.body[:80]!r}"
        return f"error={self.error} {self.answer.error_text}".rstrip()

    @property
    def fetched(self) -> bool:
        """Whether the package was fetched completely at least once."""
        return any(
            e.request.method == "GET" and e.response is not None and e.response.status == 200 and e.facts.get("whole")
            for e in self.fetches
        )

    @property
    def receipt(self) -> Callback | None:
        """The first receipt."""
        return self.receipts[0] if self.receipts else None

    @property
    def receipt_error(self) -> int | None:
        """The code of the first receipt."""
        return self.receipt.error if self.receipt else None

    @property
    def understood(self) -> bool:
        """Whether the answer says that the command was understood: 0 or a warning."""
        return self.error == 0 or self.error in pens.WARNINGS

    @property
    def silent(self) -> bool:
        """Whether no answer came while patience lasted."""
        return self.collect.error == "timeout"

    @property
    def taken(self) -> bool:
        """Whether the collect was taken up: understood, and the package fetched."""
        return self.understood and self.fetched

    @property
    def accepted(self) -> bool:
        """Acceptance by effect: understood, the package fetched, a receipt without error (or a mail) has come."""
        told = self.receipt_error == 0 or self.receipt_error in pens.WARNINGS or bool(self.mails)
        return self.taken and told

    @property
    def codes(self) -> tuple[int, ...]:
        """Every code that the target gave: in the answer, then in receipts and alerts."""
        given = [self.error, *(c.error for c in (*self.receipts, *self.alerts))]
        return tuple(code for code in given if code is not None)


@dataclass(frozen=True, slots=True)
class Series:
    """Several collects of one scenario, by step."""

    case: Mapping[str, Any]
    steps: Mapping[str, Collected]

    @classmethod
    def from_entries(cls, entries: Sequence[AnyEntry]) -> Self:
        """Build one `Collected` for every step."""
        grouped = steps(entries)
        made = {name: Collected.from_entries(own) for name, own in grouped.items() if exchanges(own, "collect", "out")}
        return cls(case_values(entries), made)

    def __getitem__(self, step: str) -> Collected:
        return self.steps[step]


def _pairs(event: Event) -> Decoded:
    """Rebuild what was sent from the event that states it: a message that no parser would read back."""
    return Decoded(event.facts["binding"], tuple((str(n), str(v)) for n, v in event.facts["pairs"]))


@dataclass(frozen=True, slots=True)
class Examples:
    """Collects that a property was tried on, by step, and the step of the shrunk counterexample, if there is one.

    ``described`` says in words what each example was; the counterexample comes first in ``steps``, so that a check
    that goes through them tells of it.
    """

    case: Mapping[str, Any]
    steps: Mapping[str, Collected]
    described: Mapping[str, Mapping[str, Any]]
    falsified: str = ""

    @classmethod
    def from_entries(cls, entries: Sequence[AnyEntry]) -> Self:
        """Build one `Collected` for every step in which a collect was sent."""
        falsified = next((event.step for event in events(entries, "falsified")), "")
        described = {event.step: event.facts for event in events(entries, "example")}
        series = Series.from_entries(entries)
        order = sorted(series.steps, key=lambda step: step != falsified)
        return cls(series.case, {step: series.steps[step] for step in order}, described, falsified)
