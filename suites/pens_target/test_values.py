"""The values of a collect: which fault is answered with which code (CMI010 1.0a §6.2, §6.3)."""

from __future__ import annotations

from harness.judging.expect import expect, remark
from harness.judging.suite import checks
from harness.subjects.pens_records import Collected
from harness.wire.pens import WARNINGS
from harness.wire.pens_rules import ACCEPTED
from suites.pens_target.rules import (
    answered,
    control_accepted,
    control_refused,
    control_taken,
    control_understood,
    defended,
    readable,
    reported,
)

FIRST, HIGHEST = 2003, 2010


@checks(
    "PENS-VAL-01", "PENS-VAL-02", "PENS-VAL-03", "PENS-VAL-04", "PENS-VAL-05", "PENS-VAL-06", "PENS-VAL-07",
    "PENS-VAL-08", "PENS-VAL-09", "PENS-VAL-10", "PENS-VAL-11", "PENS-VAL-12", "PENS-VAL-14", "PENS-VAL-15",
    "PENS-VAL-16", "PENS-VAL-17", "PENS-VAL-18", "PENS-VAL-20", needs=["PENS-RESP-01/T"],
)  # fmt: skip
def test_fault_is_answered_with_its_code(faulty: Collected, accepted: Collected) -> None:
    """A collect with one thing wrong is answered with a code that the standard has for it."""
    control_understood(accepted)
    defended(faulty, ACCEPTED[faulty.case["element"], faulty.case["kind"]])


@checks("PENS-VAL-04")
def test_foreign_command_is_refused(foreign_command: Collected, accepted: Collected) -> None:
    """A receipt or an alert that is sent to a target is answered as a command that it does not know."""
    control_understood(accepted)
    readable(foreign_command)
    defended(foreign_command, ACCEPTED["command", "foreign"])


@checks("PENS-VAL-05", needs=["PENS-RESP-01/T"])
def test_reserved_command_does_nothing(faulty: Collected, accepted: Collected) -> None:
    """A command that is reserved for the future fetches nothing and brings no receipt."""
    control_accepted(accepted)
    expect(not faulty.fetches, "fetched", expected="no fetch", got=len(faulty.fetches), at=faulty.at)
    expect(not faulty.receipts, "receipt-sent", expected="no receipt", got=len(faulty.receipts), at=faulty.at)


@checks("PENS-VAL-13", needs=["PENS-RESP-01/T"])
def test_past_expiry_is_reported_or_overlooked(expired: Collected, accepted: Collected) -> None:
    """An expiry in the past brings 1322, in answer or receipt, or the package is collected all the same."""
    control_taken(accepted)
    codes = ACCEPTED["package-url-expiry", "expired"]
    code, at = reported(expired, codes), expired.at
    expect(code in codes, "wrong-code", expected=f"error in {sorted(codes)}", got=expired.got, at=at)
    told = code in WARNINGS or expired.fetched
    expect(told, "past-expiry-unreported", expected="1322, or a fetch", got="neither", at=at)


@checks("PENS-VAL-19", needs=["PENS-RESP-01/T"])
def test_highest_code_is_reported(two_faults: Collected, accepted: Collected) -> None:
    """Of several faults the one with the highest code is reported; a first-error policy is noted."""
    control_understood(accepted)
    answered(two_faults)
    got, at = two_faults.got, two_faults.at
    expect(two_faults.error != 0, "accepted", expected=HIGHEST, got=got, at=at)
    remark("first-error-policy", unless=two_faults.error != FIRST, got=got, at=at)
    expect(two_faults.error in (HIGHEST, FIRST), "wrong-code", expected=HIGHEST, got=got, at=at)


@checks("PENS-VAL-21", needs=["PENS-RESP-01/T"])
def test_refusal_has_no_effect(faulty: Collected, accepted: Collected, two_faults: Collected) -> None:
    """After an answer with an error the package is not fetched and no receipt of success is sent."""
    control_accepted(accepted)
    control_refused(two_faults)
    refused, at = not faulty.understood, faulty.at
    fetched = refused and len(faulty.fetches)
    expect(not fetched, "fetched-after-refusal", expected="no fetch", got=fetched, at=at)
    praised = [receipt.at for receipt in faulty.receipts if refused and receipt.error == 0]
    expect(not praised, "receipt-after-refusal", expected="no receipt of success", got=praised, at=at)


@checks("PENS-VAL-22", needs=["PENS-RESP-01/T"])
def test_vocabulary_is_not_widened(faulty: Collected, accepted: Collected) -> None:
    """A package-type that the vocabulary does not have is never taken."""
    control_taken(accepted)
    code = reported(faulty, ACCEPTED[faulty.case["element"], faulty.case["kind"]])
    expect(code != 0, "vocabulary-widened", expected="an error", got=faulty.got, at=faulty.at)
