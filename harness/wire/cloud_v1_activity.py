"""The activity tree of a V1 report: what the formats ``activity`` and ``full`` say of each node of a course.

Source: names and shapes observed in LIB-NTI and LIB-RUBY-B; "LMS Integration" V1 for the words. The fields of
`Comment`, `Interaction`, `RuntimeObjective`, `Static` and `Preference` have the names of their elements.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from decimal import ROUND_DOWN, Decimal
from typing import Any

from harness.wire.cloud_v1_answer import Node

PRIMARY_OBJECTIVE = "PRIMARYOBJ"
"""The id of the objective that carries an activity's own satisfaction and measure (observed: LIB-NTI)."""

_CENTISECOND = Decimal("0.01")
_DURATIONS = frozenset({"total_time", "timetracked"})


@dataclass(frozen=True, slots=True)
class Objective:
    """An objective of an activity: measure -1 to 1 and satisfaction, None where it is not known."""

    id: str
    measure: Decimal | None = None
    satisfied: bool | None = None


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment of the learner or of the platform."""

    value: str = ""
    location: str = ""
    date_time: str = ""


@dataclass(frozen=True, slots=True)
class Interaction:
    """A question that the content recorded; ``objectives`` and ``correct_responses`` are ids."""

    id: str
    objectives: tuple[str, ...] = ()
    timestamp: str = ""
    correct_responses: tuple[str, ...] = ()
    weighting: str = ""
    learner_response: str = ""
    result: str = ""
    latency: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class RuntimeObjective:
    """An objective as the content recorded it."""

    id: str
    score_scaled: Decimal | None = None
    score_min: Decimal | None = None
    score_raw: Decimal | None = None
    score_max: Decimal | None = None
    success_status: str = "unknown"
    completion_status: str = "unknown"
    progress_measure: Decimal | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Preference:
    """What the learner prefers."""

    audio_level: str = "1.0"
    language: str = ""
    delivery_speed: str = "1.0"
    audio_captioning: str = "0"


@dataclass(frozen=True, slots=True)
class Static:
    """What the content is given and cannot change."""

    completion_threshold: str = ""
    launch_data: str = ""
    learner_id: str = ""
    learner_name: str = ""
    max_time_allowed: str = ""
    scaled_passing_score: str = ""
    time_limit_action: str = "Undefined"


@dataclass(frozen=True, slots=True)
class Runtime:
    """What the content of a SCO stored. Words are capitalised; durations in seconds; location None is written null."""

    completion_status: str = "Unknown"
    credit: str = "Credit"
    entry: str = "AbInitio"
    exit: str = "Unknown"
    learnerpreference: Preference = field(default_factory=Preference)
    location: str | None = None
    mode: str = "Normal"
    progress_measure: Decimal | None = None
    score_scaled: Decimal | None = None
    score_raw: Decimal | None = None
    score_min: Decimal | None = None
    score_max: Decimal | None = None
    total_time: Decimal = Decimal(0)
    timetracked: Decimal = Decimal(0)
    success_status: str = "Unknown"
    suspend_data: str = ""
    comments_from_learner: tuple[Comment, ...] = ()
    comments_from_lms: tuple[Comment, ...] = ()
    interactions: tuple[Interaction, ...] = ()
    objectives: tuple[RuntimeObjective, ...] = ()
    static: Static = field(default_factory=Static)


@dataclass(frozen=True, slots=True)
class Activity:
    """A node of the course: a cluster when it has children, else a SCO (with a runtime once it was launched).

    ``complete`` and ``success`` are the words of `Report`; durations in seconds; score 0-100, None for unknown.
    ``objectives`` are further ones: the primary objective follows from success and score.
    """

    id: str
    title: str
    attempts: int = 0
    complete: str = "unknown"
    success: str = "unknown"
    seconds: Decimal = Decimal(0)
    seconds_across_attempts: Decimal = Decimal(0)
    score: Decimal | None = None
    suspended: bool = False
    objectives: tuple[Objective, ...] = ()
    runtime: Runtime | None = None
    children: tuple[Activity, ...] = ()


def write_time(seconds: Decimal) -> str:
    """Write a duration as hhhh:mm:ss.ss; what lies below a hundredth is cut off."""
    hundredths = int(seconds.quantize(_CENTISECOND, ROUND_DOWN).scaleb(2))
    whole, rest = divmod(hundredths, 100)
    return f"{whole // 3600:04d}:{whole // 60 % 60:02d}:{whole % 60:02d}.{rest:02d}"


def write_number(number: Decimal) -> str:
    """Write a number plainly: no exponent, no zeros that say nothing."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def write_score(score: Decimal | None) -> str:
    """Write a score of 0-100, or the word unknown."""
    return "unknown" if score is None else write_number(score)


