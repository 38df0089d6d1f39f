"""Deliveries and polls that go odd ways on demand: trials for receivers, one behaviour after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from harness.evidence.entries import Exchange
from harness.evidence.journal import Journal
from harness.net.client import HttpClient
from harness.net.clock import ManualClock
from harness.net.hook import Hook
from harness.net.host import CallbackHost
from harness.net.listener import Inbound
from harness.net.loop import Loop
from harness.net.patience import stopwatch
from harness.wire.binding import encode_query
from harness.wire.cloud_v1 import signed
from harness.wire.cloud_v1_answer import Rsp, read_rsp
from harness.wire.cloud_v1_results import read_report
from mocks.engine.v1.chaos import DELIVERIES, POLLS
from mocks.engine.v1.routes import route
from mocks.engine.v1.triggers import TRIGGERS
from mocks.state.opening import open_store
from tests.mocks.cloud_access_world import APP
from tests.mocks.cloud_postback_world import HOOK, TRUST, PostbackWorld, login_in, report_in

RESULT = "registration.getRegistrationResult"
Making = Callable[..., PostbackWorld]


@pytest.fixture
def make(loop: Loop) -> Iterator[Making]:
    worlds: list[PostbackWorld] = []

    def making(**options: Any) -> PostbackWorld:
        worlds.append(PostbackWorld(loop, **options))
        return worlds[-1]

    yield making
    for world in worlds:
        loop.run(world.engine.outbox.stop())
        loop.run(world.client.close())


@pytest.fixture
def world(make: Making) -> PostbackWorld:
    made = make()
    made.registered(urlname="lms", urlpass="pw")
    return made


def arm(world: PostbackWorld, behaviour: str, regid: str = "r1", **more: Any) -> None:
    told = world.trigger("delivery", regid=regid, behaviour=behaviour, **more)
    assert told["status"] == "succeeded", told


@contextmanager
def listening(loop: Loop) -> Iterator[tuple[CallbackHost, HttpClient, str]]:
    """A receiver on loopback, what it journals, and its address."""
    journal = Journal(ManualClock().now)
    host = CallbackHost(journal)
    loop.run(host.listen("http"))
    host.mount("results", Hook(("", "", ""), "postback"))
    try:
        yield host, HttpClient(journal, 2.0, TRUST), host.url("results")
    finally:
        loop.run(host.stop())


def received(loop: Loop, host: CallbackHost) -> list[Exchange]:
    """Return what came to the receiver."""
    loop.run(host.idle())
    entries = host.journal.of("", "")
    return [e for e in entries if isinstance(e, Exchange) and e.direction == "in"]


# --- one behaviour after the other ----------------------------------------------------------------------------------


def test_a_duplicate_is_the_same_postback_twice(world: PostbackWorld) -> None:
    arm(world, "duplicate")
    world.learn()
    world.learn()
    (_, first), (_, second), (_, third) = world.sent
    assert first == second != third


def test_a_reordered_postback_comes_after_the_next_one(world: PostbackWorld) -> None:
    arm(world, "reorder")
    world.learn(to="incomplete")
    assert world.sent == []
    world.learn(to="passed")
    world.settle()
    assert world.states == ["complete", "incomplete"]
    world.advance(7200)
    assert len(world.sent) == 2


def test_a_reordered_postback_that_nothing_follows_comes_in_the_end(world: PostbackWorld) -> None:
    arm(world, "reorder", by=600)
    world.learn(to="incomplete")
    world.advance(599)
    assert world.sent == []
    world.advance(2)
    assert world.states == ["incomplete"]


def test_a_reordered_postback_waits_for_its_own_registration(world: PostbackWorld) -> None:
    arm(world, "reorder")
    world.learn(to="incomplete")
    world.registered("r2")
    world.learn("r2")
    assert [report.regid for report in world.reports] == ["r2"]


def test_a_delayed_postback_comes_so_many_seconds_later_with_what_held_then(world: PostbackWorld) -> None:
    arm(world, "delay", by=90)
    world.learn(to="incomplete")
    world.advance(60)
    world.learn(to="passed")
    assert world.states == ["complete"]
    world.advance(31)
    assert world.states == ["complete", "incomplete"]


def test_a_dropped_postback_never_comes(world: PostbackWorld) -> None:
    arm(world, "drop")
    world.learn(to="incomplete")
    world.advance(86400)
    world.learn(to="passed")
    assert world.states == ["complete"]
    assert world.names() == ["postback-dropped", "postback-delivered"]


def test_wrong_credentials_are_sent_once_and_right_ones_when_the_receiver_has_refused(make: Making) -> None:
    world = make(answer=lambda request: (200 if login_in(request) == ("lms", "pw") else 403, None))
    world.registered(urlname="lms", urlpass="pw")
    arm(world, "wrong-credentials")
    world.learn()
    world.advance(2)
    assert [login_in(request) for _, request in world.sent] == [("lms", "not-pw"), ("lms", "pw")]


def test_wrong_credentials_are_made_up_where_none_are_set(make: Making) -> None:
    world = make()
    world.registered()
    arm(world, "wrong-credentials")
    world.learn()
    assert login_in(world.sent[0][1]) == ("somebody", "not-")


def test_a_truncated_postback_breaks_off_in_the_body_and_comes_whole_when_it_is_tried_again(
    make: Making, loop: Loop
) -> None:
    with listening(loop) as (host, client, url):
        world = make(client=client)
        world.registered(url=url)
        arm(world, "truncated")
        world.learn()
        assert world.told[-1][0] == "postback-failed"
        world.advance(2)
        sent = [e for e in client.journal.of("", "") if isinstance(e, Exchange) and e.direction == "out"]
        assert len(sent[0].request.body) == len(sent[1].request.body) // 2
        assert sent[0].request.header("Content-Length") == str(len(sent[1].request.body))
        whole = [e for e in received(loop, host) if e.error is None]
        assert [report_in(e.request.body).complete for e in whole] == ["complete"]


def test_a_slow_postback_rests_in_the_middle_of_its_body(make: Making, loop: Loop) -> None:
    with listening(loop) as (host, client, url):
        world = make(client=client)
        world.registered(url=url + "?lms=7", urlname="lms", urlpass="pw", authtype="httpbasic")
        arm(world, "slow", by=0.2)
        begun = stopwatch()
        world.learn()
        assert stopwatch() - begun > 0.2
        (came,) = received(loop, host)
        assert came.request.query == "lms=7"
        assert report_in(came.request.body).complete == "complete"
        assert world.names() == ["postback-delivered"]


@pytest.mark.parametrize("behaviour", ["truncated", "slow"])
def test_odd_postbacks_go_only_where_others_may_go(make: Making, behaviour: str) -> None:
    world = make()
    world.registered(url="http://lms.example/")
    arm(world, behaviour)
    world.learn()
    assert (world.sent, world.last["error"]) == ([], "not-allowed")


# --- polls ----------------------------------------------------------------------------------------------------------


def polled(world: PostbackWorld) -> str | None:
    return read_report(world.call(RESULT, ("regid", "r1")).body).complete


def test_a_stale_poll_answers_the_result_before_the_last_change(world: PostbackWorld) -> None:
    world.learn(to="incomplete")
    world.learn(to="passed")
    arm(world, "stale-poll", times=2)
    assert [polled(world) for _ in range(3)] == ["incomplete", "incomplete", "complete"]
    assert world.registration().result.complete == "complete"


def test_a_stale_poll_of_a_registration_without_a_change_answers_that_nothing_is_known(
    world: PostbackWorld,
) -> None:
    arm(world, "stale-poll", times=2)
    assert polled(world) == "unknown"
    world.learn(to="incomplete")
    assert polled(world) == "unknown"


def test_a_withheld_answer_is_made_at_once_and_leaves_when_it_is_released(world: PostbackWorld, loop: Loop) -> None:
    world.learn(to="incomplete")
    arm(world, "withhold-poll")
    pairs = signed(
        (("method", f"rustici.{RESULT}"), ("regid", "r1")), APP.id, APP.secrets[0], world.engine.now(APP.id)
    )  # fmt: skip

    async def races() -> tuple[Rsp, bool]:
        inbound = Inbound("", "GET", f"/api?{encode_query(pairs)}", (("Host", "cloud.example"),), b"")
        poll = asyncio.ensure_future(route(world.engine, inbound))
        while not world.engine.gates:
            await asyncio.wait([poll], timeout=0.001)
        await world.engine.gates[APP.id, "r1"].reached.wait()
        await TRIGGERS["registration"](world.engine, {"regid": "r1", "to": "passed"})
        await world.engine.outbox.quiesce()
        held = not poll.done()
        await TRIGGERS["delivery"](world.engine, {"regid": "r1", "behaviour": "release"})
        return read_rsp((await poll).body), held

    answer, held = loop.run(races())
    assert held
    assert answer.text("registrationreport/complete") == "incomplete"
    assert world.states == ["incomplete", "complete"]
    assert (polled(world), world.engine.gates) == ("complete", {})


def test_a_withheld_answer_leaves_when_patience_is_over(world: PostbackWorld) -> None:
    world.client.patience = 0.05
    arm(world, "withhold-poll")
    assert polled(world) == "unknown"


def test_release_takes_back_what_is_armed_for_polls_alone(world: PostbackWorld) -> None:
    arm(world, "stale-poll", times=5)
    arm(world, "drop")
    assert world.trigger("delivery", regid="r1", behaviour="release")["status"] == "succeeded"
    world.learn(to="incomplete")
    assert polled(world) == "incomplete"
    assert world.sent == []


def test_a_poll_that_fails_is_not_held_back(world: PostbackWorld) -> None:
    world.client.patience = 0.05
    arm(world, "withhold-poll", regid="")
    assert world.call(RESULT, ("regid", "nobody")).code == 1


# --- arming ---------------------------------------------------------------------------------------------------------


def test_what_is_armed_counts_for_so_many_deliveries_of_that_registration(world: PostbackWorld) -> None:
    world.registered("r2")
    arm(world, "drop", times=2)
    for _ in range(3):
        world.learn("r1")
        world.learn("r2")
    assert [report.regid for report in world.reports] == ["r2", "r2", "r1", "r2"]


def test_without_a_registration_it_counts_for_all_of_the_application(world: PostbackWorld) -> None:
    world.registered("r2")
    arm(world, "drop", regid="", times=2)
    arm(world, "duplicate", regid="r1")
    world.learn("r1")
    world.learn("r2")
    world.learn("r1")
    world.learn("r1")
    assert [report.regid for report in world.reports] == ["r1", "r1", "r1"]


def test_what_is_armed_survives_a_restart(make: Making) -> None:
    store = open_store("memory")
    world = make(store=store)
    world.registered()
    arm(world, "drop")
    later = world.restarted(store)
    later.learn()
    assert later.names() == ["postback-dropped"]
    later.loop.run(later.engine.outbox.stop())


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({}, "behaviour"),
        ({"behaviour": "explode"}, "behaviour"),
        ({"behaviour": None}, "behaviour"),
        ({"behaviour": ["drop"]}, "behaviour"),
        *(
            ({"behaviour": "drop", "times": times}, "times")
            for times in (-1, 0, 0.5, "²", "many", 10**9, True, "\ud800")
        ),
        *(({"behaviour": "delay", "by": by}, "by") for by in (-1, "nan", "inf", "soon", 1e12, "\x00")),
    ],
)
def test_what_cannot_be_armed_is_said(world: PostbackWorld, values: dict[str, Any], word: str) -> None:
    told = world.trigger("delivery", regid="r1", **values)
    assert told["status"] == "failed"
    assert told["output"].startswith(f"{word}: expected")
    assert world.loop.run(world.engine.rows(f"armings/{APP.id}")) == []


@pytest.mark.parametrize("behaviour", [*DELIVERIES, *POLLS])
def test_every_behaviour_can_be_armed_with_words_for_numbers(world: PostbackWorld, behaviour: str) -> None:
    arm(world, behaviour, times="3", by="1")
    (arming,) = world.loop.run(world.engine.rows(f"armings/{APP.id}"))
    assert (arming.behaviour, arming.left, arming.by) == (behaviour, 3, 1.0)


def test_another_application_is_not_concerned(world: PostbackWorld) -> None:
    arm(world, "drop", appid="other", regid="")
    world.learn()
    assert [request.url for _, request in world.sent] == [HOOK]
