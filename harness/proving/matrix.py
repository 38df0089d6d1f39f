"""The kill matrix: every check turned red by its faults for the stated reason, and nothing else turned red unsaid."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from harness.judging.judge import Outcome
from harness.judging.suite import Case, Check
from harness.judging.verdicts import ENGINE_ERROR, MUSTS, UNTESTABLE
from harness.net.patience import Patience
from harness.proving.lab import Lab, Peer, Trial, is_red
from harness.proving.strangers import innocents, null_peers
from mocks.faults.base import WRONG_REASON, Fault
from mocks.faults.composing import catalogue

HANGING = Patience(answer=0.5, callback=1.0, absence=0.1)
PATIENT = Patience(answer=6.0, callback=8.0, absence=0.1)
AT_ONCE = 4
Trying = Callable[[Lab, str], Awaitable["Findings"]]
ACCUSING = ("fail", "warn", "note", "engine-error", "config-error")


@dataclass(slots=True)
class Findings:
    """What one worker, or all of them together, found out; kills by check and requirement."""

    killed: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    survivors: list[str] = field(default_factory=list)
    wrong_reason: list[str] = field(default_factory=list)
    undeclared: list[str] = field(default_factory=list)
    null_peers: dict[str, list[str]] = field(default_factory=dict)
    personalities: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    faults: int = 0

    def add(self, other: Findings) -> None:
        """Take in what another worker found out."""
        for killed, faults in other.killed.items():
            self.killed.setdefault(killed, []).extend(faults)
        self.survivors += other.survivors
        self.wrong_reason += other.wrong_reason
        self.undeclared += other.undeclared
        for name, rows in other.null_peers.items():  # subjects share names of peers, never rows
            self.null_peers[name] = sorted({*self.null_peers.get(name, ()), *rows})
        for name, listed in other.personalities.items():
            own = self.personalities.setdefault(name, {})
            own |= {word: sorted({*own.get(word, ()), *lines}) for word, lines in listed.items()}
        self.faults += other.faults


def cases_of(lab: Lab, check: Check, requirement: str) -> list[Case]:
    """Return the cases on which a check stands for a requirement."""
    return [case for case in lab.suite.cases(check) if not case.requirements or requirement in case.requirements]


def kills(outcome: Outcome, reason: str) -> bool:
    """Whether an outcome is a kill for a reason; a crash never is."""
    return outcome.status != ENGINE_ERROR and reason in outcome.reasons


async def try_fault(lab: Lab, fault: type[Fault]) -> Findings:
    """Plant a fault and see what turns red, for which reason, and what else does."""
    found = Findings(faults=1)
    checks = [check for requirement in fault.breaks for check in lab.by_requirement.get(requirement, ())]
    patience = HANGING if fault.hangs else PATIENT
    peer = Peer(fault.name, (fault.name,), profile=fault.profile, patience=patience)
    scenarios = lab.suite.scenarios.values() if fault.kind == WRONG_REASON else _scenarios(lab, checks)
    trial = await lab.trial(peer, scenarios)
    if fault.kind == WRONG_REASON:
        _must_not_count(lab, fault, trial, found)
        return found
    for requirement, reason in fault.breaks.items():
        judged = {c: trial.of(c, cases_of(lab, c, requirement)) for c in lab.by_requirement.get(requirement, ())}
        outcomes = [outcome for listed in judged.values() for outcome in listed]
        killed = [check for check, listed in judged.items() if any(kills(outcome, reason) for outcome in listed)]
        for check in killed:
            found.killed.setdefault((check.name, requirement), []).append(fault.name)
        if killed:
            continue
        crash = next((o.why.strip().splitlines()[-1] for o in outcomes if o.status == ENGINE_ERROR), "")
        others = sorted({r for outcome in outcomes for r in outcome.reasons})
        line = f"{requirement} under {fault.name}: expected reason {reason}, got "
        if others:
            found.wrong_reason.append(line + ", ".join(others))
        else:
            why = crash or ", ".join(sorted({f"{o.status} {o.why}".strip() for o in outcomes})) or "no outcome"
            found.survivors.append(line + why)
    _collateral(lab, fault, trial, found)
    return found


def _scenarios(lab: Lab, checks: Iterable[Check]) -> list[Any]:
    from harness.judging.run import scenarios_for

    return scenarios_for(lab.suite, checks)


def _collateral(lab: Lab, fault: type[Fault], trial: Trial, found: Findings) -> None:
    for requirement, checks in lab.by_requirement.items():
        if requirement in fault.breaks or requirement in fault.collateral:
            continue
        red = [o for check in checks for o in trial.of(check, cases_of(lab, check, requirement)) if is_red(o)]
        if red:
            reason = red[0].finding.reason if red[0].finding else red[0].why.strip().splitlines()[-1]
            found.undeclared.append(f"{fault.name}: {requirement} ({reason})")


def _must_not_count(lab: Lab, fault: type[Fault], trial: Trial, found: Findings) -> None:
    """A fault of an earlier step must not give any check the reason that the check's own faults state."""
    for other in catalogue(lab.subject).values():
        for requirement, reason in other.breaks.items():
            for check in lab.by_requirement.get(requirement, ()):
                if any(kills(outcome, reason) for outcome in trial.of(check, cases_of(lab, check, requirement))):
                    line = f"{requirement} under {fault.name}: gives {reason}, the reason of {other.name}"
                    found.wrong_reason.append(line)


