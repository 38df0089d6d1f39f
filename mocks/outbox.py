"""Everything that a mock does on its own: owed work as rows of the store, done in due order on the mock's clocks."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta

from harness.net.clock import NOTHING, Alarm, Clock, TenantClocks
from mocks.owed import Owed as Owed
from mocks.owed import Waiting, order
from mocks.state.store import Store, Transaction

TABLE = "outbox"
NUMBERS = "outbox-numbers"

Worker = Callable[[Owed], Awaitable[timedelta | None]]
OnError = Callable[[Owed, Exception], None]


def _report(owed: Owed, error: BaseException) -> None:
    """Tell the event loop's handler, as for any other task that failed."""
    message = f"the work {owed.kind!r} of tenant {owed.tenant!r} failed"
    asyncio.get_running_loop().call_exception_handler({"message": message, "exception": error})


class Outbox:
    """Owed work is written in the transaction that causes it, and started once that has committed.

    `kick` starts what is due; on a clock that flows, work begins by itself when its instant comes. The worker
    answers None when a piece is done, or after how long (protocol time) it is to be tried again. A worker that
    raises is told to ``on_error`` and its piece dropped. What was cut off in the middle is done again after a
    restart: at least once, never lost. The store is to have one outbox alone. A worker must not wait for its own
    outbox (`advance`, `quiesce`, `finished`). In every method the tenant ``""`` means all tenants.
    """

    def __init__(self, store: Store, clocks: TenantClocks | Clock, worker: Worker, on_error: OnError = _report) -> None:
        self.clocks = clocks if isinstance(clocks, TenantClocks) else TenantClocks(clocks)
        self._store = store
        self._worker = worker
        self._on_error = on_error
        self._waiting = Waiting()
        self._tasks: dict[str, tuple[Owed, asyncio.Task[Owed | None]]] = {}
        self._busy: Counter[str] = Counter()
        self._advancing: set[str] = set()
        self._watchers: list[asyncio.Future[None]] = []
        self._alarm = Alarm(self._start_due)
        self._loaded = self._stopped = False

    def owe(self, tx: Transaction, tenant: str, kind: str, key: str, after: timedelta = NOTHING) -> Owed:
        """Write a piece of work into a transaction; it is due ``after`` from now on the tenant's clock."""
        number = (tx.get(NUMBERS, "last") or 0) + 1
        owed = Owed(f"{number:08d}", self.clocks.now(tenant) + after, tenant, kind, key)
        tx.put(NUMBERS, "last", number)
        tx.put(TABLE, owed.id, owed)
        tx.on_commit(lambda: self._await(owed))
        return owed

    def withdraw(self, tx: Transaction, owed: Owed) -> None:
        """Owe a piece no longer; what is under way is not interrupted, but not tried again."""
        tx.delete(TABLE, owed.id)
        tx.on_commit(lambda: self._waiting.remove(owed.id))

    async def start(self) -> None:
        """Take up what the store holds from an earlier time, and start what of it is due."""
        self._stopped = False
        await self.kick()

    async def kick(self, tenant: str = "") -> None:
        """Start all work that is due and not yet under way."""
        await self._load()
        self._start_due(tenant)

    async def advance(self, tenant: str, step: timedelta) -> int:
        """Move a tenant's time forward by ``step`` as a discrete-event run; return how many pieces were done.

        Due work of that tenant is done in due order, its clock standing at each due instant, the next piece only
        when the worker of the last has returned. A negative step is refused with ValueError. Two runs that
        concern one tenant happen one after the other.
        """
        if step < NOTHING:
            raise ValueError(f"advance: expected a step of zero or more, got {step}")
        await self._load()
        while self._is_advancing(tenant) or (not tenant and self._advancing):
            await self._change()
        self._advancing.add(tenant)
        moved = NOTHING
        try:
            done = await self._run(tenant, self.clocks.now(tenant) + step)
            moved = step
        finally:
            self.clocks.go_on(tenant, moved)
            self._advancing.discard(tenant)
            self._wake()
            if self.clocks.flows:
                self._start_due(tenant)
        return done

    async def _run(self, tenant: str, end: datetime) -> int:
        """Do what falls due until ``end`` and let the clock stand there."""
        self.clocks.stand(tenant, self.clocks.now(tenant))
        done = 0
        while True:
            while self._is_busy(tenant):
                await self._change()
            found = self._next(tenant)
            if found is None or found[0] > end or self._stopped:
                break
            self.clocks.stand(tenant, found[0])
            self._start(found[1])
            done += 1
        self.clocks.stand(tenant, end)
        return done

    def _next(self, tenant: str) -> tuple[datetime, Owed] | None:
        """Return the piece that is due first, and when on the clock that is asked for: the tenant's, or the base."""
        found: list[tuple[datetime, Owed]] = []
        for name in [tenant] if tenant else self._waiting.tenants():
            first = self._waiting.first(name)
            if first is not None:
                found.append((first.due if tenant else first.due - self.clocks.offset(name), first))
        return min(found, key=lambda one: (one[0], one[1].id), default=None)

    async def quiesce(self, tenant: str = "") -> None:
        """Wait until nothing that is due remains undone and nothing is in flight; what is paused does not count."""
        await self.kick(tenant)
        while self._is_busy(tenant) or self._is_advancing(tenant) or (not tenant and self._advancing):
            await self._change()
            await self.kick(tenant)

    async def pending(self, tenant: str = "") -> list[Owed]:
        """Return what is owed, under way or not, in due order."""
        await self._load()
        pieces = [*self._waiting, *(owed for owed, _ in self._tasks.values())]
        return sorted((owed for owed in pieces if tenant in ("", owed.tenant)), key=order)

    async def finished(self, key: str) -> None:
        """Wait for the work about ``key`` that is under way."""
        mine = [task for owed, task in self._tasks.values() if owed.key == key]
        await asyncio.gather(*mine, return_exceptions=True)

    def pause(self, kind: str, tenant: str = "") -> None:
        """Start no work of this kind until `resume`; what is under way goes on."""
        self._waiting.pause(kind, tenant)

    def resume(self, kind: str, tenant: str = "") -> None:
        """Take back a `pause` of the same kind and tenant, and start what has become due meanwhile."""
        self._waiting.resume(kind, tenant)
        self._start_due()

    async def stop(self) -> None:
        """Cancel what is under way and start nothing more; what is not done stays in the store."""
        self._stopped = True
        self._alarm.off()
        tasks = [task for _, task in self._tasks.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def restart(self) -> None:
        """Cut off what is under way and begin anew with what the store holds, as after the end of a process."""
        await self.stop()
        self._waiting, self._loaded = Waiting(), False
        await self.start()

    async def _load(self) -> None:
        if self._loaded:
            return
        async with self._store.transaction() as tx:
            if not self._loaded:
                for owed in tx.rows(TABLE):
                    if owed.id not in self._tasks:
                        self._waiting.add(owed)
                self._loaded = True

    def _await(self, owed: Owed) -> None:
        """Take up a piece whose row has been committed."""
        self._waiting.add(owed)
        self._set_alarm(owed)

    def _start_due(self, tenant: str = "") -> None:
        for name in [tenant] if tenant else self._waiting.tenants():
            now = self.clocks.now(name)
            while (first := self._waiting.first(name)) is not None:
                if first.due > now or self._stopped or self._is_advancing(name):
                    self._set_alarm(first)
                    break
                self._start(first)

    def _set_alarm(self, owed: Owed) -> None:
        """On a clock that flows: look again when this piece is due, or sooner."""
        if self.clocks.flows and not self._stopped and not self._is_advancing(owed.tenant):
            self._alarm.sooner(owed.due - self.clocks.now(owed.tenant))

    def _start(self, owed: Owed) -> None:
        self._waiting.remove(owed.id)
        self._busy[owed.tenant] += 1
        task = asyncio.create_task(self._done(owed))
        self._tasks[owed.id] = owed, task
        # A callback, since a task that is cancelled before its first step runs no line of its own.
        task.add_done_callback(lambda task: self._landed(owed, task))

    def _landed(self, owed: Owed, task: asyncio.Task[Owed | None]) -> None:
        del self._tasks[owed.id]
        self._busy[owed.tenant] -= 1
        if not self._busy[owed.tenant]:
            del self._busy[owed.tenant]
            self._wake()
        if task.cancelled():
            self._waiting.add(owed)
        elif (error := task.exception()) is not None:
            # The store failed: its row is there still, and is taken up after a restart.
            _report(owed, error)
        elif (left := task.result()) is not None:
            self._await(left)

    async def _done(self, owed: Owed) -> Owed | None:
        """Do a piece and write what came of it; return what is still owed of it."""
        async with self._store.transaction() as tx:
            if tx.get(TABLE, owed.id) is None:
                return None
        again: timedelta | None = None
        try:
            again = await self._worker(owed)
        except Exception as error:
            self._on_error(owed, error)
        async with self._store.transaction() as tx:
            if again is None or tx.get(TABLE, owed.id) is None:
                tx.delete(TABLE, owed.id)
                return None
            left = replace(owed, due=self.clocks.now(owed.tenant) + max(again, NOTHING), attempt=owed.attempt + 1)
            tx.put(TABLE, owed.id, left)
        return left

    def _is_busy(self, tenant: str) -> bool:
        return bool(self._busy[tenant] if tenant else self._busy)

    def _is_advancing(self, tenant: str) -> bool:
        return tenant in self._advancing or "" in self._advancing

    async def _change(self) -> None:
        """Wait until work of some tenant has come to rest or a run has ended."""
        watcher = asyncio.get_running_loop().create_future()
        self._watchers.append(watcher)
        await watcher

    def _wake(self) -> None:
        watchers, self._watchers = self._watchers, []
        for watcher in watchers:
            if not watcher.done():
                watcher.set_result(None)
