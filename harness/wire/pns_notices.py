"""Notices: the body that carries them, the claims that all of them have, and how they are read.

Source: Canvas API documentation, "Platform Notification Service"; D2L "Platform Notification Service with LTI 1.3";
1EdTech Security Framework 1.0, 5.1.2. The claims of the asset processor's types stand in `pns_assets`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from harness.wire.json_text import as_number, as_object, as_text, as_texts, read_json, without_none, write_json
from harness.wire.lti import (
    CONTEXT,
    DEPLOYMENT_ID,
    MESSAGE_TYPE,
    TARGET_LINK_URI,
    VERSION,
    VERSION_CLAIM,
    audiences,
    context_problems,
    odd_claim_names,
    time_problems,
)  # fmt: skip
from harness.wire.pns import CONTEXT_COPY, CONTRIBUTION, NOTICE, ORIGIN_CONTEXTS, SUBMISSION
from harness.wire.pns_assets import contribution_claims, contribution_problems, submission_claims, submission_problems
from harness.wire.pns_assets import remarks as asset_remarks
from harness.wire.pns_times import rfc3339, write_time

__all__ = [
    "MEDIA_TYPE", "NOTICE_REMARKS", "NOTICE_RULES", "Delivery", "Notice", "context_copy_claims", "contribution_claims",
    "hello_world_claims", "notice_frame", "read_body", "read_notice", "rfc3339", "submission_claims", "write_body",
    "write_time",
]  # fmt: skip

MEDIA_TYPE: Final = "application/json"
HELLO_WORLD_VENDOR: Final = "https://www.instructure.com/hello_world"
"""A claim that Canvas adds to its hello-world notice: ``title`` and ``message``."""

_CANVAS = 'Canvas API documentation, "Platform Notification Service"'
_SEC = "1EdTech Security Framework 1.0, 5.1.2"
_AP = "LTI Asset Processor, restated in the documentation of a public test tool for Blackboard Learn"

NOTICE_RULES: Final[Mapping[str, str]] = {
    "no-iss": _SEC,
    "no-aud": _SEC,
    "no-exp": _SEC,
    "exp-not-number": f"{_SEC}; RFC 7519, 2",
    "no-iat": _SEC,
    "iat-not-number": f"{_SEC}; RFC 7519, 2",
    "no-nonce": _SEC,
    "no-version": "observed: Canvas source, packback LTI library, atomic_lti",
    "wrong-version": "observed: Canvas source, packback LTI library, atomic_lti",
    "no-deployment-id": "LTI Core 1.3, 3.1.3",
    "no-notice": _CANVAS,
    "notice-form": _CANVAS,
    "no-notice-id": _CANVAS,
    "no-notice-type": _CANVAS,
    "no-timestamp": _CANVAS,
    "timestamp-form": _CANVAS,
    "empty-sub": "observed: packback LTI library",
    "sub-in-context-copy": "observed: Canvas source",
    "no-context": _CANVAS,
    "context-form": "LTI Core 1.3, 5.4.1",
    "context-id-form": "LTI Core 1.3, 5.4.1",
    "origin-contexts-form": _CANVAS,
    "no-activity": _AP,
    "no-submission": _AP,
    "no-for-user": _AP,
    "no-assetservice": _AP,
    "no-asset-scope": _CANVAS,
    "assets-form": _CANVAS,
    "no-contribution": "observed: Canvas source",
    "contribution-form": "observed: Canvas source",
    "contribution-status": "observed: Canvas source",
}
"""By code: where the rule stands that a problem of a notice breaks."""

NOTICE_REMARKS: Final[Mapping[str, str]] = {
    "several-aud-no-azp": "1EdTech Security Framework 1.0, 5.1.3",
    "message-type": "observed: Canvas source",
    "target-link-uri": "observed: Canvas source",
    "claim-name": "LTI Core 1.3, 5.4.7",
    "no-origin-contexts": "observed: packback LTI library demands them, Canvas omits them when the source is unknown",
    "assets-incomplete": "observed: Canvas source",
    "no-assetreport": "observed: Canvas source, packback LTI library",
    "other-prefix": "observed: Blackboard notices",
}
"""By code: where the rule stands that a remark on a notice comes from; a receiver puts up with these."""


def write_body(jwts: Sequence[str]) -> bytes:
    """Return the body of a POST that delivers notices."""
    return write_json({"notices": [{"jwt": jwt} for jwt in jwts]})


@dataclass(frozen=True, slots=True)
class Delivery:
    """The body of a delivery as read: one element of ``jwts`` for each notice, None for one that is no JWT.

    ``problem``, empty when there is at least one element: ``too-large``, ``not-utf-8``, ``not-json``, ``too-deep``,
    ``not-an-object``, ``no-notices``, ``notices-form``, ``empty``. Oddities: ``media-type:...``, ``top-level-array``,
    ``bare-string``, ``element-form``, ``no-jwt``, ``jwt-form``, ``blank-jwt``, ``further-members``,
    ``white-space``, and those of `read_json`.
    """

    jwts: tuple[str | None, ...] = ()
    oddities: tuple[str, ...] = ()
    problem: str = ""


def read_body(body: bytes, content_type: str = MEDIA_TYPE) -> Delivery:
    """Read the body of a delivery. Never raises.

    A receiver may put up with bare strings in the array (observed: a public test tool for Blackboard Learn) and with
    an array instead of the object (D2L calls the payload "an array of one or more notices").
    """
    media = content_type.partition(";")[0].strip().lower()
    oddities = [] if media == MEDIA_TYPE else [f"media-type:{media[:60]}"]
    read = read_json(body)
    oddities += read.oddities
    if read.problem:
        return Delivery(oddities=tuple(oddities), problem=read.problem)
    listed = read.value
    if isinstance(listed, list):
        oddities.append("top-level-array")
    elif isinstance(listed, dict):
        oddities += ["further-members"] * bool(set(listed) - {"notices"})
        if listed.get("notices") is None:
            return Delivery(oddities=tuple(oddities), problem="no-notices")
        listed = listed["notices"]
        if not isinstance(listed, list):
            return Delivery(oddities=tuple(oddities), problem="notices-form")
    else:
        return Delivery(oddities=tuple(oddities), problem="not-an-object")
    jwts = tuple([_jwt(element, oddities) for element in listed])
    return Delivery(jwts, tuple(dict.fromkeys(oddities)), "" if jwts else "empty")


def _jwt(element: object, oddities: list[str]) -> str | None:
    if isinstance(element, str):
        oddities.append("bare-string")
        jwt: object = element
    elif isinstance(element, dict):
        jwt = element.get("jwt")
        if len(element) > ("jwt" in element):
            oddities.append("further-members")
    else:
        oddities.append("element-form")
        return None
    if not isinstance(jwt, str):
        oddities.append("no-jwt" if jwt is None else "jwt-form")
        return None
    bare = jwt.strip()
    if bare != jwt:
        oddities.append("white-space")
    if not bare:
        oddities.append("blank-jwt")
    return bare or None


def notice_frame(
    *,
    iss: str,
    aud: str | Sequence[str],
    azp: str | None = None,
    deployment_id: str,
    id: str,
    timestamp: str,
    type: str,
    now: datetime,
    lifetime: int,
    nonce: str,
    nbf: bool = False,
    sub: str | None = None,
) -> dict[str, Any]:
    """Return the claims that all notices have.

    ``id`` and ``timestamp`` are the event's and stay the same when the notice is sent again; ``now``, ``lifetime``
    (seconds) and ``nonce`` are this sending's.
    """
    issued = int(now.timestamp())
    return {
        "iss": iss,
        "aud": aud if isinstance(aud, str) else list(aud),
        **without_none([("azp", azp), ("sub", sub)]),
        "iat": issued,
        "exp": issued + lifetime,
        **({"nbf": issued} if nbf else {}),
        "nonce": nonce,
        VERSION_CLAIM: VERSION,
        DEPLOYMENT_ID: deployment_id,
        NOTICE: {"id": id, "timestamp": timestamp, "type": type},
    }


def hello_world_claims(
    context: Mapping[str, Any] | None = None, vendor: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return what a hello-world notice adds: nothing; Canvas adds its account as context and a claim of its own."""
    found = () if context is None else without_none(context.items())
    return without_none([(CONTEXT, found or None), (HELLO_WORLD_VENDOR, None if vendor is None else dict(vendor))])


