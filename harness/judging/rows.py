"""From outcomes to requirement verdicts: needs, conditions, weights; the worst check decides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from harness.judging import verdicts
from harness.judging.acting import Records
from harness.judging.catalogue import Catalogue, Requirement
from harness.judging.judge import FOUND, OK, Outcome, judge
from harness.judging.profiles import Profile
from harness.judging.suite import Case, Check, Suite


@dataclass(frozen=True, slots=True)
class Judgement:
    """One check on one case, weighed for one requirement."""

    requirement: str
    check: str
    case: str
    verdict: str
    outcome: Outcome
    scenarios: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One requirement with its verdict and the judgements behind it."""

    requirement: Requirement
    verdict: str
    judgements: tuple[Judgement, ...]
    why: str = ""


class Judging:
    """Judges a suite on records under a profile. Outcomes are kept, so a check is called once per case."""

    def __init__(self, suite: Suite, catalogue: Catalogue, profile: Profile, records: Records) -> None:
        self.suite = suite
        self.catalogue = catalogue
        self.profile = profile
        self.records = records
        self._by_requirement = suite.by_requirement()
        self._outcomes: dict[tuple[str, str], Outcome] = {}
        self._under_way: set[str] = set()

    def outcome(self, check: Check, case: Case) -> Outcome:
        """Return what came of a check on a case; its needs are asked first."""
        key = (check.name, case.name)
        if key not in self._outcomes:
            unmet = next((need for need in check.needs if not self._holds(need, check, case)), None)
            self._outcomes[key] = (
                Outcome(verdicts.UNTESTABLE, why=f"{unmet} does not hold")
                if unmet
                else judge(check, self._arguments(check, case))
            )
        return self._outcomes[key]

    def _arguments(self, check: Check, case: Case) -> dict[str, Any]:
        tables = self.suite.scenarios
        pick = {
            name: case.name if case in tables[name].cases else tables[name].cases[0].name for name in check.scenarios
        }
        return {name: self.records.get(name, pick[name]) for name in check.scenarios}

    def _holds(self, need: str, check: Check, case: Case) -> bool:
        """Whether a needed requirement holds: on the same record when one of its checks takes it, else in the run."""
        if need not in self._by_requirement:
            raise KeyError(f"{check.name}: needs {need}, which has no check")
        own = self._arguments(check, case)
        same = [
            (other, name)
            for other in self._by_requirement[need]
            for name in check.scenarios
            if len(other.scenarios) == 1
            and self.suite.scenarios[other.scenarios[0]].record is self.suite.scenarios[name].record
        ]
        if same:
            results = [judge(other, {other.scenarios[0]: own[name]}) for other, name in same]
            return not any(result.status in (FOUND, verdicts.UNTESTABLE, verdicts.ENGINE_ERROR) for result in results)
        if need in self._under_way:
            raise RuntimeError(f"needs of {need} form a circle")
        self._under_way.add(need)
        try:
            outcomes = [self.outcome(other, c) for other in self._by_requirement[need] for c in self.suite.cases(other)]
        finally:
            self._under_way.discard(need)
        return all(outcome.status == OK for outcome in outcomes)

    def judgements(self, check: Check) -> list[Judgement]:
        """Judge a check on all its cases, for every requirement it stands for."""
        return [found for case in self.suite.cases(check) for found in self.on_case(check, case)]

    def on_case(self, check: Check, case: Case) -> list[Judgement]:
        """Judge a check on one case, for every requirement that the case stands for."""
        names = [name for name in check.requirements if not case.requirements or name in case.requirements]
        return [self._weighed(name, check, case) for name in names]

    def _weighed(self, name: str, check: Check, case: Case) -> Judgement:
        requirement = self.catalogue[name]
        if not self.applies(requirement):
            outcome = Outcome(verdicts.INAPPLICABLE, why=f"condition: {requirement.condition}")
        else:
            outcome = self.outcome(check, case)
        return Judgement(name, check.name, case.name, self._verdict(requirement, outcome), outcome, check.scenarios)

    def applies(self, requirement: Requirement) -> bool:
        """Whether the condition of a requirement is among the capabilities of the profile."""
        return requirement.condition in ("always", *self.profile.capabilities)

    def _verdict(self, requirement: Requirement, outcome: Outcome) -> str:
        if outcome.status == FOUND:
            return verdicts.weigh(requirement, self.profile)
        if outcome.status == OK:
            return verdicts.worst([verdicts.PASS, *(remark.weight for remark in outcome.remarks)])
        return outcome.status

    def rows(self, only: Iterable[str] | None = None) -> list[Row]:
        """Return every requirement of the subject with its verdict, in catalogue order."""
        wanted = None if only is None else set(only)
        rows = []
        for requirement in self.catalogue.for_subject(self.suite.subject).values():
            if wanted is None or requirement.id in wanted:
                rows.append(self._row(requirement))
        return rows

    def _row(self, requirement: Requirement) -> Row:
        source = requirement.id if requirement.id in self._by_requirement else requirement.same_as or requirement.id
        found = self._by_requirement.get(source, ())
        judged = []
        for check in found:
            for case in self.suite.cases(check):
                if not case.requirements or source in case.requirements:
                    judged.append(self._weighed_as(requirement, check, case))
        if not judged:
            why = requirement.reason or "no check judges this requirement"
            verdict = verdicts.NOT_RUN if self.applies(requirement) else verdicts.INAPPLICABLE
            return Row(requirement, verdict, (), why)
        return Row(requirement, verdicts.worst(j.verdict for j in judged), tuple(judged))

    def _weighed_as(self, requirement: Requirement, check: Check, case: Case) -> Judgement:
        if not self.applies(requirement):
            outcome = Outcome(verdicts.INAPPLICABLE, why=f"condition: {requirement.condition}")
        else:
            outcome = self.outcome(check, case)
        verdict = self._verdict(requirement, outcome)
        return Judgement(requirement.id, check.name, case.name, verdict, outcome, check.scenarios)


def counts(rows: Iterable[Row]) -> Mapping[str, int]:
    """Return how many requirements have each verdict."""
    table: dict[str, int] = {}
    for row in rows:
        table[row.verdict] = table.get(row.verdict, 0) + 1
    return dict(sorted(table.items()))
