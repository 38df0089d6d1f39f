"""What the suite of cloud-v1 says of registrations, results and launches: each rule on both sides of its boundary."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from harness.subjects.cloud_v1_records import POSTBACK, RETURN, Story
from harness.wire.cloud_v1_results import read_report
from suites.cloud_v1 import test_launch, test_registration, test_results
from tests.suites.forging_cloud_registration import (
    DONE,
    FALSE,
    FRESH,
    LEARNT,
    PLAYER,
    TRUE,
    detail,
    listing,
    registration,
    report,
    told,
)
from tests.suites.forging_cloud_v1 import PASSES, UNTESTABLE, fail, ok
from tests.suites.forging_cloud_v1 import said as judged

MODULES = (test_registration, test_results, test_launch)
RESULTS = Path(str(files("fixtures") / "vectors/cloud_v1/results"))
BEGUN, PASSED = report("incomplete", "unknown", "5", "unknown"), report()


def said(name: str, record: Story) -> str:
    (module,) = (module for module in MODULES if hasattr(module, name))
    return judged(module, name, record)


# --- creating ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("create", "exists", "verdict"),
    [(DONE, TRUE, PASSES), (DONE, FALSE, "not-there"), (fail(203), FALSE, "refused"), ((500, "x"), FALSE, "no-rsp")],
)
def test_a_created_registration_is_there(create: Any, exists: Any, verdict: str) -> None:
    name = "test_a_registration_is_created"
    assert said(name, told(("twin", DONE), ("create", create), ("exists", exists))) == verdict
    assert said(name, told(("twin", fail(201)), ("create", fail(201)), ("exists", fail(201)))) == UNTESTABLE


@pytest.mark.parametrize(
    ("again", "found", "verdict"),
    [
        (fail(2), detail(), PASSES),
        (fail(2), fail(1), PASSES),
        (fail(1), detail(), "wrong-code"),
        (DONE, detail(), "accepted"),
        (fail(2), detail(learnerFirstName="Bea"), "changed"),
    ],
)
def test_a_taken_regid_is_refused_and_changes_nothing(again: Any, found: bytes, verdict: str) -> None:
    assert said("test_a_regid_is_used_once", told(("twin", DONE), ("again", again), ("detail", found))) == verdict


@pytest.mark.parametrize(
    ("create", "shown", "may", "verdict"),
    [
        (DONE, "r/&é", False, PASSES),
        (DONE, "r/&", True, "other-id"),
        (fail(205), "", True, f"{PASSES}, characters-refused"),
        (fail(205), "", False, "refused"),
    ],
)
def test_an_id_may_be_refused_for_its_characters_but_not_changed(
    create: bytes, shown: str, may: bool, verdict: str
) -> None:
    sent = {"regid": "r/&é", "learnerid": "r/&é"}
    shown = shown.replace("&", "&amp;")
    steps = (("twin", DONE), ("create", create, sent), ("detail", detail(shown, learnerId=shown), sent))
    record = told(*steps, ("result", report(regid=shown), sent), case={"may": may})
    assert said("test_ids_come_back_unchanged", record) == verdict


@pytest.mark.parametrize(("code", "verdict"), [(205, PASSES), (1, PASSES), (None, "accepted")])
def test_any_refusal_of_a_long_id_will_do(code: int | None, verdict: str) -> None:
    longer = DONE if code is None else fail(code)
    assert said("test_an_id_that_is_too_long_is_refused", told(("twin", DONE), ("longer", longer))) == verdict


@pytest.mark.parametrize(
    ("shown", "verdict"), [("course", PASSES), ("xml", f"{PASSES}, echoes-xml"), ("full", "other-resultsformat")]
)
def test_xml_means_course_however_it_is_told(shown: str, verdict: str) -> None:
    info = ok(f'<postbackinfo regid="r"><resultsformat>{shown}</resultsformat></postbackinfo>')
    record = told(("twin", DONE), ("create", DONE), ("info", info))
    assert said("test_the_results_format_xml_means_course", record) == verdict


@pytest.mark.parametrize(
    ("delete", "exists", "kept", "after", "verdict"),
    [
        (DONE, FALSE, TRUE, listing("s"), PASSES),
        (DONE, TRUE, TRUE, listing("s"), "still-there"),
        (DONE, FALSE, FALSE, listing(), "other-deleted"),
        (DONE, FALSE, TRUE, listing("r", "s"), "still-listed"),
        (fail(1), TRUE, TRUE, listing("r", "s"), UNTESTABLE),
    ],
)
def test_only_what_could_be_deleted_must_be_gone(delete: Any, exists: Any, kept: Any, after: Any, verdict: str) -> None:
    steps = (("before", TRUE), ("list-before", listing("r", "s")), ("delete", delete), ("exists", exists))
    assert said("test_a_deleted_registration_is_gone", told(*steps, ("kept-exists", kept), ("list", after))) == verdict


@pytest.mark.parametrize(
    ("late", "result", "verdict"),
    [((), PASSED, PASSES), ((POSTBACK, BEGUN), PASSED, PASSES), ((POSTBACK, PASSED), PASSED, "posted"),
     ((), BEGUN, UNTESTABLE)],
)  # fmt: skip
def test_a_late_copy_of_an_old_postback_accuses_nobody(late: Any, result: bytes, verdict: str) -> None:
    before = ((LEARNT, "begun"), (POSTBACK, BEGUN.decode()), ("delete", DONE), (LEARNT, "passed"))
    posted = ((POSTBACK, late[1].decode()),) if late else ()
    assert said("test_postbacks_end_when_they_are_deleted", told(*before, *posted, ("result", result))) == verdict


# --- results ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (PASSED, PASSES),
        (report(score="unknown"), PASSES),
        (report(score="85.5"), PASSES),
        (report(score="100"), PASSES),
        (report(score="0"), PASSES),
        (report(time="0"), PASSES),
        (report(score="0.92"), "scaled-score"),
        (report(score="101"), "score-out-of-range"),
        (report(score="-1"), "score-out-of-range"),
        (report(score="none"), "no-score"),
        (report(score=""), "no-score"),
        (report(time="0000:01:01.00"), "no-seconds"),
        (report(time="1.5"), "no-seconds"),
        (report(score="-"), UNTESTABLE),
    ],
)
def test_numbers_of_a_result(answer: bytes, verdict: str) -> None:
    record = told((LEARNT, "passed"), ("begun", BEGUN), ("course", answer))
    assert said("test_time_and_score_are_numbers_after_a_session", record) == verdict


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (PASSED, PASSES),
        (report(format="summary"), "other-format"),
        (report(instance=""), "no-instanceid"),
        (report(regid="q"), "other-regid"),
        (report(time="-"), "no-totaltime"),
        (ok("<registrationreport/>"), "no-format"),
        (fail(1), UNTESTABLE),
    ],
)
def test_the_form_of_format_course(answer: bytes, verdict: str) -> None:
    record = told(("plain", answer), ("course", answer))
    assert said("test_format_course_is_whole_before_a_launch", record) == verdict


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (FRESH, PASSES),
        (report("incomplete", "unknown", "0", "unknown"), f"{PASSES}, incomplete"),
        (report("incomplete", "failed", "0", "0"), "not-unknown"),
        (report("unknown", "unknown", "0", "0"), "not-unknown"),
        (fail(1), "refused"),
    ],
)
def test_a_fresh_result_is_unknown(answer: bytes, verdict: str) -> None:
    record = told(("exists", TRUE), ("plain", answer))
    assert said("test_a_registration_that_was_never_launched_has_a_result", record) == verdict


def answer(name: str) -> bytes:
    """Return a result of the live service as an answer holds it."""
    element = read_report((RESULTS / f"{name}.xml").read_bytes()).element
    assert element is not None
    return ok(etree.tostring(element, encoding="unicode", with_tail=False))


@pytest.mark.parametrize("name", ["course", "course-unknown", "course-declared", "course-indented", "course-wrapped"])
def test_results_of_the_live_service_are_accused_of_nothing(name: str) -> None:
    told_of = {"regid": read_report(answer(name)).regid or ""}
    record = told(("plain", answer(name), told_of), ("course", answer(name), told_of))
    for check in (
        "test_format_course_is_whole_before_a_launch",
        "test_completion_and_success_are_known_words",
        "test_time_and_score_are_numbers_before_a_launch",
    ):
        assert said(check, record) == PASSES


@pytest.mark.parametrize("name", ["activity", "activity-other-order"])
def test_trees_of_the_live_service_are_accused_of_nothing(name: str) -> None:
    shown = (("settled", PASSED), ("course", PASSED), ("activity", answer(name)), ("full", answer("full")))
    record = told((LEARNT, "passed"), *shown)
    assert said("test_the_tree_of_activities_is_told_after_a_session", record) == PASSES
    assert said("test_the_tree_of_activities_is_told_before_a_launch", record) == PASSES


# --- lists ------------------------------------------------------------------------------------------------------------

LISTED, NOT = listing("r", "other"), listing("other")


def dated(*boundary: bytes, future: bytes = NOT) -> Story:
    filters = (("after-past", LISTED), ("after-future", future), ("until-future", LISTED), ("until-past", NOT))
    sent = {"regid": "r"}
    exact = zip(("after-0", "until-0"), boundary, ({"after": "x"}, {"until": "x"}), strict=False)
    return told(("create", DONE, sent), ("all", LISTED), *filters, *exact)


@pytest.mark.parametrize(
    ("boundary", "verdict"),
    [
        ((), PASSES),
        ((NOT, LISTED), PASSES),
        ((LISTED, NOT), PASSES),  # a server that keeps microseconds, or dates by another instant
        ((fail(205), fail(205)), PASSES),
        ((LISTED, LISTED), "twice"),
        ((NOT, NOT), "never"),
    ],
)
def test_an_instant_lies_on_one_side_of_itself(boundary: tuple[bytes, ...], verdict: str) -> None:
    assert said("test_after_is_exclusive_and_until_is_inclusive", dated(*boundary)) == verdict


def test_a_date_that_is_not_looked_at_is_seen() -> None:
    assert said("test_after_is_exclusive_and_until_is_inclusive", dated(future=LISTED)) == "after-ignored"


@pytest.mark.parametrize(
    ("without", "verdict"), [("", PASSES), ("email", "missing-child"), ("instances", "missing-child")]
)
def test_every_element_of_a_registration_is_there(without: str, verdict: str) -> None:
    one = registration(without=without)
    more = one.replace("</registration>", "<tinCanRegistrationId/><else/></registration>")
    many = ok(f"<registrationlist>{one}{more}</registrationlist>")
    record = told(("create", DONE), ("both", many), ("results", many), ("detail", ok(one)))
    assert said("test_a_listed_registration_is_whole", record) == verdict


@pytest.mark.parametrize(
    ("after", "verdict"),
    [(FRESH, PASSES), (report("incomplete", "unknown", "0", "unknown"), PASSES), (PASSED, "results-kept"),
     (report("unknown", "unknown", "0", "92"), "results-kept")],
)  # fmt: skip
def test_a_reset_result_is_empty(after: bytes, verdict: str) -> None:
    steps = ((LEARNT, ""), ("before", PASSED), ("reset", DONE), ("exists", TRUE), ("result", after))
    assert said("test_a_reset_clears_results_and_keeps_the_registration", told(*steps)) == verdict


@pytest.mark.parametrize(
    ("after", "made", "verdict"),
    [(FRESH, FRESH, PASSES), (FRESH, fail(205), PASSES), (PASSED, FRESH, "forced"), (FRESH, PASSED, "forced")],
)
def test_a_forced_result_is_seen(after: bytes, made: bytes, verdict: str) -> None:
    assert said("test_no_call_forces_a_result", told(("before", FRESH), ("after", after), ("made", made))) == verdict


# --- launches ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("launch", "verdict"),
    [(PLAYER, PASSES), ((302, "/player"), PASSES), ((303, "/player"), "not-302"), ((200, "<html>"), "no-redirect"),
     ((302, ""), "no-location"), (fail(1), "no-redirect")],
)  # fmt: skip
def test_a_launch_is_a_redirect(launch: Any, verdict: str) -> None:
    assert said("test_a_launch_redirects_to_the_player", told(("exists", TRUE), ("launch", launch))) == verdict
    assert said("test_a_launch_redirects_to_the_player", told(("exists", FALSE), ("launch", launch))) == UNTESTABLE


@pytest.mark.parametrize(
    ("stale", "verdict"),
    [
        (fail(107), PASSES),
        ((400, "<html>too old"), f"{PASSES}, no-envelope"),
        ((302, "http://server.example/error?why=107"), f"{PASSES}, no-envelope"),
        (fail(104), "wrong-code"),
        (PLAYER, "accepted"),
        ((302, "http://server.example/player/456?r=2"), "accepted"),
        ((500, "<html>"), "server-error"),
    ],
)
def test_an_old_link_may_be_refused_in_any_form_but_not_let_in(stale: Any, verdict: str) -> None:
    assert said("test_an_old_launch_link_is_refused", told(("twin", PLAYER), ("stale", stale))) == verdict
    assert said("test_an_old_launch_link_is_refused", told(("twin", fail(1)), ("stale", stale))) == UNTESTABLE


@pytest.mark.parametrize(
    ("steps", "verdict"),
    [
        (((LEARNT, "exit"), (RETURN, "exit"), ("exit-result", PASSED)), PASSES),
        (((LEARNT, "exit"), (RETURN, "exit"), (RETURN, "exit"), ("exit-result", PASSED)), PASSES),
        (((LEARNT, "exit"), ("exit-result", PASSED)), "no-return"),
        (((LEARNT, "exit"), ("exit-result", BEGUN), ("exit-result", PASSED)), "no-return"),
        (((LEARNT, "exit"), ("exit-result", BEGUN)), UNTESTABLE),
        (((LEARNT, "exit", "failed"), ("exit-result", PASSED)), UNTESTABLE),
    ],
)
def test_only_a_learner_who_was_there_can_return(steps: Any, verdict: str) -> None:
    assert said("test_the_exit_leads_to_redirecturl", told(*steps)) == verdict


@pytest.mark.parametrize(
    ("more", "result", "verdict"),
    [((), PASSED, PASSES), ((), FRESH, "not-saved"), (((RETURN, "closed"),), PASSED, "returned")],
)
def test_a_closed_window_is_saved(more: Any, result: bytes, verdict: str) -> None:
    steps = ((LEARNT, "exit"), (RETURN, "exit"), ("exit-result", PASSED), (LEARNT, "closed"), *more)
    assert said("test_a_closed_window_saves_and_leads_nowhere", told(*steps, ("closed-result", result))) == verdict


@pytest.mark.parametrize(
    ("mixed", "small", "first", "second"),
    [
        ("m", "s", PASSES, PASSES),
        ("m", "m", PASSES, "no-tag"),
        ("", "", "no-tag", UNTESTABLE),
    ],
)
def test_tags_of_a_launch(mixed: str, small: str, first: str, second: str) -> None:
    def tags(*names: str) -> bytes:
        return ok(f"<tags>{''.join(f'<tag>{name}</tag>' for name in ('old', *names))}</tags>")

    sent = {"courseTags": "m", "learnerTags": "m", "registrationTags": "m"}
    steps = [("launch", PLAYER, sent), *((f"mixed-{k}", tags(mixed)) for k in ("Course", "Learner", "Registration"))]
    steps += [("launch-small", PLAYER, {"coursetags": "s", "learnertags": "s"})]
    steps += [(f"small-{kind}", tags(mixed, small)) for kind in ("Course", "Learner")]
    assert said("test_a_launch_adds_tags", told(*steps)) == first
    assert said("test_a_launch_takes_the_names_of_tags_in_lower_case", told(*steps)) == second


def history(*ids: str) -> bytes:
    return ok(f'<launchhistory regid="r">{"".join(f"<launch id={chr(34)}{i}{chr(34)}/>" for i in ids)}</launchhistory>')


@pytest.mark.parametrize(
    ("two", "info", "listed", "traces"),
    [
        (("a", "b"), "a", PASSES, PASSES),
        (("a", "b"), "", "unusable-id", PASSES),
        (("a", "b"), "z", "other-launch", PASSES),
        (("b",), "b", PASSES, "not-added"),
        ((), "", "no-launch", "not-added"),
    ],
)
def test_launches_leave_traces(two: tuple[str, ...], info: str, listed: str, traces: str) -> None:
    shown = [ok(f'<launch id="{info}"/>') if info else fail(1), ok('<launch id="b"/>')]
    dates = detail(firstAccessDate="2030-01-01T00:00:00.000+0000", lastAccessDate="2030-01-01T00:00:00.000+0000")
    steps = ((LEARNT, "one"), (LEARNT, "two"), ("result", PASSED), ("none-history", history()))
    after = (("one-history", history(*two[:1])), ("two-history", history(*two)), ("two-detail", dates))
    record = told(*steps, *after, *((f"info-{number}", answer) for number, answer in enumerate(shown)))
    assert said("test_each_launch_is_listed_and_can_be_looked_up", record) == listed
    assert said("test_a_launch_leaves_its_traces", record) == traces
