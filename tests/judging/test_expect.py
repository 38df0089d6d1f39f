"""Judging is observing: what is said, where, and when it ends the check."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from harness.judging.expect import (
    Finding,
    Inapplicable,
    Observations,
    Observed,
    Untestable,
    collecting,
    control,
    expect,
    finished,
    inapplicable,
    remark,
    shown,
    told,
    untestable,
)


@pytest.fixture
def observed() -> Iterator[Observations]:
    observations = Observations()
    token = collecting(observations)
    yield observations
    finished(token)


def test_what_holds_is_counted_and_nothing_else(observed: Observations) -> None:
    expect(True, "a")
    expect("text", "b", expected=1, got=2)
    assert observed == Observations(2, None, [])


@pytest.mark.parametrize("condition", [False, None, 0, "", ()])
def test_what_does_not_hold_ends_the_check_with_a_finding(observed: Observations, condition: object) -> None:
    with pytest.raises(Finding) as ended:
        expect(condition, "bare-lf", expected=b"\r\n", got=b"\n", at="E-0004 response body")
    assert ended.value.observed == Observed("bare-lf", r"b'\r\n'", r"b'\n'", "E-0004 response body", "finding")
    assert str(ended.value) == r"bare-lf: expected b'\r\n', got b'\n' at E-0004 response body"
    assert (observed.count, observed.finding, observed.remarks) == (1, ended.value.observed, [])


def test_a_remark_counts_and_is_a_note_or_a_warning(observed: Observations) -> None:
    remark("seen", got=0, at="E-1")
    remark("odd", warn=True)
    remark("fine", unless=True)
    assert observed.count == 3
    assert observed.remarks == [Observed("seen", "", "0", "E-1", "note"), Observed("odd", "", "None", "", "warn")]
    assert observed.finding is None


def test_what_is_told_counts_and_changes_no_verdict(observed: Observations) -> None:
    told("key-set-fetches", got=3)
    assert (observed.count, observed.remarks) == (1, [Observed("key-set-fetches", "", "3", "", "pass")])


def test_what_is_missing_ends_the_check_without_a_finding(observed: Observations) -> None:
    control(True, "a plain collect is accepted")
    with pytest.raises(Untestable, match="positive control not seen: a plain collect is accepted"):
        control([], "a plain collect is accepted")
    with pytest.raises(Untestable, match=r"callback.https"):
        untestable("callback.https")
    with pytest.raises(Inapplicable, match="auth"):
        inapplicable("auth")
    assert observed.count == 0


def test_nobody_judges_outside_a_check() -> None:
    for judging in (lambda: expect(True, "a"), lambda: remark("a")):
        with pytest.raises(
            RuntimeError, match=r"called outside a check; a check is called through harness.judging.judge"
        ):
            judging()


def test_observations_belong_to_the_check_that_is_judged(observed: Observations) -> None:
    inner = Observations()
    token = collecting(inner)
    expect(True, "a")
    finished(token)
    expect(True, "b")
    expect(True, "c")
    assert (inner.count, observed.count) == (1, 2)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain", "plain"),
        (b"x", "b'x'"),
        (None, "None"),
        ("y" * 400, "y" * 400),
        ("y" * 401, "y" * 390 + "... (401 characters)"),
    ],
)
def test_values_are_shown_in_one_line_of_bounded_length(value: object, text: str) -> None:
    assert shown(value) == text
