"""What is told of results, and which registrations a list holds (SCORM Cloud "LMS Integration" V1)."""

from __future__ import annotations

import re
from decimal import Decimal

from harness.judging.expect import control, expect, remark
from harness.judging.suite import checks
from harness.subjects.cloud_v1_records import Called, Story
from suites.cloud_v1.rules import control_ok, refused, succeeded
from suites.cloud_v1.rules_registration import (
    CHILDREN,
    exists,
    last,
    learnt,
    lists,
    passes,
    registrations,
    report,
    reported,
    sent,
)
from suites.cloud_v1.rules_results import four_stand, is_a_tree, numbers_stand, words_stand


@checks("CLOUD-REG-10")
def test_nobody_has_no_result(unknown_result: Story) -> None:
    """getRegistrationResult for an unknown regid fails with 1."""
    control_ok(unknown_result["twin"], "the result of a registration that is there is told")
    refused(unknown_result["unknown"], 1)


@checks("CLOUD-REG-11")
def test_format_course_is_whole_before_a_launch(fresh: Story) -> None:
    """In format course stand complete, success, totaltime and score, and format, regid and instanceid."""
    four_stand(fresh["plain"])
    four_stand(fresh["course"])


@checks("CLOUD-REG-11")
def test_format_course_is_whole_after_a_session(session: Story) -> None:
    """In format course stand complete, success, totaltime and score, and format, regid and instanceid."""
    four_stand(session["plain"])
    four_stand(session["course"])


@checks("CLOUD-REG-12")
def test_completion_and_success_are_known_words(fresh: Story) -> None:
    """Completion is complete, incomplete or unknown, success passed, failed or unknown."""
    words_stand(fresh["plain"])


@checks("CLOUD-REG-12")
def test_completion_and_success_are_known_words_through_a_session(session: Story) -> None:
    """Through a session completion is complete, incomplete or unknown, success passed, failed or unknown."""
    learnt(session, "begun", "passed")
    for called in (session["begun"], last(session, "settled"), session["course"]):
        words_stand(called)


@checks("CLOUD-REG-13")
def test_time_and_score_are_numbers_before_a_launch(fresh: Story) -> None:
    """The time is a whole number of seconds, the score a number from 0 to 100 or unknown."""
    numbers_stand(fresh["plain"])


@checks("CLOUD-REG-13")
def test_time_and_score_are_numbers_after_a_session(session: Story) -> None:
    """The time is a whole number of seconds; a score of 92 is not told as 0.92."""
    numbers_stand(session["begun"])
    numbers_stand(session["course"])
    learnt(session, "passed")
    points, called = report(session["course"]).points, session["course"]
    expect(points != Decimal("0.92"), "scaled-score", expected="0 to 100", got=points, at=called.at)


@checks("CLOUD-REG-14")
def test_the_tree_of_activities_is_told_before_a_launch(fresh: Story) -> None:
    """The formats activity and full hold the topmost activity with its id and title."""
    reported(fresh["course"])
    for name in ("activity", "full"):
        succeeded(fresh[name])
        found = report(fresh[name])
        expect(found.format == name, "other-format", expected=name, got=found.format, at=fresh[name].at)
        top = None if found.element is None else found.element.find("activity")
        expect(top is not None, "no-activity", expected="an activity", got=fresh[name].got, at=fresh[name].at)


@checks("CLOUD-REG-14")
def test_the_tree_of_activities_is_told_after_a_session(session: Story) -> None:
    """The formats activity and full hold the tree of activities, full with runtime data of what was launched."""
    learnt(session, "passed")
    passes(session, "settled")
    for name in ("activity", "full"):
        is_a_tree(session[name], name)
    found = report(session["full"]).element
    there = found is not None and found.find(".//runtime") is not None
    expect(there, "no-runtime", expected="runtime", got=session["full"].got, at=session["full"].at)


@checks("CLOUD-REG-15")
def test_a_registration_that_was_never_launched_has_a_result(fresh: Story) -> None:
    """The result of a registration that was never launched is told and says unknown."""
    control(exists(fresh["exists"]), "the registration exists")
    called = fresh["plain"]
    succeeded(called)
    found = report(called)
    expect(found.element is not None, "no-report", expected="a report", got=called.got, at=called.at)
    remark("incomplete", unless=found.complete != "incomplete", got=found.complete, at=called.at)
    known = found.complete in ("unknown", "incomplete") and (found.success, found.score) == ("unknown", "unknown")
    got = (found.complete, found.success, found.score)
    expect(known, "not-unknown", expected=("unknown",) * 3, got=got, at=called.at)


