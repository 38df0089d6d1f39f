"""Rules that checks of several areas share."""

from __future__ import annotations

from harness.evidence.entries import Half
from harness.judging.expect import untestable
from harness.subjects.lti_platform_records import Launched, Tooled


def is_put_off(response: Half | None) -> bool:
    """Whether an answer says nothing but that it is to be asked later (RFC 6585, 4; RFC 9110, 15.6.4)."""
    if response is None:
        return False
    return response.status == 429 or (response.status == 503 and response.header("Retry-After") is not None)


def control_message(record: Tooled, step: str = "launch") -> Launched:
    """Demand that a launch came to its end: until then nothing can be said of what it should hold."""
    found = record.launched(step)
    if found is None or not found.has_message:
        untestable(f"a launch ends with a message that can be read ({step})")
    return found


def both_messages(record: Tooled) -> tuple[Launched, Launched]:
    """Return the launches of instructor and learner; demand that both came to their end."""
    return control_message(record), control_message(record, "learner")
