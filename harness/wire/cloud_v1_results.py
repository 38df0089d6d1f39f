"""The result of a registration: written in the three formats of V1, read leniently from an answer or a postback.

Source: "LMS Integration" V1 (the four elements and their words), "Registration Postbacks" V1 (the same data).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Final

from lxml import etree

from harness.wire.cloud_v1_activity import (
    PRIMARY_OBJECTIVE,
    Activity,
    Runtime,
    Static,
    write_activity,
    write_full_activity,
    write_score,
)  # fmt: skip
from harness.wire.cloud_v1_answer import Node
from harness.wire.xml import XmlRefused, parse

REMEMBERED: Final = 1000
"""How many characters of suspend data a report may have that is remembered."""

FORMATS: Final = ("course", "activity", "full")
COMPLETE: Final = ("complete", "incomplete", "unknown")
SUCCESS: Final = ("passed", "failed", "unknown")
_OLD_FORMATS = {"summary": "course"}  # the name in documents of 2009, still in LIB-NTI's tests


@dataclass(frozen=True, slots=True)
class Report:
    """What a registration has come to. ``complete`` is one of `COMPLETE`, ``success`` one of `SUCCESS`.

    ``totaltime`` counts seconds; ``score`` is 0-100, None for unknown.
    """

    regid: str
    instanceid: int
    complete: str
    success: str
    totaltime: int
    score: Decimal | None
    activity: Activity


def write_report(report: Report, format: str = "course") -> Node:
    """Return the ``registrationreport`` in a format of `FORMATS`; ValueError for another."""
    named = {"format": format, "regid": report.regid, "instanceid": report.instanceid}
    if format == "course":
        return Node(
            "registrationreport",
            named,
            Node("complete", text=report.complete),
            Node("success", text=report.success),
            Node("totaltime", text=report.totaltime),
            Node("score", text=write_score(report.score)),
        )
    if format == "activity":
        return Node("registrationreport", named, write_activity(report.activity))
    if format == "full":
        return Node("registrationreport", named, write_full_activity(report.activity))
    raise ValueError(f"unknown results format {format!r}; expected one of {', '.join(FORMATS)}")


def report_for(
    regid: str,
    title: str,
    scos: Sequence[str] = (),
    *,
    complete: str = "unknown",
    success: str = "unknown",
    score: Decimal | int | None = None,
    totaltime: int = 0,
    instanceid: int = 0,
    attempts: int | None = None,
    suspended: bool = False,
    suspend_data: str = "",
    learner_id: str = "",
    learner_name: str = "",
) -> Report:
    """Return a plausible report: one organisation, and SCOs called ``scos`` (default: one, ``title``).

    While the course is not complete the first SCO alone was launched; else all were. ``attempts`` (default 1, or 0
    when nothing has happened yet) counts those of every launched SCO, ``totaltime`` is shared out among them.
    """
    points = None if score is None else Decimal(score)
    # A registration is asked about far more often than it changes.
    grown = _tree if len(suspend_data) > REMEMBERED else _remembered_tree
    root = grown(
        title, tuple(scos) or (title,), complete, success, None if points is None else str(points), totaltime,
        attempts, suspended, suspend_data, learner_id, learner_name,
    )  # fmt: skip
    return Report(regid, instanceid, complete, success, totaltime, points, root)


def _tree(
    title: str, names: tuple[str, ...], complete: str, success: str, score: str | None, totaltime: int,
    attempts: int | None, suspended: bool, suspend_data: str, learner_id: str, learner_name: str,
) -> Activity:  # fmt: skip
    """Return the activities of a report. The score is text, since equal numbers may be written differently."""
    points = None if score is None else Decimal(score)
    idle = (complete, success, points, totaltime) == ("unknown", "unknown", None, 0)
    tries = attempts if attempts is not None else 0 if idle else 1
    launched = 0 if tries == 0 else len(names) if complete == "complete" else 1
    static = Static(learner_id=learner_id, learner_name=learner_name)

    def sco(at: int, name: str) -> Activity:
        if at >= launched:
            return Activity(f"item-{at + 1}", name)
        seconds = Decimal(totaltime // launched + (1 if at < totaltime % launched else 0))
        runtime = Runtime(
            completion_status={"complete": "Completed", "incomplete": "Incomplete"}.get(complete, "Unknown"),
            entry="Resume" if suspended else "AbInitio",
            exit="Suspend" if suspended else "Unknown",
            score_scaled=points, score_raw=points,
            score_min=None if points is None else Decimal(0), score_max=None if points is None else Decimal(100),
            total_time=seconds, timetracked=seconds,
            success_status={"passed": "Passed", "failed": "Failed"}.get(success, "Unknown"),
            suspend_data=suspend_data if at == 0 else "",
            static=static,
        )  # fmt: skip
        return Activity(
            f"item-{at + 1}", name, tries, complete, success, seconds, seconds, points, suspended, (), runtime
        )

    return Activity(
        "organization", title, tries, complete, success, Decimal(totaltime), Decimal(totaltime), points, suspended,
        children=tuple([sco(at, name) for at, name in enumerate(names)]),
    )  # fmt: skip


_remembered_tree = lru_cache(maxsize=256)(_tree)


@dataclass(frozen=True, slots=True)
class ReadReport:
    """A report as read. ``refused`` says why there is none (then ``element`` is None); texts are stripped.

    ``complete``, ``success``, ``totaltime`` and ``score`` are the texts of the format ``course``; in ``activity``
    those of the topmost activity (its time across attempts), in ``full`` what the topmost activity's flags mean.
    None: not said. Oddities: ``bom``, ``leading-blanks``, ``declaration``, ``old-format``, ``several-reports``.
    """

    format: str | None = None
    regid: str | None = None
    instanceid: str | None = None
    complete: str | None = None
    success: str | None = None
    totaltime: str | None = None
    score: str | None = None
    wrapped: bool = False
    begins_bare: bool = False
    element: etree._Element | None = None
    oddities: tuple[str, ...] = ()
    refused: str = ""

    @property
    def seconds(self) -> int | None:
        """The time in whole seconds, from either way of writing it; None when it is not said or no time."""
        text = self.totaltime or ""
        if re.fullmatch(r"\d{1,12}", text, re.ASCII):
            return int(text)
        found = re.fullmatch(r"(\d{1,9}):(\d{2}):(\d{2})(?:\.\d{1,9})?", text, re.ASCII)
        return int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3]) if found else None

    @property
    def points(self) -> Decimal | None:
        """The score as a number; None for ``unknown``, for none and for what is no number."""
        return _decimal(self.score)


def _decimal(text: str | None) -> Decimal | None:
    if text is None or not re.fullmatch(r"[-+]?\d{1,20}(\.\d{1,20})?", text, re.ASCII):
        return None
    return Decimal(text)


_DECLARATION = re.compile(r"<\?xml\b[^>]*\?>")


def read_report(data: bytes | str) -> ReadReport:
    """Read a report: bare or wrapped in ``rsp`` (or in anything else), any order, indented or not. Never raises.

    ``refused``: ``not-xml``, ``doctype``, ``too-large`` (`harness.wire.xml.parse`), ``no-report``.
    """
    raw = _bytes(data)
    oddities = []
    if raw.startswith(b"\xef\xbb\xbf"):
        oddities.append("bom")
        raw = raw[3:]
    begins_bare = not oddities and re.match(rb"<registrationreport[\s/>]", raw) is not None
    if raw[:1].isspace():
        oddities.append("leading-blanks")
        raw = raw.lstrip()
    if raw.startswith(b"<?xml"):
        oddities.append("declaration")
    try:
        root = parse(raw)
    except XmlRefused as why:
        return ReadReport(begins_bare=begins_bare, oddities=tuple(oddities), refused=why.reason)
    reports = list(root.iter("registrationreport"))
    if not reports:
        return ReadReport(begins_bare=begins_bare, oddities=tuple(oddities), refused="no-report")
    if len(reports) > 1:
        oddities.append("several-reports")
    element = reports[0]
    written = element.get("format")
    name = (written or "").strip().lower()
    if name in _OLD_FORMATS:
        oddities.append("old-format")
    complete, success, totaltime, score = _four(element, _OLD_FORMATS.get(name, name))
    return ReadReport(
        written, element.get("regid"), element.get("instanceid"), complete, success, totaltime, score,
        element is not root, begins_bare, element, tuple(oddities),
    )  # fmt: skip


def _bytes(data: bytes | str) -> bytes:
    """Return text as UTF-8; the encoding that it declares was undone by whoever decoded it."""
    if isinstance(data, bytes):
        return data
    declared = _DECLARATION.search(data[:200])
    if declared and not data[: declared.start()].strip("\ufeff \t\r\n"):
        data = data[: declared.start()] + '<?xml version="1.0"?>' + data[declared.end() :]
    return data.encode("utf-8", "surrogatepass")


_Four = tuple[str | None, str | None, str | None, str | None]


def _four(report: etree._Element, format: str) -> _Four:
    top = report.find("activity")
    if format == "full" and top is not None:
        return _four_of_full(top)
    if top is not None:
        return _text(top, "complete"), _text(top, "success"), _text(top, "timeacrossattempts"), _text(top, "score")
    return _text(report, "complete"), _text(report, "success"), _text(report, "totaltime"), _text(report, "score")


def _four_of_full(top: etree._Element) -> _Four:
    """Return what the flags of an activity mean: a status that is not known makes no statement."""
    complete = success = None
    completed, satisfied = _text(top, "completed"), _text(top, "satisfied")
    if completed is not None:
        known = _text(top, "attemptprogressstatus")
        complete = "unknown" if known == "false" else "complete" if completed == "true" else "incomplete"
    if satisfied is not None:
        known = _text(top, "progressstatus")
        success = "unknown" if known == "false" else "passed" if satisfied == "true" else "failed"
    score = None
    own = [found for found in top.findall("objectives/objective") if found.get("id") == PRIMARY_OBJECTIVE]
    for objective in own[:1]:
        measure = _decimal(_text(objective, "normalizedmeasure"))
        measured = _text(objective, "measurestatus") == "true"
        score = write_score(None if measure is None or not measured else measure * 100)
    return complete, success, _text(top, "timeacrossattempts"), score


def _text(parent: etree._Element, name: str) -> str | None:
    found = parent.find(name)
    return None if found is None else "".join([str(piece) for piece in found.itertext()]).strip()
