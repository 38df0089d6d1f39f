"""Rules that many checks of this suite share."""

from __future__ import annotations

from harness.judging.expect import control, untestable
from harness.subjects.publish_records import Published


def came(record: Published) -> None:
    """Demand that a collect came at all; else nothing can be said about it."""
    if not record.published:
        untestable("no collect came: the stimulus published nothing")


def control_worked(record: Published) -> None:
    """Demand as positive control that the subject told its user of a success when there was one."""
    control(record.acknowledged, "a plain publication works: fetched, receipt acknowledged, success told")
