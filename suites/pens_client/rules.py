"""Rules that many checks of this suite share."""

from __future__ import annotations

from harness.evidence.entries import Half
from harness.judging.expect import control, expect, untestable
from harness.subjects.publish_records import Published


def came(record: Published) -> None:
    """Demand that a collect came at all; else nothing can be said about it."""
    if not record.published:
        untestable("no collect came: the stimulus published nothing")


def request_of(record: Published) -> Half:
    """Return the request that brought the collect; untestable when none came."""
    came(record)
    return record.collect.request if record.collect else Half("")


def control_worked(record: Published) -> None:
    """Demand as positive control that the subject told its user of a success when there was one."""
    control(record.worked, "a plain publication works: fetched, receipt delivered, success told")


def present(record: Published, name: str) -> str:
    """Expect an element to be there, whatever its value, and return it."""
    came(record)
    value = record.element(name)
    expect(value is not None, "missing", expected=f"element {name}", got=record.message.names, at=record.at)
    return value or ""


def element(record: Published, name: str) -> str:
    """Return an element; where it is missing, which others accuse, nothing can be said about it."""
    came(record)
    value = record.element(name)
    if value is None:
        untestable(f"the collect has no {name}")
    return value
