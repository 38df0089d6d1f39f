"""Records of the subject lti-tool: launches of the tool, what it asked of our platform, notices and their effect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self

from harness.evidence.entries import AnyEntry, Event, Exchange
from harness.subjects.lti_tool_target import (
    AUTH,
    BROWSER,
    CONFIGURATION,
    DELIVERY,
    EXPECTED,
    HANDLERS,
    KEYS,
    MINTED,
    PROBE,
    REGISTRATION,
    STIMULUS,
    TOKEN,
    TOLD,
    TOOL_KEYS,
)
from harness.subjects.records import Answered, case_values, events, exchanges, steps
from harness.wire.binding import decode_form
from harness.wire.jose import JoseError, Jws, KeySet, read
from harness.wire.lti_login import AuthRequest, read_auth_request
from harness.wire.lti_token import Assertion, TokenRequest, read_assertion, read_token_request
from harness.wire.pns_handlers import Put, PutProblem, read_put
from harness.wire.pns_probe import Probed, read_probe


@dataclass(frozen=True, slots=True)
class Visit:
    """One launch of the tool by our browser: what it asked of our platform, and where the browser ended.

    ``minted`` is the event of the message that we made (header, claims); None when it was never asked for.
    """

    step: str
    facts: Mapping[str, Any]
    asked: tuple[Exchange, ...]
    pages: tuple[Exchange, ...]
    minted: Event | None
    redirects: tuple[str, ...] = ()

    @property
    def request(self) -> AuthRequest | None:
        """The tool's authentication request; None when it made none."""
        if not self.asked:
            return None
        exchange = self.asked[0]
        posted = decode_form(exchange.request.body).pairs if exchange.request.method == "POST" else ()
        return read_auth_request((*posted, *decode_form(exchange.request.query.encode("utf-8", "replace")).pairs))

    @property
    def posted(self) -> Exchange | None:
        """The exchange in which the browser brought our message to the tool; None when that never happened."""
        found = (e for e in self.pages if e.request.method == "POST" and e.url.partition("?")[0] in self.redirects)
        return next((e for e in found if b"id_token=" in e.request.body), None)

    @property
    def last(self) -> Exchange | None:
        """The last page."""
        return self.pages[-1] if self.pages else None

    @property
    def answered(self) -> bool:
        """Whether the tool answered our message at all."""
        return self.posted is not None and self.posted.response is not None

    @property
    def status(self) -> int:
        """The status of the last page; 0 without one."""
        return self.last.response.status if self.last and self.last.response else 0

    @property
    def at(self) -> str:
        """The place of the last page in the journal."""
        return f"{self.last.id} response" if self.last else ""

    @property
    def got(self) -> str:
        """Where it ended, in words for a report."""
        if self.last is None:
            return "no page"
        if self.last.response is None:
            return f"no answer ({self.last.error})"
        where = "" if self.posted else " before our message was asked for"
        return f"HTTP {self.status}{where}"

    def resembles(self, other: Visit) -> bool:
        """Whether this launch ended as another did: at the same address, under the same title."""
        return self.status == other.status and _place(self) == _place(other) and title(self) == title(other)


def _place(visit: Visit) -> str:
    return visit.last.url.partition("?")[0] if visit.last else ""


def title(visit: Visit) -> str:
    """Return the title of the last page."""
    body = visit.last.response.body if visit.last and visit.last.response else b""
    found = body.decode("utf-8", "replace").partition("<title")[2].partition(">")[2].partition("</title")[0]
    return " ".join(found.split())


@dataclass(frozen=True, slots=True)
class Asked(Answered):
    """A request for an access token that the tool made, with its assertion; ``facts`` are what our platform told."""

    step: str
    exchange: Exchange
    told: tuple[Mapping[str, Any], ...] = ()

    @property
    def request(self) -> TokenRequest:
        """The request as read."""
        return read_token_request(decode_form(self.exchange.request.body).pairs)

    @property
    def jws(self) -> Jws | None:
        """The assertion as it came, its signature replaced; None when it is none."""
        try:
            return read(self.request.assertion or "")
        except JoseError:
            return None

    @property
    def claims(self) -> Mapping[str, Any]:
        """The claims of the assertion."""
        try:
            return self.jws.claims() if self.jws else {}
        except JoseError:
            return {}

    @property
    def assertion(self) -> Assertion:
        """The claims as read."""
        return read_assertion(self.claims)

    @property
    def place(self) -> str:
        """The place of the request in the journal."""
        return f"{self.exchange.id} request"


