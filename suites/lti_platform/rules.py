"""Rules that checks of several areas share."""

from __future__ import annotations

from harness.judging.expect import control
from harness.subjects.lti_platform_records import Launched, Tooled


def control_message(record: Tooled, step: str = "launch") -> Launched:
    """Demand that a launch came to its end: until then nothing can be said of what it should hold."""
    found = record.launched(step)
    control(found is not None and found.has_message, f"a launch ends with a message that can be read ({step})")
    assert found is not None
    return found
