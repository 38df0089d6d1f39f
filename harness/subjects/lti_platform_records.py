"""Records of the subject lti-platform: launches, tokens, calls of the handlers service, notices, key sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self

from harness.evidence.entries import AnyEntry, Event, Exchange, Half
from harness.subjects.records import Answered, case_values, events, exchanges, steps
from harness.wire.binding import Pairs, decode_form
from harness.wire.jose import JoseError, Jws, KeySet, read
from harness.wire.lti import Launch, read_launch
from harness.wire.lti_login import AuthResponse, Initiation, read_auth_response, read_initiation
from harness.wire.lti_registration import Configuration, Registration, read_configuration, read_registration_answer
from harness.wire.lti_token import TokenAnswer, read_token_answer
from harness.wire.pns import CLAIM, PnsClaim, read_pns_claim
from harness.wire.pns_handlers import Catalogue, HandlerAnswer, read_catalogue, read_handler_answer
from harness.wire.pns_notices import Delivery, Notice, read_body, read_notice

INITIATION, ANSWER, TOKEN, HANDLERS, NOTICE, KEYS = "initiation", "launch", "token", "handlers", "notice", "keys"
CONFIGURATION, REGISTRATION, REGISTER = "configuration", "registration", "register"
BROWSER = "browser"
ASKED, VERIFIED, TOKEN_FACTS, STIMULUS = "asked", "verified", "token-facts", "stimulus"


@dataclass(frozen=True, slots=True)
class Token:
    """A signed message as it came: header and claims, and what the verification with the platform's keys gave.

    ``reason`` is empty when it verified, else a code of `harness.wire.jose.Verdict`, or of reading it; ``kid`` names
    the key.
    """

    header: Mapping[str, Any] = field(default_factory=dict)
    claims: Mapping[str, Any] = field(default_factory=dict)
    reason: str = "unread"
    kid: str | None = None
    oddities: tuple[str, ...] = ()

    @property
    def verified(self) -> bool:
        """Whether its signature is that of a published key of the platform."""
        return not self.reason


def token_of(text: str | None, facts: Mapping[str, Any]) -> Token:
    """Read a signed message of a redacted body; ``facts`` tell whether the original verified."""
    try:
        jws: Jws = read(text or "")
        claims = jws.claims()
    except JoseError as error:
        return Token(reason=error.reason)
    odd = tuple(str(one) for one in facts.get("oddities", ()))
    return Token(jws.header, claims, str(facts.get("reason", "unverified")), facts.get("kid"), odd)


@dataclass(frozen=True, slots=True)
class Launched:
    """One launch: how it was initiated, what we asked, and what came to the redirect address.

    ``arrived`` is None when nothing came there; ``page`` is what the browser ended at, when it was ours.
    """

    step: str
    initiated: Exchange | None
    asked: Pairs
    arrived: Exchange | None
    page: Exchange | None
    token: Token
    pages: tuple[Exchange, ...] = ()

    @property
    def initiation(self) -> Initiation:
        """The parameters of the login initiation."""
        return read_initiation(_parameters(self.initiated))

    @property
    def response(self) -> AuthResponse:
        """What was posted to the redirect address."""
        return read_auth_response(_parameters(self.arrived))

    @property
    def launch(self) -> Launch:
        """The message as read."""
        return read_launch(self.token.claims)

    @property
    def has_message(self) -> bool:
        """Whether a message came that can be read."""
        return bool(self.token.claims)

    @property
    def offers_service(self) -> bool:
        """Whether the message has the claim of the notification service."""
        return CLAIM in self.token.claims

    @property
    def service(self) -> PnsClaim:
        """The claim of the notification service."""
        return read_pns_claim(self.token.claims.get(CLAIM))

    def sent(self, name: str) -> str | None:
        """Return a parameter of our authentication request."""
        return next((value for key, value in self.asked if key == name), None)

    @property
    def at(self) -> str:
        """The place of the message in the journal, else of the last page."""
        exchange = self.arrived or self.page or self.initiated
        return f"{exchange.id} {'request' if exchange is self.arrived else 'response'}" if exchange else ""

    @property
    def got(self) -> str:
        """What came, in words for a report."""
        if self.arrived:
            answer = self.response
            return f"error {answer.error}" if answer.error else "an id_token" if answer.id_token else "neither"
        if self.page:
            return f"a page, HTTP {self.page.response.status if self.page.response else 0}"
        return "no login initiation" if self.initiated is None else "nothing at the redirect address"


@dataclass(frozen=True, slots=True)
class Issued(Answered):
    """A token request and its answer; ``facts`` tell of the token itself (ascii, length), which is never kept."""

    step: str
    exchange: Exchange
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def answer(self) -> TokenAnswer:
        """The answer as read."""
        half = self.exchange.response
        return read_token_answer(half.status, half.headers, half.body) if half else TokenAnswer(0)

    @property
    def granted(self) -> bool:
        """Whether a token came."""
        return 200 <= self.status <= 299 and bool(self.answer.access_token)

    @property
    def got(self) -> str:
        """What answered, in words for a report."""
        if self.response is None:
            return f"no response ({self.exchange.error})"
        said = self.answer.error
        return f"HTTP {self.status}" + (f", error {said}" if said else "")


@dataclass(frozen=True, slots=True)
class Handled(Answered):
    """A call of the handlers service and its answer."""

    step: str
    exchange: Exchange

    @property
    def taken(self) -> bool:
        """Whether it was carried out: 2xx."""
        return 200 <= self.status <= 299

    @property
    def refused(self) -> bool:
        """Whether it was refused: 4xx."""
        return 400 <= self.status <= 499

    @property
    def catalogue(self) -> Catalogue:
        """The list, of an answer to GET."""
        return read_catalogue(self.response.body if self.response else b"")

    @property
    def answer(self) -> HandlerAnswer:
        """The handler, of an answer to PUT."""
        return read_handler_answer(self.response.body if self.response else b"")

    @property
    def got(self) -> str:
        """What answered, in words for a report."""
        if self.response is None:
            return f"no response ({self.exchange.error})"
        said = self.response.body[:200].decode("utf-8", "replace")
        return f"HTTP {self.status} {said}".strip()

    def handler(self, notice_type: str) -> str | None:
        """Return the address that a list shows for a type; None when the type is not listed."""
        found = self.catalogue.of(notice_type)
        return found.url if found else None


@dataclass(frozen=True, slots=True)
class Told:
    """One notice of a delivery: the signed message, and the notice in it."""

    exchange: Exchange
    number: int
    token: Token

    @property
    def notice(self) -> Notice:
        """The notice as read."""
        return read_notice(self.token.claims)

    @property
    def at(self) -> str:
        """The place in the journal."""
        return f"{self.exchange.id} request notices[{self.number}]"


@dataclass(frozen=True, slots=True)
class Delivered:
    """One POST that came to a handler of ours; ``step`` names the handler."""

    step: str
    exchange: Exchange
    told: tuple[Told, ...] = ()

    @property
    def delivery(self) -> Delivery:
        """The body as read."""
        return read_body(self.request.body, self.request.header("Content-Type") or "")

    @property
    def request(self) -> Half:
        """What was sent."""
        return self.exchange.request

    @property
    def at(self) -> str:
        """The place in the journal."""
        return f"{self.exchange.id} request"


@dataclass(frozen=True, slots=True)
class KeysSeen(Answered):
    """A fetch of the platform's key set."""

    step: str
    exchange: Exchange

    @property
    def document(self) -> KeySet | None:
        """The key set, or None when it cannot be read."""
        try:
            return KeySet.parse(self.response.body) if self.response and self.status == 200 else None
        except JoseError:
            return None


