"""The PyPI library PyLTI1p3, unmodified: launched from the mock platform, and a tool built on it judged."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.cli.calling import ROOT, invigil
from tests.interop.pylti1p3 import pylti_tool

EXPLAINED = ROOT / "docs" / "pylti1p3.md"

pytestmark = pytest.mark.xdist_group("pylti1p3")  # judged once


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("pylti1p3")
    with pylti_tool(folder) as tool:
        (folder / "tool.toml").write_text(tool.configuration(), encoding="utf-8")
        words = ["--target", "external", "--config", str(folder / "tool.toml"), "--i-own-this-target"]
        words += ["--report", str(folder / "run")]
        done = invigil("certify", "lti-tool", *words, "--seed", "7", "--yes")
    assert (folder / "run" / "report.json").is_file(), done.stdout + done.stderr
    found: dict[str, Any] = json.loads((folder / "run" / "report.json").read_text(encoding="utf-8"))
    return found


def verdicts(report: dict[str, Any]) -> dict[str, str]:
    return {row["id"]: row["verdict"] for row in report["requirements"]}


def explained() -> dict[str, str]:
    """Return the rows that the page explains, each with its verdict."""
    table = EXPLAINED.read_text(encoding="utf-8")
    return dict(re.findall(r"^\| `([A-Z0-9/-]+)` \| (fail|warn|note) \|", table, re.MULTILINE))


def test_the_library_launches_and_its_tool_takes_a_notice(report: dict[str, Any]) -> None:
    found = verdicts(report)
    assert {found[row] for row in ("LTI-LAUNCH-21", "LTI-LAUNCH-24", "PNS-HANDLER-36", "PNS-NOTICE-15")} == {"pass"}


def test_forgeries_have_no_effect_on_a_tool_that_verifies_as_the_library_does(report: dict[str, Any]) -> None:
    found = verdicts(report)
    assert {found[f"PNS-RECV-0{number}"] for number in (1, 2, 4, 5, 6)} == {"pass"}
    # Row 3 has a note for the number of fetches alone: no notice under an unknown key has an effect.
    row = next(row for row in report["requirements"] if row["id"] == "PNS-RECV-03")
    assert {check["reason"] for check in row["checks"]} == {None}
    assert {one["reason"] for check in row["checks"] for one in check["remarks"]} == {
        "key-set-fetches", "key-set-fetched-each-time"
    }  # fmt: skip


def test_every_row_that_is_not_met_is_explained_as_a_property_of_that_tool(report: dict[str, Any]) -> None:
    accused = {row: verdict for row, verdict in verdicts(report).items() if verdict in ("fail", "warn", "note")}
    assert accused == explained()


def test_nothing_goes_wrong_on_our_side(report: dict[str, Any]) -> None:
    assert not {row for row, verdict in verdicts(report).items() if verdict in ("engine-error", "config-error")}


def test_the_tool_imports_nothing_of_ours() -> None:
    source = (Path(__file__).parent / "python" / "pylti_tool.py").read_text(encoding="utf-8")
    imported = set(re.findall(r"^(?:from|import) ([a-z0-9_]+)", source, re.MULTILINE))
    assert not imported & {"harness", "mocks", "fixtures", "schemas", "suites", "tests"}
