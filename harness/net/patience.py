"""Patience: monotonic guards on I/O. The only place where real time may end something."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long, in seconds of real time, to wait: for an answer, and for what comes later unasked.

    ``answer`` guards one request; ``callback`` the arrival of a message that is due (receipt, fetch);
    ``absence`` is the one shared wait at the end of a run against a subject that cannot be asked to settle.
    """

    answer: float = 10.0
    callback: float = 30.0
    absence: float = 3.0


LOOPBACK = Patience(answer=0.3, callback=0.3, absence=0.1)


async def within(seconds: float, work: Awaitable[T]) -> T | None:
    """Wait for ``work``; None when it has not come within ``seconds`` (it is cancelled then)."""
    try:
        async with asyncio.timeout(seconds):
            return await work
    except TimeoutError:
        return None


async def pause(seconds: float) -> None:
    """Let real time pass: only for the shared window in which the absence of messages is watched."""
    await asyncio.sleep(seconds)


def stopwatch() -> float:
    """Return monotonic seconds, for durations in reports; never for protocol time."""
    return time.monotonic()
