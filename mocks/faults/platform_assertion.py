"""Faults in what is believed of an assertion at the token endpoint."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from harness.wire.jose import Jws, KeySet, Verdict, VerifyingKey, verify
from mocks.faults.base import LEFT_OUT, WRONG_VALUE, Fault
from mocks.platform.behaviour import PlatformBehaviour
from mocks.platform.domain import Registration


class AnyAudience(Fault, PlatformBehaviour):
    """The audience of an assertion is not looked at."""

    name = "platform.any-audience"
    kind = LEFT_OUT
    breaks = {"LTI-TOKEN-07": "accepted"}

    def wrong_audience(self, claims: Mapping[str, Any], audiences: Sequence[str]) -> str:
        return ""


class AudienceByBeginning(Fault, PlatformBehaviour):
    """An audience that begins like ours is taken for ours."""

    name = "platform.audience-by-beginning"
    kind = WRONG_VALUE
    breaks = {"LTI-TOKEN-07": "accepted"}

    def wrong_audience(self, claims: Mapping[str, Any], audiences: Sequence[str]) -> str:
        given = claims.get("aud")
        if isinstance(given, str) and any(given.startswith(audience) for audience in audiences):
            return ""
        return super().wrong_audience(claims, audiences)


class NoAudienceNeeded(Fault, PlatformBehaviour):
    """An assertion without audience is taken as one for us."""

    name = "platform.no-audience-needed"
    kind = LEFT_OUT
    breaks = {"LTI-TOKEN-07": "accepted"}

    def wrong_audience(self, claims: Mapping[str, Any], audiences: Sequence[str]) -> str:
        return super().wrong_audience(claims, audiences) if "aud" in claims else ""


class AssertionsNeverEnd(Fault, PlatformBehaviour):
    """Times of an assertion are not looked at."""

    name = "platform.assertions-never-end"
    kind = LEFT_OUT
    breaks = {"LTI-TOKEN-08": "accepted"}

    def wrong_times(self, claims: Mapping[str, Any], now: datetime) -> str:
        return ""


class AssertionsLastADay(Fault, PlatformBehaviour):
    """An assertion is taken for a day after its end."""

    name = "platform.assertions-last-a-day"
    kind = WRONG_VALUE
    breaks = {"LTI-TOKEN-08": "accepted"}

    def wrong_times(self, claims: Mapping[str, Any], now: datetime) -> str:
        return super().wrong_times(claims, now - timedelta(days=1)) if self.is_past(claims, now) else ""

    def is_past(self, claims: Mapping[str, Any], now: datetime) -> bool:
        return isinstance(claims.get("exp"), int | float) and claims["exp"] <= now.timestamp() - 86400


class EndlessAssertion(Fault, PlatformBehaviour):
    """An assertion without exp is good for ever."""

    name = "platform.endless-assertion"
    kind = LEFT_OUT
    breaks = {"LTI-TOKEN-08": "no-exp-accepted"}

    def wrong_times(self, claims: Mapping[str, Any], now: datetime) -> str:
        return super().wrong_times(claims, now) if "exp" in claims else ""


class LateEndlessAssertion(Fault, PlatformBehaviour):
    """An assertion without exp is good for an hour after iat."""

    name = "platform.assertion-ends-by-iat"
    kind = WRONG_VALUE
    breaks = {"LTI-TOKEN-08": "no-exp-accepted"}

    def wrong_times(self, claims: Mapping[str, Any], now: datetime) -> str:
        return super().wrong_times({"exp": claims.get("iat", 0) + 3600, **claims}, now)


class UnverifiedAssertion(Fault, PlatformBehaviour):
    """Signatures of assertions are not verified."""

    name = "platform.unverified-assertion"
    kind = LEFT_OUT
    breaks = {"LTI-TOKEN-09": "accepted"}

    def verified(self, jws: Jws, keys: KeySet) -> Verdict:
        return Verdict(True, "")


class AlgNone(Fault, PlatformBehaviour):
    """An assertion of algorithm none is taken as signed."""

    name = "platform.assertion-alg-none"
    kind = WRONG_VALUE
    breaks = {"LTI-TOKEN-09": "accepted"}

    def verified(self, jws: Jws, keys: KeySet) -> Verdict:
        return Verdict(True, "") if jws.header.get("alg") == "none" else super().verified(jws, keys)


class KeyFromHeader(Fault, PlatformBehaviour):
    """The key in an assertion's own header is believed."""

    name = "platform.assertion-key-from-header"
    kind = WRONG_VALUE
    breaks = {"LTI-TOKEN-09": "accepted"}

    def verified(self, jws: Jws, keys: KeySet) -> Verdict:
        own = jws.header.get("jwk")
        return verify(jws, [VerifyingKey.from_jwk(own)]) if isinstance(own, dict) else super().verified(jws, keys)