async def _faults(lab: Lab, names: Sequence[str]) -> Findings:
    known, total = catalogue(lab.subject), Findings()
    turn = asyncio.Semaphore(AT_ONCE)

    async def one(name: str) -> Findings:
        async with turn:
            return await try_fault(lab, known[name])

    for found in await asyncio.gather(*(one(name) for name in names)):
        total.add(found)
    return total


async def _right(lab: Lab, profile: str) -> Findings:
    """The right mock must be green: any finding is a false accusation."""
    found = Findings()
    trial = await lab.trial(Peer("right", profile=profile), lab.suite.scenarios.values(), with_rows=True)
    for row in trial.rows:
        if row.judgements and row.verdict not in ("pass", "inapplicable"):
            outcomes = [judgement.outcome for judgement in row.judgements]
            said = {word for outcome in outcomes for word in (*outcome.reasons, outcome.why) if word}
            why = "; ".join(sorted(said))[:300]
            found.undeclared.append(f"right mock, {profile}: {row.requirement.id} {row.verdict} {why}")
    return found


async def _null(lab: Lab, name: str) -> Findings:
    """A peer that does nothing must earn nothing on a MUST row, but for the excepted."""
    found = Findings()
    async with null_peers(lab.subject)[name](lab) as peer:
        trial = await lab.trial(peer, lab.suite.scenarios.values(), with_rows=True)
    earned = [r.requirement.id for r in trial.rows if r.verdict == "pass" and r.requirement.level in MUSTS]
    found.null_peers[name] = sorted(earned)
    return found


async def _innocent(lab: Lab, name: str) -> Findings:
    """A personality, a legitimate variant or an example must give exactly its listed verdicts."""
    found = Findings()
    stranger = innocents(lab.subject)[name]
    async with stranger.open(lab) as peer:
        trial = await lab.trial(peer, lab.suite.scenarios.values(), with_rows=True)
    listed = (*ACCUSING, UNTESTABLE) if stranger.whole else ACCUSING
    seen = {row.requirement.id: row.verdict for row in trial.rows if row.verdict in listed}
    expected = dict(stranger.expected)
    extra = sorted(f"{row} {verdict}" for row, verdict in seen.items() if expected.get(row) != verdict)
    missing = sorted(f"{row} {verdict}" for row, verdict in expected.items() if seen.get(row) != verdict)
    found.personalities[name] = {"extra": extra, "missing": missing}
    return found


@cache
def _lab(subject: str, budget: str) -> Lab:
    """Return this process's laboratory for a subject: suite, catalogue and TLS material are made once."""
    return Lab(subject, budget=budget)


def work(subject: str, items: Sequence[tuple[str, str]], budget: str) -> Findings:
    """Do a share of the matrix in this process: faults, right mocks, null peers, innocents."""
    lab = _lab(subject, budget)

    async def everything() -> Findings:
        total = await _faults(lab, [name for kind, name in items if kind == "fault"])
        kinds: Mapping[str, Trying] = {"right": _right, "null": _null, "innocent": _innocent}
        turn = asyncio.Semaphore(AT_ONCE)

        async def one(kind: str, name: str) -> Findings:
            async with turn:
                return await kinds[kind](lab, name)

        for found in await asyncio.gather(*(one(kind, name) for kind, name in items if kind in kinds)):
            total.add(found)
        return total

    return asyncio.run(everything())