@dataclass(frozen=True, slots=True)
class Setting(Answered):
    """A call of our handlers service by the tool."""

    step: str
    exchange: Exchange

    @property
    def method(self) -> str:
        """GET or PUT."""
        return self.exchange.request.method

    @property
    def put(self) -> Put | PutProblem | None:
        """What was to be set; None of a GET."""
        return read_put(self.exchange.request.body) if self.method == "PUT" else None

    @property
    def place(self) -> str:
        """The place of the request in the journal."""
        return f"{self.exchange.id} request"


@dataclass(frozen=True, slots=True)
class Sent(Answered):
    """A delivery that we made, and what is expected of a right receiver (event ``expected``)."""

    step: str
    exchange: Exchange
    expected: tuple[Mapping[str, Any], ...] = ()

    @property
    def taken(self) -> bool:
        """Whether the answer says that it was taken: 2xx."""
        return 200 <= self.status <= 299

    @property
    def got(self) -> str:
        """What answered, in words for a report."""
        return f"HTTP {self.status}" if self.response else f"no response ({self.exchange.error})"


@dataclass(frozen=True, slots=True)
class Seen:
    """What the probe showed of a context after a step."""

    step: str
    exchange: Exchange
    context: str
    deployment: str
    probed: Probed

    @property
    def at(self) -> str:
        """The place of the probe's answer in the journal."""
        return f"{self.exchange.id} response"

    @property
    def mapped(self) -> bool:
        """Whether a copy into this context has had an effect."""
        return self.probed.known and (self.probed.origins is not None or bool(self.probed.applied))

    @property
    def got(self) -> str:
        """What the probe said, in words for a report."""
        if self.probed.refused:
            return f"probe: {self.probed.refused}"
        if not self.probed.known:
            return "probe: context not known"
        counted = "" if self.probed.applied is None else f", applied {self.probed.applied} times"
        return f"probe: origins {list(self.probed.origins or ())}{counted}"


