"""Histories of right notices, and changes of what verification rests on."""

from __future__ import annotations

from collections import Counter

from hypothesis import HealthCheck, find, given, settings

from fixtures.notice_oracle import scene
from harness.strategies.notice_histories import History, histories
from harness.strategies.notices import Mutation, focused, forged
from harness.wire.pns_oracle import expected

SCENE = scene()
MANY = settings(max_examples=400, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def test_every_event_of_a_history_is_told_of() -> None:
    @MANY
    @given(histories(2))
    def check(history: History) -> None:
        assert {one.event for one in history.deliveries} == set(range(len(history.events)))
        assert {event.deployment for event in history.events} <= {0, 1}

    check()


def test_histories_hold_repetitions_of_both_kinds_and_other_orders() -> None:
    def repeats(history: History, kind: str) -> bool:
        seen: set[int] = set()
        for one in history.deliveries:
            if one.event in seen and one.kind == kind:
                return True
            seen.add(one.event)
        return False

    find(histories(), lambda one: repeats(one, "same-jwt"))
    find(histories(), lambda one: repeats(one, "new-jwt"))
    find(histories(), lambda one: [at.event for at in one.deliveries] == [1, 0])


def test_changes_of_what_verification_rests_on_meet_many_rules() -> None:
    rows: Counter[str] = Counter()

    @MANY
    @given(focused())
    def check(mutation: Mutation) -> None:
        assert mutation.resigned
        rows[expected(forged(mutation, SCENE.sound, SCENE.keyring), SCENE.knowledge).row] += 1

    check()
    for number in ("03", "04", "05", "06", "09", "14"):
        assert rows[f"PNS-RECV-{number}"] >= 5, (number, rows)
