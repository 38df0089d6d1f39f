"""Imports by importCourseAsync and importCourse (SCORM Cloud "LMS Integration" and "Course Service" V1)."""

from __future__ import annotations

from harness.judging.expect import control, expect, remark
from harness.judging.suite import checks
from harness.subjects.cloud_v1_records import Called, Story
from harness.wire.cloud_v1_schema import JOB_STATES
from suites.cloud_v1.rules import control_ok, refused, succeeded
from suites.cloud_v1.rules_import import (
    control_imported,
    filled,
    last,
    reported,
    reported_ok,
    was_imported,
)
from suites.cloud_v1.scenarios_import import TITLE

STAGES = ("created", "running", "finished", "failed")


@checks("CLOUD-IMPORT-01")
def test_an_upload_is_answered_with_a_token(imported: Story) -> None:
    """importCourseAsync answers with the id of a token."""
    control_ok(imported["twin"], "a signed call succeeds")
    started = imported["started"]
    succeeded(started)
    token = started.rsp.text("token/id")
    expect(token, "no-token", expected="token/id", got=started.got, at=started.at)


@checks("CLOUD-IMPORT-01")
def test_the_token_comes_before_the_import_is_done(held: Story) -> None:
    """While imports are held, importCourseAsync answers all the same."""
    control_ok(held["twin"], "a signed call succeeds")
    started = held["started"]
    control(started.response is None or started.is_ok, "an upload is accepted")
    control(not was_imported(held, "created"), "the import is held")
    expect(started.response is not None, "late", expected="an answer while the import waits", got=started.got)


@checks("CLOUD-IMPORT-02")
def test_a_part_called_filedata_is_taken(imported: Story, named_file: Story) -> None:
    """A package in a part called filedata is imported."""
    control_imported(named_file, "a package in a part called file is imported")
    _imported(imported)


@checks("CLOUD-IMPORT-02")
def test_a_part_called_file_is_taken(named_file: Story, imported: Story) -> None:
    """A package in a part called file is imported."""
    control_imported(imported)
    _imported(named_file)


@checks("CLOUD-IMPORT-03", "CLOUD-IMPORT-04")
def test_any_form_of_upload_is_taken(posted_file: Story, imported: Story) -> None:
    """A package is imported whatever its part's headers say and whatever boundary stands between parts."""
    control_imported(imported)
    _imported(posted_file)


@checks("CLOUD-IMPORT-05")
def test_an_uploaded_file_is_imported_by_path(imported_by_path: Story, imported: Story) -> None:
    """A package that uploadFile has stored is imported when path names its location."""
    control_imported(imported)
    control(imported_by_path["upload"].rsp.text("location"), "uploadFile takes a package")
    _imported(imported_by_path)


def _imported(story: Story) -> None:
    succeeded(story["started"])
    got = [called.got for called in story.all("poll")[-1:]]
    expect(was_imported(story), "not-imported", expected="finished, successful", got=got, at=story["started"].at)


@checks("CLOUD-IMPORT-06")
def test_states_of_imports_are_the_four_words(imported: Story, not_a_zip: Story) -> None:
    """The status of an import, watched from outside, is created, running, finished or error."""
    told = reported((imported, ("poll",)), (not_a_zip, ("poll",)))
    _stated(told)


@checks("CLOUD-IMPORT-06")
def test_states_of_a_held_import_are_the_four_words(held: Story) -> None:
    """The status of an import is created, running, finished or error at every stage."""
    _stated(reported((held, STAGES)))


def _stated(told: list[Called]) -> None:
    told = [called for called in told if called.is_ok]
    control(told, "the state of an import is told")
    for called in told:
        word = called.rsp.text("status")
        expect(word, "no-status", expected="status", got=called.got, at=called.at)
        expect(word in JOB_STATES, "other-status", expected=" or ".join(JOB_STATES), got=word, at=called.at)


@checks("CLOUD-IMPORT-07")
def test_a_finished_import_has_a_result(imported: Story) -> None:
    """A finished import carries importresults/importresult with successful, title and message."""
    told = last(imported)
    control(told.rsp.text("status") == "finished", "an import finishes")
    result = told.rsp.find("importresults/importresult")
    expect(result is not None, "no-importresult", expected="importresults/importresult", got=told.got, at=told.at)
    word = result.get("successful")
    expect(word in ("true", "false"), "no-successful", expected="successful=true or false", got=word, at=told.at)
    for name in ("title", "message"):
        filled(told, f"importresults/importresult/{name}", name)


@checks("CLOUD-IMPORT-08")
def test_the_title_is_that_of_the_package(imported: Story) -> None:
    """The title that is reported stands so in the manifest, in whatever script it is written."""
    control_imported(imported)
    told = last(imported)
    title = told.rsp.text("importresults/importresult/title")
    expect(title, "no-title", expected=TITLE, got=title, at=told.at)
    expect(title == TITLE, "other-title", expected=TITLE, got=title, at=told.at)


