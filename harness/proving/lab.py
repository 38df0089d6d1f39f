"""The laboratory: one bent peer, the scenarios that are wanted, every check whose records exist."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from harness.evidence.journal import Journal
from harness.judging import verdicts
from harness.judging.acting import Records, act
from harness.judging.catalogue import Catalogue, load
from harness.judging.judge import FOUND, Outcome
from harness.judging.profiles import OF_SUBJECT, Profile, default_profile, load_profile
from harness.judging.rows import Judging, Row
from harness.judging.run import ONE_AT_A_TIME, package_of
from harness.judging.suite import Case, Check, Scenario, Suite, load_suite
from harness.net.clock import OffsetClock
from harness.net.patience import Patience
from harness.net.tls import TlsMaterial
from harness.subjects.config import Config
from harness.subjects.opening import Opening, open_driver
from harness.subjects.targets import TargetSpec

PROOF_PROFILES: Mapping[str, str] = {"pens-target": "engine-22", "pens-client": "engine-22"}
MARKER = "invigil-proof"


def proof_profile(subject: str) -> str:
    """Return the profile under which faults of a subject are planted: the one under which most rules apply."""
    return PROOF_PROFILES.get(subject) or default_profile(subject)


@dataclass(frozen=True, slots=True)
class Peer:
    """A peer to judge: a mock with faults and settings, or an address with a configuration."""

    name: str
    faults: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    profile: str = ""
    url: str = ""
    tables: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    patience: Patience | None = None
    stimuli: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of a peer: outcomes by check and case, and the rows when they were asked for."""

    peer: str
    outcomes: Mapping[tuple[str, str], Outcome]
    rows: tuple[Row, ...] = ()

    def of(self, check: Check, cases: Iterable[Case]) -> list[Outcome]:
        """Return the outcomes of a check on cases that were judged."""
        found = (self.outcomes.get((check.name, case.name)) for case in cases)
        return [outcome for outcome in found if outcome is not None]


class Lab:
    """Judges peers of one subject; suite, catalogue and TLS material are made once."""

    def __init__(self, subject: str, *, budget: str = "proof") -> None:
        self.subject = subject
        self.budget = budget
        self.suite: Suite = load_suite(subject)
        self.catalogue: Catalogue = load()
        self.tls = TlsMaterial.make()
        self.package = package_of(self.suite, MARKER)

    @cached_property
    def by_requirement(self) -> dict[str, tuple[Check, ...]]:
        """The checks of each requirement."""
        return self.suite.by_requirement()

    async def trial(
        self, peer: Peer, scenarios: Iterable[Scenario], *, with_rows: bool = False, jobs: int = 12, seed: int = 1
    ) -> Trial:
        """Open a peer, act scenarios, settle, and judge every check whose records exist."""
        profile = load_profile(peer.profile or proof_profile(self.subject))
        clock = OffsetClock()
        journal = Journal(clock.now)
        spec = TargetSpec(peer.url, "url") if peer.url else TargetSpec("mock", "mock", profile.name, peer.faults)
        area = OF_SUBJECT[self.subject][0]
        changes = {key if "." in key else f"{area}.{key}": value for key, value in peer.settings.items()}
        settings = profile.with_settings(changes).for_subject(self.subject)
        opening = Opening(
            spec, journal, settings, self.package, Config("proof", peer.tables), clock, self.tls, peer.patience,
            seed, MARKER, True, peer.stimuli, self.budget,
        )  # fmt: skip
        driver = await open_driver(self.subject, opening)
        try:
            jobs = 1 if self.subject in ONE_AT_A_TIME else jobs
            await act(driver, scenarios, jobs=jobs, seed=seed)
        finally:
            await driver.stop()
        judging = Judging(self.suite, self.catalogue, profile, Records(journal.of, self.suite.scenarios))
        return self._judged(peer, judging, profile, with_rows)

    def _judged(self, peer: Peer, judging: Judging, profile: Profile, with_rows: bool) -> Trial:
        outcomes = {}
        for check in self.suite.checks:
            for case in self.suite.cases(check):
                outcome = judging.outcome(check, case)
                if outcome.status != verdicts.NOT_RUN:
                    outcomes[check.name, case.name] = outcome
        return Trial(peer.name, outcomes, tuple(judging.rows()) if with_rows else ())


def is_red(outcome: Outcome) -> bool:
    """Whether an outcome accuses the peer, or the harness."""
    return outcome.status in (FOUND, verdicts.ENGINE_ERROR)
