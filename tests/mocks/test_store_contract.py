"""What every store keeps to: whole transactions, one after the other, order of first writing, exact keys and rows."""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum, StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.net.loop import Loop
from mocks.engine.domain import Course, Credential, ImportJob, Tenant
from mocks.owed import Owed
from mocks.state.memory import MemoryStore
from mocks.state.rows import row
from mocks.state.sqlite import SqliteStore
from mocks.state.store import Store, StoreError, Transaction

NOW = datetime(2026, 1, 15, 12, 0, 0, 123456, tzinfo=UTC)


@row
class Colour(StrEnum):
    RED = "red"


@row
class Side(Enum):
    LEFT = (1, 2)


@row
@dataclass(frozen=True, slots=True)
class Leaf:
    text: str
    score: Decimal | None = None


@row
@dataclass(frozen=True)
class Tree:
    leaves: tuple[Leaf, ...]
    named: Mapping[str, Leaf] = field(default_factory=dict)
    length: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        object.__setattr__(self, "length", len(self.leaves))


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    made: Store = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "state.db")
    yield made
    made.close()


@pytest.fixture
def within(loop: Loop, store: Store) -> Callable[[Callable[[Transaction], Any]], Any]:
    """Do something in one transaction and return what it gives."""

    async def run(work: Callable[[Transaction], Any]) -> Any:
        async with store.transaction() as tx:
            return work(tx)

    return lambda work: loop.run(run(work))


Within = Callable[[Callable[[Transaction], Any]], Any]


async def turn() -> None:
    """Give all others a turn."""
    await asyncio.wait([asyncio.ensure_future(_nothing())])


async def _nothing() -> None: ...


def fill(tx: Transaction) -> None:
    for number, key in enumerate("abcd"):
        tx.put("t", key, number)


def everything(tx: Transaction) -> dict[str, list[tuple[str, Any]]]:
    return {name: list(zip(tx.keys(name), tx.rows(name), strict=True)) for name in tx.tables()}


def test_a_transaction_reads_what_it_wrote_and_the_next_one_too(within: Within) -> None:
    def work(tx: Transaction) -> None:
        tx.put("jobs", "b", 1)
        tx.put("jobs", "a", 2)
        tx.put("jobs", "b", 3)
        assert (tx.get("jobs", "b"), tx.rows("jobs"), tx.keys("jobs"), tx.count("jobs")) == (3, [3, 2], ["b", "a"], 2)
        assert (tx.get("jobs", "z"), tx.get("none", "a"), tx.rows("none"), tx.count("none")) == (None, None, [], 0)

    within(work)
    assert within(everything) == {"jobs": [("b", 3), ("a", 2)]}


def test_what_is_deleted_is_gone_and_deleting_nothing_is_no_error(within: Within) -> None:
    def work(tx: Transaction) -> None:
        fill(tx)
        for table, key in (("t", "b"), ("t", "b"), ("none", "b")):
            tx.delete(table, key)

    within(work)
    assert within(lambda tx: (tx.get("t", "b"), tx.keys("t"))) == (None, ["a", "c", "d"])


def test_an_updated_row_keeps_its_place_and_a_rewritten_one_moves_to_the_end(within: Within) -> None:
    def work(tx: Transaction) -> None:
        tx.put("t", "a", 10)
        tx.delete("t", "b")
        tx.put("t", "b", 11)

    within(fill)
    within(work)
    assert within(everything) == {"t": [("a", 10), ("c", 2), ("d", 3), ("b", 11)]}


def disturb(tx: Transaction) -> None:
    tx.put("t", "a", 99)
    tx.delete("t", "b")
    tx.delete("t", "c")
    tx.put("t", "b", 98)
    tx.put("t", "e", 97)
    tx.delete("t", "e")
    tx.put("t", "f", 96)
    tx.put("new", "x", 95)
    tx.put("gone", "y", 94)
    tx.delete("gone", "y")
    for key in "abdf":
        tx.delete("t", key)


def test_a_block_that_raises_leaves_nothing_not_even_another_order(loop: Loop, store: Store, within: Within) -> None:
    async def fails() -> None:
        async with store.transaction() as tx:
            disturb(tx)
            raise LookupError

    within(fill)
    before = within(everything)
    with pytest.raises(LookupError):
        loop.run(fails())
    assert within(everything) == before == {"t": [("a", 0), ("b", 1), ("c", 2), ("d", 3)]}