class PublicKeyAsSecret(Fault, PlatformBehaviour):
    """The algorithm is believed to the header: a public key serves as the secret of HS256."""

    name = "platform.assertion-key-confusion"
    kind = WRONG_VALUE
    breaks = {"LTI-TOKEN-09": "accepted"}

    def verified(self, jws: Jws, keys: KeySet) -> Verdict:
        if jws.header.get("alg") != "HS256":
            return super().verified(jws, keys)
        macs = [hmac.digest(key.public_pem(), jws.signing_input, hashlib.sha256) for key in keys.keys]
        return Verdict(jws.signature in macs, "" if jws.signature in macs else "bad-signature")


class IssuerIsClient(Fault, PlatformBehaviour):
    """The client is found by iss, and sub is not looked at."""

    name = "platform.client-by-iss"
    kind = LEFT_OUT
    breaks = {"LTI-TOKEN-10": "accepted"}

    def client_of(self, claims: Mapping[str, Any]) -> str:
        return str(claims.get("iss", ""))

    def wrong_parties(self, claims: Mapping[str, Any], registration: Registration) -> str:
        return ""


class SubjectIsClient(Fault, PlatformBehaviour):
    """The client is found by sub, and any iss will do."""

    name = "platform.client-by-sub"
    kind = WRONG_VALUE
    breaks = {"LTI-TOKEN-10": "accepted"}

    def wrong_parties(self, claims: Mapping[str, Any], registration: Registration) -> str:
        return ""


class NoIdNeeded(Fault, PlatformBehaviour):
    """An assertion needs no jti."""

    name = "platform.no-jti-needed"
    kind = LEFT_OUT
    breaks = {"LTI-TOKEN-11": "accepted"}

    def wrong_id(self, claims: Mapping[str, Any]) -> str:
        return "" if "jti" not in claims else super().wrong_id(claims)

    def is_replayed(self, seen: datetime | None, now: datetime) -> bool:
        return False


class ReplaysAssertions(Fault, PlatformBehaviour):
    """An assertion may be used again."""

    name = "platform.replays-assertions"
    kind = WRONG_VALUE
    breaks = {"LTI-TOKEN-11": "replayed"}

    def is_replayed(self, seen: datetime | None, now: datetime) -> bool:
        return False


class ArrayAudience(Fault, PlatformBehaviour):
    """An audience has to be a string."""

    name = "platform.audience-string-only"
    kind = LEFT_OUT
    breaks = {"LTI-TOKEN-16": "refused"}

    def wrong_audience(self, claims: Mapping[str, Any], audiences: Sequence[str]) -> str:
        return super().wrong_audience(claims, audiences) if isinstance(claims.get("aud"), str) else "aud: no string"


class FirstAudience(Fault, PlatformBehaviour):
    """Of several audiences the first alone counts."""

    name = "platform.audience-first-only"
    kind = WRONG_VALUE
    breaks = {"LTI-TOKEN-16": "array-of-two-refused"}

    def wrong_audience(self, claims: Mapping[str, Any], audiences: Sequence[str]) -> str:
        given = claims.get("aud")
        first = given[0] if isinstance(given, list) and given else given
        return super().wrong_audience({**claims, "aud": first}, audiences)


class KnownClaimsOnly(Fault, PlatformBehaviour):
    """An assertion with a claim that is not known is refused."""

    name = "platform.known-claims-only"
    breaks = {"LTI-TOKEN-15": "refused"}

    def wrong_id(self, claims: Mapping[str, Any]) -> str:
        odd = set(claims) - {"iss", "sub", "aud", "iat", "exp", "jti"}
        return f"claims that are not known: {len(odd)}" if odd else super().wrong_id(claims)


class KeysOnce(Fault, PlatformBehaviour):
    """The key set of a tool is fetched once and kept for ever."""

    name = "platform.tool-keys-once"
    kind = LEFT_OUT
    breaks = {"LTI-TOKEN-17": "refused"}

    def refetches(self, verdict: Verdict) -> bool:
        return False
