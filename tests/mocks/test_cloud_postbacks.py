"""Registration postbacks of the V1 engine: their schedule, what counts as delivered, tests of a URL, the queue."""

from __future__ import annotations

import base64
import itertools
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from harness.evidence.entries import AnyEntry, Exchange
from harness.evidence.journal import Journal
from harness.net.client import HttpClient, Request
from harness.net.clock import ManualClock
from harness.net.hook import Hook, always
from harness.net.host import CallbackHost
from harness.net.loop import Loop
from harness.net.patience import stopwatch
from harness.net.staging import Gate
from harness.wire.binding import decode_form
from harness.wire.cloud_v1 import write_ts
from mocks.engine.v1.postbacks import REASONS
from mocks.state.opening import open_store
from tests.mocks.cloud_access_world import APP
from tests.mocks.cloud_postback_world import HOOK, TRUST, PostbackWorld, login_in, report_in

TEST = "registration.testRegistrationPostUrl"
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


def answering(status: int, error: str | None = None) -> Callable[[Request], tuple[int, str | None]]:
    return lambda request: (status, error)


@contextmanager
def receiver(loop: Loop, gate: Gate) -> Iterator[tuple[CallbackHost, Hook, HttpClient]]:
    """A receiver on loopback behind a gate, its endpoint ``results``, and a client that waits long for it."""
    journal = Journal(ManualClock().now)
    host, hook = CallbackHost(journal), Hook(("", "", ""), "postback", always(), gate)
    loop.run(host.listen("http"))
    host.mount("results", hook)
    try:
        yield host, hook, HttpClient(journal, 5.0, TRUST)
    finally:
        gate.open()
        loop.run(host.stop())


# --- the schedule ---------------------------------------------------------------------------------------------------


def test_seventy_retries_within_the_documented_bounds_take_fifteen_hours_and_no_time(make: Making) -> None:
    world = make(answer=answering(500))
    begun = stopwatch()
    world.registered()
    world.learn()
    world.advance(18 * 3600)
    took = stopwatch() - begun
    instants = [at for at, _ in world.sent]
    gaps = [(b - a).total_seconds() for a, b in itertools.pairwise(instants)]
    assert len(instants) == 71
    assert min(gaps) >= 1
    assert max(gaps) <= 900
    assert 13 * 3600 < (instants[-1] - instants[0]).total_seconds() < 17.5 * 3600
    assert took < 2, f"{took:.2f} s"
    assert world.names() == ["postback-failed"] * 70 + ["postback-given-up"]
    assert world.loop.run(world.engine.rows(f"postings/{APP.id}")) == []


def test_gaps_are_drawn_and_their_median_grows(make: Making) -> None:
    behaviour = make().engine.behaviours(APP.id)
    columns = []
    for attempt in range(70):
        drawn = [behaviour.gap(attempt, random.Random(f"{attempt}/{seed}")) for seed in range(41)]
        seconds = [gap.total_seconds() for gap in drawn if gap is not None]
        assert len(seconds) == 41
        assert len(set(seconds)) > 30, f"gap {attempt} has no jitter"
        assert min(seconds) >= 1
        assert max(seconds) <= 900
        columns.append(seconds)
    doubled = columns[:10]
    assert all(max(early) < min(late) for early, late in zip(doubled, columns[1:11], strict=True))
    assert all(800 < median(column) < 900 for column in columns[10:])
    assert behaviour.gap(70, random.Random(1)) is None


def test_two_postbacks_that_fail_at_one_instant_are_not_tried_again_at_one_instant(make: Making) -> None:
    world = make(answer=answering(503))
    for regid in ("r1", "r2"):
        world.registered(regid)
        world.learn(regid)
    world.advance(2)
    assert len(world.sent) == 4
    assert len({at for at, _ in world.sent}) == 3


@pytest.mark.parametrize(
    ("retries", "shortest", "longest"), [(0, 1.0, 900.0), (3, 1.0, 900.0), (12, 5.0, 20.0), (5, 30.0, 30.0)]
)
def test_the_schedule_is_a_setting(make: Making, retries: int, shortest: float, longest: float) -> None:
    world = make(answer=answering(500), retries=retries, shortest_gap=shortest, longest_gap=longest)
    world.registered()
    world.learn()
    world.advance(20 * 3600)
    instants = [at for at, _ in world.sent]
    assert len(instants) == retries + 1
    for early, late in itertools.pairwise(instants):
        assert shortest <= (late - early).total_seconds() <= longest


