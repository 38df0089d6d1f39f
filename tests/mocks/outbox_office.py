"""An outbox with all that a test wants to know of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from harness.net.clock import Clock, ManualClock, TenantClocks
from mocks.outbox import Outbox, Owed
from mocks.state.memory import MemoryStore
from mocks.state.store import Store

MINUTE = timedelta(minutes=1)


class Office:
    """An outbox, its store and clock, what its worker has done and when, and what went wrong."""

    def __init__(
        self,
        worker: Callable[[Owed], Awaitable[timedelta | None]] | None = None,
        store: Store | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.clock: Clock = clock or ManualClock()
        self.store: Store = store or MemoryStore()
        self.done: list[str] = []
        self.when: list[datetime] = []
        self.errors: list[str] = []
        self.clocks = TenantClocks(self.clock)
        self.outbox = Outbox(
            self.store, self.clocks, worker or self.work, lambda owed, error: self.errors.append(f"{owed.key}: {error}")
        )

    async def work(self, owed: Owed) -> None:
        self.done.append(owed.key)
        self.when.append(self.clocks.now(owed.tenant))

    async def owe(self, key: str, seconds: float = 0, tenant: str = "default", kind: str = "import") -> Owed:
        async with self.store.transaction() as tx:
            return self.outbox.owe(tx, tenant, kind, key, timedelta(seconds=seconds))

    async def left(self) -> list[str]:
        async with self.store.transaction() as tx:
            return [owed.key for owed in tx.rows("outbox")]


def keys(pending: list[Owed]) -> list[str]:
    return [owed.key for owed in pending]
