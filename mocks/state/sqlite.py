"""The SQLite store: state and owed work in one file that outlives the process."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mocks.state.rows import decode, encode
from mocks.state.store import Locked, StoreError, Unit, Working

APPLICATION = 0x696E7667  # "invg": tells our files from those of other programs
FORMAT = 1
MAGIC = b"SQLite format 3\0"
PATIENCE = 2.0  # seconds for a process that is just ending to let go of the file

# Keys are blobs: text of SQLite ends at NUL here and there, and has no place for half a surrogate pair.
SCHEMA = (
    "CREATE TABLE entries (seq INTEGER PRIMARY KEY, tbl BLOB NOT NULL, key BLOB NOT NULL, value TEXT NOT NULL,"
    " UNIQUE (tbl, key))",
    "CREATE INDEX entries_in_order ON entries (tbl)",  # every index ends with seq
    f"PRAGMA application_id = {APPLICATION}",
    f"PRAGMA user_version = {FORMAT}",
)
PUT = (
    "INSERT INTO entries (tbl, key, value) VALUES (?, ?, ?) ON CONFLICT (tbl, key) DO UPDATE SET value = excluded.value"
)


class SqliteTransaction(Working):
    """Reads and writes of one unit of work, on the store's only connection. Calls are short and block."""

    def __init__(self, store: SqliteStore) -> None:
        super().__init__()
        self._store: SqliteStore | None = store

    def _do(self, statement: str, *values: Any) -> Sequence[tuple[Any, ...]]:
        if self._store is None:
            raise StoreError("a transaction was used after its end")
        return self._store.execute(statement, *values)

    def get(self, table: str, key: str) -> Any:
        """Return a row, or None."""
        found = self._do("SELECT value FROM entries WHERE tbl = ? AND key = ?", _blob(table), _blob(key))
        return decode(found[0][0]) if found else None

    def put(self, table: str, key: str, row: Any) -> None:
        """Write a row under its key; a row that is there keeps its place."""
        if row is None:
            raise ValueError("put: expected a row, got None")
        self._do(PUT, _blob(table), _blob(key), encode(row))

    def delete(self, table: str, key: str) -> None:
        """Remove a row; one that is not there is no error."""
        self._do("DELETE FROM entries WHERE tbl = ? AND key = ?", _blob(table), _blob(key))

    def rows(self, table: str) -> list[Any]:
        """Return all rows of a table, in order of their first writing."""
        return [decode(v) for (v,) in self._do("SELECT value FROM entries WHERE tbl = ? ORDER BY seq", _blob(table))]

    def keys(self, table: str) -> list[str]:
        """Return all keys of a table, in order of their first writing."""
        return [_text(k) for (k,) in self._do("SELECT key FROM entries WHERE tbl = ? ORDER BY seq", _blob(table))]

    def count(self, table: str) -> int:
        """Return how many rows a table has."""
        return int(self._do("SELECT count(*) FROM entries WHERE tbl = ?", _blob(table))[0][0])

    def tables(self, prefix: str = "") -> list[str]:
        """Return the names, in order, of the tables that begin with ``prefix`` and are not empty."""
        # One step through the index for each table, however many rows they have.
        start, found = _blob(prefix), list[str]()
        here = self._do("SELECT tbl FROM entries WHERE tbl >= ? ORDER BY tbl LIMIT 1", start)
        while here and here[0][0].startswith(start):
            found.append(_text(here[0][0]))
            here = self._do("SELECT tbl FROM entries WHERE tbl > ? ORDER BY tbl LIMIT 1", here[0][0])
        return found

    def commit(self) -> None:
        """Keep what was written; when that fails nothing of it is kept."""
        store, self._store = self._store, None
        if store is not None:
            try:
                store.execute("COMMIT")
            except StoreError:
                store.undo()
                raise

    def roll_back(self) -> None:
        """Undo what was written."""
        store, self._store = self._store, None
        if store is not None:
            store.undo()


class SqliteStore:
    """Keeps everything in one SQLite file, which this process alone may use while the store is open.

    Raises StoreError for a file that is no database, is that of another program or of another format, is in use,
    or cannot be made. A commit survives the death of the process; the last ones may be lost when power fails.
    """

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        self._locked = Locked()
        self._connection: sqlite3.Connection | None = None
        try:
            self._look()
            self._connection = sqlite3.connect(
                self._path, timeout=PATIENCE, isolation_level=None, check_same_thread=False
            )
            self._open()
        except (sqlite3.Error, OSError, ValueError, StoreError) as error:
            self.close()
            raise error if isinstance(error, StoreError) else self._error(error) from error

    def _look(self) -> None:
        """Refuse what is no database; SQLite would take a file of a few bytes for an empty one and overwrite it."""
        if self._path.is_file():
            with self._path.open("rb") as file:
                start = file.read(len(MAGIC))
            if start not in (b"", MAGIC):
                raise StoreError(f"{self._path}: is no database")

    def _open(self) -> None:
        application = self.execute("PRAGMA application_id")[0][0]
        version = self.execute("PRAGMA user_version")[0][0]
        empty = not self.execute("SELECT 1 FROM sqlite_master LIMIT 1")
        if not (application == APPLICATION or (empty and application == version == 0)):
            raise StoreError(f"{self._path}: is a database of another program")
        if not empty and version != FORMAT:
            raise StoreError(f"{self._path}: holds state of format {version}; this version reads format {FORMAT}")
        # Only now that the file is ours may it be changed. The lock lasts as long as the connection.
        for pragma in ("locking_mode = EXCLUSIVE", "journal_mode = WAL", "synchronous = NORMAL"):
            self.execute(f"PRAGMA {pragma}")
        self.execute("BEGIN IMMEDIATE")
        if empty:
            for statement in SCHEMA:
                self.execute(statement)
        self.execute("COMMIT")

    def execute(self, statement: str, *values: Any) -> Sequence[tuple[Any, ...]]:
        """Run one statement and return its rows; every failure is a StoreError."""
        if self._connection is None:
            raise StoreError(f"{self._path}: the store is closed")
        try:
            return self._connection.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            raise self._error(error) from error

    def undo(self) -> None:
        """Roll back, if SQLite has not done so itself."""
        if self._connection is not None and self._connection.in_transaction:
            self.execute("ROLLBACK")

    def _error(self, error: Exception) -> StoreError:
        name = getattr(error, "sqlite_errorname", "")
        if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            return StoreError(f"{self._path}: is in use by another process")
        if name == "SQLITE_NOTADB":
            return StoreError(f"{self._path}: is no database")
        return StoreError(f"{self._path}: {' '.join(str(error).split())}")

    def transaction(self) -> Unit:
        """Open a transaction with ``async with``; it commits when the block ends without an exception."""
        return Unit(self._locked, self._begin)

    def _begin(self) -> SqliteTransaction:
        self.execute("BEGIN IMMEDIATE")
        return SqliteTransaction(self)

    def close(self) -> None:
        """Close the file; what has not committed is lost. A second call does nothing."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _blob(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _text(blob: bytes) -> str:
    return blob.decode("utf-8", "surrogatepass")
