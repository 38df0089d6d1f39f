"""Sending what is owed: a batch of notices for one handler, signed anew at every try."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from harness.net.client import Received, Request
from harness.net.patience import stopwatch
from harness.net.reach import is_loopback
from mocks.platform.domain import DEPLOYMENTS, EVENTS, HANDLERS, KEYS, NOTICES, REGISTRATIONS, Notice
from mocks.platform.keys import opened

if TYPE_CHECKING:
    from mocks.outbox import Owed
    from mocks.platform.behaviour import PlatformBehaviour
    from mocks.platform.platform import Platform

SHOWN = 3
"""How many notices of a batch are told of one by one."""


async def deliver(platform: Platform, owed: Owed) -> timedelta | None:
    """Send one batch; return after how long it is to be tried again, or None.

    What was switched off or removed meanwhile is not sent: stopping takes effect at once.
    """
    deployment_id, notice_type, batch = owed.key.rsplit(" ", 2)
    behaviour = platform.behaviour(owed.tenant, "notice")
    async with platform.store.transaction() as tx:
        notices: Sequence[Notice] = tx.rows(f"{NOTICES}/{batch}")
        deployment = tx.get(DEPLOYMENTS, deployment_id)
        registration = tx.get(REGISTRATIONS, owed.tenant)
        handler = tx.get(f"{HANDLERS}/{deployment_id}", notice_type)
        events = [tx.get(EVENTS, notice.event) for notice in notices]
        keys = tx.rows(KEYS)
        told = [(n, e) for n, e in zip(notices, events, strict=True) if _is_due(behaviour, registration, deployment, e)]
        for notice, _ in told:
            tx.put(f"{NOTICES}/{batch}", notice.key, replace(notice, sent=notice.sent + 1))
    if not told or handler is None:
        platform.tell("notice-dropped", {"deployment_id": deployment_id, "type": notice_type})
        return None
    key, now, jwts = opened(behaviour.signing_key(keys)), platform.now(owed.tenant), []
    for notice, event in told:
        claims = behaviour.notice_claims(
            event, notice, registration, deployment, platform.issuer, platform.secret("nonce"), now
        )
        jwts.append(platform.written(event.id, claims, key, behaviour.notice_jwt))
    begun = stopwatch()
    status, error = await _send(platform, behaviour, handler.url, jwts)
    facts: dict[str, Any] = {"type": notice_type, "count": len(jwts), "to": handler.url, "status": status}
    facts |= {"ms": round(1000 * (stopwatch() - begun)), "deployment_id": deployment_id}
    facts |= {"ids": [event.id for _, event in told[:SHOWN]], "jwts": jwts[:SHOWN]}
    platform.tell("notice", facts | ({"error": error} if error else {}) | {"attempt": owed.attempt + 1})
    return None if behaviour.is_delivered(status, error) else behaviour.again_after(owed.attempt)


def _is_due(behaviour: PlatformBehaviour, registration: Any, deployment: Any, event: Any) -> bool:
    return bool(registration and deployment and event and behaviour.is_told(registration, deployment, event))


async def _send(
    platform: Platform, behaviour: PlatformBehaviour, url: str, jwts: Sequence[str]
) -> tuple[int, str | None]:
    """Post a batch to its handler, with what a trial asks for in between."""
    target = behaviour.delivery_url(url)
    trial = platform.trials.pop(0) if platform.trials else None
    bodies = [behaviour.body(jwts)] if trial is None else await trial(behaviour, jwts)
    status, error = 0, None
    for body in bodies:
        request = Request("POST", target, behaviour.delivery_headers(), body)
        received = await _post(platform, behaviour, request)
        status, error = (received.status, received.error) if received else (0, "not-allowed")
    return status, error


async def _post(platform: Platform, behaviour: PlatformBehaviour, request: Request) -> Received | None:
    if not allowed(platform, behaviour, request.url):
        return None
    received = await platform.sender(behaviour).send(platform.where(request.url), "notice", request)
    hops = 0
    while behaviour.follows(received.status, hops):
        hops += 1
        onward = replace(request, url=urljoin(request.url, received.header("Location") or ""))
        if not allowed(platform, behaviour, onward.url):
            return None
        received = await platform.sender(behaviour).send(platform.where(onward.url), "notice", onward)
    return received


def allowed(platform: Platform, behaviour: PlatformBehaviour, url: str) -> bool:
    """Whether an address that a tool gave may be contacted (setting ``outbound``: loopback or any)."""
    if behaviour.settings["outbound"] == "any":
        return True
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    return is_loopback(host) or host.endswith(".localhost")
