"""Dynamic registration of LTI tools: the tool's request and the answer (the configuration: `lti_configuration`).

Source: LTI Dynamic Registration 1.0 as followed by the Canvas API documentation, "LTI Registration", and by Moodle
(observed: Moodle source); RFC 7591.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from harness.wire.json_text import as_object, as_text, as_texts, read_json, without_none, write_json
from harness.wire.lti import RESOURCE_LINK, is_absolute_url
from harness.wire.lti_configuration import (
    AUTH_METHOD,
    CLAIMS_SUPPORTED,
    PLATFORM_CONFIGURATION,
    REQUIRED_CONFIGURATION,
    Configuration,
    host_of,
    platform_configuration,
    read_configuration,
)  # fmt: skip
from harness.wire.pns import SCOPE

__all__ = [
    "AUTH_METHOD", "CLAIMS_SUPPORTED", "CLOSE_SUBJECT", "GRANT_TYPES", "PLATFORM_CONFIGURATION",
    "REQUIRED_CONFIGURATION", "TOOL_CONFIGURATION", "Configuration", "Registration", "RegistrationProblem",
    "RegistrationRequest", "host_of", "platform_configuration", "read_configuration", "read_registration_answer",
    "read_registration_request", "registration_answer", "registration_error", "registration_request",
]  # fmt: skip

TOOL_CONFIGURATION: Final = "https://purl.imsglobal.org/spec/lti-tool-configuration"
GRANT_TYPES: Final = ("implicit", "client_credentials")
CLOSE_SUBJECT: Final = "org.imsglobal.lti.close"
"""``subject`` of the message that a tool's page posts to the window that opened it, at the end."""


