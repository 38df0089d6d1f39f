"""A SQLite file keeps what was committed over the end of the process, however it ended, and says what it is not."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.net.loop import Loop
from mocks.engine.domain import Tenant
from mocks.state.memory import MemoryStore
from mocks.state.opening import open_store
from mocks.state.rows import decode, encode, row
from mocks.state.sqlite import SqliteStore
from mocks.state.store import StoreError, Transaction

DIES = """
import asyncio, os, sys
from mocks.engine.domain import Tenant
from mocks.state.sqlite import SqliteStore

async def main():
    store = SqliteStore(sys.argv[1])
    async with store.transaction() as tx:
        tx.put("t", "kept", Tenant("kept"))
        tx.put("t", "deleted later", 1)
    async with store.transaction() as tx:
        tx.put("t", "kept", Tenant("changed"))
        tx.delete("t", "deleted later")
        for number in range(5000):
            tx.put("t", f"lost {number}", "x" * 1000)
        os._exit(9)

asyncio.run(main())
"""


def did(loop: Loop, path: Path, work: Callable[[Transaction], Any]) -> Any:
    """Open the file, do something in one transaction, close it."""

    async def run() -> Any:
        store = SqliteStore(path)
        try:
            async with store.transaction() as tx:
                return work(tx)
        finally:
            store.close()
            store.close()

    return loop.run(run())


def test_what_was_committed_is_there_after_reopening_in_the_same_order(loop: Loop, tmp_path: Path) -> None:
    path = tmp_path / "ü state.db"

    def begin(tx: Transaction) -> None:
        for key in "cab":
            tx.put("t", key, Tenant(key))

    def change(tx: Transaction) -> None:
        tx.put("t", "c", Tenant("c2"))
        tx.delete("t", "a")
        tx.put("t", "a", Tenant("a2"))

    did(loop, path, begin)
    did(loop, path, change)
    found = did(loop, path, lambda tx: tx.rows("t"))
    assert found == [Tenant("c2"), Tenant("b"), Tenant("a2")]
    assert [one.name for one in tmp_path.iterdir()] == ["ü state.db"]


def test_a_process_that_dies_in_a_transaction_leaves_what_was_committed(loop: Loop, tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    root = Path(__file__).resolve().parents[2]
    died = subprocess.run([sys.executable, "-c", DIES, path], cwd=root, capture_output=True, timeout=60)
    assert died.returncode == 9, died.stderr
    assert did(loop, path, lambda tx: list(zip(tx.keys("t"), tx.rows("t"), strict=True))) == [
        ("kept", Tenant("kept")), ("deleted later", 1),
    ]  # fmt: skip


def test_a_file_belongs_to_one_open_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mocks.state.sqlite.PATIENCE", 0.01)
    path = tmp_path / "state.db"
    first = SqliteStore(path)
    with pytest.raises(StoreError, match=r"state\.db: is in use by another process$"):
        SqliteStore(path)
    first.close()
    SqliteStore(path).close()


def _text(path: Path) -> None:
    path.write_text("this is no database, " * 100)


def _short(path: Path) -> None:
    path.write_bytes(b"x")


def _foreign(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE entries (a)")
    connection.close()


def _version(path: Path) -> None:
    SqliteStore(path).close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 7")
    connection.close()


def _folder(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (_text, "is no database"),
        (_short, "is no database"),
        (_foreign, "is a database of another program"),
        (_version, "holds state of format 7; this version reads format 1"),
        (_folder, "unable to open database file"),
    ],
)
def test_a_file_that_is_not_ours_is_refused_in_one_line_and_left_alone(
    make: Callable[[Path], None], reason: str, tmp_path: Path
) -> None:
    path = tmp_path / "state.db"
    make(path)
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises(StoreError) as caught:
        SqliteStore(path)
    assert str(caught.value) == f"{path}: {reason}"
    assert (path.read_bytes() if path.is_file() else b"") == before
    assert list(tmp_path.iterdir()) == [path]


def test_an_empty_file_becomes_a_store(loop: Loop, tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    path.touch()
    did(loop, path, lambda tx: tx.put("t", "k", 1))
    assert did(loop, path, lambda tx: tx.get("t", "k")) == 1


def test_a_closed_store_says_so(loop: Loop, tmp_path: Path) -> None:
    async def run() -> None:
        store = SqliteStore(tmp_path / "state.db")
        store.close()
        async with store.transaction():
            pass

    with pytest.raises(StoreError, match="the store is closed"):
        loop.run(run())


def test_a_commit_that_fails_keeps_nothing_and_the_next_one_works(loop: Loop, tmp_path: Path) -> None:
    told: list[str] = []

    async def fails(store: SqliteStore) -> None:
        async with store.transaction() as tx:
            tx.put("t", "k", 1)
            tx.on_commit(lambda: told.append("committed"))
            store.execute("INSERT INTO child VALUES (1)")

    async def run() -> None:
        store = SqliteStore(tmp_path / "state.db")
        store.execute("CREATE TABLE parent (id INTEGER PRIMARY KEY)")
        store.execute("CREATE TABLE child (id REFERENCES parent DEFERRABLE INITIALLY DEFERRED)")
        store.execute("PRAGMA foreign_keys = ON")
        with pytest.raises(StoreError, match="FOREIGN KEY"):
            await fails(store)
        async with store.transaction() as tx:
            assert (tx.get("t", "k"), told) == (None, [])
            tx.put("t", "k", 2)
        store.close()

    loop.run(run())


def test_a_row_that_cannot_be_kept_names_its_type_and_leaves_nothing(loop: Loop, tmp_path: Path) -> None:
    def work(tx: Transaction) -> None:
        tx.put("t", "a", 1)
        tx.put("t", "b", (object(),))

    with pytest.raises(StoreError, match=r"^builtins\.object is no kind of row: mark the class with @row$"):
        did(loop, tmp_path / "state.db", work)
    assert did(loop, tmp_path / "state.db", lambda tx: tx.tables()) == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"row":["os.system",{"command":"true"}]}', "is of the unknown class 'os.system'"),
        ('{"row":["mocks.faults.base.Fault",{}]}', "is of the unknown class"),
        ('{"enum":["os.system","x"]}', "is of the unknown class"),
        ('{"py/object":"os.system"}', "unknown kind 'py/object'"),
        ('{"row":["mocks.engine.domain.Tenant",{"none":1}]}', "cannot be read"),
        ('{"row":["mocks.engine.domain.Tenant"]}', "cannot be read"),
        ('{"row":[["a"],{}]}', "cannot be read"),
        ('{"bytes":"!"}', "cannot be read"),
        ('{"decimal":"x"}', "cannot be read"),
        ('{"utc":"x"}', "cannot be read"),
        ("{}", "cannot be read"),
        ('{"a":1,"b":2}', "cannot be read"),
        ("[" * 100_000, "cannot be read"),
        ("", "cannot be read"),
        ("{", "cannot be read"),
    ],
)
def test_a_row_from_elsewhere_is_refused_and_imports_nothing(text: str, reason: str) -> None:
    with pytest.raises(StoreError, match=reason) as caught:
        decode(text)
    assert "\n" not in str(caught.value)


def test_a_field_that_has_come_since_takes_its_default() -> None:
    assert decode('{"row":["mocks.engine.domain.Tenant",{"name":"t"}]}') == Tenant("t")
    assert encode(Tenant("t", ())) == '{"row":["mocks.engine.domain.Tenant",{"name":"t","allowed_requests":[]}]}'


def test_a_class_that_could_change_is_no_row() -> None:
    with pytest.raises(TypeError, match="expected a frozen dataclass or an Enum"):
        row(asyncio.Event)


def test_a_store_is_opened_by_its_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert isinstance(open_store("memory"), MemoryStore)
    for url in ("sqlite:///state.db", f"sqlite:///{tmp_path}/absolute.db"):
        opened = open_store(url)
        assert isinstance(opened, SqliteStore)
        opened.close()
    assert sorted(one.name for one in tmp_path.iterdir()) == ["absolute.db", "state.db"]


@pytest.mark.parametrize(
    "url", ["", "sqlite", "sqlite:", "sqlite://", "sqlite:///", "sqlite:///folder/", "sqlite:///:memory:", "sqlite://x.db",
            "SQLITE:///x.db", "Memory", "postgresql://h/d", "x.db", "/x.db"],
)  # fmt: skip
def test_any_other_url_is_refused_and_the_accepted_forms_are_named(url: str) -> None:
    with pytest.raises(StoreError) as caught:
        open_store(url)
    accepted = "memory, sqlite:///relative/file or sqlite:////absolute/file"
    assert str(caught.value) == f"{url!r} names no store: expected {accepted}"


@pytest.mark.parametrize("url", ["sqlite:///none/state.db", "sqlite:///a\0b"])
def test_a_file_that_cannot_be_made_is_said_so(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StoreError):
        open_store(url)
