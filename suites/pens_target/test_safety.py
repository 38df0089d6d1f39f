"""What a caller's URLs must not do to a target: reach inside, or out of its storage folder."""

from __future__ import annotations

from harness.judging.expect import control, expect, remark
from harness.judging.suite import checks
from harness.subjects.pens_records import Collected, Series
from suites.pens_target.rules import control_accepted
from suites.pens_target.rules_collection import problems, still_serves


@checks("PENS-SEC-02", needs=["PENS-RESP-01/T"])
def test_internal_addresses_are_refused(internal: Collected, accepted: Collected) -> None:
    """A package at an internal address that a caller names is reported as not to be had."""
    control_accepted(accepted)
    remark("internal-address-taken", unless=problems(internal), got=internal.got, at=internal.at)


@checks("PENS-SEC-03")
def test_file_name_stays_inside(escaping: Series, accepted: Collected) -> None:
    """A path hidden in the file name brings a receipt or a refusal, and later collects are served."""
    control_accepted(accepted)
    first, later = escaping["escaping"], escaping["later"]
    expect(first.answer is not None, "not-answered", expected="a PENS answer", got=first.got, at=first.at)
    told = first.receipt is not None or not first.understood
    expect(told, "nothing-told", expected="a receipt or a refusal", got=first.got, at=first.at)
    control(later.at != first.at, "a plain collect follows")
    still_serves(later, accepted)
