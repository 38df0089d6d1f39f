"""How an invitation or a dispatch becomes a registration: a learner follows its link."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mocks.engine.v1.behaviour import CloudBehaviour
from mocks.engine.v1.call import Rows
from mocks.engine.v1.domain import Dispatch, Hook, Invitation, Registration
from mocks.engine.v1.engine import CloudEngine
from mocks.engine.v1.learning import LearnerError, learn

SOMEBODY = "learner@example.org"


async def followed(engine: CloudEngine, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return values about a registration: those given, or those of the one that an invitation or dispatch leads to.

    ``invitation`` with ``email`` (each learner has one registration), or ``dispatch``; with ``regid`` the registration
    of that id, which is made when there is none. Raises LearnerError for an invitation or dispatch that is unknown.
    """
    if not values.get("invitation") and not values.get("dispatch"):
        return values
    app = str(values.get("appid") or engine.default_app)
    behaviour = engine.behaviours(app)
    asked = {str(name): _text(value) for name, value in values.items()}
    async with engine.store.transaction() as tx:
        if asked.get("invitation"):
            found = _invited(engine, behaviour, tx, app, asked)
        else:
            found = _dispatched(engine, behaviour, tx, app, asked)
    rest = {name: value for name, value in values.items() if name not in ("invitation", "dispatch", "launch_url")}
    return {**rest, "regid": found}


async def follow_invitation(engine: CloudEngine, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Let a learner follow an invitation: ``invitation``, ``email``, ``fname``, ``lname``; ``to`` a result."""
    return await _follow(engine, values, "invitation")


async def follow_dispatch(engine: CloudEngine, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Let a learner come by a dispatch: ``dispatch``, ``regid``, ``fname``, ``lname``; ``to`` a result, if given."""
    return await _follow(engine, values, "dispatch")


async def _follow(engine: CloudEngine, values: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    if not values.get(kind):
        return {"status": "failed", "output": f"{kind}: expected the id of one"}
    try:
        about = await followed(engine, values)
    except LearnerError as error:
        return {"status": "failed", "output": str(error)}
    if values.get("to"):
        return {**await learn(engine, about), "regid": about["regid"]}
    return {"status": "succeeded", "output": f"registration {about['regid']}", "regid": about["regid"]}


def _invited(
    engine: CloudEngine, behaviour: CloudBehaviour, tx: Rows, app: str, asked: Mapping[str, str]
) -> str:  # fmt: skip
    invitation: Invitation | None = tx.get(f"invitations/{app}", asked["invitation"])
    if invitation is None:
        raise LearnerError(f"no invitation {asked['invitation']!r} in application {app!r}")
    email = asked.get("email") or SOMEBODY
    regid = asked.get("regid") or invitation.started.get(email) or engine.new_id("registration")
    if tx.get(f"registrations/{app}", regid) is None:
        hook = behaviour.hook_of_invited(invitation)
        made = _made(engine, app, regid, invitation.course_id, {**asked, "email": email}, hook)
        tx.put(f"registrations/{app}", regid, made)
        started = {**invitation.started, email: regid}
        tx.put(f"invitations/{app}", invitation.id, replace(invitation, started=started))
    return regid


def _dispatched(
    engine: CloudEngine, behaviour: CloudBehaviour, tx: Rows, app: str, asked: Mapping[str, str]
) -> str:  # fmt: skip
    dispatch: Dispatch | None = tx.get(f"dispatches/{app}", asked["dispatch"])
    if dispatch is None:
        raise LearnerError(f"no dispatch {asked['dispatch']!r} in application {app!r}")
    regid = asked.get("regid") or engine.new_id("registration")
    if tx.get(f"registrations/{app}", regid) is None:
        hook = behaviour.hook_of_dispatched(dispatch)
        made = replace(_made(engine, app, regid, dispatch.course_id, asked, hook), dispatch=dispatch.id)
        tx.put(f"registrations/{app}", regid, made)
        tx.put(f"dispatches/{app}", dispatch.id, replace(dispatch, started=(*dispatch.started, regid)))
    return regid


def _made(
    engine: CloudEngine, app: str, regid: str, course: str, asked: Mapping[str, str], hook: Hook | None
) -> Registration:
    email = asked.get("email", "")
    names = asked.get("fname") or "Ada", asked.get("lname") or "Byron"
    return Registration(regid, course, asked.get("learnerid") or email or regid, *names, engine.now(app), email, hook)


def _text(value: Any) -> str:
    """Return a value as text that can be sent: a lone surrogate becomes a question mark."""
    return str(value).encode("utf-8", "replace").decode()
