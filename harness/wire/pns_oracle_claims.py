"""What the claims of a notice ask of a right receiver: one small function for each step of verification.

The order is that of 1EdTech Security Framework 1.0, 5.1.3, followed by what is proper to notices. A claim for which
no rule of a receiver could be read gives ``either``: to accuse wrongly is the worst error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from harness.wire.lti import CONTEXT, DEPLOYMENT_ID, LONGEST_ID, MESSAGE_TYPE, VERSION_CLAIM, C
from harness.wire.pns import NOTICE, ORIGIN_CONTEXTS
from harness.wire.pns_oracle_model import Finding, Knowledge, Registration, doubt, refusal
from harness.wire.pns_oracle_notice import (
    deployment,
    destination,
    duplicate,
    is_id,
    notice,
    notice_type,
    origins,
    target_of,
    version,
)
from harness.wire.pns_oracle_times import times

__all__ = ["claim_findings", "registration_for"]

SEC: Final = "1EdTech Security Framework 1.0, "
CORE: Final = "LTI Core 1.3, "

_JUDGED: Final = frozenset(
    (
        "iss", "aud", "azp", "iat", "exp", "nbf", "nonce", "sub",
        VERSION_CLAIM, DEPLOYMENT_ID, NOTICE, CONTEXT, ORIGIN_CONTEXTS,
    )
)  # fmt: skip
_FAMILY: Final = "https://purl.imsglobal.org/spec/lti"
_REGISTERED: Final = frozenset(
    (
        "jti", "auth_time", "acr", "amr", "at_hash", "c_hash", "name", "given_name", "family_name", "middle_name",
        "nickname", "preferred_username", "profile", "picture", "website", "email", "email_verified", "gender",
        "birthdate", "zoneinfo", "locale", "phone_number", "phone_number_verified", "address", "updated_at", "events",
        "cnf", "act", "scope", "client_id",
    )
)  # fmt: skip

Claims = Mapping[str, Any]
Step = Callable[[Claims, Registration, Knowledge], Iterator[Finding]]


def registration_for(claims: Claims, knowledge: Knowledge) -> Registration | None:
    """Return the registration that ``iss`` and ``aud`` choose; None when the issuer is none that the tool knows."""
    found = [one for one in knowledge.registrations if one.issuer == claims.get("iss")]
    audience = claims.get("aud")
    named = audience if isinstance(audience, list) else [audience]
    return next((one for one in found if one.client_id in named), found[0] if found else None)


def claim_findings(claims: Claims, registration: Registration | None, knowledge: Knowledge) -> Iterator[Finding]:
    """Give what the claims ask for, step by step; an unknown issuer ends it."""
    if registration is None:
        why = "iss is missing" if "iss" not in claims else "iss is not, letter by letter, an issuer that the tool knows"
        yield refusal("issuer", SEC + "5.1.3 (2)", why, "PNS-RECV-04")
        return
    for step in STEPS:
        yield from step(claims, registration, knowledge)


def audience(claims: Claims, registration: Registration, knowledge: Knowledge) -> Iterator[Finding]:
    """``aud`` holds the client id."""
    value, client = claims.get("aud"), registration.client_id
    if value == client and isinstance(value, str):
        return
    named = value if isinstance(value, list) else [value]
    if client not in [one for one in named if isinstance(one, str)]:
        if any(_coerced(one) == client for one in named):
            yield doubt("audience", "aud is the client id, but no string")
            return
        why = "aud is missing" if "aud" not in claims else "aud does not hold the client id"
        yield refusal("audience", SEC + "5.1.3 (3)", why, "PNS-RECV-05")
    elif len(named) == 1:
        why = "aud is an array whose one element is the client id"
        yield Finding("accept", "audience", SEC + "5.1.2", why, "PNS-RECV-15", "MUST")
    else:
        why = "aud holds the client id and more: which other audiences a tool trusts is its own decision"
        yield doubt("audience", why, SEC + "5.1.3 (3), (4)")


def authorized_party(claims: Claims, registration: Registration, knowledge: Knowledge) -> Iterator[Finding]:
    """``azp``, if there, is the client id."""
    if "azp" not in claims or claims["azp"] == registration.client_id:
        return
    value = claims["azp"]
    if isinstance(value, str) and value:
        yield refusal("azp", SEC + "5.1.3 (5)", "azp is not the client id", "PNS-RECV-08", "SHOULD")
    else:
        yield doubt("azp", "azp is of a form that a receiver may take for none")


def nonce(claims: Claims, registration: Registration, knowledge: Knowledge) -> Iterator[Finding]:
    """``nonce`` is there and was not received before."""
    value = claims.get("nonce")
    if not is_id(value):
        why = "nonce is missing or no bare text: it belongs there, but what a receiver does without it is not said"
        yield doubt("nonce", why, SEC + "5.1.3 (9)")
        return
    once, event = (registration.issuer, value), target_of(claims).event
    if once in knowledge.nonces and event in knowledge.processed:
        why = "the same JWT was received before"
        yield refusal("nonce", SEC + "5.1.3 (9)", why, "PNS-RECV-07", "SHOULD")
    elif once in knowledge.nonces | knowledge.perhaps_nonces:
        yield doubt("nonce", "the nonce was received before, in another notice", SEC + "5.1.3 (9)")


def subject(claims: Claims, registration: Registration, knowledge: Knowledge) -> Iterator[Finding]:
    """``sub`` is not needed, and in a context copy it should not be there."""
    if "sub" in claims:
        why = "sub is there: a platform leaves it out of a context copy, a receiver may look at it"
        yield doubt("sub", why, "observed: Canvas source, context copy notice")


def others(claims: Claims, registration: Registration, knowledge: Knowledge) -> Iterator[Finding]:
    """Claims that are not those of a notice."""
    for name in claims:
        if name in _JUDGED:
            continue
        if name.casefold() in _JUDGED:
            yield doubt("claims", "the name of a claim differs from a known one by case alone")
        elif name == MESSAGE_TYPE:
            yield doubt("claims", "message_type is there beside notice: ignored, or refused as a token of a launch")
        elif name in _REGISTERED or name.startswith(_FAMILY):
            yield doubt("claims", f"{name.removeprefix(C)} is a claim of other messages, which a receiver may know")
        else:
            yield Finding("accept", "claims", CORE + "4.3", "a claim that nobody knows", "PNS-RECV-14", "MUST")


STEPS: Final[tuple[Step, ...]] = (
    audience, authorized_party, times, nonce, version, deployment, notice, notice_type, duplicate, destination,
    origins, subject, others,
)  # fmt: skip
"""The steps in order; the issuer comes before them, since it chooses the registration."""


def _coerced(value: object) -> str | None:
    """Return a number as the text that a loosely typed receiver compares."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return re.sub(r"\.0$", "", str(value)[:LONGEST_ID])
