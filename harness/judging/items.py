"""Checks as pytest items: scenarios act once before the first, then each judges one check on one case."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NoReturn

import pytest

from harness.evidence.journal import JournalError, read_journal
from harness.judging import verdicts
from harness.judging.acting import Progress
from harness.judging.bench import Bench
from harness.judging.catalogue import CatalogueError, UnknownRequirementError
from harness.judging.choosing import Typed, choose
from harness.judging.plugin import ONE_PROCESS
from harness.judging.profiles import ProfileError
from harness.judging.rows import Judgement
from harness.judging.run import Run, rejudging
from harness.judging.suite import ONLY, Case, Check, Scenario, SuiteError, load_suite
from harness.net.loop import Loop
from harness.subjects.config import ConfigError
from harness.subjects.driver import TargetUnreachable
from harness.subjects.targets import TargetError

MISUSE = (
    CatalogueError,
    ConfigError,
    JournalError,
    ProfileError,
    SuiteError,
    TargetError,
    UnknownRequirementError,
)
SKIPPED = (verdicts.INAPPLICABLE, verdicts.UNTESTABLE, verdicts.ATTESTED, verdicts.NOT_RUN)
BROKEN = (verdicts.CONFIG_ERROR, verdicts.ENGINE_ERROR)
CHECK = pytest.StashKey[Check]()
CASE = pytest.StashKey[Case]()
SUBJECT = pytest.StashKey[str]()


class CheckBroke(Exception):
    """A check could not judge because of us or of the configuration, not because of the subject."""


class SuitePlugin:
    """Judges the checks of suites as items.

    A prepared ``run`` that has begun may be given; the scenarios to be acted are then ``scenarios``, and
    the caller closes it. Otherwise runs are made from the options of pytest. ``judged`` tells afterwards
    what each item gave.
    """

    def __init__(
        self,
        run: Run | None = None,
        scenarios: Sequence[Scenario] | None = None,
        progress: Progress | None = None,
    ) -> None:
        self.benches: dict[str, Bench] = {}
        self.judged: dict[tuple[str, str], list[Judgement]] = {}
        self.broke: BaseException | None = None
        self._prepared = run
        self._progress = progress
        self._loop: Loop | None = None
        self._names: set[str] = set()
        self._allure = False
        if run:
            self.benches[run.options.subject] = Bench(run.suite, run, scenarios=scenarios)

    def pytest_configure(self, config: pytest.Config) -> None:
        """Make the scenarios of a prepared run known."""
        for subject in self.benches:
            self.know(subject, config)

    def know(self, subject: str, config: pytest.Config) -> None:
        """Load the suite of a subject and make every scenario a fixture of its name."""
        if subject not in self.benches:
            try:
                self.benches[subject] = Bench(load_suite(subject))
            except SuiteError as error:
                raise pytest.UsageError(str(error)) from None
        fresh = [name for name in self.benches[subject].suite.scenarios if name not in self._names]
        if fresh:
            self._names.update(fresh)
            members = {name: _fixture(self, name) for name in fresh}
            config.pluginmanager.register(type("Scenarios", (), members)(), f"invigil-scenarios-{subject}")

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Judge a check on a table once per case."""
        found = self._check(metafunc.function)
        if not found:
            return
        suite, check = self.benches[found[0]].suite, found[1]
        cases = suite.cases(check)
        if cases == ONLY:
            return
        name = next(name for name in check.scenarios if suite.scenarios[name].cases != ONLY)
        metafunc.parametrize(name, cases, indirect=True, ids=[case.name for case in cases])

    def _check(self, function: Any) -> tuple[str, Check] | None:
        name = f"{getattr(function, '__module__', '')}.{getattr(function, '__name__', '')}"
        return next(((s, bench.checks[name]) for s, bench in self.benches.items() if name in bench.checks), None)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Bind items to checks; refuse what cannot be run."""
        self._allure = bool(config.getoption("allure_report_dir", None))
        mine = [item for item in items if self._bind(item)]
        wanted = self._wanted()
        dropped = [item for item in mine if wanted is not None and item.stash[CHECK].name not in wanted]
        if dropped:
            items[:] = [item for item in items if item not in dropped]
            config.hook.pytest_deselected(items=dropped)
        if not mine or config.option.collectonly:
            return
        if hasattr(config, "workerinput"):
            raise pytest.UsageError(ONE_PROCESS)
        if self._prepared is None:
            self._prepare(config, dict.fromkeys(item.stash[SUBJECT] for item in mine))

    def _wanted(self) -> set[str] | None:
        return {check.name for check in self._prepared.wanted_checks()} if self._prepared else None

    def _bind(self, item: pytest.Item) -> bool:
        found = self._check(getattr(item, "function", None))
        if not found:
            return False
        params = item.callspec.params if hasattr(item, "callspec") else {}
        subject, check = found
        item.stash[SUBJECT], item.stash[CHECK] = subject, check
        item.stash[CASE] = next((params[name] for name in check.scenarios if name in params), ONLY[0])
        if self._allure:
            for name, value in self.benches[subject].labels(check):
                item.add_marker(pytest.mark.allure_label(value, label_type=name))
        return True

    def _prepare(self, config: pytest.Config, subjects: Iterable[str]) -> None:
        option = config.option
        if option.rejudge:
            self._rejudge(Path(option.rejudge), list(subjects))
            return
        if not option.target and not option.config:
            raise pytest.UsageError("--target is missing: name the system that this suite judges, e.g. --target mock")
        typed = Typed(
            option.target,
            option.config,
            option.profile,
            option.seed,
            option.jobs,
            option.budget,
            option.patience,
            owned=option.i_own_this_target,
            stimuli=tuple(option.stimulus),
            settings=tuple(option.setting),
        )
        self._loop = Loop()
        try:
            for subject in subjects:
                run = Run.prepare(choose(subject, typed), self._loop)
                if not option.yes and subject != "pens-client" and not run.is_here:
                    raise pytest.UsageError(
                        f"{run.journal.redactor.text(run.spec.text)} is another host: see what would be sent with "
                        f"`invigil certify {subject} --plan`, then add --yes"
                    )
                self.benches[subject].run = run
        except MISUSE as error:
            raise pytest.UsageError(str(error)) from None

    def _rejudge(self, folder: Path, subjects: Sequence[str]) -> None:
        try:
            stored = read_journal(folder / "journal.ndjson")
            subject = stored.header["subject"]
            if subjects != [subject]:
                raise pytest.UsageError(f"{folder} is a run of {subject}, not of {', '.join(subjects)}")
            self.benches[subject].judging, self.benches[subject].stored = rejudging(stored), stored
        except MISUSE as error:
            raise pytest.UsageError(str(error)) from None

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        """Act all scenarios that the selected items need, once and concurrently."""
        for subject, bench in self.benches.items():
            chosen = [item.stash[CHECK] for item in session.items if item.stash.get(SUBJECT, "") == subject]
            if bench.run is None or not chosen or session.config.option.collectonly:
                continue
            if self._prepared is None:
                self._begin(bench.run)
            scenarios = bench.run.wanted_scenarios(chosen) if bench.scenarios is None else bench.scenarios
            bench.run.act(scenarios, self._progress)
            bench.judging = bench.run.judging()

    def _begin(self, run: Run) -> None:
        try:
            run.begin()
        except TargetUnreachable as error:
            pytest.exit(f"{error}; nothing was judged", returncode=verdicts.EXIT_UNREACHABLE)
        except MISUSE as error:
            raise pytest.UsageError(str(error)) from None
        except Exception as error:
            # Mocks are loaded by name, so their own errors (an unknown fault) are known here by name only.
            if type(error).__name__ not in ("UnknownFault", "FaultConflict"):
                raise
            raise pytest.UsageError(str(error)) from None

    def pytest_unconfigure(self) -> None:
        """Close what this plugin has opened."""
        if self._loop:
            for bench in self.benches.values():
                if bench.run:
                    bench.run.close()
            self._loop.close()
            self._loop = None

    def pytest_internalerror(self, excinfo: pytest.ExceptionInfo[BaseException]) -> bool | None:
        """Keep what ended the session, for the caller who gave a prepared run."""
        self.broke = excinfo.value
        return True if self._prepared else None

    def record(self, name: str, request: pytest.FixtureRequest) -> Any:
        """Return the record of a scenario for the item that asks."""
        bench = self.benches[request.node.stash[SUBJECT]]
        assert bench.judging is not None
        case = request.param if hasattr(request, "param") else bench.suite.scenarios[name].cases[0]
        return bench.judging.records.get(name, case.name)

    def _of(self, item: pytest.Item) -> list[Judgement]:
        check, case = item.stash[CHECK], item.stash[CASE]
        if (check.name, case.name) not in self.judged:
            judging = self.benches[item.stash[SUBJECT]].judging
            assert judging is not None
            self.judged[check.name, case.name] = judging.on_case(check, case)
        return self.judged[check.name, case.name]

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """End an item here when the error is ours or the configuration's."""
        if CHECK not in item.stash:
            return
        broken = [judgement for judgement in self._of(item) if judgement.verdict in BROKEN]
        if broken:
            self._attach(item)
            raise CheckBroke(f"{broken[0].verdict}: {broken[0].outcome.why}")

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool | None:
        """Judge instead of calling the function; verdicts become outcomes of pytest."""
        if CHECK not in pyfuncitem.stash:
            return None
        found = self._of(pyfuncitem)
        worst = verdicts.worst(judgement.verdict for judgement in found)
        judgement = next(judgement for judgement in found if judgement.verdict == worst)
        self._attach(pyfuncitem)
        if worst == verdicts.FAIL:
            bench = self.benches[pyfuncitem.stash[SUBJECT]]
            told = bench.told(judgement, pyfuncitem.stash[CHECK], pyfuncitem.stash[CASE])
            pytest.fail(told, pytrace=False)
        if worst == verdicts.WAIVED:
            pytest.xfail(judgement.outcome.why)
        if worst in SKIPPED:
            _skip(f"{worst}: {judgement.outcome.why}")
        return True

    def _attach(self, item: pytest.Item) -> None:
        if self._allure:
            self.benches[item.stash[SUBJECT]].attach(item.stash[CHECK], item.stash[CASE])

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """List what passed with a warning or a note."""
        said = [
            (judgement, observed)
            for found in self.judged.values()
            for judgement in found
            if judgement.verdict in (verdicts.WARN, verdicts.NOTE)
            for observed in (*filter(None, [judgement.outcome.finding]), *judgement.outcome.remarks)
        ]
        if said:
            terminalreporter.section("warnings and notes of the suite")
        for judgement, observed in said:
            case = f"[{judgement.case}]" if judgement.case else ""
            terminalreporter.line(
                f"{judgement.verdict} {judgement.requirement} {judgement.check}{case}: {observed.reason}, "
                f"got {observed.got} at {observed.at}"
            )


def _fixture(plugin: SuitePlugin, name: str) -> Any:
    """Return a fixture that gives the record of a scenario; the judge keeps records, so it costs nothing."""

    def give(self: object, request: pytest.FixtureRequest) -> Any:
        return plugin.record(name, request)

    give.__doc__ = f"Give the record of the scenario {name}."
    return pytest.fixture(name=name)(give)


def _skip(reason: str) -> NoReturn:
    raise pytest.skip.Exception(reason)  # noqa: TID251 - here a verdict becomes pytest's word for it
