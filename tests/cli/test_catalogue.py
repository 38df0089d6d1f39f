"""The catalogue in its published form, and the list of faults."""

from __future__ import annotations

import json

import pytest

from harness.cli import main
from harness.judging.catalogue import load
from harness.judging.requirement import ROLES
from mocks.faults.composing import catalogue as faults


def test_the_catalogue_as_json_disposes_of_every_row(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalogue", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    rows = data["requirements"]
    assert {row["id"] for row in rows} == set(load())
    assert {tuple(row) for row in rows} == {("id", "subject", "level", "basis", "disposition", "checks")}
    assert set(data["coverage"]) == set(ROLES)
    count = data["coverage"]["pens-target"]
    assert set(count) == {
        "must_total",
        "must_tested",
        "should_total",
        "should_tested",
        "attested",
        "not_testable",
    }
    checked = [r for r in rows if r["subject"] == "pens-target" and r["level"].startswith("MUST") and r["checks"]]
    assert count["must_tested"] == len([row for row in checked if row["disposition"] == "tested"])


def test_one_subject_can_be_listed_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalogue", "--subject", "pens-client"]) == 0
    out = capsys.readouterr().out
    assert "PENS-RESP-01/T" not in out
    assert out.splitlines()[-1].startswith("pens-client: ")


def test_every_fault_is_listed_with_what_it_gets_wrong_and_breaks(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fault", "list", "--subject", "pens-target", "--json"]) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert set(rows) == set(faults("pens-target"))
    assert rows["pens.no-receipt"]["breaks"]["PENS-RCPT-01"] == "no-receipt"
    assert all(row["what"] for row in rows.values())
    assert main(["fault", "list", "--subject", "pens-target"]) == 0
    assert "pens.no-receipt  [left-out]" in capsys.readouterr().out
