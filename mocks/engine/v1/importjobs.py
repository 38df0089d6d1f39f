"""Import jobs: their states, what they come to, and what is told of them ("Course Service" V1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from harness.wire.cloud_v1_answer import Node
from harness.wire.package import Inspection
from mocks.engine.v1.call import Call, Failure, Nodes
from mocks.engine.v1.domain import Course, Job, Version

TOKEN_LIFE = timedelta(days=7)
NO_FILE = 2
STANDARDS = {"scorm-1.2": "scorm_12", "scorm-2004": "scorm_2004", "aicc": "aicc"}
WARNINGS: Final[Mapping[str, tuple[str, str]]] = {
    "backslashes": ("paths are written with backslashes", "Pfade sind mit umgekehrten Schrägstrichen geschrieben"),
    "compression": ("an entry is compressed by an unusual method", "ein Eintrag ist ungewöhnlich komprimiert"),
    "macosx": ("the archive holds files of macOS", "das Archiv enthält Dateien von macOS"),
    "wrong-case": ("the manifest's name is in the wrong case", "der Name des Manifests ist falsch geschrieben"),
    "sub-folder": ("the manifest lies in a folder", "das Manifest liegt in einem Ordner"),
    "launch-missing": ("the file to launch is not there", "die Startdatei fehlt"),
    "version-disagrees": ("the schema version contradicts itself", "die Schemaversion widerspricht sich"),
    "several-courses": ("the archive holds several courses", "das Archiv enthält mehrere Kurse"),
    "aicc-incomplete": ("a file of the AICC course is missing", "eine Datei des AICC-Kurses fehlt"),
}
"""What a parser warns of, in English and in German."""


class ImportJobs:
    """What becomes of an import; faults override single methods or attributes."""

    settings: Any
    token_life = TOKEN_LIFE

    def running(self, job: Job) -> Job:
        """Return a job that has begun."""
        return replace(job, state="running", progress=40, message="Unpacking Course Files...")

    def finished_job(self, job: Job, found: Inspection, now: datetime) -> Job:
        """Return a job that has ended well."""
        return replace(
            job, state="finished", progress=100, message="Import complete", title=self.title_of(job, found),
            warnings=self.warnings(found, job.culture), ended=now,
        )  # fmt: skip

    def title_of(self, job: Job, found: Inspection) -> str:
        """Return the title that stands in the package (text), never empty (observed: LIB-PY)."""
        return found.title.strip() or job.course_id

    def refused_job(self, job: Job, reason: str, detail: str, now: datetime) -> Job:
        """Return the end of a job whose package cannot be used: error (text), or unsuccessful (observed: LIB-NTI)."""
        if reason == "no-manifest" and self.settings["no_manifest"] == "unsuccessful":
            return replace(
                job, state="finished", progress=100, message=detail, title=job.course_id, successful=False, ended=now
            )
        return self.failed_job(job, reason, detail, now)

    def failed_job(self, job: Job, reason: str, detail: str, now: datetime) -> Job:
        """Return a job that has ended in an error: code 2 when there is no zip (observed: a fork of LIB-RUBY)."""
        code = NO_FILE if reason == "not-an-archive" else None
        return replace(job, state="error", progress=100, message="Import failed", code=code, title=detail, ended=now)

    def warnings(self, found: Inspection, culture: str) -> tuple[str, ...]:
        """Return the parser's warnings, in German when ``culture`` names it (that it counts: text)."""
        german = culture.lower().startswith("de")
        texts = [WARNINGS.get(oddity, (oddity, oddity))[german] for oddity in found.oddities]
        return tuple(f"[WARNING] {text}" for text in texts)

    def course_of(self, job: Job, found: Inspection, old: Course | None, size: int, now: datetime) -> Course:
        """Return the course that an import makes; one that is there gets a version, or is replaced (not documented)."""
        title = self.title_of(job, found)
        if old is None:
            return Course(job.course_id, title, STANDARDS[found.kind], now, (Version(0, now, size, job.package),))
        if self.settings["existing_course"] == "overwrite":
            return replace(old, title=title, versions=(Version(0, now, size, job.package),))
        number = old.versions[-1].id + 1 if old.versions else 0
        return replace(old, title=title, versions=(*old.versions, Version(number, now, size, job.package)))

    def may_replace(self, old: Course | None) -> bool:
        """Whether an import may go to a course id that is taken (not documented)."""
        return old is None or self.settings["existing_course"] != "error"

    # --- what is told -------------------------------------------------------------------------------------------

    def get_async_import_result(self, call: Call) -> Nodes:
        """Tell the state of an import; a token is good until a week after the end (text), later 1 (assumed)."""
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
            Node("status", text=self.state_word(job)), Node("message", text=job.message),
            Node("progress", text=job.progress),
        ]  # fmt: skip
        if job.state == "finished":
            nodes.append(self.results_of(job))
        if job.state == "error":
            nodes.append(self.error_of(job))
        return nodes

    def state_word(self, job: Job) -> str:
        """Return created, running, finished or error (text)."""
        return job.state

    def results_of(self, job: Job) -> Node:
        """Write the results within importresults (text; LIB-PHP does not see them there)."""
        return Node("importresults", None, self.import_result(job))

    def error_of(self, job: Job) -> Node:
        """Write why a job has failed, with a code where there is one (observed: a fork of LIB-RUBY)."""
        code = {} if job.code is None else {"code": job.code}
        return Node("error", code, text=job.title or job.message)

    def import_result(self, job: Job) -> Node:
        """Write what an import came to."""
        warnings = [Node("warning", text=warning) for warning in job.warnings]
        children = [Node("title", text=job.title), Node("message", text=self.result_message(job))]
        if warnings:
            children.append(Node("parserwarnings", None, *warnings))
        return Node("importresult", {"successful": "true" if job.successful else "false"}, *children)

    def result_message(self, job: Job) -> str:
        """Return the message of a result (observed)."""
        return "Import Successful" if job.successful else job.message
