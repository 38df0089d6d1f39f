"""The triggers of the V1 engine as its control API offers them: with schemas, and refusals by name."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from mocks.control.controlled import Trigger, TriggerOutcome, TriggerRefused
from mocks.control.problems import closest
from mocks.engine.v1.chaos import DELIVERIES, POLLS, RELEASE
from mocks.engine.v1.engine import CloudEngine
from mocks.engine.v1.jobs import STATES as JOB_STATES
from mocks.engine.v1.launching import EXITS
from mocks.engine.v1.learning import STATES
from mocks.engine.v1.triggers import TRIGGERS

TEXT: Mapping[str, Any] = {"type": "string"}
TRUTH: Mapping[str, Any] = {"enum": [True, False, "true", "false"]}
# Whoever has but text, as the commands of stimuli have, may write a number as that.
COUNT: Mapping[str, Any] = {"type": ["integer", "string"], "minimum": 0, "pattern": "^[0-9]{1,8}$"}
NUMBER: Mapping[str, Any] = {"type": ["number", "string"], "minimum": 0, "pattern": "^[0-9]{1,8}([.][0-9]{1,8})?$"}
SCORE = {
    "type": ["number", "string"], "minimum": 0, "maximum": 100,
    "pattern": "^(unknown|100([.]0{1,8})?|[0-9]{1,2}([.][0-9]{1,8})?)$",
}  # fmt: skip
ANY: Mapping[str, Any] = {"type": "object"}


def _values(required: tuple[str, ...] = (), /, **properties: Any) -> Mapping[str, Any]:
    return {
        "type": "object", "additionalProperties": False, "required": list(required),
        "properties": {**properties, "appid": TEXT},
    }  # fmt: skip


LEARNING: Mapping[str, Any] = {
    "to": {"enum": list(STATES)}, "score": SCORE, "seconds": COUNT, "exit": {"enum": list(EXITS)}, "saves": COUNT,
}  # fmt: skip
LEARNER: Mapping[str, Any] = {"regid": TEXT, "email": TEXT, "fname": TEXT, "lname": TEXT, "learnerid": TEXT}
SCHEMAS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "registration": (
        "id", _values(id=TEXT, **LEARNING, launch_url=TEXT, invitation=TEXT, dispatch=TEXT, **LEARNER)
    ),
    "invitation": ("invitation", _values(("invitation",), invitation=TEXT, **LEARNING, **LEARNER)),
    "dispatch": ("dispatch", _values(("dispatch",), dispatch=TEXT, **LEARNING, **LEARNER)),
    "import": (
        "courseid",
        _values(
            ("state",), courseid=TEXT, token=TEXT, state={"enum": list(JOB_STATES)}, successful=TRUTH, message=TEXT,
            code=COUNT, warnings=TEXT,
        ),
    ),
    "hold-imports": ("appid", _values()),
    "release-imports": ("appid", _values()),
    "delivery": (
        "behaviour",
        _values(
            ("behaviour",), behaviour={"enum": [*DELIVERIES, *POLLS, RELEASE]}, regid=TEXT, times=COUNT, by=NUMBER
        ),
    ),
    "restart": ("", _values()),
}  # fmt: skip
"""For each trigger the value that may stand without its name, and the schema of all its values."""

Happening = Callable[[CloudEngine, Mapping[str, Any]], Awaitable[Mapping[str, Any]]]


def triggers(engine: CloudEngine) -> dict[str, Trigger]:
    """Return what can be made to happen in an engine."""
    found = {}
    for name, happening in TRIGGERS.items():
        argument, schema = SCHEMAS.get(name, ("", ANY))
        what = " ".join((inspect.getdoc(happening) or "").partition("\n\n")[0].split())
        found[name] = Trigger(name, what, _run(engine, name, happening), schema, argument)
    return found


def _run(
    engine: CloudEngine, name: str, happening: Happening
) -> Callable[[Mapping[str, Any]], Awaitable[TriggerOutcome]]:
    async def run(values: Mapping[str, Any]) -> TriggerOutcome:
        given = {key: str(value).lower() if isinstance(value, bool) else value for key, value in values.items()}
        app = given.get("appid")
        if app is not None and app not in engine.apps:
            expected = closest(str(app), engine.apps) or ", ".join(engine.apps)
            message = f"appid: no application {app!r}; expected {expected}"
            raise TriggerRefused(message, field="appid", expected=expected, got=app)
        if name == "registration" and not {"invitation", "dispatch"} & given.keys():
            given["regid"] = str(given.pop("id", "") or given.get("regid", ""))
            given["appid"] = await _app_of(engine, given["regid"], app)
        told = await happening(engine, given)
        facts = {key: value for key, value in told.items() if key not in ("status", "output")}
        return TriggerOutcome(str(told["status"]), str(told.get("output", "")), facts)

    return run


async def _app_of(engine: CloudEngine, regid: str, app: str | None) -> str:
    """Return the application whose registration is meant: the one named, or the first that has it."""
    asked = [app] if app else [engine.default_app, *engine.apps]
    async with engine.store.transaction() as tx:
        found = next((name for name in asked if tx.get(f"registrations/{name}", regid) is not None), None)
        known = [key for name in asked for key in tx.keys(f"registrations/{name}")]
    if not regid:
        raise TriggerRefused("id is missing", field="id", expected="the id of a registration")
    if found is None:
        near = closest(regid, known)
        hint = f"did you mean {near!r}?" if near else f"there are {len(set(known))}"
        message = f"id: no registration {regid!r}; {hint}"
        raise TriggerRefused(message, field="id", expected=near or "the id of a registration", got=regid)
    return found
