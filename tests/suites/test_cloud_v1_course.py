"""What the suite of cloud-v1 says of courses, uploads and tags: each rule on both sides of its boundary."""

from __future__ import annotations

import pytest

from harness.subjects.cloud_v1_records import Story
from suites.cloud_v1.scenarios_course import widget_address
from tests.suites.forging_cloud_import import FINISHED, TOKEN, Answer, http, record, said
from tests.suites.forging_cloud_v1 import PASSES, PONG, UNTESTABLE, fail, ok


def courses(*ids: str) -> bytes:
    attrs = 'title="t" versions="-1" registrations="0" size="9"'
    return ok("<courselist>" + "".join(f'<course id="{found}" {attrs}/>' for found in ids) + "</courselist>")


@pytest.mark.parametrize(
    ("steps", "verdict"),
    [
        ({}, PASSES),
        ({"whole": courses("c-1", "c-1-b")}, PASSES),
        ({"anchored": fail(205)}, PASSES),
        ({"whole": courses("other")}, "not-found"),
        ({"pattern": courses()}, "no-pattern"),
        ({"beginning": courses("c-1")}, "part-matched"),
        ({"anchored": courses("c-1")}, "part-matched"),
        ({"all": courses()}, UNTESTABLE),
    ],
)
def test_a_filter_has_to_match_the_whole_id(steps: dict[str, bytes], verdict: str) -> None:
    right = {
        "all": courses("c-1", "other"),
        "whole": courses("c-1"),
        "pattern": courses("c-1", "c-2"),
        "beginning": courses(),
        "anchored": courses(),
    }
    story = record(None, {"course": {"id": "c-1"}}, **(right | steps))
    assert said("test_a_filter_matches_whole_ids", listed=story) == verdict


@pytest.mark.parametrize(
    ("nothing", "verdict"),
    [
        (courses(), PASSES),
        (ok("<courselist></courselist>"), PASSES),
        (fail(1), "refused"),
        (ok(""), "no-courselist"),
        (courses("c"), "not-empty"),
    ],
)
def test_no_course_is_an_empty_list(nothing: bytes, verdict: str) -> None:
    assert said("test_no_course_is_an_empty_list", listed=record(all=courses("c"), nothing=nothing)) == verdict


@pytest.mark.parametrize(
    ("steps", "verdict"),
    [
        ({}, PASSES),
        ({"between": ok("<result>false</result>")}, "other-between"),
        ({"delete": fail(1)}, UNTESTABLE),
        ({"after": ok("<result>true</result>")}, "other-after"),
        ({"before": ok("<success />")}, "no-result"),
    ],
)
def test_exists_follows_the_life_of_a_course(steps: dict[str, bytes], verdict: str) -> None:
    yes, no = (ok(f"<result>{word}</result>") for word in ("true", "false"))
    right = {"twin": PONG, "before": no, "poll": FINISHED, "between": yes, "delete": ok("<success />"), "after": no}
    assert said("test_exists_follows_import_and_deletion", lived=record(**(right | steps))) == verdict


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ({"desiredHeight": "701"}, PASSES),
        ({"desiredHeight": "701", "title": "t"}, PASSES),
        ({}, "change-not-told"),
        ({"desiredHeight": "701", "desiredWidth": "9"}, "unchanged-told"),
    ],
)
def test_changed_attributes_alone_are_told(change: dict[str, str], verdict: str) -> None:
    nodes = "".join(f'<attribute name="{name}" value="{value}"/>' for name, value in change.items())
    before = ok('<attributes><attribute name="desiredHeight" value="600"/></attributes>')
    answers = {"before": before, "change": ok(f"<attributes>{nodes}</attributes>"), "repeat": ok("<attributes />")}
    story = record({"desiredHeight": "701"}, **answers)
    assert said("test_changed_attributes_alone_are_told", changed_attributes=story) == verdict


@pytest.mark.parametrize(
    ("manifest", "verdict"),
    [
        (b"<manifest/>", PASSES),
        (b"\xef\xbb\xbf<?xml version='1.0'?><m:manifest xmlns:m='urn:x'/>", PASSES),
        (ok("<manifest/>"), "wrapped"),
        (b"", "no-manifest"),
        (fail(1), UNTESTABLE),
    ],
)
def test_a_manifest_stands_alone(manifest: bytes, verdict: str) -> None:
    assert said("test_a_manifest_stands_alone", given_files=record(manifest=manifest)) == verdict


