"""The pytest plugin: collects checks as tests; a run without suites pays nothing for it (see `items`)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from harness.judging.items import SuitePlugin

NAME = "invigil-suites"
ONE_PROCESS = "a suite acts on one system from one process: leave -n (xdist) to tests/ and use --jobs here"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare what `invigil certify` has too, and ``--rejudge``."""
    group = parser.getgroup("invigil", "conformance suites")
    group.addoption("--target", metavar="T", help="mock, mock:PROFILE[+FAULT], an http(s) URL or external")
    group.addoption("--config", metavar="FILE", help="TOML file that tells about a real system")
    group.addoption("--profile", metavar="P", help="profile under which findings are weighed")
    group.addoption("--seed", type=int, metavar="N", help="seed of order and content")
    group.addoption("--jobs", type=int, metavar="N", help="how many scenarios act at a time")
    group.addoption("--budget", default="quick", metavar="quick|full", help="how many examples properties try")
    group.addoption("--patience", type=float, metavar="S", help="seconds to wait for an answer")
    group.addoption("--i-own-this-target", action="store_true", help="allow hostile input")
    group.addoption("--yes", action="store_true", help="allow a target on another host")
    group.addoption("--stimulus", action="append", default=[], metavar="NAME=KIND:VALUE", help="how to move a subject")
    group.addoption("--setting", action="append", default=[], metavar="NAME=VALUE", help="change a profile's setting")
    group.addoption("--rejudge", metavar="RUN", help="judge the records of a stored run instead of acting")


def suites_folder() -> Path | None:
    """Return the folder of the suites, without importing one."""
    from importlib.util import find_spec

    spec = find_spec("suites")
    return Path(spec.origin).parent if spec and spec.origin else None


def subject_of(path: Path) -> str | None:
    """Return the subject that a module of checks belongs to; None for any other file."""
    if path.parent.parent.name != "suites" or path.parent.parent != suites_folder():
        return None
    return path.parent.name.replace("_", "-")


def pytest_configure(config: pytest.Config) -> None:
    """Refuse xdist for suites where it is asked for, before workers start."""
    if not getattr(config.option, "numprocesses", None) and not hasattr(config, "workerinput"):
        return
    folder = suites_folder()
    for argument in config.args:
        path = (config.invocation_params.dir / argument.partition("::")[0]).resolve()
        if folder and (path == folder or folder in path.parents):
            raise pytest.UsageError(ONE_PROCESS)


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> None:
    """Make the scenarios of a suite known as fixtures when its first module is met."""
    subject = subject_of(module_path)
    if subject is not None:
        suites_plugin(parent.config).know(subject, parent.config)


def suites_plugin(config: pytest.Config) -> SuitePlugin:
    """Return the plugin that judges suites; register it when it is first needed."""
    found: SuitePlugin | None = config.pluginmanager.get_plugin(NAME)
    if found is None:
        from harness.judging.items import SuitePlugin

        found = SuitePlugin()
        config.pluginmanager.register(found, NAME)
    return found
