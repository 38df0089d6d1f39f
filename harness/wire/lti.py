"""The names of LTI 1.3 and the claims of a resource link launch (LTI Core 1.3, 5.3 and 5.4)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from harness.wire.json_text import as_number, as_object, as_text, as_texts, without_none
from harness.wire.lti_roles import (
    KNOWN_ROLES,
    MEMBERSHIP,
    PERSON,
    ROLE_ADMINISTRATOR,
    ROLE_CONTENT_DEVELOPER,
    ROLE_INSTRUCTOR,
    ROLE_LEARNER,
    ROLE_MENTOR,
    SYSTEM,
    TEST_USER,
    is_known_role,
)  # fmt: skip

__all__ = [
    "CONTEXT", "COURSE_OFFERING", "CUSTOM", "DEPLOYMENT_ID", "KNOWN_ROLES", "LAUNCH_PRESENTATION", "LAUNCH_REMARKS",
    "LAUNCH_RULES", "LIS", "LONGEST_ID", "MEMBERSHIP", "MESSAGE_TYPE", "PERSON", "RESOURCE_LINK",
    "RESOURCE_LINK_CLAIM", "ROLES", "ROLE_ADMINISTRATOR", "ROLE_CONTENT_DEVELOPER", "ROLE_INSTRUCTOR", "ROLE_LEARNER",
    "ROLE_MENTOR", "ROLE_SCOPE_MENTOR", "SYSTEM", "TARGET_LINK_URI", "TEST_USER", "TOOL_PLATFORM", "VERSION",
    "VERSION_CLAIM", "C", "Launch", "audiences", "context_problems", "is_absolute_url", "is_id", "is_known_role",
    "launch_claims", "odd_claim_names", "read_launch", "time_problems",
]  # fmt: skip

C: Final = "https://purl.imsglobal.org/spec/lti/claim/"
"""What the names of all LTI claims begin with."""

MESSAGE_TYPE: Final = C + "message_type"
VERSION_CLAIM: Final = C + "version"
DEPLOYMENT_ID: Final = C + "deployment_id"
TARGET_LINK_URI: Final = C + "target_link_uri"
RESOURCE_LINK_CLAIM: Final = C + "resource_link"
ROLES: Final = C + "roles"
CONTEXT: Final = C + "context"
CUSTOM: Final = C + "custom"
TOOL_PLATFORM: Final = C + "tool_platform"
LAUNCH_PRESENTATION: Final = C + "launch_presentation"
LIS: Final = C + "lis"
ROLE_SCOPE_MENTOR: Final = C + "role_scope_mentor"

VERSION: Final = "1.3.0"
RESOURCE_LINK: Final = "LtiResourceLinkRequest"
COURSE_OFFERING: Final = "http://purl.imsglobal.org/vocab/lis/v2/course#CourseOffering"

LONGEST_ID: Final = 255
"""ASCII characters of `sub`, deployment id, resource link id and context id (LTI Core 1.3, 5.3 and 5.4.1)."""

LAUNCH_RULES: Final[Mapping[str, str]] = {
    "no-iss": "1EdTech Security Framework 1.0, 5.1.2",
    "no-aud": "1EdTech Security Framework 1.0, 5.1.2",
    "no-exp": "1EdTech Security Framework 1.0, 5.1.2",
    "exp-not-number": "1EdTech Security Framework 1.0, 5.1.2; RFC 7519, 2",
    "no-iat": "1EdTech Security Framework 1.0, 5.1.2",
    "iat-not-number": "1EdTech Security Framework 1.0, 5.1.2; RFC 7519, 2",
    "no-nonce": "1EdTech Security Framework 1.0, 5.1.2",
    "no-sub": "LTI Core 1.3, 5.3.6",
    "sub-form": "LTI Core 1.3, 5.3.6",
    "no-message-type": "LTI Core 1.3, 5.3.1",
    "wrong-message-type": "LTI Core 1.3, 5.3.1",
    "no-version": "LTI Core 1.3, 5.3.2",
    "wrong-version": "LTI Core 1.3, 5.3.2",
    "no-deployment-id": "LTI Core 1.3, 5.3.3",
    "deployment-id-form": "LTI Core 1.3, 5.3.3",
    "no-target-link-uri": "LTI Core 1.3, 5.3.4",
    "target-link-uri-form": "LTI Core 1.3, 5.3.4",
    "no-resource-link": "LTI Core 1.3, 5.3.5",
    "no-resource-link-id": "LTI Core 1.3, 5.3.5",
    "resource-link-id-form": "LTI Core 1.3, 5.3.5",
    "no-roles": "LTI Core 1.3, 5.3.7",
    "roles-form": "LTI Core 1.3, 5.3.7",
}
"""By code: the rule that a problem of a launch breaks. A tool refuses such a launch."""

LAUNCH_REMARKS: Final[Mapping[str, str]] = {
    "iss-form": "1EdTech Security Framework 1.0, 5.1.2",
    "several-aud-no-azp": "1EdTech Security Framework 1.0, 5.1.3",
    "no-known-role": "LTI Core 1.3, 5.3.7",
    "context-form": "LTI Core 1.3, 5.4.1",
    "context-id-form": "LTI Core 1.3, 5.4.1",
    "tool-platform-no-guid": "LTI Core 1.3, 5.4.2",
    "mentor-scope-without-role": "LTI Core 1.3, 5.4.3",
    "document-target": "LTI Core 1.3, 5.4.4",
    "custom-form": "LTI Core 1.3, 5.4.6",
    "claim-name": "LTI Core 1.3, 5.4.7",
    "whitespace": "LTI Advantage Conformance Certification Guide 1.3",
}
"""By code: the rule that a platform breaks in a launch which a tool need not refuse."""

_ABSOLUTE_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s/?#]\S*")
_PLAIN_CLAIMS: Final = frozenset(
    (
        "iss", "sub", "aud", "exp", "nbf", "iat", "jti", "nonce", "azp", "auth_time", "acr", "amr", "at_hash", "c_hash",
        "name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile", "picture",
        "website", "email", "email_verified", "gender", "birthdate", "zoneinfo", "locale", "phone_number",
        "phone_number_verified", "address", "updated_at",
    )
)  # fmt: skip


def is_absolute_url(text: str) -> bool:
    """Whether a text has a scheme and a host, holds no white space and none of the braces of a template."""
    return _ABSOLUTE_URL.fullmatch(text) is not None and not {"{", "}"} & set(text)


def is_id(text: str) -> bool:
    """Whether a text is ASCII of 1 to 255 characters."""
    return text.isascii() and 0 < len(text) <= LONGEST_ID


def odd_claim_names(claims: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names that are neither claims of JWT and OpenID Connect nor full URLs (LTI Core 1.3, 5.4.7)."""
    return tuple(name for name in claims if name not in _PLAIN_CLAIMS and not is_absolute_url(name))


