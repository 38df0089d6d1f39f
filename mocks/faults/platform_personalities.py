"""Platforms as they were seen, and as documents allow them to be; each class takes one liberty.

What a personality is accused of, and of nothing else, stands in ``harness/proving/innocents-lti-platform.toml``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.wire.jose import SigningKey
from harness.wire.lti import ROLES, TARGET_LINK_URI
from harness.wire.lti_roles import ROLE_LEARNER
from harness.wire.pns import CLAIM, pns_claim
from mocks.faults.base import VARIANT, Fault
from mocks.platform.behaviour import PlatformBehaviour
from mocks.platform.domain import Deployment, Event, Registration

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
    """Writes ``aud`` of launches as an array of one (Security Framework 1.0, 5.1.2)."""

    name = "platform.aud-in-arrays"
    kind = VARIANT

    def launch_audience(self, registration: Registration) -> str | list[str]:
        return [registration.client_id]


class OffsetInTimestamps(Fault, PlatformBehaviour):
    """Writes the time of an event with an offset instead of Z (RFC 3339, 5.6)."""

    name = "platform.times-with-offset"
    kind = VARIANT

    def event_time(self, event: Event, now: Any) -> str:
        return super().event_time(event, now).replace("Z", "+00:00")
