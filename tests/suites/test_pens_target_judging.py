"""What the suite of pens-target says of answers, codes and fetches: each rule on both sides of its boundary."""

from __future__ import annotations

import pytest

from harness.evidence.entries import Exchange
from harness.subjects.pens_records import Collected
from tests.suites.forging_target import (
    PASSES,
    alert,
    collect,
    collected,
    event,
    examples,
    fetch,
    receipt,
    said,
    series,
)


def answer(*, error: str = "error=0\r\n", text: str = "fine", data: str = "pens-data=\r\n") -> Collected:
    return collected(collect(body=f"{error}error-text={text}\r\nversion=1.0.0\r\n{data}".encode()))


def test_pens_data_runs_to_the_end_and_may_end_as_it_likes() -> None:
    for data in ("pens-data=a", "pens-data=a\nb\n", "pens-data=\r"):
        assert said("test_lines_end_with_crlf", answering=answer(data=data)) == PASSES


@pytest.mark.parametrize(("error", "reason"), [("error=0\n", "bare-lf"), ("error=0\r", "bare-cr")])
def test_any_other_line_ends_with_crlf(error: str, reason: str) -> None:
    assert said("test_lines_end_with_crlf", answering=answer(error=error)) == reason


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("package%20taken", "percent-encoded"),
        ("package+taken", "plus-encoded"),
        ("only 5%20 of it", PASSES),
        ("a+b is taken", PASSES),
    ],
)
def test_a_text_that_holds_a_space_is_not_encoded(text: str, verdict: str) -> None:
    assert said("test_values_are_plain_text", answering=answer(text=text)) == verdict


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        ("", "no-error"),
        ("error=none\r\n", "not-decimal"),
        ("error=65535\r\n", PASSES),
        ("error=65536\r\n", "out-of-range"),
    ],
)
def test_error_is_a_line_with_a_number_of_16_bits(error: str, verdict: str) -> None:
    assert said("test_error_is_a_number", answering=answer(error=error)) == verdict


@pytest.mark.parametrize(("status", "verdict"), [(399, PASSES), (400, f"{PASSES}, http-error-status")])
def test_an_http_error_begins_with_400(status: int, verdict: str) -> None:
    assert said("test_http_status_of_an_error", answering=collected(collect(2010, status=status))) == verdict


@pytest.mark.parametrize(
    ("code", "verdict"),
    [
        (0, PASSES),
        (2010, PASSES),
        (2009, "unspecific-code"),
        (1101, "unspecific-code"),
        (4711, PASSES),
    ],
)
def test_a_code_describes_the_fault_unless_the_fault_is_overlooked(code: int, verdict: str) -> None:
    faulty = collected(collect(code), element="client", kind="missing")
    assert said("test_codes_are_specific", faulty=faulty) == verdict


@pytest.mark.parametrize(
    ("element", "kind", "code", "verdict"),
    [
        ("client", "missing", 0, "accepted"),
        ("client", "missing", 2009, "wrong-code"),
        ("client", "missing", 2010, PASSES),
        ("command", "case", 0, PASSES),
        ("command", "case", 2003, "wrong-code"),
    ],
)
def test_zero_accepts_the_fault_unless_the_table_allows_it(element: str, kind: str, code: int, verdict: str) -> None:
    faulty = collected(collect(code), element=element, kind=kind)
    assert said("test_fault_is_answered_with_its_code", faulty=faulty) == verdict


@pytest.mark.parametrize(("code", "verdict"), [(0, "accepted"), (2009, "unspecific-code"), (2010, PASSES)])
def test_every_drawn_fault_has_a_code_of_its_own(code: int, verdict: str) -> None:
    drawn = event("example", step="x1", element="client", kind="missing")
    flawed = examples(drawn, collect(code, step="x1"))
    assert said("test_every_fault_has_a_defensible_code", flawed_collects=flawed) == verdict


@pytest.mark.parametrize(
    ("sent", "verdict"),
    [
        (collect(step="x1"), PASSES),
        (collect(silent=True, step="x1"), "no-response"),
        (collect(status=500, step="x1"), "server-error"),
        (collect(None, status=499, step="x1"), "empty-body"),
        (collect(body=b"Traceback (most recent call last):", status=400, step="x1"), "traceback"),
        (collect(body=b"<html>", status=413, step="x1"), PASSES),
        (collect(body=b"<html>", status=200, step="x1"), "html-page"),
        (collect(body=b"hello", step="x1"), "no-pens-answer"),
    ],
)
def test_whatever_is_hostile_is_answered(sent: Exchange, verdict: str) -> None:
    hostile = examples(event("example", step="x1"), sent)
    assert said("test_hostile_messages_are_answered", hostile_bodies=hostile) == verdict