def test_a_block_that_is_cancelled_leaves_nothing_and_lets_the_next_one_in(
    loop: Loop, store: Store, within: Within
) -> None:
    async def cut() -> None:
        inside = asyncio.Event()

        async def hangs() -> None:
            async with store.transaction() as tx:
                disturb(tx)
                inside.set()
                await asyncio.Event().wait()

        async def waits() -> None:
            async with store.transaction() as tx:
                tx.put("t", "late", 1)

        first, second, third = (asyncio.create_task(work()) for work in (hangs, waits, waits))
        await inside.wait()
        second.cancel()  # one that waits for its turn may be cancelled too
        first.cancel()
        ended = await asyncio.gather(first, second, third, return_exceptions=True)
        assert [type(one) for one in ended] == [asyncio.CancelledError, asyncio.CancelledError, type(None)]

    within(fill)
    loop.run(cut())
    assert within(lambda tx: tx.keys("t")) == ["a", "b", "c", "d", "late"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.tuples(
            st.booleans(),
            st.lists(st.tuples(st.sampled_from(["put", "delete"]), st.sampled_from("tu"), st.sampled_from("abc"))),
        ),
        max_size=6,
    )
)
def test_any_series_of_transactions_leaves_what_the_whole_ones_wrote(
    loop: Loop, store: Store, steps: list[tuple[bool, list[tuple[str, str, str]]]]
) -> None:
    async def run() -> None:
        model: dict[str, dict[str, int]] = {"t": {}, "u": {}}
        number = 0
        async with store.transaction() as tx:
            for table in "tu":
                for key in tx.keys(table):
                    tx.delete(table, key)
        for whole, changes in steps:
            trial = {table: dict(rows) for table, rows in model.items()}
            try:
                async with store.transaction() as tx:
                    for what, table, key in changes:
                        number += 1
                        if what == "put":
                            tx.put(table, key, number)
                            trial[table][key] = number
                        else:
                            tx.delete(table, key)
                            trial[table].pop(key, None)
                    if not whole:
                        raise LookupError
                model = trial
            except LookupError:
                pass
            async with store.transaction() as tx:
                assert everything(tx) == {table: list(rows.items()) for table, rows in model.items() if rows}

    loop.run(run())


def test_a_hundred_tasks_that_count_lose_no_step(loop: Loop, store: Store) -> None:
    async def count() -> None:
        async with store.transaction() as tx:
            seen = tx.get("n", "n") or 0
            await turn()
            tx.put("n", "n", seen + 1)

    async def run() -> int:
        await asyncio.gather(*(count() for _ in range(100)))
        async with store.transaction() as tx:
            return int(tx.get("n", "n"))

    assert loop.run(run()) == 100


def test_of_a_thousand_creations_of_a_hundred_ids_exactly_a_hundred_win(loop: Loop, store: Store) -> None:
    async def create(number: int) -> bool:
        async with store.transaction() as tx:
            if tx.get("registrations/app-1", f"r{number % 100}") is not None:
                return False
            if number % 7 == 0:
                await turn()
            tx.put("registrations/app-1", f"r{number % 100}", number)
            return True

    async def run() -> tuple[int, int]:
        won = await asyncio.gather(*(create(number) for number in range(1000)))
        async with store.transaction() as tx:
            return sum(won), tx.count("registrations/app-1")

    assert loop.run(run()) == (100, 100)


KEYS = (
    "", " ", "a", "A", "ä", "a\u0308", "\u00c5", "\u212b", "ß", "ss", "SS", "İ", "i", "ı", "ﬁ", "fi", "0", "00",
    "a\0", "a\0b", "\0", "a\n", "a\r\n", "a ", " a", "%", "_", "a%", "'", '"', "--", "課程", "курс", "מבוא", "مقدمة",
    "👩‍🎓", "\ud800", "\udfff", "a/b", "a\\b", "x" * 255, "課" * 255, "x" * 254, "null", "None",
)  # fmt: skip


def test_keys_of_any_script_are_exact_and_told_apart(within: Within) -> None:
    def write(tx: Transaction) -> None:
        for number, key in enumerate(KEYS):
            assert tx.get("t", key) is None, key
            tx.put("t", key, number)

    assert len(set(KEYS)) == len(KEYS)
    assert unicodedata.normalize("NFC", "a\u0308") == "ä"
    within(write)
    assert within(lambda tx: [tx.get("t", key) for key in KEYS]) == list(range(len(KEYS)))
    assert within(lambda tx: tuple(tx.keys("t"))) == KEYS


