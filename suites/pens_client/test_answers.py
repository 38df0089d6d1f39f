"""How a client takes the answer to its collect, and what it answers itself (CMI010 1.0a §4.1, §6.3)."""

from __future__ import annotations

import re

from harness.judging.expect import expect, remark, untestable
from harness.judging.suite import checks
from harness.subjects.publish_records import Published
from harness.wire.pens import VERSION
from harness.wire.pens_answer import KEYS
from suites.pens_client.rules import came, control_worked
from suites.pens_client.rules_callbacks import (
    answers_of,
    coded_answers_of,
    keys_of,
    lines_of,
    shows,
    value_of,
)

HIGHEST_CODE = 65535


@checks("PENS-CONF-04")
def test_every_legitimate_answer_is_understood(understood: Published, published: Published) -> None:
    """Whatever error-text and pens-data an answer with 0 holds, the publication goes on to its success."""
    came(understood)
    control_worked(published)
    if not understood.receipts:
        untestable("no receipt was sent: the collect was not understood")
    told = understood.told_success
    expect(told is True, "misreported", expected="a success told", got=understood.outcome, at=understood.at)


@checks("PENS-CONF-04")
def test_text_with_equals_is_shown_whole(refused: Published, published: Published) -> None:
    """An error text that holds equals signs is not cut at one of them."""
    came(refused)
    control_worked(published)
    output, text = " ".join(refused.output.split()), str(refused.case["text"])
    begun = text.partition("=")[0] in output
    remark("text-cut", unless=text in output or not begun, got=output, at=refused.at)


@checks("PENS-RESP-11")
def test_error_answer_is_a_failure(refused: Published, published: Published) -> None:
    """An answer other than 0 is told as a failure, with its code or its text."""
    came(refused)
    control_worked(published)
    got, at = refused.outcome, refused.at
    expect(refused.told_success is not True, "success-told", expected="a failure told", got=got, at=at)
    expect(refused.told_success is False, "failure-not-told", expected="a failure told", got=got, at=at)
    code, text = int(refused.case["code"]), str(refused.case["text"])
    expect(shows(refused, code, text), "reason-not-shown", expected=f"{code} or {text!r}", got=got, at=at)


@checks("PENS-RESP-12")
def test_no_answer_is_a_failure(unreadable: Published, published: Published) -> None:
    """An HTTP error, a body that is no PENS answer and a broken connection are told as failures."""
    came(unreadable)
    control_worked(published)
    got, at = unreadable.outcome, unreadable.at
    expect(unreadable.told_success is not True, "success-told", expected="a failure told", got=got, at=at)
    expect(unreadable.told_success is False, "failure-not-told", expected="a failure told", got=got, at=at)


@checks("PENS-RESP-13")
def test_warning_is_no_failure(warned: Published, published: Published) -> None:
    """After a warning the receipt is still awaited, taken and acknowledged."""
    came(warned)
    control_worked(published)
    if not warned.receipts:
        untestable("no receipt was sent: the collect was not understood")
    told = warned.receipts[0]
    expect(told.taken, "receipt-refused-after-warning", expected="the receipt is taken", got=told.got, at=told.at)
    got = warned.outcome
    expect(warned.told_success is True, "warning-as-failure", expected="a success told", got=got, at=warned.at)


@checks("PENS-RESP-01/R")
def test_own_answer_has_its_four_lines(published: Published) -> None:
    """The answer to a receipt or an alert has the lines error, error-text, version and pens-data."""
    for told in answers_of(published):
        keys = keys_of(told)
        expect("error" in keys, "no-pens-answer", expected="a PENS answer", got=told.got, at=told.at)
        for key in KEYS:
            expect(key in keys, f"no-{key}", expected=f"a line {key}=", got=keys, at=told.at)


