"""Acting the scenarios of a run: concurrently, each in a context of its own, then one settled end for all."""

from __future__ import annotations

import asyncio
import functools
import random
import traceback
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from harness.evidence.entries import AnyEntry, Event
from harness.judging import verdicts
from harness.judging.judge import Absent
from harness.judging.suite import Case, Scenario
from harness.subjects.driver import Driver, NotOffered, TargetUnreachable

Key = tuple[str, str]
Progress = Callable[[int, int, str], None]
CAPABILITIES = frozenset({"auth"})


async def act(
    driver: Driver, wanted: Iterable[Scenario], *, jobs: int, seed: int, progress: Progress | None = None
) -> dict[Key, Absent]:
    """Act scenarios with all their cases in an order drawn from ``seed``; return those that gave no record.

    At most ``jobs`` act at a time; early ones act alone before them, those that move time alone afterwards. When all
    have acted the driver settles, so that absence is judged over the whole window.
    """
    pairs = [(scenario, case) for scenario in wanted for case in scenario.cases]
    random.Random(seed).shuffle(pairs)
    absent: dict[Key, Absent] = {}
    turn = asyncio.Semaphore(jobs)
    done = 0

    async def one(scenario: Scenario, case: Case) -> None:
        nonlocal done
        async with turn:
            missing = await perform(driver, scenario, case, seed)
        if missing:
            absent[scenario.name, case.name] = missing
        done += 1
        if progress:
            progress(done, len(pairs), scenario.name)

    for scenario, case in pairs:
        if scenario.early:
            await one(scenario, case)
    await asyncio.gather(*(one(scenario, case) for scenario, case in pairs if not (scenario.early or scenario.alone)))
    for scenario, case in pairs:
        if scenario.alone:
            await driver.settle()
            await one(scenario, case)
    await driver.settle()
    return absent


async def perform(driver: Driver, scenario: Scenario, case: Case, seed: int) -> Absent | None:
    """Act one case of one scenario; return why there is no record, or None when there is one."""
    missing = [need for need in scenario.needs if need not in driver.offers]
    if missing:
        status = verdicts.INAPPLICABLE if missing[0] in CAPABILITIES else verdicts.UNTESTABLE
        word = "capability not declared" if missing[0] in CAPABILITIES else "not configured"
        return _absent(driver, scenario, case, status, f"{word}: {missing[0]}")
    context = driver.begin(scenario.name, case.name, case.values)
    arguments = (context,) if len(scenario.cases) == 1 and not case.name else (context, case)
    try:
        if scenario.threaded:
            await _apart(functools.partial(scenario.act, *arguments, seed))
        else:
            await scenario.act(*arguments)
    except NotOffered as why:
        return _absent(driver, scenario, case, verdicts.UNTESTABLE, str(why))
    except TargetUnreachable:
        raise
    except asyncio.CancelledError:
        # Half an interaction accuses nobody: what was interrupted counts as not run.
        _absent(driver, scenario, case, verdicts.NOT_RUN, f"scenario {scenario.name} was interrupted")
        raise
    except Exception:
        return _absent(driver, scenario, case, verdicts.ENGINE_ERROR, traceback.format_exc(limit=-6))
    finally:
        await driver.end(context)
    return None


async def _apart(work: Callable[[], Any]) -> None:
    """Run in a thread of its own.

    It waits for what others do on the loop, and they may need a thread of the loop's pool: if such as this filled
    the pool, all would wait for each other.
    """
    pool = ThreadPoolExecutor(1, thread_name_prefix="invigil-examples")
    try:
        await asyncio.get_running_loop().run_in_executor(pool, work)
    finally:
        pool.shutdown(wait=False)


def _absent(driver: Driver, scenario: Scenario, case: Case, verdict: str, why: str) -> Absent:
    driver.journal.event((scenario.name, case.name, ""), "absent", {"verdict": verdict, "why": why})
    return Absent(verdict, why)


class Records:
    """The records of a run, live or stored, built from journal entries when first asked for."""

    def __init__(self, entries_of: Callable[[str, str], list[AnyEntry]], scenarios: Mapping[str, Scenario]) -> None:
        self._entries_of = entries_of
        self._scenarios = scenarios
        self._built: dict[Key, Any] = {}

    def get(self, scenario: str, case: str) -> Any:
        """Return the record of a case of a scenario, or `Absent` with the reason why there is none."""
        key = (scenario, case)
        if key not in self._built:
            self._built[key] = self._build(scenario, case)
        return self._built[key]

    def _build(self, scenario: str, case: str) -> Any:
        entries = self._entries_of(scenario, case)
        if not entries:
            return Absent(verdicts.NOT_RUN, f"scenario {scenario} did not act")
        for entry in entries:
            if isinstance(entry, Event) and entry.name == "absent":
                return Absent(entry.facts["verdict"], entry.facts["why"])
        return self._scenarios[scenario].record.from_entries(entries)  # type: ignore[attr-defined]
