"""The memory store: tables of frozen rows, changed only inside a transaction, all or nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

Table = dict[str, Any]


@dataclass(slots=True)
class Transaction:
    """Reads and writes of one unit of work; `tables` are copies until it commits."""

    tables: dict[str, Table]
    _copied: set[str] = field(default_factory=set)

    def get(self, table: str, key: str) -> Any:
        """Return a row, or None."""
        return self.tables.get(table, {}).get(key)

    def put(self, table: str, key: str, row: Any) -> None:
        """Write a row under its key."""
        if table not in self._copied:
            self.tables[table] = dict(self.tables.get(table, {}))
            self._copied.add(table)
        self.tables[table][key] = row

    def delete(self, table: str, key: str) -> None:
        """Remove a row; one that is not there is no error."""
        if self.get(table, key) is not None:
            self.put(table, key, None)
            del self.tables[table][key]

    def rows(self, table: str) -> list[Any]:
        """Return all rows of a table, in order of their first writing."""
        return list(self.tables.get(table, {}).values())


class MemoryStore:
    """Keeps everything in memory. A transaction that raises leaves nothing behind."""

    def __init__(self) -> None:
        self._tables: dict[str, Table] = {}
        self._lock = asyncio.Lock()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Open a transaction; it commits when the block ends without an exception."""
        async with self._lock:
            tx = Transaction(dict(self._tables))
            yield tx
            self._tables = tx.tables
