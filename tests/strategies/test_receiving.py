"""Strategies for histories: every one can happen, and tells something."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings

from harness.strategies.receiving import ANSWER, ASK, POLL, POST, Journey, journeys
from harness.wire.results_policy import BLANK, EXACT_UP_TO, Delivery, allowed, merge

QUICK = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))


@QUICK
@given(journeys())
def test_a_history_delivers_at_least_two_results_and_few_enough_to_follow(journey: Journey) -> None:
    delivered = {index for kind, index in journey.steps if kind == POST}
    assert 2 <= len(delivered) <= len(journey.results) <= EXACT_UP_TO
    assert {kind for kind, _ in journey.steps} <= {POST, POLL, ASK, ANSWER}
    assert all(0 <= index < len(journey.results) for _, index in journey.steps)


@QUICK
@given(journeys())
def test_an_answer_follows_its_question(journey: Journey) -> None:
    kinds = [kind for kind, _ in journey.steps]
    assert kinds.count(ASK) == kinds.count(ANSWER) <= 1
    if ASK in kinds:
        asked = kinds.index(ASK)
        answered = kinds.index(ANSWER)
        assert asked < answered
        assert journey.steps[asked][1] == journey.steps[answered][1]


@QUICK
@given(journeys())
def test_a_receiver_that_follows_the_policy_ends_where_it_may(journey: Journey) -> None:
    arrived = [journey.results[index] for kind, index in journey.steps if kind != ASK]
    state = BLANK
    for result in arrived:
        state = merge(state, result)
    assert allowed([Delivery(result) for result in arrived])(state)
