"""Faults of the service's claim in launches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness.wire.lti import ROLE_INSTRUCTOR, ROLES
from harness.wire.pns import CLAIM, WRONG_SCOPE, pns_claim
from harness.wire.pns_handlers import Put
from mocks.faults.base import LEFT_OUT, WRONG_VALUE, Fault
from mocks.platform.answers import Refused
from mocks.platform.behaviour import PlatformBehaviour
from mocks.platform.domain import HANDLERS, Deployment, Registration

URL = "platform_notification_service_url"
Members = dict[str, Any]


class NoClaim(Fault, PlatformBehaviour):
    """Launches say nothing of the service."""

    name = "platform.no-claim"
    kind = LEFT_OUT
    breaks = {"PNS-CLAIM-01": "no-claim"}

    def claim(self, registration: Registration, deployment: Deployment, url: str) -> dict[str, Any] | None:
        return None


class ClaimForInstructors(Fault, PlatformBehaviour):
    """Launches of instructors alone carry the claim."""

    name = "platform.claim-for-instructors"
    kind = WRONG_VALUE
    breaks = {"PNS-CLAIM-01": "no-claim"}

    def finished_message(self, claims: dict[str, Any]) -> dict[str, Any]:
        if ROLE_INSTRUCTOR not in claims[ROLES]:
            claims.pop(CLAIM, None)
        return claims


def _claiming(name: str, kind: str, doc: str, row: str, reason: str, bend: Callable[[Members], Members]) -> type[Fault]:
    """Make a fault that changes the claim."""

    def claim(
        self: PlatformBehaviour, registration: Registration, deployment: Deployment, url: str
    ) -> dict[str, Any] | None:
        found = PlatformBehaviour.claim(self, registration, deployment, url)
        return found and bend(found)

    body: dict[str, Any] = {"__doc__": doc, "name": f"platform.{name}", "kind": kind, "breaks": {row: reason}}
    return type("Claiming", (Fault, PlatformBehaviour), body | {"claim": claim})


def _without(member: str) -> Callable[[Members], Members]:
    return lambda claim: {name: value for name, value in claim.items() if name != member}


def _with(member: str, value: Any) -> Callable[[Members], Members]:
    return lambda claim: {**claim, member: value}


FAMILY: tuple[type[Fault], ...] = (
    _claiming("claim-without-url", LEFT_OUT, "The claim has no address of the service.",
              "PNS-CLAIM-02", "no-url", _without(URL)),
    _claiming("claim-with-template", WRONG_VALUE, "The address of the service is a template.",
              "PNS-CLAIM-02", "url-not-absolute",
              lambda claim: _with(URL, claim[URL].rpartition("/")[0] + "/{deployment_id}")(claim)),
    _claiming("claim-over-http", WRONG_VALUE, "The address of the service is one of http.",
              "PNS-CLAIM-03", "not-https", lambda claim: _with(URL, claim[URL].replace("https:", "http:"))(claim)),
    _claiming("claim-without-versions", LEFT_OUT, "The claim names no version of the service.",
              "PNS-CLAIM-04", "no-versions", _without("service_versions")),
    _claiming("claim-of-version-2", WRONG_VALUE, "The claim names another version of the service.",
              "PNS-CLAIM-04", "no-version-1.0", _with("service_versions", ["2.0"])),
    _claiming("claim-without-scope", LEFT_OUT, "The claim names no scope.",
              "PNS-CLAIM-05", "no-scope", _without("scope")),
    _claiming("claim-of-other-scope", WRONG_VALUE, "The claim names a scope of another name.",
              "PNS-CLAIM-05", "no-noticehandlers-scope", _with("scope", [WRONG_SCOPE])),
    _claiming("claim-without-types", LEFT_OUT, "The claim has an array of notice types with nothing in it.",
              "PNS-CLAIM-06", "types-empty", _with("notice_types_supported", [])),
    _claiming("claim-repeats-types", WRONG_VALUE, "The claim lists each notice type twice.",
              "PNS-CLAIM-06", "types-repeated",
              lambda claim: _with("notice_types_supported", claim["notice_types_supported"] * 2)(claim)),
)  # fmt: skip


class ClaimWithoutScheme(Fault, PlatformBehaviour):
    """The address of the service has no scheme; so it is no absolute one either."""

    name = "platform.claim-without-scheme"
    kind = LEFT_OUT
    breaks = {"PNS-CLAIM-03": "not-https", "PNS-CLAIM-02": "url-not-absolute"}

    def claim_url(self, url: str) -> str:
        return url.partition(":")[2]


class ClaimWhileOff(Fault, PlatformBehaviour):
    """Nobody looks at the switches when a launch is made."""

    name = "platform.claim-while-off"
    kind = LEFT_OUT
    breaks = {"PNS-CLAIM-07": "claim-while-off"}

    def claim(self, registration: Registration, deployment: Deployment, url: str) -> dict[str, Any] | None:
        return pns_claim(url, self.types_of(registration, deployment))


class ClaimOfNothing(Fault, PlatformBehaviour):
    """While the service is off its claim lists no notice types, but is there."""

    name = "platform.claim-of-nothing"
    kind = WRONG_VALUE
    breaks = {"PNS-CLAIM-07": "claim-while-off"}

    def claim(self, registration: Registration, deployment: Deployment, url: str) -> dict[str, Any] | None:
        return super().claim(registration, deployment, url) or pns_claim(url, ())


class ClaimsMoreThanIsTaken(Fault, PlatformBehaviour):
    """The last notice type of the claim takes no handler."""

    name = "platform.claims-more-than-is-taken"
    kind = WRONG_VALUE
    breaks = {"PNS-CLAIM-08": "type-refused"}

    def refuses_type(self, put: Put, types: Any) -> None:
        super().refuses_type(put, types)
        if put.notice_type == types[-1]:
            raise Refused("bad_request", f"notice_type: {put.notice_type} is not available")


class OneServiceForAll(Fault, PlatformBehaviour):
    """Launches of all deployments tell the address that the first one told."""

    name = "platform.one-service-for-all"
    kind = LEFT_OUT
    breaks = {"PNS-CLAIM-09": "other-deployment"}

    def claim_url(self, url: str) -> str:
        told: str = self.__dict__.setdefault("told_url", url)
        return told


class HandlersOfTheClient(Fault, PlatformBehaviour):
    """Handlers are kept for a client, whatever its deployments are."""

    name = "platform.handlers-of-the-client"
    kind = WRONG_VALUE
    breaks = {"PNS-CLAIM-09": "shared-handlers"}

    def place(self, deployment: Deployment) -> str:
        return f"{HANDLERS}/{deployment.client_id}"
