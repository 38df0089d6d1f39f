"""The token service of LTI 1.3: a client's assertion, the request, the answer.

Source: 1EdTech Security Framework 1.0, 4.1; LTI Core 1.3, 6.2; RFC 6749, 5; RFC 7523.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from harness.wire.binding import Pairs
from harness.wire.json_text import as_number, as_text, read_json, write_json
from harness.wire.lti import DEPLOYMENT_ID, audiences, time_problems

GRANT: Final = "client_credentials"
ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
NO_STORE: Final = (("Cache-Control", "no-store"), ("Pragma", "no-cache"))
"""Headers of every answer of a token service (RFC 6749, 5.1)."""

MEDIA_TYPE: Final = "application/json;charset=UTF-8"
SHORTEST_TOKEN: Final = 15
"""Characters that an access token should have (1EdTech Security Framework 1.0, 4.1.1)."""

_PARAMETERS: Final = ("grant_type", "client_assertion_type", "client_assertion", "scope")


def assertion_claims(
    client_id: str,
    audience: str | Sequence[str],
    now: datetime,
    jti: str,
    lifetime: int = 60,
    deployment_id: str | None = None,
) -> dict[str, Any]:
    """Return the claims of a client's assertion; ``lifetime`` in seconds."""
    issued = int(now.timestamp())
    return {
        "iss": client_id,
        "sub": client_id,
        "aud": audience if isinstance(audience, str) else list(audience),
        "iat": issued,
        "exp": issued + lifetime,
        "jti": jti,
        **({} if deployment_id is None else {DEPLOYMENT_ID: deployment_id}),
    }


@dataclass(frozen=True, slots=True)
class Assertion:
    """A client's assertion as read.

    ``problems``: ``no-iss``, ``no-sub``, ``iss-is-not-sub``, ``no-aud``, ``no-jti``, ``no-exp``, ``exp-not-number``,
    ``no-iat``, ``iat-not-number``. Whose it is and whether it is in time is the server's to judge.
    """

    iss: str | None
    sub: str | None
    aud: tuple[str, ...]
    iat: float | None
    exp: float | None
    jti: str | None
    deployment_id: str | None
    problems: tuple[str, ...] = ()


def read_assertion(claims: Mapping[str, Any]) -> Assertion:
    """Read the claims of a client's assertion (LTI Core 1.3, 6.2). Never raises."""
    iss, sub, jti = (as_text(claims.get(name)) for name in ("iss", "sub", "jti"))
    problems = [f"no-{name}" for name, value in (("iss", iss), ("sub", sub), ("jti", jti)) if value is None]
    if iss and sub and iss != sub:
        problems.append("iss-is-not-sub")
    aud = audiences(claims.get("aud"))
    problems += [] if aud else ["no-aud"]
    problems += time_problems(claims)
    iat, exp = as_number(claims.get("iat")), as_number(claims.get("exp"))
    return Assertion(iss, sub, aud, iat, exp, jti, as_text(claims.get(DEPLOYMENT_ID)), tuple(problems))


def token_request(assertion: str, scopes: Iterable[str]) -> Pairs:
    """Return the parameters of a token request."""
    return (
        ("grant_type", GRANT),
        ("client_assertion_type", ASSERTION_TYPE),
        ("client_assertion", assertion),
        ("scope", " ".join(scopes)),
    )


@dataclass(frozen=True, slots=True)
class TokenFault:
    """What is wrong with a request: the parameter, ``missing`` | ``repeated`` | ``wrong``, and OAuth's error code."""

    parameter: str
    problem: str
    error: str


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """A token request as read; ``faults`` in the order in which a server answers them, the first one first."""

    grant_type: str | None
    assertion_type: str | None
    assertion: str | None
    scopes: tuple[str, ...]
    faults: tuple[TokenFault, ...] = ()
    raw: Pairs = ()


