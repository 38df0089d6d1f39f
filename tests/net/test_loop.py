"""Synchronous code reaches one loop in one background thread."""

from __future__ import annotations

import asyncio
import threading

import pytest

from harness.net.loop import Loop


def test_work_runs_on_a_thread_of_its_own_and_gives_its_result() -> None:
    async def where() -> str:
        return threading.current_thread().name

    with Loop() as loop:
        assert loop.run(where()) == "invigil-loop"
        assert threading.current_thread().name != "invigil-loop"


def test_what_work_raises_reaches_the_caller() -> None:
    async def fails() -> None:
        raise LookupError("gone")

    with Loop() as loop, pytest.raises(LookupError, match="gone"):
        loop.run(fails())


def test_leaving_the_loop_ends_what_still_runs() -> None:
    ended: list[str] = []

    async def waits() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("ended")

    async def begin() -> None:
        tasks.append(asyncio.create_task(waits()))
        await asyncio.wait(tasks, timeout=0)

    tasks: list[asyncio.Task[None]] = []
    loop = Loop()
    loop.run(begin())
    loop.close()
    loop.close()
    assert ended == ["ended"]
    assert tasks[0].cancelled()
    assert "invigil-loop" not in {thread.name for thread in threading.enumerate() if thread is loop._thread}
