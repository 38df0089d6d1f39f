"""Properties of handlers: what holds after any history of PUTs about several types."""

from __future__ import annotations

from harness.judging.expect import control, expect
from harness.judging.suite import checks
from harness.subjects.lti_platform_records import Tools
from suites.lti_platform.rules_handler_histories import (
    AGAIN,
    LEFT,
    LIMIT,
    REMOVED,
    REPLACED,
    SHOWN,
    parts_from_the_model,
)
from suites.lti_platform.rules_handlers import is_in_force, put_taken


def _agree(histories: Tools, row: str) -> None:
    put_taken(histories.before, "set")
    if row != SHOWN:
        control(is_in_force(histories.before, "set", "after-set"), "a handler of ours is shown")
    expect(histories.steps, "no-example", expected="at least one example", got="none")
    for history in histories.steps.values():
        parts_from_the_model(history, row)


@checks("PNS-HANDLER-08")
def test_in_any_history_a_new_handler_is_shown(handler_histories: Tools) -> None:
    """Whatever went before, a type that had no handler shows the one that is set."""
    _agree(handler_histories, SHOWN)


@checks("PNS-HANDLER-09")
def test_in_any_history_a_handler_is_replaced(handler_histories: Tools) -> None:
    """Whatever went before, the handler that was set last is in force."""
    _agree(handler_histories, REPLACED)


@checks("PNS-HANDLER-10")
def test_in_any_history_a_handler_is_removed(handler_histories: Tools) -> None:
    """Whatever went before, a handler that was removed is not shown any more."""
    _agree(handler_histories, REMOVED)


@checks("PNS-HANDLER-20")
def test_in_any_history_a_refusal_changes_nothing(handler_histories: Tools) -> None:
    """Whatever went before, a PUT that is refused leaves the handler that was in force."""
    _agree(handler_histories, LEFT)


@checks("PNS-HANDLER-21")
def test_in_any_history_a_repetition_changes_nothing(handler_histories: Tools) -> None:
    """Whatever went before, a PUT of what is in force already leaves it in force."""
    _agree(handler_histories, AGAIN)


@checks("PNS-HANDLER-26")
def test_in_any_history_the_old_limit_is_dropped(handler_histories: Tools) -> None:
    """Whatever went before, a handler that is set without max_batch_size has none."""
    _agree(handler_histories, LIMIT)