def _listed(story: Story, step: str, regid: str, wanted: bool, reason: str) -> None:
    called = story[step]
    succeeded(called)
    word = "listed" if wanted else "not listed"
    expect(lists(called, regid) is wanted, reason, expected=f"{regid} {word}", got=called.got, at=called.at)


@checks("CLOUD-REG-16")
def test_filters_match_whole_ids(filtered: Story) -> None:
    """filter and coursefilter are regular expressions that match whole ids."""
    one, two = sent(filtered["create"], "regid"), sent(filtered["create-2"], "regid")
    control(lists(filtered["one"], one) or lists(filtered["both"], one), "the registration is listed")
    for regid in (one, two):
        _listed(filtered, "both", regid, True, "pattern-lost")
    _listed(filtered, "one", one, True, "pattern-lost")
    _listed(filtered, "one", two, False, "filter-ignored")
    _listed(filtered, "course", one, True, "pattern-lost")
    for step in ("stem", "course-stem"):
        _listed(filtered, step, one, False, "partial-match")


@checks("CLOUD-REG-16")
def test_after_is_exclusive_and_until_is_inclusive(between: Story) -> None:
    """A registration is listed either after an instant or until it, never both, never neither; so at its own dates."""
    regid = sent(between["create"], "regid")
    control(lists(between["all"], regid), "the registration is listed")
    _listed(between, "after-past", regid, True, "after-lost")
    _listed(between, "after-future", regid, False, "after-ignored")
    _listed(between, "until-future", regid, True, "until-lost")
    _listed(between, "until-past", regid, False, "until-ignored")
    number = 0
    while f"until-{number}" in between:
        after, until = between[f"after-{number}"], between[f"until-{number}"]
        if after.is_ok and until.is_ok:
            both, at = (lists(after, regid), lists(until, regid)), sent(after, "after")
            expect(both != (True, True), "twice", expected=f"after or until {at}", got="both", at=until.at)
            expect(both != (False, False), "never", expected=f"after or until {at}", got="neither", at=until.at)
        number += 1


@checks("CLOUD-REG-17")
def test_dates_are_taken_as_clients_spell_them(spelled: Story) -> None:
    """after and until are taken in the spellings of ISO 8601 and of clients."""
    regid = sent(spelled["create"], "regid")
    control(lists(spelled["all"], regid), "the registration is listed")
    for argument, listed in (("after", "past"), ("until", "future")):
        for name in ("past", "future"):
            _listed(spelled, f"{argument}-{name}", regid, name == listed, "misread")


def _whole(called: Called, found: object) -> None:
    there = {str(child.tag) for child in found}  # type: ignore[attr-defined]
    missing = [name for name in CHILDREN if name not in there]
    expect(not missing, "missing-child", expected=CHILDREN, got=f"without {', '.join(missing)}", at=called.at)
    for name in ("id", "courseid"):
        got = found.get(name)  # type: ignore[attr-defined]
        expect(got is not None, "missing-attribute", expected=name, got=None, at=called.at)


@checks("CLOUD-REG-18")
def test_a_listed_registration_is_whole(filtered: Story) -> None:
    """Every registration of a list, of a list of results and of a detail has all its elements."""
    control_ok(filtered["create"], "a registration is created")
    for step in ("both", "results", "detail"):
        succeeded(filtered[step])
        found = list(registrations(filtered[step]))
        control(found, f"a registration is told ({step})")
        for called, registration in found:
            _whole(called, registration)


@checks("CLOUD-REG-19")
def test_a_reset_clears_results_and_keeps_the_registration(reset: Story) -> None:
    """After resetRegistration the registration exists and has no result."""
    learnt(reset, "")
    passes(reset, "before")
    succeeded(reset["reset"])
    called = reset["exists"]
    expect(exists(called), "registration-gone", expected="true", got=called.got, at=called.at)
    found, result = report(reset["result"]), reset["result"]
    kept = found.success == "passed" or found.complete == "complete" or found.points is not None
    got = (found.complete, found.success, found.score)
    expect(not kept, "results-kept", expected=("unknown",) * 3, got=got, at=result.at)


@checks("CLOUD-REG-22")
def test_no_call_forces_a_result(forcing: Story) -> None:
    """Neither a call nor an argument sets completion, success or score."""
    before, after, made = (report(forcing[step]) for step in ("before", "after", "made"))
    control(before.element is not None and before.success != "passed", "a fresh registration has not passed")
    control(re.fullmatch(r"\w+", before.complete or ""), "the result of a fresh registration is told")
    for step, found in (("after", after), ("made", made)):
        if found.element is None:
            continue
        got, wanted = (found.complete, found.success, found.score), (before.complete, before.success, before.score)
        expect(got == wanted, "forced", expected=wanted, got=got, at=forcing[step].at)
