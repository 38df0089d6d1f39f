"""A stored run is judged again from its journal alone, and every row comes out as it did."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest

from harness.evidence.journal import read_journal
from harness.judging.rows import Row
from harness.judging.run import rejudging
from harness.judging.suite import SUBJECTS
from harness.net.patience import Patience
from harness.proving.lab import proof_profile
from harness.proving.strangers import innocents
from mocks.faults.composing import catalogue
from tests.acceptance.runs import opened, scenarios_of, share

HANGING = Patience(answer=0.5, callback=1.0, absence=0.1)
PATIENT = Patience(answer=6.0, callback=8.0, absence=0.1)
SEED, SAMPLE, SHARE = 20, 6, 6
FAULTS = sorted((subject, name) for subject in SUBJECTS for name in catalogue(subject))
SAMPLED = [
    (subject, name) for subject in SUBJECTS for name in random.Random(SEED).sample(sorted(catalogue(subject)), SAMPLE)
]


def told(rows: Iterable[Row]) -> list[object]:
    """Return all that a row says: verdict, and of each check on each case outcome, finding and remarks."""
    return [
        (row.requirement.id, row.verdict, row.why, [(j.check, j.case, j.verdict, j.outcome) for j in row.judgements])
        for row in rows
    ]


def assert_same(folder: Path, rows: list[Row]) -> None:
    stored = read_journal(folder / "journal.ndjson")
    assert stored.complete
    assert told(rejudging(stored).rows()) == told(rows)
    assert any(row.judgements and row.verdict not in ("not-run", "inapplicable") for row in rows)


def known_of(subject: str) -> Mapping[str, str]:
    """Return what the right mock is told under this profile by its nature: of a platform, that it is no Brightspace."""
    found = innocents(subject).get(f"variant:{proof_profile(subject)}")
    return found.expected if found else {}


def with_a_fault(subject: str, name: str, folder: Path) -> None:
    """Act what the fault breaks, or a share of the suite when it breaks nothing by name; judge all, twice."""
    fault = catalogue(subject)[name]
    target = f"mock:{fault.profile or proof_profile(subject)}+{name}"
    patience = HANGING if fault.hangs else PATIENT
    with opened(subject, target, seed=SEED, folder=folder, patience=patience, budget="proof") as run:
        run.act(scenarios_of(run, fault.breaks) or share(run, SHARE, SEED))
        rows = run.rows()
    assert_same(folder, rows)
    # A fault that states a reason is also seen to turn a row red: two empty runs would agree on nothing.
    broken = [row for row in rows if row.requirement.id in fault.breaks]
    assert not fault.breaks or any(row.verdict not in ("pass", "not-run", "inapplicable") for row in broken)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_of_the_right_mock(subject: str, tmp_path: Path) -> None:
    with opened(subject, f"mock:{proof_profile(subject)}", seed=SEED, folder=tmp_path) as run:
        run.act()
        rows = run.rows()
    assert_same(tmp_path, rows)
    tested = [row for row in rows if row.requirement.disposition == "tested"]
    accused = {row.requirement.id: row.verdict for row in tested if row.verdict not in ("pass", "inapplicable")}
    assert accused == known_of(subject)


@pytest.mark.parametrize(("subject", "name"), SAMPLED)
def test_of_a_sample_of_faults(subject: str, name: str, tmp_path: Path) -> None:
    with_a_fault(subject, name, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize(("subject", "name"), [fault for fault in FAULTS if fault not in SAMPLED])
def test_of_every_other_fault(subject: str, name: str, tmp_path: Path) -> None:
    with_a_fault(subject, name, tmp_path)
