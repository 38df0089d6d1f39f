"""What is owed is done in due order on the mock's clock, once, and never before its transaction has committed."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from harness.net.clock import OffsetClock
from harness.net.loop import Loop
from harness.net.patience import stopwatch
from mocks.outbox import Outbox, Owed
from mocks.state.opening import open_store
from mocks.state.store import Store
from tests.mocks.outbox_office import Office, keys

MINUTE = timedelta(minutes=1)


def test_due_work_is_done_once_in_due_order_and_the_rest_waits(loop: Loop) -> None:
    async def run() -> None:
        office = Office()
        for key, seconds in (("late", 60), ("second", 0), ("third", 0)):
            await office.owe(key, seconds)
        assert office.done == []
        await office.outbox.quiesce()
        await office.outbox.quiesce()
        assert (office.done, await office.left()) == (["second", "third"], ["late"])
        office.clock.advance(timedelta(seconds=59))
        await office.outbox.quiesce()
        assert office.done == ["second", "third"]
        office.clock.advance(timedelta(seconds=1))
        await office.outbox.quiesce()
        assert (office.done[2:], await office.left()) == (["late"], [])

    loop.run(run())


def test_work_that_was_due_earlier_is_begun_earlier(loop: Loop) -> None:
    async def run() -> list[str]:
        office = Office()
        for key, seconds in (("b", 20), ("a", 10), ("c", 30)):
            await office.owe(key, seconds)
        office.clock.advance(timedelta(minutes=1))
        await office.outbox.quiesce()
        return office.done

    assert loop.run(run()) == ["a", "b", "c"]


def test_what_was_owed_in_a_transaction_that_failed_is_not_owed(loop: Loop) -> None:
    async def fails(office: Office) -> None:
        async with office.store.transaction() as tx:
            office.outbox.owe(tx, "default", "import", "x")
            raise LookupError

    async def run() -> list[str]:
        office = Office()
        with pytest.raises(LookupError):
            await fails(office)
        await office.outbox.quiesce()
        return office.done

    assert loop.run(run()) == []


def test_quiesce_waits_for_what_work_owes_in_its_turn(loop: Loop) -> None:
    async def run() -> list[str]:
        office = Office()

        async def chain(owed: Owed) -> None:
            office.done.append(owed.key)
            if len(office.done) < 3:
                await office.owe(owed.key + "'")

        office.outbox = Outbox(office.store, office.clock, chain)
        await office.owe("a")
        await office.outbox.quiesce()
        return office.done

    assert loop.run(run()) == ["a", "a'", "a''"]


def test_finished_waits_for_one_piece_alone_and_stop_ends_the_rest(loop: Loop) -> None:
    async def run() -> None:
        gate, begun = asyncio.Event(), asyncio.Event()

        async def gated(owed: Owed) -> None:
            if owed.key == "held":
                begun.set()
                await gate.wait()
            office.done.append(owed.key)

        office = Office()
        office.outbox = Outbox(office.store, office.clock, gated)
        await office.owe("held")
        await office.owe("free")
        await office.outbox.kick()
        await office.outbox.kick()
        await office.outbox.finished("free")
        await begun.wait()
        assert office.done == ["free"]
        await office.outbox.finished("unknown")
        await office.outbox.stop()
        assert (office.done, await office.left()) == (["free"], ["held"])

    loop.run(run())


def test_owed_work_names_tenant_kind_key_and_instant(loop: Loop) -> None:
    office = Office()
    owed = loop.run(office.owe("job-1", 5))
    assert (owed.tenant, owed.kind, owed.key) == ("default", "import", "job-1")
    assert owed.due == office.clock.now() + timedelta(seconds=5)


async def turns(number: int = 20) -> None:
    """Let everything happen that needs no time."""
    for _ in range(number):
        turned = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(turned.set_result, None)
        await turned


def test_a_plain_clock_will_do(loop: Loop) -> None:
    office = Office()
    office.outbox = Outbox(office.store, office.clock, office.work)
    loop.run(office.owe("a"))
    loop.run(office.outbox.quiesce())
    assert office.done == ["a"]


@pytest.mark.parametrize("name", ["memory", "sqlite:///state.db"])
def test_seventy_retries_with_growing_delays_over_fifteen_hours_take_no_time(
    loop: Loop, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run(store: Store) -> None:
        tried: list[tuple[int, timedelta]] = []

        async def never(owed: Owed) -> timedelta:
            tried.append((owed.attempt, office.clocks.now("app-1") - begun))
            return timedelta(seconds=min(900.0, 2.0**owed.attempt))

        office = Office(never, store)
        begun = office.clocks.now("app-1")
        await office.owe("r1", tenant="app-1")
        for number in range(200):
            await office.owe(f"far {number}", 10**6, tenant=f"app-{number}")
        begun_at = stopwatch()
        ran = await office.outbox.advance("app-1", timedelta(hours=15, minutes=4))
        assert stopwatch() - begun_at < 1.0
        delays = [min(900.0, 2.0**attempt) for attempt in range(70)]
        assert ran == 70
        assert tried == [(attempt, timedelta(seconds=sum(delays[:attempt]))) for attempt in range(70)]
        assert office.clocks.now("app-1") == begun + timedelta(hours=15, minutes=4)
        assert office.clocks.now("app-2") == begun
        (left,) = [owed for owed in await office.outbox.pending("app-1") if owed.key == "r1"]
        assert (left.attempt, left.due) == (70, begun + timedelta(seconds=sum(delays)))
        async with office.store.transaction() as tx:
            assert tx.get("outbox", left.id) == left
        store.close()

    monkeypatch.chdir(tmp_path)
    loop.run(run(open_store(name)))


def test_a_run_does_due_work_of_one_tenant_in_due_order_one_after_the_other(loop: Loop) -> None:
    async def run() -> None:
        under_way, log = list[str](), list[tuple[str, datetime]]()

        async def slow(owed: Owed) -> None:
            assert under_way == []
            under_way.append(owed.key)
            log.append((owed.key, office.clocks.now(owed.tenant)))
            if owed.key == "b":
                await office.owe("b, later", 5, owed.tenant)
                await office.owe("b, at once", 0, owed.tenant)
                await office.outbox.kick("default")
            await turns()
            under_way.remove(owed.key)

        office = Office(slow)
        begun = office.clocks.now()
        for key, seconds in (("c", 20), ("b", 10), ("a", 0), ("a too", 0), ("end", 60), ("after", 60.000001)):
            await office.owe(key, seconds)
        await office.owe("theirs", 5, "other")
        await office.owe("theirs, now", 0, "other")
        assert await office.outbox.advance("default", MINUTE) == 7
        times = [("a", 0), ("a too", 0), ("b", 10), ("b, at once", 10), ("b, later", 15), ("c", 20), ("end", 60)]
        assert log == [(key, begun + timedelta(seconds=seconds)) for key, seconds in times]
        assert (office.clocks.now("default"), office.clocks.now("other")) == (begun + MINUTE, begun)
        assert keys(await office.outbox.pending()) == ["theirs, now", "theirs", "after"]
        with pytest.raises(ValueError, match="advance: expected a step of zero or more"):
            await office.outbox.advance("default", -MINUTE)

    loop.run(run())


def test_a_run_for_all_follows_the_order_in_which_it_falls_due(loop: Loop) -> None:
    async def run() -> None:
        office = Office()
        begun = office.clocks.now()
        office.clocks.move_to("ahead", begun + 60 * MINUTE)
        for key, seconds, tenant in (("d", 40, "ahead"), ("a", 10, "ahead"), ("c", 30, "x"), ("b", 20, "y")):
            await office.owe(key, seconds, tenant)
        assert await office.outbox.advance("", timedelta(seconds=35)) == 3
        assert office.done == ["a", "b", "c"]
        assert office.when == [
            begun + 60 * MINUTE + timedelta(seconds=10), begun + timedelta(seconds=20), begun + timedelta(seconds=30),
        ]  # fmt: skip
        assert office.clock.now() == office.clocks.now("x") == begun + timedelta(seconds=35)
        assert office.clocks.offset("ahead") == 60 * MINUTE
        assert keys(await office.outbox.pending("ahead")) == ["d"]
        assert await office.outbox.pending("x") == []

    loop.run(run())


def test_a_run_waits_for_what_is_under_way_and_quiesce_for_the_run(loop: Loop) -> None:
    async def run() -> None:
        gate = asyncio.Event()

        async def gated(owed: Owed) -> None:
            if owed.key == "held":
                await gate.wait()
            office.done.append(owed.key)

        office = Office(gated)
        await office.owe("held")
        await office.owe("next", 1)
        await office.outbox.kick()
        first = asyncio.create_task(office.outbox.advance("default", MINUTE))
        second = asyncio.create_task(office.outbox.advance("", MINUTE))
        still = asyncio.create_task(office.outbox.quiesce("default"))
        await office.outbox.quiesce("other")
        await turns()
        assert [first.done(), second.done(), still.done(), office.done] == [False, False, False, []]
        gate.set()
        assert (await first, await second) == (1, 0)
        await still
        assert office.done == ["held", "next"]
        assert office.clocks.offset("default") == MINUTE

    loop.run(run())


def test_a_run_that_is_cancelled_leaves_the_clock_where_it_stood_and_the_work_owed(loop: Loop) -> None:
    async def run() -> None:
        begun = asyncio.Event()

        async def hangs(owed: Owed) -> None:
            begun.set()
            await asyncio.Event().wait()

        office = Office(hangs)
        before = office.clocks.now()
        await office.owe("held", 10)
        running = asyncio.create_task(office.outbox.advance("default", MINUTE))
        await begun.wait()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert office.clocks.now("default") == before + timedelta(seconds=10)
        assert await office.left() == keys(await office.outbox.pending()) == ["held"]
        await office.outbox.stop()

    loop.run(run())


def test_on_a_clock_that_flows_work_begins_by_itself_when_it_is_due(loop: Loop) -> None:
    async def run() -> None:
        done = asyncio.Event()

        async def work(owed: Owed) -> timedelta | None:
            assert office.clocks.now("default") >= owed.due
            office.done.append(f"{owed.key}{owed.attempt}")
            if len(office.done) == 4:
                done.set()
            return timedelta(milliseconds=5) if owed.attempt < 2 and owed.key == "b" else None

        office = Office(work, clock=OffsetClock())
        await office.owe("far", 3600)
        await office.owe("a", 0.02)
        await office.owe("b")
        await done.wait()
        assert office.done[0] == "b0"
        assert sorted(office.done) == ["a0", "b0", "b1", "b2"]
        await office.outbox.quiesce()
        assert keys(await office.outbox.pending()) == ["far"]
        await office.outbox.stop()

    loop.run(run())


def test_a_run_on_a_clock_that_flows_stands_at_each_due_instant(loop: Loop) -> None:
    async def run() -> None:
        seen: list[tuple[datetime, datetime]] = []

        async def never(owed: Owed) -> timedelta:
            await turns()
            seen.append((owed.due, office.clocks.now(owed.tenant)))
            return MINUTE

        office = Office(never, clock=OffsetClock())
        first = await office.owe("a", 30)
        other = await office.owe("far", 30, "other")
        assert await office.outbox.advance("default", 15 * MINUTE) == 15
        assert seen == [(first.due + number * MINUTE,) * 2 for number in range(15)]
        assert office.clocks.offset("default") == 15 * MINUTE
        assert await office.outbox.pending("other") == [other]
        await office.outbox.stop()

    loop.run(run())


def test_a_worker_that_raises_is_told_and_its_piece_dropped(loop: Loop) -> None:
    async def run() -> None:
        async def fails(owed: Owed) -> None:
            raise LookupError("no such job")

        office = Office(fails)
        await office.owe("a")
        await office.owe("b", 10)
        await office.outbox.quiesce()
        assert office.errors == ["a: no such job"]
        assert await office.outbox.advance("default", MINUTE) == 1
        assert office.errors[1:] == ["b: no such job"]
        assert (await office.left(), await office.outbox.pending()) == ([], [])

    loop.run(run())


def test_what_nobody_listens_for_goes_to_the_handler_of_the_loop(loop: Loop) -> None:
    async def run() -> list[str]:
        async def fails(owed: Owed) -> None:
            raise LookupError("no such job")

        told: list[str] = []
        here = asyncio.get_running_loop()
        here.set_exception_handler(lambda loop, context: told.append(f"{context['message']}: {context['exception']}"))
        office = Office()
        office.outbox = Outbox(office.store, office.clock, fails)
        try:
            await office.owe("a")
            await office.outbox.quiesce()
        finally:
            here.set_exception_handler(None)
        return told

    assert loop.run(run()) == ["the work 'import' of tenant 'default' failed: no such job"]
