"""Tools as their libraries make them (from published source); each class has one of their habits.

What a personality is accused of, and of nothing else, stands in ``harness/proving/innocents-lti-tool.toml``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from harness.wire.jose import Jws, KeySet
from harness.wire.lti import Launch as Message
from harness.wire.lti import audiences
from harness.wire.pns import CONTEXT_COPY, PnsClaim
from harness.wire.pns_notices import Notice
from mocks.faults.base import VARIANT, Fault
from mocks.tool.behaviour import ToolBehaviour
from mocks.tool.domain import Context, Platform


class GuessesTheService(Fault, ToolBehaviour):
    """Builds the service's address from the deployment id, as one tool does at Canvas, and takes the claim's host."""

    name = "tool.guesses-the-service"
    kind = VARIANT

    def service_url(self, claim: PnsClaim) -> str | None:
        parts = urlsplit(claim.url or "")
        return f"{parts.scheme}://{parts.netloc}{parts.path}"


class NeedsOrigins(Fault, ToolBehaviour):
    """Cannot do without the courses that a copy came from (observed: packback's library)."""

    name = "tool.needs-origins"
    kind = VARIANT

    def about_problem(self, notice: Notice) -> str:
        if notice.type == CONTEXT_COPY and notice.origins is None:
            return "no-origins"
        return super().about_problem(notice)


class NeedsSubjects(Fault, ToolBehaviour):
    """Refuses a notice that names nobody by an empty text (observed: packback's library)."""

    name = "tool.needs-subjects"
    kind = VARIANT

    def version(self, notice: Notice) -> str:
        return "empty-sub" if notice.claims.get("sub") == "" else super().version(notice)


class TenSeconds(Fault, ToolBehaviour):
    """Takes no launch that was signed more than ten seconds ago (observed: ltijs, tokenMaxAge)."""

    name = "tool.ten-seconds"
    kind = VARIANT

    def launch_times(self, claims: Mapping[str, Any], now: datetime) -> str:
        problem = super().launch_times(claims, now)
        return problem or ("too-old" if claims["iat"] < now.timestamp() - 10 else "")


class OnlyRs256(Fault, ToolBehaviour):
    """Takes no other algorithm than RS256 (observed: ltijs)."""

    name = "tool.only-rs256"
    kind = VARIANT

    def launch_algorithm(self, jws: Jws) -> str:
        return super().launch_algorithm(jws) or ("" if jws.header.get("alg") == "RS256" else "alg-not-allowed")

    def algorithm(self, jws: Jws) -> str:
        return super().algorithm(jws) or ("" if jws.header.get("alg") == "RS256" else "alg-not-allowed")


class CachesKeys(Fault, ToolBehaviour):
    """Keeps a key set for two hours and looks for no key in a newer one (observed: PyLTI1p3 with a cache)."""

    name = "tool.caches-keys"
    kind = VARIANT
    least_age = most_age = timedelta(hours=2)

    def refetches(self, kid: str, keys: KeySet) -> bool:
        return False


class NoFuture(Fault, ToolBehaviour):
    """Takes nothing that was signed in the future, be it by a second (observed: PyJWT without leeway)."""

    name = "tool.no-future"
    kind = VARIANT

    def launch_times(self, claims: Mapping[str, Any], now: datetime) -> str:
        problem = super().launch_times(claims, now)
        return problem or ("not-yet" if claims["iat"] > now.timestamp() else "")

    def times(self, claims: Mapping[str, Any], now: datetime) -> str:
        problem = super().times(claims, now)
        return problem or ("not-yet" if claims["iat"] > now.timestamp() else "")


class FirstAudience(Fault, ToolBehaviour):
    """Looks at the first of several audiences alone (observed: PyLTI1p3)."""

    name = "tool.first-audience"
    kind = VARIANT

    def audience(self, claims: Mapping[str, Any], platform: Platform) -> str:
        first = (*audiences(claims.get("aud")), "")[0]
        return super().audience(claims, platform) if first == platform.client_id else "wrong-aud"

    def launch_audience(self, claims: Mapping[str, Any], platform: Platform) -> str:
        first = (*audiences(claims.get("aud")), "")[0]
        return super().launch_audience(claims, platform) if first == platform.client_id else "wrong-aud"


class OneAudience(Fault, ToolBehaviour):
    """Takes ``aud`` as one text and in no other form (observed: @lti-tool/core)."""

    name = "tool.one-audience"
    kind = VARIANT

    def launch_audience(self, claims: Mapping[str, Any], platform: Platform) -> str:
        problem = super().launch_audience(claims, platform)
        return problem or ("" if isinstance(claims.get("aud"), str) else "aud-form")


class NeedsNames(Fault, ToolBehaviour):
    """Takes no launch without names and an e-mail address (observed: @lti-tool/core)."""

    name = "tool.needs-names"
    kind = VARIANT

    def launch_claims(self, message: Message) -> str:
        problem = super().launch_claims(message)
        wanted = ("given_name", "family_name", "name", "email", "sub")
        missing = [name for name in wanted if not isinstance(message.claims.get(name), str)]
        return problem or (f"no-{missing[0]}".replace("_", "-") if missing else "")


class KnownCoursesOnly(Fault, ToolBehaviour):
    """Lost what it was told of a course that nobody had launched from (observed: a tool at Canvas, since mended)."""

    name = "tool.known-courses-only"
    kind = VARIANT

    def touched(self, context: Context, notice: Notice, now: datetime) -> Context:
        known = bool(context.title or context.copies or context.applied)
        return super().touched(context, notice, now) if known else context


class AtMostAnHour(Fault, ToolBehaviour):
    """Asks for a new token half an hour before the old one expires."""

    name = "tool.renews-tokens-early"
    kind = VARIANT
    token_margin = timedelta(minutes=30)
