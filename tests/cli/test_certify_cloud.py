"""A V1 server is certified: one that is served elsewhere, with its control API and without; what a plan says of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.cli import main
from harness.evidence.entries import Exchange
from harness.evidence.journal import read_journal
from harness.subjects.cloud_v1_records import Called
from tests.cli.calling import serving

TIMED = "CLOUD-IMPORT-13,CLOUD-LAUNCH-04,CLOUD-POSTBACK-15,CLOUD-POSTBACK-17,CLOUD-AUTH-15,CLOUD-IMPORT-01"
PLAIN = "CLOUD-AUTH-21,CLOUD-IMPORT-13,CLOUD-LAUNCH-04,CLOUD-REG-21,CLOUD-EP-09"
ELSEWHERE = "https://cloud.example/api"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[dict[str, Any]]:
    """Serve the engine in a process of its own; give what it printed, and a configuration for it."""
    apps = ["--app", "ours:our-key", "--app", "second:its-key"]
    with serving("engine", "--profile", "scorm-cloud", "--control", "0", "--json", *apps) as process:
        assert process.stdout is not None
        info = json.loads(process.stdout.readline())
        config = tmp_path / "cloud.toml"
        config.write_text(CONFIG, "utf-8")
        yield info | {"config": str(config)}


CONFIG = """
[app]
id = "ours"
secret-key = "our-key"
other = { id = "second", secret = "its-key" }
"""


def certify(folder: Path, url: str, config: str, *words: str) -> tuple[int, dict[str, Any]]:
    code = main(["certify", "cloud-v1", "--target", url, "--config", config, "--report", str(folder), *words])
    found: dict[str, Any] = json.loads((folder / "report.json").read_text("utf-8"))
    return code, found


def verdicts(report: dict[str, Any]) -> dict[str, str]:
    return {row["id"]: row["verdict"] for row in report["requirements"]}


def test_time_and_learners_of_a_server_elsewhere_are_moved_over_its_control_api(
    served: dict[str, Any], tmp_path: Path
) -> None:
    words = ["--control", served["control"], "--only", TIMED, "--seed", "2"]
    code, report = certify(tmp_path / "first", served["v1"]["url"], served["config"], *words)
    assert set(verdicts(report).values()) == {"pass"}, report["problems"]
    assert code == 0
    # The clock of the application stands days ahead now; the next run finds that out and dates its calls by it.
    code, again = certify(tmp_path / "second", served["v1"]["url"], served["config"], *words)
    assert (code, verdicts(again)) == (0, verdicts(report))


def test_what_is_not_configured_is_untestable_by_name(served: dict[str, Any], tmp_path: Path) -> None:
    code, report = certify(tmp_path / "run", served["v1"]["url"], served["config"], "--only", PLAIN)
    assert code == 4
    assert verdicts(report) == {
        "CLOUD-AUTH-21": "pass", "CLOUD-EP-09": "untestable", "CLOUD-IMPORT-13": "untestable",
        "CLOUD-LAUNCH-04": "untestable", "CLOUD-REG-21": "untestable",
    }  # fmt: skip
    told = "\n".join(report["problems"])
    for what in ("cloud.https-url", "control", "stimulus.learn", "cloud.undeletable-app"):
        assert f"not configured: {what}; untestable without it: CLOUD-" in told


def test_a_wrong_key_judges_nobody(served: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "wrong.toml"
    config.write_text(CONFIG.replace("our-key", "no-key"), "utf-8")
    words = ["--target", served["v1"]["url"], "--config", str(config), "--report", str(tmp_path / "run")]
    assert main(["certify", "cloud-v1", *words]) == 3
    assert "check [app] secret-key" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--control", "http://127.0.0.1:9"], 3, "no control API"),
        (["--control", "nowhere"], 2, "expected an http(s) URL"),
    ],
)
def test_a_control_api_that_is_not_there_is_said_to_be_missing(
    words: list[str], code: int, said: str, served: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["--target", served["v1"]["url"], "--config", served["config"], "--report", str(tmp_path / "run"), *words]
    assert main(["certify", "cloud-v1", *given]) == code
    assert said in capsys.readouterr().err


def test_a_control_api_of_a_system_that_has_no_use_for_one_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["certify", "pens-target", "--target", "mock", "--control", "http://127.0.0.1:9"]) == 2
    assert "--control" in capsys.readouterr().err


def planned(tmp_path: Path, capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    config = tmp_path / "cloud.toml"
    config.write_text(CONFIG, "utf-8")
    given = ["certify", "cloud-v1", "--target", ELSEWHERE, "--config", str(config), "--plan", "--json", *words]
    assert main(given) == 0
    plan: dict[str, Any] = json.loads(capsys.readouterr().out)
    return plan


def test_a_plan_counts_the_shared_course_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert planned(tmp_path, capsys, "--only", "CLOUD-REG-01,CLOUD-REG-02,CLOUD-LAUNCH-01")["packages"] == 1
    assert planned(tmp_path, capsys, "--only", "CLOUD-IMPORT-02")["packages"] == 3


def test_a_plan_keeps_to_the_most_imports(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = planned(tmp_path, capsys, "--max-imports", "200")
    assert whole["dropped"] == []
    assert whole["hostile"] > 0
    few = planned(tmp_path, capsys, "--max-imports", "5")
    assert few["packages"] <= 5 < whole["packages"]
    assert few["dropped"]
    assert len(few["scenarios"]) > len(whole["scenarios"]) - whole["packages"]


def test_a_run_imports_no_more_packages_than_its_plan_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = "CLOUD-IMPORT-02,CLOUD-IMPORT-03,CLOUD-IMPORT-05,CLOUD-IMPORT-14,CLOUD-COURSE-01,CLOUD-REG-01,CLOUD-AUTH-21"
    most = planned(tmp_path, capsys, "--only", rows, "--max-imports", "200")["packages"]
    assert main(["certify", "cloud-v1", "--target", "mock", "--only", rows, "--report", str(tmp_path / "run")]) == 0
    entries = read_journal(tmp_path / "run" / "journal.ndjson").entries
    calls = [Called.of(entry) for entry in entries if isinstance(entry, Exchange) and entry.channel == "call"]
    finished = {
        dict(called.params).get("token")
        for called in calls
        if called.rsp.find("importresults/importresult") is not None
    }
    assert 1 < len(finished) <= most
