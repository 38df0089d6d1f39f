"""Faults of a V1 server in what it does with packages and tells of imports."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

from harness.net.listener import Reply
from harness.net.uploads import boundary_of
from harness.wire.binding import Pairs
from harness.wire.cloud_v1_answer import Node
from mocks.engine.v1.behaviour import CloudBehaviour
from mocks.engine.v1.call import Call, Done, Failure, Later, Nodes
from mocks.engine.v1.domain import Job
from mocks.faults.base import LEFT_OUT, VARIANT, WRONG_VALUE, Fault

ASYNC = "rustici.course.importCourseAsync"
Parts = Callable[[Call, Any], bool]


class LostAnswer(Fault, CloudBehaviour):
    """Every call is carried out and the connection closed instead of an answer: for clients that ask again."""

    name = "v1.lost-answer"
    kind = VARIANT

    def finished(self, call: Call, reply: Reply) -> Reply:
        return Reply(drop=True)


class ImportWaits(Fault, CloudBehaviour):
    """importCourseAsync answers when the import is done; the end of a held one is waited for in vain."""

    name = "v1.import-waits"
    kind = LEFT_OUT
    hangs = True
    breaks = {"CLOUD-IMPORT-01": "late"}

    def import_course_async(self, call: Call) -> Done:
        answer = super().import_course_async(call)
        job = call.rows("jobs")[-1]
        over = call.engine.imports[job.id] = asyncio.get_running_loop().create_future()

        async def wait() -> Nodes | Reply:
            await over
            return answer  # type: ignore[return-value]

        return Later(wait)


class TokenAttribute(Fault, CloudBehaviour):
    """The id of a token is an attribute."""

    name = "v1.token-attribute"
    kind = WRONG_VALUE
    breaks = {"CLOUD-IMPORT-01": "no-token"}

    def token(self, job: Job) -> Nodes:
        return (Node("token", {"id": job.id}),)


def _not_taking(
    name: str, kind: str, requirement: str, doc: str, refuses: Parts, collateral: tuple[str, ...] = ()
) -> type[Fault]:
    """Make a fault that finds no file in certain uploads to importCourseAsync."""

    def package_of(self: CloudBehaviour, call: Call) -> str:
        part = self.file_part(call)
        if call.method == ASYNC and part is not None and refuses(call, part):
            raise Failure(203, "No file was posted")
        return CloudBehaviour.package_of(self, call)

    body = {
        "__doc__": doc, "name": f"v1.{name}", "kind": kind, "breaks": {requirement: "refused"},
        "collateral": collateral, "package_of": package_of,
    }  # fmt: skip
    return type(name.title().replace("-", ""), (Fault, CloudBehaviour), body)


def _hyphen(call: Call, part: Any) -> bool:
    return (boundary_of(call.inbound.header("Content-Type")) or "").startswith("-")


class BoundaryTrimmed(Fault, CloudBehaviour):
    """Of a file behind a boundary that begins with a hyphen the first half alone is kept."""

    name = "v1.boundary-trimmed"
    kind = WRONG_VALUE
    breaks = {"CLOUD-IMPORT-04": "not-imported"}

    def kept(self, call: Call, part: Any) -> str:
        package = super().kept(call, part)
        if _hyphen(call, part):
            path = call.engine.folder / package
            path.write_bytes(path.read_bytes()[: part.size // 2])
        return package


class NoPath(Fault, CloudBehaviour):
    """A file must be posted; path is not looked at."""

    name = "v1.no-path"
    kind = LEFT_OUT
    breaks = {"CLOUD-IMPORT-05": "refused"}

    def uploaded_package(self, call: Call, location: str) -> str:
        raise Failure(203, "No file was posted")


class EmptyPath(Fault, CloudBehaviour):
    """A path is taken, and an empty file imported."""

    name = "v1.empty-path"
    kind = WRONG_VALUE
    breaks = {"CLOUD-IMPORT-05": "not-imported"}

    def uploaded_package(self, call: Call, location: str) -> str:
        package = super().uploaded_package(call, location)
        path = call.engine.folder / package
        path.unlink()
        path.write_bytes(b"")
        return package


class ResultWrapped(Fault, CloudBehaviour):
    """importCourse puts its result into importresults."""

    name = "v1.result-wrapped"
    kind = WRONG_VALUE
    breaks = {"CLOUD-IMPORT-17": "no-importresult"}

    def sync_answer(self, job: Job) -> Nodes:
        return (Node("importresults", None, self.import_result(job)),)


class ResultLeftOut(Fault, CloudBehaviour):
    """importCourse says no more than that it succeeded."""

    name = "v1.result-left-out"
    kind = LEFT_OUT
    breaks = {"CLOUD-IMPORT-17": "no-importresult"}

    def sync_answer(self, job: Job) -> Nodes:
        return (Node("success"),)


class NoEdge(Fault, CloudBehaviour):
    """importCourse may take as long as it likes."""

    name = "v1.no-edge"
    kind = LEFT_OUT
    breaks = {"CLOUD-IMPORT-18": "not-cut-off"}

    def edge_patience(self) -> float:
        return 0.0


class OldFormsTaken(Fault, CloudBehaviour):
    """The timestamp of an upload is not compared with the clock."""

    name = "v1.old-forms-taken"
    kind = LEFT_OUT
    breaks = {"CLOUD-IMPORT-20": "accepted"}

    def check_time(self, params: Pairs, now: datetime) -> None:
        if ("method", ASYNC) not in params:
            super().check_time(params, now)


class OldFormIsWrong(Fault, CloudBehaviour):
    """An upload to an old address is refused as if its signature were wrong."""

    name = "v1.old-form-is-wrong"
    kind = WRONG_VALUE
    breaks = {"CLOUD-IMPORT-20": "wrong-code"}

    def check_time(self, params: Pairs, now: datetime) -> None:
        try:
            super().check_time(params, now)
        except Failure:
            raise Failure(104) from None


FAMILY = (
    _not_taking(
        "only-filedata", LEFT_OUT, "CLOUD-IMPORT-02", "A package in a part called file is not found.",
        lambda call, part: part.name == "file",
    ),
    _not_taking(
        "only-file", WRONG_VALUE, "CLOUD-IMPORT-02",
        "A package is looked for in a part called file; so that no upload of the usual form gets a token.",
        lambda call, part: part.name != "file", ("CLOUD-IMPORT-01",),
    ),
    _not_taking(
        "needs-content-type", LEFT_OUT, "CLOUD-IMPORT-03", "A part without a content type is no file.",
        lambda call, part: not part.content_type,
    ),
    _not_taking(
        "zip-type-alone", WRONG_VALUE, "CLOUD-IMPORT-03", "A part of another type than application/zip is no file.",
        lambda call, part: part.content_type not in ("", "application/zip"),
    ),
    _not_taking(
        "no-whole-path", WRONG_VALUE, "CLOUD-IMPORT-03", "A file name with slashes in it is refused.",
        lambda call, part: "/" in (part.filename or ""),
    ),
    _not_taking(
        "no-hyphen-boundary", LEFT_OUT, "CLOUD-IMPORT-04", "Behind a boundary with a hyphen in front there is no file.",
        _hyphen,
    ),
)  # fmt: skip