def test_tables_are_partitions_that_do_not_touch_each_other(within: Within) -> None:
    names = sorted(["registrations/app-1", "registrations/app-10", "registrations/", "Registrations/app-1", "r\0", "é"])

    def write(tx: Transaction) -> None:
        for name in reversed(names):
            tx.put(name, "k", name)
            tx.put(name, "l", 0)
        tx.put("registrations/empty", "k", 1)
        tx.delete("registrations/empty", "k")

    within(write)
    assert within(lambda tx: [tx.get(name, "k") for name in names]) == names
    assert within(lambda tx: tx.tables()) == names
    assert within(lambda tx: tx.tables("registrations/app-1")) == ["registrations/app-1", "registrations/app-10"]
    assert within(lambda tx: tx.tables("registrations/")) == [n for n in names if n.startswith("registrations/")]
    assert within(lambda tx: tx.tables("none")) == []


VALUES: tuple[Any, ...] = (
    "", "a\0b\n\u2028", "課程 👩‍🎓", "\ud800", 0, -1, 2**70, True, False, 0.1, -0.0, float("inf"), b"",
    bytes(range(256)), Decimal("92.50"), Decimal("-0"), Decimal("1E+400"), NOW, NOW.replace(tzinfo=None),
    NOW.replace(tzinfo=timezone(timedelta(hours=5, minutes=45))), datetime.min, datetime.max, date(2026, 2, 28),
    timedelta(days=-1, microseconds=1), (), (1, ("a", (b"x",)), None), [1, (2,)], frozenset({"a", "b"}),
    {}, {"": 1, "ü": {"row": ["x", {}]}}, {1: "int", "1": "str", (1, 2): "tuple"}, MappingProxyType({"a": 1}),
    Colour.RED, Side.LEFT, Leaf("x"), Leaf("x", Decimal("1.10")),
    Tree((Leaf("a"), Leaf("b")), {"z": Leaf("c"), "a": Leaf("d")}),
    Credential("id", "secret", ("a", "b"), "default"), Tenant("t"),
    Course("c", "t", "Ünit", "scorm12", "p", 1, "00", NOW), ImportJob("j", "t", {"a": "b"}, NOW, warnings=(1, 2)),
    Owed("1", NOW, "t", "import", "k", 3),
)  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_row_comes_back_equal_and_of_the_same_type(within: Within, value: Any) -> None:
    within(lambda tx: tx.put("t", "k", value))
    got = within(lambda tx: tx.get("t", "k"))
    assert got == value
    assert within(lambda tx: tx.rows("t")) == [value]
    if not isinstance(value, Mapping):
        assert type(got) is type(value)
    if isinstance(value, Decimal | float | datetime | Enum):
        assert repr(got) == repr(value)
    if isinstance(value, Mapping):
        assert list(got) == list(value)


def test_nothing_is_no_row(within: Within) -> None:
    with pytest.raises(ValueError, match="put: expected a row, got None"):
        within(lambda tx: tx.put("t", "k", None))
    assert within(everything) == {}


def test_an_action_follows_the_commit_and_never_a_failure(loop: Loop, store: Store) -> None:
    told: list[str] = []

    async def fails() -> None:
        async with store.transaction() as tx:
            tx.on_commit(lambda: told.append("never"))
            raise LookupError

    async def run() -> list[str]:
        async with store.transaction() as tx:
            tx.on_commit(lambda: told.append("first"))
            tx.on_commit(lambda: told.append("second"))
            told.append("inside")
        with pytest.raises(LookupError):
            await fails()
        return told

    assert loop.run(run()) == ["inside", "first", "second"]


def test_a_transaction_is_of_no_use_after_its_end(loop: Loop, store: Store) -> None:
    async def ended(fail: bool) -> Transaction:
        try:
            async with store.transaction() as tx:
                tx.put("t", "k", 1)
                if fail:
                    raise LookupError
        except LookupError:
            pass
        return tx

    for fail in (False, True):
        tx = loop.run(ended(fail))
        for use in (lambda tx=tx: tx.get("t", "k"), lambda tx=tx: tx.put("t", "k", 2), lambda tx=tx: tx.rows("t")):
            with pytest.raises(StoreError, match="used after its end"):
                use()


def test_a_transaction_inside_another_is_an_error_and_no_deadlock(loop: Loop, store: Store, within: Within) -> None:
    async def nested() -> Coroutine[Any, Any, None] | None:
        async with store.transaction() as tx:
            tx.put("t", "k", 1)
            async with store.transaction():
                return None

    with pytest.raises(StoreError, match="inside another one"):
        loop.run(nested())
    assert within(everything) == {}
