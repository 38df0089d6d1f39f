"""The answer to a collect: four lines in PENS form (CMI010 1.0a §6 note 7, §A.1.2)."""

from __future__ import annotations

from harness.judging.expect import expect
from harness.judging.suite import checks
from harness.subjects.pens_records import Collected
from harness.wire.pens_answer import KEYS


@checks("PENS-RESP-01/T")
def test_answer_has_its_four_lines(accepted: Collected) -> None:
    """The answer's body has the lines error, error-text, version and pens-data."""
    expect(accepted.answer is not None, "no-pens-answer", expected="a PENS answer", got=accepted.got, at=accepted.at)
    keys = {line.key for line in accepted.lines}
    for key in KEYS:
        expect(key in keys, f"no-{key}", expected=f"a line {key}=", got=sorted(keys), at=accepted.at)


@checks("PENS-RESP-02/T", needs=["PENS-RESP-01/T"])
def test_lines_end_with_crlf(accepted: Collected) -> None:
    """Each line of the answer ends with CR LF."""
    for line in accepted.lines:
        if line.key != "pens-data":
            expect(line.end == b"\r\n", "bare-lf", expected=b"\r\n", got=line.end, at=f"{accepted.at} {line.span}")


@checks("PENS-RCPT-01", needs=["PENS-RESP-01/T"])
def test_receipt_follows_a_success(accepted: Collected) -> None:
    """A receipt is sent after the package was fetched."""
    expect(accepted.fetched, "not-fetched", expected="the package is fetched", got=accepted.got, at=accepted.at)
    expect(accepted.receipt is not None, "no-receipt", expected="a receipt", got="none", at=accepted.at)
