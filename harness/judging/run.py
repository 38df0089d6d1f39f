"""A run from beginning to end: open the driver, act the scenarios, settle, judge; with pytest and without."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from harness.evidence.journal import Journal, StoredJournal
from harness.judging.acting import Key, Progress, Records, act
from harness.judging.catalogue import Catalogue, load
from harness.judging.judge import Absent
from harness.judging.profiles import Profile, default_profile, load_profile
from harness.judging.rows import Judging, Row
from harness.judging.suite import Check, Scenario, Suite, load_suite
from harness.net.clock import Clock, OffsetClock
from harness.net.loop import Loop
from harness.net.patience import Patience, stopwatch
from harness.net.tls import TlsMaterial
from harness.subjects.config import Config
from harness.subjects.driver import Driver
from harness.subjects.opening import Opening, open_driver
from harness.subjects.targets import TargetSpec, hosts_elsewhere, parse_target

ONE_AT_A_TIME = frozenset({"pens-client", "lti-platform", "lti-tool"})
"""Subjects of which one scenario acts at a time: what comes could be another's, what is set is set for all."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a person chose for a run."""

    subject: str
    target: str
    profile: str = ""
    config: Config = field(default_factory=Config)
    seed: int | None = None
    jobs: int | None = None
    patience: Patience | None = None
    folder: Path | None = None
    budget: str = "quick"
    only: tuple[str, ...] = ()
    owned: bool = False
    max_imports: int = 25
    stimuli: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    strict: bool = False
    smoke: bool = True


@dataclass(slots=True)
class Run:
    """One run. `begin` opens, `act` acts and settles, `rows` judges; `close` ends it."""

    options: Options
    suite: Suite
    catalogue: Catalogue
    profile: Profile
    spec: TargetSpec
    seed: int
    marker: str
    journal: Journal
    clock: Clock
    loop: Loop
    driver: Driver | None = None
    started: datetime | None = None
    began: float = 0.0
    absent: dict[Key, Absent] = field(default_factory=dict)

    @staticmethod
    def prepare(options: Options, loop: Loop, *, clock: Clock | None = None) -> Run:
        """Load suite, catalogue and profile; nothing is sent. Raises their errors for what is unknown."""
        spec = parse_target(options.target)
        name = (
            options.profile
            or spec.profile
            or str(options.config.get("run", "profile", ""))
            or default_profile(options.subject)
        )
        profile = load_profile(name).with_settings(options.settings)
        seed = (
            options.seed
            if options.seed is not None
            else int(options.config.get("run", "seed", 0)) or secrets.randbelow(10**6)
        )
        marker = "invigil-" + hashlib.sha256(f"{seed}/{secrets.token_hex(8)}".encode()).hexdigest()[:8]
        the_clock = clock or OffsetClock()
        path = options.folder / "journal.ndjson" if options.folder else None
        journal = Journal(the_clock.now, path=path)
        suite = load_suite(options.subject)
        return Run(options, suite, load(), profile, spec, seed, marker, journal, the_clock, loop)

    @property
    def jobs(self) -> int:
        """How many scenarios act at a time: 8 unless said otherwise; for client-side subjects always 1.

        A client knows one address of ours, so that only one scenario can own what arrives there.
        """
        if self.options.subject in ONE_AT_A_TIME:
            return 1
        return self.options.jobs or int(self.options.config.get("run", "jobs", 0)) or 8

    @property
    def is_here(self) -> bool:
        """Whether nothing that the run sends leaves this machine."""
        return not hosts_elsewhere(self.spec, self.options.config.contacted(self.options.subject))

    def begin(self, tls: TlsMaterial | None = None) -> None:
        """Open the driver and write the journal's header."""
        self.started, self.began = self.clock.now(), stopwatch()
        self.journal.header(self.facts())
        settings = self.profile.for_subject(self.options.subject)
        opening = Opening(
            self.spec, self.journal, settings, package_of(self.suite, self.marker),
            self.options.config, self.clock, tls, self.options.patience, self.seed, self.marker,
            self.options.owned or self.is_here, self.options.stimuli, self.options.budget,
        )  # fmt: skip
        self.driver = self.loop.run(open_driver(self.options.subject, opening))
        if self.options.smoke:
            self.loop.run(self.driver.smoke())

    @property
    def ended(self) -> datetime:
        """When the run ends if it ends now, by real time: protocol time may have been moved by days."""
        if self.started is None:
            return self.clock.now()
        return self.started + timedelta(seconds=stopwatch() - self.began)

    def facts(self) -> dict[str, Any]:
        """Return what a reader of the journal needs to judge it again."""
        return {
            "subject": self.options.subject, "target": self.journal.redactor.text(self.options.target),
            "profile": self.profile.name, "settings": dict(self.options.settings), "seed": self.seed,
            "marker": self.marker, "budget": self.options.budget, "catalogue": self.catalogue.digest,
            "only": list(self.options.only), "started": (self.started or self.clock.now()).isoformat(),
        }  # fmt: skip

    def wanted_checks(self) -> tuple[Check, ...]:
        """Return the checks that were selected: all, or those of the named requirements."""
        if not self.options.only:
            return self.suite.checks
        return tuple(check for check in self.suite.checks if set(check.requirements) & set(self.options.only))

    def wanted_scenarios(self, checks: Iterable[Check] | None = None) -> list[Scenario]:
        """Return the scenarios that checks need, those of their needs included."""
        wanted = self.wanted_checks() if checks is None else tuple(checks)
        return scenarios_for(self.suite, wanted)

    def act(self, scenarios: Iterable[Scenario] | None = None, progress: Progress | None = None) -> None:
        """Act scenarios and settle."""
        assert self.driver is not None
        chosen = self.wanted_scenarios() if scenarios is None else list(scenarios)
        self.absent |= self.loop.run(act(self.driver, chosen, jobs=self.jobs, seed=self.seed, progress=progress))

    def judging(self) -> Judging:
        """Return the judge of this run's records."""
        return Judging(self.suite, self.catalogue, self.profile, Records(self.journal.of, self.suite.scenarios))

    def rows(self) -> list[Row]:
        """Judge and return every requirement of the subject (or the selected ones) with its verdict."""
        return self.judging().rows(self.options.only or None)

    def close(self, *, complete: bool = True) -> None:
        """Stop the driver and close the journal."""
        if self.driver:
            self.loop.run(self.driver.stop())
            self.driver = None
        self.journal.close(complete=complete)


def package_of(suite: Suite, marker: str) -> bytes:
    """Return the package that the suite stages by default; its title carries the run's marker."""
    import importlib

    module = importlib.import_module(f"suites.{suite.subject.replace('-', '_')}.scenarios")
    made: bytes = module.package(marker)
    return made


def scenarios_for(suite: Suite, checks: Iterable[Check]) -> list[Scenario]:
    """Return the scenarios that checks and their needs take records from."""
    by_requirement = suite.by_requirement()
    names: dict[str, None] = {}
    pending, seen = list(checks), set()
    while pending:
        check = pending.pop(0)
        if check.name in seen:
            continue
        seen.add(check.name)
        names |= dict.fromkeys(check.scenarios)
        for need in check.needs:
            pending += by_requirement.get(need, ())
    return [suite.scenarios[name] for name in names]


def rejudging(stored: StoredJournal, *, profile: str = "") -> Judging:
    """Return the judge of a stored run: the same suite on records rebuilt from its journal alone."""
    header = stored.header
    suite = load_suite(header["subject"])
    settled = load_profile(profile or header["profile"]).with_settings(header["settings"])
    return Judging(suite, load(), settled, Records(stored.of, suite.scenarios))
