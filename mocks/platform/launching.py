"""The steps of a launch: begin it, send the browser to the tool, answer the tool's authentication request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from harness.net.listener import Inbound, Reply
from harness.wire.binding import FORM, Pairs, decode_form
from harness.wire.lti_login import AuthRequest, read_auth_request
from mocks.platform.answers import Refused, page
from mocks.platform.domain import (
    COURSES,
    DEPLOYMENTS,
    LAUNCHES,
    LINKS,
    PEOPLE,
    REGISTRATIONS,
    SESSIONS,
    Course,
    Launch,
    Link,
)
from mocks.platform.keys import opened, stored
from mocks.platform.login import NoRedirect

if TYPE_CHECKING:
    from mocks.platform.behaviour import PlatformBehaviour
    from mocks.platform.platform import Platform
    from mocks.state.store import Transaction

COOKIE = "invigil_session"


class LaunchError(Exception):
    """A launch that cannot be begun; the message names what there is not."""


async def begin(platform: Platform, values: Mapping[str, str]) -> str:
    """Begin a launch; return the address that the person's browser opens, good for once.

    ``deployment``, ``course``, ``person``, ``link`` and ``target`` may be left out: the first there is, then.
    ``course`` "none" launches from outside of any. Raises `LaunchError`.
    """
    async with platform.store.transaction() as tx:
        deployment = _one(tx, DEPLOYMENTS, "deployment", values.get("deployment", ""))
        registration = tx.get(REGISTRATIONS, deployment.client_id)
        course = None if values.get("course") == "none" else _course(tx, values.get("course", ""))
        person = _one(tx, PEOPLE, "person", values.get("person", ""))
        name = f"link-{course.id if course else 'none'}"
        link = tx.get(LINKS, values.get("link", "")) or Link(name, "", "An exercise")
        target = values.get("target") or registration.target_link_uri
        launch = Launch(
            platform.secret("hint"), registration.client_id, deployment.id, person.sub,
            course.id if course else "", link.id, target, platform.now(registration.client_id),
            message=values.get("message", ""),
        )  # fmt: skip
        tx.put(LAUNCHES, launch.hint, launch)
        tx.put(LINKS, link.id, link)
    return f"{platform.base}/launch/{launch.hint}"


def _course(tx: Transaction, key: str) -> Course | None:
    return _one(tx, COURSES, "course", key) if key else _first(tx, COURSES)  # type: ignore[no-any-return]


def _one(tx: Transaction, table: str, field: str, key: str) -> Any:
    if not key:
        found = _first(tx, table)
        if found is None:
            raise LaunchError(f"{field}: there is none yet")
        return found
    found = tx.get(table, key)
    if found is None:
        known = ", ".join(tx.keys(table)[:8]) or "none"
        raise LaunchError(f"{field}: no {key!r}; there are {known}")
    return found


def _first(tx: Transaction, table: str) -> Any:
    return next(iter(tx.rows(table)), None)


async def open_launch(platform: Platform, inbound: Inbound, hint: str) -> Reply:
    """Answer the browser that opens a launch: a session for its person, and the way to the tool's login."""
    session = platform.secret("session")
    async with platform.store.transaction() as tx:
        launch = tx.get(LAUNCHES, hint)
        if launch is None:
            return page(404, "No such launch", "This launch is not known; begin a new one.")
        registration = tx.get(REGISTRATIONS, launch.client_id)
        tx.put(SESSIONS, session, launch.person)
    behaviour = platform.behaviour(launch.client_id, "launch")
    initiation = behaviour.initiation(launch, registration, platform.issuer)
    platform.tell("launch", {"deployment_id": launch.deployment_id, "course": launch.course, "person": launch.person})
    reply = behaviour.initiation_reply(initiation, registration)
    secure = "; Secure; SameSite=None" if platform.base.startswith("https:") else "; SameSite=Lax"
    cookies = behaviour.cookies(f"{COOKIE}={session}; Path=/; HttpOnly{secure}")
    return replace(reply, headers=(*reply.headers, *(("Set-Cookie", cookie) for cookie in cookies)))


def parameters(inbound: Inbound) -> Pairs:
    """Return the parameters of a request: of its query, or of its body when it is a form."""
    media = inbound.header("Content-Type").partition(";")[0].strip().lower()
    posted = decode_form(inbound.body).pairs if inbound.method == "POST" and media in (FORM, "") else ()
    return (*posted, *decode_form(inbound.query).pairs)


def cookie_of(inbound: Inbound) -> str:
    """Return the session that the browser shows."""
    for name, value in inbound.headers:
        if name.lower() == "cookie":
            for word in value.split(";"):
                key, _, found = word.strip().partition("=")
                if key == COOKIE:
                    return found
    return ""


async def authorize(platform: Platform, inbound: Inbound) -> Reply:
    """Answer an authentication request."""
    request = read_auth_request(parameters(inbound))
    behaviour = platform.behaviour(request.client_id or "", "authorize")
    async with platform.store.transaction() as tx:
        registration = tx.get(REGISTRATIONS, request.client_id or "")
        session = tx.get(SESSIONS, cookie_of(inbound))
    try:
        behaviour.refuses_redirect(request, registration)
        behaviour.refuses_stateless(request)
    except NoRedirect as why:
        platform.tell("authorize-refused", {"error": "no redirect", "why": str(why)})
        return behaviour.no_redirect(request, why)
    try:
        token = await _message(platform, behaviour, request, session)
    except Refused as refused:
        platform.tell("authorize-refused", {"error": refused.error, "why": refused.description})
        return behaviour.auth_error(request, refused)
    return behaviour.auth_reply(request, token)


async def _message(platform: Platform, behaviour: PlatformBehaviour, request: AuthRequest, session: str | None) -> str:
    behaviour.refuses_fields(request)
    client_id = request.client_id or ""
    now = platform.now(client_id)
    async with platform.store.transaction() as tx:
        registration = tx.get(REGISTRATIONS, client_id)
        launch = tx.get(LAUNCHES, request.lti_message_hint or "")
        behaviour.refuses_session(session)
        behaviour.refuses_hint(request, launch, now)
        behaviour.refuses_user(request, launch, session)
        deployment = tx.get(DEPLOYMENTS, launch.deployment_id)
        behaviour.refuses_disabled(registration, deployment)
        tx.put(LAUNCHES, launch.hint, replace(launch, used=True))
        person, course = tx.get(PEOPLE, launch.person), tx.get(COURSES, launch.course) if launch.course else None
        link, keys = tx.get(LINKS, launch.link), stored(tx)
    service = behaviour.claim(registration, deployment, platform.pns_url(deployment))
    claims = behaviour.message(
        request, launch, registration, deployment, person, course, link, platform.issuer, service,
        behaviour.signing_time(launch, now),
    )  # fmt: skip
    platform.tell("launched", {"deployment_id": deployment.id, "person": person.sub, "service": service is not None})
    return platform.written(launch.hint, claims, opened(behaviour.signing_key(keys)), behaviour.launch_jwt)
