"""What the tool keeps: platforms, logins under way, services and handlers, launches, contexts and what came of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from mocks.state.rows import row

PLATFORMS, LOGINS, SERVICES, LAUNCHES = "platforms", "logins", "services", "launches"
CONTEXTS, HAPPENINGS, SEEN, NONCES = "contexts", "happenings", "seen", "nonces"
TABLES = (PLATFORMS, LOGINS, SERVICES, LAUNCHES, CONTEXTS, HAPPENINGS, SEEN, NONCES)


class Unfit(Exception):
    """A configuration that cannot be used; the message names the member, what was expected and what came."""


def key(*parts: str) -> str:
    """Return a key of several parts that no other parts give."""
    return json.dumps(parts, ensure_ascii=False)


@row
@dataclass(frozen=True, slots=True)
class Platform:
    """A registration at a platform. ``audience`` is what assertions are for, the token endpoint when it is empty.

    ``deployments`` are known; with ``onboards`` a launch that is right makes another one known. ``scope`` is what
    was granted, separated by blanks; empty, nothing is known of it.
    """

    issuer: str
    client_id: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    audience: str = ""
    deployments: tuple[str, ...] = ()
    onboards: bool = False
    scope: str = ""

    @property
    def key(self) -> str:
        """Its key in the store: one issuer may hold several registrations (LTI Core 1.3, 4.1.3)."""
        return key(self.issuer, self.client_id)


@row
@dataclass(frozen=True, slots=True)
class Login:
    """A login under way: what the answer must carry, and the secret of the browser's cookie."""

    state: str
    nonce: str
    issuer: str
    client_id: str
    cookie: str
    expires: datetime


@row
@dataclass(frozen=True, slots=True)
class Service:
    """The notice service of a deployment as its last launch named it; ``stopped`` by the tool's own wish."""

    issuer: str
    client_id: str
    deployment: str
    url: str
    types: tuple[str, ...]
    scopes: tuple[str, ...] = ()
    stopped: bool = False


@row
@dataclass(frozen=True, slots=True)
class Launch:
    """A launch that was accepted."""

    at: datetime
    issuer: str
    client_id: str
    deployment: str
    sub: str
    name: str
    roles: tuple[str, ...]
    context: str
    context_title: str
    resource_link: str
    target_link_uri: str
    notice_types: tuple[str, ...]

    def facts(self) -> dict[str, Any]:
        """Return the launch as a JSON object."""
        names = ("issuer", "client_id", "deployment", "sub", "name", "context", "context_title", "resource_link")
        found: dict[str, Any] = {name: getattr(self, name) for name in (*names, "target_link_uri")}
        found |= {"at": self.at.isoformat(), "roles": list(self.roles), "notice_types": list(self.notice_types)}
        return found


@row
@dataclass(frozen=True, slots=True)
class CopyEvent:
    """One copy into a context: the notice's id, when it happened, and from where; None when that was not told."""

    id: str
    at: datetime
    origins: tuple[str, ...] | None
    title: str


@row
@dataclass(frozen=True, slots=True)
class Context:
    """A context of a deployment. ``applied`` counts the notices that had an effect on it, whatever order they had."""

    issuer: str
    client_id: str
    deployment: str
    id: str
    title: str = ""
    applied: int = 0
    copies: tuple[CopyEvent, ...] = ()

    @property
    def origins(self) -> tuple[str, ...] | None:
        """Whence its content came, first event first; None when no event told."""
        told = [event.origins for event in self.copies if event.origins is not None]
        return tuple(dict.fromkeys(origin for origins in told for origin in origins)) if told else None

    @property
    def name(self) -> str:
        """Its title: what the latest event that has one says, or else what a launch said."""
        return next((event.title for event in reversed(self.copies) if event.title), self.title)


@row
@dataclass(frozen=True, slots=True)
class Happening:
    """A notice that was accepted, whatever its type."""

    issuer: str
    client_id: str
    deployment: str
    id: str
    type: str
    at: datetime
    context: str = ""
    about: Mapping[str, Any] | None = None


_ADDRESSES = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_OPTIONAL = ("audience", "scope")


def platform_of(found: object) -> Platform:
    """Read a platform's configuration; `Unfit` names the member that cannot be used.

    ``deployments`` absent or null means that they are not known beforehand: launches make them known.
    """
    if not isinstance(found, Mapping):
        raise Unfit(f"platform: expected a JSON object, got {type(found).__name__}")
    values: dict[str, str] = {}
    for name in ("issuer", "client_id", *_ADDRESSES):
        value = found.get(name)
        if not isinstance(value, str) or not value:
            raise Unfit(f"{name}: expected a text that is not empty, got {value!r:.80}")
        values[name] = value
    for name in _ADDRESSES:
        if not is_web(values[name]):
            raise Unfit(f"{name}: expected an http or https URL, got {values[name]!r:.200}")
    for name in _OPTIONAL:
        value = found.get(name)
        if value is not None and not isinstance(value, str):
            raise Unfit(f"{name}: expected a text, got {value!r:.80}")
        values[name] = value or ""
    listed = found.get("deployments")
    if listed is not None and not (isinstance(listed, list) and all(isinstance(one, str) and one for one in listed)):
        raise Unfit(f"deployments: expected a list of texts or null, got {listed!r:.80}")
    return Platform(**values, deployments=tuple(listed or ()), onboards=listed is None)


def is_web(url: str) -> bool:
    """Whether a text is an absolute http or https URL with a host."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
