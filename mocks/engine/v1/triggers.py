"""What can be made to happen in the V1 engine though no call of its API does it: by the control API and by suites."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from mocks.engine.v1 import job_triggers, trials
from mocks.engine.v1.engine import CloudEngine
from mocks.engine.v1.following import follow_dispatch, follow_invitation, followed
from mocks.engine.v1.learning import LearnerError, learn

Trigger = Callable[[CloudEngine, Mapping[str, Any]], Awaitable[Mapping[str, Any]]]


async def registration(engine: CloudEngine, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Let a simulated learner open a launch, take the course to a result and leave.

    ``regid``, ``appid``; ``to``, ``score``, ``seconds``, ``saves`` (in mid-session), ``exit``; ``launch_url``, the
    signed link that is to be opened; ``invitation`` or ``dispatch``, whose link the learner follows first.
    """
    try:
        return await learn(engine, await followed(engine, values))
    except LearnerError as error:
        return {"status": "failed", "output": str(error)}


TRIGGERS: dict[str, Trigger] = {
    "import": job_triggers.import_job,
    "hold-imports": job_triggers.hold_imports,
    "release-imports": job_triggers.release_imports,
    "registration": registration,
    "invitation": follow_invitation,
    "dispatch": follow_dispatch,
    "delivery": trials.arm,
    "restart": trials.restart,
}
