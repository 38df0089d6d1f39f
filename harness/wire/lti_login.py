"""The OpenID Connect login of LTI 1.3: initiation, authentication request, authentication response.

Source: 1EdTech Security Framework 1.0, 5.1.1; LTI Core 1.3, 4.1; OpenID Connect Core 1.0, 3.1.2.6.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from harness.wire.binding import Pairs
from harness.wire.lti import is_absolute_url

INITIATION: Final = ("iss", "login_hint", "target_link_uri", "lti_message_hint", "lti_deployment_id", "client_id")
INITIATION_REQUIRED: Final = INITIATION[:3]

FIXED: Final = (
    ("scope", "openid"), ("response_type", "id_token"), ("response_mode", "form_post"), ("prompt", "none"),
)  # fmt: skip
"""The parameters of an authentication request that have one permitted value."""

AUTH_REQUIRED: Final = (*(name for name, _ in FIXED), "client_id", "redirect_uri", "login_hint", "nonce")
ANSWER: Final = ("id_token", "state", "error", "error_description")
AUTH: Final = (*AUTH_REQUIRED, "state", "lti_message_hint")


def _one(pairs: Pairs, name: str) -> str | None:
    return next((value for key, value in pairs if key == name), None)


def _repeated(pairs: Pairs, names: Iterable[str]) -> list[str]:
    return [name for name in names if sum(key == name for key, _ in pairs) > 1]


@dataclass(frozen=True, slots=True)
class Initiation:
    """A third-party login initiation; a required parameter that is missing is the empty string.

    ``extra`` are all other pairs in their order, vendors' (``lti_storage_target``) for instance.
    """

    iss: str
    login_hint: str
    target_link_uri: str
    lti_message_hint: str | None = None
    lti_deployment_id: str | None = None
    client_id: str | None = None
    extra: Pairs = ()

    def pairs(self) -> Pairs:
        """Return the parameters as they are sent, those without a value left out."""
        known = [(name, getattr(self, name)) for name in INITIATION]
        return (*((name, value) for name, value in known if value), *self.extra)

    @property
    def faults(self) -> tuple[tuple[str, str], ...]:
        """What is wrong, each as (parameter, ``missing`` | ``not-a-url`` | ``repeated``)."""
        found = [(name, "missing") for name in INITIATION_REQUIRED if not getattr(self, name)]
        if self.target_link_uri and not is_absolute_url(self.target_link_uri):
            found.append(("target_link_uri", "not-a-url"))
        return (*found, *((name, "repeated") for name in dict.fromkeys(name for name, _ in self.extra)
                          if name in INITIATION))  # fmt: skip


def read_initiation(pairs: Pairs) -> Initiation:
    """Read the parameters of a login initiation; the first value of a name counts, others go to ``extra``."""
    first: dict[str, str] = {}
    extra = []
    for name, value in pairs:
        if name in INITIATION and name not in first:
            first[name] = value
        else:
            extra.append((name, value))
    return Initiation(
        iss=first.get("iss", ""),
        login_hint=first.get("login_hint", ""),
        target_link_uri=first.get("target_link_uri", ""),
        lti_message_hint=first.get("lti_message_hint"),
        lti_deployment_id=first.get("lti_deployment_id"),
        client_id=first.get("client_id"),
        extra=tuple(extra),
    )


@dataclass(frozen=True, slots=True)
class AuthRequest:
    """An authentication request as it came; None is what it lacks. ``raw`` are all pairs, unknown ones included."""

    scope: str | None
    response_type: str | None
    response_mode: str | None
    prompt: str | None
    client_id: str | None
    redirect_uri: str | None
    login_hint: str | None
    nonce: str | None
    state: str | None
    lti_message_hint: str | None
    raw: Pairs = ()


def auth_request_pairs(
    initiation: Initiation, client_id: str, redirect_uri: str, nonce: str, state: str | None
) -> Pairs:
    """Return the parameters with which a tool answers an initiation; hints go back unchanged (LTI Core 1.3, 4.1.1)."""
    last = (("state", state), ("lti_message_hint", initiation.lti_message_hint))
    return (
        *FIXED,
        ("client_id", client_id),
        ("redirect_uri", redirect_uri),
        ("login_hint", initiation.login_hint),
        ("nonce", nonce),
        *((name, value) for name, value in last if value is not None),
    )


def read_auth_request(pairs: Pairs) -> AuthRequest:
    """Read the parameters of an authentication request; of a repeated one the first counts. Never raises."""
    return AuthRequest(**{name: _one(pairs, name) for name in AUTH}, raw=pairs)


def faults_of(request: AuthRequest, *, state_required: bool = False) -> tuple[tuple[str, str], ...]:
    """Return what is wrong, each as (parameter, ``missing`` | ``wrong`` | ``repeated`` | ``not-a-url``).

    Parameters that the protocol does not know are ignored; whether values are the right ones for a client, a user or
    a hint is the platform's to judge. Source: 1EdTech Security Framework 1.0, 5.1.1.2.
    """
    required = (*AUTH_REQUIRED, "state") if state_required else AUTH_REQUIRED
    found = [(name, "repeated") for name in _repeated(request.raw, AUTH)]
    found += [(name, "missing") for name in required if not getattr(request, name)]
    found += [(name, "wrong") for name, only in FIXED if getattr(request, name) not in (None, "", only)]
    if request.redirect_uri and not is_absolute_url(request.redirect_uri):
        found.append(("redirect_uri", "not-a-url"))
    return tuple(found)


def error_of(parameter: str, problem: str) -> str:
    """Return OpenID Connect's error code for a fault (OpenID Connect Core 1.0, 3.1.2.6; RFC 6749, 4.1.2.1)."""
    if problem == "wrong" and parameter in ("scope", "response_type"):
        return {"scope": "invalid_scope", "response_type": "unsupported_response_type"}[parameter]
    return "invalid_request"


@dataclass(frozen=True, slots=True)
class AuthResponse:
    """What came to the redirect URI: an ``id_token`` or an ``error``, and the ``state``."""

    id_token: str | None
    state: str | None
    error: str | None
    error_description: str | None
    raw: Pairs = ()

    @property
    def faults(self) -> tuple[tuple[str, str], ...]:
        """What is wrong with its form, as in `faults_of`; ``both`` when it is an answer and an error."""
        found = [(name, "repeated") for name in _repeated(self.raw, ("id_token", "state", "error"))]
        if self.id_token and self.error:
            found.append(("error", "both"))
        if not self.id_token and not self.error:
            found.append(("id_token", "missing"))
        return tuple(found)


def auth_response_pairs(id_token: str, state: str | None) -> Pairs:
    """Return what a platform posts to the redirect URI; ``state`` goes back unchanged, if one came."""
    return (("id_token", id_token), *(() if state is None else (("state", state),)))


def auth_error_pairs(error: str, description: str, state: str | None) -> Pairs:
    """Return what a platform posts to a valid redirect URI when it refuses (OpenID Connect Core 1.0, 3.1.2.6)."""
    last = (("error_description", description or None), ("state", state))
    return (("error", error), *((name, value) for name, value in last if value is not None))


def read_auth_response(pairs: Pairs) -> AuthResponse:
    """Read what was posted to the redirect URI. Never raises."""
    id_token, state, error, description = (_one(pairs, name) for name in ANSWER)
    return AuthResponse(id_token, state, error, description, pairs)
