"""How the mock platform delivers: to whom, how many at a time, for how long, and what becomes of odd handlers."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta
from typing import Any

import pytest

from harness.net.listener import Reply
from harness.net.patience import stopwatch
from harness.wire.jose import read
from harness.wire.pns import CONTEXT_COPY, HELLO_WORLD, NOTICE, SUBMISSION
from mocks.platform import happening, keys
from mocks.platform.acts import ActError, act
from mocks.platform.happening import HappeningError
from tests.mocks.notice_world import NoticeWorld, run

HOSTILE = ("", " ", "\x00", "\ud800", "x" * 100_000, "é", '{"a": [', "../../etc/passwd", "0", "-1", "1e9", "null")


async def origin_of(world: NoticeWorld) -> str:
    async with world.platform.store.transaction() as tx:
        return happening.first_course(tx).id


@pytest.mark.parametrize(("count", "limit", "sizes"), [(5, 2, [2, 2, 1]), (4, 2, [2, 2]), (3, None, [3]), (1, 9, [1])])
def test_notices_travel_together_as_far_as_the_handler_takes_them(
    count: int, limit: int | None, sizes: list[int]
) -> None:
    async def work(world: NoticeWorld) -> None:
        await world.subscribe(size=limit)
        await happening.copy_many(world.platform, await origin_of(world), count)
        await world.settle()
        assert sorted((len(world.jwts(at)) for at in range(len(world.came))), reverse=True) == sizes
        assert len({claims[NOTICE]["id"] for claims in world.claims()}) == count
        assert len({claims["nonce"] for claims in world.claims()}) == count

    run(work)


def test_each_type_goes_to_its_own_handler_and_one_without_handler_to_none() -> None:
    async def work(world: NoticeWorld) -> None:
        await world.subscribe(CONTEXT_COPY, path="/copies")
        await world.subscribe(HELLO_WORLD, path="/greetings")
        await happening.hello(world.platform)
        await happening.submit(world.platform)
        await happening.copy_course(world.platform, await origin_of(world))
        await world.settle()
        assert sorted(one.path for one in world.came) == ["/copies", "/greetings"]

    run(work)


def test_two_deployments_are_told_of_one_event_in_two_tokens() -> None:
    async def work(world: NoticeWorld) -> None:
        for name in ("ours", "other"):
            await world.subscribe(of=name, path=f"/{name}")
        await happening.copy_course(world.platform, await origin_of(world))
        await world.settle()
        first, second = world.claims()
        assert first[NOTICE] == second[NOTICE]
        assert first["aud"] != second["aud"]
        assert first["nonce"] != second["nonce"]

    run(work)


def test_a_redirect_counts_as_failure_and_is_not_followed() -> None:
    async def work(world: NoticeWorld) -> None:
        world.answer = lambda inbound: Reply(307, (("Location", f"{world.base}/elsewhere"),))
        await world.subscribe()
        await happening.copy_course(world.platform, await origin_of(world))
        await world.settle()
        assert [one.path for one in world.came] == ["/notices"]
        assert world.last["status"] == 307

    run(work)


def test_a_handler_that_never_answers_is_given_up_and_holds_up_nobody() -> None:
    async def work(world: NoticeWorld) -> None:
        world.gate = asyncio.Event()
        await world.subscribe()
        await happening.copy_course(world.platform, await origin_of(world))
        begun = stopwatch()
        await world.settle()
        assert 0.3 < stopwatch() - begun < 5
        assert world.last["error"] == "timeout"

    run(work)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/", "https://127.0.0.1:1/", "http://tool.example.com/", "ftp://127.0.0.1/", "no url",
            "http://[::1", "http://127.0.0.1:99999/", "http://\x00/", "//", "http://127.0.0.1:1/\ud800"],
)  # fmt: skip
def test_an_address_that_cannot_be_reached_ends_the_delivery_without_a_crash(url: str) -> None:
    async def work(world: NoticeWorld) -> None:
        problems: list[Any] = []
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: problems.append(context))
        await world.subscribe(url=url)
        await happening.copy_course(world.platform, await origin_of(world))
        await world.settle()
        assert problems == []
        assert (world.last["status"], bool(world.last["error"])) == (0, True)
        assert await world.platform.outbox.pending() == []

    run(work)


def test_other_hosts_are_told_only_when_that_was_allowed() -> None:
    async def work(world: NoticeWorld) -> None:
        await world.subscribe(url="http://tool.example.com/")
        await happening.copy_course(world.platform, await origin_of(world))
        await world.settle()
        assert world.last["error"] == "not-allowed"

    run(work)


def test_a_rotation_keeps_the_old_key_for_an_overlap_or_takes_it_away() -> None:
    async def work(world: NoticeWorld) -> None:
        await world.subscribe()
        kids = []
        for overlap in (True, False):
            await happening.copy_course(world.platform, await origin_of(world))
            await world.settle()
            kids.append(read(world.jwts(-1)[0]).header["kid"])
            await keys.rotate(world.platform, overlap=overlap)
            published = (await world.key_set()).body.decode()
            assert (f'"{kids[-1]}"' in published) is overlap
        assert len(set(kids)) == 2

    run(work)


def test_held_notices_leave_when_they_are_released() -> None:
    async def work(world: NoticeWorld) -> None:
        await world.subscribe()
        await act(world.platform, "hold-notices", {})
        await happening.copy_course(world.platform, await origin_of(world))
        await world.platform.outbox.advance("", timedelta(hours=1))
        assert world.came == []
        await act(world.platform, "release-notices", {})
        await world.settle()
        assert len(world.came) == 1

    run(work)


@pytest.mark.parametrize("name", ["copy", "copy-bulk", "copy-api", "copy-import", "submit", "contribute", "hello"])
@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_odd_values_of_an_act_are_refused_or_taken_but_break_nothing(name: str, value: str) -> None:
    async def work(world: NoticeWorld) -> None:
        for notice_type in (CONTEXT_COPY, SUBMISSION, HELLO_WORLD):
            await world.subscribe(notice_type)
        for field in ("from", "to", "title", "label", "course", "submission", "files", "count", "deployment"):
            with contextlib.suppress(ActError):
                await act(world.platform, name, {field: value})
            await world.settle()
        assert all(claims[NOTICE]["id"] for claims in world.claims())
        assert [problem for name, problem in world.told if name == "error"] == []

    run(work)


@pytest.mark.parametrize("way", ["", "manually", "\x00"])
def test_a_way_of_copying_is_one_of_four(way: str) -> None:
    async def work(world: NoticeWorld) -> None:
        with pytest.raises(HappeningError, match="way: expected one of"):
            await happening.copy_course(world.platform, await origin_of(world), way=way)

    run(work)
