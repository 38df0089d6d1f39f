"""Rules about a report: the four elements, their words and numbers, the tree of activities."""

from __future__ import annotations

import re
from typing import Any

from harness.judging.expect import control, expect
from harness.subjects.cloud_v1_records import Called
from harness.wire.cloud_v1_results import COMPLETE, SUCCESS
from suites.cloud_v1.rules_registration import report, reported, sent

FOUR = ("complete", "success", "totaltime", "score")
NODES = {
    "activity": ("title", "attempts", "complete", "success", "time", "timeacrossattempts", "score", "children"),
    "full": ("title", "satisfied", "completed", "progressstatus", "attempts", "suspended", "objectives"),
}
"""What every activity holds, by format; what the service leaves out now and then is not among it."""

_DURATION = re.compile(r"\d{4,}:[0-5]\d:[0-5]\d(\.\d+)?", re.ASCII)


def four_stand(called: Called) -> None:
    """Expect the attributes and the four elements of format course."""
    found = reported(called)
    for name, got in (("format", found.format), ("regid", found.regid), ("instanceid", found.instanceid)):
        expect(got is not None, f"no-{name}", expected=name, got=called.got, at=called.at)
    expect(found.format == "course", "other-format", expected="course", got=found.format, at=called.at)
    regid = sent(called, "regid")
    expect(found.regid == regid, "other-regid", expected=regid, got=found.regid, at=called.at)
    for name in FOUR:
        there = found.element is not None and found.element.find(name) is not None
        expect(there, f"no-{name}", expected=name, got=called.got, at=called.at)


def words_stand(called: Called) -> None:
    """Expect words of the vocabulary as completion and success."""
    found = reported(called)
    control(found.complete is not None and found.success is not None, "completion and success are told")
    expect(found.complete in COMPLETE, "other-word", expected=COMPLETE, got=found.complete, at=called.at)
    expect(found.success in SUCCESS, "other-word", expected=SUCCESS, got=found.success, at=called.at)


def numbers_stand(called: Called) -> None:
    """Expect whole seconds as time, and as score a number from 0 to 100 or the word unknown."""
    found = reported(called)
    control(found.totaltime is not None and found.score is not None, "time and score are told")
    whole = re.fullmatch(r"\d{1,12}", found.totaltime or "", re.ASCII)
    expect(whole, "no-seconds", expected="whole seconds", got=found.totaltime, at=called.at)
    if found.score == "unknown":
        return
    expect(found.points is not None, "no-score", expected="a number or unknown", got=found.score, at=called.at)
    fits = found.points is not None and 0 <= found.points <= 100
    expect(fits, "score-out-of-range", expected="0 to 100", got=found.score, at=called.at)


def is_a_tree(called: Called, name: str) -> None:
    """Expect a report in the format, whose activities have all their elements and times of the right form."""
    expect(called.is_ok, "refused", expected='stat="ok"', got=called.got, at=called.at)
    found = report(called)
    expect(found.format == name, "other-format", expected=name, got=found.format, at=called.at)
    nodes: list[Any] = [] if found.element is None else list(found.element.iter("activity"))
    expect(nodes, "no-activity", expected="an activity", got=called.got, at=called.at)
    for node in nodes:
        expect(node.get("id") is not None, "no-id", expected="an id", got=called.got, at=called.at)
        missing = [child for child in NODES[name] if node.find(child) is None]
        expect(not missing, "missing-element", expected=NODES[name], got=f"without {missing}", at=called.at)
        for child in ("time", "timeacrossattempts"):
            text = (node.findtext(child) or "").strip()
            expect(
                not text or _DURATION.fullmatch(text), "no-duration", expected="hhhh:mm:ss.ss", got=text, at=called.at
            )
