"""A check ends in one of five ways, and an exception of its own is never a verdict."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from harness.judging.expect import Observed, expect, inapplicable, remark, untestable
from harness.judging.judge import Absent, Outcome, judge
from harness.judging.suite import Check


def check(function: Callable[..., None], *scenarios: str) -> Check:
    return Check("test_rule", function, ("DEMO-01",), (), scenarios or ("plain",), "suite")


def passes(plain: object) -> None:
    expect(plain == "record", "wrong-record")
    remark("seen", got=1)


def finds(plain: object) -> None:
    remark("first")
    expect(False, "bare-lf", expected=1, got=2, at="E-1")


def loops_over_nothing(plain: object) -> None:
    for _ in ():
        expect(True, "x")


def test_a_check_that_observed_and_found_nothing_is_ok() -> None:
    outcome = judge(check(passes), {"plain": "record", "other": Absent("untestable", "x")})
    assert outcome == Outcome("ok", None, (Observed("seen", "", "1", "", "note"),), observations=2)
    assert outcome.reasons == {"seen"}


def test_a_finding_is_kept_with_the_remarks_before_it() -> None:
    outcome = judge(check(finds), {"plain": 0})
    assert outcome.status == "found"
    assert outcome.finding == Observed("bare-lf", "1", "2", "E-1")
    assert outcome.reasons == {"first", "bare-lf"}
    assert outcome.observations == 2


@pytest.mark.parametrize(
    ("function", "status", "why"),
    [
        (lambda plain: untestable("callback.https"), "untestable", "callback.https"),
        (lambda plain: inapplicable("auth"), "inapplicable", "capability not declared: auth"),
        (lambda plain: None, "engine-error", "test_rule ended without an observation"),
        (lambda plain: 1 / 0, "engine-error", "ZeroDivisionError"),
        (loops_over_nothing, "engine-error", "without an observation"),
    ],
)
def test_every_other_end_says_why(function: Callable[..., None], status: str, why: str) -> None:
    outcome = judge(check(function), {"plain": 0})
    assert (outcome.status, outcome.finding) == (status, None)
    assert why in outcome.why


def test_a_record_that_could_not_be_had_speaks_for_itself() -> None:
    outcome = judge(check(finds, "plain", "later"), {"plain": 0, "later": Absent("not-run", "interrupted")})
    assert outcome == Outcome("not-run", why="interrupted")


def test_one_judging_leaves_no_trace_in_the_next() -> None:
    judge(check(finds), {"plain": 0})
    assert judge(check(lambda plain: None), {"plain": 0}).status == "engine-error"
    with pytest.raises(RuntimeError):
        expect(True, "outside")
