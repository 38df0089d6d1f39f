"""Faults of a PENS target in how a command is read, and in which sound collects it does not take."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from harness.net.listener import Inbound, Reply
from harness.wire.binding import Decoded
from harness.wire.pens import ELEMENTS
from harness.wire.pens_rules import Violation
from mocks.engine.domain import Credential, ImportJob, Tenant
from mocks.engine.pens_behaviour import PensBehaviour
from mocks.faults.base import LEFT_OUT, WRONG_VALUE, Fault

LONG = 15_000
SMALL_VENDOR_DATA = 255
Trait = Callable[[dict[str, str]], bool]


class NoGet(Fault, PensBehaviour):
    """A GET is answered, but its query is not read."""

    name = "pens.no-get"
    kind = LEFT_OUT
    breaks = {"PENS-MSG-01": "not-accepted"}
    collateral = ("ENGINE-PENS-13",)

    def decode(self, inbound: Inbound) -> Decoded:
        return Decoded("get", ()) if inbound.method == "GET" else PensBehaviour.decode(self, inbound)


class RawGet(Fault, PensBehaviour):
    """Values that come by GET stay percent-encoded."""

    name = "pens.raw-get"
    kind = WRONG_VALUE
    breaks = {"PENS-MSG-01": "not-accepted"}
    collateral = ("ENGINE-PENS-13",)

    def decode(self, inbound: Inbound) -> Decoded:
        if inbound.method != "GET":
            return PensBehaviour.decode(self, inbound)
        parts = self.message_query(inbound).decode("latin-1").split("&")
        return Decoded("get", tuple((name, value) for name, _, value in (part.partition("=") for part in parts)))


class NoPost(Fault, PensBehaviour):
    """A POST is answered, but its body is not read, so that no collect by POST is taken."""

    name = "pens.no-post"
    kind = LEFT_OUT
    breaks = {"PENS-MSG-02": "not-accepted"}
    collateral = ("PENS-DL-01", "ENGINE-PENS-08")

    def decode(self, inbound: Inbound) -> Decoded:
        return Decoded("form", ()) if inbound.method == "POST" else PensBehaviour.decode(self, inbound)


class RawPost(Fault, PensBehaviour):
    """Values that come by POST stay percent-encoded, so that no collect by POST is taken."""

    name = "pens.raw-post"
    kind = WRONG_VALUE
    breaks = {"PENS-MSG-02": "not-accepted"}
    collateral = ("PENS-DL-01", "ENGINE-PENS-08")

    def decode(self, inbound: Inbound) -> Decoded:
        if inbound.method != "POST":
            return PensBehaviour.decode(self, inbound)
        parts = inbound.body.decode("latin-1").split("&")
        return Decoded("form", tuple((name, value) for name, _, value in (part.partition("=") for part in parts)))


class CommandFirst(Fault, PensBehaviour):
    """The command is only seen when it comes first."""

    name = "pens.command-first"
    kind = LEFT_OUT
    breaks = {"PENS-MSG-06": "not-accepted"}

    def violations(self, message: Decoded, now: datetime) -> tuple[Violation, ...]:
        if message.names and message.names[0] != "command" and "command" in message.names:
            return (Violation("command", "missing"),)
        return PensBehaviour.violations(self, message, now)


class ReadsByPlace(Fault, PensBehaviour):
    """Package-id and package-url are told apart by which comes first."""

    name = "pens.reads-by-place"
    kind = WRONG_VALUE
    breaks = {"PENS-MSG-06": "not-accepted"}

    def read(self, message: Decoded) -> dict[str, str]:
        found, names = message.elements, message.names
        pair = ("package-id", "package-url")
        if all(name in names for name in pair) and names.index(pair[1]) < names.index(pair[0]):
            found[pair[0]], found[pair[1]] = found[pair[1]], found[pair[0]]
        return found


class EncodesPath(Fault, PensBehaviour):
    """The percent-encoding of the package URL is not taken for one: it is encoded again for the fetch."""

    name = "pens.encodes-path-again"
    kind = LEFT_OUT
    breaks = {"PENS-MSG-07": "encoding-kept"}

    def package_url(self, job: ImportJob) -> str:
        return PensBehaviour.package_url(self, job).replace("%", "%25")


class DecodesTwice(Fault, PensBehaviour):
    """Percent-encoding is undone twice."""

    name = "pens.decodes-twice"
    kind = WRONG_VALUE
    breaks = {"PENS-MSG-07": "decoded-twice"}

    def package_url(self, job: ImportJob) -> str:
        return unquote(PensBehaviour.package_url(self, job)).replace(" ", "+")


class RefusesUnknown(Fault, PensBehaviour):
    """An element that the standard does not know is refused."""

    name = "pens.refuses-unknown-element"
    kind = WRONG_VALUE
    breaks = {"PENS-MSG-10": "not-accepted"}

    def violations(self, message: Decoded, now: datetime) -> tuple[Violation, ...]:
        if set(message.names) - set(ELEMENTS):
            return (Violation("alerts", "malformed"),)
        return PensBehaviour.violations(self, message, now)


class DropsLongUri(Fault, PensBehaviour):
    """A long request line is met by closing the connection."""

    name = "pens.drops-long-uri"
    kind = LEFT_OUT
    breaks = {"PENS-MSG-11": "no-response"}

    def refuses_request(self, inbound: Inbound) -> Reply | None:
        return Reply(drop=True) if len(inbound.query) > LONG else None


class BadRequestForLongUri(Fault, PensBehaviour):
    """A long request line is refused with HTTP 400."""

    name = "pens.http-400-for-long-uri"
    kind = WRONG_VALUE
    breaks = {"PENS-MSG-11": "neither-taken-nor-414"}

    def refuses_request(self, inbound: Inbound) -> Reply | None:
        return Reply(400, (("Content-Type", "text/html"),), b"Bad Request") if len(inbound.query) > LONG else None


class NoOldHttp(Fault, PensBehaviour):
    """HTTP/1.0 is refused."""

    name = "pens.no-http-1.0"
    kind = LEFT_OUT
    breaks = {"PENS-MSG-12": "no-pens-answer"}

    def refuses_request(self, inbound: Inbound) -> Reply | None:
        return Reply(505, (("Content-Type", "text/html"),)) if inbound.line.endswith("HTTP/1.0") else None


class KeepsPlus(Fault, PensBehaviour):
    """A plus in a form stays a plus."""

    name = "pens.keeps-plus"
    kind = WRONG_VALUE
    breaks = {"PENS-MSG-14": "plus-kept"}

    def decode(self, inbound: Inbound) -> Decoded:
        found = PensBehaviour.decode(self, inbound)
        kept = ((name, value if name != "client" else value.replace(" ", "+")) for name, value in found.pairs)
        return Decoded(found.binding, tuple(kept), found.oddities) if b"+" in inbound.body else found


class RefusesPlus(Fault, PensBehaviour):
    """A form with a plus in it is not read."""

    name = "pens.refuses-plus"
    kind = LEFT_OUT
    breaks = {"PENS-MSG-14": "plus-refused"}

    def decode(self, inbound: Inbound) -> Decoded:
        return Decoded("form", ()) if b"+" in inbound.body else PensBehaviour.decode(self, inbound)


class TakesNullPassword(Fault, PensBehaviour):
    """A login without its password is let in."""

    name = "pens.takes-null-password"
    kind = WRONG_VALUE
    breaks = {"PENS-COLLECT-25": "processed-without-password"}
    profile = "engine-22"

    def may_collect(self, credential: Credential | None, tenant: Tenant, secret: str) -> bool:
        known = credential is not None and not secret
        return known or PensBehaviour.may_collect(self, credential, tenant, secret)


def _account_alone(elements: dict[str, str]) -> bool:
    return "package-url-account" in elements and "package-url-password" not in elements


def _mail_list(elements: dict[str, str]) -> bool:
    return elements.get("receipt", "").startswith("mailto:") and "," in elements["receipt"]


def _far_expiry(elements: dict[str, str]) -> bool:
    return "2038" < elements.get("package-url-expiry", "") < "2100"


def _unheard_of(elements: dict[str, str]) -> bool:
    data = elements.get("vendor-data", "")
    return data != "" and not data.startswith("preview-mode:")


def _sample_id(elements: dict[str, str]) -> bool:
    host = elements.get("package-id", "").partition("://")[2].partition("/")[0]
    return ":" in host and not host.partition(":")[2].isdigit()


TRAITS: tuple[tuple[str, str, Trait], ...] = (
    ("package-account", "PENS-CONF-01", _account_alone),
    ("long-vendor-data", "PENS-COLLECT-23", lambda e: len(e.get("vendor-data", "")) > SMALL_VENDOR_DATA),
    ("unknown-vendor-data", "PENS-COLLECT-24", _unheard_of),
    ("mailto-receipt", "PENS-COLLECT-26", lambda e: e.get("receipt", "").startswith("mailto:")),
    ("mailto-list", "PENS-COLLECT-27", _mail_list),
    ("sample-package-id", "PENS-COLLECT-28", _sample_id),
    ("far-expiry", "PENS-COLLECT-29", _far_expiry),
    ("qti", "PENS-COLLECT-30", lambda e: e.get("package-type") == "lms-qti"),
)  # fmt: skip
CAUSED = {
    "long-vendor-data": ("PENS-MSG-11",),
    "mailto-receipt": ("PENS-COLLECT-27", "PENS-MAIL-01", "PENS-MAIL-05", "PENS-MAIL-06"),
    "mailto-list": ("PENS-MAIL-05",),
}


def _drops(name: str, requirement: str, trait: Trait) -> type[Fault]:
    """Return a fault that acknowledges such a collect and forgets it."""

    def takes_up(self: Any, job: ImportJob) -> bool:
        return not trait(dict(job.elements))

    reason = "neither-taken-nor-1430" if requirement == "PENS-COLLECT-30" else "not-fetched"
    about = {
        "name": f"pens.drops-{name}",
        "kind": LEFT_OUT,
        "breaks": {requirement: reason},
        "takes_up": takes_up,
    }
    about |= {
        "__doc__": f"A collect with {name} is acknowledged and forgotten.",
        "collateral": CAUSED.get(name, ()),
    }
    return type("Drops" + name.title().replace("-", ""), (Fault, PensBehaviour), about)


def _refuses(name: str, requirement: str, trait: Trait) -> type[Fault]:
    """Return a fault that refuses such a collect with 1201."""

    def found(self: Any, message: Decoded, now: datetime) -> tuple[Violation, ...]:
        usual = PensBehaviour.violations(self, message, now)
        return (Violation("alerts", "malformed"),) if not usual and trait(message.elements) else usual

    reason = "wrong-code" if requirement == "PENS-COLLECT-30" else "not-accepted"
    about = {
        "name": f"pens.refuses-{name}",
        "kind": WRONG_VALUE,
        "breaks": {requirement: reason},
        "violations": found,
    }
    about |= {"__doc__": f"A collect with {name} is refused with 1201.", "collateral": CAUSED.get(name, ())}
    return type("Refuses" + name.title().replace("-", ""), (Fault, PensBehaviour), about)


class RefusesZoneless(Fault, PensBehaviour):
    """An expiry without zone is refused with 2009."""

    name = "pens.refuses-zoneless-expiry"
    kind = WRONG_VALUE
    breaks = {"PENS-COLLECT-29": "zone-less-refused"}

    def violations(self, message: Decoded, now: datetime) -> tuple[Violation, ...]:
        text = message.get("package-url-expiry") or ""
        if len(text) == len("2099-01-01T00:00:00") and text[10] == "T":
            return (Violation("package-url-expiry", "malformed"),)
        return PensBehaviour.violations(self, message, now)


class RefusesDates(Fault, PensBehaviour):
    """An expiry that is a date only is refused as if client were missing."""

    name = "pens.date-as-missing-client"
    kind = WRONG_VALUE
    breaks = {"PENS-COLLECT-29": "wrong-code"}

    def violations(self, message: Decoded, now: datetime) -> tuple[Violation, ...]:
        if len(message.get("package-url-expiry") or "") == len("2099-01-01"):
            return (Violation("client", "missing"),)
        return PensBehaviour.violations(self, message, now)


FAMILY = tuple(make(*trait) for trait in TRAITS for make in (_drops, _refuses))
