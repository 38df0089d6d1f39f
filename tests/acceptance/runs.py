"""Runs in process against mocks, acted in full or by a share, and what is compared of them."""

from __future__ import annotations

import functools
import random
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.judging.rows import Row
from harness.judging.run import Options, Run
from harness.judging.suite import Check, Scenario
from harness.net.loop import Loop
from harness.net.patience import Patience
from harness.net.tls import TlsMaterial


@functools.cache
def tls() -> TlsMaterial:
    """Return the TLS material of this process: making it costs a key."""
    return TlsMaterial.make()


@contextmanager
def opened(
    subject: str, target: str, *, profile: str = "", seed: int = 1, jobs: int | None = None,
    folder: Path | None = None, patience: Patience | None = None, budget: str = "quick",
) -> Iterator[Run]:  # fmt: skip
    """Give a run that has begun, without a smoke collect; it is closed afterwards, its journal complete then."""
    options = Options(
        subject, target, profile, seed=seed, jobs=jobs, folder=folder, patience=patience, budget=budget, smoke=False
    )
    with Loop() as loop:
        run = Run.prepare(options, loop)
        try:
            run.begin(tls())
            yield run
        finally:
            run.close()


def share(run: Run, size: int, seed: int) -> list[Scenario]:
    """Return a seeded share of the scenarios; none of those that try examples of their own."""
    found = [scenario for scenario in run.suite.scenarios.values() if not scenario.threaded]
    return random.Random(seed).sample(found, min(size, len(found)))


def rows_to_sample(run: Run, size: int, seed: int) -> list[str]:
    """Return a seeded sample of the requirements that are checked without trying examples."""
    scenarios = run.suite.scenarios
    found = [
        name
        for name, checks in sorted(run.suite.by_requirement().items())
        if not any(scenarios[needed].threaded for check in checks for needed in check.scenarios)
    ]
    return random.Random(seed).sample(found, size)


def scenarios_of(run: Run, requirements: Iterable[str]) -> list[Scenario]:
    """Return the scenarios that the checks of some requirements need."""
    table = run.suite.by_requirement()
    checks: list[Check] = [check for name in requirements for check in table.get(name, ())]
    return run.wanted_scenarios(checks)


def verdicts(rows: Iterable[Row]) -> dict[str, str]:
    """Return the verdict of each requirement."""
    return {row.requirement.id: row.verdict for row in rows}