# --- delivered or not -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 201, 204, 299, 301, 302, 303, 307, 308, 399, 600])
def test_a_status_that_is_no_error_is_a_delivery(make: Making, status: int) -> None:
    world = make(answer=answering(status))
    world.registered()
    world.learn()
    world.advance(86400)
    assert len(world.sent) == 1
    name, facts = world.told[-1]
    assert (name, facts["data_lost"]) == ("postback-delivered", 300 <= status < 400)


@pytest.mark.parametrize(
    ("status", "error"),
    [(400, None), (404, None), (499, None), (500, None), (599, None), (200, "truncated")]
    + [(0, error) for error in ("refused", "dns", "timeout", "reset", "tls", "malformed", "bad-url")],
)
def test_an_error_is_tried_again_until_the_receiver_takes_it(make: Making, status: int, error: str | None) -> None:
    answers = iter([(status, error), (status, error), (200, None)])
    world = make(answer=lambda request: next(answers))
    world.registered()
    world.learn()
    world.advance(86400)
    assert world.names() == ["postback-failed", "postback-failed", "postback-delivered"]
    assert len({request.body for _, request in world.sent}) == 1


def test_a_receiver_that_never_answers_times_out(make: Making, loop: Loop) -> None:
    gate = Gate()
    with receiver(loop, gate) as (host, hook, client):
        client.patience = 0.05
        world = make(client=client)
        world.registered(url=host.url("results"))
        world.learn()
        assert (world.last["error"], hook.count) == ("timeout", 1)
        gate.open()
        world.advance(60)
        assert (world.names()[-1], hook.count) == ("postback-delivered", 2)


def test_a_host_that_does_not_resolve_and_a_port_where_nobody_listens_fail(make: Making) -> None:
    world = make(client=HttpClient(Journal(make().clock.now), 2.0, TRUST), outbound="any")
    for regid, url, error in (("r1", "http://no-such-host.invalid/", "dns"), ("r2", "http://127.0.0.1:9/", "refused")):
        world.registered(regid, url)
        world.learn(regid)
        assert (world.told[-1][0], world.last["error"]) == ("postback-failed", error)


@pytest.mark.parametrize(
    ("url", "goes"),
    [("http://127.0.0.1:9/", True), ("http://localhost:9/", True), ("http://[::1]:9/", True)]
    + [
        (url, False)
        for url in ("http://10.0.0.1/", "http://lms.example/", "http://127.0.0.1.lms.example/", "http://[/")
    ]
    + [("//127.0.0.1/", True), ("results", False), ("", False)],
)
def test_only_this_machine_is_contacted_unless_any_host_is_allowed(make: Making, url: str, goes: bool) -> None:
    behaviour, open_to_all = (make(**one).engine.behaviours(APP.id) for one in ({}, {"outbound": "any"}))
    assert behaviour.may_contact(url) == goes
    assert open_to_all.may_contact(url)


def test_a_host_that_may_not_be_contacted_fails_like_an_unreachable_one(make: Making) -> None:
    world = make()
    world.registered(url="http://lms.example/results")
    world.learn()
    world.advance(30 * 3600)
    assert world.sent == []
    assert world.names() == ["postback-failed"] * 70 + ["postback-given-up"]
    assert world.last["error"] == "not-allowed"


# --- what is posted -------------------------------------------------------------------------------------------------


def test_a_form_has_data_and_the_login_if_there_is_one(make: Making) -> None:
    world = make()
    world.registered("r1")
    world.registered("r2", urlname="lms", urlpass="p&ss=wörd +%")
    for regid in ("r1", "r2"):
        world.learn(regid)
    (_, bare), (_, login) = world.sent
    assert decode_form(bare.body).names == ("data",)
    assert (decode_form(login.body).names, login_in(login)) == (
        ("data", "username", "password"), ("lms", "p&ss=wörd +%"),
    )  # fmt: skip
    assert dict(bare.headers) == {"Content-Type": "application/x-www-form-urlencoded"}


