"""Patience ends what does not come, and only that."""

from __future__ import annotations

import asyncio

import pytest

from harness.net.loop import Loop
from harness.net.patience import LOOPBACK, Patience, pause, stopwatch, within


def test_what_comes_in_time_is_given(loop: Loop) -> None:
    async def comes() -> str:
        return "here"

    assert loop.run(within(5.0, comes())) == "here"


def test_what_does_not_come_is_cancelled_and_gives_none(loop: Loop) -> None:
    cancelled: list[bool] = []

    async def never() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(True)
            raise

    assert loop.run(within(0.01, never())) is None
    assert cancelled == [True]


def test_other_failures_pass_through(loop: Loop) -> None:
    async def fails() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        loop.run(within(5.0, fails()))


def test_the_stopwatch_measures_a_pause(loop: Loop) -> None:
    begun = stopwatch()
    loop.run(pause(0.01))
    assert stopwatch() - begun >= 0.01


def test_loopback_is_less_patient_than_a_real_subject() -> None:
    assert Patience() == Patience(answer=10.0, callback=30.0, absence=3.0)
    assert Patience(answer=0.3, callback=0.3, absence=0.1) == LOOPBACK
