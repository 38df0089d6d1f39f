"""Protocol time stands or flows, and is moved forward only."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from harness.net.clock import ManualClock, OffsetClock


def test_a_manual_clock_stands_until_it_is_advanced() -> None:
    clock = ManualClock(datetime(2026, 1, 1, 2, tzinfo=timezone(timedelta(hours=2))))
    assert clock.now() == clock.now() == datetime(2026, 1, 1, tzinfo=UTC)
    assert clock.now().tzinfo is UTC
    clock.advance(timedelta(days=1))
    clock.advance(timedelta(0))
    assert clock.now() == datetime(2026, 1, 2, tzinfo=UTC)


def test_an_offset_clock_flows_and_jumps() -> None:
    clock = OffsetClock(timedelta(days=-1))
    before = clock.now()
    clock.advance(timedelta(days=2))
    after = clock.now()
    assert timedelta(days=2) <= after - before < timedelta(days=2, minutes=1)
    assert after.tzinfo is UTC
    assert clock.offset == timedelta(days=1)
    assert clock.now() >= after


@pytest.mark.parametrize("clock", [ManualClock(), OffsetClock()])
def test_no_clock_goes_back(clock: ManualClock | OffsetClock) -> None:
    with pytest.raises(ValueError, match="advance: expected a step of zero or more, got -1 day"):
        clock.advance(timedelta(days=-1))