@dataclass(frozen=True)
class Hosted:
    """What happened between the tool and our platform in one scenario."""

    case: Mapping[str, Any]
    entries: tuple[AnyEntry, ...] = field(repr=False)

    @classmethod
    def from_entries(cls, entries: Sequence[AnyEntry]) -> Self:
        """Build the record from the entries of its scenario and case."""
        return cls(case_values(entries), tuple(entries))

    @property
    def has_probe(self) -> bool:
        """Whether the tool's owner lets us see effects."""
        return bool(self.case.get("probe"))

    @property
    def understood(self) -> bool:
        """Whether anything can follow: a delivery was taken, or none was made."""
        return not self.sent or any(one.taken for one in self.sent)

    @property
    def silent(self) -> bool:
        """Whether the tool let us wait for an answer until patience was over."""
        return any(one.exchange.error == "timeout" for one in self.sent)

    @cached_property
    def visits(self) -> tuple[Visit, ...]:
        """The launches in order."""
        redirects = tuple(self.case["target"]["redirect_urls"])
        minted = {event.step: event for event in events(self.entries, MINTED)}
        found = []
        for event in events(self.entries, "launching"):
            own = [e for e in self.entries if e.step == event.step and isinstance(e, Exchange)]
            asked = tuple(e for e in own if e.channel == AUTH)
            pages = tuple(e for e in own if e.channel == BROWSER)
            found.append(Visit(event.step, event.facts, asked, pages, minted.get(event.step), redirects))
        return tuple(found)

    @cached_property
    def asked(self) -> tuple[Asked, ...]:
        """The requests for access tokens in order."""
        return tuple(Asked(e.step, e, self._told(e)) for e in exchanges(self.entries, TOKEN, "in"))

    def _told(self, exchange: Exchange) -> tuple[Mapping[str, Any], ...]:
        own = (e for e in events(self.entries, TOLD) if exchange.seq < e.seq < (exchange.ended or e.seq + 1))
        return tuple(event.facts for event in own)

    @cached_property
    def settings(self) -> tuple[Setting, ...]:
        """The calls of our handlers service in order."""
        return tuple(Setting(e.step, e) for e in exchanges(self.entries, HANDLERS, "in"))

    @property
    def puts(self) -> tuple[Setting, ...]:
        """The PUTs among them."""
        return tuple(one for one in self.settings if one.method == "PUT")

    @cached_property
    def sent(self) -> tuple[Sent, ...]:
        """The deliveries in order."""
        expected: dict[str, list[Event]] = {}
        for event in events(self.entries, EXPECTED):
            expected.setdefault(event.step, []).append(event)
        found = []
        for exchange in exchanges(self.entries, DELIVERY, "out"):
            own = expected.get(exchange.step, [])
            told = own.pop(0).facts["elements"] if own else ()
            found.append(Sent(exchange.step, exchange, tuple(told)))
        return tuple(found)

    @cached_property
    def shown(self) -> tuple[Seen, ...]:
        """What the probe showed, in order."""
        about = {e.facts["entry"]: e.facts for e in events(self.entries, PROBE)}
        found = []
        for exchange in exchanges(self.entries, PROBE, "out"):
            half, facts = exchange.response, about.get(exchange.seq, {})
            read_ = read_probe(half.status, half.body) if half else Probed(refused=f"no response ({exchange.error})")
            found.append(Seen(exchange.step, exchange, facts.get("context", ""), facts.get("deployment", ""), read_))
        return tuple(found)

    @property
    def fetches(self) -> tuple[Exchange, ...]:
        """The fetches of our key set."""
        return exchanges(self.entries, KEYS, "in")

    @property
    def happened(self) -> tuple[Event, ...]:
        """The events."""
        return tuple(entry for entry in self.entries if isinstance(entry, Event))

    @property
    def lured(self) -> tuple[Exchange, ...]:
        """The visits to addresses that nobody should fetch."""
        return exchanges(self.entries, "lure", "in")

    # --- by step ------------------------------------------------------------------------------------------------

    def visit(self, step: str = "launch") -> Visit | None:
        """Return a launch, or None when it was not begun."""
        return next((one for one in self.visits if one.step == step), None)

    def delivery(self, step: str) -> Sent | None:
        """Return the first delivery of a step."""
        return next((one for one in self.sent if one.step == step), None)

    def deliveries(self, step: str) -> tuple[Sent, ...]:
        """Return all deliveries of a step."""
        return tuple(one for one in self.sent if one.step == step)

    def probe(self, step: str, context: str = "") -> Seen | None:
        """Return what the probe showed last at a step, of one context or of any; None without a probe."""
        found = (one for one in reversed(self.shown) if one.step == step and context in ("", one.context))
        return next(found, None)

    def event(self, name: str, step: str | None = None) -> Event | None:
        """Return the first event of a name, at one step or at any, or None."""
        return next((event for event in events(self.entries, name) if step in (None, event.step)), None)

    def stimulus(self, step: str) -> Mapping[str, Any]:
        """Return what came of a stimulus; empty when none was given."""
        return next((event.facts for event in events(self.entries, STIMULUS) if event.step == step), {})

    def tool_keys(self) -> tuple[Exchange | None, KeySet | None]:
        """Return the tool's own key set as fetched and as read."""
        found = next(iter(exchanges(self.entries, TOOL_KEYS, "out")), None)
        try:
            half = found.response if found else None
            return found, KeySet.parse(half.body) if half and half.status == 200 else None
        except JoseError:
            return found, None

    def registrations(self) -> tuple[Exchange, ...]:
        """Return what the tool asked when it registered itself: the configuration, then the registration."""
        own = (e for e in self.entries if isinstance(e, Exchange) and e.direction == "in")
        return tuple(e for e in own if e.channel in (CONFIGURATION, REGISTRATION))


@dataclass(frozen=True, slots=True)
class Hostings:
    """Examples that a property was tried on, by step; the counterexample comes first, if there is one."""

    case: Mapping[str, Any]
    steps: Mapping[str, Hosted]
    falsified: str = ""

    @classmethod
    def from_entries(cls, entries: Sequence[AnyEntry]) -> Self:
        """Build one `Hosted` for every step in which something was tried."""
        falsified = next((event.step for event in events(entries, "falsified")), "")
        tried = {event.step for event in events(entries, "example")}
        found = {name: Hosted.from_entries(own) for name, own in steps(entries).items() if name in tried}
        return cls(case_values(entries), dict(sorted(found.items(), key=lambda pair: pair[0] != falsified)), falsified)
