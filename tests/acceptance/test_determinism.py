"""The right mock is green whatever the profile, the seed, the order and the number of jobs."""

from __future__ import annotations

import functools
import random

import pytest

from harness.judging.suite import SUBJECTS
from harness.proving.lab import proof_profile
from harness.proving.proof import PROFILES as PROVEN
from tests.acceptance.runs import opened, rows_to_sample, scenarios_of, verdicts

PROFILES = [(subject, profile) for subject in SUBJECTS for profile in PROVEN.get(subject, (proof_profile(subject),))]
GREEN = {"pass", "inapplicable"}
JOBS = (1, 16)
SHARE = 10
RUNS = 20


def of_a_share(subject: str, profile: str, seed: int, jobs: int) -> dict[str, str]:
    """Return the verdicts of a share of the requirements, the same for every seed."""
    with opened(subject, f"mock:{profile}", profile=profile, seed=seed, jobs=jobs) as run:
        names = rows_to_sample(run, SHARE, seed=7)
        run.act(scenarios_of(run, names))
        return verdicts(run.judging().rows(names))


def of_all(subject: str, profile: str, seed: int, jobs: int) -> dict[str, str]:
    """Return the verdicts of a whole run."""
    with opened(subject, f"mock:{profile}", profile=profile, seed=seed, jobs=jobs) as run:
        run.act()
        return verdicts(row for row in run.rows() if row.requirement.disposition == "tested")


@functools.cache
def first_of_all(subject: str, profile: str) -> dict[str, str]:
    """Return the verdicts with which all other whole runs are compared."""
    return of_all(subject, profile, 0, 4)


@pytest.mark.parametrize(("subject", "profile"), PROFILES)
def test_seed_and_jobs_change_no_verdict_of_a_share(subject: str, profile: str) -> None:
    one = of_a_share(subject, profile, 11, JOBS[0])
    other = of_a_share(subject, profile, 29, JOBS[1])
    assert one == other
    assert len(one) == SHARE
    assert set(one.values()) <= GREEN
    assert "pass" in one.values()


@pytest.mark.long
@pytest.mark.parametrize("number", range(RUNS))
@pytest.mark.parametrize(("subject", "profile"), PROFILES)
def test_twenty_whole_runs_are_green_and_agree(subject: str, profile: str, number: int) -> None:
    seed = random.Random(f"{subject}/{profile}/{number}").randrange(10**6)
    found = of_all(subject, profile, seed, JOBS[number % 2])
    assert {name: verdict for name, verdict in found.items() if verdict not in GREEN} == {}
    assert found == first_of_all(subject, profile)
