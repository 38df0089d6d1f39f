"""What the engine adds to PENS: AllowedRequests, scopes, tenants (Rustici "PENS" for Engine)."""

from __future__ import annotations

from harness.judging.expect import control, expect, remark
from harness.judging.suite import checks
from harness.subjects.pens_records import Collected
from harness.wire.pens_rules import ACCEPTED
from suites.pens_target.rules import accepted_by_effect, control_accepted, control_taken, refused_with
from suites.pens_target.rules_collection import nothing_is_done, trouble_is_told

ANSWERED = ("PENS-RESP-01/T",)


@checks("ENGINE-PENS-01")
def test_collect_must_be_allowed(closed_tenant: Collected, accepted: Collected) -> None:
    """A collect has no effect where AllowedRequests does not list Pens_COLLECT."""
    control_accepted(accepted)
    nothing_is_done(closed_tenant)


@checks("ENGINE-PENS-04")
def test_credentials_need_the_scope(uncredentialed: Collected, accepted: Collected) -> None:
    """A collect has no effect without credentials, with wrong ones, or without the scope pens:collect."""
    control_accepted(accepted)
    nothing_is_done(uncredentialed)


@checks("ENGINE-PENS-05")
def test_credentials_belong_to_their_tenant(foreign: Collected, accepted: Collected) -> None:
    """A collect has no effect with the PENS credentials of another tenant."""
    control_accepted(accepted)
    nothing_is_done(foreign)


@checks("ENGINE-PENS-08", needs=ANSWERED)
def test_package_is_fetched_and_imported(accepted: Collected) -> None:
    """The package is fetched and imported without any further call."""
    expect(accepted.fetched, "not-fetched", expected="a complete GET", got=accepted.got, at=accepted.at)
    control(accepted.receipt is not None, "a receipt tells what became of the package")
    codes = list(accepted.codes)
    expect(accepted.accepted and not any(codes), "not-imported", expected="error=0", got=codes, at=accepted.at)


@checks("ENGINE-PENS-12", needs=ANSWERED)
def test_receipt_goes_to_its_url(accepted: Collected) -> None:
    """A receipt is sent to the URL that the collect names for it."""
    control(accepted.fetched, "the package is fetched")
    expect(accepted.receipt is not None, "no-receipt", expected="a receipt", got="none", at=accepted.at)


@checks("ENGINE-PENS-12", needs=ANSWERED)
def test_later_trouble_is_told(fetching: Collected, accepted: Collected) -> None:
    """Trouble with a package that was fetched is told by an alert, or by the receipt."""
    control_accepted(accepted)
    trouble_is_told(fetching, {1432, 1301, 1310})


@checks("ENGINE-PENS-13", needs=ANSWERED)
def test_get_is_taken_as_post(by_get: Collected, accepted: Collected) -> None:
    """A collect by GET is accepted as one by POST is."""
    control_taken(accepted)
    accepted_by_effect(by_get)


@checks("ENGINE-PENS-14", needs=ANSWERED)
def test_missing_elements_have_their_codes(lacking: Collected, accepted: Collected) -> None:
    """A missing required element is answered with the code that belongs to it."""
    control_accepted(accepted)
    refused_with(lacking, ACCEPTED[lacking.case["element"], "missing"])


@checks("ENGINE-PENS-20")
def test_doubled_question_mark_is_handled(doubled: Collected, accepted: Collected) -> None:
    """A second question mark in the address is repaired, or the collect is refused with an error."""
    control_accepted(accepted)
    status = doubled.response.status if doubled.response else 0
    refused = 400 <= status < 500 or bool(doubled.error)
    remark("neither-repaired-nor-refused", unless=doubled.taken or refused, got=doubled.got, at=doubled.at)
