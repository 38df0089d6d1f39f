"""Rules about registrations, their results and launches that several checks share."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from harness.judging.expect import control, expect
from harness.subjects.cloud_v1_records import Called, Story
from harness.wire.cloud_v1_results import ReadReport, read_report

LISTED = "registrationlist/registration"
CHILDREN = (
    "appId", "registrationId", "courseId", "courseTitle", "lastCourseVersionLaunched", "learnerId",
    "learnerFirstName", "learnerLastName", "email", "createDate", "firstAccessDate", "lastAccessDate",
    "completedDate", "instances",
)  # fmt: skip
"""What every registration holds."""

DATES = ("createDate", "firstAccessDate", "lastAccessDate", "completedDate", "instances/instance/updateDate")
_ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[0-9.,:+Z-]*", re.ASCII)


def last(story: Story, step: str) -> Called:
    """Return the last call of a step."""
    return story.all(step)[-1]


def report(called: Called) -> ReadReport:
    """Return the result that an answer holds."""
    return read_report(called.body)


def reported(called: Called) -> ReadReport:
    """Return the result that an answer holds; without one a check of its content is not judged."""
    found = report(called)
    control(called.is_ok and found.element is not None, f"a result is told ({called.step})")
    return found


def learnt(story: Story, *steps: str) -> None:
    """Demand as positive control that the learner has done what was asked."""
    done = {event.step: event.facts.get("status") for event in story.happened if event.name == "learnt"}
    for step in steps:
        control(done.get(step) == "succeeded", f"the learner has taken the course to its result ({step or 'learn'})")


def passes(story: Story, step: str) -> None:
    """Demand as positive control that a result shows what the learner has come to."""
    control(report(last(story, step)).success == "passed", f"the result shows that the learner has passed ({step})")


def ids(called: Called) -> list[str]:
    """Return the ids of the registrations that a list holds."""
    return [str(found.get("id")) for found in called.rsp.all(LISTED)]


def lists(called: Called, regid: str) -> bool:
    """Whether a list holds a registration."""
    return regid in ids(called)


def sent(called: Called, name: str) -> str:
    """Return a parameter that was sent."""
    return next((value for key, value in called.params if key == name), "")


def exists(called: Called) -> bool:
    """Whether an answer of exists says true."""
    return (called.rsp.text("result") or "").lower() == "true"


def dates_of(called: Called) -> list[str]:
    """Return the dates of a registration, each once, as they are written."""
    found = [(element.text or "").strip() for path in DATES for element in called.rsp.all(f"registration/{path}")]
    return list(dict.fromkeys(text for text in found if _ISO.fullmatch(text)))


def registrations(*called: Called) -> Iterator[tuple[Called, Any]]:
    """Yield the registrations that lists and details hold."""
    for one in called:
        for found in (*one.rsp.all(LISTED), *one.rsp.all("registration")):
            yield one, found


def player(called: Called) -> str:
    """Return where a launch leads, without what names the single launch; empty when it leads nowhere."""
    try:
        parts = urlsplit(called.location)
    except ValueError:
        return called.location
    return f"{parts.netloc}{parts.path.rpartition('/')[0]}" if called.location else ""


def no_player(called: Called, twin: Called) -> None:
    """Expect that a launch does not lead to the player, and that the server has not fallen over."""
    leads = called.is_ok or (called.location and player(called) == player(twin))
    expect(not leads, "accepted", expected="a failure", got=called.got, at=called.at)
    expect(0 < called.status < 500, "server-error", expected="an answer", got=called.got, at=called.at)


def launches(called: Called) -> list[Any]:
    """Return the launches of a history."""
    return called.rsp.all("launchhistory/launch")
