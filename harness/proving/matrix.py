"""The kill matrix: every check turned red by its faults for the stated reason, and nothing else turned red unsaid."""

from __future__ import annotations

import asyncio
import os
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import mocks.faults
from harness.judging.judge import FOUND
from harness.judging.suite import SUBJECTS, Case, Check
from harness.judging.verdicts import ENGINE_ERROR, MUSTS
from harness.net.patience import Patience, stopwatch
from harness.proving.lab import Lab, Peer, Trial, is_red
from harness.proving.strangers import innocents, null_peers
from mocks.faults.base import LEFT_OUT, WRONG_REASON, WRONG_VALUE, Fault
from mocks.faults.composing import catalogue

HANGING = Patience(answer=0.5, callback=1.0, absence=0.1)
PATIENT = Patience(answer=6.0, callback=8.0, absence=0.1)
AT_ONCE = 3
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
        self.null_peers |= other.null_peers
        self.personalities |= other.personalities
        self.faults += other.faults


def collateral(subject: str) -> Mapping[str, tuple[str, ...]]:
    """Return the collateral that is declared for each fault of a subject."""
    path = Path(mocks.faults.__file__).with_name("collateral.toml")
    table = tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    declared = {name: tuple(rows) for name, rows in table.get(subject, {}).items()}
    return {name: (*fault.collateral, *declared.get(name, ())) for name, fault in catalogue(subject).items()}


def cases_of(lab: Lab, check: Check, requirement: str) -> list[Case]:
    """Return the cases on which a check stands for a requirement."""
    return [case for case in lab.suite.cases(check) if not case.requirements or requirement in case.requirements]


async def try_fault(lab: Lab, fault: type[Fault], declared: Sequence[str], green: Trial) -> Findings:
    """Plant a fault and see what turns red, for which reason, and what else does."""
    found = Findings(faults=1)
    checks = [check for requirement in fault.breaks for check in lab.by_requirement.get(requirement, ())]
    peer = Peer(fault.name, (fault.name,), profile=fault.profile or "engine-22", patience=HANGING if fault.hangs else PATIENT)
    scenarios = lab.suite.scenarios.values() if fault.kind == WRONG_REASON else _scenarios(lab, checks)
    trial = await lab.trial(peer, scenarios)
    if fault.kind == WRONG_REASON:
        _must_not_count(lab, fault, trial, found)
        return found
    for requirement, reason in fault.breaks.items():
        judged = {c: trial.of(c, cases_of(lab, c, requirement)) for c in lab.by_requirement.get(requirement, ())}
        outcomes = [outcome for listed in judged.values() for outcome in listed]
        killed = [c for c, listed in judged.items() if any(reason in o.reasons for o in listed if o.status != ENGINE_ERROR)]
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
    _collateral(lab, fault, declared, trial, green, found)
    return found


def _scenarios(lab: Lab, checks: Iterable[Check]) -> list[Any]:
    from harness.judging.run import scenarios_for

    return scenarios_for(lab.suite, checks)


def _collateral(lab: Lab, fault: type[Fault], declared: Sequence[str], trial: Trial, green: Trial, found: Findings) -> None:
    for requirement, checks in lab.by_requirement.items():
        if requirement in fault.breaks or requirement in declared:
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
                for outcome in trial.of(check, cases_of(lab, check, requirement)):
                    if outcome.status == FOUND and outcome.finding and outcome.finding.reason == reason:
                        found.wrong_reason.append(f"{requirement} under {fault.name}: gives {reason}, the reason of {other.name}")


async def _faults(lab: Lab, names: Sequence[str]) -> Findings:
    known, declared, total = catalogue(lab.subject), collateral(lab.subject), Findings()
    turn = asyncio.Semaphore(AT_ONCE)
    green = Trial("right", {})

    async def one(name: str) -> Findings:
        async with turn:
            return await try_fault(lab, known[name], declared.get(name, ()), green)

    for found in await asyncio.gather(*(one(name) for name in names)):
        total.add(found)
    return total


async def _right(lab: Lab, profile: str) -> Findings:
    """The right mock must be green: any finding is a false accusation."""
    found = Findings()
    trial = await lab.trial(Peer("right", profile=profile), lab.suite.scenarios.values(), with_rows=True)
    for row in trial.rows:
        if row.judgements and row.verdict not in ("pass", "inapplicable"):
            reasons = sorted({r for j in row.judgements for r in j.outcome.reasons} | {j.outcome.why for j in row.judgements if j.outcome.why})
            found.undeclared.append(f"right mock, {profile}: {row.requirement.id} {row.verdict} {'; '.join(reasons)[:300]}")
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
    seen = {row.requirement.id: row.verdict for row in trial.rows if row.verdict in ACCUSING}
    expected = dict(stranger.expected)
    extra = sorted(f"{row} {verdict}" for row, verdict in seen.items() if expected.get(row) != verdict)
    missing = sorted(f"{row} {verdict}" for row, verdict in expected.items() if seen.get(row) != verdict)
    found.personalities[name] = {"extra": extra, "missing": missing}
    return found


