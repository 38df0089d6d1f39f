"""Stores as their users see them: partitioned tables of frozen rows, changed in transactions, all or nothing."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from types import TracebackType
from typing import Any, Protocol


class StoreError(Exception):
    """A store cannot be opened, read or written; the message is one line that says why."""


class Transaction(Protocol):
    """Reads and writes of one unit of work; it sees what it wrote itself.

    A table comes to be with its first row and may be a partition, ``"registrations/app-1"``. Keys are any text,
    compared code point by code point. Rows are frozen dataclasses marked with `mocks.state.rows.row`, or plain
    values. Use after the end of its block raises StoreError.
    """

    def get(self, table: str, key: str) -> Any:
        """Return a row, or None."""

    def put(self, table: str, key: str, row: Any) -> None:
        """Write a row under its key; None is no row (ValueError)."""

    def delete(self, table: str, key: str) -> None:
        """Remove a row; one that is not there is no error."""

    def rows(self, table: str) -> list[Any]:
        """Return all rows of a table, in order of their first writing."""

    def keys(self, table: str) -> list[str]:
        """Return all keys of a table, in order of their first writing."""

    def count(self, table: str) -> int:
        """Return how many rows a table has."""

    def tables(self, prefix: str = "") -> list[str]:
        """Return the names, in order, of the tables that begin with ``prefix`` and are not empty."""

    def on_commit(self, action: Callable[[], None]) -> None:
        """Call ``action`` once this transaction has committed; never when it has not."""


class Store(Protocol):
    """Keeps tables. Transactions happen one after the other."""

    def transaction(self) -> Unit:
        """Open a transaction with ``async with``; it commits when the block ends without an exception."""

    def close(self) -> None:
        """Give back what the store holds; it is not used afterwards."""


class Working(ABC):
    """What a store does for the unit of work: the transaction itself, and how it ends."""

    def __init__(self) -> None:
        self.actions: list[Callable[[], None]] = []

    def on_commit(self, action: Callable[[], None]) -> None:
        """Call ``action`` once this transaction has committed; never when it has not."""
        self.actions.append(action)

    @abstractmethod
    def commit(self) -> None:
        """Keep what was written."""

    @abstractmethod
    def roll_back(self) -> None:
        """Undo what was written."""


class Locked:
    """The lock of a store, and which task holds it."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.holder: asyncio.Task[Any] | None = None


class Unit:
    """The block of one transaction. Waiting for the lock is its only wait, so that its end cannot be interrupted."""

    __slots__ = ("_begin", "_locked", "_working")

    def __init__(self, locked: Locked, begin: Callable[[], Any]) -> None:
        self._locked = locked
        self._begin = begin
        self._working: Any = None

    async def __aenter__(self) -> Transaction:
        task = asyncio.current_task()
        if task is not None and self._locked.holder is task:
            raise StoreError("a transaction was opened inside another one; it would wait for itself for ever")
        await self._locked.lock.acquire()
        try:
            self._working = self._begin()
        except BaseException:
            self._locked.lock.release()
            raise
        self._locked.holder = task
        found: Transaction = self._working
        return found

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        working: Working = self._working
        try:
            if kind is None:
                working.commit()
            else:
                working.roll_back()
        finally:
            self._locked.holder = None
            self._locked.lock.release()
        if kind is None:
            for action in working.actions:
                action()
