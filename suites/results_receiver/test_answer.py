"""What a receiver answers ("Registration Postbacks" V1)."""

from __future__ import annotations

from harness.judging.expect import expect
from harness.judging.suite import checks
from harness.subjects.receiver_records import Reception
from suites.results_receiver.rules import answered


@checks("CLOUD-RECV-01")
def test_a_postback_is_answered_directly(posted: Reception) -> None:
    """A sound postback is answered with 2xx: a redirect is never followed, and its data is lost."""
    answer = posted["post"]
    answered(answer)
    redirected = 300 <= answer.status <= 399
    expect(not redirected, "redirected", expected="2xx", got=answer.got, at=answer.at)
    expect(answer.taken, "not-taken", expected="2xx", got=answer.got, at=answer.at)
