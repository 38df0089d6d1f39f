"""The memory store: rows are written in place, and what a failed transaction wrote is undone from a log."""

from __future__ import annotations

from typing import Any

from mocks.state.store import Locked, StoreError, Unit, Working

Numbered = tuple[int, Any]
Table = dict[str, Numbered]


class MemoryTransaction(Working):
    """Reads and writes of one unit of work; `undo` holds what stood in each place before, latest last."""

    def __init__(self, store: MemoryStore) -> None:
        super().__init__()
        self._store: MemoryStore | None = store
        self._undo: list[tuple[str, str, Numbered | None]] = []

    def _table(self, name: str) -> Table:
        return self._tables().get(name, {})

    def _tables(self) -> dict[str, Table]:
        if self._store is None:
            raise StoreError("a transaction was used after its end")
        return self._store.tables

    def get(self, table: str, key: str) -> Any:
        """Return a row, or None."""
        found = self._table(table).get(key)
        return None if found is None else found[1]

    def put(self, table: str, key: str, row: Any) -> None:
        """Write a row under its key; a row that is there keeps its place."""
        if row is None:
            raise ValueError("put: expected a row, got None")
        place = self._tables().setdefault(table, {})
        before = place.get(key)
        self._undo.append((table, key, before))
        place[key] = (self._number() if before is None else before[0], row)

    def _number(self) -> int:
        assert self._store is not None
        self._store.written += 1
        return self._store.written

    def delete(self, table: str, key: str) -> None:
        """Remove a row; one that is not there is no error."""
        place = self._table(table)
        before = place.pop(key, None)
        if before is not None:
            self._undo.append((table, key, before))
            if not place:
                del self._tables()[table]

    def rows(self, table: str) -> list[Any]:
        """Return all rows of a table, in order of their first writing."""
        return [row for _, row in self._table(table).values()]

    def keys(self, table: str) -> list[str]:
        """Return all keys of a table, in order of their first writing."""
        return list(self._table(table))

    def count(self, table: str) -> int:
        """Return how many rows a table has."""
        return len(self._table(table))

    def tables(self, prefix: str = "") -> list[str]:
        """Return the names, in order, of the tables that begin with ``prefix`` and are not empty."""
        return sorted(name for name in self._tables() if name.startswith(prefix))

    def commit(self) -> None:
        """Keep what was written: it stands in its place already."""
        self._store = None

    def roll_back(self) -> None:
        """Put back what stood before; a table from which rows were taken is brought back into its order."""
        tables, disordered = self._tables(), set()
        for name, key, before in reversed(self._undo):
            table = tables.setdefault(name, {})
            now = table.pop(key, None) if before is None else table.get(key)
            if before is not None:
                if now is None or now[0] != before[0]:
                    disordered.add(name)
                table[key] = before
            if not table:
                del tables[name]
        for name in disordered & tables.keys():
            tables[name] = dict(sorted(tables[name].items(), key=lambda item: item[1][0]))
        self._store = None


class MemoryStore:
    """Keeps everything in memory. A transaction that raises or is cancelled leaves nothing behind."""

    def __init__(self) -> None:
        self.tables: dict[str, Table] = {}
        self.written = 0
        self._locked = Locked()

    def transaction(self) -> Unit:
        """Open a transaction with ``async with``; it commits when the block ends without an exception."""
        return Unit(self._locked, lambda: MemoryTransaction(self))

    def close(self) -> None:
        """Nothing is held but memory."""
