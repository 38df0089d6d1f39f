"""Everything that a mock does on its own: owed work as rows of the store, done in due order on the mock's clock."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from harness.net.clock import Clock
from mocks.state.memory import MemoryStore, Transaction

TABLE = "outbox"


@dataclass(frozen=True, slots=True)
class Owed:
    """One piece of owed work: when it is due (protocol time), for which tenant, of which kind, about which key."""

    id: str
    due: datetime
    tenant: str
    kind: str
    key: str


Worker = Callable[[Owed], Awaitable[None]]


class Outbox:
    """Owed work is written in the transaction that causes it and started by `kick` once that has committed."""

    def __init__(self, store: MemoryStore, clock: Clock, worker: Worker) -> None:
        self._store = store
        self._clock = clock
        self._worker = worker
        self._numbers = itertools.count(1)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._idle = asyncio.Event()
        self._idle.set()

    def owe(self, tx: Transaction, tenant: str, kind: str, key: str, after: timedelta = timedelta(0)) -> Owed:
        """Write a piece of work into a transaction; it is due ``after`` from now."""
        owed = Owed(f"{next(self._numbers):08d}", self._clock.now() + after, tenant, kind, key)
        tx.put(TABLE, owed.id, owed)
        return owed

    async def kick(self) -> None:
        """Start all work that is due and not yet under way."""
        async with self._store.transaction() as tx:
            owed = [row for row in tx.rows(TABLE) if row.due <= self._clock.now() and row.id not in self._tasks]
        for row in sorted(owed, key=lambda row: (row.due, row.id)):
            self._idle.clear()
            self._tasks[row.id] = asyncio.create_task(self._do(row))

    async def _do(self, owed: Owed) -> None:
        try:
            await self._worker(owed)
        finally:
            async with self._store.transaction() as tx:
                tx.delete(TABLE, owed.id)
            self._tasks.pop(owed.id, None)
            if not self._tasks:
                self._idle.set()

    async def finished(self, key: str) -> None:
        """Wait for the work about ``key`` that is under way."""
        async with self._store.transaction() as tx:
            mine = [row.id for row in tx.rows(TABLE) if row.key == key]
        await asyncio.gather(*(self._tasks[i] for i in mine if i in self._tasks), return_exceptions=True)

    async def quiesce(self) -> None:
        """Wait until nothing that is due remains undone and nothing is in flight."""
        while True:
            await self.kick()
            if not self._tasks:
                return
            await self._idle.wait()

    async def stop(self) -> None:
        """Cancel what is under way."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
