"""The mock's registration service: ids, lists, dates, settings and results, and whatever may be sent to it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from harness.net.listener import Inbound
from harness.net.loop import Loop
from harness.wire.binding import Pairs, encode_query
from harness.wire.cloud_v1 import signed
from harness.wire.cloud_v1_answer import read_rsp
from harness.wire.cloud_v1_schema import problems
from mocks.engine.v1.dates import read_date
from mocks.engine.v1.domain import Instance, Result
from mocks.engine.v1.methods import METHODS
from mocks.engine.v1.routes import route
from tests.mocks.cloud_access_world import APP, NOW, OTHER
from tests.mocks.cloud_registration_world import PERSON, Registering

MINE = [name for name in METHODS if name.startswith("rustici.registration.")]
LIST = "registration.getRegistrationList"
Make = Callable[..., Registering]


@pytest.fixture
def make(loop: Loop) -> Make:
    return lambda *faults, **settings: Registering(loop, faults, **settings)


@pytest.fixture
def world(make: Make) -> Registering:
    return make()


def listed(world: Registering, **filters: str) -> list[str]:
    return [str(found.get("id")) for found in world.ask(LIST, **filters).all("registrationlist/registration")]


@pytest.mark.parametrize(
    "regid",
    ["1", "a b/&+%#?'\"<>", "é" * 255, "😀" * 255, "{6A2F}", "\N{COMBINING ACUTE ACCENT}e", " r ", "a\rb\nc\td"],
)
def test_an_id_comes_back_as_it_was_given(world: Registering, regid: str) -> None:
    assert world.make(regid, learnerid=regid).is_ok
    told = world.ask("registration.getRegistrationDetail", regid=regid)
    found = told.find("registration")
    assert (found.get("id"), found.findtext("registrationId"), found.findtext("learnerId")) == (regid,) * 3
    assert world.ask("registration.getRegistrationResult", regid=regid).find("registrationreport").get("regid") == regid
    assert problems(told.body, "rustici.registration.getRegistrationDetail") == ()


@pytest.mark.parametrize("regid", ["é" * 256, "a\x00b", "a\x1bb", "\ufffe"])
def test_an_id_that_no_answer_could_hold_is_refused(world: Registering, regid: str) -> None:
    assert world.make(regid).code == 205


def test_ids_are_told_apart_by_case_and_by_form(world: Registering) -> None:
    assert all(world.make(regid).is_ok for regid in ("r", "R", "é", "e\N{COMBINING ACUTE ACCENT}"))


def test_a_thousand_calls_that_come_at_once_create_one_registration(world: Registering) -> None:
    pairs = (("method", "rustici.registration.createRegistration"), ("regid", "r1"), *PERSON.items())
    query = encode_query(signed(pairs, APP.id, APP.secrets[0], NOW))

    async def all_at_once() -> list[Any]:
        inbound = Inbound("", "GET", f"/api?{query}", (("Host", "x"),), b"")
        return await asyncio.gather(*(route(world.engine, inbound) for _ in range(1000)))

    told = [read_rsp(reply.body) for reply in world.loop.run(all_at_once())]
    assert sorted({answer.code or 0 for answer in told}) == [0, 2]
    assert sum(answer.is_ok for answer in told) == 1


def test_an_application_does_not_see_registrations_of_another(world: Registering) -> None:
    world.make()
    assert world.call("registration.exists", ("regid", "r1"), app=OTHER).text("result") == "false"
    pairs = (("regid", "r1"), *PERSON.items())
    assert world.call("registration.createRegistration", *pairs, app=OTHER).is_ok


def test_names_may_be_missing_and_versions_must_be_there(world: Registering) -> None:
    assert world.call("registration.createRegistration", ("courseid", "c1"), ("regid", "r"), ("learnerid", "l")).is_ok
    for version, code in (("0", None), ("1", None), ("latest", None), ("7", 1), ("x", 205), ("-1", 205)):
        assert world.make(f"r{version}", versionid=version).code == code


def test_a_version_is_launched_as_asked(world: Registering) -> None:
    for regid, version in (("old", "0"), ("new", "")):
        world.make(regid, versionid=version)
        world.launch(regid)
    told = [world.ask("registration.getRegistrationDetail", regid=r) for r in ("old", "new")]
    assert [one.text("registration/lastCourseVersionLaunched") for one in told] == ["0", "1"]


def test_tags_of_a_creation_are_added(world: Registering) -> None:
    world.make(courseTags="a,b", LEARNERTAGS="c", registrationTags="d, d")
    assert world.row("courses", "c1").tags == ("a", "b")
    assert (world.row("learners", "l1").tags, world.row("registrations", "r1").tags) == (("c",), ("d",))


@pytest.mark.parametrize(
    "url", ["http://10.0.0.1/p", "http://[::1]/p", "http://lms.local/p", "http://lms/p", "http://[/"]
)
def test_private_hosts_are_refused_where_they_are_set_to_be(make: Make, url: str) -> None:
    assert make().make(postbackurl=url).is_ok
    strict = make(private_hosts="refuse")
    assert strict.make(postbackurl=url).code == 205
    assert strict.make(postbackurl="https://lms.acme.com/p").is_ok


def test_the_id_of_a_deleted_registration_may_stay_taken_for_a_while(make: Make) -> None:
    for seconds, code in ((0, None), (60, 2)):
        world = make(delete_cache=seconds)
        world.make()
        assert world.ask("registration.deleteRegistration", regid="r1").is_ok
        assert world.ask("registration.exists", regid="r1").text("result") == "false"
        assert world.make().code == code
    world.clock.advance(timedelta(seconds=61))
    assert world.make().is_ok
    assert world.row("registrations", "r1").serial == 1


def test_results_may_lag_behind_the_learner(make: Make) -> None:
    world = make(result_lag=30)
    world.make()
    world.learn(to="incomplete", seconds="5")
    assert world.result() == ("unknown", "unknown", "0", "unknown")
    world.clock.advance(timedelta(seconds=31))
    world.learn(to="passed", score="92", seconds="5")
    assert world.result() == ("incomplete", "unknown", "5", "unknown")
    world.clock.advance(timedelta(seconds=31))
    assert world.result() == ("complete", "passed", "10", "92")


def test_the_format_may_stand_where_one_client_puts_it(world: Registering) -> None:
    world.make()
    ask = "registration.getRegistrationResult"
    for given, wanted in (({"format": "full"}, "full"), ({"format": "xml"}, "course"), ({}, "course")):
        assert world.ask(ask, regid="r1", **given).find("registrationreport").get("format") == wanted
    assert world.ask(ask, regid="r1", resultsformat="odd").code == 205


def test_json_is_refused_or_answered_in_xml(make: Make) -> None:
    for setting, code in (("reject", 204), ("xml", None)):
        world = make(json_results=setting)
        world.make()
        assert world.ask("registration.getRegistrationResult", regid="r1", dataformat="json").code == code


def with_instances(world: Registering) -> None:
    world.make()
    kept = tuple(Instance(number, 0, NOW, Result("complete", "passed", None, number)) for number in (0, 1, 2))
    world.put("registrations/app", "r1", replace(world.row("registrations", "r1"), instances=kept))


def test_an_instance_is_told_and_deleted_by_its_number(world: Registering) -> None:
    with_instances(world)
    assert [world.result(instanceid=text)[2] for text in ("0", "1", "latest", "")] == ["0", "1", "2", "2"]
    for text, code in (("7", 1), ("instanceId", 205), ("1", None), ("latest", None)):
        assert world.ask("registration.deleteRegistration", regid="r1", instanceid=text).code == code
    assert [instance.id for instance in world.row("registrations", "r1").instances] == [0]
    assert world.ask("registration.deleteRegistration", regid="r1", instanceid="0").is_ok
    assert world.row("registrations", "r1") is None


def test_a_reset_clears_the_result_and_posts_nothing(world: Registering) -> None:
    world.make(postbackurl="http://localhost/p")
    world.learn(to="passed", score="92")
    assert world.ask("registration.resetRegistration", regid="r1").is_ok
    assert world.result() == ("unknown", "unknown", "0", "unknown")
    detail = world.ask("registration.getRegistrationDetail", regid="r1")
    assert (detail.text("registration/completedDate"), len(world.posted)) == ("", 1)


def test_a_learner_is_renamed_in_all_registrations(world: Registering) -> None:
    for regid in ("r1", "r2"):
        world.make(regid, learnerTags="t")
    changes = {"learnerid": "l1", "fname": "Grace", "lname": "", "newid": "l2"}
    assert [world.ask("registration.updateLearnerInfo", **changes).is_ok for _ in range(2)] == [True, True]
    for regid in ("r1", "r2"):
        found = world.row("registrations", regid)
        assert (found.learner_id, found.fname, found.lname) == ("l2", "Grace", "")
    assert world.row("learners", "l2").tags == ("t",)


def test_postback_settings_are_told_changed_and_deleted(world: Registering) -> None:
    world.make(postbackurl="http://localhost/p?a=1&b=2", urlname="n", urlpass="p<")
    info = "registration.getPostbackInfo"

    def settings() -> list[str | None]:
        told = world.ask(info, regid="r1")
        assert problems(told.body, f"rustici.{info}") == ()
        return [told.text(f"postbackinfo/{name}") for name in ("url", "authtype", "login", "password", "resultsformat")]

    assert settings() == ["http://localhost/p?a=1&b=2", "form", "n", "p<", "course"]
    update = "registration.updatePostbackInfo"
    assert world.ask(update, regid="r1", url="http://localhost/q", authtype="", name="", password="").is_ok
    assert settings() == ["http://localhost/q", "form", "", "", "course"]
    assert world.ask(update, regid="r1").code == 203
    assert world.ask(update, regid="r1", url="u", authtype="odd").code == 205
    assert world.ask("registration.deletePostbackInfo", regid="r1").is_ok
    assert settings() == [""] * 5


def test_deleted_postback_settings_withdraw_what_is_still_owed(world: Registering) -> None:
    world.make(postbackurl="http://localhost/p")
    world.engine.outbox.pause("postback")
    world.learn(to="passed")
    world.ask("registration.deletePostbackInfo", regid="r1")

    async def resume() -> None:
        world.engine.outbox.resume("postback")
        await world.engine.outbox.quiesce()

    world.loop.run(resume())
    assert world.posted == []


def test_lists_and_details_follow_the_schema(world: Registering) -> None:
    assert problems(world.ask(LIST).body, f"rustici.{LIST}") == ()
    world.make(email="a@b")
    world.make("r2", fname="", lname="")
    world.learn(to="passed", score="92")
    for name in (LIST, "registration.getRegistrationListResults", "registration.getRegistrationDetail"):
        assert problems(world.ask(name, regid="r1", resultsformat="full").body, f"rustici.{name}") == ()
    results = world.ask("registration.getRegistrationListResults", resultsformat="activity")
    found = [report.get("format") for report in results.all("registrationlist/registration/registrationreport")]
    assert found == ["activity", "activity"]


def test_filters_are_taken_together(world: Registering) -> None:
    for regid, learner in (("a1", "l1"), ("a2", "l2"), ("b1", "l1")):
        world.make(regid, learnerid=learner)
    assert listed(world, filter="a.") == ["a1", "a2"]
    assert listed(world, filter="a") == []
    assert listed(world, learnerid="l1", filter=".1") == ["a1", "b1"]
    assert listed(world, coursefilter="c.", courseid="c1", learnerid="l2") == ["a2"]
    assert listed(world, courseid="c2") == []


@pytest.mark.parametrize("name", ["filter", "coursefilter"])
@pytest.mark.parametrize("pattern", ["(", "(a+)+$" * 200, "(?=a)a", "\\", "(a{1000}){1000}"])
def test_a_pattern_that_is_none_is_refused(world: Registering, name: str, pattern: str) -> None:
    assert world.ask(LIST, **{name: pattern}).code == 205


def test_a_pattern_that_explodes_elsewhere_is_matched(world: Registering) -> None:
    world.make("a" * 250 + "b")
    assert listed(world, filter="(a+)+$") == []


def test_after_is_exclusive_and_until_inclusive_to_the_millisecond(world: Registering) -> None:
    world.clock.advance(timedelta(microseconds=1999))
    world.make()
    date = world.ask("registration.getRegistrationDetail", regid="r1").text("registration/createDate") or ""
    assert date.endswith(".001+0000")
    assert (listed(world, after=date), listed(world, until=date)) == ([], ["r1"])
    assert (listed(world, after="2026-01-01T00:00:00Z"), listed(world, until="2026-01-01T00:00:00Z")) == (["r1"], [])
    assert world.ask(LIST, after="yesterday").code == 205


@pytest.mark.parametrize(
    "text",
    [
        "2011-07-25T20:05:01.000+0000", "2011-07-25T22:05:01+02:00", "2011-07-25T22:05:01 02:00", "20110725200501",
        "2011-07-25 20:05:01", "20110725T200501Z", "Mon Jul 25 20:05:01 UTC 2011", "Mon Jul 25 22:05:01 CEST 2011",
        "Mon Jul 25 22:05:01 GMT+02:00 2011", "7/25/2011 8:05:01 PM", "25/07/2011 20:05:01", "25.07.2011 20:05:01",
        "Mon, 25 Jul 2011 20:05:01 GMT", "2011/07/25 20:05:01", " 2011-07-25t20:05:01z ",
    ],
)  # fmt: skip
def test_a_date_is_read_in_the_spellings_of_clients(text: str) -> None:
    found = read_date(text)
    assert found is not None
    assert f"{found:%Y-%m-%d %H:%M:%S %z}" == "2011-07-25 20:05:01 +0000"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "0",
        "99999999999999",
        "2011-13-01",
        "31.31.2000",
        "0001-01-01T00:00:00+2359",
        "\x00",
        "٢٠١١-07-25",
        "1/1/0",
    ],
)
def test_what_is_no_date_is_not_read(text: str) -> None:
    assert read_date(text) is None


HOSTILE = (
    "", "\x00", "\ud800", "💣" * 300, "<!DOCTYPE x>", "]]>", "-1", "1e999", "٣", "../../etc/passwd", "\r\nX: y", "%",
)  # fmt: skip
PARAMETERS = (
    "regid", "courseid", "learnerid", "newid", "fname", "email", "versionid", "instanceid", "resultsformat", "format",
    "filter", "coursefilter", "after", "until", "url", "postbackurl", "authtype", "name", "password", "urlname",
    "urlpass", "launchid", "redirecturl", "cssurl", "courseTags", "learnerTags", "registrationTags", "disableTracking",
)  # fmt: skip


def sent(world: Registering, method: str, pairs: Pairs) -> int | None:
    """Send what may be anything and return the code of the answer; it is no error of the server and is well-formed."""
    query = encode_query(signed((("method", method), *pairs), APP.id, APP.secrets[0], NOW))
    reply = world.request(query)
    if method.endswith(".launch") and reply.status == 302:
        return None
    told = read_rsp(reply.body)
    assert (reply.status, told.stat in ("ok", "fail"), problems(reply.body, method)) == (200, True, ()), pairs
    return told.code


@pytest.mark.parametrize("method", MINE)
def test_whatever_is_sent_is_answered(world: Registering, method: str) -> None:
    world.make()
    plain = {"regid": "r1", "courseid": "c1", "learnerid": "l", "postbackurl": "http://localhost/", "url": "u"}
    codes = set()
    for name in PARAMETERS:
        for text in HOSTILE:
            value = text.encode("utf-8", "replace").decode()
            codes.add(sent(world, method, tuple((plain | {name: value}).items())))
        codes.add(sent(world, method, ((name, "\x00"), (name, "r1"), (name, "r1"))))
    codes.add(sent(world, method, tuple((name, "a" * 5000) for name in PARAMETERS)))
    assert codes <= {None, 1, 2, 3, 201, 203, 204, 205}


def test_a_call_without_arguments_names_the_one_that_is_missing(world: Registering) -> None:
    without = {"getRegistrationList", "getRegistrationListResults", "createNewInstance"}
    for method in MINE:
        wanted = 203 if method.rpartition(".")[2] not in without else 201 if "Instance" in method else None
        assert world.call(method.removeprefix("rustici.")).code == wanted, method
