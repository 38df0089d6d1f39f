"""How old or how early a signed call may be (SCORM Cloud "Communication Format" V1)."""

from __future__ import annotations

from harness.judging.suite import checks
from harness.subjects.cloud_v1_records import Story
from suites.cloud_v1.rules import control_ok, refused, succeeded
from suites.cloud_v1.rules_access import looked_at


@checks("CLOUD-AUTH-15", "CLOUD-AUTH-16")
def test_a_call_outside_of_the_window_is_refused(dated: Story) -> None:
    """A timestamp more than 15 minutes away from the server's clock is refused with 107."""
    control_ok(dated["twin"], "the same call with the present time succeeds")
    refused(dated["dated"], 107)


@checks("CLOUD-AUTH-17")
def test_a_call_within_the_window_is_accepted(dated: Story) -> None:
    """A timestamp up to 14 minutes away from the server's clock is accepted."""
    looked_at(dated)
    succeeded(dated["dated"])
