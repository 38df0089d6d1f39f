"""How a client takes receipts: in every binding, at every time, whatever they say (CMI010 1.0a §6.3)."""

from __future__ import annotations

from harness.judging.expect import expect, remark
from harness.judging.suite import checks
from harness.subjects.publish_records import Published
from suites.pens_client.rules import came, control_worked
from suites.pens_client.rules_callbacks import control_acknowledged, keys_of, receipts_of, shows
from suites.pens_client.scenarios_callbacks import FAILED

ERROR_STATUS = 400
USUAL_CODES = (2002, 1421, 1101, 1201)


@checks("PENS-RCPT-13")
def test_receipt_is_answered(published: Published) -> None:
    """A receipt over http or https gets an HTTP response that holds a PENS answer."""
    for told in receipts_of(published):
        answered = told.exchange.response is not None
        expect(answered, "unanswered", expected="an HTTP response", got=told.got, at=told.at)
        expect("error" in keys_of(told), "no-pens-answer", expected="a PENS answer", got=told.got, at=told.at)


@checks("PENS-RCPT-14")
def test_receipt_is_taken_in_every_binding(bound: Published, published: Published) -> None:
    """A receipt by GET, URL-encoded POST or multipart POST is acknowledged, and its outcome is told."""
    told = receipts_of(bound)[0]
    control_acknowledged(published)
    expect(told.error == 0, "not-acknowledged", expected="error=0", got=told.got, at=told.at)
    control_worked(published)
    got = bound.outcome
    expect(bound.told_success is True, "receipt-ignored", expected="a success told", got=got, at=told.at)


@checks("PENS-RCPT-15")
def test_error_receipt_is_acknowledged(failed_collection: Published, published: Published) -> None:
    """A receipt that reports an error is answered with 0 like any other: the message was understood."""
    told = receipts_of(failed_collection)[0]
    control_acknowledged(published)
    expect(told.error == 0, "error-receipt-refused", expected="error=0", got=told.got, at=told.at)


@checks("PENS-RCPT-16")
def test_minimal_receipt_is_accepted(minimal: Published, published: Published) -> None:
    """A receipt with command, package-id and error alone is acknowledged, and its outcome is told."""
    told = receipts_of(minimal)[0]
    control_acknowledged(published)
    expect(told.error == 0, "minimal-refused", expected="error=0", got=told.got, at=told.at)
    control_worked(published)
    got = minimal.outcome
    expect(minimal.told_success is True, "minimal-ignored", expected="a success told", got=got, at=told.at)


@checks("PENS-RCPT-17")
def test_receiver_is_ready_before_the_answer(early: Published, published: Published) -> None:
    """A receipt that comes while the collect is still unanswered is acknowledged, and its outcome told."""
    told = receipts_of(early)[0]
    control_worked(published)
    expect(told.taken, "not-ready", expected="the receipt is taken", got=told.got, at=told.at)
    got = early.outcome
    expect(early.told_success is True, "receipt-lost", expected="a success told", got=got, at=told.at)


@checks("PENS-RCPT-18")
def test_bad_command_is_refused(bad_command: Published, published: Published) -> None:
    """A message whose command is missing or unknown is answered with an error, not with 0."""
    told = receipts_of(bad_command)[0]
    control_acknowledged(published)
    expect(told.error != 0, "bad-command-acknowledged", expected="2002 or 1421", got=told.got, at=told.at)
    response = told.exchange.response
    # §5.1 speaks of an HTTP error for a bad message, §6.3 of a code in the body: the first alone is remarked.
    refused = response is not None and response.status >= ERROR_STATUS
    expect(told.error or refused, "no-error-answer", expected="2002 or 1421", got=told.got, at=told.at)
    remark("http-error-alone", unless=told.error is not None, got=told.got, at=told.at, warn=True)
    usual = told.error is None or told.error in USUAL_CODES
    remark("unusual-code", unless=usual, got=told.got, at=told.at)


@checks("PENS-RCPT-21")
def test_outcome_of_the_receipt_is_shown(failed_collection: Published) -> None:
    """What a receipt reports reaches the user: here a failure, with its code or its text."""
    came(failed_collection)
    shown = failed_collection.told_success is False and shows(failed_collection, FAILED["error"], FAILED["text"])
    remark("outcome-not-shown", unless=shown, got=failed_collection.outcome, at=failed_collection.at)


@checks("PENS-RCPT-21")
def test_receipt_is_matched_by_package_id(foreign_receipt: Published) -> None:
    """A receipt for another package says nothing about this publication."""
    came(foreign_receipt)
    matched = foreign_receipt.told_success is True
    remark("not-matched", unless=matched, got=foreign_receipt.outcome, at=foreign_receipt.at)
