"""What an LTI platform keeps: tools and their deployments, courses, people, handlers, and what it has issued."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mocks.state.rows import row

REGISTRATIONS, DEPLOYMENTS, COURSES, PEOPLE = "registrations", "deployments", "courses", "people"
HANDLERS, TOKENS, ASSERTIONS, LAUNCHES, SESSIONS = "handlers", "tokens", "assertions", "launches", "sessions"
EVENTS, NOTICES, KEYS, INVITES, LINKS = "events", "notices", "keys", "invites", "links"
RETIRED = "retired"
"""Client ids and deployment ids that were given once and are never given again (LTI Core 1.3, 3.1.3)."""


@row
@dataclass(frozen=True, slots=True)
class Registration:
    """A tool as it was registered with the platform (LTI Core 1.3, 3.1.2); ``client_id`` names it.

    ``domain`` is the registration domain, in which handlers have to be rooted. ``jwks`` stands in for ``jwks_url``
    when a key set was pasted. ``pns`` is the Platform Notification Service switch of the registration;
    ``scopes`` are those granted. A registration that is not ``enabled`` gets no launch, no token, no notice.
    """

    client_id: str
    name: str
    domain: str
    login_url: str
    redirect_urls: tuple[str, ...]
    target_link_uri: str
    jwks_url: str = ""
    jwks: Mapping[str, Any] | None = None
    scopes: tuple[str, ...] = ()
    enabled: bool = True
    pns: bool = True
    custom: Mapping[str, str] = field(default_factory=dict)
    icon: str = ""
    secondary_domains: tuple[str, ...] = ()

    @property
    def domains(self) -> tuple[str, ...]:
        """All domains in which a handler may be rooted."""
        return tuple(domain for domain in (self.domain, *self.secondary_domains) if domain)


@row
@dataclass(frozen=True, slots=True)
class Deployment:
    """A placement of a registered tool (LTI Core 1.3, 3.1.3); its id never changes.

    ``pns`` and ``notice_types`` are its switches of the Platform Notification Service; ``org_unit_information`` lets
    names and descriptions of courses out (D2L, security settings). ``shared`` names the courses to which it is
    shared; None shares it to all.
    """

    id: str
    client_id: str
    name: str = ""
    enabled: bool = True
    pns: bool = True
    notice_types: tuple[str, ...] = ()
    org_unit_information: bool = True
    personal: bool = True
    shared: tuple[str, ...] | None = None
    custom: Mapping[str, str] = field(default_factory=dict)

    def covers(self, course: str) -> bool:
        """Whether a course is inside its sharing rules."""
        return self.shared is None or course in self.shared


@row
@dataclass(frozen=True, slots=True)
class Course:
    """A course, which launches and notices call a context. ``history`` are the ids it was copied from, newest first."""

    id: str
    label: str
    title: str
    description: str = ""
    history: tuple[str, ...] = ()


@row
@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who launches; ``sub`` is the stable id that tools see, ``roles`` are full URIs.

    ``mentors`` are the ids of those for whom a mentor may act (LTI Core 1.3, 5.4.3).
    """

    sub: str
    given_name: str
    family_name: str
    email: str
    roles: tuple[str, ...]
    mentors: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The whole name."""
        return f"{self.given_name} {self.family_name}"


@row
@dataclass(frozen=True, slots=True)
class Link:
    """A resource link: what is launched in a course, with custom values of its own."""

    id: str
    course: str
    title: str = ""
    custom: Mapping[str, str] = field(default_factory=dict)


@row
@dataclass(frozen=True, slots=True)
class StoredHandler:
    """The handler of a notice type in a deployment; there is at most one."""

    notice_type: str
    url: str
    max_batch_size: int | None = None


@row
@dataclass(frozen=True, slots=True)
class AccessToken:
    """An access token that was issued; opaque to the tool."""

    value: str
    client_id: str
    scopes: tuple[str, ...]
    expires: datetime


@row
@dataclass(frozen=True, slots=True)
class Launch:
    """A launch that was begun: who, where, with which deployment; its hint may be used once."""

    hint: str
    client_id: str
    deployment_id: str
    person: str
    course: str
    link: str
    target_link_uri: str
    begun: datetime
    used: bool = False
    message: str = ""


@row
@dataclass(frozen=True, slots=True)
class Event:
    """Something that has happened and that tools may be told of: once, at one time, whoever is told."""

    id: str
    type: str
    timestamp: datetime
    course: str
    values: Mapping[str, Any] = field(default_factory=dict)


@row
@dataclass(frozen=True, slots=True)
class Notice:
    """A notice that is owed to one deployment: an event, and what of it this deployment may see.

    ``batch`` names the delivery that it travels in; ``sent`` counts how often it has left.
    """

    key: str
    event: str
    deployment_id: str
    batch: str
    claims: Mapping[str, Any] = field(default_factory=dict)
    sent: int = 0


@row
@dataclass(frozen=True, slots=True)
class StoredKey:
    """A signing key of the platform; what is not ``published`` is missing from the key set."""

    kid: str
    pem: str
    alg: str = "RS256"
    published: bool = True
    signs: bool = True


@row
@dataclass(frozen=True, slots=True)
class Invite:
    """A dynamic registration that was begun: its token may be used once, until it expires.

    What comes of an ``approved`` one need not be looked at again: whoever began it serves the platform.
    """

    token: str
    expires: datetime
    used: bool = False
    approved: bool = False
