"""Faults of a PENS target in what is the engine's own: allowed requests, scopes, tenants."""

from __future__ import annotations

from datetime import datetime

from harness.net.listener import Inbound, Reply
from harness.wire.binding import Decoded
from harness.wire.pens_rules import Violation
from mocks.engine.domain import Credential, Tenant
from mocks.engine.pens_behaviour import PensBehaviour
from mocks.faults.base import LEFT_OUT, WRONG_VALUE, Fault


class AllowsAnything(Fault, PensBehaviour):
    """AllowedRequests is not looked at."""

    name = "pens.allows-anything"
    kind = LEFT_OUT
    breaks = {"ENGINE-PENS-01": "processed"}

    def lets_in(self, tenant: Tenant | None) -> bool:
        return tenant is not None


class AllowsDelivery(Fault, PensBehaviour):
    """A collect is let in where pages for delivery are."""

    name = "pens.allows-delivery"
    kind = WRONG_VALUE
    breaks = {"ENGINE-PENS-01": "processed"}

    def lets_in(self, tenant: Tenant | None) -> bool:
        return tenant is not None and "DELIVER_PAGE" in tenant.allowed_requests


class NoCredentialsNeeded(Fault, PensBehaviour):
    """Credentials are not looked at."""

    name = "pens.no-credentials-needed"
    kind = LEFT_OUT
    breaks = {"ENGINE-PENS-04": "processed", "ENGINE-PENS-05": "processed"}

    def may_collect(self, credential: Credential | None, tenant: Tenant, secret: str) -> bool:
        return True


class AnyScopeWillDo(Fault, PensBehaviour):
    """Any scope of the tenant's credentials is taken for pens:collect."""

    name = "pens.any-scope-will-do"
    kind = WRONG_VALUE
    breaks = {"ENGINE-PENS-04": "processed"}

    def may_collect(self, credential: Credential | None, tenant: Tenant, secret: str) -> bool:
        if credential is None or credential.secret != secret:
            return False
        return credential.tenant in ("", tenant.name)


class AnyTenantWillDo(Fault, PensBehaviour):
    """Credentials of another tenant are taken for the tenant's own."""

    name = "pens.any-tenant-will-do"
    kind = WRONG_VALUE
    breaks = {"ENGINE-PENS-05": "processed"}

    def may_collect(self, credential: Credential | None, tenant: Tenant, secret: str) -> bool:
        own = Tenant(credential.tenant) if credential else tenant
        return super().may_collect(credential, own, secret)


class ImportsNothing(Fault, PensBehaviour):
    """A package that was fetched ends as one that nobody can use."""

    name = "pens.imports-nothing"
    kind = WRONG_VALUE
    breaks = {"ENGINE-PENS-08": "not-imported"}

    def package_code(self, reason: str | None) -> int:
        return 1432


class PostOnly(Fault, PensBehaviour):
    """A collect by GET is not read."""

    name = "pens.get-not-read"
    kind = LEFT_OUT
    breaks = {"ENGINE-PENS-13": "not-accepted"}
    collateral = ("PENS-MSG-01",)

    def decode(self, inbound: Inbound) -> Decoded:
        return super().decode(inbound) if inbound.method == "POST" else Decoded("get", ())


class MissingIsFine(Fault, PensBehaviour):
    """A missing client is not noticed."""

    name = "pens.missing-is-fine"
    kind = LEFT_OUT
    breaks = {"ENGINE-PENS-14": "accepted"}

    def violations(self, message: Decoded, now: datetime) -> tuple[Violation, ...]:
        found = super().violations(message, now)
        return tuple(violation for violation in found if (violation.element, violation.kind) != ("client", "missing"))


class MissingIsGeneral(Fault, PensBehaviour):
    """Whatever is missing is reported as a general error."""

    name = "pens.missing-is-general"
    kind = WRONG_VALUE
    breaks = {"ENGINE-PENS-14": "wrong-code"}

    def code(self, violation: Violation) -> int:
        return 1101 if violation.kind == "missing" else super().code(violation)


class DoubledMarkFallsOver(Fault, PensBehaviour):
    """A second question mark in the address ends with an internal error."""

    name = "pens.doubled-mark-falls-over"
    kind = WRONG_VALUE
    breaks = {"ENGINE-PENS-20": "neither-repaired-nor-refused"}

    def refuses_request(self, inbound: Inbound) -> Reply | None:
        if inbound.method == "GET" and b"?" in inbound.query:
            return Reply(500, (("Content-Type", "text/html"),), b"<html><title>500</title></html>")
        return super().refuses_request(inbound)
