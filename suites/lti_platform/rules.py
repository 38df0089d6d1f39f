"""Rules that checks of several areas share."""

from __future__ import annotations

from harness.judging.expect import untestable
from harness.subjects.lti_platform_records import Launched, Tooled


def control_message(record: Tooled, step: str = "launch") -> Launched:
    """Demand that a launch came to its end: until then nothing can be said of what it should hold."""
    found = record.launched(step)
    if found is None or not found.has_message:
        untestable(f"a launch ends with a message that can be read ({step})")
    return found


def both_messages(record: Tooled) -> tuple[Launched, Launched]:
    """Return the launches of instructor and learner; demand that both came to their end."""
    return control_message(record), control_message(record, "learner")