@dataclass(frozen=True)
class Tooled:
    """What happened between our tool and the platform in one scenario."""

    case: Mapping[str, Any]
    entries: tuple[AnyEntry, ...] = field(repr=False)

    @classmethod
    def from_entries(cls, entries: Sequence[AnyEntry]) -> Self:
        """Build the record from the entries of its scenario and case."""
        return cls(case_values(entries), tuple(entries))

    # --- by kind ------------------------------------------------------------------------------------------------

    @cached_property
    def launches(self) -> tuple[Launched, ...]:
        """The launches in order, by the step in which they were begun."""
        asked = {event.step: event for event in events(self.entries, ASKED)}
        verified = {event.step: event.facts for event in events(self.entries, VERIFIED) if "launch" in event.facts}
        names = dict.fromkeys(e.step for e in events(self.entries, "launching"))
        found = []
        for name in names:
            own = [e for e in self.entries if e.step == name and isinstance(e, Exchange)]
            initiated = next((e for e in own if e.channel == INITIATION), None)
            arrived = next((e for e in own if e.channel == ANSWER), None)
            pages = tuple(e for e in own if e.channel == BROWSER)
            pairs = tuple((k, v) for k, v in asked[name].facts["pairs"]) if name in asked else ()
            token = Token()
            if arrived:
                response = read_auth_response(_parameters(arrived))
                token = token_of(response.id_token, verified.get(name, {})) if response.id_token else Token()
            found.append(Launched(name, initiated, pairs, arrived, pages[-1] if pages else None, token, pages))
        return tuple(found)

    @cached_property
    def tokens(self) -> tuple[Issued, ...]:
        """The token requests in order."""
        facts = {event.step: event.facts for event in events(self.entries, TOKEN_FACTS)}
        return tuple(Issued(e.step, e, facts.get(e.step, {})) for e in exchanges(self.entries, TOKEN, "out"))

    @cached_property
    def calls(self) -> tuple[Handled, ...]:
        """The calls of the handlers service in order."""
        return tuple(Handled(e.step, e) for e in exchanges(self.entries, HANDLERS, "out"))

    @cached_property
    def deliveries(self) -> tuple[Delivered, ...]:
        """The deliveries in the order in which they began; ``step`` names the handler."""
        verified = {
            e.facts["entry"]: e.facts["notices"] for e in events(self.entries, VERIFIED) if "notices" in e.facts
        }
        found = []
        for exchange in exchanges(self.entries, NOTICE, "in"):
            delivery = read_body(exchange.request.body, exchange.request.header("Content-Type") or "")
            facts = verified.get(exchange.seq, [])
            told = tuple(
                Told(exchange, n, token_of(jwt, facts[n] if n < len(facts) else {}))
                for n, jwt in enumerate(delivery.jwts)
            )
            found.append(Delivered(exchange.step, exchange, told))
        return tuple(found)

    @property
    def notices(self) -> tuple[Told, ...]:
        """All notices that came, in order."""
        return tuple(told for delivered in self.deliveries for told in delivered.told)

    @cached_property
    def keys(self) -> tuple[KeysSeen, ...]:
        """The fetches of the key set in order."""
        return tuple(KeysSeen(e.step, e) for e in exchanges(self.entries, KEYS, "out"))

    @property
    def happened(self) -> tuple[Event, ...]:
        """The events."""
        return tuple(entry for entry in self.entries if isinstance(entry, Event))

    @property
    def understood(self) -> bool:
        """Whether anything can follow: something was answered."""
        return any(isinstance(entry, Exchange) and entry.response is not None for entry in self.entries)

    @property
    def silent(self) -> bool:
        """Whether the platform let us wait until patience was over."""
        return any(isinstance(e, Exchange) and e.direction == "out" and e.error == "timeout" for e in self.entries)

    # --- by step ------------------------------------------------------------------------------------------------

    def launched(self, step: str = "launch") -> Launched | None:
        """Return a launch, or None when it was not begun."""
        return next((one for one in self.launches if one.step == step), None)

    def issued(self, step: str) -> Issued | None:
        """Return a token request, or None when it was not made."""
        return next((one for one in self.tokens if one.step == step), None)

    def handled(self, step: str) -> Handled | None:
        """Return a call of the handlers service, or None when it was not made."""
        return next((one for one in self.calls if one.step == step), None)

    def at_handler(self, step: str) -> tuple[Delivered, ...]:
        """Return the deliveries to one of our handlers."""
        return tuple(one for one in self.deliveries if one.step == step)

    def told_to(self, step: str) -> tuple[Told, ...]:
        """Return the notices that came to one of our handlers."""
        return tuple(told for delivered in self.at_handler(step) for told in delivered.told)

    def stimulus(self, step: str) -> Mapping[str, Any]:
        """Return what a stimulus of a step told: its outcome, and what its output says as JSON."""
        return next((event.facts for event in events(self.entries, STIMULUS) if event.step == step), {})

    def event(self, name: str, step: str | None = None) -> Event | None:
        """Return the first event of a name, at one step or at any, or None."""
        return next((event for event in events(self.entries, name) if step in (None, event.step)), None)

    def configuration(self) -> tuple[Exchange | None, Configuration]:
        """Return the platform's configuration as fetched and as read."""
        found = next(iter(exchanges(self.entries, CONFIGURATION, "out")), None)
        body = found.response.body if found and found.response else b""
        return found, read_configuration(body, found.url if found else "")

    def registration(self, step: str) -> tuple[Exchange | None, Registration]:
        """Return a dynamic registration as answered and as read."""
        found = next((e for e in exchanges(self.entries, REGISTRATION, "out") if e.step == step), None)
        half = found.response if found else None
        return found, read_registration_answer(half.status if half else 0, half.body if half else b"")


