"""What is proper to notices in the claims: version, deployment, the notice itself, and what it says of contexts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from harness.wire.lti import CONTEXT, DEPLOYMENT_ID, LONGEST_ID, MESSAGE_TYPE, VERSION, VERSION_CLAIM
from harness.wire.pns import CONTEXT_COPY, NOTICE, ORIGIN_CONTEXTS, TYPES
from harness.wire.pns_oracle_model import Finding, Knowledge, Registration, Target, doubt, refusal

__all__ = [
    "deployment",
    "destination",
    "duplicate",
    "is_id",
    "notice",
    "notice_type",
    "origins",
    "target_of",
    "version",
]

CORE: Final = "LTI Core 1.3, "
D2L: Final = 'D2L "Platform Notification Service with LTI 1.3"'
CANVAS: Final = "observed: Canvas source, context copy notice"
LIBRARIES: Final = "observed: PNS libraries and receivers"
MANY_ORIGINS: Final = 10
COURSE: Final = "http://purl.imsglobal.org/vocab/lis/v2/course#"

Claims = Mapping[str, Any]


def version(claims: Claims, registration: Registration, knowledge: Knowledge) -> Iterator[Finding]:
    """``version`` is 1.3.0."""
    if claims.get(VERSION_CLAIM) == [VERSION]:
        yield doubt("version", "version is an array that holds 1.3.0")
    elif claims.get(VERSION_CLAIM) != VERSION:
        why = "version is missing" if VERSION_CLAIM not in claims else "version is not 1.3.0"
        yield refusal("version", CORE + "5.3.2", why, "PNS-RECV-09")


def deployment(claims: Claims, registration: Registration, knowledge: Knowledge) -> Iterator[Finding]:
    """``deployment_id`` is one that the tool knows for this client."""
    value = claims.get(DEPLOYMENT_ID)
    if DEPLOYMENT_ID not in claims:
        yield refusal("deployment", CORE + "3.1.3", "deployment_id is missing", "PNS-RECV-09")
    elif not isinstance(value, str) or not value:
        yield doubt("deployment", "deployment_id is no text, or an empty one")
    elif value not in registration.deployments:
        why = "deployment_id is unknown for this client: taken into use or refused, but without effect on another one"
        yield doubt("deployment", why, CORE + "3.1.3", "PNS-RECV-10")


def notice(claims: Claims, registration: Registration, knowledge: Knowledge) -> Iterator[Finding]:
    """``notice`` is an object with an id, a time and a type."""
    value = claims.get(NOTICE)
    if MESSAGE_TYPE in claims and NOTICE not in claims:
        why = "message_type is there and notice is not: this is the token of a launch"
        yield refusal("notice", "RFC 8725, 3.11, 3.12", why, "PNS-RECV-11")
    if not isinstance(value, dict):
        why = "notice is missing" if NOTICE not in claims else "notice is no object"
        yield refusal("notice", LIBRARIES, why, "PNS-RECV-09")
        return
    for name in ("id", "type"):
        if name not in value:
            why = f"notice.{name} is missing"
            yield refusal("notice", LIBRARIES, why, "PNS-RECV-09")
    if "id" in value and not is_id(value["id"]):
        yield doubt("notice", "notice.id is no bare text of 1 to 255 ASCII characters")
    yield from _unknown("notice", value, ("id", "type", "timestamp"))


def notice_type(claims: Claims, registration: Registration, knowledge: Knowledge) -> Iterator[Finding]:
    """``type`` is one that the tool has a handler for, and shows its effect."""
    value = _of(claims, NOTICE, "type")
    if value is None and "type" not in _object(claims, NOTICE):
        return
    if not isinstance(value, str):
        yield doubt("type", "notice.type is no text")
    elif value in registration.types:
        if value not in knowledge.visible:
            yield doubt("type", f"no probe shows the effect of {value}")
    elif value.strip().casefold() in {one.casefold() for one in {*TYPES, *registration.types}}:
        yield doubt("type", "notice.type is of the standard, but the tool has no handler for it")
    else:
        why = "notice.type is unknown: acknowledged and ignored"
        yield refusal("type", D2L + "; " + CORE + "4.3", why, "PNS-NOTICE-18")


def duplicate(claims: Claims, registration: Registration, knowledge: Knowledge) -> Iterator[Finding]:
    """The event was not processed before."""
    event = target_of(claims).event
    if event in knowledge.processed:
        why = "the same notice id was processed before: acknowledged, and not processed again"
        yield refusal("duplicate", D2L, why, "PNS-NOTICE-19", "SHOULD")
    elif event in knowledge.perhaps_processed:
        yield doubt("duplicate", "a notice of this id came before, and may have been taken")


def destination(claims: Claims, registration: Registration, knowledge: Knowledge) -> Iterator[Finding]:
    """A context copy names the context that was made."""
    if _of(claims, NOTICE, "type") != CONTEXT_COPY:
        return
    value = claims.get(CONTEXT)
    if not isinstance(value, dict):
        yield doubt("context", "context is missing or no object: there is nothing to apply the notice to")
        return
    if not is_id(value.get("id")):
        yield doubt("context", "context.id is no bare text of 1 to 255 ASCII characters", CORE + "5.4.1")
    for member in ("title", "label"):
        if member in value and not (isinstance(value[member], str) and 0 < len(value[member]) <= LONGEST_ID):
            yield doubt("context", f"context.{member} is no text of 1 to 255 characters")
        elif member not in value:
            why = f"context.{member} is missing"
            yield Finding("accept", "context", D2L, why, "PNS-TYPE-08", "SHOULD")
    kinds = value.get("type", [COURSE])
    if not isinstance(kinds, list) or not kinds or not all(isinstance(kind, str) for kind in kinds):
        yield doubt("context", "context.type is no array of texts, or an empty one", CORE + "5.4.1")
    elif not all(kind.startswith(COURSE) for kind in kinds):
        yield doubt("context", "context.type is of no vocabulary that is known here", CORE + "5.4.1")
    yield from _unknown("context", value, ("id", "title", "label", "type"))


def _unknown(claim: str, value: Mapping[str, Any], known: tuple[str, ...]) -> Iterator[Finding]:
    """Give what members that nobody knows ask for: nothing, unless a parser takes them for known ones."""
    unknown = set(value) - set(known)
    if any(name.casefold() in known for name in unknown):
        yield doubt(claim, f"{claim} has a member whose name differs from a known one by case alone")
    elif unknown:
        why = f"{claim} has members that nobody knows"
        yield Finding("accept", claim, CORE + "4.3", why, "PNS-RECV-14", "MUST")


def origins(claims: Claims, registration: Registration, knowledge: Knowledge) -> Iterator[Finding]:
    """A context copy names what it was copied from."""
    if _of(claims, NOTICE, "type") != CONTEXT_COPY:
        return
    value = claims.get(ORIGIN_CONTEXTS, [])
    if value == []:
        why = "origin_contexts is missing or empty: handled without a crash, and what it does then is not said"
        yield doubt("origins", why, CANVAS, "PNS-TYPE-09")
        return
    sound = isinstance(value, list) and all(is_id(one) for one in value)
    if not sound or len(set(value)) < len(value) or len(value) > MANY_ORIGINS:
        yield doubt("origins", "origin_contexts is no array of distinct context ids, or a long one")
    elif _of(claims, CONTEXT, "id") in value:
        yield doubt("origins", "the context would be its own origin")
    elif len(value) > 1:
        yield Finding("accept", "origins", CANVAS, "there are several origins", "PNS-TYPE-09", "SHOULD")


# --- reading --------------------------------------------------------------------------------------------------------


def target_of(claims: Claims) -> Target:
    """Return where the notice has its effect, as far as the claims are of a form that says so."""
    listed = claims.get(ORIGIN_CONTEXTS)
    named = tuple(one for one in listed if isinstance(one, str)) if isinstance(listed, list) else None
    return Target(
        _text(claims.get("iss")),
        _text(claims.get(DEPLOYMENT_ID)),
        _text(_of(claims, NOTICE, "id")),
        _text(claims.get("nonce")),
        _text(_of(claims, NOTICE, "type")),
        _text(_of(claims, CONTEXT, "id")),
        named,
    )


def is_id(value: object) -> bool:
    """Whether a value is an id that every receiver can keep, as those of contexts are (LTI Core 1.3, 5.4.1)."""
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_ID:
        return False
    return value.isascii() and value.isprintable() and value == value.strip()


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _object(claims: Claims, name: str) -> Mapping[str, Any]:
    value = claims.get(name)
    return value if isinstance(value, dict) else {}


def _of(claims: Claims, name: str, member: str) -> Any:
    return _object(claims, name).get(member)
