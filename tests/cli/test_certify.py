"""One certification from the command line, and the same one judged again."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest

from harness.cli import main
from harness.evidence.journal import read_journal
from tests.cli.calling import CLEAN, COMMAND, ROOT, invigil

ONLY = "PENS-RESP-01,PENS-RESP-02,PENS-RCPT-01"


def certify(folder: Path, target: str, *words: str) -> int:
    return main(["certify", "pens-target", "--target", target, "--report", str(folder), "--seed", "1", *words])


def report(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "report.json").read_text("utf-8"))
    return found


def test_the_right_mock_meets_the_checks_and_leaves_every_output(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = certify(tmp_path, "mock")
    out = capsys.readouterr().out
    found = report(tmp_path)
    assert code == found["exit_code"] == 0
    assert not {"fail", "warn", "engine-error"} & set(found["counts"])
    assert found["problems"] == []
    assert f"report: {tmp_path / 'report.html'}" in out
    assert f"{found['counts']['pass']} pass" in out
    assert not any(ord(character) < 32 and character != "\n" for character in out)
    for name in ("report.html", "junit.xml", "journal.ndjson"):
        assert (tmp_path / name).stat().st_size
    assert read_journal(tmp_path / "journal.ndjson").complete


def test_allure_has_one_result_for_every_check_and_case_with_labels_and_exchanges(tmp_path: Path) -> None:
    assert certify(tmp_path, "mock+pens.no-receipt", "--only", ONLY) == 1
    results = [json.loads(path.read_text("utf-8")) for path in (tmp_path / "allure").glob("*-result.json")]
    judged = [(c["check"], c["verdict"]) for row in report(tmp_path)["requirements"] for c in row["checks"]]
    told = {result["name"].partition("[")[0]: result["status"] for result in results}
    assert told == {name: "failed" if verdict == "fail" else "passed" for name, verdict in judged}
    for result in results:
        labels = {label["name"] for label in result["labels"]}
        assert {"tag", "story", "feature", "severity"} <= labels
        assert result["attachments"]


def test_a_planted_fault_ends_with_exit_1_and_rejudging_finds_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert certify(tmp_path, "mock:engine-22+pens.no-receipt", "--only", ONLY) == 1
    out = capsys.readouterr().out
    assert "FAIL PENS-RCPT-01" in out
    assert main(["rejudge", str(tmp_path), "--json"]) == 1
    again = json.loads(capsys.readouterr().out)
    assert again["compared"] is True
    assert again["differ"] == {}
    assert again["requirements"]["PENS-RCPT-01"] == "fail"


def test_a_verdict_that_differs_from_the_stored_report_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    certify(tmp_path, "mock", "--only", ONLY)
    changed = report(tmp_path)
    changed["requirements"][0]["verdict"] = "fail"
    (tmp_path / "report.json").write_text(json.dumps(changed))
    capsys.readouterr()
    assert main(["rejudge", str(tmp_path)]) == 0
    assert f"differs: {changed['requirements'][0]['id']} was fail, is pass" in capsys.readouterr().out


def test_a_journal_that_was_cut_is_said_to_be_incomplete(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    certify(tmp_path, "mock", "--only", ONLY)
    journal = tmp_path / "journal.ndjson"
    journal.write_text("\n".join(journal.read_text("utf-8").splitlines()[:-1]) + "\n", "utf-8")
    capsys.readouterr()
    assert main(["rejudge", str(tmp_path)]) == 130
    assert "incomplete" in capsys.readouterr().err


def test_the_result_as_json_is_the_only_thing_on_standard_output(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert certify(tmp_path, "mock", "--only", ONLY, "--json") == 0
    result = json.loads(capsys.readouterr().out)
    assert result["report"] == str(tmp_path)
    assert set(result["requirements"].values()) == {"pass"}


def test_warnings_count_as_failures_when_strict(tmp_path: Path) -> None:
    from harness.judging.choosing import Typed, choose

    assert choose("pens-target", Typed("mock", strict=True)).strict is True
    assert certify(tmp_path, "mock", "--only", ONLY, "--strict") == 0


def test_the_surroundings_of_the_caller_do_not_bend_a_verdict(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = -x -k nothing\n")
    (tmp_path / "conftest.py").write_text("raise RuntimeError('the conftest of the caller was imported')\n")
    words = ["certify", "pens-target", "--target", "mock", "--seed", "1", "--only", ONLY, "--json"]
    done = invigil(*words, folder=tmp_path, PYTEST_ADDOPTS="-k nothing --bogus", PYTEST_PLUGINS="no_such_plugin")
    assert done.returncode == 0, done.stderr
    assert set(json.loads(done.stdout)["requirements"].values()) == {"pass"}


def test_a_run_without_a_report_folder_makes_one_of_its_own(tmp_path: Path) -> None:
    done = invigil("certify", "pens-target", "--target", "mock", "--only", ONLY, folder=tmp_path)
    (made,) = (tmp_path / "invigil-report").iterdir()
    assert made.name.startswith("pens-target-")
    assert str(Path("invigil-report") / made.name / "report.html") in done.stdout
    assert done.returncode == 0


def test_an_interrupted_run_writes_a_report_that_is_marked_incomplete(tmp_path: Path) -> None:
    """The target keeps the second collect waiting; then the person at the keyboard has had enough."""
    body = b"error=1101\r\nerror-text=understood, refused\r\nversion=1.0.0\r\npens-data=\r\n"
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n"
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(60)
        words = ["certify", "pens-target", "--target", f"http://127.0.0.1:{server.getsockname()[1]}/pens"]
        process = subprocess.Popen(
            [*COMMAND, *words, "--only", ONLY, "--report", str(tmp_path)],
            cwd=ROOT, env=CLEAN, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        preflight, _ = server.accept()
        smoke, _ = server.accept()
        with preflight, smoke:
            smoke.recv(65536)
            smoke.sendall(head + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        second, _ = server.accept()
        with second:
            second.recv(65536)
            for _ in range(2):
                process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert "interrupted" in out
    found = report(tmp_path)
    assert found["complete"] is False
    assert found["exit_code"] == 130
    assert "fail" not in found["counts"]
    assert not read_journal(tmp_path / "journal.ndjson").complete
