"""Every code that can be defended from the text passes: who answers with it is accused of nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from harness.judging.run import Options, Run
from harness.judging.verdicts import PASS
from harness.net.loop import Loop
from harness.wire.pens_rules import ACCEPTED
from suites.pens_target.scenarios_values import FAULTS

CASES = {(case.values["element"], case.values["kind"]): case for case in FAULTS}
OTHER_ROWS = {("command", "foreign"): ("PENS-VAL-04",), ("package-url-expiry", "expired"): ("PENS-VAL-13",)}
ANSWERED_BY_THE_MOCK_ITSELF = {("command", "case")}
DEFENSIBLE = [
    (element, kind, code)
    for (element, kind), codes in ACCEPTED.items()
    for code in sorted(codes)
    if (element, kind) in {*CASES, *OTHER_ROWS} - ANSWERED_BY_THE_MOCK_ITSELF
]


@pytest.fixture(scope="module")
def loop() -> Iterator[Loop]:
    """One background loop for all runs."""
    with Loop() as loop:
        yield loop


def rows_about(element: str, kind: str) -> tuple[str, ...]:
    if (element, kind) in OTHER_ROWS:
        return OTHER_ROWS[element, kind]
    rows = {
        row
        for case in FAULTS
        if (case.values["element"], case.values["kind"]) == (element, kind)
        for row in case.requirements
    }
    return tuple(sorted(rows))


@pytest.mark.parametrize(("element", "kind", "code"), DEFENSIBLE)
def test_a_defensible_code_is_not_accused(loop: Loop, element: str, kind: str, code: int) -> None:
    target = f"mock:pens-1.0+pens.{code}-for-{kind}-{element}"
    run = Run.prepare(
        Options("pens-target", target, seed=1, only=rows_about(element, kind), smoke=False), loop
    )
    try:
        run.begin()
        run.act()
        accused = {row.requirement.id: row.verdict for row in run.rows() if row.verdict != PASS}
        assert not accused
    finally:
        run.close()


def test_every_kind_of_fault_in_the_table_has_codes() -> None:
    assert set(CASES) <= set(ACCEPTED)


def test_every_accepted_kind_is_played_or_belongs_to_another_area() -> None:
    elsewhere = {pair for pair in ACCEPTED if pair[1] in ("https", "ftp", "ftps", "lenient", "no-file-name")}
    elsewhere |= {("package-url", "scheme"), ("package-type", "unsupported"), ("pens-version", "unsupported")}
    assert set(ACCEPTED) - set(CASES) - set(OTHER_ROWS) == elsewhere
