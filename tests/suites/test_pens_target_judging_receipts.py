"""What the suite of pens-target says of receipts, alerts and mails: each rule on both sides of its boundary."""

from __future__ import annotations

import pytest

from harness.evidence.entries import AnyEntry, Exchange, Half
from harness.wire.binding import FORM, encode_multipart
from tests.suites.forging_target import (
    PASSES,
    RETURNED,
    alert,
    collect,
    collected,
    event,
    examples,
    fetch,
    mail,
    receipt,
    said,
    series,
)

LISTED = "".join(f"{name}={value}\r\n" for name, value in RETURNED.items())


@pytest.mark.parametrize(
    ("followed", "verdict"),
    [
        ((fetch(), receipt()), PASSES),
        ((fetch(), receipt(1322)), PASSES),
        ((fetch(), mail("error=0\r\n")), PASSES),
        ((), "not-fetched"),
        ((fetch(),), PASSES),
        ((fetch(), receipt(1432)), "receipt-error"),
    ],
)
def test_acceptance_takes_a_fetch_and_no_receipt_with_an_error(followed: tuple[AnyEntry, ...], verdict: str) -> None:
    for check, scenario in (
        ("test_order_is_irrelevant", "shuffled"),
        ("test_unknown_elements_are_ignored", "unknown_element"),
        ("test_get_is_taken", "by_get"),
    ):
        assert said(check, **{scenario: collected(collect(), *followed)}) == verdict


@pytest.mark.parametrize(
    ("later", "verdict"),
    [
        ((collect(step="later"), fetch(step="later"), receipt(step="later")), PASSES),
        ((collect(silent=True, step="later"),), "later-not-answered"),
        ((collect(None, status=503, step="later"),), "later-not-answered"),
        ((collect(1101, step="later"),), "later-refused"),
        ((collect(step="later"),), "later-not-fetched"),
        ((collect(step="later"), fetch(step="later")), "later-not-receipted"),
        ((collect(step="later"), fetch(step="later"), receipt(1432, step="later")), "later-not-receipted"),
    ],
)
def test_a_mishap_does_not_hinder_the_next_collect(later: tuple[Exchange, ...], verdict: str) -> None:
    for check, scenario, step in (
        ("test_lost_receipt_stops_nothing", "undeliverable", "broken"),
        ("test_lost_alert_stops_nothing", "undeliverable", "broken"),
        ("test_file_name_stays_inside", "escaping", "escaping"),
    ):
        record = series(collect(step=step), receipt(1301, step=step), *later)
        assert said(check, **{scenario: record}) == verdict


@pytest.mark.parametrize(
    ("receipts", "verdict"), [(0, "no-receipt"), (1, PASSES), (2, "several-receipts"), (3, "several-receipts")]
)
def test_a_fetched_package_has_one_receipt(receipts: int, verdict: str) -> None:
    plain = collected(collect(), fetch(), *[receipt()] * receipts)
    assert said("test_one_receipt_for_a_collect", accepted=plain) == verdict
    publications = examples(
        event("example", step="x1"), collect(step="x1"), fetch(step="x1"), *[receipt(step="x1")] * receipts
    )
    assert said("test_every_publication_has_one_receipt", publications=publications) == verdict


@pytest.mark.parametrize(("receipts", "verdict"), [(0, PASSES), (1, PASSES), (2, "several-receipts")])
def test_a_package_that_was_not_fetched_has_one_receipt_at_most(receipts: int, verdict: str) -> None:
    fetched = (collect(step="x1"), fetch(step="x1"), receipt(step="x1"))
    missing = (collect(step="x2"), *[receipt(1310, step="x2")] * receipts)
    assert said("test_every_publication_has_one_receipt", publications=examples(*fetched, *missing)) == verdict


def test_publications_of_which_none_was_fetched_show_nothing_about_receipts() -> None:
    missing = examples(event("example", step="x1"), collect(step="x1"))
    assert said("test_every_publication_has_one_receipt", publications=missing) == "untestable"


def bound(content_type: str, body: bytes) -> Half:
    return Half("POST /receipt HTTP/1.1", (("Content-Type", content_type),), body)


