"""A simulated learner: opens a launch, takes the course to a result, leaves; whoever is to know of it is told."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import unquote, urlsplit

from harness.net.client import Request
from harness.net.listener import Inbound
from harness.wire.cloud_v1_answer import read_rsp
from mocks.engine.v1.behaviour import CloudBehaviour
from mocks.engine.v1.call import Call, Failure, Rows
from mocks.engine.v1.deliveries import owe_postback
from mocks.engine.v1.domain import Launch, Registration, Result
from mocks.engine.v1.engine import CloudEngine
from mocks.engine.v1.launching import EXITS

METHOD = "rustici.registration.launch"
MOST_SAVES = 100
STATES: Mapping[str, tuple[str, str]] = {
    "started": ("incomplete", "unknown"),
    "incomplete": ("incomplete", "unknown"),
    "complete": ("complete", "unknown"),
    "passed": ("complete", "passed"),
    "failed": ("complete", "failed"),
    "failed-incomplete": ("incomplete", "failed"),
}
"""What a learner can come to, as the words complete and success of a report."""


class LearnerError(ValueError):
    """A learner was told to do what cannot be done; the message names the value and what was expected."""


@dataclass(frozen=True, slots=True)
class Session:
    """What a learner is to do: how often to save in the middle, how to leave."""

    values: Mapping[str, Any]
    exit: str
    saves: int


def session_of(values: Mapping[str, Any]) -> Session:
    """Read ``exit`` and ``saves`` (default 0; 1 before a timeout, after which nothing is saved any more)."""
    way = str(values.get("exit") or "close-browser")
    if way not in EXITS:
        raise LearnerError(f"exit: expected one of {', '.join(EXITS)}, got {way!r}")
    saves = str(values.get("saves") or ("1" if way == "timeout" else "0"))
    if not (saves.isascii() and saves.isdigit() and len(saves) < 4 and int(saves) <= MOST_SAVES):
        raise LearnerError(f"saves: expected a whole number up to {MOST_SAVES}, got {saves!r}")
    return Session(values, way, int(saves))


def result_of(values: Mapping[str, Any], old: Result) -> Result:
    """Read what a learner comes to: ``to``, ``score`` (0-100 or unknown), ``seconds`` of further time."""
    to = str(values.get("to", "passed"))
    if to not in STATES:
        raise LearnerError(f"to: expected one of {', '.join(STATES)}, got {to!r}")
    score = old.score
    if str(values.get("score", "")):
        try:
            score = None if values["score"] == "unknown" else Decimal(str(values["score"]))
        except InvalidOperation:
            raise LearnerError(f"score: expected a number from 0 to 100 or unknown, got {values['score']!r}") from None
        if score is not None and not (score.is_finite() and 0 <= score <= 100):
            raise LearnerError(f"score: expected a number from 0 to 100 or unknown, got {values['score']!r}")
    seconds = str(values.get("seconds", "60"))
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) < 9):
        raise LearnerError(f"seconds: expected a whole number, got {seconds!r}")
    complete, success = STATES[to]
    return replace(old, complete=complete, success=success, score=score, seconds=old.seconds + int(seconds))


def on_the_way(old: Result, last: Result, number: int, saves: int) -> Result:
    """Return what the n-th save of so many in mid-session holds: begun, with its share of the time."""
    seconds = old.seconds + (last.seconds - old.seconds) * number // (saves + 1)
    if old.complete == "complete":
        return replace(old, seconds=seconds)
    return replace(old, complete="incomplete", seconds=seconds)


def save(
    engine: CloudEngine, behaviour: CloudBehaviour, tx: Rows, app: str, registration: Registration, result: Result,
    launch: Launch | None = None,
) -> Registration:  # fmt: skip
    """Save a new result and owe a postback; return the registration as it is then. Without tracking nothing changes."""
    now = engine.now(app)
    if launch is not None:
        own = replace(result, seconds=max(0, result.seconds - registration.result.seconds) + launch.result.seconds)
        tx.put(f"launches/{app}", launch.id, replace(launch, updated=now, result=own if launch.tracked else Result()))
        if not launch.tracked:
            return registration
    changed = behaviour.saved(registration, result, now)
    tx.put(f"registrations/{app}", changed.id, changed)
    owe_postback(engine, behaviour, tx, app, changed)
    return changed


def ended(engine: CloudEngine, tx: Rows, app: str, launch: str) -> None:
    """Note that a launch has ended."""
    found: Launch | None = tx.get(f"launches/{app}", launch)
    if found is not None and found.ended is None:
        tx.put(f"launches/{app}", launch, replace(found, ended=engine.now(app)))


# --- the simulated learner ------------------------------------------------------------------------------------------


async def learn(engine: CloudEngine, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Let a learner do what ``values`` say (see `session_of`, `result_of`); return status and output for people.

    With ``launch_url`` exactly that signed link is opened; without, the launch that is open, or a new one.
    """
    app, regid = str(values.get("appid") or engine.default_app), str(values.get("regid") or values.get("id") or "")
    try:
        session = session_of(values)
        async with engine.store.transaction() as tx:
            begun = result_of(values, _registration(tx, app, regid).result)
        launch = await _opened(engine, app, regid, str(values.get("launch_url") or ""))
        shown = await _played(engine, app, regid, launch, session)
    except (LearnerError, Failure) as error:
        return {"status": "failed", "output": getattr(error, "message", "") or str(error)}
    where = await _left(engine, app, launch, session.exit)
    asked = f"{begun.complete}, {begun.success}"
    return {"status": "succeeded", "output": f"{regid}: {shown or asked}; {where}", "launch": launch}


