"""Running a property: examples by Hypothesis, each acted and judged like any record, a counterexample shrunk and kept.

A property is a scenario of the threaded kind: Hypothesis is synchronous, the subject is moved on the loop. The rule
by which an example is judged here is the very function that the check calls on the record, so that a stored run is
judged again from its journal alone.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import tempfile
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis import seed as seeded
from hypothesis.configuration import set_hypothesis_home_dir
from hypothesis.errors import Flaky
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants
from hypothesis.stateful import run_state_machine_as_test
from hypothesis.strategies import SearchStrategy

from harness.evidence.journal import Journal
from harness.judging.expect import Finding, Observations, Observed, Untestable, collecting, finished

T = TypeVar("T")
KEPT = 20
NO_CONSTANTS = Constants()
SLOW = 20


class Tried(Protocol):
    """What one example came to; `Collected` of PENS, `Story` of the V1 API."""

    @property
    def understood(self) -> bool:
        """Whether anything can follow: the subject took up what was sent first."""

    @property
    def silent(self) -> bool:
        """Whether the subject let us wait until patience was over."""


R = TypeVar("R", bound=Tried)
E_co = TypeVar("E_co", covariant=True)
Rule = Callable[[R], None]
Acting = Callable[[T, str], Awaitable[R]]
Ahead = Callable[[], Coroutine[Any, Any, object]]


class Searching(Protocol):
    """What a search needs of a driver: where it writes, and how much it may cost (a key of `BUDGETS`)."""

    @property
    def journal(self) -> Journal:
        """The journal of the run."""

    @property
    def budget(self) -> str:
        """The name of the budget."""


class Moved(Protocol[E_co]):
    """The context in which a property is tried; ``examples`` gives the record type of its subject."""

    @property
    def driver(self) -> Searching:
        """The driver."""

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop on which it acts."""

    def where(self, step: str = "") -> tuple[str, str, str]:
        """Return where entries of a step are kept."""

    def note(self, name: str, step: str = "", **facts: Any) -> None:
        """Keep an event."""

    def examples(self) -> E_co:
        """Return the record of all that was tried."""


@dataclass(frozen=True, slots=True)
class Budget:
    """How much a property may cost: examples, and how many more may be tried in order to shrink a counterexample."""

    examples: int
    shrinks: int


BUDGETS: Mapping[str, Budget] = {"proof": Budget(6, 8), "quick": Budget(25, 40), "full": Budget(200, 400)}
MACHINES: Mapping[str, Budget] = {"proof": Budget(3, 4), "quick": Budget(6, 12), "full": Budget(50, 50)}


class Falsified(AssertionError):
    """Tells Hypothesis that an example breaks the rule."""


class Stopped(BaseException):
    """Ends a search from inside: nothing to shrink, budget spent, or something broke (``problem``).

    No Exception, so that Hypothesis lets it pass.
    """

    def __init__(self, problem: BaseException | None = None) -> None:
        super().__init__(problem)
        self.problem = problem


def why_not(rule: Rule[R], record: R) -> Observed | None:
    """Return what contradicts the rule in a record, or None when it holds or a prerequisite of it does not."""
    observations = Observations()
    token = collecting(observations)
    try:
        rule(record)
    except Finding as finding:
        return finding.observed
    except Untestable:
        return None
    finally:
        finished(token)
    return None