def test_a_property_without_example_shows_nothing() -> None:
    for check, drawn in (
        ("test_every_sound_collect_is_accepted", "sound_collects"),
        ("test_every_order_is_accepted", "shuffled_collects"),
        ("test_every_fault_has_a_defensible_code", "flawed_collects"),
        ("test_hostile_messages_are_answered", "hostile_bodies"),
    ):
        assert said(check, **{drawn: examples()}) == "no-example"


@pytest.mark.parametrize(
    ("followed", "verdict"),
    [
        ((), "not-reported"),
        ((receipt(404),), PASSES),
        ((receipt(1310),), PASSES),
        ((receipt(1432),), "wrong-code"),
        ((receipt(0),), "reported-success"),
        ((receipt(0), alert(1310)), "reported-success"),
        ((alert(1310),), PASSES),
    ],
)
def test_an_http_error_of_the_staging_server_is_told(followed: tuple[Exchange, ...], verdict: str) -> None:
    fetching = collected(collect(), fetch(status=404), *followed, status=404)
    assert said("test_http_error_is_never_a_success", fetching=fetching) == verdict


@pytest.mark.parametrize(
    ("fetches", "verdict"),
    [
        ((), "not-fetched"),
        ((fetch("/course.zip"),), "other-address"),
        ((fetch("/course.zip?t=2"),), "other-address"),
        ((fetch("/course.zip?t=1"),), PASSES),
    ],
)
def test_the_address_is_fetched_as_it_was_written(fetches: tuple[Exchange, ...], verdict: str) -> None:
    assert said("test_exact_address_is_requested", queried=collected(collect(), *fetches)) == verdict
    assert said("test_exact_address_is_requested", queried=collected(collect(2008), *fetches)) == "refused"


@pytest.mark.parametrize(
    ("paths", "verdict"),
    [
        ((), "not-fetched"),
        (("/course%20one.zip",), PASSES),
        (("/course%2520one.zip",), "encoding-kept"),
        (("/course one.zip",), "decoded-twice"),
    ],
)
def test_percent_encoding_is_undone_once(paths: tuple[str, ...], verdict: str) -> None:
    record = collected(collect(), *(fetch(path) for path in paths))
    assert said("test_percent_encoding_is_undone_once", encoded_path=record) == verdict


@pytest.mark.parametrize(
    ("entries", "verdict"),
    [
        ((collect(1301),), PASSES),
        ((collect(body=b"error=1301\r\nerror-text=no course: root:*:0:0\r\n"),), "content-leaked"),
        ((collect(), receipt(1301, error_text="root:*:0:0")), "content-leaked"),
        ((collect(), alert(1301, pens_data="root:*:0:0")), "content-leaked"),
        ((collect(), receipt(1301)), PASSES),
        ((collect(), receipt(0)), "reported-success"),
    ],
)
def test_nothing_of_a_local_file_is_told(entries: tuple[Exchange, ...], verdict: str) -> None:
    assert said("test_local_files_are_refused", local=collected(*entries)) == verdict


@pytest.mark.parametrize(
    ("sent", "verdict"),
    [
        (collect(None, status=399), "neither-repaired-nor-refused"),
        (collect(None, status=400), ""),
        (collect(None, status=499), ""),
        (collect(None, status=500), "neither-repaired-nor-refused"),
        (collect(2010), ""),
        (collect(silent=True), "neither-repaired-nor-refused"),
    ],
)
def test_a_doubled_question_mark_is_refused_by_http_or_by_a_code(sent: Exchange, verdict: str) -> None:
    expected = f"{PASSES}, {verdict}" if verdict else PASSES
    assert said("test_doubled_question_mark_is_handled", doubled=collected(sent)) == expected


@pytest.mark.parametrize(
    ("entries", "verdict"),
    [
        ((collect(1420),), PASSES),
        ((collect(None, status=403),), PASSES),
        ((collect(), receipt(1420)), PASSES),
        ((collect(), fetch()), "processed"),
        ((collect(), receipt(0)), "told-success"),
    ],
)
def test_a_collect_without_leave_has_no_effect(entries: tuple[Exchange, ...], verdict: str) -> None:
    for check, scenario in (
        ("test_collect_must_be_allowed", "closed_tenant"),
        ("test_credentials_need_the_scope", "uncredentialed"),
        ("test_credentials_belong_to_their_tenant", "foreign"),
    ):
        assert said(check, **{scenario: collected(*entries)}) == verdict


@pytest.mark.parametrize(
    ("first", "verdict"),
    [
        ((collect(step="escaping"), receipt(1301, step="escaping")), PASSES),
        ((collect(2008, step="escaping"),), PASSES),
        ((collect(step="escaping"),), "nothing-told"),
        ((collect(silent=True, step="escaping"),), "not-answered"),
        ((collect(None, step="escaping"),), "not-answered"),
    ],
)
def test_a_path_in_a_file_name_is_answered(first: tuple[Exchange, ...], verdict: str) -> None:
    later = (collect(step="later"), fetch(step="later"), receipt(step="later"))
    assert said("test_file_name_stays_inside", escaping=series(*first, *later)) == verdict