def work(subject: str, items: Sequence[tuple[str, str]], budget: str) -> Findings:
    """Do a share of the matrix in this process: faults, right mocks, null peers, innocents."""
    lab = Lab(subject, budget=budget)

    async def everything() -> Findings:
        total = await _faults(lab, [name for kind, name in items if kind == "fault"])
        kinds: Mapping[str, Callable[[Lab, str], Any]] = {"right": _right, "null": _null, "innocent": _innocent}
        for kind, name in items:
            if kind in kinds:
                total.add(await kinds[kind](lab, name))
        return total

    return asyncio.run(everything())


def items_of(subject: str) -> list[tuple[str, str]]:
    """Return all that is to be proven of a subject."""
    listed = [("null", name) for name in null_peers(subject)]
    listed += [("innocent", name) for name in innocents(subject)]
    listed += [("right", profile) for profile in ("pens-1.0", "engine-21.1", "engine-22")]
    return listed + [("fault", name) for name in catalogue(subject)]


def prove(
    subjects: Sequence[str] = SUBJECTS, *, jobs: int = 0, only: Sequence[str] = (), full: bool = False,
    progress: Callable[[str], None] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Prove the suites of subjects and return the result in its published form.

    ``only`` keeps the faults and strangers whose name contains one of the words, or that break a requirement
    named so. ``full`` gives properties their full budget.
    """
    began, cores = stopwatch(), jobs or os.cpu_count() or 1
    total, checks, budget = Findings(), 0, "full" if full else "proof"
    names: dict[str, tuple[str, ...]] = {}
    with ProcessPoolExecutor(cores, mp_context=get_context("spawn")) as pool:
        futures = []
        for subject in subjects:
            items = [item for item in items_of(subject) if _wanted(subject, item, only)]
            futures += [pool.submit(work, subject, items[share::cores], budget) for share in range(cores)]
        for future in futures:
            total.add(future.result())
            if progress:
                progress(f"{total.faults} faults tried")
    killed = 0
    for subject in subjects:
        lab_checks, unproven = _unproven(subject, total, only)
        names[subject] = tuple(lab_checks)
        checks += len(lab_checks)
        killed += len(lab_checks) - len({line.partition(":")[0] for line in unproven})
        total.survivors += unproven
    return {
        "checks": checks, "faults": total.faults, "killed": killed, "survivors": sorted(total.survivors),
        "wrong_reason": sorted(total.wrong_reason), "undeclared_collateral": sorted(total.undeclared),
        "canary": canary(), "null_peers": dict(sorted(total.null_peers.items())),
        "personalities": dict(sorted(total.personalities.items())), "seconds": round(stopwatch() - began, 1),
    }  # fmt: skip


def _wanted(subject: str, item: tuple[str, str], only: Sequence[str]) -> bool:
    if not only:
        return True
    kind, name = item
    words = [name, *(catalogue(subject)[name].breaks if kind == "fault" else ())]
    return any(part in word for part in only for word in words)


def _unproven(subject: str, total: Findings, only: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the checks of a subject, and a line for each that no fault kills or whose requirement lacks a kind.

    Every check is killed for each of its requirements; the two kinds of a MUST row count over all its checks.
    """
    from harness.judging.catalogue import load
    from harness.judging.suite import load_suite

    suite, requirements, known, lines = load_suite(subject), load(), catalogue(subject), []
    for check in suite.checks:
        for name in check.requirements:
            if only and not any(part in name for part in only):
                continue
            kinds = {known[fault].kind for (_, killed), by in total.killed.items() if killed == name for fault in by}
            wanted = {LEFT_OUT, WRONG_VALUE} if requirements[name].level in MUSTS and not requirements[name].judged else set()
            if not total.killed.get((check.name, name)):
                lines.append(f"{check.name}: {name}: no fault turns it red")
            elif wanted - kinds:
                lines.append(f"{check.name}: {name}: no fault of kind {', '.join(sorted(wanted - kinds))}")
    return [check.name for check in suite.checks], lines


def canary() -> str:
    """Say whether the proof itself is awake: a check that cannot fail survives, one that does fail is seen to.

    ``dead`` is good: the canary planted among the checks was noticed.
    """
    from harness.judging.expect import expect
    from harness.judging.judge import judge

    def never(record: object) -> None:
        expect(True, "canary")

    def always(record: object) -> None:
        expect(record is None, "canary")

    def silent(record: object) -> None:
        return None

    outcomes = [judge(Check(c.__name__, c, (), (), ("record",), ""), {"record": 1}) for c in (never, always, silent)]
    noticed = [outcome.reasons for outcome in outcomes] == [frozenset(), {"canary"}, frozenset()]
    return "dead" if noticed and [o.status for o in outcomes] == ["ok", FOUND, ENGINE_ERROR] else "alive"


def succeeded(result: Mapping[str, Any]) -> bool:
    """Whether a proof is as it must be."""
    from harness.proving.strangers import excepted

    quiet = not (result["survivors"] or result["wrong_reason"] or result["undeclared_collateral"])
    earned = any(set(rows) - excepted(name) for name, rows in result["null_peers"].items())
    exact = not any(entry["extra"] or entry["missing"] for entry in result["personalities"].values())
    return quiet and not earned and exact and result["canary"] == "dead"
