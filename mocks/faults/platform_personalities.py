"""Platforms as they were seen, and as documents allow them to be; each class takes one liberty.

What a personality is accused of, and of nothing else, stands in ``harness/proving/innocents-lti-platform.toml``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from harness.wire.jose import SigningKey
from harness.wire.lti import ROLES, TARGET_LINK_URI
from harness.wire.lti_roles import ROLE_LEARNER
from harness.wire.pns import CLAIM, pns_claim
from mocks.faults.base import VARIANT, Fault
from mocks.platform.answers import Refused
from mocks.platform.behaviour import PlatformBehaviour
from mocks.platform.domain import Deployment, Event, Registration, StoredKey

OLD_SCOPE = "https://purl.imsglobal.org/spec/lti-pns/scope/notice"
"""How a test of packback's library calls the scope; no document does."""


class LaunchClaimsInNotices(Fault, PlatformBehaviour):
    """Sends claims of launches in notices, as early builds of Canvas did (observed: Canvas source)."""

    name = "platform.launch-claims-in-notices"
    kind = VARIANT

    def finished_claims(self, claims: dict[str, Any], event: Event) -> dict[str, Any]:
        service = pns_claim("https://platform.example/lti/notice-handlers/1", (event.type,))
        return {**claims, TARGET_LINK_URI: "https://tool.example/launch", ROLES: [ROLE_LEARNER], CLAIM: service}


class NamesNoKey(Fault, PlatformBehaviour):
    """Names no key in what it signs, as an early build of Blackboard Learn did in notices (observed: a test tool)."""

    name = "platform.names-no-key"
    kind = VARIANT

    def notice_jwt(self, claims: Mapping[str, Any], key: SigningKey) -> str:
        import json

        return key.sign(json.dumps(claims, ensure_ascii=False).encode(), {"alg": key.alg, "kid": None, "typ": None})


class NoOrigins(Fault, PlatformBehaviour):
    """Never says where a course was copied from, as Canvas does not where it does not know (observed)."""

    name = "platform.no-origins"
    kind = VARIANT

    def origins(self, event: Event) -> list[str] | None:
        return None


class OldScopeInClaim(Fault, PlatformBehaviour):
    """Names another scope in the claim than the one it grants (observed: a test of packback's library)."""

    name = "platform.old-scope-in-claim"
    kind = VARIANT

    def claim(self, registration: Registration, deployment: Deployment, url: str) -> dict[str, Any] | None:
        found = super().claim(registration, deployment, url)
        return {**found, "scope": [OLD_SCOPE]} if found else None


# --- legitimate variants --------------------------------------------------------------------------------------------


class AudienceAsArray(Fault, PlatformBehaviour):
    """Writes ``aud`` of launches and notices as an array of one (Security Framework 1.0, 5.1.2)."""

    name = "platform.aud-in-arrays"
    kind = VARIANT

    def audience(self, registration: Registration) -> str | list[str]:
        return [registration.client_id]

    def launch_audience(self, registration: Registration) -> str | list[str]:
        return [registration.client_id]


class OffsetInTimestamps(Fault, PlatformBehaviour):
    """Writes the time of an event with an offset instead of Z (RFC 3339, 5.6)."""

    name = "platform.times-with-offset"
    kind = VARIANT

    def event_time(self, event: Event, now: Any) -> str:
        return super().event_time(event, now).replace("Z", "+00:00")


class FurtherClaims(Fault, PlatformBehaviour):
    """Adds claims of its own, named by full addresses (LTI Core 1.3, 5.4.7)."""

    name = "platform.adds-claims"
    kind = VARIANT

    def finished_claims(self, claims: dict[str, Any], event: Event) -> dict[str, Any]:
        return {**claims, "https://platform.example/claim/tenant": {"id": "t-1"}}


class OneByOne(Fault, PlatformBehaviour):
    """Sends every notice by itself, whatever the handler would take at once."""

    name = "platform.never-batches"
    kind = VARIANT

    def batches(self, count: int, limit: int | None) -> list[int]:
        return [1] * count


class AnswersWithMore(Fault, PlatformBehaviour):
    """Shows further members of handlers."""

    name = "platform.lists-more-members"
    kind = VARIANT

    def list_document(self, deployment: Deployment, types: Sequence[str], handlers: Sequence[Any]) -> dict[str, Any]:
        return {**super().list_document(deployment, types, handlers), "generated": "2026-01-01T00:00:00Z"}


class NotFoundForStrangers(Fault, PlatformBehaviour):
    """Tells a stranger that there is no such deployment, instead of that it is another's (RFC 9110, 15.5.4)."""

    name = "platform.hides-deployments"
    kind = VARIANT

    def refuses_stranger(self, token: Any, deployment: Deployment, method: str) -> None:
        try:
            super().refuses_stranger(token, deployment, method)
        except Refused as refused:
            raise Refused("not_found", "there is no such deployment", 404) from refused


class ManyKeys(Fault, PlatformBehaviour):
    """Publishes a key for another algorithm beside its own, and members that nobody asked for."""

    name = "platform.keys-with-notes"
    kind = VARIANT

    def published(self, key: StoredKey) -> dict[str, Any]:
        return {**super().published(key), "x-note": "of this platform"}
