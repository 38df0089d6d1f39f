"""The repository keeps its own standards: lint, types, import contract, size, documented dependencies."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
OURS = ("benchmarks", "examples", "fixtures", "harness", "mocks", "schemas", "suites", "tests")
SHIPPED = {"examples", "fixtures", "harness", "invigil_pytest", "mocks", "schemas", "suites"}
MOST_LINES = 500


def modules() -> Iterator[Path]:
    yield from sorted(ROOT.glob("*.py"))
    for name in OURS:
        yield from sorted((ROOT / name).rglob("*.py"))


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def dependencies() -> set[str]:
    table = project()["project"]
    declared = list(table["dependencies"])
    for extra in table["optional-dependencies"].values():
        declared += extra
    declared += project()["build-system"]["requires"]
    return {re.split(r"[^A-Za-z0-9_.-]", requirement, maxsplit=1)[0].lower() for requirement in declared}


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "command",
    [
        pytest.param(["ruff", "check", "--no-cache", "."], id="ruff-check"),
        pytest.param(["ruff", "format", "--no-cache", "--check", "."], id="ruff-format"),
        pytest.param(["mypy"], id="mypy"),
        pytest.param(["lint-imports", "--no-logo", "--no-cache"], id="import-contract"),
    ],
)
def test_lint_types_and_import_contract_hold(command: list[str]) -> None:
    done = subprocess.run([BIN / command[0], *command[1:]], cwd=ROOT, capture_output=True, text=True, timeout=590)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_module_is_over_500_lines() -> None:
    counted = {path.relative_to(ROOT): len(path.read_text("utf-8").splitlines()) for path in modules()}
    assert counted, "no module was found"
    assert {path: lines for path, lines in counted.items() if lines > MOST_LINES} == {}


def test_no_package_of_tests_shadows_another() -> None:
    assert sorted((ROOT / "tests").rglob("__init__.py")) == []


def test_each_dependency_has_one_line_that_says_why() -> None:
    text = (ROOT / "docs" / "dependencies.md").read_text("utf-8")
    rows = [row.lower() for row in re.findall(r"^\| `([^`]+)` \|", text, flags=re.MULTILINE)]
    assert sorted(rows) == sorted(dependencies())


def test_each_dependency_is_pinned_once_and_without_an_address() -> None:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert [line for line in pins if not re.fullmatch(r"[A-Za-z0-9_.-]+==[A-Za-z0-9_.+!-]+", line)] == []
    names = [re.sub(r"[-_.]+", "-", pin.split("==")[0]).lower() for pin in pins]
    assert len(names) == len(set(names))
    assert dependencies() - set(names) == set()


def test_the_pytest_entry_point_imports_nothing_of_ours() -> None:
    assert SHIPPED.isdisjoint(_imported(ROOT / "invigil_pytest.py"))


def test_suites_and_mocks_are_never_named_in_an_import_of_the_harness() -> None:
    composers = (ROOT / "harness" / "cli", ROOT / "harness" / "proving")
    for path in (ROOT / "harness").rglob("*.py"):
        imported = _imported(path)
        assert "suites" not in imported, path
        if not path.is_relative_to(composers[0]) and not path.is_relative_to(composers[1]):
            assert "mocks" not in imported, path


def test_help_is_quick_since_it_imports_none_of_the_heavy_libraries() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "harness.cli", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    names = (line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:"))
    imported = {name.partition(".")[0] for name in names}
    assert "harness" in imported
    assert imported & {"aiohttp", "lxml", "hypothesis", "faker"} == set()


def _imported(path: Path) -> set[str]:
    """Top-level names that a module imports, inside functions too."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module.partition(".")[0])
    return names
