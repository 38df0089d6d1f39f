"""Properties: what a search tries, what it keeps, what it shrinks to, and that a stored run is judged alike."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from harness.evidence.entries import Event, Exchange
from harness.evidence.journal import Journal, read_journal
from harness.judging.expect import control, expect
from harness.judging.judge import Outcome
from harness.judging.properties import KEPT, Budget, Search, Stopped, examine, explore, why_not
from harness.judging.run import Options, Run, rejudging
from harness.net.loop import Loop
from harness.subjects.pens_records import Collected, Examples
from harness.subjects.pens_target import Collecting

NOW = datetime(2026, 5, 20, 16, 5, 39, tzinfo=UTC)
CHECKS = {
    "test_every_sound_collect_is_accepted",
    "test_every_order_is_accepted",
    "test_every_fault_has_a_defensible_code",
    "test_hostile_messages_are_answered",
    "test_every_publication_has_one_receipt",
    "test_no_publication_is_alerted_before_its_receipt",
}
NEEDED = ("accepted", "sound_collects", "shuffled_collects", "flawed_collects", "hostile_bodies", "publications")
NUMBERS = st.integers(0, 1000)


@pytest.fixture
def loop() -> Iterator[Loop]:
    with Loop() as opened:
        yield opened


@pytest.fixture
def target(loop: Loop) -> Collecting:
    async def running() -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    driver: Any = SimpleNamespace(journal=Journal(lambda: NOW), budget="quick")
    return Collecting(driver, "property", "", "token", loop=loop.run(running()))


def acting(target: Collecting, code: Callable[[int], int], error: str | None = None) -> Callable[..., Any]:
    """Return what sends a number and is answered with the code that ``code`` gives for it."""

    async def act(number: int, step: str) -> Collected:
        journal = target.driver.journal
        request = journal.half("POST /pens HTTP/1.1", (), f"client={number}".encode())
        body = f"error={code(number)}\r\nerror-text=\r\nversion=1.0.0\r\npens-data=\r\n".encode()
        response = None if error else journal.half("HTTP/1.1 200 OK", (), body)
        journal.exchange(
            target.where(step), "collect", "out", "http://lms.example/pens", request, response,
            seq=journal.number(), at=journal.stamp(), error=error,
        )  # fmt: skip
        return target.seen(step)

    return act


def is_zero(record: Collected) -> None:
    """Expect a code of 0."""
    expect(record.error == 0, "not-zero", expected=0, got=record.error, at=record.at)


def numbers(examples: Examples) -> list[int]:
    """Return the numbers that were sent, in the order of the record."""
    return [int(record.sent.get("client") or "-1") for record in examples.steps.values()]


def kept(target: Collecting) -> list[str]:
    """Return the steps of which the journal keeps an exchange."""
    return [entry.step for entry in target.driver.journal.entries if isinstance(entry, Exchange)]


def test_a_rule_that_holds_is_tried_on_every_example_and_the_first_are_kept(target: Collecting) -> None:
    found = examine(target, NUMBERS, acting(target, lambda n: 0), is_zero, 1, budget=Budget(50, 10))
    assert found.falsified == ""
    assert list(found.steps) == [f"x{n}" for n in range(1, KEPT + 1)]
    assert kept(target) == list(found.steps)
    tried = [e for e in target.driver.journal.entries if isinstance(e, Event) and e.name == "tried"]
    assert [event.facts for event in tried] == [{"tries": 50, "kept": 20}]


def test_a_counterexample_is_shrunk_and_stands_first_in_the_record(target: Collecting) -> None:
    found = examine(
        target, NUMBERS, acting(target, lambda n: 1101 if n > 99 else 0), is_zero, 1, budget=Budget(50, 200)
    )
    assert numbers(found)[0] == 100
    assert next(iter(found.steps)) == found.falsified
    assert found.described[found.falsified] == {"example": "100"}


def test_beyond_the_first_steps_only_failing_ones_are_kept(target: Collecting) -> None:
    budget = Budget(50, 200)
    found = examine(target, NUMBERS, acting(target, lambda n: 1101 if n > 99 else 0), is_zero, 1, budget=budget)
    late = [step for step in kept(target) if int(step[1:]) > KEPT]
    assert late
    assert all(found.steps[step].error == 1101 for step in late)


def test_while_shrinking_only_the_same_reason_counts(target: Collecting) -> None:
    def rule_of_two(record: Collected) -> None:
        number = int(record.sent.get("client") or "0")
        expect(number < 500, "large", expected="less than 500", got=number, at=record.at)
        expect(number % 2 == 0 or number < 5, "odd", expected="even", got=number, at=record.at)

    reasons = set()
    for seed in range(6):
        target.case = f"seed {seed}"
        found = examine(target, NUMBERS, acting(target, lambda n: 0), rule_of_two, seed, budget=Budget(80, 300))
        observed = why_not(rule_of_two, found.steps[found.falsified])
        assert observed is not None
        reasons.add((observed.reason, numbers(found)[0]))
    assert reasons <= {("large", 500), ("odd", 5)}


def test_the_plainest_example_failing_ends_the_search(target: Collecting) -> None:
    found = examine(target, NUMBERS, acting(target, lambda n: 1101), is_zero, 1)
    assert numbers(found) == [0]
    assert found.falsified == "x1"


def test_a_subject_that_hangs_costs_few_tries(target: Collecting) -> None:
    hang, swift = acting(target, lambda n: 0, "timeout"), acting(target, lambda n: 0)

    async def act(number: int, step: str) -> Collected:
        done: Collected = await (hang if number > 99 else swift)(number, step)
        return done

    found = examine(target, NUMBERS, act, is_zero, 1, budget=Budget(50, 40))
    silent = [record for record in found.steps.values() if record.response is None]
    assert found.falsified
    assert len(silent) == 2


def test_an_error_of_ours_is_raised_and_no_counterexample(target: Collecting) -> None:
    async def act(number: int, step: str) -> Collected:
        raise KeyError(step)

    with pytest.raises(KeyError, match="x1"):
        examine(target, NUMBERS, act, is_zero, 1)


def test_a_subject_that_wavers_is_judged_by_what_it_did(target: Collecting) -> None:
    answers = iter([0, 0, 1101] + [0] * 500)
    found = examine(target, NUMBERS, acting(target, lambda n: next(answers)), is_zero, 1, budget=Budget(20, 40))
    assert found.falsified == "x3"
    assert found.steps["x3"].error == 1101


def test_what_comes_ahead_is_done_once_and_its_errors_are_ours(target: Collecting) -> None:
    done: list[str] = []

    async def ahead() -> None:
        done.append("ahead")

    async def failing() -> None:
        raise KeyError("no course")

    swift = acting(target, lambda n: 0)
    assert numbers(examine(target, NUMBERS, swift, is_zero, 1, budget=Budget(5, 5), ahead=ahead))
    assert done == ["ahead"]
    with pytest.raises(KeyError, match="no course"):
        examine(target, NUMBERS, swift, is_zero, 1, ahead=failing)


def test_an_example_whose_prerequisite_does_not_hold_is_no_counterexample(target: Collecting) -> None:
    def controlled(record: Collected) -> None:
        control(record.error == 0, "the collect is taken")
        expect(False, "never", at=record.at)

    found = examine(target, NUMBERS, acting(target, lambda n: 1101), controlled, 1, budget=Budget(5, 5))
    assert found.falsified == ""


def test_the_seed_decides_what_is_tried(target: Collecting) -> None:
    def tried(case: str, seed: int) -> list[int]:
        target.case = case
        return numbers(examine(target, NUMBERS, acting(target, lambda n: 0), is_zero, seed))

    assert tried("first", 1) == tried("again", 1)
    assert tried("first of another", 2) != tried("once more", 1)


def test_a_run_that_ended_ends_the_search(target: Collecting, loop: Loop) -> None:
    loop.close()
    with pytest.raises(Stopped):
        Search(target, is_zero, Budget(1, 1)).on_loop(acting(target, int)(0, "x1"))


def test_a_rule_is_asked_without_a_check_around_it(target: Collecting, loop: Loop) -> None:
    act = acting(target, lambda n: n)
    assert why_not(is_zero, loop.run(act(0, "x1"))) is None
    observed = why_not(is_zero, loop.run(act(1101, "x2")))
    assert observed is not None
    assert (observed.reason, observed.expected, observed.got) == ("not-zero", "0", "1101")


def test_a_state_machine_is_shrunk_to_its_fewest_steps(target: Collecting) -> None:
    act = acting(target, lambda n: 1101 if n > 2 else 0)

    class Counting(RuleBasedStateMachine):
        """Sends a number as large as the count of its steps."""

        def __init__(self, search: Search[Collected, Examples]) -> None:
            super().__init__()
            self.search, self.count, self.records = search, 0, dict[str, Collected]()

        @rule()
        def send(self) -> None:
            """Send one more."""
            self.count += 1
            step = self.search.on_loop(self.search.begin({}))
            self.records[step] = self.search.on_loop(act(self.count, step))

        def teardown(self) -> None:
            """Judge."""
            self.search.conclude(self.records)

    def machines(search: Search[Collected, Examples]) -> Callable[[], Counting]:
        return lambda: Counting(search)

    assert explore(target, machines, is_zero, 1, budget=Budget(5, 60), steps=2).falsified == ""
    target.case = "longer"
    found = explore(target, machines, is_zero, 1, budget=Budget(5, 60), steps=6)
    assert found.steps[found.falsified].sent.get("client") == "3"


def judged(name: str, folder: Path, seed: int = 1) -> dict[str, Outcome]:
    """Run the properties of the suite on a mock with a fault; return the outcomes, live and rejudged alike."""
    with Loop() as loop:
        run = Run.prepare(Options("pens-target", name, seed=seed, folder=folder, budget="quick"), loop)
        try:
            run.begin()
            run.act([run.suite.scenarios[needed] for needed in NEEDED])
        finally:
            run.close()
        checks = [check for check in run.suite.checks if check.name in CHECKS]
        live = {check.name: run.judging().outcome(check, run.suite.cases(check)[0]) for check in checks}
    stored = rejudging(read_journal(folder / "journal.ndjson"))
    again = {check.name: stored.outcome(check, stored.suite.cases(check)[0]) for check in checks}
    assert live == again
    return live


@pytest.mark.parametrize("profile", ["pens-1.0", "engine-21.1", "engine-22"])
def test_the_right_mock_has_every_property(profile: str, tmp_path: Path) -> None:
    outcomes = judged(f"mock:{profile}", tmp_path, seed=len(profile))
    assert set(outcomes) == CHECKS
    assert {outcome.status for outcome in outcomes.values()} == {"ok"}


def test_a_counterexample_of_the_suite_is_shrunk_to_what_matters(tmp_path: Path) -> None:
    outcome = judged("mock:engine-22+pens.short-column", tmp_path)["test_every_sound_collect_is_accepted"]
    assert outcome.reasons == {"not-accepted"}
    stored = read_journal(tmp_path / "journal.ndjson")
    record = Examples.from_entries(stored.of("sound_collects", ""))
    shrunk = record.steps[record.falsified]
    assert len(shrunk.sent.get("vendor-data") or "") == 255
    assert outcome.finding is not None
    assert outcome.finding.at == f"{shrunk.collect.id} response"


def test_the_other_properties_hold_beside_a_fault_of_one(tmp_path: Path) -> None:
    outcomes = judged("mock:engine-22+pens.two-receipts", tmp_path)
    red = {name for name, outcome in outcomes.items() if outcome.status != "ok"}
    assert red == {"test_every_publication_has_one_receipt"}
