"""Sending what is owed: a batch of notices for one handler, signed anew at every try."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from harness.net.patience import stopwatch
from mocks.outbox import TABLE
from mocks.platform.domain import DEPLOYMENTS, EVENTS, HANDLERS, KEYS, NOTICES, REGISTRATIONS, Notice
from mocks.platform.forging import Due, forged
from mocks.platform.keys import opened
from mocks.platform.sending import Ended, send_all, send_forged, send_slowly
from mocks.platform.sending import allowed as allowed
from mocks.platform.trials import DELAY, PUT_OFF, REORDER, Trial, take

if TYPE_CHECKING:
    from mocks.outbox import Owed
    from mocks.platform.behaviour import PlatformBehaviour
    from mocks.platform.platform import Platform

SHOWN = 3
"""How many notices of a batch are told of one by one."""

LATER = "notices-later"
"""The kind of owed work that a trial has put off; trials leave it alone then."""


async def deliver(platform: Platform, owed: Owed) -> timedelta | None:
    """Send one batch; return after how long it is to be tried again, or None.

    What was switched off or removed meanwhile is not sent: stopping takes effect at once.
    """
    deployment_id, notice_type, batch = owed.key.rsplit(" ", 2)
    behaviour = platform.behaviour(owed.tenant, "notice")
    trial = None if owed.kind == LATER else take(platform, deployment_id)
    if trial and trial.name in PUT_OFF:
        await put_off(platform, owed, trial)
        return None
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
    key, now = opened(behaviour.signing_key(keys)), platform.now(owed.tenant)
    claims = [
        behaviour.notice_claims(e, n, registration, deployment, platform.issuer, platform.secret("nonce"), now)
        for n, e in told
    ]
    jwts = [
        platform.written(event.id, one, key, behaviour.notice_jwt) for one, (_, event) in zip(claims, told, strict=True)
    ]
    due = Due(registration, deployment, notice_type, claims, key, now)
    begun = stopwatch()
    status, error = await _sent(platform, behaviour, handler.url, jwts, trial, due)
    facts: dict[str, Any] = {"type": notice_type, "count": len(jwts), "to": handler.url, "status": status}
    facts |= {"ms": round(1000 * (stopwatch() - begun)), "deployment_id": deployment_id}
    facts |= {"ids": [event.id for _, event in told[:SHOWN]], "jwts": jwts[:SHOWN]}
    facts |= {"trial": trial.name} if trial else {}
    platform.tell("notice", facts | ({"error": error} if error else {}) | {"attempt": owed.attempt + 1})
    await let_overtaken_go(platform, deployment_id, owed)
    if trial or behaviour.is_delivered(status, error):  # what was sent on purpose is not sent again
        return None
    return behaviour.again_after(owed.attempt)


def _is_due(behaviour: PlatformBehaviour, registration: Any, deployment: Any, event: Any) -> bool:
    return bool(registration and deployment and event and behaviour.is_told(registration, deployment, event))


async def _sent(
    platform: Platform, behaviour: PlatformBehaviour, url: str, jwts: Sequence[str], trial: Trial | None, due: Due
) -> Ended:
    """Post a batch to its handler, or what a trial makes of it; notices that the trial leaves out follow plainly."""
    if trial is None:
        return await send_all(platform, behaviour, url, behaviour.body(jwts))
    if trial.vector is None:
        if trial.name == "slow":
            return await send_slowly(platform, behaviour, url, behaviour.body(jwts))
        return 0, "dropped"
    try:
        posts = await forged(platform, trial.vector, due)
    except KeyError as missing:
        # A test notice has no course whose name could be changed, for one.
        platform.tell("trial-unfit", {"trial": trial.name, "type": due.notice_type, "lacks": str(missing)})
        return await send_all(platform, behaviour, url, behaviour.body(jwts))
    ended = await send_forged(platform, behaviour, url, due.registration.redirect_urls[0], posts)
    if len(jwts) > 1:
        await send_all(platform, behaviour, url, behaviour.body(jwts[1:]))
    return ended


async def put_off(platform: Platform, owed: Owed, trial: Trial) -> None:
    """Owe a delivery for later: after a while, or when the next one to the same deployment has left."""
    async with platform.store.transaction() as tx:
        later = platform.outbox.owe(
            tx, owed.tenant, LATER, owed.key, DELAY if trial.name == "delay" else REORDER
        )  # fmt: skip
    deployment_id, notice_type, _ = owed.key.rsplit(" ", 2)
    if trial.name == "reorder":
        platform.overtaken.setdefault(deployment_id, []).append(later)
    platform.tell("trial", {"trial": trial.name, "deployment_id": deployment_id, "type": notice_type})


async def let_overtaken_go(platform: Platform, deployment_id: str, left: Owed) -> None:
    """Send what was to leave after a delivery that has just left; it may have been the last of those itself."""
    waiting = [owed for owed in platform.overtaken.pop(deployment_id, []) if owed.id != left.id]
    if not waiting:
        return
    async with platform.store.transaction() as tx:
        for owed in waiting:
            if tx.get(TABLE, owed.id) is not None:
                platform.outbox.withdraw(tx, owed)
                platform.outbox.owe(tx, owed.tenant, LATER, owed.key)
    await platform.outbox.kick()
