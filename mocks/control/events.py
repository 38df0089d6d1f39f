"""What a mock tells of itself while it runs: numbered, without secrets, and bounded."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from harness.evidence.journal import Journal
from harness.net.patience import within
from mocks.control.listing import plain

KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Told:
    """One event: its number (from 1, without gaps), protocol time (ISO 8601, UTC), name and facts."""

    number: int
    at: str
    name: str
    facts: Mapping[str, Any] = field(default_factory=dict)


class EventLog:
    """The latest ``keep`` events. Stamps and redaction are those of the mock's journal."""

    def __init__(self, journal: Journal, keep: int = KEPT) -> None:
        self._journal = journal
        self._kept: deque[Told] = deque(maxlen=keep)
        self._arrived = asyncio.Event()
        self.last = 0

    def tell(self, name: str, facts: Mapping[str, Any]) -> None:
        """Take an event and wake all who wait for one."""
        self.last += 1
        self._kept.append(Told(self.last, self._journal.stamp(), name, plain(facts, self._journal.redactor)))
        self._arrived.set()
        self._arrived = asyncio.Event()

    @property
    def first(self) -> int:
        """The number of the oldest event that is still kept; one more than `last` when there is none."""
        return self.last - len(self._kept) + 1

    def after(self, number: int, limit: int) -> list[Told]:
        """Return at most ``limit`` events with a higher number, the oldest first."""
        return list(islice(self._kept, max(0, number + 1 - self.first), max(0, number + 1 - self.first) + limit))

    async def wait(self, number: int, seconds: float) -> None:
        """Return when there is an event with a higher number, at the latest after ``seconds``."""
        if number >= self.last and seconds > 0:
            await within(seconds, self._until(number))

    async def _until(self, number: int) -> None:
        while number >= self.last:
            await self._arrived.wait()
