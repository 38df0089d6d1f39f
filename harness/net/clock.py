"""Protocol time: expiry, stamps, due work. Injected everywhere, so that no test and no suite waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

NOTHING = timedelta(0)


class Clock(Protocol):
    """Tells protocol time as an aware datetime in UTC, and can be moved forward."""

    @property
    def flows(self) -> bool:
        """Whether real time moves it too."""

    def now(self) -> datetime:
        """Return the present instant of protocol time."""

    def advance(self, step: timedelta) -> None:
        """Move protocol time forward by ``step``; nothing waits."""


class ManualClock:
    """A clock that stands still until it is advanced: for tests and for judging stored runs."""

    flows = False

    def __init__(self, start: datetime | None = None) -> None:
        self._now = (start or datetime(2026, 1, 15, 12, 0, tzinfo=UTC)).astimezone(UTC)

    def now(self) -> datetime:
        """Return the instant at which the clock stands."""
        return self._now

    def advance(self, step: timedelta) -> None:
        """Move the clock forward; a negative step is refused with ValueError."""
        self._now += _forward(step)


class OffsetClock:
    """Real time plus an offset: flows, and can be advanced. For `serve` and for real subjects."""

    flows = True

    def __init__(self, offset: timedelta = NOTHING) -> None:
        self.offset = offset

    def now(self) -> datetime:
        """Return real time plus the offset, in UTC."""
        return datetime.now(UTC) + self.offset

    def advance(self, step: timedelta) -> None:
        """Add ``step`` to the offset; a negative step is refused with ValueError."""
        self.offset += _forward(step)


class TenantClocks:
    """One clock for each tenant: the base clock plus what this tenant is ahead of it. Tenant ``""`` means all.

    Moving one tenant moves no other; moving ``""`` moves the base clock, and so everybody, by the same step.
    While a tenant is made to `stand`, real time does not move its clock; `go_on` lets it flow again.
    """

    def __init__(self, base: Clock) -> None:
        self.base = base
        self._ahead: dict[str, timedelta] = {}
        self._standing: dict[str, datetime] = {}
        self._stepped: dict[str, timedelta] = {}

    @property
    def flows(self) -> bool:
        """Whether real time moves these clocks."""
        return self.base.flows

    def now(self, tenant: str = "") -> datetime:
        """Return the present instant of a tenant; of the base clock for ``""``."""
        if not self._standing and tenant not in self._ahead:  # as nearly always
            return self.base.now()
        return self._standing.get(tenant) or self._common() + self.offset(tenant)

    def offset(self, tenant: str) -> timedelta:
        """Return how far a tenant is ahead of the base clock."""
        return self._ahead.get(tenant, NOTHING)

    def move_to(self, tenant: str, instant: datetime) -> None:
        """Move a tenant's clock forward to ``instant``; an earlier one is refused with ValueError."""
        step = instant - self.now(tenant)
        if step < NOTHING:
            raise ValueError(f"move_to: expected an instant not before {self.now(tenant)}, got {instant}")
        self._push(tenant, step)
        if tenant in self._standing:
            self._standing[tenant] = instant

    def clock(self, tenant: str) -> TenantClock:
        """Return the clock of a tenant for those who know but one."""
        return TenantClock(self, tenant)

    def stand(self, tenant: str, instant: datetime) -> None:
        """Move a tenant to ``instant`` if that is later than where it is, and let it stand there."""
        place = max(instant, self.now(tenant))
        step = max(NOTHING, place - self._common() - self.offset(tenant))
        self._push(tenant, step)
        self._stepped[tenant] = self._stepped.get(tenant, NOTHING) + step
        self._standing[tenant] = place

    def go_on(self, tenant: str, step: timedelta = NOTHING) -> None:
        """Let a tenant's clock flow again; all in all it was moved by ``step``, or by as much as it stood ahead."""
        if self._standing.pop(tenant, None):
            self._push(tenant, max(NOTHING, step - self._stepped.pop(tenant)))

    def _common(self) -> datetime:
        return self._standing.get("") or self.base.now()

    def _push(self, tenant: str, step: timedelta) -> None:
        if tenant:
            self._ahead[tenant] = self.offset(tenant) + step
        else:
            self.base.advance(step)


@dataclass(frozen=True, slots=True)
class TenantClock:
    """The clock of one tenant, as a Clock."""

    clocks: TenantClocks
    tenant: str

    @property
    def flows(self) -> bool:
        """Whether real time moves it too."""
        return self.clocks.flows

    def now(self) -> datetime:
        """Return the present instant of this tenant."""
        return self.clocks.now(self.tenant)

    def advance(self, step: timedelta) -> None:
        """Move this tenant alone forward; a negative step is refused with ValueError."""
        self.clocks.move_to(self.tenant, self.now() + _forward(step))


class Alarm:
    """Calls ``ring`` once on the running loop when so much real time has passed: for work on a clock that flows."""

    LEAST, MOST = 0.001, 3600.0  # seconds; whoever is woken too early sets it again

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        self._handle: asyncio.TimerHandle | None = None

    def sooner(self, after: timedelta) -> None:
        """Ring after so long, or when it rings already if that is sooner."""
        loop = asyncio.get_running_loop()
        when = loop.time() + min(max(after.total_seconds(), self.LEAST), self.MOST)
        if self._handle is None or when < self._handle.when():
            self.off()
            self._handle = loop.call_at(when, self._rings)

    def _rings(self) -> None:
        self._handle = None
        self._ring()

    def off(self) -> None:
        """Do not ring."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None


def _forward(step: timedelta) -> timedelta:
    if step < NOTHING:
        raise ValueError(f"advance: expected a step of zero or more, got {step}")
    return step