def context_copy_claims(context: Mapping[str, Any], origins: Sequence[str] | None) -> dict[str, Any]:
    """Return what a context-copy notice adds: the destination, and the sources; None leaves the sources out."""
    sources = {} if origins is None else {ORIGIN_CONTEXTS: list(origins)}
    return {CONTEXT: without_none(context.items()), **sources}


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice as read. What is missing or of another type is None, or empty.

    ``timestamp`` is the event's instant in UTC, ``written`` its text. ``origins`` None means that the claim is
    missing or no array of strings. ``problems`` are codes of `NOTICE_RULES`, ``remarks`` of `NOTICE_REMARKS`; neither
    compares with anything known: issuer, audience, times, nonce and deployment are the reader's to judge.
    """

    claims: Mapping[str, Any]
    id: str | None
    timestamp: datetime | None
    written: str | None
    type: str | None
    deployment_id: str | None
    version: str | None
    iss: str | None
    aud: tuple[str, ...]
    azp: str | None
    sub: str | None
    iat: float | None
    exp: float | None
    nbf: float | None
    nonce: str | None
    context: Mapping[str, Any] | None
    origins: tuple[str, ...] | None
    problems: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def context_id(self) -> str | None:
        """The id of the context that the notice is about: of a copy, its destination."""
        return as_text((self.context or {}).get("id"))


def read_notice(claims: Mapping[str, Any]) -> Notice:
    """Read the claims of a notice, of a known type or another. Never raises."""
    event = as_object(claims.get(NOTICE)) or {}
    written = as_text(event.get("timestamp"))
    return Notice(
        claims=claims,
        id=as_text(event.get("id")),
        timestamp=None if written is None else rfc3339(written),
        written=written,
        type=as_text(event.get("type")),
        deployment_id=as_text(claims.get(DEPLOYMENT_ID)),
        version=as_text(claims.get(VERSION_CLAIM)),
        iss=as_text(claims.get("iss")),
        aud=audiences(claims.get("aud")),
        azp=as_text(claims.get("azp")),
        sub=as_text(claims.get("sub")),
        iat=as_number(claims.get("iat")),
        exp=as_number(claims.get("exp")),
        nbf=as_number(claims.get("nbf")),
        nonce=as_text(claims.get("nonce")),
        context=as_object(claims.get(CONTEXT)),
        origins=as_texts(claims.get(ORIGIN_CONTEXTS)),
        problems=tuple(dict.fromkeys(_frame_problems(claims) + _type_problems(claims, as_text(event.get("type"))))),
        remarks=tuple(dict.fromkeys(_remarks(claims, as_text(event.get("type"))))),
    )


def _frame_problems(claims: Mapping[str, Any]) -> list[str]:
    found = [f"no-{name}" for name in ("iss", "nonce") if as_text(claims.get(name)) is None]
    found += [] if audiences(claims.get("aud")) else ["no-aud"]
    found += time_problems(claims)
    version = claims.get(VERSION_CLAIM)
    if version != VERSION:
        found.append("no-version" if version is None else "wrong-version")
    if as_text(claims.get(DEPLOYMENT_ID)) is None:
        found.append("no-deployment-id")
    if claims.get("sub") == "":
        found.append("empty-sub")
    event = as_object(claims.get(NOTICE))
    if event is None:
        return [*found, "no-notice" if claims.get(NOTICE) is None else "notice-form"]
    found += [f"no-notice-{name}" for name in ("id", "type") if as_text(event.get(name)) is None]
    if event.get("timestamp") is None:
        found.append("no-timestamp")
    elif rfc3339(event["timestamp"]) is None:
        found.append("timestamp-form")
    return found


def _type_problems(claims: Mapping[str, Any], type_: str | None) -> list[str]:
    if type_ == CONTEXT_COPY:
        found = ["sub-in-context-copy"] if claims.get("sub") is not None else []
        found += ["no-context"] if claims.get(CONTEXT) is None else context_problems(claims[CONTEXT])
        origins = claims.get(ORIGIN_CONTEXTS)
        return found if origins is None or as_texts(origins) is not None else [*found, "origin-contexts-form"]
    found = [] if claims.get(CONTEXT) is None else context_problems(claims[CONTEXT])
    if type_ == SUBMISSION:
        return found + submission_problems(claims)
    return found + contribution_problems(claims) if type_ == CONTRIBUTION else found


def _remarks(claims: Mapping[str, Any], type_: str | None) -> list[str]:
    found = []
    if len(audiences(claims.get("aud"))) > 1 and as_text(claims.get("azp")) is None:
        found.append("several-aud-no-azp")
    found += ["message-type"] * (MESSAGE_TYPE in claims) + ["target-link-uri"] * (TARGET_LINK_URI in claims)
    found += ["claim-name"] * bool(odd_claim_names(claims))
    if type_ == CONTEXT_COPY and claims.get(ORIGIN_CONTEXTS) is None:
        found.append("no-origin-contexts")
    if type_ in (SUBMISSION, CONTRIBUTION):
        found += asset_remarks(claims, contribution=type_ == CONTRIBUTION)
    return found
