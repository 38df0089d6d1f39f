"""The wheel holds what it says and gives the same verdicts wherever it is run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("examples", "fixtures", "harness", "mocks", "schemas", "suites")
FILES = ("LICENSE", "README.md", "invigil_pytest.py", "pyproject.toml")
VERDICT_EXITS = {0, 1, 4, 5}

pytestmark = [pytest.mark.timeout(600), pytest.mark.xdist_group("wheel")]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built without network and without touching the checkout."""
    source = tmp_path_factory.mktemp("source")
    leave_out = shutil.ignore_patterns("__pycache__")
    for name in PACKAGES:
        shutil.copytree(ROOT / name, source / name, ignore=leave_out)
    for name in FILES:
        shutil.copy(ROOT / name, source / name)
    # Folders that lie beside the packages in a checkout and must stay out.
    for name in ("tests", "benchmarks", "build"):
        (source / name).mkdir()
        (source / name / "stray.py").write_text('"""Must not be shipped."""\n')
    built = tmp_path_factory.mktemp("built")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    offline = ["--no-deps", "--no-index", "--no-build-isolation"]
    _run([*pip, "wheel", "-q", *offline, "-w", str(built), str(source)], source)
    (path,) = built.glob("invigil-*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of commands of an empty venv that holds the wheel and sees only its dependencies."""
    home = tmp_path_factory.mktemp("venv")
    venv.create(home, with_pip=False)
    python = home / "bin" / "python"
    site = Path(_run([str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], home).strip())
    # A plain line in a .pth file adds the folder but not its own .pth files, so the editable install of
    # the checkout stays unseen.
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    install = ["install", "-q", "--no-deps", "--no-index", "--ignore-installed", str(wheel)]
    _run([str(python), "-m", "pip", "--disable-pip-version-check", *install], home)
    return home / "bin"


@pytest.fixture
def hostile_folder(tmp_path: Path) -> Path:
    """A project that holds the names of ours, and a pytest configuration that would select nothing."""
    for name in ("mocks", "fixtures", "tests", "harness", "suites", "schemas"):
        package = tmp_path / name
        package.mkdir()
        (package / "__init__.py").write_text("raise RuntimeError('the project of the user was imported')\n")
    (tmp_path / "conftest.py").write_text("raise RuntimeError('the conftest of the user was imported')\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = -x -k nothing\n")
    return tmp_path


def test_the_wheel_ships_exactly_our_packages_and_the_pytest_module(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    top = {name.partition("/")[0] for name in names}
    assert {name for name in top if not name.endswith(".dist-info")} == {*PACKAGES, "invigil_pytest.py"}


def test_the_wheel_ships_every_file_that_lies_in_our_packages(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        shipped = set(archive.namelist())
    here = {
        path.relative_to(ROOT).as_posix()
        for name in PACKAGES
        for path in (ROOT / name).rglob("*")
        if path.is_file() and path.parent.name != "__pycache__"
    }
    assert here - shipped == set()


def test_the_installed_code_comes_from_the_wheel(installed: Path, hostile_folder: Path) -> None:
    said = _run(
        [str(installed / "python"), "-P", "-c", "import harness, schemas; print(harness.__file__)"],
        hostile_folder,
    )
    assert Path(said.strip()).is_relative_to(installed.parent)


def test_the_installed_command_knows_the_same_catalogue(installed: Path, hostile_folder: Path) -> None:
    ours = _run([sys.executable, "-m", "harness.cli", "catalogue", "--json"], ROOT)
    theirs = _run([str(installed / "invigil"), "catalogue", "--json"], hostile_folder)
    assert json.loads(theirs)["requirements"]
    assert json.loads(theirs) == json.loads(ours)


@pytest.mark.long
@pytest.mark.parametrize("subject", ["pens-target", "pens-client"])
def test_a_folder_with_names_like_ours_does_not_bend_a_verdict(
    subject: str, installed: Path, hostile_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    reports = tmp_path_factory.mktemp("reports")
    certify = ["certify", subject, "--target", "mock", "--seed", "1", "--report"]
    _run([sys.executable, "-m", "harness.cli", *certify, str(reports / "ours")], ROOT, VERDICT_EXITS)
    _run([str(installed / "invigil"), *certify, str(reports / "theirs")], hostile_folder, VERDICT_EXITS)
    theirs = _verdicts(reports / "theirs")
    assert "pass" in theirs.values()
    assert theirs == _verdicts(reports / "ours")


def _verdicts(report: Path) -> dict[str, str]:
    """The verdict of each requirement, from the report.json of a run."""
    (path,) = report.rglob("report.json")
    requirements = json.loads(path.read_text("utf-8"))["requirements"]
    return {requirement["id"]: requirement["verdict"] for requirement in requirements}


def _run(command: list[str], folder: Path, exits: set[int] | None = None) -> str:
    """Run a command in a folder and return its standard output; any other exit code fails the test."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode in (exits or {0}), f"{command}: {done.stdout}{done.stderr}"
    return done.stdout
