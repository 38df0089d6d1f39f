"""The owed work ``postback``: one try of a delivery, and whether another is due."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

from mocks.engine.v1 import chaos
from mocks.engine.v1.behaviour import CloudBehaviour
from mocks.engine.v1.call import Rows
from mocks.engine.v1.domain import Hook, Posting, Registration
from mocks.engine.v1.engine import CloudEngine
from mocks.owed import Owed


def owe_postback(
    engine: CloudEngine, behaviour: CloudBehaviour, tx: Rows, app: str, registration: Registration
) -> None:
    """Owe a postback about a registration that has changed, in the transaction that changes it."""
    hook = behaviour.hook_for(tx, app, registration)
    if hook is None:
        return
    course = tx.get(f"courses/{app}", registration.course_id)
    body = behaviour.postback_xml(registration, course, hook.resultsformat)
    posting = Posting(engine.new_id("posting"), registration.id, hook, engine.now(app), body, registration.serial)
    posting = chaos.behaving(posting, chaos.take(tx, app, registration.id, chaos.DELIVERIES))
    tx.put(f"postings/{app}", posting.id, posting)
    engine.outbox.owe(tx, app, "postback", posting.id, chaos.first_due(posting))  # type: ignore[arg-type]


async def deliver(engine: CloudEngine, behaviour: CloudBehaviour, owed: Owed) -> timedelta | None:
    """Post once; answer after how long to try again, None when it is delivered or given up."""
    app = owed.tenant
    async with engine.store.transaction() as tx:
        posting: Posting | None = tx.get(f"postings/{app}", owed.key)
        if posting is None:
            return None
        registration: Registration | None = tx.get(f"registrations/{app}", posting.regid)
        hook = behaviour.hook_of_try(tx, app, posting, registration)
        xml = behaviour.content(tx, app, posting, registration)
    facts = {"app": app, "regid": posting.regid, "attempt": owed.attempt, **_told(posting)}
    if hook is None:  # its dispatch has none any more
        engine.tell("postback-withdrawn", facts)
        await _ended(engine, app, posting)
        return None
    if _is(posting, owed, "drop"):
        engine.tell("postback-dropped", facts)
        await _ended(engine, app, posting)
        return None
    status, error = await _try(engine, behaviour, owed, posting, hook, xml)
    facts |= {"status": status, "error": error}
    if behaviour.delivered(status, error):
        engine.tell("postback-delivered", {**facts, "data_lost": 300 <= status < 400})
        await _ended(engine, app, posting)
        return None
    after = behaviour.gap(owed.attempt, random.Random(f"{engine.seed}/{posting.id}/{owed.attempt}"))
    if after is None:
        engine.tell("postback-given-up", facts)
        await _ended(engine, app, posting)
        return None
    engine.tell("postback-failed", {**facts, "again": after.total_seconds()})
    return after


async def _try(
    engine: CloudEngine, behaviour: CloudBehaviour, owed: Owed, posting: Posting, hook: Hook, xml: str
) -> tuple[int, str | None]:
    """Post once, as is armed for the first try."""
    if _is(posting, owed, "wrong-credentials"):
        hook = chaos.wrong_login(hook)
    raw = _is(posting, owed, "truncated") or _is(posting, owed, "slow")
    if raw and behaviour.may_contact(hook.url):
        request = behaviour.hook_request(hook, xml)
        if _is(posting, owed, "truncated"):
            return await chaos.broken_off(engine, posting.regid, request)
        return await chaos.dragged_out(engine, posting.regid, request, float(posting.behaviour["by"]))
    answered = await behaviour.post(engine, hook, xml, posting.regid)
    if _is(posting, owed, "duplicate"):
        await behaviour.post(engine, hook, xml, posting.regid)
    return answered


async def _ended(engine: CloudEngine, app: str, posting: Posting) -> None:
    """Forget a posting, and let follow what was to come after it."""
    async with engine.store.transaction() as tx:
        tx.delete(f"postings/{app}", posting.id)
        late = {other.id: other for other in chaos.overtaken(tx, app, posting)}
    if not late:
        return
    waiting = [owed for owed in await engine.outbox.pending(app) if owed.kind == "postback" and owed.key in late]
    async with engine.store.transaction() as tx:
        for owed in waiting:
            tx.put(f"postings/{app}", owed.key, replace(late[owed.key], behaviour={}))
            engine.outbox.withdraw(tx, owed)
            engine.outbox.owe(tx, app, "postback", owed.key)
    await engine.outbox.kick(app)


def _is(posting: Posting, owed: Owed, behaviour: str) -> bool:
    """Whether this try is to go as armed: only the first one is."""
    return owed.attempt == 0 and posting.behaviour.get("name") == behaviour


def _told(posting: Posting) -> dict[str, str]:
    return {"behaviour": posting.behaviour["name"]} if posting.behaviour else {}
