"""Faults of the rules for handlers: types, addresses, batch sizes, and what a refusal leaves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from harness.wire.json_text import read_json
from harness.wire.pns_handlers import Broken, HandlerRule, Put, PutProblem, read_put
from mocks.faults.base import LEFT_OUT, VARIANT, WRONG_VALUE, Fault
from mocks.platform.answers import Refused
from mocks.platform.behaviour import PlatformBehaviour
from mocks.platform.domain import StoredHandler as Stored

Rules = Sequence[HandlerRule]


def _reading(body: bytes, *forgiven: str, **instead: Any) -> Put | PutProblem:
    """Read a PUT, with members in the place of those that are forgiven."""
    found = read_put(body)
    if not isinstance(found, PutProblem) or found.reason not in forgiven:
        return found
    members = {"notice_type": "LtiContextCopyNotice", "handler": "", **(read_json(body).object or {}), **instead}
    return Put(str(members["notice_type"]), str(members["handler"] or ""), members.get("max_batch_size"))


def _strict(found: Put | PutProblem, status: int = 400) -> Put:
    if isinstance(found, PutProblem):
        raise Refused("bad_request", found.message, status)
    return found


class NullRemoves(Fault, PlatformBehaviour):
    """A handler that is null or missing removes what is there."""

    name = "platform.null-removes"
    kind = LEFT_OUT
    breaks = {"PNS-HANDLER-12": "accepted"}

    def read_put(self, body: bytes) -> Put:
        return _strict(_reading(body, "no-handler", "handler-null", handler=""))


class NullUnprocessable(Fault, PlatformBehaviour):
    """A handler that is null or missing is refused by 422."""

    name = "platform.null-unprocessable"
    breaks = {"PNS-HANDLER-12": "other-status"}

    def read_put(self, body: bytes) -> Put:
        found = read_put(body)
        is_none = isinstance(found, PutProblem) and found.reason in ("no-handler", "handler-null")
        return _strict(found, 422 if is_none else 400)


class NullDrops(Fault, PlatformBehaviour):
    """A handler of null is refused, and what was there is removed all the same."""

    name = "platform.null-drops"
    breaks = {"PNS-HANDLER-12": "changed", "PNS-HANDLER-20": "former-gone"}

    def read_put(self, body: bytes) -> Put:
        return _strict(_reading(body, "no-handler", "handler-null", handler="null"))

    def left_after_refusal(self, put: Put, former: Stored | None) -> Stored | None:
        return None if put.url == "null" else former


class GuessesType(Fault, PlatformBehaviour):
    """A PUT without type is taken to be about course copies."""

    name = "platform.guesses-type"
    kind = LEFT_OUT
    breaks = {"PNS-HANDLER-13": "accepted"}

    def read_put(self, body: bytes) -> Put:
        return _strict(_reading(body, "no-notice-type"))


class TypelessNotFound(Fault, PlatformBehaviour):
    """A PUT without type is not found."""

    name = "platform.typeless-not-found"
    breaks = {"PNS-HANDLER-13": "other-status"}

    def read_put(self, body: bytes) -> Put:
        found = read_put(body)
        return _strict(found, 404 if isinstance(found, PutProblem) and found.field == "notice_type" else 400)


class AnyType(Fault, PlatformBehaviour):
    """Any word is taken for a notice type."""

    name = "platform.any-type"
    kind = LEFT_OUT
    breaks = {"PNS-HANDLER-14": "accepted"}

    def refuses_type(self, put: Put, types: Sequence[str]) -> None:
        return None


class AnyTypeRemoved(Fault, PlatformBehaviour):
    """A removal is acknowledged whatever the type."""

    name = "platform.any-type-removed"
    breaks = {"PNS-HANDLER-14": "accepted"}

    def refuses_type(self, put: Put, types: Sequence[str]) -> None:
        if not put.removes:
            super().refuses_type(put, types)


def _address_fault(
    name: str, sentence: str, kind: str, breaks: dict[str, str], broken: Callable[[str, Broken, Rules], Broken | None],
    collateral: tuple[str, ...] = (),
) -> type[Fault]:  # fmt: skip
    """Make a fault that takes some of the addresses that break a rule; ``broken`` says what it still refuses."""

    def judged(self: PlatformBehaviour, url: str, rules: Rules) -> Broken | None:
        found = PlatformBehaviour.broken(self, url, rules)
        return broken(url, found, rules) if found else None

    members = {
        "__doc__": sentence, "name": f"platform.{name}", "kind": kind, "breaks": breaks, "collateral": collateral,
        "broken": judged, "__module__": __name__,
    }  # fmt: skip
    return type(name.title().replace("-", ""), (Fault, PlatformBehaviour), members)


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def _unless(*rules: str) -> Callable[[str, Broken, Rules], Broken | None]:
    return lambda url, found, known: None if found.rule in rules else found


def _takes_schemes(*schemes: str) -> Callable[[str, Broken, Rules], Broken | None]:
    def judged(url: str, found: Broken, rules: Rules) -> Broken | None:
        is_one = found.rule == "scheme" and url.lower().startswith(tuple(f"{name}://" for name in schemes))
        return None if is_one else found

    return judged


def _is_domain(test: Callable[[str, str], bool]) -> Callable[[str, Broken, Rules], Broken | None]:
    """Return a rule that takes a host when ``test`` says that it fits the domain."""

    def judged(url: str, found: Broken, rules: Rules) -> Broken | None:
        fits = found.rule == "domain" and any(test(_host(url), rule.domain.lower()) for rule in rules)
        return None if fits else found

    return judged


def _by_prefix(url: str, found: Broken, rules: Rules) -> Broken | None:
    starts = any(url.lower().startswith(f"https://{rule.domain.lower()}") for rule in rules)
    return None if starts and found.rule in ("domain", "userinfo") else found


def _looks_like_url(url: str, found: Broken, rules: Rules) -> Broken | None:
    return None if found.rule == "not-a-url" and url.startswith(("https:", "/")) else found


FAMILY: tuple[type[Fault], ...] = (
    _address_fault(
        "any-scheme", "A handler may have any scheme.", LEFT_OUT, {"PNS-HANDLER-15": "accepted"}, _unless("scheme"),
    ),
    _address_fault(
        "plain-http", "A handler may be http.", WRONG_VALUE, {"PNS-HANDLER-15": "accepted"}, _takes_schemes("http"),
    ),
    _address_fault(
        "any-text", "A handler may be any text.", LEFT_OUT, {"PNS-HANDLER-16": "accepted"}, _unless("not-a-url"),
    ),
    _address_fault(
        "url-by-beginning", "What begins like a URL is one.", WRONG_VALUE, {"PNS-HANDLER-16": "accepted"},
        _looks_like_url,
    ),
    _address_fault(
        "any-domain", "A handler may be anywhere.", LEFT_OUT,
        {"PNS-HANDLER-17": "accepted", "PNS-HANDLER-18": "accepted"}, _unless("domain", "userinfo"),
    ),
    _address_fault(
        "any-address", "A handler may be at any IP address, or in any domain whose last label is test. Some of those "
        "resemble the tool's.", WRONG_VALUE, {"PNS-HANDLER-17": "accepted"},
        _is_domain(lambda host, domain: host.replace(".", "").isdigit() or ":" in host or host.endswith(".test")),
        ("PNS-HANDLER-18",),
    ),
    _address_fault(
        "domain-by-end", "A host that ends like the domain is in it.", WRONG_VALUE, {"PNS-HANDLER-18": "accepted"},
        _is_domain(lambda host, domain: host.endswith(domain)),
    ),
    _address_fault(
        "domain-by-beginning", "An address that begins like one in the domain is in it.", LEFT_OUT,
        {"PNS-HANDLER-18": "accepted"}, _by_prefix,
    ),
    _address_fault(
        "domain-anywhere", "A host in which the domain stands is in it.", WRONG_VALUE,
        {"PNS-HANDLER-18": "accepted"}, _is_domain(lambda host, domain: domain in host),
    ),
)  # fmt: skip


class NoRedirectUrls(Fault, PlatformBehaviour):
    """A redirect URL outside the domain is refused."""

    name = "platform.no-redirect-urls"
    kind = LEFT_OUT
    breaks = {"PNS-HANDLER-19": "refused"}

    def broken(self, url: str, rules: Rules) -> Broken | None:
        return super().broken(url, [replace(rule, or_redirect=False) for rule in rules])


class FirstRedirectUrl(Fault, PlatformBehaviour):
    """Only the first redirect URL counts."""

    name = "platform.first-redirect-url"
    breaks = {"PNS-HANDLER-19": "refused"}

    def broken(self, url: str, rules: Rules) -> Broken | None:
        return super().broken(url, [replace(rule, redirect_urls=rule.redirect_urls[:1]) for rule in rules])


class CaseOfHosts(Fault, PlatformBehaviour):
    """A host is refused when its letters are of another case."""

    name = "platform.case-of-hosts"
    breaks = {"PNS-HANDLER-07": "refused"}

    def broken(self, url: str, rules: Rules) -> Broken | None:
        if not url.startswith("https://") or url.partition("://")[2].partition("/")[0] != _authority(url).lower():
            return Broken("domain", "handler must be rooted in the tool's domain")
        return super().broken(url, rules)


def _authority(url: str) -> str:
    return url.partition("://")[2].partition("/")[0]


class FallsOverAddresses(Fault, PlatformBehaviour):
    """A further port or a fragment makes the service fall over, in the tool's own domain too."""

    name = "platform.falls-over-addresses"
    breaks = {"PNS-HANDLER-17": "fell-over", "PNS-HANDLER-16": "fell-over"}
    collateral = ("PNS-HANDLER-07",)

    def broken(self, url: str, rules: Rules) -> Broken | None:
        if ":8443" in url or "#" in url:
            raise Refused("server_error", "something went wrong", 500)
        return super().broken(url, rules)


