"""The claim by which a launch offers the notification service (LTI Core 1.3, 6.1; Canvas API documentation, PNS)."""

from __future__ import annotations

from harness.judging.expect import control, expect
from harness.judging.suite import checks
from harness.subjects.lti_platform_records import Tooled
from suites.lti_platform.rules import control_message


@checks("PNS-CLAIM-01")
def test_each_launch_offers_the_service(launched: Tooled) -> None:
    """Each launch of a deployment to which the service applies carries its claim."""
    for step in ("launch", "learner"):
        found = control_message(launched, step)
        expect(found.offers_service, "no-claim", expected="the claim platformnotificationservice", at=found.at)


@checks("PNS-CLAIM-07")
def test_no_launch_offers_what_is_switched_off(switched_off: Tooled) -> None:
    """A launch carries no claim while the service is disabled."""
    before = control_message(switched_off, "before")
    control(before.offers_service, "the service is offered while it is on")
    off = control_message(switched_off, "off")
    expect(not off.offers_service, "claim-while-off", expected="no claim", got=off.service.url, at=off.at)
    control(control_message(switched_off, "after").offers_service, "the service is offered when it is on again")
