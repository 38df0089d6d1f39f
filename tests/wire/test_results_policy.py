"""A policy says which values may go backwards; every order in which results can arrive ends in what it permits."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from decimal import Decimal
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.net.patience import stopwatch
from harness.wire.results_policy import (
    BLANK,
    DEFAULT,
    EXACT_UP_TO,
    FIELDS,
    RESET,
    Delivery,
    Event,
    Policy,
    Reset,
    State,
    allowed,
    merge,
    reset,
)

SCORES = st.none() | st.integers(0, 100).map(Decimal) | st.decimals(0, 100, places=1)
STATES = st.builds(
    State,
    st.sampled_from(["unknown", "incomplete", "complete"]),
    st.sampled_from(["unknown", "failed", "passed"]),
    SCORES,
    st.integers(0, 5000),
    st.integers(0, 3),
)
POLICIES = st.builds(
    Policy,
    keep_complete=st.booleans(),
    failed_to_passed=st.booleans(),
    passed_to_failed=st.booleans(),
    score=st.sampled_from(["best", "latest", "max-attempt"]),
    totaltime=st.sampled_from(["largest", "latest"]),
    reset=st.sampled_from(["regresses", "keeps"]),
    unknown=st.sampled_from(["says-nothing", "replaces"]),
)
DELIVERIES = st.builds(Delivery, STATES, st.booleans(), st.booleans())
LATEST = Policy(False, True, True, "latest", "latest", unknown="replaces")


def arrive(state: State, event: Event, policy: Policy) -> State:
    return reset(state, policy) if isinstance(event, Reset) else merge(state, event.state, policy)


def shown(state: State) -> tuple[object, ...]:
    return tuple(getattr(state, name) for name in FIELDS)


def brute_force(events: Sequence[Event], policy: Policy) -> set[tuple[object, ...]]:
    """Play every order of every choice of deliveries; repeated ones come twice at most."""
    ends = set()
    choices = [
        [1] if isinstance(event, Reset) else [*([] if event.certain else [0]), 1, *([2] if event.repeated else [])]
        for event in events
    ]
    for counts in itertools.product(*choices):
        arriving = [at for at, count in enumerate(counts) for _ in range(count)]
        for order in set(itertools.permutations(arriving)):
            if all(
                order.index(at) < place
                for at, event in enumerate(events)
                if isinstance(event, Reset)
                for place, other in enumerate(order)
                if other > at
            ):
                ends.add(shown(reduce(lambda state, at: arrive(state, events[at], policy), order, BLANK)))
    return ends


@given(STATES, STATES, STATES)
def test_what_keeps_the_best_depends_on_no_order_and_no_repetition(a: State, b: State, c: State) -> None:
    assert shown(merge(merge(BLANK, a), b)) == shown(merge(merge(BLANK, b), a))
    assert shown(merge(merge(a, b), c)) == shown(merge(a, merge(b, c)))
    assert merge(merge(a, b), b) == merge(a, b)


@given(STATES, STATES, POLICIES)
def test_the_same_result_twice_in_a_row_changes_nothing(old: State, new: State, policy: Policy) -> None:
    once = merge(old, new, policy)
    assert merge(once, new, policy) == once


@given(st.lists(STATES, max_size=6))
def test_a_completion_a_pass_and_the_best_score_stay(arriving: list[State]) -> None:
    state = BLANK
    for new in arriving:
        after = merge(state, new)
        assert (after.complete == "complete") >= (state.complete == "complete")
        assert (after.success == "passed") >= (state.success == "passed")
        assert state.score is None or (after.score is not None and after.score >= state.score)
        assert after.totaltime >= state.totaltime
        state = after


@given(st.lists(STATES, max_size=5), st.randoms())
def test_where_attempts_count_the_score_of_the_highest_one_is_kept_in_any_order(arriving: list[State], dice) -> None:
    policy = Policy(score="max-attempt")
    known = [(state.attempt, state.score) for state in arriving if state.score is not None]
    dice.shuffle(arriving)
    ended = reduce(lambda state, new: merge(state, new, policy), arriving, BLANK)
    assert ended.score == (max(known)[1] if known else None)


@given(st.lists(DELIVERIES | st.just(RESET), max_size=4), POLICIES)
def test_exactly_the_ends_of_all_orders_are_allowed(events: list[Event], policy: Policy) -> None:
    # Equal deliveries count as one that is repeated, and what is repeated may come more often than twice.
    may = allowed(events, policy)
    ends = brute_force(events, policy)
    assert may.exact
    assert ends <= {shown(state) for state in may.states}
    if not any(isinstance(event, Delivery) and event.repeated for event in events) and len(set(events)) == len(events):
        states = [event.state for event in events if isinstance(event, Delivery)]
        if len({shown(state) for state in states}) == len(states):
            assert ends == {shown(state) for state in may.states}


@given(st.data(), POLICIES, st.lists(DELIVERIES | st.just(RESET), min_size=EXACT_UP_TO + 1, max_size=24))
def test_a_long_history_allows_whatever_an_order_of_it_ends_in(data, policy: Policy, events: list[Event]) -> None:
    may = allowed(events, policy)
    late: list[Delivery] = []
    state = BLANK
    for event in events:
        if isinstance(event, Delivery):
            lost = not event.certain and data.draw(st.booleans())
            late += [] if lost else [event] * (data.draw(st.integers(1, 3)) if event.repeated else 1)
        else:
            keep = [delivery for delivery in late if data.draw(st.booleans())]
            for delivery in late:
                state = state if delivery in keep else merge(state, delivery.state, policy)
            late, state = keep, reset(state, policy)
    for delivery in data.draw(st.permutations(late)):
        state = merge(state, delivery.state, policy)
    assert may(state)
    assert all(getattr(state, name) in may.possible(name) for name in FIELDS)


INCOMPLETE = State("incomplete", "unknown", None, 60)
FAILED = State("complete", "failed", Decimal(40), 300)
PASSED = State("complete", "passed", Decimal(80), 324)


@pytest.mark.parametrize("order", list(itertools.permutations([INCOMPLETE, FAILED, PASSED])))
def test_a_receiver_that_keeps_the_best_ends_in_one_state(order: tuple[State, ...]) -> None:
    may = allowed(Delivery(state, repeated=True) for state in order)
    assert may.states == {PASSED}
    assert not may(State("incomplete", "passed", Decimal(80), 324))
    assert not may(State("complete", "passed", Decimal(40), 324))


def test_what_was_lost_need_not_be_known() -> None:
    may = allowed([Delivery(INCOMPLETE), Delivery(PASSED, certain=False)])
    assert may.states == {INCOMPLETE, PASSED}
    assert not may(BLANK)


def test_where_the_latest_counts_no_mixture_of_two_results_is_allowed() -> None:
    may = allowed([Delivery(FAILED), Delivery(PASSED)], LATEST)
    assert may.states == {FAILED, PASSED}
    assert not may(State("complete", "passed", Decimal(40), 300))
    assert may(State("complete", "passed", Decimal(40), 300), fields=("complete", "success"))


def test_a_reset_takes_back_what_came_before_unless_that_comes_late() -> None:
    may = allowed([Delivery(PASSED), RESET, Delivery(INCOMPLETE)])
    assert may.states == {INCOMPLETE, PASSED}
    assert not may(State("complete", "passed", Decimal(80), 60))
    assert not may(BLANK)
    settled = allowed([RESET, Delivery(INCOMPLETE)], start=PASSED)
    assert settled.states == {INCOMPLETE}
    assert allowed([RESET], Policy(reset="keeps"), start=PASSED).states == {PASSED}


def test_the_rules_of_success_are_the_owners_to_choose() -> None:
    assert merge(FAILED, PASSED).success == "passed"
    assert merge(PASSED, FAILED).success == "passed"
    assert merge(FAILED, PASSED, Policy(failed_to_passed=False)).success == "failed"
    assert merge(PASSED, FAILED, Policy(passed_to_failed=True)).success == "failed"
    assert merge(PASSED, INCOMPLETE, Policy(passed_to_failed=True)).success == "passed"


def test_an_unknown_score_is_not_zero() -> None:
    assert merge(BLANK, INCOMPLETE).score is None
    assert merge(BLANK, State(score=Decimal(0))).score == 0
    assert not allowed([Delivery(INCOMPLETE)])(State("incomplete", "unknown", Decimal(0), 60))


def test_many_results_are_judged_in_a_moment() -> None:
    began = stopwatch()
    many = [Delivery(State("incomplete", "unknown", Decimal(at % 101), at), at % 2 == 0) for at in range(1000)]
    several = [Delivery(State("incomplete", "failed", Decimal(at), at), repeated=True) for at in range(EXACT_UP_TO)]
    assert allowed([*many, Delivery(PASSED)])(State("complete", "passed", Decimal(100), 999))
    assert not allowed([*many, Delivery(PASSED)])(State("incomplete", "passed", Decimal(100), 999))
    assert allowed([*several, Delivery(PASSED)], LATEST)(PASSED)
    assert allowed(several, Policy(False, False, True, "latest"))(State("incomplete", "failed", Decimal(0), 7))
    assert stopwatch() - began < 5


def test_the_default_keeps_a_learners_best() -> None:
    written_out = Policy(True, True, False, "best", "largest", "regresses", "says-nothing")
    assert written_out == DEFAULT
    assert not DEFAULT.ordered
    assert LATEST.ordered