def write_activity(activity: Activity) -> Node:
    """Return a node of the format ``activity``; ``time`` is empty on a cluster."""
    return Node(
        "activity",
        {"id": activity.id},
        Node("title", text=activity.title),
        Node("attempts", text=activity.attempts),
        Node("complete", text=activity.complete),
        Node("success", text=activity.success),
        Node("time", text="" if activity.children else write_time(activity.seconds)),
        Node("timeacrossattempts", text=write_time(activity.seconds_across_attempts)),
        Node("score", text=write_score(activity.score)),
        Node("children", None, *[write_activity(child) for child in activity.children]),
    )


def write_full_activity(activity: Activity) -> Node:
    """Return a node of the format ``full``; ``runtime`` stands only on a SCO that was launched."""
    satisfied = {"passed": True, "failed": False}.get(activity.success)
    measure = None if activity.score is None else activity.score / 100
    objectives = (Objective(PRIMARY_OBJECTIVE, measure, satisfied), *activity.objectives)
    runtime = () if activity.runtime is None else (_record("runtime", activity.runtime),)
    return Node(
        "activity",
        {"id": activity.id},
        Node("title", text=activity.title),
        Node("satisfied", text=_truth(satisfied is True)),
        Node("completed", text=_truth(activity.complete == "complete")),
        Node("progressstatus", text=_truth(satisfied is not None)),
        Node("attemptprogressstatus", text=_truth(activity.complete != "unknown")),
        Node("attempts", text=activity.attempts),
        Node("suspended", text=_truth(activity.suspended)),
        Node("timeacrossattempts", text=write_time(activity.seconds_across_attempts)),
        Node("objectives", None, *[_objective(objective) for objective in objectives]),
        *runtime,
        Node("children", None, *[write_full_activity(child) for child in activity.children]),
    )


def _objective(objective: Objective) -> Node:
    return Node(
        "objective",
        {"id": objective.id},
        Node("measurestatus", text=_truth(objective.measure is not None)),
        Node("normalizedmeasure", text="0.0" if objective.measure is None else write_number(objective.measure)),
        Node("progressstatus", text=_truth(objective.satisfied is not None)),
        Node("satisfiedstatus", text=_truth(objective.satisfied is True)),
    )


def _truth(value: bool) -> str:
    return "true" if value else "false"


_ITEMS = {
    "comments_from_learner": "comment",
    "comments_from_lms": "comment",
    "interactions": "interaction",
    "objectives": "objective",
    "correct_responses": "response",
}


def _record(name: str, record: Any) -> Node:
    """Return a record as an element: its ``id`` as an attribute, each other field as a child of the same name."""
    named = {"id": record.id} if hasattr(record, "id") else None
    return Node(name, named, *[_field(f.name, getattr(record, f.name)) for f in fields(record) if f.name != "id"])


def _field(name: str, value: Any) -> Node:
    if isinstance(value, tuple):
        return Node(name, None, *_items(_ITEMS[name], value))
    if name in _DURATIONS:
        return Node(name, text=write_time(value))
    if isinstance(value, Decimal):
        return Node(name, text=write_number(value))
    if value is None:
        # The service writes the word for a text that nobody set, and nothing for a number.
        return Node(name, text="null" if name in ("location", "description") else "")
    if isinstance(value, str):
        return Node(name, text=value, cdata=name == "suspend_data")
    return _record(name, value)


def _items(name: str, values: Iterable[Any]) -> Iterable[Node]:
    return [Node(name, {"id": value}) if isinstance(value, str) else _record(name, value) for value in values]
