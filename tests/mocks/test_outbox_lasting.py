"""What is owed outlives pauses, restarts and failures, and nothing of it is lost."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from harness.net.loop import Loop
from harness.net.patience import stopwatch
from mocks.outbox import Owed
from mocks.state.sqlite import SqliteStore
from tests.mocks.outbox_office import Office, keys

MINUTE = timedelta(minutes=1)


def test_paused_work_waits_for_its_kind_and_tenant_to_be_resumed(loop: Loop) -> None:
    async def run() -> None:
        office = Office()
        office.outbox.pause("postback", "default")
        for key, kind, tenant in (("p", "postback", "default"), ("i", "import", "default"), ("q", "postback", "x")):
            await office.owe(key, kind=kind, tenant=tenant)
        await office.owe("later", 60, kind="postback")
        await office.outbox.quiesce()
        assert sorted(office.done) == ["i", "q"]
        assert await office.outbox.advance("default", 2 * MINUTE) == 0
        assert keys(await office.outbox.pending("default")) == ["p", "later"]
        office.outbox.resume("postback", "x")
        await office.outbox.quiesce()
        assert len(office.done) == 2
        office.outbox.resume("postback", "default")
        await office.outbox.quiesce()
        assert office.done[2:] == ["p", "later"]

        office.outbox.pause("import")
        gone = await office.owe("gone")
        await office.owe("z", tenant="any")
        await office.outbox.quiesce()
        async with office.store.transaction() as tx:
            office.outbox.withdraw(tx, gone)
        office.outbox.resume("import")
        await office.outbox.quiesce()
        assert office.done[4:] == ["z"]

    loop.run(run())


def test_what_is_withdrawn_is_not_done_nor_tried_again(loop: Loop) -> None:
    async def run() -> None:
        async def again(owed: Owed) -> timedelta:
            office.done.append(owed.key)
            if owed.key == "b":
                async with office.store.transaction() as tx:
                    office.outbox.withdraw(tx, owed)
            return timedelta(0) if owed.key == "b" else MINUTE

        office = Office(again)
        await office.owe("b")
        withdrawn, deleted = await office.owe("a"), await office.owe("c")
        async with office.store.transaction() as tx:
            office.outbox.withdraw(tx, withdrawn)
            tx.delete("outbox", deleted.id)
        await office.outbox.quiesce()
        assert (office.done, await office.outbox.pending()) == (["b"], [])

    loop.run(run())


def test_stopping_starts_nothing_more_and_keeps_what_is_not_done(loop: Loop) -> None:
    async def run() -> None:
        office = Office()
        await office.owe("a")
        await office.outbox.kick()
        await office.outbox.stop()  # before the piece has taken its first step
        await office.owe("b")
        await office.outbox.quiesce()
        assert (office.done, await office.left()) == ([], ["a", "b"])
        await office.outbox.start()
        await office.outbox.quiesce()
        assert (office.done, await office.left()) == (["a", "b"], [])

    loop.run(run())


def test_what_is_owed_survives_a_restart_and_numbers_go_on(loop: Loop, tmp_path: Path) -> None:
    path = tmp_path / "state.db"

    async def first() -> tuple[Owed, Owed]:
        begun = asyncio.Event()

        async def hangs(owed: Owed) -> timedelta | None:
            if owed.key == "again":
                return MINUTE
            if owed.key == "held":
                begun.set()
                await asyncio.Event().wait()
            return None

        office = Office(hangs, SqliteStore(path))
        again, held = await office.owe("again"), await office.owe("held")
        await office.owe("done")
        await office.outbox.kick()
        await begun.wait()
        await office.outbox.finished("again")
        await office.outbox.finished("done")
        await office.outbox.stop()
        office.store.close()
        return again, held

    async def second(again: Owed, held: Owed) -> None:
        office = Office(store=SqliteStore(path))
        new = await office.owe("new")
        assert await office.outbox.pending() == [
            held, new, replace(again, due=again.due + MINUTE, attempt=1),
        ]  # fmt: skip
        assert [again.id, held.id, new.id] == ["00000001", "00000002", "00000004"]
        await office.outbox.start()
        await office.outbox.quiesce()
        assert office.done == ["held", "new"]
        assert await office.outbox.advance("default", MINUTE) == 1
        assert await office.left() == []
        assert (await office.owe("next")).id == "00000005"
        office.store.close()

    loop.run(second(*loop.run(first())))


def test_a_store_that_fails_loses_nothing_that_it_holds(loop: Loop, tmp_path: Path) -> None:
    async def run() -> list[str]:
        told: list[str] = []
        here = asyncio.get_running_loop()
        here.set_exception_handler(lambda loop, context: told.append(str(context["exception"])))
        store = SqliteStore(tmp_path / "state.db")

        async def closes(owed: Owed) -> None:
            store.close()

        office = Office(closes, store)
        try:
            await office.owe("a")
            await office.outbox.quiesce()
        finally:
            here.set_exception_handler(None)
        office = Office(store=SqliteStore(tmp_path / "state.db"))
        assert keys(await office.outbox.pending()) == ["a"]
        office.store.close()
        return told

    (error,) = loop.run(run())
    assert error.endswith("state.db: the store is closed")


def test_a_kick_looks_at_what_is_due_and_not_at_all_that_is_owed(loop: Loop) -> None:
    async def run() -> None:
        office = Office()
        async with office.store.transaction() as tx:
            for number in range(20_000):
                office.outbox.owe(tx, f"app-{number % 10}", "postback", f"far {number}", timedelta(days=1))
        begun = stopwatch()
        for number in range(500):
            await office.owe(f"now {number}")
            await office.outbox.kick("default")
        await office.outbox.quiesce()
        assert len(office.done) == 500
        assert stopwatch() - begun < 1.0
        assert len(await office.outbox.pending()) == 20_000

    loop.run(run())