@dataclass(slots=True)
class Search(Generic[R, E_co]):
    """One search for a counterexample: acts examples, keeps what is worth keeping, knows when it is enough."""

    target: Moved[E_co]
    rule: Rule[R]
    budget: Budget
    tried: int = 0
    steps: int = 0
    reason: str = ""
    falsified: str = ""
    left: int = field(init=False)
    _withheld: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.left = self.budget.shrinks

    def on_loop(self, work: Coroutine[Any, Any, T]) -> T:
        """Let the loop do some work and wait for it; a run that is being ended ends the search too."""
        if self.target.loop.is_closed():
            work.close()
            raise Stopped
        try:
            return asyncio.run_coroutine_threadsafe(work, self.target.loop).result()
        except concurrent.futures.CancelledError:
            raise Stopped from None
        except Exception as problem:
            raise Stopped(problem) from problem

    async def begin(self, example: Mapping[str, Any]) -> str:
        """Begin a step and say what it tries; return its name. Beyond the first steps only failing ones are kept."""
        self.steps += 1
        step = f"x{self.steps}"
        if self.steps > KEPT:
            self.target.driver.journal.withhold(self.target.where(step))
            self._withheld.add(step)
        self.target.note("example", step, **example)
        return step

    async def settle(self, steps: Mapping[str, bool]) -> None:
        """Keep or drop steps that were withheld."""
        for step, keep in steps.items():
            if step in self._withheld:
                self._withheld.discard(step)
                self.target.driver.journal.settle(self.target.where(step), keep=keep)

    def give_up(self, record: R) -> None:
        """End the search when the very first of all is not understood: nothing can follow then."""
        if not self.tried and not record.understood:
            raise Stopped

    def conclude(self, records: Mapping[str, R]) -> None:
        """Judge one try; raises `Falsified` for a counterexample, `Stopped` when there is no more to be learnt.

        While a counterexample is shrunk only the same reason counts. The first try is the plainest there is:
        when it fails, there is nothing to shrink.
        """
        self.tried += 1
        found = {step: observed for step, record in records.items() if (observed := why_not(self.rule, record))}
        failing = next((step for step in found if self.reason in ("", found[step].reason)), "")
        shrinking = bool(self.reason)
        self.on_loop(self.settle({step: bool(failing) for step in records}))
        if failing:
            self.reason, self.falsified = found[failing].reason, failing
        if failing and self.tried == 1:
            raise Stopped
        if shrinking or failing:
            self.left -= SLOW if any(record.silent for record in records.values()) else 1
            if self.left <= 0:
                raise Stopped
        if failing:
            raise Falsified(self.reason)

    def finish(self) -> E_co:
        """Say which step is the counterexample and return the record."""
        self.on_loop(self._finish())
        return self.target.examples()

    async def _finish(self) -> None:
        await self.settle(dict.fromkeys(tuple(self._withheld), False))
        self.target.note("tried", tries=self.tried, kept=min(self.steps, KEPT))
        if self.falsified:
            self.target.note("falsified", self.falsified, reason=self.reason)


def examine(
    target: Moved[E_co], strategy: SearchStrategy[T], act: Acting[T, R], rule: Rule[R], seed: int,
    *, describe: Callable[[T], Mapping[str, Any]] | None = None, budget: Budget | None = None,
    ahead: Ahead | None = None,
) -> E_co:  # fmt: skip
    """Try ``rule`` on examples of ``strategy``; ``act`` moves the target with one, on the loop, under a step's name.

    ``describe`` gives the facts that the journal keeps of an example; without it they are its text. ``ahead`` makes,
    on the loop and before all examples, what they need and the controls of the rule.
    """
    search = Search(target, rule, budget or BUDGETS[target.driver.budget])

    async def perform(example: T) -> tuple[str, R]:
        step = await search.begin(describe(example) if describe else {"example": repr(example)[:1000]})
        return step, await act(example, step)

    @settings(_settings(search.budget))
    @seeded(seed)
    @given(strategy)
    def property_holds(example: T) -> None:
        step, record = search.on_loop(perform(example))
        search.conclude({step: record})

    return _searched(search, property_holds, ahead)


def explore(
    target: Moved[E_co],
    machine: Callable[[Search[R, E_co]], Any],
    rule: Rule[R],
    seed: int,
    *,
    budget: Budget | None = None,
    steps: int = 6,
    ahead: Ahead | None = None,
) -> E_co:
    """Try ``rule`` on what state machines bring about; ``machine`` makes their factory for a search.

    ``ahead`` is as in `examine`. A machine ends by handing its records to `Search.conclude`.
    """
    search = Search(target, rule, budget or MACHINES[target.driver.budget])
    factory = seeded(seed)(machine(search))
    chosen = _settings(search.budget, stateful_step_count=steps)
    return _searched(search, lambda: run_state_machine_as_test(factory, settings=chosen), ahead)


def _searched(search: Search[R, E_co], run: Callable[[], None], ahead: Ahead | None) -> E_co:
    try:
        if ahead:
            search.on_loop(ahead())
        run()
    except (Falsified, Flaky):
        pass  # Whatever was seen stands in the record; a subject that wavers is judged by what it did.
    except Stopped as stopped:
        if stopped.problem:
            raise stopped.problem from None
    return search.finish()


def draw_alike() -> None:
    """Let examples follow from the seed alone.

    Hypothesis also draws constants from the source of whatever modules are loaded, so that the same seed would give
    other examples in another process.
    """
    if hasattr(providers.HypothesisProvider, "_local_constants"):
        setattr(providers.HypothesisProvider, "_local_constants", NO_CONSTANTS)  # noqa: B010


def _settings(budget: Budget, **more: Any) -> settings:
    draw_alike()
    # Hypothesis keeps tables beside its examples; they belong neither to the run nor to the current folder.
    set_hypothesis_home_dir(Path(tempfile.gettempdir()) / "invigil-hypothesis")
    return settings(
        max_examples=budget.examples, deadline=None, database=None, derandomize=False, print_blob=False,
        phases=(Phase.generate, Phase.shrink), suppress_health_check=list(HealthCheck), verbosity=Verbosity.quiet,
        report_multiple_bugs=False, **more,
    )  # fmt: skip
