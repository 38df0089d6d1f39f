"""The client of the control API, as drivers use it, against a served engine."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from harness.evidence.journal import Journal
from harness.net.client import HttpClient
from harness.net.clock import ManualClock
from harness.net.listener import Inbound, Listener, Reply
from harness.net.loop import Loop
from harness.subjects.control import DEFAULT_URL, ControlClient, ControlRefused, ControlUnreachable
from mocks.control.serving import PORT
from tests.mocks.control_caller import Caller, calling


@pytest.fixture
def caller(loop: Loop) -> Iterator[Caller]:
    with calling(loop) as made:
        yield made


@pytest.fixture
def client(caller: Caller) -> ControlClient:
    return ControlClient(caller.control.url, caller.client)


def test_the_address_may_end_in_the_path_or_not(caller: Caller) -> None:
    base = caller.control.url.removesuffix("/_control")
    for url in (base, f"{base}/", f"{base}/_control", f"{base}/_control/"):
        assert ControlClient(url, caller.client).url == base
    assert f"http://127.0.0.1:{PORT}" == DEFAULT_URL


def test_time_is_moved_and_read(caller: Caller, client: ControlClient) -> None:
    moved = caller.loop.run(client.advance("default", timedelta(minutes=16)))
    assert (moved.now, moved.ran) == (datetime(2026, 1, 15, 12, 16, tzinfo=UTC), 0)
    assert caller.loop.run(client.advance("default", "4m")).now == caller.loop.run(client.clock("default"))
    assert caller.loop.run(client.clock()) == datetime(2026, 1, 15, 12, tzinfo=UTC)
    assert caller.loop.run(client.quiesce("default")) is True


def test_faults_are_planted_listed_and_cleared(caller: Caller, client: ControlClient) -> None:
    planted = caller.loop.run(client.plant("pens.bare-lf", "default", 2))
    assert caller.loop.run(client.planted()) == [planted]
    assert planted["left"] == 2
    assert [caller.loop.run(client.clear("pens.bare-lf")), caller.loop.run(client.clear())] == [1, 0]


def test_a_trigger_tells_its_outcome(caller: Caller, client: ControlClient) -> None:
    assert [one["name"] for one in caller.loop.run(client.triggers())] == ["registration"]
    done = caller.loop.run(client.trigger("registration", {"id": "R1"}))
    assert (done.status, done.output, done.facts) == ("succeeded", "passed with 92", {"id": "R1", "deliveries": 2})


def test_events_are_heard_from_a_number_on(caller: Caller, client: ControlClient) -> None:
    async def tell() -> None:
        for number in range(3):
            caller.mock.events.tell("hello", {"n": number})

    caller.loop.run(tell())
    heard = caller.loop.run(client.events(after=1, wait=0.01))
    assert [(one.number, one.name, one.facts) for one in heard] == [(2, "hello", {"n": 1}), (3, "hello", {"n": 2})]


def test_a_refusal_says_what_was_wrong(caller: Caller, client: ControlClient) -> None:
    with pytest.raises(ControlRefused, match=r"did you mean 'pens\.no-receipt'") as refused:
        caller.loop.run(client.plant("pens.no-recipt"))
    assert (refused.value.status, refused.value.code, refused.value.field) == (404, "unknown-fault", "name")
    assert (refused.value.expected, refused.value.got) == ("pens.no-receipt", "pens.no-recipt")


def test_nobody_at_the_address_is_unreachable(loop: Loop) -> None:
    client = HttpClient(Journal(ManualClock().now), 5.0)
    try:
        with pytest.raises(ControlUnreachable, match=r"no control API at http://127\.0\.0\.1:1 \(refused\)"):
            loop.run(ControlClient("http://127.0.0.1:1", client).clock())
    finally:
        loop.run(client.close())


@pytest.mark.parametrize(
    "reply",
    [(404, b""), (200, b"<html>"), (200, b"{}"), (200, b"[1]"), (500, b'{"error": "no"}'), (302, b'{"now": 1}')],
)
def test_something_else_at_the_address_is_no_control_api(caller: Caller, reply: tuple[int, bytes]) -> None:
    async def answer(inbound: Inbound) -> Reply:
        return Reply(reply[0], (), reply[1])

    listener = Listener(answer)
    caller.loop.run(listener.start())
    try:
        with pytest.raises(ControlUnreachable, match="is no control API"):
            caller.loop.run(ControlClient(f"http://127.0.0.1:{listener.port}", caller.client).clock())
    finally:
        caller.loop.run(listener.stop())