@checks("PENS-RESP-02/R", needs=["PENS-RESP-01/R"])
def test_own_lines_end_with_crlf(published: Published) -> None:
    """Each line of the answer to a receipt or an alert ends with CR LF."""
    lines = [(told, line) for told in answers_of(published) for line in lines_of(told)]
    if not lines:
        untestable("no line stands before pens-data")
    for told, line in lines:
        where = f"{told.at} {line.span}"
        expect(line.end != b"\r", "bare-cr", expected=b"\r\n", got=line.end, at=where)
        expect(line.end == b"\r\n", "bare-lf", expected=b"\r\n", got=line.end, at=where)


@checks("PENS-RESP-03/R", needs=["PENS-RESP-01/R"])
def test_own_values_are_plain_text(published: Published) -> None:
    """The values of the answer are not URL-encoded: where error-text has a space, it is a space."""
    for told in answers_of(published):
        text = value_of(told, "error-text")
        plain = " " in text
        percent = re.search(r"%[0-9A-Fa-f]{2}", text) is not None
        expect(plain or not percent, "percent-encoded", expected="plain text", got=text, at=told.at)
        plus = re.search(r"\w\+\w", text) is not None
        expect(plain or not plus, "plus-encoded", expected="plain text", got=text, at=told.at)


@checks("PENS-RESP-04/R", needs=["PENS-RESP-01/R"])
def test_own_lines_come_in_order(published: Published) -> None:
    """The lines come in the order error, error-text, version, and pens-data is last."""
    for told in answers_of(published):
        keys = keys_of(told)
        expect(keys[-1] == "pens-data", "pens-data-not-last", expected=KEYS, got=keys, at=told.at)
        expect(tuple(keys) == KEYS, "wrong-order", expected=KEYS, got=keys, at=told.at)


@checks("PENS-RESP-05/R")
def test_own_error_is_a_number(published: Published) -> None:
    """The line error of the answer holds a decimal integer from 0 to 65535."""
    for told in coded_answers_of(published):
        text = value_of(told, "error").strip()
        decimal = text.isascii() and text.isdigit()
        expect(decimal, "not-decimal", expected="decimal digits", got=text, at=told.at)
        expect(int(text) <= HIGHEST_CODE, "out-of-range", expected="0 to 65535", got=text, at=told.at)


@checks("PENS-RESP-06/R", needs=["PENS-RESP-05/R"])
def test_own_zero_means_understood(published: Published, bad_command: Published) -> None:
    """A right receipt or alert is answered with 0, a message without a known command is not."""
    for told in coded_answers_of(published):
        expect(told.error == 0, "error-for-an-understood-message", expected="error=0", got=told.got, at=told.at)
    bad = answers_of(bad_command)[0]
    expect(bad.error != 0, "zero-for-an-unknown-command", expected="an error", got=bad.got, at=bad.at)


@checks("PENS-RESP-07/R", needs=["PENS-RESP-01/R"])
def test_own_answer_is_declared_as_text(published: Published) -> None:
    """The answer to a receipt or an alert is declared as text/plain, with or without parameters."""
    for told in answers_of(published):
        declared = (told.exchange.response.header("Content-Type") if told.exchange.response else None) or ""
        expect(declared != "", "no-content-type", expected="text/plain", got=declared, at=told.at)
        media = declared.partition(";")[0].strip().lower()
        expect(media == "text/plain", "not-text-plain", expected="text/plain", got=declared, at=told.at)


@checks("PENS-RESP-08/R", needs=["PENS-RESP-01/R"])
def test_own_version_is_a_pens_version(published: Published) -> None:
    """The line version holds a PENS version: three integers; 1.0.0 is the one that was released."""
    for told in answers_of(published):
        version = value_of(told, "version").strip()
        expect(version != "", "no-version-value", expected=VERSION, got=version, at=told.at)
        three = re.fullmatch(r"\d+\.\d+\.\d+", version) is not None
        expect(three, "not-a-version", expected="three integers", got=version, at=told.at)
        remark("unreleased-version", unless=version == VERSION, got=version, at=told.at)
