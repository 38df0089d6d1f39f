"""What a platform has to do with an address, by what the record says of it."""

from __future__ import annotations

from harness.judging.expect import control, expect, untestable
from harness.subjects.lti_platform_records import Handled, Tooled
from suites.lti_platform.rules_handlers import refused_by


def judged_as(called: Handled, wanted: str) -> None:
    """Expect that a PUT was accepted, refused, or answered at all, as wanted."""
    if wanted == "accept":
        expect(called.taken, "refused", expected="the handler to be accepted", got=called.got, at=called.at)
    elif wanted == "refuse":
        refused_by(called)
    else:
        fine = called.taken or called.refused
        expect(fine, "fell-over", expected="2xx or 4xx", got=called.got, at=called.at)


def is_taken_or_refused(example: Tooled) -> None:
    """Expect that the one PUT of an example came out as the rules for addresses have it."""
    event = example.event("example")
    if event is None or not example.calls:
        untestable("positive control not seen: an address is tried")
    called = example.calls[0]
    control(called.response is not None, "the call is answered")
    judged_as(called, str(event.facts["expect"]))
