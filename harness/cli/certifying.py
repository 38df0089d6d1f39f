"""One certification from plan to report: preflight, smoke, the checks collected in process, every output."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import ssl
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

import harness.judging
from harness.cli.plan import OVER, Plan, address, plan
from harness.judging import verdicts
from harness.judging.acting import Progress
from harness.judging.items import SuitePlugin
from harness.judging.rows import Row
from harness.judging.run import Options, Run
from harness.net.loop import Loop
from harness.net.patience import Patience
from harness.net.reach import reach
from harness.net.tls import TlsMaterial
from harness.reports.model import build
from harness.reports.write import ReportFolderError, write_all
from harness.subjects.driver import TargetUnreachable

INI = Path(harness.judging.__file__).with_name("certify.ini")
OUTSIDE = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS")
SILENT = (
    "warnings",
    "unraisableexception",
    "threadexception",
    "cacheprovider",
    "terminal",
    "faulthandler",
    "logging",
    "junitxml",
    "pastebin",
    "stepwise",
    "debugging",
)


@dataclass(frozen=True, slots=True)
class Certified:
    """What a certification left: the report as data, its files, and what pytest's items gave."""

    report: dict[str, Any]
    files: dict[str, Path]
    plugin: SuitePlugin
    rows: tuple[Row, ...]

    @property
    def exit_code(self) -> int:
        """The exit code of the run."""
        code: int = self.report["exit_code"]
        return code


class Certification:
    """One run, prepared: `plan` says what it would do, `carry_out` does it. Use as a context manager."""

    def __init__(self, options: Options) -> None:
        self._loop = Loop()
        try:
            probe = Run.prepare(replace(options, folder=None), self._loop)
        except BaseException:
            self._loop.close()
            raise
        self.probe = probe
        self.options = replace(options, seed=probe.seed)
        self.plan: Plan = plan(probe)

    def __enter__(self) -> Certification:
        return self

    def __exit__(self, *problem: object) -> None:
        self._loop.close()

    def carry_out(self, folder: Path, progress: Progress | None = None, tls: TlsMaterial | None = None) -> Certified:
        """Act, judge and write everything into a folder.

        Raises TargetUnreachable before anybody is accused, ReportFolderError before anything is sent. An
        interrupted run is judged as far as it came and marked incomplete.
        """
        _prepare_folder(folder)
        self._preflight()
        run = Run.prepare(replace(self.options, folder=folder), self._loop)
        plugin = SuitePlugin(run, self.plan.scenarios, progress)
        interrupted = False
        try:
            _keep_examples(run, folder)
            run.begin(tls)
            for scenario, case in self.plan.dropped:
                facts = {"verdict": verdicts.UNTESTABLE, "why": OVER}
                run.journal.event((scenario.name, case.name, ""), "absent", facts)
            interrupted = _collect(run, plugin, folder) == pytest.ExitCode.INTERRUPTED
        except KeyboardInterrupt:
            interrupted = True
        except BaseException:
            run.close(complete=False)
            raise
        if interrupted:
            self._loop.cancel()
        run.close(complete=not interrupted)
        if plugin.broke is not None and not interrupted:
            raise plugin.broke
        judging = plugin.benches[self.options.subject].judging or run.judging()
        rows = judging.rows(self.options.only or None)
        problems = _problems(rows)
        facts = run.facts() | {"ended": run.ended.isoformat()}
        report = build(
            facts, rows, run.journal.entries, run.suite, run.profile,
            interrupted=interrupted, strict=self.options.strict, problems=problems,
        )  # fmt: skip
        return Certified(report, write_all(report, folder), plugin, tuple(rows))

    def _preflight(self) -> None:
        """Resolve, connect and shake hands; nothing that changes the target is sent."""
        url = address(self.probe)
        if not url or self.options.subject == "pens-client":
            return
        trust = ssl.create_default_context()
        file = self.options.config.get("target", "ca-file")
        if file:
            with contextlib.suppress(OSError, ssl.SSLError):  # opening the driver says what is wrong with it
                trust.load_verify_locations(file)
        patience = self.options.patience or Patience()
        problem = self._loop.run(reach(url, trust, patience.answer))
        if problem:
            raise TargetUnreachable(f"target {self.plan.target}: {problem}")


def _prepare_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise ReportFolderError(
            f"report folder {folder}: cannot be written ({(error.strerror or str(error)).lower()}); "
            "choose another with --report DIR"
        ) from None


def _keep_examples(run: Run, folder: Path) -> None:
    """Let properties keep their examples in the run's folder."""
    if not any(scenario.threaded for scenario in run.wanted_scenarios()):
        return
    from hypothesis.configuration import set_hypothesis_home_dir

    set_hypothesis_home_dir(folder / "hypothesis")


def _collect(run: Run, plugin: SuitePlugin, folder: Path) -> int:
    """Run pytest's collection of the suite in process; its surroundings cannot bend it."""
    spec = importlib.util.find_spec(f"suites.{run.options.subject.replace('-', '_')}")
    assert spec is not None
    assert spec.origin is not None
    with tempfile.TemporaryDirectory(prefix="invigil-") as root, _apart():
        arguments = [
            "-c",
            str(INI),
            f"--rootdir={root}",
            "--import-mode=importlib",
            "--noconftest",
            "--capture=no",
        ]
        arguments += [word for name in SILENT for word in ("-p", f"no:{name}")]
        arguments += [
            "-p",
            "allure_pytest.plugin",
            f"--alluredir={(folder / 'allure').resolve()}",
            "--clean-alluredir",
        ]
        return int(pytest.main([*arguments, str(Path(spec.origin).parent)], plugins=[plugin]))


@contextlib.contextmanager
def _apart() -> Iterator[None]:
    """Take away what would reach pytest from outside, and give it back."""
    kept = {name: os.environ.get(name) for name in (*OUTSIDE, "PYTEST_DISABLE_PLUGIN_AUTOLOAD")}
    for name in OUTSIDE:
        os.environ.pop(name, None)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    try:
        yield
    finally:
        for name, value in kept.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _problems(rows: Iterable[Row]) -> list[str]:
    """Say what the configuration lacks, and which requirements could not be tested for it."""
    lacking: dict[str, list[str]] = {}
    for row in rows:
        for judgement in row.judgements:
            if judgement.verdict == verdicts.UNTESTABLE and judgement.outcome.why.startswith("not configured: "):
                lacking.setdefault(judgement.outcome.why, []).append(row.requirement.id)
    return [
        f"{why}; untestable without it: {', '.join(dict.fromkeys(names))}" for why, names in sorted(lacking.items())
    ]