def test_basic_authentication_carries_the_xml_itself(make: Making) -> None:
    world = make()
    world.registered(authtype="httpbasic", urlname="lms", urlpass="p:w", resultsformat="full")
    world.learn()
    _, request = world.sent[0]
    headers = dict(request.headers)
    assert headers["Content-Type"] == "text/xml"
    assert base64.b64decode(headers["Authorization"].removeprefix("Basic ")) == b"lms:p:w"
    assert request.body.startswith(b'<registrationreport format="full" regid="r1"')


@pytest.mark.parametrize(("data", "states"), [("snapshot", "incomplete"), ("current", "complete")])
def test_a_retry_carries_what_was_queued_or_what_holds_now(make: Making, data: str, states: str) -> None:
    answers = iter([(500, None)])
    world = make(answer=lambda request: next(answers, (200, None)), data=data)
    world.registered()
    world.learn(to="incomplete")
    world.learn(to="passed")
    world.advance(60)
    assert world.states == ["incomplete", "complete", states]


def test_a_registration_that_was_made_anew_does_not_change_what_is_queued_for_the_old_one(make: Making) -> None:
    world = make(answer=answering(500), data="current")
    world.registered()
    world.learn(to="passed")
    world.call("registration.deleteRegistration", ("regid", "r1"))
    world.registered()
    world.advance(60)
    assert set(world.states) == {"complete"}


def test_results_can_be_wrapped_like_an_answer(make: Making) -> None:
    world = make(wrapped=True)
    world.registered()
    world.learn()
    (report,) = world.reports
    assert (report.wrapped, report.complete) == (True, "complete")


# --- test postbacks -------------------------------------------------------------------------------------------------


def test_a_test_postback_is_sent_once_with_the_settings_of_the_call(make: Making) -> None:
    world = make()
    given = {"postbackurl": HOOK, "urlname": "lms", "urlpass": "pw", "resultsformat": "activity"}
    assert world.call(TEST, *given.items()).is_ok
    ((_, request),) = world.sent
    assert login_in(request) == ("lms", "pw")
    assert report_in(request.body).format == "activity"


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [(500, None, "HTTP status 500"), *((0, error, words) for error, words in REASONS.items())],
)
def test_a_failed_test_postback_tells_why_and_is_never_sent_again(
    make: Making, status: int, error: str | None, words: str
) -> None:
    world = make(answer=answering(status, error))
    answer = world.call(TEST, ("postbackurl", HOOK))
    assert answer.code == 1
    assert answer.message.endswith(words)
    world.advance(86400)
    assert len(world.sent) == 1


def test_a_test_postback_to_a_host_that_may_not_be_contacted_is_not_sent(make: Making) -> None:
    world = make()
    answer = world.call(TEST, ("postbackurl", "http://lms.example/"))
    assert (answer.code, answer.message.rpartition(": ")[2]) == (1, REASONS["not-allowed"])
    assert world.sent == []


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ((), 203),
        ((("postbackurl", ""),), 203),
        ((("postbackurl", HOOK), ("urlname", "lms")), 3),
        ((("postbackurl", HOOK), ("authtype", "digest")), 205),
        ((("postbackurl", HOOK), ("resultsformat", "bogus")), 205),
        ((("postbackurl", "\x00"),), 1),
        ((("postbackurl", "http://127.0.0.1:99999/"),), 1),
        ((("postbackurl", "http://127.0.0.1:x/"),), 1),
        ((("postbackurl", "http://[::1/"),), 1),
        ((("postbackurl", "file:///etc/passwd"),), 1),
        ((("postbackurl", "http://127.0.0.1:9/\r\nX-Header: 1"),), 1),
        ((("postbackurl", "http://127.0.0.1:9/" + "x" * 100000),), 1),
        ((("postbackurl", "http://127.0.0.1:9/é?🂡"), ("urlname", "Zoë\x00"), ("urlpass", "🂡\r\n")), 1),
        (
            (
                ("postbackurl", "http://127.0.0.1:9/"),
                ("urlname", "a\r\nb"),
                ("urlpass", "x"),
                ("authtype", "httpbasic"),
            ),
            1,
        ),
    ],
)
def test_hostile_settings_of_a_test_postback_give_a_code(
    make: Making, given: tuple[tuple[str, str], ...], code: int
) -> None:
    world = make(client=HttpClient(Journal(make().clock.now), 1.0, TRUST))
    assert world.call(TEST, *given).code == code


