"""The course service: exists, lists, attributes, files, preview, property editor (observed in client libraries)."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from harness.judging.expect import control, expect, remark
from harness.judging.suite import checks
from harness.subjects.cloud_v1_records import Called, Story
from harness.wire.xml import XmlRefused, parse
from suites.cloud_v1.rules import control_ok, refused, succeeded
from suites.cloud_v1.rules_import import control_imported, was_imported


@checks("CLOUD-COURSE-01")
def test_exists_follows_import_and_deletion(lived: Story) -> None:
    """course.exists is false before the import, true after it, and false after the deletion."""
    control_ok(lived["twin"], "a signed call succeeds")
    control(was_imported(lived), "a package is imported")
    for step, word in (("before", "false"), ("between", "true"), ("after", "false")):
        if step == "after":
            control_ok(lived["delete"], "the course is deleted")
        called = lived[step]
        succeeded(called)
        got = called.rsp.text("result")
        expect(got is not None, "no-result", expected=f"result {word}", got=called.got, at=called.at)
        expect(got == word, f"other-{step}", expected=word, got=got, at=called.at)


def _ids(called: Called) -> list[str | None]:
    return [course.get("id") for course in called.rsp.all("courselist/course")]


def _course(story: Story) -> str:
    event = story.event("course")
    return str(event.facts["id"]) if event else ""


@checks("CLOUD-COURSE-02")
def test_a_filter_matches_whole_ids(listed: Story) -> None:
    """The filter of getCourseList is a regular expression that has to match the whole id."""
    courseid = _course(listed)
    control_ok(listed["all"], "courses are listed")
    control(courseid in _ids(listed["all"]), "a course that was imported is listed")
    for step, reason in (("whole", "not-found"), ("pattern", "no-pattern")):
        called = listed[step]
        succeeded(called)
        expect(courseid in _ids(called), reason, expected=courseid, got=_ids(called), at=called.at)
    for step in ("beginning", "anchored"):
        called = listed[step]
        found = courseid in _ids(called)
        expect(not found, "part-matched", expected=f"not {courseid}", got=_ids(called), at=called.at)


@checks("CLOUD-COURSE-03")
def test_no_course_is_an_empty_list(listed: Story) -> None:
    """A filter that no course matches gives an empty courselist and no failure."""
    control_ok(listed["all"], "courses are listed")
    called = listed["nothing"]
    succeeded(called)
    found = called.rsp.find("courselist")
    expect(found is not None, "no-courselist", expected="courselist", got=called.got, at=called.at)
    expect(not len(found), "not-empty", expected="no course", got=_ids(called), at=called.at)


@checks("CLOUD-COURSE-04")
def test_tags_are_all_demanded(tagged_courses: Story) -> None:
    """getCourseList lists a course by tags when it has all of them."""
    courseid = _course(tagged_courses)
    control(all(called.is_ok for called in tagged_courses.all("tag")), "a course is tagged")
    for step in ("one", "both"):
        called = tagged_courses[step]
        succeeded(called)
        expect(courseid in _ids(called), "not-found", expected=courseid, got=_ids(called), at=called.at)
    called = tagged_courses["other"]
    expect(courseid not in _ids(called), "any-tag", expected=f"not {courseid}", got=_ids(called), at=called.at)


@checks("CLOUD-COURSE-05")
def test_a_listed_course_has_its_attributes(listed: Story) -> None:
    """A listed course has id, title, versions, registrations and size."""
    control_ok(listed["all"], "courses are listed")
    called, courseid = listed["all"], _course(listed)
    found = [course for course in called.rsp.all("courselist/course") if course.get("id") == courseid]
    control(found or called.rsp.all("courselist/course"), "a course that was imported is listed")
    for course in found or called.rsp.all("courselist/course"):
        for name in ("id", "title", "versions", "registrations", "size"):
            value = course.get(name)
            expect(value is not None, f"no-{name}", expected=name, got=dict(course.attrib), at=called.at)
            number = name in ("id", "title") or re.fullmatch("-?[0-9]+", value)
            expect(number, f"other-{name}", expected="a whole number", got=value, at=called.at)


@checks("CLOUD-COURSE-06")
def test_a_detail_has_versions_twice(listed: Story) -> None:
    """The course of getCourseDetail has versions as attribute and as child element."""
    called = listed["detail"]
    control_ok(called, "the detail of a course is told")
    course = called.rsp.find("course")
    expect(course is not None, "no-course", expected="course", got=called.got, at=called.at)
    value = course.get("versions")
    expect(value is not None, "no-attribute", expected="attribute versions", got=dict(course.attrib), at=called.at)
    child = course.find("versions")
    expect(child is not None, "no-child", expected="element versions", got=called.got, at=called.at)
    expect(child.find("version") is not None, "no-version", expected="a version", got=called.got, at=called.at)


@checks("CLOUD-COURSE-07")
def test_an_unknown_course_is_not_deleted(deleted_unknown: Story, lived: Story) -> None:
    """deleteCourse of a course that is not there fails with code 1."""
    control_ok(lived["delete"], "a course that is there is deleted")
    refused(deleted_unknown["delete"], 1)


@checks("CLOUD-COURSE-08")
def test_changed_attributes_alone_are_told(changed_attributes: Story) -> None:
    """updateAttributes answers those attributes alone whose value has changed."""
    before, change, repeat = (changed_attributes[step] for step in ("before", "change", "repeat"))
    control_ok(before, "attributes are told")
    control_ok(change, "attributes are changed")
    known = [node.get("name") for node in before.rsp.all("attributes/attribute")]
    control("desiredHeight" in known, "desiredHeight is an attribute")
    told = {node.get("name"): node.get("value") for node in change.rsp.all("attributes/attribute")}
    sent = dict(change.params)
    expect(told.get("desiredHeight") == sent["desiredHeight"], "change-not-told", expected=sent["desiredHeight"],
           got=told, at=change.at)  # fmt: skip
    expect("desiredWidth" not in told, "unchanged-told", expected="no desiredWidth", got=told, at=change.at)
    again = [node.get("name") for node in repeat.rsp.all("attributes/attribute")]
    expect(not again, "unchanged-told", expected="no attribute", got=again, at=repeat.at)


@checks("CLOUD-COURSE-09")
def test_a_manifest_stands_alone(given_files: Story) -> None:
    """getManifest answers the manifest itself."""
    called = given_files["manifest"]
    control(called.response is not None and called.status < 400, "getManifest is answered")
    control(not called.failed, "getManifest is not refused")
    try:
        root = str(parse(called.body).tag).rpartition("}")[2]
    except XmlRefused as why:
        root = why.reason
    expect(root != "rsp", "wrapped", expected="manifest", got=called.got, at=called.at)
    expect(root == "manifest", "no-manifest", expected="manifest", got=root, at=called.at)


_NAMED = re.compile(r"""filename\*?\s*=\s*("[^"]+"|[^\s;"]+)""", re.IGNORECASE)


@checks("CLOUD-COURSE-10")
def test_a_package_comes_with_its_name(given_files: Story) -> None:
    """The answer of getAssets without path names the file in its Content-Disposition; of one file it is noted."""
    called, file = given_files["package"], given_files["file"]
    control(called.body.startswith(b"PK"), "getAssets gives the package")
    name = _disposition(called)
    expect(name is not None, "no-disposition", expected="Content-Disposition", got="none", at=called.at)
    expect(_NAMED.search(name or ""), "no-filename", expected="filename=", got=name, at=called.at)
    unnamed = file.status == 200 and not file.failed and not _NAMED.search(_disposition(file) or "")
    remark("file-without-name", unless=not unnamed, got=_disposition(file), at=file.at)


def _disposition(called: Called) -> str | None:
    return called.response.header("Content-Disposition") if called.response else None


@checks("CLOUD-COURSE-11")
def test_a_preview_is_a_redirect_without_registration(lived: Story) -> None:
    """course.preview answers a redirect, and no registration of the course is there afterwards."""
    control_imported(lived, "a package is imported")
    preview = lived["preview"]
    control(not preview.failed, "a preview is not refused")
    expect(preview.location, "no-redirect", expected="a redirect", got=preview.got, at=preview.at)
    listed, detail = lived["registrations"], lived["detail"]
    control(listed.is_ok or detail.is_ok, "registrations are listed or counted")
    courseid = dict(listed.params).get("courseid")
    nodes = listed.rsp.all("registrationlist/registration")
    found = [node.get("id") for node in nodes if node.get("courseid") == courseid]
    expect(not found, "registration-made", expected="no registration", got=found, at=listed.at)
    course = detail.rsp.find("course")
    count = course.get("registrations") if course is not None else None
    expect(count in (None, "0"), "registration-made", expected="registrations=0", got=count, at=detail.at)


@checks("CLOUD-COURSE-12")
def test_the_property_editor_asks_for_a_signature(edited: Story) -> None:
    """The property editor opens by a signed address and not by one whose signature is wrong."""
    signed, wrong = edited["signed"], edited["wrong"]
    control(_opened(signed), "the property editor opens by a signed address")
    control(not _same(edited["bare"], signed), "what opens is more than a page for everybody")
    expect(not _same(wrong, signed), "accepted", expected="a refusal", got=wrong.got, at=wrong.at)


def _same(called: Called, other: Called) -> bool:
    return _opened(called) and (called.status, _place(called), called.body) == (other.status, _place(other), other.body)


def _opened(called: Called) -> bool:
    return called.response is not None and called.status < 400 and not called.failed


def _place(called: Called) -> str:
    return urlsplit(called.location).path
