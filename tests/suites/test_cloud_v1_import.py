"""What the suite of cloud-v1 says of imports: each rule on both sides of its boundary."""

from __future__ import annotations

import pytest

from suites.cloud_v1.scenarios_import import TITLE
from tests.suites.forging_cloud_import import (
    ERROR,
    FINISHED,
    RESULT,
    RUNNING,
    STATE,
    TITLE_XML,
    TOKEN,
    Answer,
    http,
    record,
    said,
)
from tests.suites.forging_cloud_v1 import PASSES, PONG, UNTESTABLE, fail, ok


@pytest.mark.parametrize(
    ("started", "verdict"),
    [
        (TOKEN, PASSES),
        (ok("<token><server>h</server><id> t </id></token>"), PASSES),
        (fail(203), "refused"),
        (ok('<token id="t1"/>'), "no-token"),
        (ok("<token><id/></token>"), "no-token"),
    ],
)
def test_an_upload_is_answered_with_a_token(started: bytes, verdict: str) -> None:
    assert said("test_an_upload_is_answered_with_a_token", imported=record(twin=PONG, started=started)) == verdict
    refusing = record(twin=fail(201), started=fail(201))
    assert said("test_an_upload_is_answered_with_a_token", imported=refusing) == UNTESTABLE


def test_a_token_is_not_to_wait_for_the_import() -> None:
    name = "test_the_token_comes_before_the_import_is_done"
    held = ok(STATE.format("created", 0))
    assert said(name, held=record(twin=PONG, started=TOKEN, created=held)) == PASSES
    assert said(name, held=record(twin=PONG, started=None)) == "late"
    assert said(name, held=record(twin=PONG, started=TOKEN, created=FINISHED)) == UNTESTABLE


@pytest.mark.parametrize(
    ("poll", "verdict"),
    [
        (FINISHED, PASSES),
        (RUNNING, "not-imported"),
        (ERROR, "not-imported"),
        (FINISHED.replace(b'successful="true"', b'successful="false"'), "not-imported"),
    ],
)
def test_a_package_is_taken_when_it_was_imported(poll: bytes, verdict: str) -> None:
    story = record(started=TOKEN, poll=poll)
    assert said("test_any_form_of_upload_is_taken", posted_file=story) == verdict
    assert said("test_a_part_called_file_is_taken", named_file=story) == verdict
    assert said("test_any_form_of_upload_is_taken", posted_file=story, imported=record(started=fail(1))) == UNTESTABLE


@pytest.mark.parametrize(
    ("poll", "verdict"),
    [
        (RUNNING, PASSES),
        (ERROR, PASSES),
        (ok(STATE.format("done", 1)), "other-status"),
        (ok(STATE.format("Finished", 1)), "other-status"),
        (ok("<message>m</message>"), "no-status"),
    ],
)
def test_states_are_four_words(poll: bytes, verdict: str) -> None:
    story = record(poll=poll)
    assert said("test_states_of_imports_are_the_four_words", imported=story) == verdict
    assert said("test_states_of_a_held_import_are_the_four_words", held=record(running=poll)) == verdict


@pytest.mark.parametrize(
    ("inner", "verdict"),
    [
        (RESULT, PASSES),
        (RESULT.replace("true", "false"), PASSES),
        (RESULT + RESULT, PASSES),
        (RESULT.replace("true", "yes"), "no-successful"),
        ("", "no-importresult"),
        (RESULT.replace("<message>Import Successful</message>", ""), "no-message"),
        (RESULT.replace("Import Successful", ""), "empty-message"),
    ],
)
def test_a_result_is_whole(inner: str, verdict: str) -> None:
    poll = ok(STATE.format("finished", 100) + f"<importresults>{inner}</importresults>")
    assert said("test_a_finished_import_has_a_result", imported=record(poll=poll)) == verdict


@pytest.mark.parametrize(
    ("title", "verdict"),
    [
        (TITLE_XML, PASSES),
        (f"<![CDATA[{TITLE}]]>", PASSES),
        (f" {TITLE_XML}\n", PASSES),
        (TITLE_XML.replace("🚒", "?"), "other-title"),
        (TITLE_XML.replace("amp;amp;", "amp;"), "other-title"),
        ("", "no-title"),
    ],
)
def test_a_title_may_be_written_in_any_way_that_means_it(title: str, verdict: str) -> None:
    poll = FINISHED.replace(TITLE_XML.encode(), title.encode())
    assert said("test_the_title_is_that_of_the_package", imported=record(poll=poll)) == verdict


