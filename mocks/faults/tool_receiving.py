"""Faults of an LTI tool in what it believes of a verified notice: from whom, for whom, and in what form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from harness.wire.lti import DEPLOYMENT_ID, VERSION_CLAIM, audiences
from harness.wire.pns import NOTICE, ORIGIN_CONTEXTS
from harness.wire.pns_notices import Notice
from mocks.faults.base import LEFT_OUT, WRONG_VALUE, Fault
from mocks.tool.behaviour import ToolBehaviour
from mocks.tool.domain import Platform

USUAL = (
    "iss",
    "aud",
    "azp",
    "iat",
    "exp",
    "nbf",
    "nonce",
    "sub",
    VERSION_CLAIM,
    DEPLOYMENT_ID,
    NOTICE,
    ORIGIN_CONTEXTS,
)
CONTEXT_CLAIM = "https://purl.imsglobal.org/spec/lti/claim/context"
Claims = Mapping[str, Any]


class IssuerNotChecked(Fault, ToolBehaviour):
    """Chooses the registration by the audience alone, and never compares the issuer."""

    name = "tool.issuer-not-checked"
    kind = LEFT_OUT
    breaks = {"PNS-RECV-04": "effect-of-wrong-issuer"}

    def registration_for(self, claims: Claims, platforms: Sequence[Platform]) -> Platform | None:
        return super().registration_for(claims, platforms) or next(iter(platforms), None)

    def issuer(self, claims: Claims, platform: Platform) -> str:
        return ""


class IssuerByPrefix(Fault, ToolBehaviour):
    """Takes an issuer that begins like the registered one."""

    name = "tool.issuer-by-prefix"
    kind = WRONG_VALUE
    breaks = {"PNS-RECV-04": "effect-of-issuer-with-slash"}

    def registration_for(self, claims: Claims, platforms: Sequence[Platform]) -> Platform | None:
        begun = (one for one in platforms if str(claims.get("iss")).startswith(one.issuer))
        return super().registration_for(claims, platforms) or next(begun, None)

    def issuer(self, claims: Claims, platform: Platform) -> str:
        return "" if str(claims.get("iss")).startswith(platform.issuer) else "wrong-iss"


class IssuerOfAnotherType(Fault, ToolBehaviour):
    """Compares the issuer if it is a text, and does without one that is not."""

    name = "tool.issuer-if-text"
    kind = WRONG_VALUE
    breaks = {"PNS-RECV-04": "changed-effect"}

    def registration_for(self, claims: Claims, platforms: Sequence[Platform]) -> Platform | None:
        odd = not isinstance(claims.get("iss"), str)
        return super().registration_for(claims, platforms) or (next(iter(platforms), None) if odd else None)

    def issuer(self, claims: Claims, platform: Platform) -> str:
        return super().issuer(claims, platform) if isinstance(claims.get("iss"), str) else ""


class AudienceNotChecked(Fault, ToolBehaviour):
    """Takes notices that are for another client."""

    name = "tool.audience-not-checked"
    kind = LEFT_OUT
    breaks = {"PNS-RECV-05": "effect-of-wrong-audience"}

    def audience(self, claims: Claims, platform: Platform) -> str:
        return "" if claims.get("azp", platform.client_id) == platform.client_id else "wrong-azp"


class AudienceByPrefix(Fault, ToolBehaviour):
    """Takes an audience that begins with its client id."""

    name = "tool.audience-by-prefix"
    kind = WRONG_VALUE
    breaks = {"PNS-RECV-05": "effect-of-aud-holds-ours-as-part"}

    def audience(self, claims: Claims, platform: Platform) -> str:
        own = platform.client_id
        named = [own if one.startswith(own) else one for one in audiences(claims.get("aud"))]
        return super().audience({**claims, "aud": named}, platform)


class AudienceOfAnotherType(Fault, ToolBehaviour):
    """Compares the audience if it is a text or an array of such, and does without one that is neither."""

    name = "tool.audience-if-text"
    kind = WRONG_VALUE
    breaks = {"PNS-RECV-05": "changed-effect"}

    def audience(self, claims: Claims, platform: Platform) -> str:
        return super().audience(claims, platform) if audiences(claims.get("aud")) else ""


class AuthorizedPartyIgnored(Fault, ToolBehaviour):
    """Does not look at azp."""

    name = "tool.azp-ignored"
    kind = LEFT_OUT
    breaks = {"PNS-RECV-08": "effect-of-foreign-azp"}

    def audience(self, claims: Claims, platform: Platform) -> str:
        return "" if platform.client_id in audiences(claims.get("aud")) else "wrong-aud"


class ArrayOfAudienceRefused(Fault, ToolBehaviour):
    """Expects the audience as a text and nothing else."""

    name = "tool.audience-as-text-only"
    kind = LEFT_OUT
    breaks = {"PNS-RECV-15": "no-effect-of-aud-array"}

    def audience(self, claims: Claims, platform: Platform) -> str:
        return super().audience(claims, platform) if isinstance(claims.get("aud"), str) else "wrong-aud"


class ArrayOfAudienceByLength(Fault, ToolBehaviour):
    """Looks for its client id behind the first place of an array."""

    name = "tool.audience-second-place"
    kind = WRONG_VALUE
    breaks = {"PNS-RECV-15": "no-effect-of-aud-array"}

    def audience(self, claims: Claims, platform: Platform) -> str:
        value = claims.get("aud")
        return super().audience({**claims, "aud": value[1:] if isinstance(value, list) else value}, platform)


# --- the notice -----------------------------------------------------------------------------------------------------


class NoticeNotChecked(Fault, ToolBehaviour):
    """Takes a notice that does not say which event it tells of."""

    name = "tool.notice-not-checked"
    kind = LEFT_OUT
    breaks = {"PNS-RECV-09": "effect-of-no-notice-id"}

    def notice_claim(self, notice: Notice) -> str:
        return ""

    def identity(self, notice: Notice) -> str:
        return super().identity(notice if notice.id else replace(notice, id=notice.nonce))


class VersionNotChecked(Fault, ToolBehaviour):
    """Takes a message of any version, and of none."""

    name = "tool.version-not-checked"
    kind = WRONG_VALUE
    breaks = {"PNS-RECV-09": "effect-of-no-version"}

    def version(self, notice: Notice) -> str:
        return ""


class KnowsOldVersionOnly(Fault, ToolBehaviour):
    """Refuses version 1.1 and notices without one, and takes all others for new."""

    name = "tool.refuses-old-version-only"
    kind = WRONG_VALUE
    breaks = {"PNS-RECV-09": "changed-effect"}

    def version(self, notice: Notice) -> str:
        return "wrong-version" if notice.claims.get(VERSION_CLAIM, "1.1") == "1.1" else ""


class FirstIfNoDeployment(Fault, ToolBehaviour):
    """Books a notice without deployment on the first one that it knows."""

    name = "tool.first-if-no-deployment"
    kind = WRONG_VALUE
    breaks = {"PNS-RECV-09": "effect-of-no-deployment"}

    def deployment(self, notice: Notice, platform: Platform) -> str:
        return "" if notice.deployment_id is None else super().deployment(notice, platform)

    def place(self, platform: Platform, notice: Notice, context: str) -> tuple[str, str, str, str]:
        booked = replace(notice, deployment_id=notice.deployment_id or platform.deployments[0])
        return super().place(platform, booked, context)


class FirstIfUnknownDeployment(Fault, ToolBehaviour):
    """Does not check the deployment, and books a notice for an unknown one on the first that it knows."""

    name = "tool.first-if-unknown-deployment"
    kind = LEFT_OUT
    breaks = {"PNS-RECV-10": "effect-elsewhere-of-foreign-deployment"}

    def deployment(self, notice: Notice, platform: Platform) -> str:
        return "no-deployment-id" if notice.deployment_id is None else ""

    def place(self, platform: Platform, notice: Notice, context: str) -> tuple[str, str, str, str]:
        known = notice.deployment_id in platform.deployments
        booked = notice if known else replace(notice, deployment_id=platform.deployments[0])
        return super().place(platform, booked, context)


class TrimsDeployment(Fault, ToolBehaviour):
    """Trims blanks off the deployment."""

    name = "tool.trims-deployment"
    kind = WRONG_VALUE
    breaks = {"PNS-RECV-10": "effect-elsewhere-of-deployment-with-space"}

    def deployment(self, notice: Notice, platform: Platform) -> str:
        trimmed = replace(notice, deployment_id=notice.deployment_id and notice.deployment_id.strip())
        return super().deployment(trimmed, platform)

    def place(self, platform: Platform, notice: Notice, context: str) -> tuple[str, str, str, str]:
        return super().place(platform, replace(notice, deployment_id=(notice.deployment_id or "").strip()), context)


class OneDeploymentForAll(Fault, ToolBehaviour):
    """Keeps what it learns of all deployments under the first one."""

    name = "tool.one-deployment-for-all"
    kind = WRONG_VALUE
    breaks = {"PNS-RECV-10": "effect-on-other-deployment"}
    collateral = ("PNS-NOTICE-20",)  # the history of another deployment is lost there

    def place(self, platform: Platform, notice: Notice, context: str) -> tuple[str, str, str, str]:
        own = notice.deployment_id in platform.deployments
        booked = replace(notice, deployment_id=platform.deployments[0]) if own else notice
        return super().place(platform, booked, context)


def unknown_claims(notice: Notice) -> dict[str, Any]:
    """Return the claims of a notice that no specification names."""
    known = (*USUAL, CONTEXT_CLAIM)
    return {name: value for name, value in notice.claims.items() if name not in known and "purl.imsglobal" not in name}


class UnknownClaimsRefused(Fault, ToolBehaviour):
    """Refuses a notice with a claim that it does not know."""

    name = "tool.unknown-claims-refused"
    kind = LEFT_OUT
    breaks = {"PNS-RECV-14": "no-effect-of-unknown-claims"}

    def notice_claim(self, notice: Notice) -> str:
        return "unknown-claims" if unknown_claims(notice) else super().notice_claim(notice)


class UnknownMembersRefused(Fault, ToolBehaviour):
    """Refuses a notice whose claim notice has a member that it does not know."""

    name = "tool.unknown-members-refused"
    kind = WRONG_VALUE
    breaks = {"PNS-RECV-14": "no-effect-of-unknown-member"}

    def notice_claim(self, notice: Notice) -> str:
        found = notice.claims.get(NOTICE)
        spare = isinstance(found, dict) and set(found) - {"id", "type", "timestamp"}
        return "unknown-members" if spare else super().notice_claim(notice)


class UnknownPlainClaimsRefused(Fault, ToolBehaviour):
    """Expects every claim that it does not know to be an object or a truth value."""

    name = "tool.unknown-claims-of-one-type"
    kind = WRONG_VALUE
    breaks = {"PNS-RECV-14": "changed-no-effect"}

    def notice_claim(self, notice: Notice) -> str:
        odd = [one for one in unknown_claims(notice).values() if not isinstance(one, dict | bool)]
        return "unknown-claims" if odd else super().notice_claim(notice)
