"""Importing courses: what comes in, and what the call answers ("Course Service" V1)."""

from __future__ import annotations

import asyncio
import os
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

from harness.net.listener import Reply
from harness.wire.cloud_v1 import BAD_ARGUMENT, NO_ARGUMENT
from harness.wire.cloud_v1_answer import Node
from mocks.engine.v1.call import Call, Done, Failure, Later, Nodes
from mocks.engine.v1.domain import Job, Upload

CUT = b"<html><head><title>504 Gateway Timeout</title></head><body><h1>504 Gateway Timeout</h1></body></html>\n"


class Importing:
    """How packages are taken; faults override single methods or attributes."""

    settings: Any

    def import_course_async(self, call: Call) -> Done:
        """Take the package and answer a token at once (text)."""
        job = self.accept_import(call)
        return self.form_answer(call, self.token(job), self.accepted_pairs(call, job))  # type: ignore[attr-defined,no-any-return]

    def token(self, job: Job) -> Nodes:
        """Write the token of a job; nothing stands around the id (observed: LIB-JAVA)."""
        return (Node("token", None, Node("id", text=job.id)),)

    def accepted_pairs(self, call: Call, job: Job) -> tuple[tuple[str, str], ...]:
        """Return what a redirect tells of a job that was queued (text)."""
        return (("courseid", job.course_id), ("appid", call.app.id), ("tokenid", job.id))

    def import_course(self, call: Call) -> Done:
        """Take the package, wait for the end of the import, and answer what it came to (observed: LIB-NET)."""
        job = self.accept_import(call)
        call.engine.imports[job.id] = asyncio.get_running_loop().create_future()
        patience = self.edge_patience()
        if patience:
            call.owe("edge", job.id, timedelta(seconds=patience))
        return Later(lambda: self.when_imported(call, job))

    def edge_patience(self) -> float:
        """Return after how many seconds the edge cuts a call off; 0 for never (60 s: text)."""
        return float(self.settings["sync_cut"])

    async def when_imported(self, call: Call, job: Job) -> Nodes | Reply:
        """Wait for the end of a job, or for the edge to lose patience; the import goes on then (text)."""
        try:
            is_over = await call.engine.imports[job.id]
        finally:
            call.engine.imports.pop(job.id, None)
        if not is_over:
            return self.cut_reply()
        async with call.engine.store.transaction() as tx:
            ended: Job = tx.get(call.table("jobs"), job.id) or job
        if ended.state == "error":
            raise Failure(ended.code or 2, ended.title or ended.message)
        return self.form_answer(call, self.sync_answer(ended), (("courseid", job.course_id),))  # type: ignore[attr-defined,no-any-return]

    def sync_answer(self, job: Job) -> Nodes:
        """Answer the result directly under rsp (observed: LIB-NET, LIB-PY, LIB-RUBY)."""
        return (self.import_result(job),)  # type: ignore[attr-defined]

    def cut_reply(self) -> Reply:
        """Answer as the edge does that cuts off what takes too long (504 with a page: assumed)."""
        return Reply(504, (("Content-Type", "text/html"),), CUT)

    # --- what comes in ------------------------------------------------------------------------------------------

    def accept_import(self, call: Call) -> Job:
        """Check the call, keep the package, owe the import."""
        courseid = call.need("courseid")
        self.check_id("courseid", courseid)  # type: ignore[attr-defined]
        self.redirect_target(call.get("redirecturl"))  # type: ignore[attr-defined]
        package = self.package_of(call)
        job = Job(call.new_id("job"), courseid, package, call.now, culture=call.get("culture"))
        call.put("jobs", job.id, job)
        call.owe("import", job.id, timedelta(seconds=float(self.settings["import_delay"])))
        return job

    def package_of(self, call: Call) -> str:
        """Return the name under which the package lies in the engine's folder: a file part, or ``path``."""
        part = self.file_part(call)
        if part is not None:
            return self.kept(call, part)
        if call.get("path"):
            return self.uploaded_package(call, call.get("path"))
        raise Failure(NO_ARGUMENT, "No file was posted, and parameter [path] is missing")

    def file_part(self, call: Call) -> Any:
        """Return the file that was posted: the first file part, whatever its name (observed: filedata, file)."""
        return next((part for part in call.inbound.parts if part.filename is not None), None)

    def kept(self, call: Call, part: Any) -> str:
        """Move a file that was posted to where it stays; 205 when it is too large (assumed)."""
        if part.size > int(self.settings["max_upload"]) or part.path is None:
            raise Failure(BAD_ARGUMENT, f"The file has {part.size} bytes, which is too large")
        name = f"{call.new_id('package')}.zip"
        shutil.move(part.path, call.engine.folder / name)
        return name

    def uploaded_package(self, call: Call, location: str) -> str:
        """Return a package of its own with what uploadFile has stored; 205 when nothing is there (assumed)."""
        stored: Upload | None = next((one for one in call.rows("uploads") if one.location == location), None)
        if stored is None or not location:
            raise Failure(BAD_ARGUMENT, f"Parameter [path] names no uploaded file: [{location}]")
        name = f"{call.new_id('package')}.zip"
        linked(call.engine.folder / stored.package, call.engine.folder / name)
        return name


def linked(source: Path, target: Path) -> None:
    """Let a file stand under a second name, so that it stays when the first one is deleted."""
    try:
        os.link(source, target)
    except OSError:  # a file system without links
        shutil.copyfile(source, target)