def registration_request(
    *,
    client_name: str,
    initiate_login_uri: str,
    redirect_uris: Iterable[str],
    jwks_uri: str,
    domain: str,
    target_link_uri: str,
    scopes: Iterable[str] = (SCOPE,),
    claims: Iterable[str] = CLAIMS_SUPPORTED,
    messages: Sequence[Mapping[str, Any]] = ({"type": RESOURCE_LINK},),
    custom_parameters: Mapping[str, str] | None = None,
    more: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the document by which a tool asks to be registered; ``more`` comes last."""
    return {
        "application_type": "web",
        "response_types": ["id_token"],
        "grant_types": list(GRANT_TYPES),
        "initiate_login_uri": initiate_login_uri,
        "redirect_uris": list(redirect_uris),
        "client_name": client_name,
        "jwks_uri": jwks_uri,
        "token_endpoint_auth_method": AUTH_METHOD,
        "scope": " ".join(scopes),
        TOOL_CONFIGURATION: {
            "domain": domain,
            "target_link_uri": target_link_uri,
            "claims": list(claims),
            "messages": [dict(message) for message in messages],
            **({} if custom_parameters is None else {"custom_parameters": dict(custom_parameters)}),
        },
        **(more or {}),
    }


@dataclass(frozen=True, slots=True)
class RegistrationProblem:
    """What is wrong with a request for registration.

    ``error`` is RFC 7591's: ``invalid_redirect_uri`` or ``invalid_client_metadata``. ``code`` is what Moodle answers
    (observed), ``invalid_response_types`` for example, or ``missing required attribute NAME``; ``member`` is empty for
    the whole document.
    """

    member: str
    error: str
    code: str
    description: str


@dataclass(frozen=True, slots=True)
class RegistrationRequest:
    """A request for registration as read. With ``problems`` it is to be refused; the first one is the one to name.

    ``metadata`` is the document without members that are null, as an answer may echo it.
    """

    client_name: str = ""
    initiate_login_uri: str = ""
    redirect_uris: tuple[str, ...] = ()
    jwks_uri: str = ""
    domain: str = ""
    target_link_uri: str = ""
    scopes: tuple[str, ...] = ()
    custom_parameters: Mapping[str, str] | None = None
    metadata: Mapping[str, Any] | None = None
    problems: tuple[RegistrationProblem, ...] = ()


def read_registration_request(body: bytes) -> RegistrationRequest:
    """Read a request for registration; unknown members are kept and not judged. Never raises.

    ``grant_types`` is not judged: some tools copy a misprint (``implict``) of the specification's example.
    """
    read = read_json(body)
    found = read.object
    if found is None:
        return RegistrationRequest(problems=(_bad("", "invalid_metadata", "the body is no JSON object"),))
    tool = as_object(found.get(TOOL_CONFIGURATION)) or {}
    custom = as_object(tool.get("custom_parameters"))
    scope = found.get("scope")
    return RegistrationRequest(
        client_name=as_text(found.get("client_name")) or "",
        initiate_login_uri=as_text(found.get("initiate_login_uri")) or "",
        redirect_uris=as_texts(found.get("redirect_uris")) or (),
        jwks_uri=as_text(found.get("jwks_uri")) or "",
        domain=as_text(tool.get("domain")) or "",
        target_link_uri=as_text(tool.get("target_link_uri")) or "",
        scopes=tuple(dict.fromkeys(scope.split())) if isinstance(scope, str) else (),
        custom_parameters=None if custom is None else {k: v for k, v in custom.items() if isinstance(v, str)},
        metadata=without_none(found.items()),
        problems=tuple(_request_problems(found, tool)),
    )


def _bad(member: str, code: str, description: str) -> RegistrationProblem:
    error = "invalid_redirect_uri" if member == "redirect_uris" else "invalid_client_metadata"
    return RegistrationProblem(member, error, code, description)


def _request_problems(found: Mapping[str, Any], tool: Mapping[str, Any]) -> Iterable[RegistrationProblem]:
    for name in ("client_name", "initiate_login_uri", "jwks_uri"):
        value = as_text(found.get(name))
        if value is None:
            yield _bad(name, f"missing required attribute {name}", f"{name} is missing")
        elif name != "client_name" and not is_absolute_url(value):
            yield _bad(name, f"invalid_{name}", f"{name} must be an absolute URL, got {value[:80]!r}")
    if found.get("redirect_uris") is None:
        yield _bad("redirect_uris", "missing required attribute redirect_uris", "redirect_uris is missing")
    else:
        uris = as_texts(found["redirect_uris"])
        if not uris or not all(is_absolute_url(uri) for uri in uris):
            yield _bad("redirect_uris", "invalid_redirect_uris", "redirect_uris must be an array of absolute URLs")
    if "id_token" not in (as_texts(found.get("response_types")) or ()):
        yield _bad("response_types", "invalid_response_types", "response_types must be an array that holds id_token")
    if found.get("token_endpoint_auth_method") != AUTH_METHOD:
        yield _bad(
            "token_endpoint_auth_method", "invalid_token_endpoint_auth_method",
            f"token_endpoint_auth_method must be {AUTH_METHOD}",
        )  # fmt: skip
    if found.get("application_type") not in (None, "web"):
        yield _bad("application_type", "invalid_application_type", "application_type must be web")
    if found.get("scope") is not None and not isinstance(found["scope"], str):
        yield _bad("scope", "invalid_scope", "scope must be a string of words with spaces between them")
    for name in ("domain", "target_link_uri"):
        if as_text(tool.get(name)) is None:
            yield _bad(TOOL_CONFIGURATION, f"missing required attribute {name}", f"{name} of the tool is missing")


def registration_answer(
    request: RegistrationRequest,
    client_id: str,
    *,
    scopes: Iterable[str],
    deployment_id: str | None = None,
    more: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the answer to a request without problems: what was accepted, the granted scopes and the new ids.

    The deployment id stands inside the tool configuration, where Moodle and @lti-tool have it, and at the top level,
    where Canvas has it (both observed). No member is null.
    """
    metadata = dict(request.metadata or {})
    tool = without_none((as_object(metadata.get(TOOL_CONFIGURATION)) or {}).items())
    deployed = without_none([("deployment_id", deployment_id)])
    answer = {
        **metadata,
        "client_id": client_id,
        "scope": " ".join(scopes),
        **deployed,
        TOOL_CONFIGURATION: {**tool, **deployed},
        **(more or {}),
    }
    return without_none(answer.items())


def registration_error(error: str, description: str) -> bytes:
    """Return the body of a refusal (RFC 7591, 3.2.2)."""
    return write_json({"error": error, "error_description": description})


@dataclass(frozen=True, slots=True)
class Registration:
    """The answer to a request for registration as read; ``ok`` when the tool is registered.

    ``problems``: ``wrong-status``, ``not-json``, ``not-an-object``, ``no-client-id``, ``no-scope``, ``null-member``,
    ``no-tool-configuration``, ``deployment-ids-differ``.
    """

    status: int
    client_id: str = ""
    deployment_id: str | None = None
    scopes: tuple[str, ...] | None = None
    document: Mapping[str, Any] | None = None
    error: str = ""
    problems: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether a client id came with a success."""
        return 200 <= self.status < 300 and bool(self.client_id)


def read_registration_answer(status: int, body: bytes) -> Registration:
    """Read the answer to a request for registration. Never raises."""
    problems = [] if 200 <= status < 300 else ["wrong-status"]
    read = read_json(body)
    found = read.object
    if found is None:
        problems.append("not-json" if read.problem else "not-an-object")
        return Registration(status, problems=tuple(problems))
    if problems:
        return Registration(status, document=found, error=as_text(found.get("error")) or "", problems=tuple(problems))
    client, scope = as_text(found.get("client_id")), found.get("scope")
    tool = as_object(found.get(TOOL_CONFIGURATION))
    ids = [as_text(place.get("deployment_id")) for place in (tool or {}, found)]
    problems += ["no-client-id"] * (client is None) + ["no-scope"] * (not isinstance(scope, str))
    problems += ["no-tool-configuration"] * (tool is None)
    problems += ["deployment-ids-differ"] * (None not in ids and ids[0] != ids[1])
    problems += ["null-member"] * any(value is None for value in (*found.values(), *(tool or {}).values()))
    scopes = tuple(scope.split()) if isinstance(scope, str) else None
    return Registration(status, client or "", ids[0] or ids[1], scopes, found, "", tuple(problems))