@pytest.mark.parametrize(
    ("value", "verdict"),
    [
        ('attachment; filename="c.zip"', PASSES),
        ("attachment;filename=c.zip", PASSES),
        ("inline; filename*=UTF-8''c", PASSES),
        ("attachment", "no-filename"),
        ('attachment; filename=""', "no-filename"),
        ("", "no-disposition"),
    ],
)
def test_a_package_comes_with_a_name(value: str, verdict: str) -> None:
    package = http(200, b"PK\3\4", **({"Content_Disposition": value} if value else {}))
    file = http(200, b"<manifest/>", Content_Disposition="attachment; filename=m.xml")
    assert said("test_a_package_comes_with_its_name", given_files=record(package=package, file=file)) == verdict


def test_one_file_without_a_name_is_only_noted() -> None:
    package = http(200, b"PK", Content_Disposition="attachment; filename=c.zip")
    story = record(package=package, file=http(200, b"<manifest/>"))
    assert said("test_a_package_comes_with_its_name", given_files=story) == f"{PASSES}, file-without-name"


@pytest.mark.parametrize(
    ("steps", "verdict"),
    [
        ({}, PASSES),
        ({"preview": http(200, b"<html>")}, "no-redirect"),
        ({"registrations": fail(202)}, PASSES),
        ({"registrations": ok('<registrationlist><registration id="r" courseid="other"/></registrationlist>')}, PASSES),
        (
            {"registrations": ok('<registrationlist><registration id="r" courseid="c1"/></registrationlist>')},
            "registration-made",
        ),
        ({"detail": ok('<course registrations="1"/>')}, "registration-made"),
    ],
)
def test_a_preview_leaves_no_registration(steps: dict[str, Answer], verdict: str) -> None:
    right: dict[str, Answer] = {
        "poll": FINISHED,
        "preview": http(302, Location="/player"),
        "registrations": ok("<registrationlist />"),
        "detail": ok('<course registrations="0"/>'),
    }
    story = record({"courseid": "c1"}, **(right | steps))
    assert said("test_a_preview_is_a_redirect_without_registration", lived=story) == verdict


@pytest.mark.parametrize(
    ("wrong", "bare", "verdict"),
    [
        (fail(104), fail(101), PASSES),
        (http(403), http(404), PASSES),
        (http(200, b"sign in"), http(404), PASSES),
        (http(200, b"editor"), http(404), "accepted"),
        (http(200, b"editor"), http(200, b"editor"), UNTESTABLE),
    ],
)
def test_the_property_editor_asks_for_a_signature(wrong: Answer, bare: Answer, verdict: str) -> None:
    story = record(signed=http(200, b"editor"), wrong=wrong, bare=bare)
    assert said("test_the_property_editor_asks_for_a_signature", edited=story) == verdict


@pytest.mark.parametrize(
    ("api", "widget"),
    [
        ("https://h/EngineWebServices/api", "https://h/EngineWebServices/widget"),
        ("https://h/x/EngineWebServices/api/?a=b", "https://h/x/EngineWebServices/widget"),
        ("http://h:1/api", "http://h:1/EngineWebServices/widget"),
    ],
)
def test_the_property_editor_lies_beside_the_api(api: str, widget: str) -> None:
    assert widget_address(api) == widget


FIGURE = "<percent_complete>{}</percent_complete>"
NO_PERCENT = f"<upload_progress><upload_id>u</upload_id>{FIGURE.format(0)}</upload_progress>"


def uploading(**steps: Answer) -> Story:
    files = '<dir name="default"><file name="{}" size="4"/></dir>'
    progress = "<upload_id>u</upload_id><percent_complete>100</percent_complete><bytes_read>4</bytes_read>"
    right: dict[str, Answer] = {
        "twin": PONG,
        "token": TOKEN,
        "before": ok("<empty />"),
        "upload": ok("<location>default/a.txt</location>"),
        "after": ok(f"<upload_progress>{progress}<content_length>4</content_length></upload_progress>"),
        "listed": ok(files.format("a.txt")),
        "left": ok('<dir name="default" />'),
        "delete": ok('<results><result file="a.txt" deleted="true"/></results>'),
    }
    return record(**(right | steps))


