"""What checks of the Brightspace rows share: what came to a handler between two moments of a scenario."""

from __future__ import annotations

from harness.judging.expect import control
from harness.subjects.lti_platform_records import Told, Tooled
from suites.lti_platform.provoking import PROVOKED, lately


def began(record: Tooled, step: str) -> int:
    """Return when something was provoked in a step; later than everything when it never was."""
    return min((e.seq for e in record.happened if e.name == PROVOKED and e.step == step), default=1 << 60)


def between(record: Tooled, first: str, last: str, name: str) -> tuple[Told, ...]:
    """Return the notices that came to a handler from one step on, before another began."""
    start, end = began(record, first), began(record, last) if last else 1 << 60
    return tuple(told for told in record.told_to(name) if start < told.exchange.seq < end)


def begun_between(record: Tooled, first: str, last: str, name: str) -> tuple[Told, ...]:
    """Return those of `between` whose event is not older than the first step: what is older was under way."""
    return lately(record, first, between(record, first, last, name))


def control_around(record: Tooled, name: str = "copied") -> None:
    """Demand that the handler is told before the switches are thrown, and when they are back."""
    control(between(record, "before", "during", name), "a copy is told while every switch is on")
    control(between(record, "after", "", name), "a copy is told when every switch is on again")


def shown(told: tuple[Told, ...]) -> str:
    """Return notices in words for a report."""
    return ", ".join(f"{one.notice.type} {one.notice.id}" for one in told) or "none"
