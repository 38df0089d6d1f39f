"""The owed work ``import``: a job runs, looks into the package, makes the course. ``edge`` cuts off who waits."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from harness.wire.package import Inspection, PackageRefused, inspect
from mocks.engine.v1.behaviour import CloudBehaviour
from mocks.engine.v1.domain import Course, Job
from mocks.engine.v1.engine import CloudEngine
from mocks.owed import Owed

STATES = ("running", "finished", "error")
Looked = tuple[Inspection | None, str, str, int]


async def carry_out(engine: CloudEngine, behaviour: CloudBehaviour, owed: Owed) -> timedelta | None:
    """Begin a job that was created; end one that is running. Both at once when a run takes no time."""
    table = f"jobs/{owed.tenant}"
    async with engine.store.transaction() as tx:
        job: Job | None = tx.get(table, owed.key)
        if job is None or job.ended is not None:
            return None
        lasting = float(behaviour.settings["import_seconds"])
        if job.state == "created":
            job = behaviour.running(job)
            tx.put(table, job.id, job)
            if lasting:
                return timedelta(seconds=lasting)
    await end(engine, behaviour, owed.tenant, job, {})
    return None


async def end(engine: CloudEngine, behaviour: CloudBehaviour, app: str, job: Job, told: Mapping[str, Any]) -> Job:
    """End a job as its package deserves, or as ``told`` says (state, successful, warnings, message, code)."""
    path = engine.folder / job.package
    found, reason, detail, size = await asyncio.to_thread(_looked, path)
    now = engine.now(app)
    async with engine.store.transaction() as tx:
        courses = f"courses/{app}"
        old: Course | None = tx.get(courses, job.course_id)
        if found is not None and not behaviour.may_replace(old):
            found, reason, detail = None, "exists", f"Course id [{job.course_id}] exists already"
        if found is None:
            ended = behaviour.refused_job(job, reason, detail, now)
        else:
            ended = behaviour.finished_job(job, found, now)
        if told:
            ended = _as_told(replace(job, title=found.title if found else job.course_id, ended=now), told)
        if ended.state == "finished" and ended.successful and found is not None:
            course = behaviour.course_of(job, found, old, size, now)
            tx.put(courses, course.id, course)
            course_made = True
        else:
            course_made = False
        tx.put(f"jobs/{app}", job.id, ended)
    if not course_made:
        await asyncio.to_thread(path.unlink, True)
    engine.tell("imported", {"app": app, "job": job.id, "course": job.course_id, "state": ended.state})
    over(engine, job.id, True)
    return ended


def _as_told(job: Job, told: Mapping[str, Any]) -> Job:
    """Return a job that has ended as a trigger says."""
    state = str(told["state"])
    message = str(told.get("message") or ("Import complete" if state == "finished" else "Import failed"))
    code = str(told.get("code") or "")
    successful = str(told.get("successful", "true")).lower() != "false"
    lines = told.get("warnings") or ()
    warnings = tuple(lines.splitlines() if isinstance(lines, str) else map(str, lines))
    return replace(
        job, state=state, progress=100, message=message, successful=successful, warnings=warnings,
        code=int(code) if re.fullmatch("-?[0-9]{1,9}", code) else None,
        title=job.title if state == "finished" else message,
    )  # fmt: skip


def over(engine: CloudEngine, job: str, is_over: bool) -> None:
    """Tell whoever waits for a job that it is over, or that the edge has lost patience."""
    waiting = engine.imports.get(job)
    if waiting is not None and not waiting.done():
        waiting.set_result(is_over)


async def cut_off(engine: CloudEngine, behaviour: CloudBehaviour, owed: Owed) -> timedelta | None:
    """Cut off a call that still waits for its import."""
    over(engine, owed.key, False)
    return None


def _looked(path: Path) -> Looked:
    """Look into a package; without an inspection there are a reason and a sentence."""
    try:
        return inspect(path), "", "", path.stat().st_size
    except PackageRefused as refused:
        return None, refused.reason, refused.detail, 0
    except OSError:
        return None, "not-an-archive", "Course zip file not found", 0