@pytest.mark.parametrize(
    ("steps", "verdict"),
    [
        ({}, PASSES),
        ({"upload": ok("<location>a.txt</location>")}, "other-location"),
        ({"listed": ok("<dir name='x'/>")}, "not-listed"),
        ({"left": ok('<dir name="default"><file name="a.txt"/></dir>')}, "not-deleted"),
        ({"delete": fail(1)}, "refused"),
        ({"delete": ok('<results><result file="a.txt" deleted="false"/></results>')}, "no-result"),
        ({"twin": fail(201)}, UNTESTABLE),
    ],
)
def test_a_file_is_taken_listed_and_deleted(steps: dict[str, Answer], verdict: str) -> None:
    assert said("test_a_file_is_taken_listed_and_deleted", uploaded=uploading(**steps)) == verdict


@pytest.mark.parametrize(
    ("steps", "verdict"),
    [
        ({}, PASSES),
        ({"before": ok("<upload_progress/>")}, "not-empty"),
        ({"after": ok("<empty />")}, "no-progress"),
        ({"after": ok(NO_PERCENT)}, "no-percent_complete"),
    ],
)
def test_progress_is_empty_before_and_whole_after(steps: dict[str, Answer], verdict: str) -> None:
    assert said("test_progress_is_empty_before_and_whole_after", uploaded=uploading(**steps)) == verdict


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (fail(1), PASSES),
        (fail(205), PASSES),
        (http(403), PASSES),
        (ok("<location>a/b</location>"), "taken"),
        (ok("<success />"), "accepted"),
    ],
)
def test_a_token_that_was_not_given_out_takes_no_file(answer: Answer, verdict: str) -> None:
    stories = {"uploaded_without_right": record(upload=answer), "uploaded": uploading()}
    assert said("test_an_unknown_token_takes_no_file", **stories) == verdict


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (ok('<results><result deleted="true"/></results>'), PASSES),
        (fail(1), f"{PASSES}, told-apart"),
        (ok('<results><result deleted="false"/></results>'), f"{PASSES}, told-apart"),
        (fail(201), UNTESTABLE),
    ],
)
def test_what_is_said_of_an_unknown_file_is_only_noted(answer: bytes, verdict: str) -> None:
    story = record(delete=answer)
    assert said("test_an_unknown_file_may_be_called_deleted", deleted_unknown_file=story) == verdict


def tags(*names: str) -> bytes:
    return ok("<tags>" + "".join(f"<tag><![CDATA[{name}]]></tag>" for name in names) + "</tags>")


@pytest.mark.parametrize(
    ("steps", "verdict"),
    [
        ({}, PASSES),
        ({"with": tags("other", "t")}, PASSES),
        ({"with": tags("t", "t")}, "twice"),
        ({"add-again": fail(1)}, "refused"),
        ({"remove-again": fail(1)}, "refused"),
        ({"without": tags("t")}, "not-removed"),
        ({"with": tags()}, UNTESTABLE),
    ],
)
def test_tags_are_added_and_removed_twice(steps: dict[str, bytes], verdict: str) -> None:
    done = ok("<success />")
    right = {"add": done, "add-again": done, "with": tags("t"), "remove": done, "remove-again": done, "without": tags()}
    story = record(None, {"tag": {"tag": "t"}}, **(right | steps))
    assert said("test_a_tag_is_added_and_removed_twice", tagged_twice=story) == verdict


@pytest.mark.parametrize(
    ("second", "verdict"),
    [
        (tags("green"), PASSES),
        (tags("green", "of-somebody-else"), PASSES),
        (tags("red", "green"), "kept"),
        (tags(), "not-set"),
    ],
)
def test_a_set_replaces_what_was_set_before(second: bytes, verdict: str) -> None:
    done = ok("<success />")
    answers = {"set-first": done, "get-first": tags("red", "blue"), "set-second": done, "get-second": second}
    story = record(None, {"tags": {"red": "red", "blue": "blue", "green": "green"}}, **answers)
    assert said("test_a_set_replaces_all_tags", retagged=story) == verdict
    assert said("test_a_set_replaces_all_tags_of_a_course", retagged_course=story) == verdict
