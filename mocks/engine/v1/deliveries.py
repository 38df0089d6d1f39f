"""The owed work ``postback``: one try of a delivery, and whether another is due."""

from __future__ import annotations

import random
from datetime import timedelta

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
    tx.put(f"postings/{app}", posting.id, posting)
    engine.outbox.owe(tx, app, "postback", posting.id)  # type: ignore[arg-type]


async def deliver(engine: CloudEngine, behaviour: CloudBehaviour, owed: Owed) -> timedelta | None:
    """Post once; answer after how long to try again, None when it is delivered or given up."""
    async with engine.store.transaction() as tx:
        posting: Posting | None = tx.get(f"postings/{owed.tenant}", owed.key)
        if posting is None:
            return None
        registration: Registration | None = tx.get(f"registrations/{owed.tenant}", posting.regid)
        xml = behaviour.content(tx, owed.tenant, posting, registration)
    status, error = await post(engine, behaviour, posting.hook, xml, posting.regid)
    facts = {"app": owed.tenant, "regid": posting.regid, "attempt": owed.attempt, "status": status, "error": error}
    if behaviour.delivered(status, error):
        engine.tell("postback-delivered", {**facts, "data_lost": 300 <= status < 400})
        after = None
    else:
        draw = random.Random(f"{engine.seed}/{posting.id}/{owed.attempt}")
        after = behaviour.gap(owed.attempt, draw)
        engine.tell("postback-failed" if after else "postback-given-up", facts)
    if after is None:
        async with engine.store.transaction() as tx:
            tx.delete(f"postings/{owed.tenant}", posting.id)
    return after


async def post(
    engine: CloudEngine, behaviour: CloudBehaviour, hook: Hook, xml: str, regid: str
) -> tuple[int, str | None]:
    """Send one postback and return status and error; redirects are never followed."""
    received = await engine.client.send(engine.where(regid), "postback", behaviour.hook_request(hook, xml))
    return received.status, received.error