def read_token_request(pairs: Pairs) -> TokenRequest:
    """Read the parameters of a token request; of a repeated one the first counts. Never raises.

    Codes: ``invalid_request`` for what is missing, repeated or another assertion type, ``unsupported_grant_type``,
    ``invalid_scope`` for a scope without a word (RFC 6749, 5.2).
    """
    values = {name: next((value for key, value in pairs if key == name), None) for name in _PARAMETERS}
    faults = [
        TokenFault(name, "repeated", "invalid_request")
        for name in _PARAMETERS
        if sum(key == name for key, _ in pairs) > 1
    ]
    for name in _PARAMETERS:
        if not values[name]:
            faults.append(TokenFault(name, "missing", "invalid_request"))
    if values["grant_type"] not in (None, "", GRANT):
        faults.append(TokenFault("grant_type", "wrong", "unsupported_grant_type"))
    if values["client_assertion_type"] not in (None, "", ASSERTION_TYPE):
        faults.append(TokenFault("client_assertion_type", "wrong", "invalid_request"))
    scopes = tuple(dict.fromkeys((values["scope"] or "").split()))
    if values["scope"] and not scopes:
        faults.append(TokenFault("scope", "wrong", "invalid_scope"))
    return TokenRequest(
        values["grant_type"], values["client_assertion_type"], values["client_assertion"], scopes, tuple(faults), pairs
    )


def token_answer(
    access_token: str,
    scopes: Iterable[str],
    expires_in: int = 3600,
    token_type: str = "Bearer",
    more: Mapping[str, Any] | None = None,
) -> bytes:
    """Return the body of a token answer; ``scopes`` are those that were granted, ``expires_in`` is in seconds."""
    told = {
        "access_token": access_token,
        "token_type": token_type,
        "expires_in": expires_in,
        "scope": " ".join(scopes),
    }
    return write_json({**told, **(more or {})})


def token_error(error: str, description: str = "") -> bytes:
    """Return the body of a refusal, which goes with status 400 (1EdTech Security Framework 1.0, 4.1)."""
    return write_json({"error": error, **({"error_description": description} if description else {})})


@dataclass(frozen=True, slots=True)
class TokenAnswer:
    """A token answer as read; ``ok`` when there is a token to use, whatever else is wrong.

    ``problems`` of a success: ``not-json``, ``not-an-object``, ``no-access-token``, ``access-token-not-ascii``,
    ``access-token-short``, ``no-token-type``, ``wrong-token-type``, ``no-expires-in``, ``expires-in-not-number``,
    ``no-scope``; of a refusal: ``wrong-status``, ``not-json``, ``not-an-object``, ``no-error``; of both:
    ``media-type``, ``stored`` (no ``Cache-Control: no-store``).
    """

    status: int
    access_token: str | None = None
    token_type: str | None = None
    expires_in: float | None = None
    scopes: tuple[str, ...] | None = None
    error: str | None = None
    error_description: str | None = None
    problems: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether a token came."""
        return 200 <= self.status < 300 and self.access_token is not None


def read_token_answer(status: int, headers: Mapping[str, str] | Iterable[tuple[str, str]], body: bytes) -> TokenAnswer:
    """Read the answer of a token service. Never raises."""
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    told = {name.lower(): value for name, value in pairs}
    problems = []
    if told.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        problems.append("media-type")
    if "no-store" not in told.get("cache-control", "").lower():
        problems.append("stored")
    success = 200 <= status < 300
    if not success and status != 400:
        problems.append("wrong-status")
    read = read_json(body)
    found = read.object
    if found is None:
        problems.append("not-json" if read.problem else "not-an-object")
        return TokenAnswer(status, problems=tuple(problems))
    token, kind = as_text(found.get("access_token")), as_text(found.get("token_type"))
    expires, scope = found.get("expires_in"), found.get("scope")
    error = as_text(found.get("error"))
    if success:
        problems += _of_success(found, token, kind)
    elif error is None:
        problems.append("no-error")
    return TokenAnswer(
        status, token, kind, as_number(expires), tuple(scope.split()) if isinstance(scope, str) else None,
        error, as_text(found.get("error_description")), tuple(problems),
    )  # fmt: skip


def _of_success(found: Mapping[str, Any], token: str | None, kind: str | None) -> Iterable[str]:
    if token is None:
        yield "no-access-token"
    elif not token.isascii():
        yield "access-token-not-ascii"
    elif len(token) < SHORTEST_TOKEN:
        yield "access-token-short"
    if kind is None:
        yield "no-token-type"
    elif kind.lower() != "bearer":
        yield "wrong-token-type"
    if found.get("expires_in") is None:
        yield "no-expires-in"
    elif as_number(found["expires_in"]) is None:
        yield "expires-in-not-number"
    if not isinstance(found.get("scope"), str):
        yield "no-scope"
