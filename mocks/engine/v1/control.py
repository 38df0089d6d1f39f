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
from mocks.engine.v1.learning import MOST_SAVES, STATES
from mocks.engine.v1.triggers import TRIGGERS

TEXT: Mapping[str, Any] = {"type": "string"}
COUNT: Mapping[str, Any] = {"type": "integer", "minimum": 0}
APP = {"appid": TEXT}
ANY: Mapping[str, Any] = {"type": "object"}
SCORE = {"anyOf": [{"type": "number", "minimum": 0, "maximum": 100}, {"const": "unknown"}]}


def _values(required: tuple[str, ...] = (), /, **properties: Any) -> Mapping[str, Any]:
    return {
        "type": "object", "additionalProperties": False, "required": list(required),
        "properties": {**properties, **APP},
    }  # fmt: skip


SCHEMAS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "registration": (
        "id",
        _values(
            ("id",), id=TEXT, to={"enum": list(STATES)}, score=SCORE, seconds=COUNT, exit={"enum": list(EXITS)},
            saves={"type": "integer", "minimum": 0, "maximum": MOST_SAVES}, launch_url=TEXT,
        ),
    ),
    "import": (
        "courseid",
        _values(
            ("state",), courseid=TEXT, token=TEXT, state={"enum": list(JOB_STATES)}, successful={"type": "boolean"},
            message=TEXT, code={"type": "integer"}, warnings=TEXT,
        ),
    ),
    "hold-imports": ("appid", _values()),
    "release-imports": ("appid", _values()),
    "postbacks": (
        "behaviour",
        _values(
            ("behaviour",), behaviour={"enum": [*DELIVERIES, *POLLS, RELEASE]}, regid=TEXT, times=COUNT,
            by={"type": "number", "minimum": 0},
        ),
    ),
}  # fmt: skip
"""For each trigger the value that may stand without its name, and the schema of all its values."""

Happening = Callable[[CloudEngine, Mapping[str, Any]], Awaitable[Mapping[str, Any]]]


def triggers(engine: CloudEngine) -> dict[str, Trigger]:
    """Return what can be made to happen in an engine."""
    found = {}
    for name, happening in TRIGGERS.items():
        argument, schema = SCHEMAS.get(name, ("", ANY))
        what = " ".join((inspect.getdoc(happening) or "").partition("\n\n")[0].split())
        found[name] = Trigger(name, what, _run(engine, happening), schema, argument)
    return found


def _run(engine: CloudEngine, happening: Happening) -> Callable[[Mapping[str, Any]], Awaitable[TriggerOutcome]]:
    async def run(values: Mapping[str, Any]) -> TriggerOutcome:
        given = {key: str(value).lower() if isinstance(value, bool) else value for key, value in values.items()}
        if "id" in given:
            given["regid"] = given.pop("id")
        app = given.get("appid")
        if app is not None and app not in engine.apps:
            expected = closest(str(app), engine.apps) or ", ".join(engine.apps)
            message = f"appid: no application {app!r}; expected {expected}"
            raise TriggerRefused(message, field="appid", expected=expected, got=app)
        if "id" in values:
            given["appid"] = await _app_of(engine, str(values["id"]), app)
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
    if found is None:
        near = closest(regid, known)
        hint = f"did you mean {near!r}?" if near else f"there are {len(set(known))}"
        message = f"id: no registration {regid!r}; {hint}"
        raise TriggerRefused(message, field="id", expected=near or "the id of a registration", got=regid)
    return found
