"""The rules that launches and notices share: what of a signed message may be trusted (Security Framework 1.0, 5.1.3).

Each function returns what is wrong as a code, or the empty string. Faults bend the methods that call them, never these.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from harness.wire.jose import ALGORITHMS, Jws, KeySet, verify
from harness.wire.lti import audiences
from mocks.tool.domain import Platform


def algorithm_problem(jws: Jws) -> str:
    """Only approved algorithms, and a name of the key: ``alg-not-allowed``, ``no-kid``."""
    alg, kid = jws.header.get("alg"), jws.header.get("kid")
    if not isinstance(alg, str) or alg not in ALGORITHMS:
        return "alg-not-allowed"
    return "" if isinstance(kid, str) and kid else "no-kid"


def registration_of(claims: Mapping[str, Any], platforms: Iterable[Platform]) -> Platform | None:
    """Choose the registration that a message is for by its issuer and audience, neither of them verified yet."""
    named = audiences(claims.get("aud"))
    return next((one for one in platforms if one.issuer == claims.get("iss") and one.client_id in named), None)


def signature_problem(jws: Jws, keys: KeySet) -> str:
    """Verify by the published key of that name; what the header says of keys (jwk, jku, x5u, x5c) is not looked at."""
    return verify(jws, keys).reason


def issuer_problem(claims: Mapping[str, Any], issuer: str) -> str:
    """The issuer is the registered one, character by character: ``wrong-iss``."""
    return "" if claims.get("iss") == issuer else "wrong-iss"


def audience_problem(claims: Mapping[str, Any], client_id: str) -> str:
    """The message is for us, and for nobody else: ``wrong-aud``, ``no-azp``, ``wrong-azp``, ``untrusted-aud``."""
    named = audiences(claims.get("aud"))
    if client_id not in named:
        return "wrong-aud"
    if len(set(named)) > 1 and "azp" not in claims:
        return "no-azp"
    if "azp" in claims and claims["azp"] != client_id:
        return "wrong-azp"
    return "" if set(named) == {client_id} else "untrusted-aud"


def times_problem(claims: Mapping[str, Any], now: datetime, leeway: timedelta) -> str:
    """It has not expired and is not of the future, give or take the leeway: ``no-exp``, ``expired``, ``not-yet``."""
    instant, slack = now.timestamp(), leeway.total_seconds()
    for name in ("exp", "iat"):
        if not is_number(claims.get(name)):
            return f"no-{name}"
    if claims["exp"] <= instant - slack:
        return "expired"
    if claims["iat"] > instant + slack:
        return "not-yet"
    if "nbf" in claims:
        if not is_number(claims["nbf"]):
            return "nbf-not-number"
        if claims["nbf"] > instant + slack:
            return "not-yet"
    return ""


def is_number(value: object) -> bool:
    """Whether a value is a number of JSON, and none of those that Python reads beyond JSON."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15
