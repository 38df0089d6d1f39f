"""Faults of an LTI tool in what it makes of the claim of the notification service."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from harness.wire.lti import Launch as Message
from harness.wire.pns import CLAIM, TYPES, PnsClaim
from harness.wire.pns_handlers import Handler
from mocks.faults.base import LEFT_OUT, WRONG_VALUE, Fault
from mocks.tool.behaviour import ToolBehaviour
from mocks.tool.domain import Service

CLAIM_MEMBERS = {"platform_notification_service_url", "service_versions", "scope", "notice_types_supported"}


class KnownMembersOnly(Fault, ToolBehaviour):
    """Reads no claim that has members which it does not know."""

    name = "tool.known-members-only"
    kind = WRONG_VALUE
    breaks = {"PNS-CLAIM-10": "spoiled-by-unknown-members"}

    def pns_claim(self, message: Message) -> PnsClaim | None:
        odd = set(message.claims.get(CLAIM) or ()) - CLAIM_MEMBERS
        return None if odd else super().pns_claim(message)


class KnownTypesOnly(Fault, ToolBehaviour):
    """Gives up a list in which there is a type that it does not know."""

    name = "tool.known-types-only"
    kind = LEFT_OUT
    breaks = {"PNS-CLAIM-10": "spoiled-by-unknown-types", "D2L-PNS-17": "not-set-when-types-came"}

    def wanted(self, listed: Sequence[str]) -> tuple[str, ...]:
        return () if set(listed) - set(TYPES) else super().wanted(listed)


class TakesBackOnNews(Fault, ToolBehaviour):
    """Takes its handlers back when there are types that it does not know."""

    name = "tool.takes-back-on-news"
    kind = WRONG_VALUE
    breaks = {"D2L-PNS-17": "lost-when-types-came"}
    collateral = ("PNS-CLAIM-10",)
    # A type that nobody knows is one that has come since.

    def wanted(self, listed: Sequence[str]) -> tuple[str, ...]:
        vars(self)["news"] = bool(set(listed) - set(TYPES))
        return super().wanted(listed)

    def differs(self, found: Handler | None, ours: Handler) -> bool:
        return bool(vars(self).get("news")) or super().differs(found, ours)

    def put_body(self, handler: Handler) -> bytes:
        return super().put_body(replace(handler, url="") if vars(self).get("news") else handler)


class SubscribesToUnknown(Fault, ToolBehaviour):
    """Sets a handler for whatever is listed, though it has no use for it."""

    name = "tool.subscribes-to-unknown"
    kind = WRONG_VALUE
    breaks = {"PNS-CLAIM-10": "subscribes-to-what-nobody-knows"}

    def wanted(self, listed: Sequence[str]) -> tuple[str, ...]:
        return tuple(listed)


class ScopeOfTheClaim(Fault, ToolBehaviour):
    """Asks for the scopes of the claim, and for nothing where it names none."""

    name = "tool.scope-of-the-claim"
    kind = LEFT_OUT
    breaks = {"PNS-CLAIM-11": "scope-not-asked"}

    def service_scopes(self, scopes: Sequence[str]) -> tuple[str, ...]:
        return tuple(scopes)


class DemandsScope(Fault, ToolBehaviour):
    """Reads no claim without scope."""

    name = "tool.demands-scope"
    kind = WRONG_VALUE
    breaks = {"PNS-CLAIM-11": "not-set-without-scope"}

    def pns_claim(self, message: Message) -> PnsClaim | None:
        found = super().pns_claim(message)
        return None if found is not None and found.scopes is None else found


class DropsQuery(Fault, ToolBehaviour):
    """Calls the service without the query of its address."""

    name = "tool.drops-query"
    kind = LEFT_OUT
    breaks = {"PNS-CLAIM-12": "query-dropped"}

    def service_url(self, claim: PnsClaim) -> str | None:
        return (claim.url or "").partition("?")[0] or None


class OwnQuery(Fault, ToolBehaviour):
    """Writes a query of its own in the place of the one that was told."""

    name = "tool.own-query"
    kind = WRONG_VALUE
    breaks = {"PNS-CLAIM-12": "query-changed"}

    def service_url(self, claim: PnsClaim) -> str | None:
        base, mark, _ = (claim.url or "").partition("?")
        return f"{base}?version=1.0" if mark else base or None


class FirstService(Fault, ToolBehaviour):
    """Takes no address with a query, and holds on to the first one that it was told."""

    name = "tool.first-service"
    kind = WRONG_VALUE
    breaks = {"PNS-CLAIM-12": "not-called"}

    def service_url(self, claim: PnsClaim) -> str | None:
        url = super().service_url(claim) or ""
        first = str(vars(self).setdefault("first", url))
        return first if "?" in url else url


class AllTypes(Fault, ToolBehaviour):
    """Sets handlers for all types that it knows, whatever the claim lists."""

    name = "tool.all-types"
    kind = WRONG_VALUE
    breaks = {"PNS-CLAIM-13": "not-listed"}

    def wanted(self, listed: Sequence[str]) -> tuple[str, ...]:
        return self.knows


class OneService(Fault, ToolBehaviour):
    """Keeps one address for all deployments, that of the last launch."""

    name = "tool.one-service"
    kind = WRONG_VALUE
    breaks = {"PNS-CLAIM-14": "service-of-another"}

    def service_url(self, claim: PnsClaim) -> str | None:
        vars(self)["last"] = super().service_url(claim)
        return super().service_url(claim)

    def service_of(self, service: Service) -> Service:
        return replace(service, url=vars(self).get("last") or service.url)
