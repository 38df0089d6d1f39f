"""What can be made to happen in the V1 engine though no call of its API does it: by the control API and by suites."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from mocks.engine.v1.domain import Registration
from mocks.engine.v1.engine import CloudEngine
from mocks.engine.v1.learning import LearnerError, result_of, save

Trigger = Callable[[CloudEngine, Mapping[str, Any]], Awaitable[Mapping[str, Any]]]


async def registration(engine: CloudEngine, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Let a simulated learner take a registration to a result: ``regid``, ``to``, ``score``, ``seconds``, ``exit``."""
    app, regid = str(values.get("appid") or engine.default_app), str(values.get("regid", ""))
    behaviour = engine.behaviours(app)
    async with engine.store.transaction() as tx:
        found: Registration | None = tx.get(f"registrations/{app}", regid)
        if found is None:
            return {"status": "failed", "output": f"no registration {regid!r} in application {app!r}"}
        try:
            result = result_of(values, found.result)
        except LearnerError as error:
            return {"status": "failed", "output": str(error)}
        save(engine, behaviour, tx, app, found, result)
    await engine.outbox.kick()
    return {"status": "succeeded", "output": f"{regid}: {result.complete}, {result.success}"}


TRIGGERS: dict[str, Trigger] = {"registration": registration}
