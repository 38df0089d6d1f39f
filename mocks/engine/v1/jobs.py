"""The owed work ``import``: a job runs, looks into the package, makes the course."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from harness.wire.package import Inspection, PackageRefused, inspect
from mocks.engine.v1.behaviour import CloudBehaviour
from mocks.engine.v1.domain import Job
from mocks.engine.v1.engine import CloudEngine
from mocks.owed import Owed

SMALL = 1 << 20


async def carry_out(engine: CloudEngine, behaviour: CloudBehaviour, owed: Owed) -> timedelta | None:
    """Begin a job that was created; end one that is running. Both at once when a run takes no time."""
    table = f"jobs/{owed.tenant}"
    async with engine.store.transaction() as tx:
        job: Job | None = tx.get(table, owed.key)
        if job is None or job.state in ("finished", "error"):
            return None
        lasting = float(behaviour.settings["import_seconds"])
        if job.state == "created":
            job = behaviour.running(job)
            tx.put(table, job.id, job)
            if lasting:
                return timedelta(seconds=lasting)
    path = engine.folder / job.package
    found, refused = await _inspected(path)
    now = engine.now(owed.tenant)
    async with engine.store.transaction() as tx:
        if found is None:
            assert refused is not None
            ended = behaviour.failed_job(job, refused.reason, refused.detail, now)
        else:
            ended = behaviour.finished_job(job, found, now)
            if ended.state == "finished" and ended.successful:
                courses = f"courses/{owed.tenant}"
                size = await asyncio.to_thread(lambda: path.stat().st_size)
                course = behaviour.course_of(job, found, tx.get(courses, job.course_id), size, now)
                tx.put(courses, course.id, course)
        tx.put(table, job.id, ended)
    engine.tell("imported", {"app": owed.tenant, "job": job.id, "course": job.course_id, "state": ended.state})
    return None


async def _inspected(path: object) -> tuple[Inspection | None, PackageRefused | None]:
    def look() -> tuple[Inspection | None, PackageRefused | None]:
        try:
            return inspect(str(path)), None
        except PackageRefused as refused:
            return None, refused

    return await asyncio.to_thread(look)