@dataclass(frozen=True, slots=True)
class Tools:
    """Examples that a property was tried on, by step; the counterexample comes first, if there is one.

    ``before`` holds what went before all examples: their controls.
    """

    case: Mapping[str, Any]
    steps: Mapping[str, Tooled]
    falsified: str = ""
    before: Tooled = field(default_factory=lambda: Tooled({}, ()))

    @classmethod
    def from_entries(cls, entries: Sequence[AnyEntry]) -> Self:
        """Build one `Tooled` for every step in which something was tried."""
        falsified = next((event.step for event in events(entries, "falsified")), "")
        tried = {event.step for event in events(entries, "example")}
        found = {name: Tooled.from_entries(own) for name, own in steps(entries).items() if name in tried}
        ordered = dict(sorted(found.items(), key=lambda pair: pair[0] != falsified))
        before = Tooled.from_entries([entry for entry in entries if entry.step not in tried])
        return cls(case_values(entries), ordered, falsified, before)


def _parameters(exchange: Exchange | None) -> Pairs:
    """Return the parameters of a request: of its body when it is a form, else of its query."""
    if exchange is None:
        return ()
    request = exchange.request
    if request.method == "POST":
        return decode_form(request.body).pairs
    return decode_form(request.query.encode("utf-8", "replace")).pairs
