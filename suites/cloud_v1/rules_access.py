"""Rules about who is let in: signatures are looked at, sound calls succeed, and a call passes authentication."""

from __future__ import annotations

from harness.judging.expect import control, expect
from harness.subjects.cloud_v1_records import Called, Story
from suites.cloud_v1.rules import answered, refused

SECURITY = range(100, 109)
"""Codes by which authentication fails."""

NOT_REACHED = (200, 201, 202)
"""Codes that say nothing about authentication: the method may have been looked for before."""


def looked_at(story: Story, prefix: str = "") -> None:
    """Demand as control that a sound call succeeds and the same call with a wrong signature fails."""
    control(story[f"{prefix}twin"].is_ok, "a sound call succeeds")
    control(story[f"{prefix}flipped"].failed, "the same call with a wrong signature is refused")


def let_in(called: Called) -> None:
    """Expect that a call was not refused by authentication; what else it answers is another matter."""
    answered(called)
    control(called.code not in NOT_REACHED, "the service knows the method")
    expect(called.code not in SECURITY, "refused", expected="a call that is let in", got=called.got, at=called.at)


def kept_out(called: Called) -> None:
    """Expect that a call with a signature that does not count all its parameters is refused with 104."""
    refused(called, 104)
