"""What a receiver does with notices that are not what they say (1EdTech Security Framework 1.0, 5.1.3)."""

from __future__ import annotations

from harness.judging.expect import expect, untestable
from harness.judging.suite import checks
from harness.subjects.lti_tool_records import Hosted
from suites.lti_tool.rules import control_effect, no_effect


@checks("PNS-NOTICE-14")
def test_a_right_notice_is_taken(notified: Hosted) -> None:
    """A valid delivery is answered with 2xx."""
    sent = notified.delivery("sound") or untestable("a notice was sent")
    expect(sent.taken, "not-taken", expected="2xx", got=sent.got, at=sent.at)


@checks("PNS-RECV-01")
def test_a_bad_signature_has_no_effect(unsigned: Hosted) -> None:
    """A notice whose signature does not verify has no effect."""
    control_effect(unsigned, "before", "after")
    no_effect(unsigned, "tampered", "effect-of-tampered")
