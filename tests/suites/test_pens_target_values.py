"""Every code that can be defended from the text passes: who answers with it is accused of nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from harness.judging.judge import OK
from harness.judging.run import Options, Run
from harness.net.loop import Loop
from harness.wire.pens_rules import ACCEPTED
from suites.pens_target.scenarios_values import FAULTS

CASES = {(case.values["element"], case.values["kind"]): case for case in FAULTS}
ACTED = {"accepted", "faulty", "foreign_command", "expired", "two_faults"}
PLAYED_ELSEWHERE = {("command", "foreign"), ("package-url-expiry", "expired")}
ANSWERED_BY_THE_MOCK_ITSELF = {("command", "case")}
DEFENSIBLE = [
    (element, kind, code)
    for (element, kind), codes in ACCEPTED.items()
    for code in sorted(codes)
    if (element, kind) in {*CASES, *PLAYED_ELSEWHERE} - ANSWERED_BY_THE_MOCK_ITSELF
]


@pytest.fixture(scope="module")
def loop() -> Iterator[Loop]:
    """One background loop for all runs."""
    with Loop() as loop:
        yield loop


@pytest.mark.parametrize(("element", "kind", "code"), DEFENSIBLE)
def test_a_defensible_code_is_not_accused(loop: Loop, element: str, kind: str, code: int) -> None:
    target = f"mock:pens-1.0+pens.{code}-for-{kind}-{element}"
    run = Run.prepare(Options("pens-target", target, seed=1, smoke=False), loop)
    checks = [check for check in run.suite.checks if "accepted" in check.scenarios and set(check.scenarios) <= ACTED]
    try:
        run.begin()
        run.act([run.suite.scenarios[name] for name in ACTED])
        judging = run.judging()
        outcomes = {
            (check.name, case.name): judging.outcome(check, case) for check in checks for case in run.suite.cases(check)
        }
        assert any(name == "test_fault_is_answered_with_its_code" for name, _ in outcomes)
        assert {key: outcome for key, outcome in outcomes.items() if outcome.status != OK} == {}
    finally:
        run.close()


def test_every_kind_of_fault_in_the_table_has_codes() -> None:
    assert set(CASES) <= set(ACCEPTED)


def test_every_accepted_kind_is_played_or_belongs_to_another_area() -> None:
    elsewhere = {pair for pair in ACCEPTED if pair[1] in ("https", "ftp", "ftps", "lenient", "no-file-name")}
    elsewhere |= {("package-url", "scheme"), ("package-type", "unsupported"), ("pens-version", "unsupported")}
    assert set(ACCEPTED) - set(CASES) - PLAYED_ELSEWHERE == elsewhere