@pytest.mark.parametrize(
    ("request_half", "verdict"),
    [
        (Half("GET /receipt?command=receipt&error=0 HTTP/1.1"), PASSES),
        (bound(FORM, b"command=receipt&error=0"), PASSES),
        (bound(FORM, b"command=receipt&error=0&error-text=all fine"), "not-encoded"),
        (bound(*encode_multipart((("command", "receipt"), ("error", "0")))), f"{PASSES}, multipart"),
        (bound("text/plain", b"command=receipt&error=0"), "not-a-form"),
        (bound("application/json", b"{}"), "not-a-form"),
    ],
)
def test_a_receipt_is_bound_as_query_or_form(request_half: Half, verdict: str) -> None:
    plain = collected(collect(), fetch(), receipt(request=request_half))
    assert said("test_receipt_is_bound_as_a_form", accepted=plain) == verdict


@pytest.mark.parametrize(
    ("followed", "verdict"),
    [
        ((receipt(url="/receipt?job=7&note=a%26b"),), PASSES),
        ((), "no-receipt"),
        ((receipt(url="/receipt"),), "query-lost"),
        ((receipt(url="/receipt?job=7"),), "query-changed"),
        ((receipt(url="/receipt?job=7&note=a&b"),), "query-changed"),
        ((receipt(url="/receipt?job=7&note=a%26b", drop=("command",)),), "elements-lost"),
    ],
)
def test_the_query_of_a_receipt_url_stays(followed: tuple[Exchange, ...], verdict: str) -> None:
    record = collected(collect(), fetch(), *followed)
    assert said("test_query_of_the_receipt_url_is_kept", receipt_queried=record) == verdict


@pytest.mark.parametrize(
    ("alerts", "verdict"),
    [((alert(),), PASSES), ((), "not-processed"), ((alert(1432),), "alerted-error"), ((alert(1432), alert()), PASSES)],
)
def test_a_receipt_that_nobody_answers_in_words_stops_nothing(alerts: tuple[Exchange, ...], verdict: str) -> None:
    record = collected(collect(), fetch(), receipt(), *alerts)
    assert said("test_any_acknowledgement_will_do", unacknowledged=record) == verdict


@pytest.mark.parametrize(
    ("headers", "verdict"),
    [
        ({}, PASSES),
        ({"Reply-To": "library@target.example"}, PASSES),
        ({"Reply-To": "nobody"}, "no-real-reply-to"),
        ({"From": "nobody"}, "no-real-sender"),
        ({"From": ""}, "no-real-sender"),
    ],
)
def test_a_mail_names_an_address_that_can_be_answered(headers: dict[str, str], verdict: str) -> None:
    record = collected(collect(), fetch(), mail("error=0\r\n", headers=headers))
    assert said("test_mail_has_a_real_sender", mailed_to_two=record) == verdict


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("error=0\r\nclient=author\r\n", PASSES),
        ("The course has come.\r\n\r\nerror=0\r\n", PASSES),
        ("error=0\nclient=author\n", "not-crlf"),
        ("error=0\r\nclient=author\n", "not-crlf"),
        ("The course has come.\r\nerror=0\r\n", "text-not-parted"),
        ("The course has come.\r\n", "not-listed"),
    ],
)
def test_a_mail_lists_elements_line_by_line(text: str, verdict: str) -> None:
    record = collected(collect(), fetch(), mail(text))
    assert said("test_mail_lists_the_elements", mailed_to_two=record) == verdict


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        (LISTED, PASSES),
        (LISTED.replace("client=author", "client=Library of the Target"), PASSES),
        (LISTED.replace("client=author\r\n", ""), "no-client"),
        (LISTED.replace("client=author", "client="), "no-client"),
        (LISTED.replace("scorm-pif", "lms-qti"), "other-package-type"),
        (LISTED.replace("4720", "4721"), "other-package-id"),
    ],
)
def test_a_mail_says_which_package_it_is_about(text: str, verdict: str) -> None:
    record = collected(collect(), fetch(), mail(text))
    assert said("test_mail_says_what_it_is_about", mailed_to_two=record) == verdict


@pytest.mark.parametrize(
    ("addresses", "mails", "verdict"),
    [
        ("anna@author.example", 1, PASSES),
        ("anna@author.example", 0, "no-mail"),
        ("anna@author.example,bert@author.example", 1, "address-not-mailed"),
    ],
)
def test_a_mail_goes_to_every_address(addresses: str, mails: int, verdict: str) -> None:
    sent = collect(change={"receipt": f"mailto:{addresses}"})
    record = collected(sent, fetch(), *[mail("error=0\r\n")] * mails)
    assert said("test_every_address_is_mailed", mailed_to_two=record) == verdict
