"""What a suite is made of: scenarios that act, checks that judge, and how both are declared and loaded."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import typing
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, TypeVar, overload

from harness.judging.nearest import nearest

Function = Callable[..., Any]
F = TypeVar("F", bound=Function)
SUBJECTS = ("pens-target", "pens-client", "cloud-v1", "results-receiver", "lti-platform", "lti-tool")


class SuiteError(Exception):
    """A suite that is declared wrongly, or one that does not exist; the message says what and where."""


@dataclass(frozen=True, slots=True)
class Case:
    """One row of a scenario over a table: its name, its values, and the requirements it stands for (all, if none)."""

    name: str
    values: Mapping[str, Any] = field(default_factory=dict)
    requirements: tuple[str, ...] = ()


ONLY = (Case(""),)


@dataclass(frozen=True, slots=True)
class Scenario:
    """One interaction: how it is acted, the record type it gives, and what it needs.

    ``needs`` names what must be there: a callback (``callback.https``), a stimulus (``stimulus.publish``), a
    capability (``auth``), ``ownership`` for hostile input. ``alone`` scenarios move time and run while no other acts;
    ``early`` ones run before any other, since what those send could hinder them.
    ``packages`` says how many packages the subject may import through it. ``threaded`` marks the synchronous
    kind, which runs Hypothesis in a worker thread.
    """

    name: str
    act: Function
    record: type
    cases: tuple[Case, ...] = ONLY
    needs: tuple[str, ...] = ()
    alone: bool = False
    packages: int = 1
    threaded: bool = False
    early: bool = False

    @property
    def sentence(self) -> str:
        """What the scenario does, from its docstring."""
        return (inspect.getdoc(self.act) or self.name).partition("\n\n")[0]


@dataclass(frozen=True, slots=True)
class Check:
    """One rule as a function of records: the requirements it stands for and what must hold before it is asked."""

    name: str
    judge: Function
    requirements: tuple[str, ...]
    needs: tuple[str, ...]
    scenarios: tuple[str, ...]
    module: str

    @property
    def sentence(self) -> str:
        """The rule in one sentence, from its docstring."""
        return (inspect.getdoc(self.judge) or self.name).partition("\n\n")[0]


@dataclass(frozen=True, slots=True)
class Suite:
    """A subject's suite: its scenarios by name and its checks in order of declaration."""

    subject: str
    scenarios: Mapping[str, Scenario]
    checks: tuple[Check, ...]

    def by_requirement(self) -> dict[str, tuple[Check, ...]]:
        """Return the checks of each requirement."""
        table: dict[str, tuple[Check, ...]] = {}
        for check in self.checks:
            for requirement in check.requirements:
                table[requirement] = (*table.get(requirement, ()), check)
        return table

    def cases(self, check: Check) -> tuple[Case, ...]:
        """Return the cases over which a check is judged; one nameless case when no scenario has a table."""
        tables = [self.scenarios[name].cases for name in check.scenarios if self.scenarios[name].cases != ONLY]
        if len(tables) > 1:
            raise SuiteError(f"{check.module}.{check.name}: at most one scenario over a table, got {len(tables)}")
        if not tables:
            return ONLY
        wanted = set(check.requirements)
        return tuple(case for case in tables[0] if not case.requirements or wanted & set(case.requirements))


@overload
def scenario(act: F) -> F: ...


@overload
def scenario(
    *,
    cases: Iterable[Case] = (),
    needs: Iterable[str] = (),
    alone: bool = False,
    packages: int = 1,
    threaded: bool = False,
    early: bool = False,
) -> Callable[[F], F]: ...


def scenario(
    act: F | None = None, *, cases: Iterable[Case] = (), needs: Iterable[str] = (), alone: bool = False,
    packages: int = 1, threaded: bool = False, early: bool = False,
) -> F | Callable[[F], F]:  # fmt: skip
    """Declare a scenario; its return annotation is the record type, its name the parameter name of checks."""

    def declare(function: F) -> F:
        options = {"cases": tuple(cases) or ONLY, "needs": tuple(needs), "alone": alone, "packages": packages}
        options |= {"threaded": threaded, "early": early}
        function.__invigil_scenario__ = options  # type: ignore[attr-defined]
        return function

    return declare(act) if act is not None else declare


def checks(*requirements: str, needs: Iterable[str] = ()) -> Callable[[F], F]:
    """Declare a check of these requirements; ``needs`` are requirements that must hold on the same record first."""

    def declare(function: F) -> F:
        function.__invigil_check__ = {"requirements": requirements, "needs": tuple(needs)}  # type: ignore[attr-defined]
        return function

    return declare


def load_suite(subject: str) -> Suite:
    """Import the suite of a subject by name and verify how it is declared.

    Raises `SuiteError` for an unknown subject (with the nearest name) and for a wrong declaration.
    """
    if subject not in SUBJECTS:
        raise SuiteError(f"unknown subject {subject!r}; {nearest(subject, SUBJECTS)}")
    name = f"suites.{subject.replace('-', '_')}"
    try:
        package = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:  # a broken import inside a suite must show
            raise
        raise SuiteError(f"{subject}: this version has no suite for it") from None
    names = sorted(info.name for info in pkgutil.iter_modules(package.__path__))
    modules = [importlib.import_module(f"{package.__name__}.{name}") for name in names]
    scenarios: dict[str, Scenario] = {}
    for name, found in (pair for module in modules for pair in _scenarios(module)):
        if name in scenarios:
            raise SuiteError(f"{found.act.__module__}.{name}: {scenarios[name].act.__module__} has one of that name")
        scenarios[name] = found
    found_checks = tuple(check for module in modules for check in _checks(module, scenarios))
    if not found_checks:
        raise SuiteError(f"{subject}: the suite holds no check")
    return Suite(subject, scenarios, found_checks)


def _scenarios(module: ModuleType) -> Iterable[tuple[str, Scenario]]:
    for name, function in vars(module).items():
        options = getattr(function, "__invigil_scenario__", None)
        if options is None or function.__module__ != module.__name__:
            continue
        record = typing.get_type_hints(function).get("return")
        if not isinstance(record, type):
            raise SuiteError(f"{module.__name__}.{name}: a scenario needs its record type as return annotation")
        yield name, Scenario(name, function, record, **options)


def _checks(module: ModuleType, scenarios: Mapping[str, Scenario]) -> Iterable[Check]:
    for name, function in vars(module).items():
        options = getattr(function, "__invigil_check__", None)
        if options is None or function.__module__ != module.__name__:
            continue
        where = f"{module.__name__}.{name}"
        if not inspect.getdoc(function):
            raise SuiteError(f"{where}: a check states its rule in a docstring")
        hints = typing.get_type_hints(function)
        parameters = tuple(inspect.signature(function).parameters)
        if not parameters:
            raise SuiteError(f"{where}: a check takes at least one record")
        for parameter in parameters:
            known = scenarios.get(parameter)
            if known is None:
                raise SuiteError(f"{where}: no scenario is called {parameter!r}; {nearest(parameter, scenarios)}")
            if hints.get(parameter) is not known.record:
                raise SuiteError(f"{where}: {parameter} must be annotated {known.record.__name__}")
        yield Check(name, function, options["requirements"], options["needs"], parameters, module.__name__)