def test_a_line_break_in_a_postback_url_adds_no_header(make: Making, loop: Loop) -> None:
    gate = Gate()
    gate.open()
    with receiver(loop, gate) as (host, hook, client):
        world = make(client=client)
        for end in ("?\r\nX-Added: 1", "\nX-Added: 1", " HTTP/1.1\r\nX-Added: 1\r\n\r\n"):
            world.call(TEST, ("postbackurl", host.url("results") + end))
        loop.run(host.idle())
        assert "X-Added" not in {name for entry in client.journal.of("", "") for name, _ in headers(entry)}
        assert world.call(TEST, ("postbackurl", host.url("results"))).is_ok
        assert hook.count >= 1


def headers(entry: AnyEntry) -> tuple[tuple[str, str], ...]:
    """Return the headers that a receiver has seen."""
    return entry.request.headers if isinstance(entry, Exchange) and entry.direction == "in" else ()


# --- the queue ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_pending_postbacks_survive_a_restart(make: Making, tmp_path: Path, kind: str) -> None:
    store = open_store("memory" if kind == "memory" else f"sqlite:///{tmp_path / 'cloud.db'}")
    answers = iter([(503, None)])
    world = make(answer=lambda request: next(answers, (200, None)), store=store)
    world.registered()
    world.learn()
    assert world.names() == ["postback-failed"]
    if kind == "sqlite":
        store.close()
        store = open_store(f"sqlite:///{tmp_path / 'cloud.db'}")
    later = world.restarted(store)
    later.advance(900)
    assert later.names() == ["postback-delivered"]
    assert later.states == ["complete"]
    assert later.told[-1][1]["attempt"] == 1
    later.loop.run(later.engine.outbox.stop())
    store.close()


def test_a_restart_on_demand_goes_on_with_what_is_pending(make: Making) -> None:
    answers = iter([(503, None)])
    world = make(answer=lambda request: next(answers, (200, None)))
    world.registered()
    world.learn()
    before = world.engine.now(APP.id)
    world.advance(0.5)
    assert world.trigger("restart")["status"] == "succeeded"
    assert world.engine.now(APP.id) - before == timedelta(seconds=0.5)
    world.advance(900)
    assert world.names() == ["postback-failed", "postback-delivered"]


def test_a_receiver_that_is_down_delays_no_other(make: Making, loop: Loop) -> None:
    gate = Gate()
    with receiver(loop, gate) as (host, hook, client):
        free = Hook(("", "", ""), "postback")
        host.mount("free", free)
        world = make(client=client)
        for regid, path in (("r1", "results"), ("r2", "free")):
            world.registered(regid, host.url(path))
            world.trigger("registration", regid=regid, to="passed")
        loop.run(gate.reached.wait())
        loop.run(free.reached(1))
        assert (hook.count, free.count, gate.opened.is_set()) == (1, 1, False)
        gate.open()
        world.settle()


def test_deleting_the_settings_of_a_dispatch_withdraws_what_is_pending(make: Making) -> None:
    world = make(answer=answering(500))
    place = world.call("dispatch.createDestination", ("name", "elsewhere")).text("destinationId") or ""
    given = (("destinationid", place), ("courseid", "c1"), ("postbackurl", HOOK))
    dispatch = world.call("dispatch.createDispatch", *given).text("dispatchId") or ""
    world.trigger("dispatch", dispatch=dispatch, regid="d1", to="passed")
    world.settle()
    assert world.call("dispatch.updateDispatches", ("dispatchid", dispatch), ("postbackurl", "")).is_ok
    world.advance(900)
    assert world.names() == ["postback-failed", "postback-withdrawn"]


def test_a_signed_call_that_lets_the_time_pass_is_dated_by_the_application_clock(make: Making) -> None:
    world = make()
    world.advance(3600)
    assert world.call("debug.authPing").code == 107
    pairs = (("method", "rustici.debug.getTime"),)
    assert world.send(pairs).text("currenttime") == write_ts(world.engine.now(APP.id))