def audiences(value: object) -> tuple[str, ...]:
    """Return ``aud`` as a tuple, whether a string or an array of strings came; empty when neither did."""
    return (value,) if isinstance(value, str) and value else as_texts(value) or ()


def launch_claims(
    *,
    iss: str,
    aud: str | Sequence[str],
    sub: str | None,
    nonce: str,
    now: datetime,
    lifetime: int,
    deployment_id: str,
    target_link_uri: str,
    resource_link: Mapping[str, Any],
    roles: Sequence[str],
    context: Mapping[str, Any] | None = None,
    person: Mapping[str, str] | None = None,
    custom: Mapping[str, str] | None = None,
    more: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the claims of an id_token for a resource link launch.

    ``lifetime`` is in seconds. ``sub`` None means an anonymous launch. ``person`` holds OpenID Connect's ``name``,
    ``given_name``, ``family_name``, ``email``. Members without a value are left out, since none may be null.
    ``more`` comes last and replaces what it names. Source: 1EdTech Security Framework 1.0, 5.1.2; LTI Core 1.3, 5.3.
    """
    issued = int(now.timestamp())
    return {
        "iss": iss,
        "aud": aud if isinstance(aud, str) else list(aud),
        **without_none([("sub", sub)]),
        "iat": issued,
        "exp": issued + lifetime,
        "nonce": nonce,
        **without_none((person or {}).items()),
        MESSAGE_TYPE: RESOURCE_LINK,
        VERSION_CLAIM: VERSION,
        DEPLOYMENT_ID: deployment_id,
        TARGET_LINK_URI: target_link_uri,
        RESOURCE_LINK_CLAIM: without_none(resource_link.items()),
        ROLES: list(roles),
        **({} if context is None else {CONTEXT: without_none(context.items())}),
        **({} if custom is None else {CUSTOM: without_none(custom.items())}),
        **(more or {}),
    }


@dataclass(frozen=True, slots=True)
class Launch:
    """A launch as read. What is missing or of another type is None, or empty.

    ``problems`` are codes of `LAUNCH_RULES`, for which a tool refuses; ``remarks`` are codes of `LAUNCH_REMARKS`.
    Neither compares with anything known: issuer, audience, times, nonce and deployment are the reader's to judge.
    """

    claims: Mapping[str, Any]
    iss: str | None
    aud: tuple[str, ...]
    azp: str | None
    sub: str | None
    iat: float | None
    exp: float | None
    nonce: str | None
    message_type: str | None
    version: str | None
    deployment_id: str | None
    target_link_uri: str | None
    resource_link_id: str | None
    roles: tuple[str, ...]
    context: Mapping[str, Any] | None
    custom: Mapping[str, Any]
    problems: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def context_id(self) -> str | None:
        """The id of the course that was launched from, if it was told."""
        return as_text((self.context or {}).get("id"))


def read_launch(claims: Mapping[str, Any]) -> Launch:
    """Read the claims of an id_token as a resource link launch. Never raises."""
    link = as_object(claims.get(RESOURCE_LINK_CLAIM))
    return Launch(
        claims=claims,
        iss=as_text(claims.get("iss")),
        aud=audiences(claims.get("aud")),
        azp=as_text(claims.get("azp")),
        sub=as_text(claims.get("sub")),
        iat=as_number(claims.get("iat")),
        exp=as_number(claims.get("exp")),
        nonce=as_text(claims.get("nonce")),
        message_type=as_text(claims.get(MESSAGE_TYPE)),
        version=as_text(claims.get(VERSION_CLAIM)),
        deployment_id=as_text(claims.get(DEPLOYMENT_ID)),
        target_link_uri=as_text(claims.get(TARGET_LINK_URI)),
        resource_link_id=as_text((link or {}).get("id")),
        roles=as_texts(claims.get(ROLES)) or (),
        context=as_object(claims.get(CONTEXT)),
        custom=as_object(claims.get(CUSTOM)) or {},
        problems=tuple(_problems(claims)),
        remarks=tuple(_remarks(claims)),
    )


def time_problems(claims: Mapping[str, Any]) -> list[str]:
    """Return ``no-exp``, ``exp-not-number`` and the same of ``iat``, as they apply."""
    found = []
    for name in ("exp", "iat"):
        if claims.get(name) is None:
            found.append(f"no-{name}")
        elif as_number(claims[name]) is None:
            found.append(f"{name}-not-number")
    return found


def _problems(claims: Mapping[str, Any]) -> list[str]:
    found = [f"no-{name}" for name in ("iss", "nonce") if as_text(claims.get(name)) is None]
    if not audiences(claims.get("aud")):
        found.append("no-aud")
    found += time_problems(claims)
    for code, name, good in (
        ("sub", "sub", is_id),
        ("message-type", MESSAGE_TYPE, None),
        ("version", VERSION_CLAIM, None),
        ("deployment-id", DEPLOYMENT_ID, is_id),
        ("target-link-uri", TARGET_LINK_URI, is_absolute_url),
    ):
        value = as_text(claims.get(name))
        if value is None:
            found.append(f"no-{code}")
        elif good is not None and not good(value):
            found.append(f"{code}-form")
    for code, name, only in (("message-type", MESSAGE_TYPE, RESOURCE_LINK), ("version", VERSION_CLAIM, VERSION)):
        if as_text(claims.get(name)) not in (None, only):
            found.append(f"wrong-{code}")
    link = as_object(claims.get(RESOURCE_LINK_CLAIM))
    if link is None:
        found.append("no-resource-link")
    elif as_text(link.get("id")) is None:
        found.append("no-resource-link-id")
    elif not is_id(link["id"]):
        found.append("resource-link-id-form")
    if claims.get(ROLES) is None:
        found.append("no-roles")
    elif as_texts(claims[ROLES]) is None:
        found.append("roles-form")
    return found


def _remarks(claims: Mapping[str, Any]) -> list[str]:
    found = []
    issuer = as_text(claims.get("iss"))
    if issuer is not None and (not issuer.startswith("https://") or {"?", "#"} & set(issuer)):
        found.append("iss-form")
    if len(audiences(claims.get("aud"))) > 1 and as_text(claims.get("azp")) is None:
        found.append("several-aud-no-azp")
    roles = as_texts(claims.get(ROLES)) or ()
    if roles and not any(is_known_role(role) for role in roles):
        found.append("no-known-role")
    if claims.get(CONTEXT) is not None:
        found += context_problems(claims[CONTEXT])
    platform = claims.get(TOOL_PLATFORM)
    if platform is not None and as_text((as_object(platform) or {}).get("guid")) is None:
        found.append("tool-platform-no-guid")
    if claims.get(ROLE_SCOPE_MENTOR) and ROLE_MENTOR not in roles:
        found.append("mentor-scope-without-role")
    target = (as_object(claims.get(LAUNCH_PRESENTATION)) or {}).get("document_target")
    if target is not None and target not in ("frame", "iframe", "window"):
        found.append("document-target")
    custom = claims.get(CUSTOM)
    if custom is not None and not (
        isinstance(custom, Mapping) and all(isinstance(value, str) for value in custom.values())
    ):
        found.append("custom-form")
    if odd_claim_names(claims):
        found.append("claim-name")
    if any(isinstance(value, str) and value != value.strip() for value in claims.values()):
        found.append("whitespace")
    return found


def context_problems(context: object) -> list[str]:
    """Return ``context-form`` (no object, no id) or ``context-id-form`` (LTI Core 1.3, 5.4.1), or nothing."""
    found = as_object(context)
    id_ = as_text((found or {}).get("id"))
    if id_ is None:
        return ["context-form"]
    return [] if is_id(id_) else ["context-id-form"]
