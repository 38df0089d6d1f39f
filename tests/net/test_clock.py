"""Protocol time stands or flows, and is moved forward only."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta, timezone

import pytest

from harness.net.clock import Alarm, Clock, ManualClock, OffsetClock, TenantClocks
from harness.net.loop import Loop

START = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


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


def test_real_time_moves_an_offset_clock_alone() -> None:
    clocks: list[Clock] = [ManualClock(), OffsetClock()]
    assert [clock.flows for clock in clocks] == [False, True]
    assert [TenantClocks(clock).flows for clock in clocks] == [False, True]
    assert [TenantClocks(clock).clock("a").flows for clock in clocks] == [False, True]


def test_a_tenant_is_moved_alone_and_all_are_moved_with_the_base_clock() -> None:
    base = ManualClock(START)
    clocks = TenantClocks(base)
    clocks.move_to("a", START + 16 * MINUTE)
    assert (clocks.now("a"), clocks.now("b"), clocks.now(), base.now()) == (START + 16 * MINUTE, START, START, START)
    clocks.move_to("", START + MINUTE)
    assert (clocks.now("a"), clocks.now("b"), base.now()) == (START + 17 * MINUTE, START + MINUTE, START + MINUTE)
    base.advance(MINUTE)
    assert (clocks.now("a"), clocks.now("b")) == (START + 18 * MINUTE, START + 2 * MINUTE)
    assert (clocks.offset("a"), clocks.offset("b"), clocks.offset("")) == (16 * MINUTE, timedelta(0), timedelta(0))


def test_no_tenant_goes_back() -> None:
    clocks = TenantClocks(ManualClock(START))
    clocks.move_to("a", START + MINUTE)
    clocks.move_to("a", START + MINUTE)
    for tenant in ("a", "b", ""):
        with pytest.raises(ValueError, match="move_to: expected an instant not before"):
            clocks.move_to(tenant, clocks.now(tenant) - timedelta(microseconds=1))
    with pytest.raises(ValueError, match="advance: expected a step of zero or more"):
        clocks.clock("a").advance(-MINUTE)
    assert clocks.now("a") == START + MINUTE


def test_the_clock_of_a_tenant_is_a_clock_like_any_other() -> None:
    clocks = TenantClocks(ManualClock(START))
    clock = clocks.clock("a")
    clock.advance(MINUTE)
    assert clock.now() == clocks.now("a") == START + MINUTE
    assert clocks.now("b") == START


def test_a_clock_that_flows_stands_while_it_is_told_to_and_is_moved_by_the_step_all_in_all() -> None:
    clocks = TenantClocks(OffsetClock())
    clocks.stand("a", clocks.now("a"))
    begun = clocks.now("a")
    assert clocks.now("a") == clocks.now("a") == begun
    clocks.stand("a", begun + MINUTE)
    clocks.stand("a", begun)
    assert clocks.now("a") == begun + MINUTE
    assert clocks.now("b") < begun + MINUTE
    clocks.go_on("a", 16 * MINUTE)
    assert clocks.offset("a") == 16 * MINUTE
    assert begun + 16 * MINUTE <= clocks.now("a") < begun + 17 * MINUTE


def test_a_run_that_was_broken_off_leaves_the_clock_where_it_stood() -> None:
    clocks = TenantClocks(ManualClock(START))
    clocks.stand("a", START + MINUTE)
    clocks.go_on("a")
    clocks.go_on("a", MINUTE)
    assert clocks.now("a") == START + MINUTE


def test_all_tenants_stand_together() -> None:
    base = OffsetClock()
    clocks = TenantClocks(base)
    clocks.move_to("a", clocks.now("a") + 60 * MINUTE)
    ahead, begun = clocks.offset("a"), clocks.now()
    clocks.stand("", begun + MINUTE)
    assert (clocks.now(), clocks.now("b"), clocks.now("a")) == (*[begun + MINUTE] * 2, begun + MINUTE + ahead)
    assert base.now() >= begun + MINUTE
    clocks.go_on("", 2 * MINUTE)
    assert base.offset == 2 * MINUTE
    assert clocks.offset("a") == ahead


def test_moving_a_tenant_that_stands_adds_to_the_step() -> None:
    clocks = TenantClocks(ManualClock(START))
    clocks.stand("a", START)
    clocks.move_to("a", START + MINUTE)
    assert clocks.now("a") == START + MINUTE
    clocks.go_on("a", MINUTE)
    assert clocks.now("a") == START + 2 * MINUTE


def test_an_alarm_rings_once_at_the_soonest_time_it_was_given(loop: Loop) -> None:
    async def run() -> list[str]:
        rung, event = list[str](), asyncio.Event()

        def ring() -> None:
            rung.append("ring")
            event.set()

        alarm = Alarm(ring)
        for seconds in (3600, 0.005, 7200, -1):
            alarm.sooner(timedelta(seconds=seconds))
        await event.wait()
        alarm.sooner(timedelta(0))
        alarm.off()
        alarm.off()
        event.clear()
        other = Alarm(event.set)
        other.sooner(timedelta(milliseconds=10))
        await event.wait()
        return rung

    assert loop.run(run()) == ["ring"]
