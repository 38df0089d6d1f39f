"""The mock's course, upload and tagging services: shapes, filters, files, tags, and whatever may be sent to them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from fixtures.packages import aicc, scorm12
from harness.net.listener import Reply
from harness.net.loop import Loop
from harness.net.patience import stopwatch
from harness.wire.binding import encode_query
from harness.wire.cloud_v1 import signed
from harness.wire.cloud_v1_answer import Rsp, read_rsp
from harness.wire.cloud_v1_schema import problems
from mocks.engine.v1.attributes import DEFAULTS
from mocks.engine.v1.course_files import disposition
from mocks.engine.v1.filters import Filter
from mocks.engine.v1.methods import METHODS
from tests.mocks.cloud_access_world import APP, NOW, OTHER
from tests.mocks.cloud_course_world import ASYNC, KEPT, PACKAGE, SYNC, Importing, Make, worlds

MINE = [name for name in METHODS if name.split(".")[1] in ("course", "upload", "tagging")]
FIRST = '<?xml version="1.0" encoding="utf-8" ?>\n<rsp stat="ok">'
DATE = "2026-01-01T00:00:00.000+0000"


@pytest.fixture
def make(loop: Loop) -> Iterator[Make]:
    with worlds(loop) as made:
        yield made


@pytest.fixture
def world(make: Make) -> Importing:
    made = make()
    made.imported()
    return made


def ids(told: Rsp) -> list[str]:
    return [str(course.get("id")) for course in told.all("courselist/course")]


def text(reply: Reply) -> str:
    return reply.body.decode()


def test_a_course_is_written_exactly_as_clients_need_it(world: Importing) -> None:
    world.ask("tagging.setCourseTags", courseid="c1", tags="a,b")
    facts = (
        "<tags><tag><![CDATA[a]]></tag><tag><![CDATA[b]]></tag></tags>"
        f"<learningStandard><![CDATA[scorm_12]]></learningStandard><createDate><![CDATA[{DATE}]]></createDate>"
    )
    head = f'id="c1" title="Working at height" versions="%s" registrations="0" size="{len(PACKAGE)}"'
    versions = (
        "<versions><version><versionId><![CDATA[0]]></versionId>"
        f"<updateDate><![CDATA[{DATE}]]></updateDate></version></versions>"
    )
    listed = f"<courselist><course {head % -1}>{facts}</course></courselist></rsp>"
    assert text(world.got("course.getCourseList")) == FIRST + listed
    detail = f"<course {head % 1}>{versions}{facts}</course></rsp>"
    assert text(world.got("course.getCourseDetail", courseid="c1")) == FIRST + detail
    assert text(world.got("course.getCourseList", filter="none")) == FIRST + "<courselist/></rsp>"


def test_registrations_of_a_course_are_counted(world: Importing) -> None:
    for regid in ("r1", "r2"):
        world.ask("registration.createRegistration", courseid="c1", regid=regid, fname="A", lname="B", learnerid="l")
    assert world.ask("course.getCourseList").find("courselist/course").get("registrations") == "2"
    assert world.ask("course.getCourseDetail", courseid="c1").find("course").get("registrations") == "2"


@pytest.mark.parametrize(
    ("pattern", "found"),
    [("ABC.*", ["ABC", "ABCD"]), ("^ABC", ["ABC"]), ("", ["c1", "ABC", "ABCD", "1 2"]), (r"\d \d", ["1 2"]),
     ("i do not exist", []), ("ABC|c1", ["c1", "ABC"]), ("[A-D]{4}", ["ABCD"]), ("abc", [])],
)  # fmt: skip
def test_a_filter_matches_whole_ids(world: Importing, pattern: str, found: list[str]) -> None:
    for courseid in ("ABC", "ABCD", "1 2"):
        world.imported(courseid)
    assert ids(world.ask("course.getCourseList", filter=pattern)) == found


@pytest.mark.parametrize("pattern", ["(", "*", "[b-a]", "a{2", r"(a)\1", "(?=a)", "a" * 501, "(" * 400, "(){99999999}"])
def test_a_filter_that_cannot_be_used_is_refused_or_read_as_text(world: Importing, pattern: str) -> None:
    assert world.ask("course.getCourseList", filter=pattern).code == (None if pattern == "a{2" else 205)


@pytest.mark.parametrize(
    "pattern", ["(a+)+b", "(a|a)*b", "(a|aa)+$b", "a*" * 30 + "b", "(.*)*" * 20 + "x", "(a?){99}b"]
)
def test_no_filter_takes_long(pattern: str) -> None:
    began = stopwatch()
    found = Filter(pattern)
    assert not any(found.matches("a" * 255) for _ in range(3))
    assert stopwatch() - began < 2


def test_courses_are_listed_by_all_tags(world: Importing) -> None:
    world.imported("c2")
    world.ask("tagging.setCourseTags", courseid="c1", tags="a,b")
    world.ask("tagging.setCourseTags", courseid="c2", tags="b")
    told = [ids(world.ask("course.getCourseList", tags=tags)) for tags in ("b", "a,b", "a,c", "")]
    assert told == [["c1", "c2"], ["c1"], [], ["c1", "c2"]]


def test_courses_of_another_application_are_not_there(world: Importing) -> None:
    assert ids(world.ask("course.getCourseList", app=OTHER)) == []
    assert world.ask("course.exists", app=OTHER, courseid="c1").text("result") == "false"
    assert world.ask("course.deleteCourse", app=OTHER, courseid="c1").code == 1


def test_a_course_is_deleted_with_its_file_and_its_registrations_stay(world: Importing) -> None:
    world.ask("registration.createRegistration", courseid="c1", regid="r1", fname="A", lname="B", learnerid="l")
    assert world.ask("course.deleteCourse", courseid="c1").is_ok
    assert list(world.engine.folder.glob("*.zip")) == []
    assert world.ask("registration.exists", regid="r1").text("result") == "true"
    assert world.ask("course.deleteCourse", courseid="c1").code == 1


@pytest.mark.parametrize(
    ("versionid", "left"), [("latest", ["0"]), ("0", ["1"]), ("00", ["1"]), ("", []), ("7", None), ("x", None)]
)
def test_a_version_is_deleted(world: Importing, versionid: str, left: list[str] | None) -> None:
    world.imported()
    told = world.ask("course.deleteCourse", courseid="c1", versionid=versionid)
    assert told.is_ok == (left is not None)
    kept = world.ask("course.getCourseDetail", courseid="c1").all("course/versions/version/versionId")
    assert [found.text for found in kept] == (["0", "1"] if left is None else left)


def test_nothing_is_deleted_where_the_application_forbids_it(world: Importing) -> None:
    world.upload(ASYNC, {"courseid": "c1"}, app=KEPT)
    world.settle()
    assert world.ask("course.deleteCourse", app=KEPT, courseid="c1").code == 1
    assert world.ask("course.exists", app=KEPT, courseid="c1").text("result") == "true"


def attributes(told: Rsp) -> dict[str, str]:
    return {node.get("name"): node.get("value") for node in told.all("attributes/attribute")}


def test_attributes_are_told_and_only_changes_are_answered(world: Importing) -> None:
    told = attributes(world.ask("course.getAttributes", courseid="c1"))
    assert told == {**DEFAULTS, "title": "Working at height"}
    assert (told["showProgressBar"], told["showCourseStructure"]) == ("false", "false")
    sent = {"courseid": "c1", "desiredHeight": "700", "showNavBar": told["showNavBar"], "zzz": "1"}
    assert attributes(world.ask("course.updateAttributes", **sent)) == {"desiredHeight": "700"}
    assert text(world.got("course.updateAttributes", **sent)) == FIRST + "<attributes/></rsp>"
    assert attributes(world.ask("course.getAttributes", courseid="c1"))["desiredHeight"] == "700"


def test_the_title_is_an_attribute(world: Importing) -> None:
    assert attributes(world.ask("course.updateAttributes", courseid="c1", title="Höhe")) == {"title": "Höhe"}
    assert world.ask("course.getCourseDetail", courseid="c1").find("course").get("title") == "Höhe"


@pytest.mark.parametrize(
    ("name", "value"),
    [("showNavBar", "yes"), ("desiredHeight", "tall"), ("thresholdScore", "1e9"), ("title", ""), ("title", "a" * 5000)],
)
def test_a_value_of_another_kind_changes_nothing(world: Importing, name: str, value: str) -> None:
    before = attributes(world.ask("course.getAttributes", courseid="c1"))
    assert world.ask("course.updateAttributes", courseid="c1", **{name: value}).code == 205
    assert attributes(world.ask("course.getAttributes", courseid="c1")) == before


def test_metadata_have_their_elements(world: Importing) -> None:
    told = world.ask("course.getMetadata", courseid="c1", scope="activity", mdformat="detail")
    found = told.find("package/metadata")
    assert [child.tag for child in found] == ["title", "description", "duration", "typicaltime", "keywords"]
    assert told.find("package/object").get("title") == "Working at height"
    assert world.ask("course.getMetadata", courseid="c1", scope="all").code == 205


def test_the_manifest_is_given_as_it_is(world: Importing) -> None:
    with zipfile.ZipFile(io.BytesIO(PACKAGE)) as package:
        manifest = package.read("imsmanifest.xml")
    assert world.body(world.got("course.getManifest", courseid="c1")) == manifest
    world.imported("aicc", aicc())
    assert read_rsp(world.got("course.getManifest", courseid="aicc").body).code == 1


def test_files_are_given_with_their_names(world: Importing) -> None:
    whole, page = (
        world.got("course.getAssets", courseid="c1"),
        world.got("course.getAssets", courseid="c1", path="index.html"),
    )
    assert (world.body(whole), whole.length) == (PACKAGE, len(PACKAGE))
    assert whole.header("Content-Disposition") == 'attachment; filename="c1.zip"'
    assert b"<html" in world.body(page)
    assert page.header("Content-Disposition") == 'attachment; filename="index.html"'


@pytest.mark.parametrize("path", ["none", "../../etc/passwd", "/etc/passwd", "\x00", "", "é" * 300])
def test_a_path_that_is_not_in_the_package_gives_no_file(world: Importing, path: str) -> None:
    reply = world.got("course.getAssets", courseid="c1", path=path)
    assert (read_rsp(reply.body).code == 1) == bool(path)


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("a b.zip", 'attachment; filename="a b.zip"'),
        ('q"\r\n;x', "attachment; filename=\"q____x\"; filename*=UTF-8''q%22%0D%0A%3Bx"),
        ("火", "attachment; filename=\"_\"; filename*=UTF-8''%E7%81%AB"),
        ("\ud800", "attachment; filename=\"_\"; filename*=UTF-8''%3F"),
    ],
)
def test_a_name_is_safe_in_a_header(name: str, header: str) -> None:
    assert disposition(name) == header


def test_assets_are_put_over_those_that_are_there(world: Importing) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as more:
        more.writestr("index.html", b"new page")
        more.writestr("media/clip.txt", b"clip")
    assert read_rsp(world.upload("course.updateAssets", {"courseid": "c1"}, out.getvalue()).body).is_ok
    for path, data in (("index.html", b"new page"), ("media/clip.txt", b"clip")):
        assert world.body(world.got("course.getAssets", courseid="c1", path=path)) == data
    assert world.body(world.got("course.getManifest", courseid="c1")).startswith(b"<?xml")
    assert len(list(world.engine.folder.glob("*.zip"))) == 1
    assert read_rsp(world.upload("course.updateAssets", {"courseid": "c1"}, b"no zip").body).code == 205


def test_a_preview_leads_to_a_page_and_leaves_no_registration(world: Importing) -> None:
    reply = world.got("course.preview", courseid="c1", redirecturl="https://h/?a=1&b=2")
    path, _, query = (reply.header("Location") or "").removeprefix("http://cloud.example").partition("?")
    page = world.request(query, path=path)
    assert (reply.status, page.status, 'href="https://h/?a=1&amp;b=2"' in text(page)) == (302, 200, True)
    assert world.loop.run(world.engine.rows("registrations/app")) == []
    assert world.request("", path="/preview/none").status == 404
    assert "javascript" not in text(world.request("appid=app&redirecturl=javascript:1", path=path))


def widget(world: Importing, *pairs: tuple[str, str], **options: Any) -> Reply:
    given = (("action", "properties.view"), *pairs)
    query = encode_query(
        signed(given, APP.id, options.get("secret", APP.secrets[0]), NOW + options.get("shift", timedelta(0)))
    )
    return world.request(query, path="//EngineWebServices//widget")


def test_the_property_editor_opens_to_who_has_signed(world: Importing) -> None:
    world.ask("course.updateAttributes", courseid="c1", title="<b>&")
    page = widget(world, ("package", "ApiCourseId|c1"), ("editor", "latest"))
    assert "<h1>&lt;b&gt;&amp;</h1>" in text(page)
    assert text(world.got("course.properties", courseid="c1")) == text(page)
    assert read_rsp(widget(world, ("package", "ApiCourseId|c1"), secret="wrong").body).code == 104
    assert read_rsp(widget(world, ("package", "ApiCourseId|c1"), shift=timedelta(minutes=-16)).body).code == 107
    assert read_rsp(widget(world, ("package", "ApiCourseId|none")).body).code == 1
    assert read_rsp(world.request("", path="/EngineWebServices/widget").body).code == 101


def test_a_file_is_uploaded_listed_imported_and_deleted(world: Importing) -> None:
    token = world.ask("upload.getUploadToken")
    assert token.text("token/server") == "cloud.example"
    given = {"tokenid": token.text("token/id") or ""}
    assert world.ask("upload.getUploadProgress", token=given["tokenid"]).find("empty") is not None
    location = read_rsp(world.upload("upload.uploadFile", given, filename="C:\\Users\\me\\golf.zip").body).text(
        "location"
    )
    assert location == "default/golf.zip"
    told = world.ask("upload.getUploadProgress", token=given["tokenid"])
    assert told.text("upload_progress/bytes_read") == str(len(PACKAGE))
    listed = f'<dir name="default"><file name="golf.zip" size="{len(PACKAGE)}" modified="20260101000000"/></dir></rsp>'
    assert text(world.got("upload.listFiles")) == FIRST + listed
    begun = world.ask(ASYNC, courseid="c2", path=location)
    deleted = '<results><result file="golf.zip" deleted="true"/></results></rsp>'
    assert text(world.got("upload.deleteFiles", file="golf.zip")) == FIRST + deleted
    assert text(world.got("upload.deleteFiles", file="golf.zip")) == FIRST + deleted
    assert text(world.got("upload.listFiles")) == FIRST + '<dir name="default"/></rsp>'
    world.settle()
    assert world.state(begun.text("token/id") or "").text("status") == "finished"


def test_files_of_one_name_have_different_locations(world: Importing) -> None:
    found = []
    for filename in ("golf.zip", "golf.zip", "", "../..", "a" * 999, "\U0001f6a2.zip"):
        token = world.ask("upload.getUploadToken").text("token/id") or ""
        found.append(
            read_rsp(world.upload("upload.uploadFile", {"token": token}, filename=filename).body).text("location")
        )
    assert found[:4] == ["default/golf.zip", "default/golf-2.zip", "default/file", "default/file-2"]
    assert len(set(found)) == len(found)


def test_a_token_that_was_not_given_out_takes_no_file(world: Importing) -> None:
    assert read_rsp(world.upload("upload.uploadFile", {"token": "none"}).body).code == 1
    assert read_rsp(world.upload("upload.uploadFile", {}).body).code == 203
    reply = world.upload("upload.uploadFile", {"token": "none", "redirecturl": "https://h/"})
    assert reply.header("Location") == "https://h/?success=false"


@pytest.mark.parametrize(("kind", "key"), [("Course", "courseid"), ("Learner", "learnerid"), ("Registration", "regid")])
def test_tags_are_set_added_and_removed(world: Importing, kind: str, key: str) -> None:
    world.ask("registration.createRegistration", courseid="c1", regid="c1", fname="A", lname="B", learnerid="c1")
    me = {key: "c1"}
    for method, more in (
        (f"set{kind}Tags", {"tags": "a, b ,,a"}), (f"add{kind}Tag", {"tag": "c"}), (f"add{kind}Tag", {"tag": "c"}),
        (f"remove{kind}Tag", {"tag": "a"}), (f"remove{kind}Tag", {"tag": "a"}),
    ):  # fmt: skip
        assert world.ask(f"tagging.{method}", **me, **more).is_ok
    tags = "<tags><tag><![CDATA[b]]></tag><tag><![CDATA[c]]></tag></tags></rsp>"
    assert text(world.got(f"tagging.get{kind}Tags", **me)) == FIRST + tags
    assert world.ask(f"tagging.set{kind}Tags", **me).code == 203
    assert world.ask(f"tagging.set{kind}Tags", **me, tags="").is_ok
    assert text(world.got(f"tagging.get{kind}Tags", **me)) == FIRST + "<tags/></rsp>"


ODD = ["", "c1", "é😀", "\x00\x1b", "\ud800", "]]>", "a" * 300, "../" * 40, "1e999", "-1", "%00", "<x/>", "(" * 300]
NAMES = (
    "courseid", "token", "tokenid", "regid", "learnerid", "file", "path", "tag", "tags", "filter", "versionid", "pd",
    "redirecturl", "scope", "mdformat", "culture", "title", "desiredHeight",
)  # fmt: skip


@pytest.mark.parametrize("method", MINE)
def test_whatever_is_sent_is_answered_by_the_schema(world: Importing, method: str) -> None:
    # A lone surrogate cannot come by HTTP: on the wire it is what its bytes are in ISO 8859-1.
    for odd in [*ODD, "c1"]:
        for courseid in ("c1", odd):
            value = odd.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
            given = {**dict.fromkeys(NAMES, value), "courseid": courseid.encode("utf-8", "replace").decode()}
            reply = world.got(method.removeprefix("rustici."), **given)
            assert reply.status in (200, 302), (odd, reply.status)
            if reply.stream is None and (reply.header("Content-Type") or "").startswith("text/xml"):
                assert problems(reply.body, method) == (), (odd, reply.body)
    assert read_rsp(world.got(method.removeprefix("rustici.")).body).code in (203, None, 201)


@pytest.mark.parametrize("method", [ASYNC, SYNC, "course.updateAssets", "upload.uploadFile"])
def test_whatever_comes_with_a_file_is_answered_by_the_schema(world: Importing, method: str) -> None:
    for odd in ODD:
        value = odd.encode("utf-8", "replace").decode()
        for data in (PACKAGE[:99], b""):
            reply = world.upload(method, dict.fromkeys(NAMES, value), data, filename=odd)
            assert reply.status in (200, 302)
            assert reply.status == 302 or problems(reply.body, f"rustici.{method}") == ()


@pytest.mark.parametrize("method", ["course.deleteFiles", "course.updateAssetsAsync", "course.versionCourse"])
def test_methods_of_priority_c_are_refused(world: Importing, method: str) -> None:
    assert world.ask(method, courseid="c1").code == 201


def test_repeated_parameters_count_once(world: Importing) -> None:
    assert world.call("course.exists", ("courseid", "c1"), ("courseid", "none")).text("result") == "true"
    told = world.call("upload.deleteFiles", ("file", "b"), ("file", "a"), ("file", "b"))
    assert [found.get("file") for found in told.all("results/result")] == ["b", "a"]


def test_packages_of_many_entries_stream(world: Importing) -> None:
    data = scorm12(pad=3_000_000)
    world.imported("big", data)
    assert world.body(world.got("course.getAssets", courseid="big")) == data