class RefusalRemoves(Fault, PlatformBehaviour):
    """A PUT that is refused takes the former handler away: it is removed before the new one is looked at."""

    name = "platform.refusal-removes"
    kind = LEFT_OUT
    breaks = {"PNS-HANDLER-20": "former-gone"}

    def left_after_refusal(self, put: Put, former: Stored | None) -> Stored | None:
        return None


class RefusalSets(Fault, PlatformBehaviour):
    """A PUT that is refused is in force."""

    name = "platform.refusal-sets"
    breaks = {"PNS-HANDLER-20": "former-gone"}

    def left_after_refusal(self, put: Put, former: Stored | None) -> Stored | None:
        return Stored(put.notice_type, put.url, put.max_batch_size)


class RefusalRemovesLimited(Fault, PlatformBehaviour):
    """A PUT that is refused takes the former handler away if that had a batch size."""

    name = "platform.refusal-removes-limited"
    breaks = {"PNS-HANDLER-20": "former-gone"}

    def left_after_refusal(self, put: Put, former: Stored | None) -> Stored | None:
        return None if former and former.max_batch_size else former


class SizeDropped(Fault, PlatformBehaviour):
    """A batch size is taken and forgotten."""

    name = "platform.size-dropped"
    kind = LEFT_OUT
    breaks = {"PNS-HANDLER-23": "not-echoed"}

    def read_put(self, body: bytes) -> Put:
        found = super().read_put(body)
        return Put(found.notice_type, found.url)


