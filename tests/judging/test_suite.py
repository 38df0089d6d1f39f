"""A suite declares scenarios and checks, and a wrong declaration is refused with its place."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.judging.suite import ONLY, SUBJECTS, Case, Check, Scenario, Suite, SuiteError, load_suite

SCENARIOS = '''"""Scenarios."""
from harness.judging.suite import Case, scenario
class Record: ...
class Other: ...
@scenario
async def plain(context) -> Record:
    """Send a plain collect.

    More."""
@scenario(cases=[Case("a", {"x": 1}), Case("b", requirements=("DEMO-01",)), Case("c", requirements=("DEMO-02",))],
          needs=["auth"], alone=True, packages=0, threaded=True)
async def table(context, case) -> Other: ...
'''
CHECKS = '''"""Checks."""
from harness.judging.suite import checks
from suites.pens_target.scenarios import Other, Record, plain
'''
GOOD = '''
@checks("DEMO-01", "DEMO-02", needs=["DEMO-03"])
def test_rule(plain: Record, table: Other) -> None:
    """The rule holds.

    More."""
@checks("DEMO-03")
def test_other(plain: Record) -> None:
    """The other rule holds."""
'''


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Put a suite of our own in the place of the real one."""
    package = tmp_path / "suites" / "pens_target"
    package.mkdir(parents=True)
    for init in (tmp_path / "suites" / "__init__.py", package / "__init__.py"):
        init.write_text('"""A suite."""\n')
    (package / "scenarios.py").write_text(SCENARIOS)
    mine = {name: module for name, module in sys.modules.items() if name.partition(".")[0] == "suites"}
    for name in mine:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(tmp_path)
    yield package
    for name in [name for name in sys.modules if name.partition(".")[0] == "suites"]:
        del sys.modules[name]
    sys.modules.update(mine)


def load(folder: Path, checks: str) -> Suite:
    (folder / "test_demo.py").write_text(CHECKS + checks)
    return load_suite("pens-target")


def test_scenarios_and_checks_are_found_with_what_they_declare(folder: Path) -> None:
    suite = load(folder, GOOD)
    assert (suite.subject, list(suite.scenarios)) == ("pens-target", ["plain", "table"])
    plain, table = suite.scenarios["plain"], suite.scenarios["table"]
    assert (plain.cases, plain.needs, plain.alone, plain.packages, plain.threaded) == (ONLY, (), False, 1, False)
    assert (table.needs, table.alone, table.packages, table.threaded) == (("auth",), True, 0, True)
    assert (plain.record.__name__, table.record.__name__) == ("Record", "Other")
    assert (plain.sentence, table.sentence) == ("Send a plain collect.", "table")
    rule, other = suite.checks
    assert (rule.name, rule.requirements, rule.needs, rule.scenarios) == (
        "test_rule", ("DEMO-01", "DEMO-02"), ("DEMO-03",), ("plain", "table"),
    )  # fmt: skip
    assert (rule.sentence, rule.module) == ("The rule holds.", "suites.pens_target.test_demo")
    assert suite.by_requirement() == {"DEMO-01": (rule,), "DEMO-02": (rule,), "DEMO-03": (other,)}
    assert [case.name for case in suite.cases(rule)] == ["a", "b", "c"]
    assert suite.cases(other) == ONLY


@pytest.mark.parametrize(
    ("checks", "error"),
    [
        ("", "pens-target: the suite holds no check"),
        (
            "@checks('D-1')\ndef test_x(plain: Record): ...\n",
            r"test_demo.test_x: a check states its rule in a docstring",
        ),
        ("@checks('D-1')\ndef test_x():\n    'Rule.'\n", r"test_x: a check takes at least one record"),
        (
            "@checks('D-1')\ndef test_x(plaid: Record):\n    'Rule.'\n",
            r"no scenario is called 'plaid'; did you mean 'plain'\?",
        ),
        ("@checks('D-1')\ndef test_x(plain: Other):\n    'Rule.'\n", r"test_x: plain must be annotated Record"),
        ("@checks('D-1')\ndef test_x(plain):\n    'Rule.'\n", r"test_x: plain must be annotated Record"),
    ],
)
def test_a_check_that_is_declared_wrongly_is_refused_with_its_place(folder: Path, checks: str, error: str) -> None:
    with pytest.raises(SuiteError, match=error):
        load(folder, checks)


def test_a_scenario_without_record_type_is_refused(folder: Path) -> None:
    (folder / "scenarios.py").write_text(
        SCENARIOS.replace("async def plain(context) -> Record", "async def plain(context)")
    )
    with pytest.raises(SuiteError, match=r"scenarios.plain: a scenario needs its record type as return annotation"):
        load(folder, GOOD)


def test_an_unknown_subject_is_refused_with_the_nearest() -> None:
    assert SUBJECTS[:4] == ("pens-target", "pens-client", "cloud-v1", "results-receiver")
    assert SUBJECTS[4:] == ("lti-platform", "lti-tool")
    with pytest.raises(SuiteError, match=r"unknown subject 'pens-targe'; did you mean 'pens-target'\?"):
        load_suite("pens-targe")


def test_the_cases_of_a_check_are_those_that_stand_for_its_requirements() -> None:
    cases = (Case("all"), Case("one", requirements=("D-1",)), Case("two", requirements=("D-2",)))
    table = Scenario("table", print, object, cases)
    check = Check("test_x", print, ("D-1",), (), ("table",), "m")
    suite = Suite("pens-target", {"table": table, "more": Scenario("more", print, object, cases)}, (check,))
    assert [case.name for case in suite.cases(check)] == ["all", "one"]
    both = Check("test_y", print, ("D-1",), (), ("table", "more"), "m")
    with pytest.raises(SuiteError, match=r"m.test_y: at most one scenario over a table, got 2"):
        suite.cases(both)
