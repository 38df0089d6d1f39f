"""What the checks of an authoring tool say of one small record each: whom they accuse, and whom they let be."""

from __future__ import annotations

from typing import Any

import pytest

from harness.evidence.entries import Exchange, Half
from tests.suites.publications import (
    NOTED,
    TAKEN,
    TEXT,
    ZIP,
    acknowledgement,
    judged,
    publication,
    reply,
    sent,
    verdict,
)

MAIL = "mailto:author@example.com"
GET = {"method": "GET"}


def test_a_receipt_by_mail_is_no_matter_for_the_checks_of_receipts_over_http() -> None:
    outcome = judged("test_receipt_is_answered", published=publication(NOTED, receipt=MAIL))
    assert (verdict(outcome), "a receipt URL over http or https" in outcome.why) == ("inapplicable", True)


def test_where_no_receipt_was_sent_nothing_is_said_about_it() -> None:
    outcome = judged("test_receipt_is_answered", published=publication(NOTED))
    assert (verdict(outcome), "no receipt could be sent" in outcome.why) == ("untestable", True)


@pytest.mark.parametrize(
    ("alerts", "expected"), [(MAIL, "inapplicable"), ("", "inapplicable"), ("http://author.example/a", "untestable")]
)
def test_alerts_are_asked_for_only_where_they_go_by_http(alerts: str, expected: str) -> None:
    assert verdict(judged("test_alert_is_answered", published=publication(TAKEN, alerts=alerts))) == expected


@pytest.mark.parametrize(("end", "expected"), [("\r\n", "ok"), ("\n", "ok"), ("", "ok")])
def test_the_line_end_after_pens_data_is_free(end: str, expected: str) -> None:
    own = publication(sent("receipt", acknowledgement(end=end)))
    assert verdict(judged("test_own_lines_end_with_crlf", published=own)) == expected


@pytest.mark.parametrize(("end", "expected"), [(b"\n", "bare-lf"), (b"\r", "bare-cr"), (b"\r\n", "ok")])
def test_a_line_before_pens_data_ends_with_cr_lf(end: bytes, expected: str) -> None:
    body = end.join((b"error=0", b"error-text=", b"version=1.0.0", b"pens-data="))
    own = publication(sent("receipt", reply(200, body, TEXT)))
    assert verdict(judged("test_own_lines_end_with_crlf", published=own)) == expected


@pytest.mark.parametrize(
    ("status", "expected"), [("succeeded", "success-told"), ("timeout", "failure-not-told"), ("failed", "ok")]
)
@pytest.mark.parametrize("answer", ["refused", "unreadable"])
def test_a_refusal_and_an_unreadable_answer_are_told_as_failures(answer: str, status: str, expected: str) -> None:
    check = {"refused": "test_error_answer_is_a_failure", "unreadable": "test_no_answer_is_a_failure"}[answer]
    case = {"code": 1421, "text": "unknown"}
    record = publication(NOTED, status=status, output="the target said 1421", case=case)
    assert verdict(judged(check, **{answer: record})) == expected


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("error 1421", "ok"),
        ("(1421)", "ok"),
        ("it says: Command  Unknown", "ok"),
        ("error 14210", "reason-not-shown"),
        ("it failed", "reason-not-shown"),
    ],
)
def test_a_refusal_is_told_with_its_code_or_its_text(output: str, expected: str) -> None:
    case = {"code": 1421, "text": "command unknown"}
    record = publication(NOTED, status="failed", output=output, case=case)
    assert verdict(judged("test_error_answer_is_a_failure", refused=record)) == expected


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        (acknowledgement(0), "ok"),
        (acknowledgement(0, status=299), "ok"),
        (acknowledgement(0, status=300), "receipt-refused-after-warning"),
        (acknowledgement(1101), "receipt-refused-after-warning"),
        (None, "receipt-refused-after-warning"),
    ],
)
def test_a_receipt_after_a_warning_is_taken_even_where_a_success_is_told(response: Half | None, expected: str) -> None:
    warned = publication(sent("receipt", response))
    assert verdict(judged("test_warning_is_no_failure", warned=warned)) == expected


def test_a_warning_is_not_told_as_a_failure() -> None:
    assert verdict(judged("test_warning_is_no_failure", warned=publication(status="failed"))) == "warning-as-failure"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("90%25 of the disk is full", "ok"),
        ("stored in lessons+exams today", "ok"),
        ("understood", "ok"),
        ("receipt%20received", "percent-encoded"),
        ("receipt+received", "plus-encoded"),
    ],
)
def test_a_text_with_a_space_in_it_is_not_encoded(text: str, expected: str) -> None:
    own = publication(sent("receipt", acknowledgement(text=text)))
    assert verdict(judged("test_own_values_are_plain_text", published=own)) == expected


