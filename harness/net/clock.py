"""Protocol time: expiry, stamps, due work. Injected everywhere, so that no test and no suite waits for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells protocol time as an aware datetime in UTC, and can be moved forward."""

    def now(self) -> datetime:
        """Return the present instant of protocol time."""

    def advance(self, step: timedelta) -> None:
        """Move protocol time forward by ``step``; nothing waits."""


class ManualClock:
    """A clock that stands still until it is advanced: for tests and for judging stored runs."""

    def __init__(self, start: datetime | None = None) -> None:
        self._now = (start or datetime(2026, 1, 15, 12, 0, tzinfo=UTC)).astimezone(UTC)

    def now(self) -> datetime:
        """Return the instant at which the clock stands."""
        return self._now

    def advance(self, step: timedelta) -> None:
        """Move the clock forward; a negative step is refused with ValueError."""
        if step < timedelta(0):
            raise ValueError(f"advance: expected a step of zero or more, got {step}")
        self._now += step


class OffsetClock:
    """Real time plus an offset: flows, and can be advanced. For `serve` and for real subjects."""

    def __init__(self, offset: timedelta = timedelta(0)) -> None:
        self.offset = offset

    def now(self) -> datetime:
        """Return real time plus the offset, in UTC."""
        return datetime.now(UTC) + self.offset

    def advance(self, step: timedelta) -> None:
        """Add ``step`` to the offset; a negative step is refused with ValueError."""
        if step < timedelta(0):
            raise ValueError(f"advance: expected a step of zero or more, got {step}")
        self.offset += step
