"""Records of the subject cloud-v1: the calls of one scenario by step, and what came back unasked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from harness.evidence.entries import AnyEntry, Event, Exchange, Half
from harness.subjects.records import Answered, case_values, events
from harness.wire.binding import Decoded, Pairs, decode_form
from harness.wire.cloud_v1 import parameters
from harness.wire.cloud_v1_answer import Rsp, read_rsp
from harness.wire.cloud_v1_results import ReadReport, read_report

CALL, POSTBACK, RETURN = "call", "postback", "return"


@dataclass(frozen=True, slots=True)
class Called(Answered):
    """One call and its answer. ``step`` is its name within the scenario; ``rsp`` the answer, leniently read."""

    step: str
    exchange: Exchange
    rsp: Rsp

    @classmethod
    def of(cls, exchange: Exchange) -> Self:
        """Read a call from its exchange."""
        return cls(exchange.step, exchange, read_rsp(exchange.response.body if exchange.response else b""))

    @property
    def params(self) -> Pairs:
        """The parameters that were sent in query and form body."""
        request = self.exchange.request
        return parameters(
            request.query.encode("latin-1", "replace"), request.header("Content-Type") or "", request.body
        )

    @property
    def is_ok(self) -> bool:
        """Whether the answer says success."""
        return self.rsp.is_ok

    @property
    def failed(self) -> bool:
        """Whether the answer says failure, in the envelope."""
        return self.rsp.stat == "fail"

    @property
    def code(self) -> int | None:
        """The code of a failure."""
        return self.rsp.code

    @property
    def body(self) -> bytes:
        """The body of the response as it came."""
        return self.response.body if self.response else b""

    @property
    def location(self) -> str:
        """Where a redirect leads; empty when the answer is none."""
        if self.response is None or self.status not in (301, 302, 303, 307, 308):
            return ""
        return self.response.header("Location") or ""

    @property
    def got(self) -> str:
        """What answered, in words for a report."""
        if self.response is None:
            return f"no response ({self.exchange.error})"
        http = "" if self.status == 200 else f"HTTP {self.status} "
        if self.rsp.stat == "fail":
            return f"{http}fail {self.rsp.errors[0][0] if self.rsp.errors else '(no err)'} {self.rsp.message}".rstrip()
        if self.location:
            return f"{http}to {self.location}"
        text = self.body[:160].decode("utf-8", "replace")
        return f"{http}{text!r}" if not self.rsp.is_ok else f"{http}ok {text.partition('stat=')[2][5:]!r}"


@dataclass(frozen=True, slots=True)
class Postback:
    """One postback as it came: its exchange, form fields when it is a form, and the report in it."""

    exchange: Exchange
    form: Decoded
    report: ReadReport

    @classmethod
    def of(cls, exchange: Exchange) -> Self:
        """Read a postback from its exchange."""
        request = exchange.request
        media = (request.header("Content-Type") or "").partition(";")[0].strip().lower()
        form = decode_form(request.body) if media == "application/x-www-form-urlencoded" else Decoded("none", ())
        return cls(exchange, form, read_report(cls.text(request, form)))

    @staticmethod
    def text(request: Half, form: Decoded) -> str:
        """Return the XML that a postback carries: the field ``data``, else the body."""
        data = form.get("data")
        return request.body.decode("utf-8", "replace") if data is None else data

    @property
    def xml(self) -> str:
        """The XML that it carries."""
        return self.text(self.exchange.request, self.form)

    @property
    def media(self) -> str:
        """The media type, without parameters, in lower case."""
        return (self.exchange.request.header("Content-Type") or "").partition(";")[0].strip().lower()

    @property
    def at(self) -> str:
        """The place of this message in the journal."""
        return f"{self.exchange.id} request"


@dataclass(frozen=True, slots=True)
class Story:
    """The calls of one scenario in order, postbacks and returning browsers by step, and events."""

    case: Mapping[str, Any]
    calls: tuple[Called, ...]
    postbacks: tuple[Postback, ...] = ()
    returns: tuple[Exchange, ...] = ()
    happened: tuple[Event, ...] = ()
    named: str = ""

    @classmethod
    def from_entries(cls, entries: Sequence[AnyEntry]) -> Self:
        """Build the record from the entries of its scenario and case."""
        exchanges = [entry for entry in entries if isinstance(entry, Exchange)]
        calls = tuple(Called.of(e) for e in exchanges if e.channel == CALL and e.direction == "out")
        posted = tuple(Postback.of(e) for e in exchanges if e.channel == POSTBACK and e.direction == "in")
        back = tuple(e for e in exchanges if e.channel == RETURN and e.direction == "in")
        happened = tuple(entry for entry in entries if isinstance(entry, Event))
        return cls(case_values(entries), calls, posted, back, happened)

    def __getitem__(self, step: str) -> Called:
        return next(call for call in self.calls if call.step == step)

    def __contains__(self, step: object) -> bool:
        return any(call.step == step for call in self.calls)

    @property
    def understood(self) -> bool:
        """Whether the first call was answered in the envelope."""
        return bool(self.calls) and bool(self.calls[0].rsp.stat)

    @property
    def silent(self) -> bool:
        """Whether a call was not answered while patience lasted."""
        return any(call.exchange.error == "timeout" for call in self.calls)

    def all(self, step: str) -> tuple[Called, ...]:
        """Return all calls of a step, such as polls."""
        return tuple(call for call in self.calls if call.step == step)

    def posted(self, step: str) -> tuple[Postback, ...]:
        """Return the postbacks that came to the endpoint of a step."""
        return tuple(postback for postback in self.postbacks if postback.exchange.step == step)

    def event(self, name: str) -> Event | None:
        """Return the first event of a name, or None."""
        return next(iter(events(self.happened, name)), None)
