"""The XSD of V1 answers and reports, compiled once, and the rules about them that XSD 1.0 cannot say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import as_file, files
from typing import Any

from lxml import etree

from harness.wire.xml import XmlRefused, parse

JOB_STATES = ("created", "running", "finished", "error")
"""The words of an import job ("Course Service" V1, getAsyncImportResult)."""

_JOB = ("status", "message", "progress", "importresults", "error")
_REPORTS = {"course": "CourseReport", "activity": "ActivityReport", "full": "FullReport"}
_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_LONGEST = 300
_TEXT = "text"  # stands for an answer without an element: the id of an invitation

_SUCCESS = ("success",)
_TAGGED = ("Course", "Learner", "Registration")
_GROUPS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "debug": {"ping": ("pong",), "authPing": ("pong",), "getTime": ("currenttime",)},
    "course": {
        "importCourseAsync": ("token",), "updateAssetsAsync": ("token",), "getAsyncImportResult": _JOB,
        "importCourse": ("importresult",), "versionCourse": ("importresult",), "getCourseList": ("courselist",),
        "getCourseDetail": ("course",), "exists": ("result",), "deleteCourse": _SUCCESS,
        "getAttributes": ("attributes",), "updateAttributes": ("attributes",), "getMetadata": ("package",),
        "updateAssets": ("success", "importresult"), "getFileStructure": ("dir",), "deleteFiles": ("results",),
    },
    "upload": {
        "getUploadToken": ("token",), "uploadFile": ("location",), "listFiles": ("dir",),
        "getUploadProgress": ("empty", "upload_progress"), "deleteFiles": ("results",),
    },
    "registration": {
        "createRegistration": _SUCCESS, "exists": ("result",), "deleteRegistration": _SUCCESS,
        "resetRegistration": _SUCCESS, "resetGlobalObjectives": _SUCCESS, "getRegistrationList": ("registrationlist",),
        "getRegistrationListResults": ("registrationlist",), "getRegistrationDetail": ("registration",),
        "getRegistrationResult": ("registrationreport",), "getLaunchHistory": ("launchhistory",),
        "getLaunchInfo": ("launch",), "updateLearnerInfo": _SUCCESS, "updatePostbackInfo": _SUCCESS,
        "getPostbackInfo": ("postbackinfo",), "deletePostbackInfo": _SUCCESS, "testRegistrationPostUrl": _SUCCESS,
        "createNewInstance": _SUCCESS,
    },
    "tagging": {
        **{f"get{kind}Tags": ("tags",) for kind in _TAGGED},
        **{f"set{kind}Tags": _SUCCESS for kind in _TAGGED},
        **{f"{verb}{kind}Tag": _SUCCESS for kind in _TAGGED for verb in ("add", "remove")},
    },
    "invitation": {
        "createInvitation": (_TEXT,), "createInvitationAsync": (_TEXT,), "getInvitationStatus": ("status",),
        "getInvitationInfo": ("invitationInfo",), "getInvitationList": ("invitationlist",), "changeStatus": _SUCCESS,
    },
    "dispatch": {
        "getDestinationList": ("dispatchDestinations",), "createDestination": ("destinationId",),
        "createDispatch": ("dispatchId",), "getDispatchList": ("dispatches",), "updateDispatches": _SUCCESS,
        "deleteDispatches": _SUCCESS,
    },
}  # fmt: skip
PAYLOADS: Mapping[str, tuple[str, ...]] = {
    f"rustici.{service}.{name}": payload for service, methods in _GROUPS.items() for name, payload in methods.items()
}
"""By method: the names of the elements that an answer with ``stat="ok"`` may hold."""


@cache
def schema() -> etree.XMLSchema:
    """Return the schema of answers (``rsp.xsd``, which includes ``registrationreport.xsd``), compiled once."""
    with as_file(files("schemas") / "cloud_v1" / "rsp.xsd") as file:
        return etree.XMLSchema(file=str(file))


def problems(data: bytes, method: str = "") -> tuple[str, ...]:
    """Return what is wrong with an answer or with a bare report, one sentence each, its place first.

    With ``method`` an answer that says ok must also hold what that method answers. White space between elements
    is no matter of a schema. Never raises.
    """
    try:
        root = parse(data)
    except XmlRefused as why:
        return (f"/: {why.detail}"[:_LONGEST],)
    if root.tag not in ("rsp", "registrationreport"):
        return (f"/: the root is {str(root.tag)[:60]!r}, neither rsp nor registrationreport",)
    # The XSD cannot choose a type by an attribute: each report is told its own. The tree is ours alone.
    for report in root.iter("registrationreport"):
        kind = _REPORTS.get(report.get("format", ""))
        if kind is not None:
            report.set(_TYPE, kind)
    judge = schema()
    judge.validate(root)
    # A message repeats the text that it is about, in whole.
    log: Any = judge.error_log  # the stubs do not know that it can be iterated over
    found = [f"{entry.path}: {' '.join(entry.message[:_LONGEST].split())}" for entry in log]
    if root.tag == "rsp":
        found += _of_answer(root, method)
    return tuple(found)


def _of_answer(root: etree._Element, method: str) -> Iterator[str]:
    names = [str(child.tag) for child in root]
    text = bool("".join([root.text or "", *[child.tail or "" for child in root]]).strip())
    if text and names:
        yield "/rsp: text stands beside elements"
    if root.get("stat") == "fail":
        if names[:1] != ["err"]:
            yield "/rsp: an answer that says fail begins with err"
        for name in dict.fromkeys(name for name in names if name not in ("err", "stacktrace")):
            yield f"/rsp: an answer that says fail holds {name}"
        return
    if "err" in names:
        yield "/rsp: an answer that says ok holds err"
    if not names and not text:
        yield "/rsp: an answer that says ok holds nothing"
    allowed = PAYLOADS.get(method)
    if allowed is not None:
        for name in dict.fromkeys(names or [_TEXT] * text):
            if name not in (*allowed, "err"):
                yield f"/rsp: {method} answers {' or '.join(allowed)}, not {name}"
    is_job = allowed == _JOB or bool(set(names) & set(_JOB[1:]))
    if is_job:
        yield from _of_job(root, names)
    elif len(set(names)) > 1:
        yield f"/rsp: several payloads: {', '.join(dict.fromkeys(names))}"
    repeated = [name for name, times in Counter(names).items() if times > 1 and name not in ("importresult", "err")]
    for name in repeated:
        yield f"/rsp: {name} stands more than once"


def _of_job(root: etree._Element, names: list[str]) -> Iterator[str]:
    for name in _JOB[:3]:
        if name not in names:
            yield f"/rsp: the answer about an import lacks {name}"
    for name in dict.fromkeys(names):
        if name not in _JOB:
            yield f"/rsp: the answer about an import holds {name}"
    word = root.findtext("status")
    if word is not None and word not in JOB_STATES:
        yield f"/rsp/status: the state {word[:60]!r} is none of {', '.join(JOB_STATES)}"
