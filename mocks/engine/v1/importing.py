"""Importing courses: what comes in, the job that follows, and what is told of it ("Course Service" V1)."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from harness.net.listener import Reply
from harness.wire.cloud_v1 import BAD_ARGUMENT, NO_ARGUMENT
from harness.wire.cloud_v1_answer import Node
from harness.wire.package import Inspection
from mocks.engine.v1.call import Call, Done, Failure, Nodes
from mocks.engine.v1.domain import Course, Job, Version

TOKEN_LIFE = timedelta(days=7)
STANDARDS = {"scorm-1.2": "scorm_12", "scorm-2004": "scorm_2004", "aicc": "aicc"}


class Importing:
    """What an import does and tells; faults override single methods or attributes."""

    settings: Any
    token_life = TOKEN_LIFE

    # --- what comes in ------------------------------------------------------------------------------------------

    def import_course_async(self, call: Call) -> Done:
        """Take the package and answer a token at once (text)."""
        job = self.accept_import(call)
        return (Node("token", None, Node("id", text=job.id)),)

    def accept_import(self, call: Call, kind: str = "import") -> Job:
        """Check the call, keep the package, owe the import."""
        courseid = call.need("courseid")
        self.check_id("courseid", courseid)  # type: ignore[attr-defined]
        package = self.package_of(call)
        job = Job(call.new_id("job"), courseid, package, call.now, kind=kind)
        call.put("jobs", job.id, job)
        call.owe("import", job.id, timedelta(seconds=float(self.settings["import_delay"])))
        return job

    def package_of(self, call: Call) -> str:
        """Return the name under which the package lies in the engine's folder: a file part, or ``path``."""
        part = self.file_part(call)
        if part is not None:
            name = f"{call.new_id('package')}.zip"
            shutil.move(part.path, call.engine.folder / name)
            return name
        if call.get("path"):
            return self.uploaded_package(call, call.get("path"))
        raise Failure(NO_ARGUMENT, "No file was posted, and parameter [path] is missing")

    def file_part(self, call: Call) -> Any:
        """Return the file that was posted: the first file part, whatever its name (observed: filedata, file)."""
        return next((part for part in call.inbound.parts if part.path is not None), None)

    def uploaded_package(self, call: Call, location: str) -> str:
        """Return the package behind a location that uploadFile has told; 205 when there is none."""
        raise Failure(BAD_ARGUMENT, f"Parameter [path] names no uploaded file: [{location}]")

    # --- the job ------------------------------------------------------------------------------------------------

    def running(self, job: Job) -> Job:
        """Return a job that has begun."""
        return replace(job, state="running", progress=40, message="Unpacking Course Files...")

    def finished_job(self, job: Job, found: Inspection, now: datetime) -> Job:
        """Return a job that has ended well."""
        return replace(
            job, state="finished", progress=100, message="Import complete", title=found.title,
            warnings=self.warnings(found), ended=now,
        )  # fmt: skip

    def failed_job(self, job: Job, reason: str, detail: str, now: datetime) -> Job:
        """Return a job that has ended in an error."""
        return replace(job, state="error", progress=100, message="Import failed", code=2, title=detail, ended=now)

    def warnings(self, found: Inspection) -> tuple[str, ...]:
        """Return the parser's warnings."""
        return tuple(f"[WARNING] {oddity}" for oddity in found.oddities)

    def course_of(self, job: Job, found: Inspection, old: Course | None, size: int, now: datetime) -> Course:
        """Return the course that an import makes, or the next version of the one that is there (assumed)."""
        number = old.versions[-1].id + 1 if old and old.versions else 0
        version = Version(number, now, size, job.package)
        if old is None:
            return Course(job.course_id, found.title, STANDARDS[found.kind], now, (version,))
        return replace(old, title=found.title, versions=(*old.versions, version))

    # --- what is told -------------------------------------------------------------------------------------------

    def get_async_import_result(self, call: Call) -> Nodes:
        """Tell the state of an import; a token is good until a week after the end (text)."""
        token = call.need("token")
        job: Job | None = call.row("jobs", token)
        if job is None or self.is_forgotten(job, call.now):
            raise Failure(1, f"Could not find import job [{token}] associated with appid [{call.app.id}]")
        return self.job_nodes(job)

    def is_forgotten(self, job: Job, now: datetime) -> bool:
        """Whether the token of an import has expired."""
        return job.ended is not None and now > job.ended + self.token_life

    def job_nodes(self, job: Job) -> Nodes:
        """Write the state of a job: status, message and progress are never empty (observed: LIB-PY)."""
        nodes = [
            Node("status", text=job.state), Node("message", text=job.message), Node("progress", text=job.progress),
        ]  # fmt: skip
        if job.state == "finished":
            nodes.append(Node("importresults", None, self.import_result(job)))
        if job.state == "error":
            code = {} if job.code is None else {"code": job.code}
            nodes.append(Node("error", code, text=job.title or "Import failed"))
        return nodes

    def import_result(self, job: Job) -> Node:
        """Write what an import came to."""
        warnings = [Node("warning", text=warning) for warning in job.warnings]
        children = [Node("title", text=job.title), Node("message", text=job.message or "Import Successful")]
        if warnings:
            children.append(Node("parserwarnings", None, *warnings))
        return Node("importresult", {"successful": "true" if job.successful else "false"}, *children)

    def redirected(self, call: Call, reply: Reply) -> Reply:
        """Return the answer, or the redirect that takes its place."""
        return reply
