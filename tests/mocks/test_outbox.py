"""What is owed is done in due order on the mock's clock, once, and never before its transaction has committed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from harness.net.clock import ManualClock
from harness.net.loop import Loop
from mocks.outbox import Outbox, Owed
from mocks.state.memory import MemoryStore


class Office:
    """An outbox, its store and clock, and what its worker has done."""

    def __init__(self, worker: Callable[[Owed], Awaitable[None]] | None = None) -> None:
        self.clock, self.store, self.done = ManualClock(), MemoryStore(), list[str]()
        self.outbox = Outbox(self.store, self.clock, worker or self.work)

    async def work(self, owed: Owed) -> None:
        self.done.append(owed.key)

    async def owe(self, key: str, seconds: int = 0) -> Owed:
        async with self.store.transaction() as tx:
            return self.outbox.owe(tx, "default", "import", key, timedelta(seconds=seconds))

    async def left(self) -> list[str]:
        async with self.store.transaction() as tx:
            return [owed.key for owed in tx.rows("outbox")]


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
        assert office.done == ["free"]

    loop.run(run())


def test_owed_work_names_tenant_kind_key_and_instant(loop: Loop) -> None:
    office = Office()
    owed = loop.run(office.owe("job-1", 5))
    assert (owed.tenant, owed.kind, owed.key) == ("default", "import", "job-1")
    assert owed.due == office.clock.now() + timedelta(seconds=5)
