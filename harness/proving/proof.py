"""The proof of the suites: the kill matrix shared out among processes, put together, and judged."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from typing import Any

from harness.judging.catalogue import load
from harness.judging.expect import expect
from harness.judging.judge import FOUND, judge
from harness.judging.suite import SUBJECTS, Check, load_suite
from harness.judging.verdicts import ENGINE_ERROR, MUSTS
from harness.net.patience import stopwatch
from harness.proving.lab import proof_profile
from harness.proving.matrix import Findings, work
from harness.proving.strangers import excepted, innocents, null_peers
from mocks.faults.base import LEFT_OUT, VARIANT, WRONG_VALUE
from mocks.faults.composing import catalogue

PENS_PROFILES = ("pens-1.0", "engine-21.1", "engine-22")
PROFILES: Mapping[str, tuple[str, ...]] = {
    "pens-target": PENS_PROFILES, "pens-client": PENS_PROFILES, "lti-platform": ("brightspace",),
    "lti-tool": ("pns-spec", "brightspace", "canvas"),
}  # fmt: skip
"""Under which profiles the right mock has to be green.

An LTI platform under ``pns-spec`` is no Brightspace, and under ``canvas`` and ``blackboard`` it has habits that are
tolerated: these stand among the innocents, with exactly the rows that say so. A tool under ``blackboard`` is offered no
course copies, by which it is judged.
"""
SHARE = 16


def items_of(subject: str) -> list[tuple[str, str]]:
    """Return all that is to be proven of a subject."""
    listed = [("null", name) for name in null_peers(subject)]
    listed += [("innocent", name) for name in innocents(subject)]
    listed += [("right", profile) for profile in PROFILES.get(subject, (proof_profile(subject),))]
    return listed + [("fault", name) for name, fault in catalogue(subject).items() if fault.kind != VARIANT]


def shares(subject: str, items: Sequence[tuple[str, str]]) -> Iterator[list[tuple[str, str]]]:
    """Yield the items in shares for one process each: first together those that mostly wait, faults by the dozen."""
    waiting = [item for item in items if item[0] == "null" or item[1].startswith("example:")]
    faults = [item for item in items if item[0] == "fault"]
    if waiting:
        yield waiting
    yield from ([item] for item in items if item not in waiting and item[0] != "fault")
    yield from (faults[start : start + SHARE] for start in range(0, len(faults), SHARE))


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
    with ProcessPoolExecutor(cores, mp_context=get_context("spawn")) as pool:
        wanted = {s: [item for item in items_of(s) if _wanted(s, item, only)] for s in subjects}
        listed = [(s, share) for s in reversed(subjects) for share in shares(s, wanted[s])]
        futures = [pool.submit(work, s, share, budget) for s, share in listed]
        for number, future in enumerate(as_completed(futures), 1):
            total.add(future.result())
            if progress:
                progress(f"{number} of {len(futures)} shares, {total.faults} faults tried")
    killed = 0
    for subject in subjects:
        lab_checks, unproven = _unproven(subject, total, only)
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


def _named(names: Sequence[str], only: Sequence[str]) -> bool:
    return any(part in name for part in only for name in names)


def _unproven(subject: str, total: Findings, only: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the checks of a subject, and a line for each that no fault kills or whose requirement lacks a kind.

    Every check is killed for each of its requirements; the two kinds of a MUST row count over all its checks.
    """
    suite, requirements, known, lines = load_suite(subject), load(), catalogue(subject), []
    for check in suite.checks:
        for name in check.requirements:
            if only and not _named((name,), only):
                continue
            kinds = {known[fault].kind for (_, killed), by in total.killed.items() if killed == name for fault in by}
            demanding = requirements[name].level in MUSTS and not requirements[name].judged
            wanted = {LEFT_OUT, WRONG_VALUE} if demanding else set()
            if not total.killed.get((check.name, name)):
                lines.append(f"{check.name}: {name}: no fault turns it red")
            elif wanted - kinds:
                lines.append(f"{check.name}: {name}: no fault of kind {', '.join(sorted(wanted - kinds))}")
    return [check.name for check in suite.checks if not only or _named(check.requirements, only)], lines


def canary() -> str:
    """Say whether the proof itself is awake: a check that cannot fail survives, one that does fail is seen to.

    ``dead`` is good: the canary planted among the checks was noticed.
    """

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
    quiet = not (result["survivors"] or result["wrong_reason"] or result["undeclared_collateral"])
    earned = any(set(rows) - excepted(name) for name, rows in result["null_peers"].items())
    exact = not any(entry["extra"] or entry["missing"] for entry in result["personalities"].values())
    return quiet and not earned and exact and result["canary"] == "dead"