@checks("CLOUD-IMPORT-09")
def test_what_is_no_zip_ends_in_an_error(not_a_zip: Story, imported: Story) -> None:
    """The import of a page instead of a package ends with the status error."""
    control_imported(imported)
    told = last(not_a_zip)
    control(told.rsp.text("status") not in (None, "created", "running"), "the import of a page ends")
    expect(told.rsp.text("status") == "error", "not-error", expected="error", got=told.got, at=told.at)


@checks("CLOUD-IMPORT-10")
def test_an_error_says_why(not_a_zip: Story) -> None:
    """The error of an import is told in words."""
    told = last(not_a_zip)
    control(told.rsp.text("status") == "error", "the import of a page ends in an error")
    expect(told.rsp.text("error"), "no-text", expected="error with text", got=told.got, at=told.at)


@checks("CLOUD-IMPORT-11")
def test_a_failed_import_is_told_with_success(not_a_zip: Story, imported: Story) -> None:
    """The question what became of an import succeeds, also when the import failed."""
    control_imported(imported)
    control(not_a_zip["started"].rsp.text("token/id"), "the import of a page is begun")
    for called in reported((not_a_zip, ("poll",))):
        reported_ok(called)


@checks("CLOUD-IMPORT-11")
def test_every_stage_is_told_with_success(held: Story) -> None:
    """The question what became of an import succeeds at every stage."""
    control_ok(held["twin"], "a signed call succeeds")
    told = reported((held, STAGES))
    control(told, "there is a token to ask with")
    for called in told:
        reported_ok(called)


@checks("CLOUD-IMPORT-12")
def test_answers_about_imports_are_not_empty(imported: Story, not_a_zip: Story) -> None:
    """Status, message and progress are there and not empty, of a good import and of a bad one."""
    _filled(reported((imported, ("poll",)), (not_a_zip, ("poll",))))


@checks("CLOUD-IMPORT-12")
def test_answers_at_every_stage_are_not_empty(held: Story) -> None:
    """Status, message and progress are there and not empty at every stage."""
    _filled(reported((held, STAGES)))


def _filled(told: list[Called]) -> None:
    told = [called for called in told if called.is_ok]
    control(told, "the state of an import is told")
    for called in told:
        for name in ("status", "message", "progress"):
            filled(called, name, name)


@checks("CLOUD-IMPORT-13")
def test_a_token_lives_for_a_week(kept_token: Story) -> None:
    """The token of an import is known six days after its end and refused after eight."""
    control_ok(last(kept_token), "the end of an import is told")
    for step in ("after-6-days", "after-8-days"):
        control_ok(kept_token[f"twin-{step}"], "a signed call succeeds when time has passed")
    early, late = kept_token["after-6-days"], kept_token["after-8-days"]
    expect(early.is_ok, "forgotten", expected="the state of the import", got=early.got, at=early.at)
    expect(not late.is_ok, "remembered", expected="a failure", got=late.got, at=late.at)


@checks("CLOUD-IMPORT-17")
def test_import_course_answers_the_result_directly(imported_at_once: Story, imported: Story) -> None:
    """importCourse answers importresult directly under rsp."""
    called = imported_at_once["imported"]
    control_imported(imported)
    control(called.status != 504, "importCourse ends before the edge cuts it off")
    succeeded(called)
    result = called.rsp.find("importresult")
    expect(result is not None, "no-importresult", expected="importresult under rsp", got=called.got, at=called.at)


@checks("CLOUD-IMPORT-18")
def test_a_long_import_course_is_cut_off(cut_off: Story, imported: Story) -> None:
    """importCourse is cut off when the import takes more than 60 seconds; a server without that edge is only noted."""
    control_imported(imported)
    called = cut_off["imported"]
    control(not called.failed, "importCourse is not refused")
    cut = called.status >= 500 or called.exchange.error in ("reset", "truncated")
    remark("not-cut-off", unless=cut, got=called.got, at=called.at)


@checks("CLOUD-IMPORT-20")
def test_an_old_import_address_is_refused(expired_form: Story) -> None:
    """A file that is posted to an address made 16 minutes ago is refused with 107."""
    control_ok(expired_form["twin"], "the same upload to a fresh address is accepted")
    refused(expired_form["dated"], 107)


@checks("CLOUD-IMPORT-21")
def test_warnings_may_follow_the_culture(in_two_languages: Story) -> None:
    """The warnings of an import may be in the language that culture names."""
    warnings = []
    for culture in ("en", "de"):
        told = last(in_two_languages, f"poll-{culture}")
        control_ok(told, f"an import with culture={culture} is told of")
        found = told.rsp.all("importresults/importresult/parserwarnings/warning")
        warnings.append([element.text for element in found])
    english, german = warnings
    remark("one-language", unless=not english or english != german, got=english, at=in_two_languages["de"].at)
