"""The openid-configuration of a platform, from which a tool registers itself.

Source: LTI Dynamic Registration 1.0 as followed by the Canvas API documentation, "LTI Registration", and by Moodle
(observed: Moodle source).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from harness.wire.json_text import as_object, as_text, as_texts, read_json, without_none
from harness.wire.lti import RESOURCE_LINK, is_absolute_url
from harness.wire.pns import SCOPE

PLATFORM_CONFIGURATION: Final = "https://purl.imsglobal.org/spec/lti-platform-configuration"
AUTH_METHOD: Final = "private_key_jwt"

CLAIMS_SUPPORTED: Final = ("iss", "sub", "name", "given_name", "family_name", "email")
VARIABLES: Final = ("Context.id", "Context.id.history", "User.id")

REQUIRED_CONFIGURATION: Final = (
    "issuer", "authorization_endpoint", "registration_endpoint", "jwks_uri", "token_endpoint",
    "token_endpoint_auth_methods_supported", "token_endpoint_auth_signing_alg_values_supported", "scopes_supported",
    "response_types_supported", "id_token_signing_alg_values_supported", "claims_supported", "subject_types_supported",
)  # fmt: skip
"""Members without which an unmodified library refuses the configuration (observed: @lti-tool/core)."""

_URLS: Final = REQUIRED_CONFIGURATION[:5]


def platform_configuration(
    *,
    issuer: str,
    authorization_endpoint: str,
    registration_endpoint: str,
    jwks_uri: str,
    token_endpoint: str,
    scopes: Iterable[str] = (SCOPE,),
    notice_types: Iterable[str] | None = (),
    product_family_code: str = "invigil",
    version: str = "1.0",
    messages: Sequence[Mapping[str, Any]] = ({"type": RESOURCE_LINK, "placements": ["ContentArea"]},),
    variables: Iterable[str] = VARIABLES,
    claims: Iterable[str] = CLAIMS_SUPPORTED,
    algorithms: Iterable[str] = ("RS256",),
    authorization_server: str | None = None,
    more: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the openid-configuration of a platform.

    ``authorization_server`` is the audience of assertions where it is not the token endpoint. ``notice_types`` None
    leaves the member out, as a platform without notices does. ``more`` comes last and replaces what it names.
    """
    of_platform: dict[str, Any] = {
        "product_family_code": product_family_code,
        "version": version,
        "messages_supported": [dict(message) for message in messages],
        **({} if notice_types is None else {"notice_types_supported": list(notice_types)}),
        "variables": list(variables),
    }
    return {
        "issuer": issuer,
        "authorization_endpoint": authorization_endpoint,
        "registration_endpoint": registration_endpoint,
        "jwks_uri": jwks_uri,
        "token_endpoint": token_endpoint,
        "token_endpoint_auth_methods_supported": [AUTH_METHOD],
        "token_endpoint_auth_signing_alg_values_supported": list(algorithms),
        "scopes_supported": list(dict.fromkeys(["openid", *scopes])),
        "response_types_supported": ["id_token"],
        "id_token_signing_alg_values_supported": list(algorithms),
        "claims_supported": list(claims),
        "subject_types_supported": ["public"],
        **without_none([("authorization_server", authorization_server)]),
        PLATFORM_CONFIGURATION: of_platform,
        **(more or {}),
    }


@dataclass(frozen=True, slots=True)
class Configuration:
    """A platform's configuration as read; what is missing is empty.

    ``problems``: ``not-json``, ``not-an-object``, ``no-NAME`` and ``NAME-form`` with the name of a member,
    ``no-platform-configuration``, ``no-openid-scope``, ``messages-as-strings`` (older Moodle), ``hosts-differ`` (of
    issuer, registration endpoint or the configuration's own address).
    """

    issuer: str = ""
    authorization_endpoint: str = ""
    registration_endpoint: str = ""
    jwks_uri: str = ""
    token_endpoint: str = ""
    authorization_server: str = ""
    scopes: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()
    notice_types: tuple[str, ...] | None = None
    product_family_code: str = ""
    version: str = ""
    variables: tuple[str, ...] = ()
    document: Mapping[str, Any] | None = None
    problems: tuple[str, ...] = ()

    @property
    def audience(self) -> str:
        """What an assertion of a client names as its audience."""
        return self.authorization_server or self.token_endpoint


def read_configuration(body: bytes, url: str = "") -> Configuration:
    """Read a platform's configuration, which came from ``url`` if that is known. Never raises."""
    read = read_json(body)
    found = read.object
    if found is None:
        return Configuration(problems=("not-json" if read.problem else "not-an-object",))
    problems = []
    for name in REQUIRED_CONFIGURATION:
        value = found.get(name)
        if value is None:
            problems.append(f"no-{name}")
        elif not (is_absolute_url(value) if name in _URLS and isinstance(value, str) else as_texts(value)):
            problems.append(f"{name}-form")
    scopes = as_texts(found.get("scopes_supported")) or ()
    if scopes and "openid" not in scopes:
        problems.append("no-openid-scope")
    texts = {name: as_text(found.get(name)) or "" for name in (*_URLS, "authorization_server")}
    if len({host_of(place) for place in (texts["issuer"], texts["registration_endpoint"], url) if place}) > 1:
        problems.append("hosts-differ")
    own = as_object(found.get(PLATFORM_CONFIGURATION))
    if own is None:
        problems.append("no-platform-configuration")
        own = {}
    for name in ("product_family_code", "version"):
        if own and as_text(own.get(name)) is None:
            problems.append(f"no-{name}")
    messages = own.get("messages_supported")
    listed = messages if isinstance(messages, list) else []
    if own and (not listed or not all(isinstance(message, str | Mapping) for message in listed)):
        problems.append("no-messages_supported" if messages is None else "messages_supported-form")
    elif any(isinstance(message, str) for message in listed):
        problems.append("messages-as-strings")
    for name in ("variables", "notice_types_supported"):
        if own.get(name) is not None and as_texts(own[name]) is None:
            problems.append(f"{name}-form")
    if own and own.get("variables") is None:
        problems.append("no-variables")
    kinds = [as_text(message if isinstance(message, str) else (as_object(message) or {}).get("type"))
             for message in listed]  # fmt: skip
    return Configuration(
        **texts,
        scopes=scopes,
        messages=tuple(kind for kind in kinds if kind),
        notice_types=as_texts(own.get("notice_types_supported")),
        product_family_code=as_text(own.get("product_family_code")) or "",
        version=as_text(own.get("version")) or "",
        variables=as_texts(own.get("variables")) or (),
        document=found,
        problems=tuple(problems),
    )


def host_of(url: str) -> str:
    """Return the host of a URL in lower case; empty when it has none."""
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""
