"""The answer to a collect: four lines in PENS form (CMI010 1.0a §6 note 7, §A.1.2), before the download."""

from __future__ import annotations

import re

from harness.judging.expect import expect, remark
from harness.judging.suite import checks
from harness.subjects.pens_records import Collected
from harness.wire.pens import VERSION, WARNINGS
from harness.wire.pens_answer import KEYS
from suites.pens_target.rules import answered, control_accepted, control_taken, readable

HIGHEST_CODE = 65535
ERROR_STATUS = 400


def _keys(record: Collected) -> list[str]:
    """Return the known keys by first appearance, also those that stand after pens-data."""
    data = record.answer.pens_data if record.answer else ""
    later = [text.partition("=")[0] for text in (data or "").splitlines() if "=" in text]
    found = dict.fromkeys([line.key for line in record.lines] + later)
    return [key for key in found if key in KEYS]


def _value(record: Collected, key: str) -> str:
    return next((line.value for line in record.lines if line.key == key), "")


@checks("PENS-RESP-01/T")
def test_answer_has_its_four_lines(answering: Collected) -> None:
    """The answer's body has the lines error, error-text, version and pens-data."""
    answered(answering)
    keys = _keys(answering)
    for key in KEYS:
        expect(key in keys, f"no-{key}", expected=f"a line {key}=", got=keys, at=answering.at)


@checks("PENS-RESP-02/T", needs=["PENS-RESP-01/T"])
def test_lines_end_with_crlf(answering: Collected) -> None:
    """Each line of the answer ends with CR LF."""
    for line in answering.lines:
        if line.key != "pens-data":
            where = f"{answering.at} {line.span}"
            expect(line.end != b"\r", "bare-cr", expected=b"\r\n", got=line.end, at=where)
            expect(line.end == b"\r\n", "bare-lf", expected=b"\r\n", got=line.end, at=where)


@checks("PENS-RESP-03/T", needs=["PENS-RESP-01/T"])
def test_values_are_plain_text(answering: Collected) -> None:
    """The values of the answer are not URL-encoded: where error-text has a space, it is a space."""
    text = _value(answering, "error-text")
    plain = " " in text
    percent = re.search(r"%[0-9A-Fa-f]{2}", text) is not None
    expect(plain or not percent, "percent-encoded", expected="plain text", got=text, at=answering.at)
    plus = re.search(r"\w\+\w", text) is not None
    expect(plain or not plus, "plus-encoded", expected="plain text", got=text, at=answering.at)


@checks("PENS-RESP-04/T", needs=["PENS-RESP-01/T"])
def test_lines_come_in_order(answering: Collected) -> None:
    """The lines come in the order error, error-text, version, and pens-data is last."""
    keys = _keys(answering)
    expect(keys[-1] == "pens-data", "pens-data-not-last", expected=KEYS, got=keys, at=answering.at)
    expect(tuple(keys) == KEYS, "wrong-order", expected=KEYS, got=keys, at=answering.at)


@checks("PENS-RESP-05/T")
def test_error_is_a_number(answering: Collected) -> None:
    """The line error holds a decimal integer from 0 to 65535."""
    given = [line.value.strip() for line in answering.lines if line.key == "error"]
    expect(given, "no-error", expected="a line error=", got=answering.got, at=answering.at)
    decimal = given[0].isascii() and given[0].isdigit()
    expect(decimal, "not-decimal", expected="decimal digits", got=given[0], at=answering.at)
    expect(int(given[0]) <= HIGHEST_CODE, "out-of-range", expected="0 to 65535", got=given[0], at=answering.at)


@checks("PENS-RESP-06/T", needs=["PENS-RESP-01/T"])
def test_zero_means_understood(accepted: Collected, two_faults: Collected) -> None:
    """A sound collect is answered with error=0, a broken one with another code that is no warning."""
    expect(accepted.understood, "error-for-a-sound-collect", expected="error=0", got=accepted.got, at=accepted.at)
    got, at = two_faults.got, two_faults.at
    expect(two_faults.error != 0, "zero-for-a-broken-collect", expected="an error", got=got, at=at)
    warned = two_faults.error in WARNINGS
    expect(not warned, "warning-for-a-broken-collect", expected="an error", got=got, at=at)


@checks("PENS-RESP-07/T", needs=["PENS-RESP-01/T"])
def test_answer_is_declared_as_text(answering: Collected) -> None:
    """The answer is declared as text/plain, with or without parameters."""
    declared = (answering.response.header("Content-Type") if answering.response else None) or ""
    expect(declared != "", "no-content-type", expected="text/plain", got=declared, at=answering.at)
    media = declared.partition(";")[0].strip().lower()
    expect(media == "text/plain", "not-text-plain", expected="text/plain", got=declared, at=answering.at)


@checks("PENS-RESP-08/T", needs=["PENS-RESP-01/T", "PENS-RESP-04/T"])
def test_version_is_a_pens_version(answering: Collected) -> None:
    """The line version holds a PENS version: three integers; 1.0.0 is the one that was released."""
    version = _value(answering, "version").strip()
    expect(version != "", "no-version-value", expected=VERSION, got=version, at=answering.at)
    three = re.fullmatch(r"\d+\.\d+\.\d+", version) is not None
    expect(three, "not-a-version", expected="three integers", got=version, at=answering.at)
    remark("unreleased-version", unless=version == VERSION, got=version, at=answering.at)


@checks("PENS-RESP-09", needs=["PENS-RESP-01/T"])
def test_answer_is_about_the_command_alone(unfetchable: Collected, accepted: Collected) -> None:
    """A sound collect is answered with 0 even if nobody listens at the package URL; the receipt tells."""
    control_accepted(accepted)
    at = unfetchable.at
    expect(unfetchable.understood, "outcome-in-answer", expected="error=0", got=unfetchable.got, at=at)
    expect(unfetchable.receipt is not None, "no-receipt", expected="a receipt with an error", got="none", at=at)
    failed = unfetchable.receipt_error != 0
    expect(failed, "success-receipt", expected="an error in the receipt", got=unfetchable.receipt_error, at=at)


@checks("PENS-RESP-10", needs=["PENS-RESP-01/T"])
def test_answer_does_not_wait_for_the_download(held: Collected, accepted: Collected) -> None:
    """The answer comes while the download is still held; one that comes later is noted."""
    control_taken(accepted)
    opened = next(event.seq for event in held.happened if event.name == "gate-opened")
    early = held.collect.ended < opened
    remark("waits-for-the-download", unless=early, got="the answer came after the download", at=held.at)


@checks("PENS-RESP-14", needs=["PENS-RESP-01/T"])
def test_http_status_of_an_error(answering: Collected) -> None:
    """An HTTP error status together with an answer is allowed; it is noted."""
    status = answering.response.status if answering.response else 0
    remark("http-error-status", unless=status < ERROR_STATUS, got=status, at=answering.at)


@checks("PENS-CONF-02")
def test_every_command_is_answered(faulty: Collected) -> None:
    """Every command, whatever is wrong with it, is given an answer in PENS form."""
    readable(faulty)


@checks("PENS-CONF-02")
def test_foreign_command_is_answered(foreign_command: Collected) -> None:
    """A command that is meant for a client, receipt or alert, is given an answer in PENS form."""
    readable(foreign_command)


@checks("PENS-CONF-05")
def test_empty_optional_elements_are_answered(empty_optionals: Collected, accepted: Collected) -> None:
    """A collect whose optional elements are empty is given an answer in PENS form."""
    control_taken(accepted)
    readable(empty_optionals)