@pytest.mark.parametrize(
    ("error", "expected"),
    [("65535", "ok"), ("65536", "out-of-range"), ("-1", "not-decimal"), ("0x0", "not-decimal"), (" 7 ", "ok")],
)
def test_the_line_error_holds_a_number_of_sixteen_bits(error: str, expected: str) -> None:
    own = publication(sent("receipt", acknowledgement(error)))
    assert verdict(judged("test_own_error_is_a_number", published=own)) == expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ((), "no-content-type"),
        ((("Content-Type", "text/html"),), "not-text-plain"),
        ((("content-type", "Text/Plain; charset=utf-8"),), "ok"),
    ],
)
def test_an_answer_is_declared_as_plain_text(headers: tuple[tuple[str, str], ...], expected: str) -> None:
    own = publication(sent("receipt", reply(200, acknowledgement().body, headers)))
    assert verdict(judged("test_own_answer_is_declared_as_text", published=own)) == expected


@pytest.mark.parametrize(
    ("response", "expected", "remarks"),
    [
        (acknowledgement(2002), "ok", set()),
        (acknowledgement(1500), "ok", {"unusual-code"}),
        (reply(400), "ok", {"http-error-alone"}),
        (reply(399), "no-error-answer", set()),
        (acknowledgement(0), "bad-command-acknowledged", set()),
    ],
)
def test_a_bad_command_is_refused_by_a_code_or_at_least_by_http(
    response: Half, expected: str, remarks: set[str]
) -> None:
    outcome = judged("test_bad_command_is_refused", bad_command=publication(sent("receipt", response)))
    assert (verdict(outcome), {remark.reason for remark in outcome.remarks}) == (expected, remarks)


@pytest.mark.parametrize(("address", "expected"), [("https", "inapplicable"), ("slash", "untestable")])
def test_a_tool_that_does_not_trust_the_certificate_of_this_run_is_not_accused(address: str, expected: str) -> None:
    silent = publication(without_collect=True, case={"address": address})
    assert verdict(judged("test_collect_goes_to_the_configured_address", published_to=silent)) == expected


@pytest.mark.parametrize(
    ("alerts", "expected"),
    [
        ("mailto:a@example.com,b@example.com", "ok"),
        ("mailto:a@example.com;b@example.com", "not-by-commas"),
        ("mailto:a@example.com b@example.com", "not-by-commas"),
        ("mailto:a@example.com,b@example.com;c@example.com", "not-by-commas"),
        ("mailto:a@example.com", "inapplicable"),
        ("mailto:a@example.com?cc=b@example.com", "inapplicable"),
        ("http://a@author.example/b@c;d", "inapplicable"),
    ],
)
def test_two_recipients_of_mail_have_a_comma_between_them(alerts: str, expected: str) -> None:
    outcome = judged("test_mail_recipients_are_separated_by_commas", published=publication(alerts=alerts))
    assert verdict(outcome) == expected


def visits(*statuses: int) -> list[Exchange]:
    return [sent("package", reply(status, ZIP), method="GET") for status in statuses]


@pytest.mark.parametrize(
    ("probe", "fetches", "expected"),
    [
        (200, (), "ok"),
        (302, (302, 200), "ok"),
        (399, (399, 200), "ok"),
        (302, (302, 404), "not-there"),
        (302, (), "not-there"),
        (299, (200,), "not-there"),
        (400, (200,), "not-there"),
    ],
)
def test_a_redirect_to_the_package_is_followed_and_nothing_else_is(
    probe: int, fetches: tuple[int, ...], expected: str
) -> None:
    record = publication(sent("probe", reply(probe, ZIP), **GET), *visits(*fetches))
    assert verdict(judged("test_package_is_in_place", published=record)) == expected


def test_a_staging_server_with_an_unknown_certificate_is_not_accused() -> None:
    outcome = judged("test_package_is_in_place", published=publication(sent("probe", None, error="tls", **GET)))
    assert (verdict(outcome), "cannot be verified" in outcome.why) == ("untestable", True)


@pytest.mark.parametrize("error", ["refused", "timeout", "reset"])
def test_a_staging_server_that_cannot_be_reached_has_no_package(error: str) -> None:
    outcome = judged("test_package_is_in_place", published=publication(sent("probe", None, error=error, **GET)))
    assert (verdict(outcome), outcome.finding and outcome.finding.got) == ("not-there", error)


@pytest.mark.parametrize(
    ("response", "elements", "expected"),
    [
        (reply(200), {}, "empty"),
        (reply(200, b"<html>"), {}, "other-format"),
        (reply(200, b"<html>"), {"package_format": "url"}, "ok"),
        (reply(401), {}, "not-there"),
        (reply(401), {"package_url_user_id": "staging"}, "untestable"),
        (reply(403), {"package_url_password": "secret"}, "untestable"),
        (reply(404), {"package_url_user_id": "staging"}, "not-there"),
    ],
)
def test_a_package_lies_where_the_collect_says(response: Half, elements: dict[str, Any], expected: str) -> None:
    record = publication(sent("probe", response, **GET), **elements)
    assert verdict(judged("test_package_is_in_place", published=record)) == expected
