"""One subject in a pytest session: its suite, whose records are judged, what is told of a finding."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from harness.evidence.curl import curl
from harness.evidence.entries import Exchange
from harness.evidence.journal import StoredJournal
from harness.judging import verdicts
from harness.judging.catalogue import load
from harness.judging.rows import Judgement, Judging, Row
from harness.judging.run import Run
from harness.judging.suite import Case, Check, Scenario, Suite


@dataclass(slots=True)
class Bench:
    """``run`` acts, or ``stored`` is judged again; ``judging`` is there once there are records.

    ``scenarios`` are those to be acted, if not all that the selected checks need.
    """

    suite: Suite
    run: Run | None = None
    judging: Judging | None = None
    scenarios: Sequence[Scenario] | None = None
    stored: StoredJournal | None = None
    checks: dict[str, Check] = field(init=False)

    def __post_init__(self) -> None:
        self.checks = {f"{check.module}.{check.name}": check for check in self.suite.checks}

    def exchanges(self, check: Check, case: Case) -> list[Exchange]:
        """Return the exchanges that a check on a case rests on."""
        journal = self.run.journal if self.run else self.stored
        assert journal is not None
        tables = {name: self.suite.scenarios[name].cases for name in check.scenarios}
        names = {name: case.name if case in cases else cases[0].name for name, cases in tables.items()}
        kept = [entry for scenario, name in names.items() for entry in journal.of(scenario, name)]
        return [entry for entry in kept if isinstance(entry, Exchange)]

    def told(self, judgement: Judgement, check: Check, case: Case) -> str:
        """Return a finding in words: rule, reason, expected, got, place, source, a line that sends it again."""
        observed = judgement.outcome.finding
        assert observed is not None
        assert self.judging is not None
        requirement = self.judging.catalogue[judgement.requirement]
        sent = [entry for entry in self.exchanges(check, case) if entry.direction == "out"]
        named = (entry for entry in sent if entry.id == observed.at.partition(" ")[0])
        exchange = next(named, next(iter(sent), None))
        lines = [
            f"{requirement.id} {requirement.level}: {requirement.sentence}",
            f"  reason    {observed.reason}",
            f"  expected  {observed.expected}",
            f"  got       {observed.got}",
            f"  at        {observed.at}",
            f"  source    {requirement.source.document} {requirement.source.section}",
        ]
        return "\n".join([*lines, f"  again     {curl(exchange)}"] if exchange else lines)

    def labels(self, check: Check) -> list[tuple[str, str]]:
        """Return the Allure labels of all requirements of a check."""
        catalogue = self.run.catalogue if self.run else load()
        # `harness.reports` stands above judging, hence it is found by name.
        allure = importlib.import_module("harness.reports.allure")
        rows = [Row(catalogue[name], verdicts.NOT_RUN, ()) for name in check.requirements]
        return list(dict.fromkeys(label for row in rows for label in allure.allure_labels(row)))

    def attach(self, check: Check, case: Case) -> None:
        """Attach the exchanges of a check on a case to its Allure result."""
        import allure

        forms, shown = (importlib.import_module(f"harness.reports.{name}") for name in ("exchanges", "allure"))
        for entry in self.exchanges(check, case):
            text = shown.as_text(forms.exchange_json(entry))
            allure.attach(text, f"{entry.id} {entry.channel} {entry.direction}", allure.attachment_type.TEXT)