def _registration(tx: Rows, app: str, regid: str) -> Registration:
    found: Registration | None = tx.get(f"registrations/{app}", regid)
    if found is None:
        raise LearnerError(f"no registration {regid!r} in application {app!r}")
    return found


async def _opened(engine: CloudEngine, app: str, regid: str, url: str) -> str:
    """Open the launch link, or without one the launch that is open, or a new one; return the id of the launch."""
    behaviour = engine.behaviours(app)
    if url:
        return await _linked(engine, behaviour, app, url)
    async with engine.store.transaction() as tx:
        registration = _registration(tx, app, regid)
        known = [tx.get(f"launches/{app}", launch) for launch in registration.launches]
        still = [launch for launch in known if launch is not None and launch.ended is None]
        if still:
            return str(still[-1].id)
        call = Call(
            METHOD, (("regid", regid),), Inbound("", "GET", "/", (), b""), engine.apps[app], engine.now(app), tx,
            lambda kind, key, after: None, engine.new_id, engine,
        )  # fmt: skip
        return behaviour.begin_launch(call, registration).id


async def _linked(engine: CloudEngine, behaviour: CloudBehaviour, app: str, url: str) -> str:
    """Open a signed link as a browser does; LearnerError tells what came instead of the player."""
    try:
        parts = urlsplit(url)
    except ValueError:
        raise LearnerError(f"launch_url: expected an address, got {url[:200]!r}") from None
    inbound = Inbound("", "GET", f"{parts.path}?{parts.query}", (("Host", parts.netloc),), b"")
    reply = await engine.call(inbound, behaviour, behaviour.parameters(inbound))
    found = re.search(r"/launch/([^/?#]+)", reply.header("Location") or "")
    if found is None:
        told = read_rsp(reply.body)
        raise LearnerError(f"the link leads to no player: {told.code} {told.message}".strip())
    return unquote(found[1])


async def _played(engine: CloudEngine, app: str, regid: str, launch: str, session: Session) -> str:
    """Save in mid-session and, if the way of leaving allows it, at the end; return what was saved last."""
    behaviour, shown = engine.behaviours(app), ""
    last = behaviour.saves_at_end(session.exit)
    first: Result | None = None
    for number in range(1, session.saves + 1 + last):
        async with engine.store.transaction() as tx:
            registration = _registration(tx, app, regid)
            first = first or registration.result
            result = result_of(session.values, first)
            if number <= session.saves:
                result = on_the_way(first, result, number, session.saves)
            found: Launch | None = tx.get(f"launches/{app}", launch)
            kept = save(engine, behaviour, tx, app, registration, result, found).result
            shown = f"{kept.complete}, {kept.success}"
        await engine.outbox.kick()
    return shown


async def _left(engine: CloudEngine, app: str, launch: str, way: str) -> str:
    """End a launch; let the browser go where it is sent; return where it has ended, in words."""
    async with engine.store.transaction() as tx:
        ended(engine, tx, app, launch)
        found: Launch | None = tx.get(f"launches/{app}", launch)
    if found is None or way in ("close-browser", "timeout"):
        where = "the window was closed" if way == "close-browser" else "the session timed out"
    else:
        where = f"the player shows the page {found.redirect or 'message'!r}"
    if found is None:
        return where
    behaviour = engine.behaviours(app)
    for url in behaviour.return_visits(found, way):
        if not behaviour.may_contact(url):
            return f"the browser was sent to {url}, which the setting outbound does not allow"
        received = await engine.client.send(engine.where(found.regid), "return", Request("GET", url))
        where = f"the browser is at {url} ({received.error or f'HTTP {received.status}'})"
    return where
