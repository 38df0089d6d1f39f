"""A transaction happens whole or not at all, and one after the other."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from harness.net.loop import Loop
from mocks.state.memory import MemoryStore


def test_what_a_transaction_writes_is_there_for_the_next(loop: Loop) -> None:
    async def work() -> list[Any]:
        store = MemoryStore()
        async with store.transaction() as tx:
            tx.put("jobs", "b", 1)
            tx.put("jobs", "a", 2)
            tx.put("jobs", "b", 3)
            within = [tx.get("jobs", "b"), tx.rows("jobs"), tx.get("jobs", "z"), tx.rows("none"), tx.get("none", "a")]
        async with store.transaction() as tx:
            tx.delete("jobs", "b")
            tx.delete("jobs", "b")
            tx.delete("none", "b")
        async with store.transaction() as tx:
            return [within, tx.rows("jobs"), tx.get("jobs", "b")]

    assert loop.run(work()) == [[3, [3, 2], None, [], None], [2], None]


def test_a_transaction_that_raises_leaves_nothing_behind(loop: Loop) -> None:
    async def fails(store: MemoryStore) -> None:
        async with store.transaction() as tx:
            tx.put("jobs", "b", 2)
            tx.delete("jobs", "a")
            tx.put("new", "c", 3)
            raise LookupError

    async def work() -> list[Any]:
        store = MemoryStore()
        async with store.transaction() as tx:
            tx.put("jobs", "a", 1)
        with pytest.raises(LookupError):
            await fails(store)
        async with store.transaction() as tx:
            return [tx.rows("jobs"), tx.rows("new")]

    assert loop.run(work()) == [[1], []]


def test_transactions_wait_for_one_another(loop: Loop) -> None:
    async def work() -> int:
        store = MemoryStore()

        async def add() -> None:
            async with store.transaction() as tx:
                seen = tx.get("n", "n") or 0
                await asyncio.wait([asyncio.ensure_future(_nothing())])
                tx.put("n", "n", seen + 1)

        await asyncio.gather(*(add() for _ in range(10)))
        async with store.transaction() as tx:
            return int(tx.get("n", "n"))

    assert loop.run(work()) == 10


async def _nothing() -> None:
    """Give others a turn."""
