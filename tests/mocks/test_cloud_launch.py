"""The mock's launches: the link, the page behind it, simulated learners, and what is told of launches afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote

import pytest

from harness.net.listener import Reply
from harness.net.loop import Loop
from harness.wire.cloud_v1_answer import read_rsp
from harness.wire.cloud_v1_schema import problems
from tests.mocks.cloud_registration_world import COURSE, Registering

BACK = "http://localhost/back?a=1&b=%20#there"
Make = Callable[..., Registering]


@pytest.fixture
def make(loop: Loop) -> Make:
    def made(*faults: str, **settings: Any) -> Registering:
        world = Registering(loop, faults, **settings)
        assert world.make().is_ok
        return world

    return made


@pytest.fixture
def world(make: Make) -> Registering:
    return make()


class Page(HTMLParser):
    """The elements of a page, and its texts."""

    def __init__(self, reply: Reply) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(reply.body.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """Return the attributes of all elements of a kind."""
        return [attrs for name, attrs in self.elements if name == tag]


def launches(world: Registering) -> list[Any]:
    told = world.ask("registration.getLaunchHistory", regid="r1")
    assert problems(told.body, "rustici.registration.getLaunchHistory") == ()
    return told.all("launchhistory/launch")


def test_a_link_leads_to_an_absolute_address_of_a_page_that_can_be_used_by_everybody(world: Registering) -> None:
    reply = world.launch()
    assert (reply.status, (reply.header("Location") or "")[:28]) == (302, "http://cloud.example/launch/")
    page = Page(world.page(reply))
    labelled = {str(label["for"]) for label in page.all("label")}
    fields = [attrs for tag in ("input", "select") for attrs in page.all(tag)]
    assert labelled == {str(attrs["id"]) for attrs in fields} == {"to", "score", "seconds"}
    assert page.all("html") == [{"lang": "en"}]
    assert [button["value"] for button in page.all("button")] == ["save", "exit"]
    for text in ("Working at height", "Ada Byron", "Closing the window saves"):
        assert text in page.text


def test_the_page_escapes_whatever_it_shows(make: Make) -> None:
    evil = "</title><script>alert(1)</script>\"'&\x00"
    world = make()
    world.put("courses/app", "c1", replace(COURSE, title=evil))
    world.make("r2", fname=evil, lname=evil)
    shown = world.page(world.launch("r2", cssurl='http://x/"><script>alert(2)</script>'))
    page = Page(shown)
    assert page.all("script") == [{}]
    assert b"alert(1)</script>" not in shown.body
    assert b"alert(2)</script>" not in shown.body


def test_exit_saves_and_leads_to_redirecturl_unchanged(world: Registering) -> None:
    reply = world.launch(redirecturl=BACK)
    left = world.page(reply, to="passed", score="92.5", seconds="61", action="exit")
    assert (left.status, left.header("Location")) == (302, BACK)
    assert world.result() == ("complete", "passed", "61", "92.5")


def test_exit_a_second_time_leads_there_again_and_saves_nothing_more(world: Registering) -> None:
    reply = world.launch(redirecturl=BACK)
    for to in ("passed", "failed"):
        assert world.page(reply, to=to, action="exit").header("Location") == BACK
    assert world.result()[1] == "passed"
    assert "has ended" in Page(world.page(reply)).text


def test_saving_goes_on_and_closing_ends(world: Registering) -> None:
    reply = world.launch(redirecturl=BACK)
    said = world.page(reply, to="incomplete", seconds="5", action="save")
    assert (said.status, "Saved." in Page(said).text) == (200, True)
    assert world.page(reply, to="passed", score="80", seconds="5", action="close").status == 204
    assert world.result() == ("complete", "passed", "10", "80")
    assert [bool(launch.findtext("exit_time")) for launch in launches(world)] == [True]


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("closer", "window.close()"),
        ("message", "left the course"),
        ("", "left"),
        ("javascript:alert(1)", "left"),
        ("CLOSER", "window.close()"),
    ],
)
def test_a_word_or_nothing_leads_to_a_page_of_ours(world: Registering, word: str, says: str) -> None:
    left = world.page(world.launch(redirecturl=word), to="passed", action="exit")
    assert (left.status, left.header("Location"), says.encode() in left.body) == (200, None, True)


def test_blank_is_an_empty_page(world: Registering) -> None:
    page = Page(world.page(world.launch(redirecturl="blank"), to="passed", action="exit"))
    assert page.text.strip("\u200b \n") == ""


def test_an_address_that_no_header_can_hold_is_encoded(world: Registering) -> None:
    left = world.page(world.launch(redirecturl="http://localhost/é\r\nX-Evil: 1"), to="passed", action="exit")
    assert left.header("Location") == "http://localhost/%C3%A9%0D%0AX-Evil:%201"


@pytest.mark.parametrize(
    ("name", "value"),
    [("to", "god"), ("score", "101"), ("score", "NaN"), ("score", "\x00"), ("seconds", "-1"), ("seconds", "9" * 99)],
)
def test_what_cannot_be_is_said_on_the_page(world: Registering, name: str, value: str) -> None:
    reply = world.page(world.launch(), **{"to": "passed", "action": "exit", name: value})
    assert reply.status == 400
    assert [attrs for attrs in Page(reply).all("p") if attrs.get("role") == "alert"]
    assert world.result()[1] == "unknown"


@pytest.mark.parametrize(
    "path", ["/launch/", "/launch/no-such", "/launch/%00%ff", "/launch/a/b", "/launch/" + "x" * 9000]
)
def test_a_launch_that_is_not_there_is_not_found(world: Registering, path: str) -> None:
    for body in (b"", b"to=passed&action=exit"):
        assert world.request("appid=app", path=path, body=body).status == 404


def test_a_launch_of_one_application_is_not_there_in_another(world: Registering) -> None:
    where = (world.launch().header("Location") or "").removeprefix("http://cloud.example").partition("?")[0]
    assert [world.request(f"appid={app}", path=where).status for app in ("app", "other")] == [200, 404]
    assert world.request("appid=app", path=where, verb="DELETE").status == 405


def test_errors_of_a_launch_are_told_in_the_envelope(world: Registering) -> None:
    old = world.link()
    world.clock.advance(timedelta(minutes=16))
    for query, code in ((old, 107), (world.link("nobody"), 1), (world.link() + "0", 104)):
        reply = world.request(query)
        assert (reply.status, read_rsp(reply.body).code) == (200, code)


def test_a_registration_whose_course_is_gone_is_not_launched(world: Registering) -> None:
    assert world.ask("course.deleteCourse", courseid="c1").is_ok
    assert read_rsp(world.launch().body).code == 1


def test_tags_of_a_launch_are_added_whatever_the_case_of_their_names(world: Registering) -> None:
    world.launch(courseTags="a,b", learnertags="c", REGISTRATIONTAGS="d")
    world.launch(coursetags="b,e")
    assert world.row("courses", "c1").tags == ("a", "b", "e")
    assert (world.row("learners", "l1").tags, world.row("registrations", "r1").tags) == (("c",), ("d",))


@pytest.mark.parametrize("where", ["registration", "launch"])
def test_a_launch_that_is_not_tracked_changes_no_result_and_is_listed(make: Make, where: str) -> None:
    world = make()
    world.make("r2", **({"disableTracking": "true"} if where == "registration" else {}))
    more = {"disableTracking": "true"} if where == "launch" else {}
    world.page(world.launch("r2", **more), to="passed", score="92", action="exit")
    assert world.result("r2") == ("unknown", "unknown", "0", "unknown")
    assert len(world.row("registrations", "r2").launches) == 1


def test_launches_are_listed_with_what_each_came_to(world: Registering) -> None:
    world.learn(to="incomplete", seconds="7")
    world.clock.advance(timedelta(hours=1))
    world.learn(to="passed", score="20", seconds="5")
    told = [
        (
            x.findtext("completion"),
            x.findtext("satisfaction"),
            x.findtext("normalized_measure"),
            x.findtext("experienced_duration_tracked"),
        )
        for x in launches(world)
    ]
    assert told == [("incomplete", "unknown", "0", "700"), ("complete", "passed", "0.2", "500")]
    for launch in launches(world):
        info = world.ask("registration.getLaunchInfo", launchid=launch.get("id"))
        assert problems(info.body, "rustici.registration.getLaunchInfo") == ()
        assert [event.get("event") for event in info.all("launch/log/RuntimeLog/RuntimeEvent")] == ["Launch", "Exit"]
    assert world.ask("registration.getLaunchInfo", launchid="none").code == 1


def test_access_is_dated_by_launches_and_completion_by_results(world: Registering) -> None:
    world.learn(to="incomplete")
    world.clock.advance(timedelta(hours=1))
    world.learn(to="complete")
    world.clock.advance(timedelta(hours=1))
    world.learn(to="passed")
    detail = world.ask("registration.getRegistrationDetail", regid="r1")
    dates = [
        (detail.text(f"registration/{name}Date") or "")[11:16] for name in ("firstAccess", "lastAccess", "completed")
    ]
    assert dates == ["00:00", "02:00", "01:00"]


# --- simulated learners ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("way", "visits", "saved"),
    [
        ("close-browser", 0, "passed"),
        ("exit-button", 1, "passed"),
        ("timeout", 0, "unknown"),
        ("return-twice", 2, "passed"),
    ],
)
def test_a_learner_leaves_in_one_of_four_ways(world: Registering, way: str, visits: int, saved: str) -> None:
    url = f"http://127.0.0.1/api?{world.link(redirecturl=BACK)}"
    told = world.learn(launch_url=url, to="passed", score="92", exit=way)
    assert told["status"] == "succeeded"
    assert (world.returned, world.result()[1]) == ([BACK] * visits, saved)
    assert (BACK in told["output"]) is bool(visits)


def test_every_save_owes_a_postback_also_in_mid_session(world: Registering) -> None:
    world.ask("registration.updatePostbackInfo", regid="r1", url="http://localhost/p")
    world.learn(to="passed", score="92", seconds="40", saves="3")
    texts = [unquote(request.body.decode().replace("+", " ")) for request in world.posted]
    times = sorted(int(text.partition("<totaltime>")[2].partition("<")[0]) for text in texts)
    assert times == [10, 20, 30, 40]
    assert sum("<success>passed" in text for text in texts) == 1


def test_a_timeout_keeps_what_was_saved_in_mid_session(world: Registering) -> None:
    world.learn(to="passed", seconds="100", exit="timeout", saves="1")
    assert world.result() == ("incomplete", "unknown", "50", "unknown")


def test_a_learner_goes_on_with_the_launch_that_is_open(world: Registering) -> None:
    world.launch(redirecturl=BACK)
    world.learn(to="incomplete", exit="exit-button")
    assert (len(launches(world)), world.returned) == (1, [BACK])
    world.learn(to="passed")
    assert len(launches(world)) == 2


def test_a_learner_opens_exactly_the_link_that_is_given(world: Registering) -> None:
    link = f"http://127.0.0.1/api?{world.link(disableTracking='true', courseTags='seen')}"
    assert world.learn(launch_url=link, to="passed")["status"] == "succeeded"
    assert (world.result()[1], world.row("courses", "c1").tags) == ("unknown", ("seen",))


@pytest.mark.parametrize("kind", ["stale", "forged", "nobody", "no address", "elsewhere"])
def test_a_link_that_leads_to_no_player_ends_the_learner(world: Registering, kind: str) -> None:
    link = f"http://127.0.0.1/api?{world.link('nobody' if kind == 'nobody' else 'r1')}"
    link = {"forged": link + "0", "no address": "http://[", "elsewhere": "http://x/"}.get(kind, link)
    if kind == "stale":
        world.clock.advance(timedelta(minutes=16))
    told = world.learn(launch_url=link, to="passed")
    assert told["status"] == "failed"
    assert world.result()[1] == "unknown"


@pytest.mark.parametrize(
    "values",
    [
        {"to": "god"}, {"exit": "fly"}, {"saves": "-1"}, {"saves": "9999"}, {"score": "101"}, {"seconds": "x"},
        {"regid": "nobody"}, {"regid": ""}, {"appid": "nobody"}, {"regid": "\x00"},
    ],
)  # fmt: skip
def test_what_no_learner_can_do_is_told(world: Registering, values: dict[str, str]) -> None:
    told = world.learn(**({"regid": "r1"} | values))
    assert told["status"] == "failed"
    assert told["output"]
    assert world.row("registrations", "r1").launches == ()


def test_a_browser_is_sent_to_other_machines_only_where_that_is_allowed(make: Make) -> None:
    for setting, visits in (("loopback", 0), ("any", 1)):
        world = make()
        behaviour = world.engine.behaviours("app")
        behaviour.settings = {**behaviour.settings, "outbound": setting}
        url = f"http://127.0.0.1/api?{world.link(redirecturl='http://lms.acme.com/back')}"
        world.learn(launch_url=url, to="passed", exit="exit-button")
        assert len(world.returned) == visits
