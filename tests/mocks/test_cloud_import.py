"""The mock's imports: jobs on the clock and by trigger, packages of every kind, redirects, CORS, the edge."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from fixtures.broken import BROKEN
from fixtures.packages import aicc, scorm12, scorm2004
from harness.net.listener import Inbound, Reply
from harness.net.loop import Loop
from harness.wire.cloud_v1_answer import read_rsp
from harness.wire.cloud_v1_redirects import read_redirect
from harness.wire.cloud_v1_schema import problems
from mocks.engine.v1.routes import route
from tests.mocks.cloud_access_world import OTHER
from tests.mocks.cloud_course_world import ASYNC, PACKAGE, SYNC, Importing, Make, worlds

BACK = "https://lms.example/cb"
RESULT = "importresults/importresult"


@pytest.fixture
def make(loop: Loop) -> Iterator[Make]:
    with worlds(loop) as made:
        yield made


@pytest.fixture
def world(make: Make) -> Importing:
    return make()


def header(reply: Reply, name: str) -> str:
    return reply.header(name) or ""


def test_a_job_goes_through_its_states_on_the_clock(make: Make) -> None:
    world = make(import_delay=10.0, import_seconds=20.0)
    token = world.begin()
    seen = []
    for seconds in (0, 9, 2, 18, 2):
        world.advance(seconds=seconds)
        told = world.state(token)
        assert problems(told.body, "rustici.course.getAsyncImportResult") == ()
        seen.append((told.text("status"), told.text("progress")))
    assert seen == [("created", "0"), ("created", "0"), ("running", "40"), ("running", "40"), ("finished", "100")]
    assert world.state(token).text(f"{RESULT}/title") == "Working at height"
    assert world.ask("course.exists", courseid="c1").text("result") == "true"


@pytest.mark.parametrize(("days", "known"), [(6.99, True), (7.01, False)])
@pytest.mark.parametrize("data", [PACKAGE, b"no zip"], ids=["good", "bad"])
def test_a_token_lives_for_a_week_after_the_end(world: Importing, data: bytes, days: float, known: bool) -> None:
    token = world.begin(data=data)
    world.settle()
    world.advance(days=days)
    assert (world.state(token).is_ok, world.state(token).code) == (known, None if known else 1)


def test_a_token_of_a_job_that_has_not_ended_never_expires(world: Importing) -> None:
    assert world.trigger("hold-imports") == "succeeded"
    token = world.begin()
    world.advance(days=30)
    assert world.state(token).text("status") == "created"


def test_tokens_are_those_of_their_application(world: Importing) -> None:
    token = world.begin()
    assert world.ask("course.getAsyncImportResult", app=OTHER, token=token).code == 1


def test_imports_are_held_and_let_go(world: Importing) -> None:
    world.trigger("hold-imports")
    token = world.begin()
    world.settle()
    assert world.state(token).text("status") == "created"
    assert world.trigger("import", token=token, state="running") == "succeeded"
    assert world.state(token).text("status") == "running"
    world.trigger("release-imports")
    world.settle()
    assert world.state(token).text("status") == "finished"


def test_a_trigger_says_what_becomes_of_a_job(world: Importing) -> None:
    world.trigger("hold-imports")
    world.begin("older")
    world.begin("c1")
    values = {"courseid": "c1", "state": "finished", "successful": "false", "warnings": "one\ntwo", "message": "No SCO"}
    assert world.trigger("import", **values) == "succeeded"
    told = world.state(world.loop.run(world.engine.rows("jobs/app"))[1].id)
    assert told.find(RESULT).get("successful") == "false"
    assert told.text(f"{RESULT}/message") == "No SCO"
    assert [warning.text for warning in told.all(f"{RESULT}/parserwarnings/warning")] == ["one", "two"]
    assert world.ask("course.exists", courseid="c1").text("result") == "false"
    assert world.trigger("import", courseid="c1", state="error") == "failed"
    assert world.trigger("import", courseid="older", state="error", code="7", message="Disk full") == "succeeded"
    told = world.state(world.loop.run(world.engine.rows("jobs/app"))[0].id)
    assert (told.text("error"), told.find("error").get("code"), told.is_ok) == ("Disk full", "7", True)


def test_a_trigger_finishes_a_job_before_its_time(make: Make) -> None:
    world = make(import_delay=100.0)
    token = world.begin()
    assert world.trigger("import", token=token, state="finished") == "succeeded"
    assert world.state(token).find(RESULT).get("successful") == "true"
    assert world.ask("course.exists", courseid="c1").text("result") == "true"
    world.advance(seconds=200)
    assert len(world.ask("course.getCourseDetail", courseid="c1").all("course/versions/version")) == 1


@pytest.mark.parametrize(
    "values", [{}, {"state": "finished"}, {"token": "none", "state": "error"}, {"state": "gone", "courseid": "c1"}]
)
def test_a_trigger_that_names_nothing_fails(world: Importing, values: dict[str, str]) -> None:
    assert world.trigger("import", **values) == "failed"


@pytest.mark.parametrize("code", ["", "x", "9" * 5000, None, 3, "-4"])
def test_a_code_that_is_no_number_is_left_out(world: Importing, code: Any) -> None:
    world.trigger("hold-imports")
    token = world.begin()
    assert world.trigger("import", token=token, state="error", code=code) == "succeeded"
    assert world.state(token).find("error").get("code") == (str(code) if code in (3, "-4") else None)


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_package_ends_in_an_error_that_says_why(world: Importing, name: str) -> None:
    package = BROKEN[name]
    told = world.imported(data=package.build())
    assert problems(told.body, "rustici.course.getAsyncImportResult") == ()
    if package.reason:
        assert (told.text("status"), told.find("error").get("code")) == (
            "error", "2" if package.reason == "not-an-archive" else None,
        )  # fmt: skip
        assert told.text("error")
        assert list(world.engine.folder.glob("*.zip")) == []
    else:
        assert told.text(f"{RESULT}/parserwarnings/warning")
    assert world.ask("course.exists", courseid="c1").text("result") == ("false" if package.reason else "true")


def test_a_zip_without_a_course_may_finish_without_success(make: Make) -> None:
    told = make(no_manifest="unsuccessful").imported(data=BROKEN["no-manifest"].build())
    assert (told.text("status"), told.find(RESULT).get("successful")) == ("finished", "false")


def test_culture_chooses_the_language_of_warnings(world: Importing) -> None:
    data = BROKEN["launch-missing"].build()
    path = f"{RESULT}/parserwarnings/warning"
    english, german = (world.imported(culture, data, culture=culture).text(path) for culture in ("en-GB", "de-AT"))
    assert english == "[WARNING] the file to launch is not there"
    assert german == "[WARNING] die Startdatei fehlt"


@pytest.mark.parametrize("title", ["火災 🚒", "שלום ‏(עולם)", "&amp;amp; & <b>", "]]>", "\"'", "a" * 5000])
def test_a_title_survives(world: Importing, title: str) -> None:
    assert world.imported(data=scorm12(title=title)).text(f"{RESULT}/title") == title
    assert world.ask("course.getCourseList").find("courselist/course").get("title") == title
    assert world.ask("course.getCourseDetail", courseid="c1").find("course").get("title") == title


@pytest.mark.parametrize(
    ("data", "standard"),
    [(PACKAGE, "scorm_12"), (scorm2004(), "scorm_2004"), (aicc(), "aicc")],
    ids=["1.2", "2004", "aicc"],
)
def test_a_standard_is_told(world: Importing, data: bytes, standard: str) -> None:
    world.imported(data=data)
    assert world.ask("course.getCourseDetail", courseid="c1").text("course/learningStandard") == standard


@pytest.mark.parametrize(
    ("setting", "states", "versions"),
    [("version", ["finished", "finished"], ["0", "1"]), ("overwrite", ["finished", "finished"], ["0"]),
     ("error", ["finished", "error"], ["0"])],
)  # fmt: skip
def test_a_second_import_does_what_the_setting_says(
    make: Make, setting: str, states: list[str], versions: list[str]
) -> None:
    world = make(existing_course=setting)
    assert [world.imported().text("status") for _ in states] == states
    told = world.ask("course.getCourseDetail", courseid="c1")
    assert [found.text for found in told.all("course/versions/version/versionId")] == versions


def test_a_file_that_is_too_large_is_refused(make: Make) -> None:
    world = make(max_upload=len(PACKAGE) - 1)
    assert read_rsp(world.upload(ASYNC, {"courseid": "c1"}).body).code == 205


def test_import_course_answers_the_result_directly(world: Importing) -> None:
    reply = world.upload(SYNC, {"courseid": "c1"})
    told = read_rsp(reply.body)
    assert problems(reply.body, "rustici.course.importCourse") == ()
    assert (told.find("importresult").get("successful"), told.text("importresult/title")) == (
        "true",
        "Working at height",
    )
    assert read_rsp(world.upload(SYNC, {"courseid": "c2"}, b"text").body).code == 2


def test_import_course_redirects_a_form_when_it_is_done(world: Importing) -> None:
    read = read_redirect(header(world.upload(SYNC, {"courseid": "c1", "redirecturl": BACK}), "Location"), BACK)
    assert read.appended == (("success", "true"), ("courseid", "c1"))
    reply = world.upload(SYNC, {"courseid": "c2", "redirecturl": BACK}, b"text")
    assert read_redirect(header(reply, "Location"), BACK).appended == (("success", "false"),)


async def _cut(world: Importing, inbound: Inbound, seconds: float) -> Reply:
    waiting = asyncio.ensure_future(route(world.engine, inbound))
    while inbound.parts[0].path and inbound.parts[0].path.exists():
        await asyncio.wait({waiting}, timeout=0.001)
    await world.engine.outbox.advance("", timedelta(seconds=seconds))
    world.engine.outbox.resume("import", "app")
    return await waiting


@pytest.mark.parametrize(("cut", "seconds", "status"), [(60.0, 59, 200), (60.0, 61, 504), (0.0, 600, 200)])
def test_the_edge_cuts_import_course_off_while_the_import_goes_on(
    make: Make, cut: float, seconds: float, status: int
) -> None:
    world = make(sync_cut=cut)
    world.trigger("hold-imports")
    reply = world.loop.run(_cut(world, world.posting(SYNC, {"courseid": "c1"}, PACKAGE), seconds))
    assert (reply.status, reply.body.startswith(b"<html>")) == (status, status == 504)
    world.settle()
    assert world.ask("course.exists", courseid="c1").text("result") == "true"
    assert world.engine.imports == {}


@pytest.mark.parametrize("given", [BACK, f"{BACK}?id=7", f"{BACK}?a=b%26c#top", "http://h:8/é?q=ü"])
def test_a_form_is_sent_back_with_its_own_query(world: Importing, given: str) -> None:
    reply = world.upload(ASYNC, {"courseid": "c 1&é", "redirecturl": given})
    location = header(reply, "Location")
    read = read_redirect(location, given)
    assert (reply.status, read.lost, location.isascii()) == (302, (), True)
    assert [name for name, _ in read.appended] == ["success", "courseid", "appid", "tokenid"]
    assert read.appended[:3] == (("success", "true"), ("courseid", "c 1&é"), ("appid", "app"))
    assert world.state(read.get("tokenid") or "").is_ok


@pytest.mark.parametrize(("params", "code"), [({}, "203"), ({"courseid": "x" * 256}, "205")])
def test_a_refused_form_is_sent_back_with_the_reason(world: Importing, params: dict[str, str], code: str) -> None:
    reply = world.upload(ASYNC, {**params, "redirecturl": BACK})
    read = read_redirect(header(reply, "Location"), BACK)
    assert (read.get("success"), read.get("errcode"), bool(read.get("msg"))) == ("false", code, True)


def test_a_form_that_is_not_signed_well_is_sent_nowhere(world: Importing) -> None:
    given = {"courseid": "c1", "redirecturl": BACK}
    for options in ({"sig": "0" * 32}, {"shift": timedelta(minutes=-16)}):
        reply = world.upload(ASYNC, given, **options)
        assert (reply.status, read_rsp(reply.body).code in (104, 107)) == (200, True)
        refused = world.refused_early(ASYNC, given, **options)
        assert refused is not None
        assert header(refused, "Location") == ""


@pytest.mark.parametrize("url", ["javascript:alert(1)", "//evil.example", "/here", "ftp://h/", "closer", "\x00"])
def test_a_redirecturl_that_leads_to_no_page_is_refused(world: Importing, url: str) -> None:
    reply = world.upload(ASYNC, {"courseid": "c1", "redirecturl": url})
    assert (reply.status, header(reply, "Location"), read_rsp(reply.body).code) == (200, "", 205)
    assert world.loop.run(world.engine.rows("jobs/app")) == []


def test_no_line_end_comes_into_a_header(world: Importing) -> None:
    reply = world.upload(ASYNC, {"courseid": "c1", "redirecturl": "https://h/\r\nSet-Cookie: a=b"})
    assert not set("\r\n ") & set(header(reply, "Location"))


@pytest.mark.parametrize("options", [{}, {"sig": "0" * 32}], ids=["accepted", "refused"])
def test_scripts_of_any_page_may_read_answers_of_import_course_async_alone(
    world: Importing, options: dict[str, Any]
) -> None:
    name = "Access-Control-Allow-Origin"
    assert header(world.upload(ASYNC, {"courseid": "c1"}, **options), name) == "*"
    assert header(world.upload(ASYNC, {}, **options), name) == "*"
    assert header(world.upload(SYNC, {"courseid": "c2"}, **options), name) == ""


def test_a_browser_that_asks_first_is_answered(world: Importing) -> None:
    asked = (("Access-Control-Request-Headers", "x-own, content-type"),)
    told = [
        world.loop.run(route(world.engine, Inbound("", "OPTIONS", f"/api?method=rustici.{method}", asked, b"")))
        for method in (ASYNC, "course.exists")
    ]
    assert [reply.status for reply in told] == [204, 405]
    assert header(told[0], "Access-Control-Allow-Headers") == "x-own, content-type"
    assert header(told[0], "Access-Control-Allow-Methods") == "GET, POST, OPTIONS"


def test_a_lost_answer_is_one_after_execution(make: Make) -> None:
    world = make("v1.lost-answer")
    assert world.upload(ASYNC, {"courseid": "c1"}).drop
    world.settle()
    assert [course.id for course in world.loop.run(world.engine.rows("courses/app"))] == ["c1"]
