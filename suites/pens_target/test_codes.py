"""The codes that a target gives: specific, listed, HTTP's only where HTTP was at fault (CMI010 1.0a §6.3)."""

from __future__ import annotations

from harness.judging.expect import expect, remark, untestable
from harness.judging.suite import checks
from harness.subjects.pens_records import Collected
from harness.wire.pens import CODES, IMPLEMENTATION_CODES, listed_code
from harness.wire.pens_rules import ACCEPTED
from suites.pens_target.rules import control_refused, control_taken, reported

HTTP_BEYOND_500 = range(501, 512)
HTTP_NUMBERS = range(200, 600)


@checks("PENS-ERR-01", needs=["PENS-RESP-01/T"])
def test_codes_are_specific(faulty: Collected, accepted: Collected, two_faults: Collected) -> None:
    """A fault is reported by a code that describes it, not by a more general one or by that of another fault.

    A fault that is overlooked, and a code that is not listed, are matters of other rules.
    """
    control_taken(accepted)
    control_refused(two_faults)
    codes = ACCEPTED[faulty.case["element"], faulty.case["kind"]]
    code = reported(faulty, codes)
    wrong = code != 0 and code in CODES and code not in codes
    expect(not wrong, "unspecific-code", expected=f"error in {sorted(codes)}", got=faulty.got, at=faulty.at)


@checks("PENS-ERR-02", needs=["PENS-RESP-01/T"])
def test_codes_are_listed(faulty: Collected, accepted: Collected) -> None:
    """Every code below 10000 is one that the standard lists, or one of the underlying protocol."""
    control_taken(accepted)
    for code in (*faulty.codes, *accepted.codes):
        beyond = code in HTTP_BEYOND_500
        expect(listed_code(code) or beyond, "unlisted-code", expected="a listed code", got=code, at=faulty.at)
        remark("http-code-beyond-500", unless=not beyond, got=code, at=faulty.at)


@checks("PENS-ERR-03", needs=["PENS-RESP-01/T"])
def test_codes_of_its_own(faulty: Collected) -> None:
    """Codes from 10000 upward belong to the implementation; which ones are used is noted."""
    own = [code for code in faulty.codes if code in IMPLEMENTATION_CODES]
    remark("own-code", unless=not own, got=own, at=faulty.at)


@checks("PENS-ERR-04", needs=["PENS-RESP-01/T"])
def test_protocol_codes_describe_the_fault(unfetchable: Collected, accepted: Collected) -> None:
    """A receipt gives a number of HTTP only when the package's server has given it."""
    control_taken(accepted)
    if unfetchable.receipt is None:
        untestable("a receipt after a failed fetch")
    seen = {fetch.response.status for fetch in unfetchable.fetches if fetch.response}
    code, at = unfetchable.receipt_error, unfetchable.receipt.at
    invented = code in HTTP_NUMBERS and not seen
    expect(not invented, "protocol-code-without-cause", expected="a PENS code", got=code, at=at)
    other = code in HTTP_NUMBERS and code not in seen
    expect(not other, "other-protocol-code", expected=sorted(seen), got=code, at=at)