class SizeAsText(Fault, PlatformBehaviour):
    """A batch size is given back as text."""

    name = "platform.size-as-text"
    breaks = {"PNS-HANDLER-23": "not-echoed"}

    def put_document(self, put: Put) -> dict[str, Any]:
        found = super().put_document(put)
        return {**found, "max_batch_size": str(put.max_batch_size)} if put.max_batch_size else found


class SizeIgnored(Fault, PlatformBehaviour):
    """A batch size is accepted, and deliveries are as large as they come."""

    name = "platform.size-ignored"
    breaks = {"PNS-HANDLER-24": "exceeds-limit"}

    def batches(self, count: int, limit: int | None) -> list[int]:
        return [count] if count else []


class AnySize(Fault, PlatformBehaviour):
    """A batch size that is none is taken for none."""

    name = "platform.any-size"
    kind = LEFT_OUT
    breaks = {"PNS-HANDLER-25": "accepted"}

    def read_put(self, body: bytes) -> Put:
        return _strict(_reading(body, "batch-size-form", "batch-size-range", max_batch_size=None))


class SizeInWords(Fault, PlatformBehaviour):
    """A batch size that is no number is taken for none."""

    name = "platform.size-in-words"
    breaks = {"PNS-HANDLER-25": "accepted"}

    def read_put(self, body: bytes) -> Put:
        return _strict(_reading(body, "batch-size-form", max_batch_size=None))


class LimitStays(Fault, PlatformBehaviour):
    """A handler that is set without batch size inherits that of its forerunner."""

    name = "platform.limit-stays"
    kind = LEFT_OUT
    breaks = {"PNS-HANDLER-26": "limit-left"}

    def replaced(self, put: Put, former: Stored | None) -> Stored | None:
        size = put.max_batch_size or (former.max_batch_size if former else None)
        return None if put.removes else Stored(put.notice_type, put.url, size)


class LimitGuessed(Fault, PlatformBehaviour):
    """A handler that takes another's place without batch size is given one."""

    name = "platform.limit-guessed"
    breaks = {"PNS-HANDLER-26": "limit-left"}

    def replaced(self, put: Put, former: Stored | None) -> Stored | None:
        size = put.max_batch_size or (100 if former and former.max_batch_size else None)
        return None if put.removes else Stored(put.notice_type, put.url, size)


class DomainAlone(Fault, PlatformBehaviour):
    """Hosts below the domain, other ports and long addresses are refused; no source says that they are to be taken."""

    name = "platform.domain-alone"
    kind = VARIANT

    def rule(self, registration: Any, domain: str) -> HandlerRule:
        return replace(super().rule(registration, domain), subdomains=False, longest=2048)


class SizeAtLeastTen(Fault, PlatformBehaviour):
    """A batch size below ten is refused (observed: Canvas)."""

    name = "platform.size-at-least-ten"
    kind = VARIANT

    def refuses_batch_size(self, put: Put) -> None:
        if put.max_batch_size is not None and put.max_batch_size < 10:
            raise Refused("bad_request", "max_batch_size must be greater than or equal to 10")
