"""Scenarios act in an order of their seed; what gave no record says why."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping, Sequence
from typing import Any, Self

import pytest

from harness.evidence.entries import AnyEntry
from harness.evidence.journal import Journal
from harness.judging.acting import Records, act
from harness.judging.judge import Absent
from harness.judging.suite import ONLY, Case, Scenario
from harness.net.clock import ManualClock
from harness.net.loop import Loop
from harness.subjects.driver import NotOffered, TargetUnreachable


class Count:
    """How many entries there were."""

    def __init__(self, number: int) -> None:
        self.number = number

    @classmethod
    def from_entries(cls, entries: Sequence[AnyEntry]) -> Self:
        return cls(len(entries))


class Recorder:
    """A driver that only notes what is asked of it."""

    offers = frozenset({"callback.http"})

    def __init__(self) -> None:
        self.journal = Journal(ManualClock().now)
        self.said: list[str] = []

    def begin(self, scenario: str, case: str, values: Mapping[str, Any]) -> str:
        self.journal.event((scenario, case, ""), "scenario", values)
        self.said.append(f"begin {scenario}{case}")
        return f"{scenario}{case}"

    async def end(self, context: str) -> None:
        self.said.append(f"end {context}")

    async def smoke(self) -> None:
        """Nothing to try."""

    async def settle(self) -> None:
        self.said.append("settle")

    async def stop(self) -> None:
        """Nothing to close."""


async def quiet(context: str, *case: object) -> Count:
    return Count(0)


def acted(*scenarios: Scenario, jobs: int = 1, seed: int = 1) -> tuple[dict[tuple[str, str], Absent], Recorder]:
    driver = Recorder()
    with Loop() as loop:
        absent = loop.run(act(driver, scenarios, jobs=jobs, seed=seed))
    return absent, driver


def plain(name: str, function: Any = quiet, **more: Any) -> Scenario:
    return Scenario(name, function, Count, **more)


def test_every_case_acts_in_a_context_of_its_own_and_then_all_is_settled() -> None:
    table = plain("t", cases=(Case("1", {"a": 1}), Case("2")))
    absent, driver = acted(plain("p"), table)
    assert absent == {}
    assert sorted(driver.said[:-1]) == ["begin p", "begin t1", "begin t2", "end p", "end t1", "end t2"]
    assert driver.said[-1] == "settle"


def test_the_order_is_that_of_the_seed() -> None:
    many = [plain(f"s{number}") for number in range(8)]
    orders = {tuple(acted(*many, seed=seed)[1].said) for seed in (1, 1, 2)}
    assert len(orders) == 2


@pytest.mark.parametrize(("jobs", "most"), [(1, 1), (3, 3)])
def test_no_more_act_at_a_time_than_told(jobs: int, most: int) -> None:
    under_way, seen = 0, 0

    async def counted(context: str) -> Count:
        nonlocal under_way, seen
        under_way += 1
        seen = max(seen, under_way)
        for _ in range(5):
            await asyncio.wait([asyncio.ensure_future(quiet(""))])
        under_way -= 1
        return Count(0)

    acted(*(plain(f"s{n}", counted) for n in range(6)), jobs=jobs)
    assert seen == most


def test_what_moves_time_acts_alone_after_the_others_have_settled() -> None:
    _, driver = acted(plain("a", alone=True), plain("p"), jobs=4)
    assert driver.said == ["begin p", "end p", "settle", "begin a", "end a", "settle"]


def test_what_others_could_hinder_acts_before_them() -> None:
    for seed in range(4):
        _, driver = acted(plain("p"), plain("e", early=True), plain("a", alone=True), jobs=4, seed=seed)
        assert driver.said[:4] == ["begin e", "end e", "begin p", "end p"]


async def _raises(error: BaseException) -> Count:
    raise error


@pytest.mark.parametrize(
    ("scenario", "verdict", "why"),
    [
        (plain("s", needs=("callback.http", "callback.https")), "untestable", "not configured: callback.https"),
        (plain("s", needs=("auth",)), "inapplicable", "capability not declared: auth"),
        (plain("s", lambda context: _raises(NotOffered("no mail sink"))), "untestable", "no mail sink"),
        (plain("s", lambda context: _raises(LookupError("oops"))), "engine-error", "LookupError: oops"),
    ],
)
def test_a_scenario_without_record_says_why_now_and_when_judged_again(
    scenario: Scenario, verdict: str, why: str
) -> None:
    absent, driver = acted(scenario, plain("other"))
    assert list(absent) == [("s", "")]
    assert absent["s", ""].verdict == verdict
    assert why in absent["s", ""].why
    records = Records(driver.journal.of, {"s": scenario, "other": plain("other")})
    assert records.get("s", "") == absent["s", ""]
    assert records.get("other", "").number == 1


def test_an_unreachable_target_ends_the_run() -> None:
    with pytest.raises(TargetUnreachable):
        acted(plain("s", lambda context: _raises(TargetUnreachable("gone"))))


def test_a_property_acts_in_a_thread_and_is_given_the_seed() -> None:
    given: list[object] = []

    def searches(context: str, seed: int) -> Count:
        with pytest.raises(RuntimeError):
            asyncio.get_running_loop()
        given.extend([context, seed])
        return Count(0)

    acted(plain("s", searches, threaded=True), seed=9)
    assert given == ["s", 9]


def test_properties_leave_the_threads_of_the_loop_to_others() -> None:
    imported = threading.Event()

    def waits(context: str, seed: int) -> Count:
        assert imported.wait(20)
        return Count(0)

    async def imports(context: str) -> Count:
        await asyncio.to_thread(imported.set)
        return Count(0)

    properties = [plain(f"p{number}", waits, threaded=True) for number in range(40)]
    absent, _ = acted(*properties, plain("i", imports), jobs=41)
    assert absent == {}


def test_a_record_is_built_once_and_what_did_not_act_is_not_run() -> None:
    _, driver = acted(plain("p"))
    records = Records(driver.journal.of, {"p": plain("p"), "q": plain("q")})
    assert records.get("p", "") is records.get("p", "")
    assert records.get("q", "") == Absent("not-run", "scenario q did not act")
    assert (Case(""),) == ONLY
