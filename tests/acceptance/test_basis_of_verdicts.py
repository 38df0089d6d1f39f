"""What Brightspace alone documents fails under its profile and warns under another: the basis of a row decides."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.judging.catalogue import load
from mocks.faults.composing import catalogue
from tests.acceptance.runs import opened, scenarios_of

FAULTS = {
    name: tuple(row for row in fault.breaks if row.startswith("D2L-PNS-") and load()[row].level in ("MUST", "MUST NOT"))
    for name, fault in catalogue("lti-platform").items()
}
BOTH = sorted(name for name, rows in FAULTS.items() if rows and not catalogue("lti-platform")[name].profile)
SAMPLED = BOTH[:: max(1, len(BOTH) // 3)][:3]


def test_there_are_such_faults() -> None:
    assert SAMPLED


@pytest.mark.parametrize("name", SAMPLED)
@pytest.mark.parametrize(("profile", "verdict"), [("brightspace", "fail"), ("pns-spec", "warn")])
def test_a_fault_of_brightspace_fails_there_and_warns_elsewhere(
    name: str, profile: str, verdict: str, tmp_path: Path
) -> None:
    rows = FAULTS[name]
    with opened("lti-platform", f"mock:{profile}+{name}", profile=profile, seed=4, folder=tmp_path) as run:
        run.act(scenarios_of(run, rows))
        found = {row.requirement.id: row.verdict for row in run.rows()}
    assert {row: found[row] for row in rows} == dict.fromkeys(rows, verdict)
