"""Requirements get their verdicts from checks: needs first, conditions, weights, and the worst one decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from harness.judging.acting import Records
from harness.judging.catalogue import Catalogue, Requirement, Source
from harness.judging.expect import expect, remark, untestable
from harness.judging.judge import Absent
from harness.judging.profiles import Profile
from harness.judging.rows import Judging, Row, counts
from harness.judging.suite import ONLY, Case, Check, Scenario, Suite


@dataclass(frozen=True)
class Record:
    good: bool = True


@dataclass(frozen=True)
class Later:
    good: bool = True


class Given(Records):
    """Records that were had already."""

    def __init__(self, known: Mapping[tuple[str, str], Any]) -> None:
        super().__init__(lambda scenario, case: [], {})
        self._built.update(known)

    def get(self, scenario: str, case: str) -> Any:
        return self._built.get((scenario, case), Absent("not-run", f"{scenario} did not act"))


def rule(plain: Record) -> None:
    expect(plain.good, "bad")


def table_rule(table: Record) -> None:
    expect(table.good, "bad")


def later_rule(later: Later) -> None:
    expect(later.good, "bad")


def noted(plain: Record) -> None:
    remark("odd", unless=plain.good, warn=True)


def requirement(name: str, level: str = "MUST", **more: Any) -> Requirement:
    values: dict[str, Any] = {"basis": "standard", "condition": "always", "disposition": "tested", **more}
    base = (name, "pens-target", ("target",), level, values.pop("basis"), "It must.", Source("Demo", "1"))
    return Requirement(*base, values.pop("condition"), values.pop("disposition"), **values)


def check(name: str, function: Any, *requirements: str, needs: tuple[str, ...] = ()) -> Check:
    return Check(name, function, requirements, needs, tuple(function.__annotations__)[:1], "suite")


CASES = (Case("a"), Case("b", requirements=("D-02",)))
SCENARIOS = {
    "plain": Scenario("plain", print, Record),
    "table": Scenario("table", print, Record, CASES),
    "later": Scenario("later", print, Later),
}
GOOD: dict[tuple[str, str], Any] = {
    ("plain", ""): Record(), ("table", "a"): Record(), ("table", "b"): Record(), ("later", ""): Later(),
}  # fmt: skip


def judged(
    checks: list[Check],
    requirements: list[Requirement],
    changes: Mapping[tuple[str, str], Any] | None = None,
    profile: str = "",
) -> dict[str, Row]:
    made = Profile("p", capabilities=(profile,) if profile else ())
    judging = Judging(
        Suite("pens-target", SCENARIOS, tuple(checks)),
        Catalogue(requirements),
        made,
        Given({**GOOD, **(changes or {})}),
    )
    return {row.requirement.id: row for row in judging.rows()}


BAD = {("plain", ""): Record(False)}


def test_a_row_passes_or_fails_with_its_check() -> None:
    checks, rows = [check("test_x", rule, "D-01", "D-02")], [requirement("D-01"), requirement("D-02", "SHOULD")]
    assert {name: row.verdict for name, row in judged(checks, rows).items()} == {"D-01": "pass", "D-02": "pass"}
    found = judged(checks, rows, BAD)
    assert {name: row.verdict for name, row in found.items()} == {"D-01": "fail", "D-02": "warn"}
    (judgement,) = found["D-01"].judgements
    assert (judgement.check, judgement.case, judgement.scenarios) == ("test_x", "", ("plain",))
    assert judgement.outcome.finding is not None
    assert counts(found.values()) == {"fail": 1, "warn": 1}


def test_the_worst_check_decides() -> None:
    checks = [check("test_x", noted, "D-01"), check("test_y", later_rule, "D-01")]
    assert judged(checks, [requirement("D-01")], BAD)["D-01"].verdict == "warn"
    assert judged(checks, [requirement("D-01")], {("later", ""): Later(False)})["D-01"].verdict == "fail"


def test_each_case_is_judged_for_the_requirements_that_it_stands_for() -> None:
    checks, rows = [check("test_t", table_rule, "D-01", "D-02")], [requirement("D-01"), requirement("D-02")]
    found = judged(checks, rows, {("table", "b"): Record(False)})
    assert {name: row.verdict for name, row in found.items()} == {"D-01": "pass", "D-02": "fail"}
    assert [[j.case for j in row.judgements] for row in found.values()] == [["a"], ["a", "b"]]


def test_a_need_is_judged_on_the_same_record_or_in_the_run() -> None:
    same = [check("test_n", rule, "N-01"), check("test_x", noted, "D-01", needs=("N-01",))]
    rows = [requirement("N-01"), requirement("D-01")]
    assert judged(same, rows)["D-01"].verdict == "pass"
    unmet = judged(same, rows, BAD)["D-01"]
    assert (unmet.verdict, unmet.judgements[0].outcome.why) == ("untestable", "N-01 does not hold")
    run = [check("test_n", later_rule, "N-01"), check("test_x", rule, "D-01", needs=("N-01",))]
    assert judged(run, rows)["D-01"].verdict == "pass"
    for trouble in (Later(False), Absent("untestable", "x"), Absent("inapplicable", "x")):
        assert judged(run, rows, {("later", ""): trouble})["D-01"].verdict == "untestable"


def test_a_need_without_check_and_a_circle_of_needs_are_mistakes_of_the_suite() -> None:
    with pytest.raises(KeyError, match="test_x: needs N-09, which has no check"):
        judged([check("test_x", rule, "D-01", needs=("N-09",))], [requirement("D-01")])
    circle = [check("test_x", rule, "D-01", needs=("D-02",)), check("test_y", later_rule, "D-02", needs=("D-01",))]
    with pytest.raises(RuntimeError, match="form a circle"):
        judged(circle, [requirement("D-01"), requirement("D-02")])


def test_a_condition_that_the_profile_does_not_meet_makes_a_row_inapplicable() -> None:
    checks = [check("test_x", rule, "D-01")]
    rows = [requirement("D-01", condition="engine"), requirement("D-02", condition="engine")]
    found = judged(checks, rows, BAD)
    assert {name: row.verdict for name, row in found.items()} == {"D-01": "inapplicable", "D-02": "inapplicable"}
    assert found["D-01"].judgements[0].outcome.why == "condition: engine"
    met = judged(checks, rows, BAD, profile="engine")
    assert {name: row.verdict for name, row in met.items()} == {"D-01": "fail", "D-02": "not-run"}


def test_a_row_that_repeats_another_shares_its_checks_at_its_own_weight() -> None:
    rows = [requirement("D-01"), requirement("E-01", basis="vendor", vendors=("rustici",), same_as="D-01")]
    found = judged([check("test_x", rule, "D-01")], rows, BAD)
    assert {name: row.verdict for name, row in found.items()} == {"D-01": "fail", "E-01": "warn"}
    assert found["E-01"].judgements[0].requirement == "E-01"


def test_a_row_without_check_is_not_run_and_says_why() -> None:
    rows = [requirement("D-01"), requirement("D-02", disposition="attested", reason="Only a person can say.")]
    found = judged([check("test_x", rule, "D-09")], [*rows, requirement("D-09")])
    assert (found["D-01"].verdict, found["D-01"].why) == ("not-run", "no check judges this requirement")
    assert (found["D-02"].verdict, found["D-02"].why) == ("not-run", "Only a person can say.")


def test_what_could_not_be_judged_is_neither_pass_nor_fail() -> None:
    def gives_up(plain: Record) -> None:
        untestable("callback.https")

    def breaks(plain: Record) -> None:
        raise LookupError

    for function, verdict in ((gives_up, "untestable"), (breaks, "engine-error")):
        assert judged([check("test_x", function, "D-01")], [requirement("D-01")])["D-01"].verdict == verdict
    assert (
        judged([check("test_x", rule, "D-01")], [requirement("D-01")], {("plain", ""): Absent("not-run", "x")})[
            "D-01"
        ].verdict
        == "not-run"
    )


def test_rows_can_be_selected_and_a_check_is_called_once_per_case() -> None:
    called = []

    def counted(plain: Record) -> None:
        called.append(plain)
        expect(True, "x")

    suite = Suite("pens-target", SCENARIOS, (check("test_x", counted, "D-01", "D-02"),))
    judging = Judging(suite, Catalogue([requirement("D-01"), requirement("D-02")]), Profile("p"), Given(GOOD))
    assert [row.requirement.id for row in judging.rows(["D-02"])] == ["D-02"]
    assert len(judging.rows()) == 2
    assert len(called) == 1
    assert [j.requirement for j in judging.judgements(suite.checks[0])] == ["D-01", "D-02"]
    assert ONLY[0].name == ""
