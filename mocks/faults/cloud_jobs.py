"""Faults of a V1 server in the states of imports, and in what it tells of them."""

from __future__ import annotations

import html
from dataclasses import replace
from datetime import datetime, timedelta

from harness.wire.cloud_v1_answer import Node
from harness.wire.package import Inspection
from mocks.engine.v1.behaviour import CloudBehaviour
from mocks.engine.v1.call import Failure, Nodes
from mocks.engine.v1.domain import Job
from mocks.faults.base import LEFT_OUT, WRONG_VALUE, Fault


class SaysDone(Fault, CloudBehaviour):
    """A finished import is called done, one that waits queued."""

    name = "v1.says-done"
    kind = WRONG_VALUE
    breaks = {"CLOUD-IMPORT-06": "other-status"}

    def state_word(self, job: Job) -> str:
        return {"finished": "done", "created": "queued"}.get(job.state, job.state)


def _without(nodes: Nodes, name: str) -> Nodes:
    return tuple(node for node in nodes if node.name != name)


class NoStatus(Fault, CloudBehaviour):
    """Answers about imports lack their status."""

    name = "v1.no-status"
    kind = LEFT_OUT
    breaks = {"CLOUD-IMPORT-06": "no-status", "CLOUD-IMPORT-12": "no-status"}

    def job_nodes(self, job: Job) -> Nodes:
        return _without(super().job_nodes(job), "status")


class NoProgress(Fault, CloudBehaviour):
    """Answers about imports lack their progress."""

    name = "v1.no-progress"
    kind = LEFT_OUT
    breaks = {"CLOUD-IMPORT-12": "no-progress"}

    def job_nodes(self, job: Job) -> Nodes:
        return _without(super().job_nodes(job), "progress")


class EmptyMessage(Fault, CloudBehaviour):
    """The message about an import is empty."""

    name = "v1.empty-message"
    kind = WRONG_VALUE
    breaks = {"CLOUD-IMPORT-12": "empty-message"}

    def job_nodes(self, job: Job) -> Nodes:
        return super().job_nodes(replace(job, message=""))


class NoImportResult(Fault, CloudBehaviour):
    """A finished import has no result."""

    name = "v1.no-importresult"
    kind = LEFT_OUT
    breaks = {"CLOUD-IMPORT-07": "no-importresult"}

    def results_of(self, job: Job) -> Node:
        return Node("importresults")


class SuccessfulYes(Fault, CloudBehaviour):
    """A result is successful=yes."""

    name = "v1.successful-yes"
    kind = WRONG_VALUE
    breaks = {"CLOUD-IMPORT-07": "no-successful"}

    def import_result(self, job: Job) -> Node:
        node = super().import_result(job)
        return Node(node.name, {"successful": "yes"}, *node.children)


class TitleIsId(Fault, CloudBehaviour):
    """The title of the package is left aside: a course is called by its id."""

    name = "v1.title-is-id"
    kind = LEFT_OUT
    breaks = {"CLOUD-IMPORT-08": "other-title"}

    def title_of(self, job: Job, found: Inspection) -> str:
        return job.course_id


class TitleUnescaped(Fault, CloudBehaviour):
    """References in a title are resolved twice."""

    name = "v1.title-unescaped"
    kind = WRONG_VALUE
    breaks = {"CLOUD-IMPORT-08": "other-title"}

    def title_of(self, job: Job, found: Inspection) -> str:
        return html.unescape(found.title)


class TitleInThreeBytes(Fault, CloudBehaviour):
    """What takes four bytes in UTF-8 is lost from a title."""

    name = "v1.title-in-three-bytes"
    kind = WRONG_VALUE
    breaks = {"CLOUD-IMPORT-08": "other-title"}

    def title_of(self, job: Job, found: Inspection) -> str:
        return "".join(char if ord(char) < 0x10000 else "?" for char in found.title)


class TakesAnything(Fault, CloudBehaviour):
    """It is not looked whether a file is a package: every import ends well."""

    name = "v1.takes-anything"
    kind = LEFT_OUT
    breaks = {"CLOUD-IMPORT-09": "not-error"}

    def refused_job(self, job: Job, reason: str, detail: str, now: datetime) -> Job:
        return replace(job, state="finished", progress=100, message="Import complete", title="A course", ended=now)


class Unsuccessful(Fault, CloudBehaviour):
    """The import of what is no archive finishes, though not successfully."""

    name = "v1.unsuccessful"
    kind = WRONG_VALUE
    breaks = {"CLOUD-IMPORT-09": "not-error"}

    def refused_job(self, job: Job, reason: str, detail: str, now: datetime) -> Job:
        title = job.course_id
        return replace(job, state="finished", progress=100, message=detail, title=title, successful=False, ended=now)


class ErrorWithoutText(Fault, CloudBehaviour):
    """An import that failed says nothing but a code."""

    name = "v1.error-without-text"
    kind = LEFT_OUT
    breaks = {"CLOUD-IMPORT-10": "no-text"}

    def error_of(self, job: Job) -> Node:
        return Node("error", {"code": 2})


class FailedJobFails(Fault, CloudBehaviour):
    """The question about an import that failed fails itself."""

    name = "v1.failed-job-fails"
    kind = WRONG_VALUE
    breaks = {"CLOUD-IMPORT-11": "stat-fail"}

    def job_nodes(self, job: Job) -> Nodes:
        if job.state == "error":
            raise Failure(2, job.title)
        return super().job_nodes(job)


class UnknownUntilRunning(Fault, CloudBehaviour):
    """An import that has not begun is left out: its token is not known yet."""

    name = "v1.unknown-until-running"
    kind = LEFT_OUT
    breaks = {"CLOUD-IMPORT-11": "stat-fail"}

    def job_nodes(self, job: Job) -> Nodes:
        if job.state == "created":
            raise Failure(1)
        return super().job_nodes(job)


class TokenOfFiveDays(Fault, CloudBehaviour):
    """A token lives for five days."""

    name = "v1.token-of-five-days"
    kind = WRONG_VALUE
    breaks = {"CLOUD-IMPORT-13": "forgotten"}

    token_life = timedelta(days=5)


class TokenForEver(Fault, CloudBehaviour):
    """Tokens never expire."""

    name = "v1.token-for-ever"
    kind = LEFT_OUT
    breaks = {"CLOUD-IMPORT-13": "remembered"}

    def is_forgotten(self, job: Job, now: datetime) -> bool:
        return False


class OneLanguage(Fault, CloudBehaviour):
    """The language of warnings is left as it is, whatever culture says."""

    name = "v1.one-language"
    kind = LEFT_OUT
    breaks = {"CLOUD-IMPORT-21": "one-language"}

    def warnings(self, found: Inspection, culture: str) -> tuple[str, ...]:
        return super().warnings(found, "")