@pytest.mark.parametrize(
    ("poll", "error", "why"),
    [
        (ERROR, PASSES, PASSES),
        (ok(STATE.format("error", 100) + "<error>no</error>"), PASSES, PASSES),
        (ok(STATE.format("error", 0) + "<error code='2'/>"), PASSES, "no-text"),
        (FINISHED, "not-error", UNTESTABLE),
        (RUNNING, UNTESTABLE, UNTESTABLE),
    ],
)
def test_an_error_has_words_and_perhaps_a_code(poll: bytes, error: str, why: str) -> None:
    story = record(started=TOKEN, poll=poll)
    assert said("test_what_is_no_zip_ends_in_an_error", not_a_zip=story) == error
    assert said("test_an_error_says_why", not_a_zip=story) == why


def test_a_state_is_told_with_success() -> None:
    failing = record(started=TOKEN, poll=fail(2))
    assert said("test_a_failed_import_is_told_with_success") == PASSES
    assert said("test_a_failed_import_is_told_with_success", not_a_zip=failing) == "stat-fail"
    assert said("test_every_stage_is_told_with_success", held=record(twin=PONG, failed=fail(2))) == "stat-fail"


@pytest.mark.parametrize(
    ("poll", "verdict"),
    [
        (RUNNING, PASSES),
        (RUNNING.replace(b">m<", b"><"), "empty-message"),
        (RUNNING.replace(b"40", b"0"), PASSES),
        (ok("<status>running</status><message>m</message>"), "no-progress"),
    ],
)
def test_answers_about_imports_are_not_empty(poll: bytes, verdict: str) -> None:
    assert said("test_answers_about_imports_are_not_empty", imported=record(poll=poll)) == verdict


@pytest.mark.parametrize(
    ("early", "late", "verdict"),
    [
        (ERROR, fail(1), PASSES),
        (ERROR, fail(205), PASSES),
        (fail(1), fail(1), "forgotten"),
        (ERROR, ERROR, "remembered"),
    ],
)
def test_a_token_lives_for_a_week_and_may_be_refused_with_any_code(early: bytes, late: bytes, verdict: str) -> None:
    twins = {"twin-after-6-days": PONG, "twin-after-8-days": PONG}
    story = record(poll=ERROR, after_6_days=early, after_8_days=late, **twins)
    assert said("test_a_token_lives_for_a_week", kept_token=story) == verdict
    deaf = record(poll=ERROR, after_6_days=fail(107), after_8_days=fail(107), **dict.fromkeys(twins, fail(107)))
    assert said("test_a_token_lives_for_a_week", kept_token=deaf) == UNTESTABLE


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (ok(RESULT), PASSES),
        (ok(RESULT * 2), PASSES),
        (ok(f"<importresults>{RESULT}</importresults>"), "no-importresult"),
        (http(504, b"<html>"), UNTESTABLE),
        (fail(1), "refused"),
    ],
)
def test_import_course_answers_results_directly(answer: Answer, verdict: str) -> None:
    assert said("test_import_course_answers_the_result_directly", imported_at_once=record(imported=answer)) == verdict


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (http(504, b"<html>"), PASSES),
        (http(502), PASSES),
        (ok(RESULT), f"{PASSES}, not-cut-off"),
        (None, f"{PASSES}, not-cut-off"),
        (fail(201), UNTESTABLE),
    ],
)
def test_a_server_without_an_edge_is_only_noted(answer: Answer, verdict: str) -> None:
    assert said("test_a_long_import_course_is_cut_off", cut_off=record(imported=answer)) == verdict


@pytest.mark.parametrize(("dated", "verdict"), [(fail(107), PASSES), (fail(104), "wrong-code"), (TOKEN, "accepted")])
def test_an_old_address_is_refused(dated: bytes, verdict: str) -> None:
    assert said("test_an_old_import_address_is_refused", expired_form=record(twin=TOKEN, dated=dated)) == verdict


def test_the_language_of_warnings_is_only_noted() -> None:
    name = "test_warnings_may_follow_the_culture"
    warned = FINISHED.replace(
        b"</importresult>", b"<parserwarnings><warning>w</warning></parserwarnings></importresult>"
    )
    poll = {"en": TOKEN, "de": TOKEN}
    none = record(**poll, poll_en=FINISHED, poll_de=FINISHED)
    same = record(**poll, poll_en=warned, poll_de=warned)
    other = record(**poll, poll_en=warned, poll_de=warned.replace(b">w<", b">W<"))
    assert [said(name, in_two_languages=story) for story in (none, same, other)] == [
        PASSES,
        f"{PASSES}, one-language",
        PASSES,
    ]
