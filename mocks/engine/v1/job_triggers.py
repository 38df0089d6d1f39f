"""Triggers about imports: hold them, let them go, and say what becomes of a job."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mocks.engine.v1.domain import Job
from mocks.engine.v1.engine import CloudEngine
from mocks.engine.v1.jobs import STATES, end

Told = Mapping[str, Any]


def _failed(output: str) -> Told:
    return {"status": "failed", "output": output}


async def hold_imports(engine: CloudEngine, values: Told) -> Told:
    """Begin no import of an application (``appid``) until they are let go; tokens are given out as ever."""
    app = str(values.get("appid") or engine.default_app)
    engine.outbox.pause("import", app)
    return {"status": "succeeded", "output": f"imports of {app} are held"}


async def release_imports(engine: CloudEngine, values: Told) -> Told:
    """Let the imports of an application (``appid``) go on."""
    app = str(values.get("appid") or engine.default_app)
    engine.outbox.resume("import", app)
    return {"status": "succeeded", "output": f"imports of {app} go on"}


async def import_job(engine: CloudEngine, values: Told) -> Told:
    """Take a job (``token``, or the newest of ``courseid``) to a ``state``: running, finished or error.

    ``successful=false`` makes of finished one that made no course; ``message``, ``code`` and ``warnings`` (one a
    line) are told. A job that has ended cannot be changed: hold imports first.
    """
    app, state = str(values.get("appid") or engine.default_app), str(values.get("state", ""))
    if state not in STATES:
        return _failed(f"state: expected one of {', '.join(STATES)}, got {state!r}")
    behaviour, table = engine.behaviours(app), f"jobs/{app}"
    async with engine.store.transaction() as tx:
        job = _job(tx.rows(table), values)
        if job is None:
            return _failed(f"no import {values.get('token') or values.get('courseid')!r} in application {app!r}")
        if job.ended is not None:
            return _failed(f"the import has ended already ({job.state}); hold imports before it begins")
        if state == "running":
            tx.put(table, job.id, behaviour.running(job))
            return {"status": "succeeded", "output": f"{job.id}: running"}
    ended = await end(engine, behaviour, app, job, {**values, "state": state})
    return {"status": "succeeded", "output": f"{job.id}: {ended.state}"}


def _job(jobs: list[Job], values: Told) -> Job | None:
    token, courseid = str(values.get("token", "")), str(values.get("courseid", ""))
    found = [job for job in jobs if (job.id == token if token else job.course_id == courseid)]
    return found[-1] if found else None
