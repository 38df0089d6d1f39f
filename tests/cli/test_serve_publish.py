"""A course is published to a served engine: collected, imported under its own title, acknowledged."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from fixtures.packages import scorm12
from harness.cli import main
from harness.judging.profiles import load_profile
from mocks.control.switches import Switches
from mocks.faults.base import FaultSpec
from mocks.faults.composing import pens_behaviour
from tests.cli.calling import serving


@pytest.fixture
def course(tmp_path: Path) -> Path:
    path = tmp_path / "safety course.zip"
    path.write_bytes(scorm12(title="Sécurité 課程"))
    return path


def publish(course: Path, url: str, *words: str) -> int:
    return main(["publish", str(course), "--to", url, *words])


def test_a_published_course_is_imported_with_the_title_of_its_manifest(
    course: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET", "s3cret-of-a-tool")
    words = [
        "engine",
        "--json",
        "--profile",
        "engine-22",
        "--credential",
        "tool:s3cret-of-a-tool:pens:collect",
    ]
    with serving(*words) as process:
        assert process.stdout is not None
        info = json.loads(process.stdout.readline())
        assert info["mock"] == "engine"
        assert info["pens"]["url"].startswith(info["url"])
        assert info["pens"]["tenant"] == "default"
        assert info["pens"]["credential"] == "tool:s3cret-of-a-tool"
        code = publish(course, info["pens"]["url"], "--user", "tool", "--password-env", "SECRET")
        events = [process.stdout.readline() for _ in range(5)]
    out = capsys.readouterr().out
    assert code == 0, out
    assert "collect answered: 0 collect command received and understood" in out
    assert f"download seen: {course.stat().st_size} bytes" in out
    assert "receipt: 0 package successfully collected" in out
    assert "alert: 0 package successfully deployed" in out
    assert sorted(event.split()[0] for event in events) == [
        "alert",
        "collect",
        "course",
        "fetched",
        "receipt",
    ]
    told = "".join(events)
    assert re.search(r'course="PENS_[0-9a-f-]{36}" title="Sécurité 課程"', told)
    assert "s3cret-of-a-tool" not in told


def test_a_refused_collect_ends_with_exit_1_and_its_code(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serving("engine", "--json", "--profile", "engine-22") as process:
        assert process.stdout is not None
        info = json.loads(process.stdout.readline())
        assert publish(course, info["pens"]["url"]) == 1
    assert "collect answered: 1420" in capsys.readouterr().out


def test_a_receipt_that_tells_of_a_failure_ends_with_exit_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = tmp_path / "broken.zip"
    broken.write_bytes(b"no archive at all")
    about = ["--title", "T", "--package-type", "scorm-pif", "--package-type-version", "1.2"]
    with serving("engine", "--json") as process:
        assert process.stdout is not None
        info = json.loads(process.stdout.readline())
        assert publish(broken, info["pens"]["url"], *about) == 1
    assert "receipt: 1432" in capsys.readouterr().out


def test_nobody_at_the_address_ends_with_exit_3(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert publish(course, "http://127.0.0.1:1/pens") == 3
    assert capsys.readouterr().err.count("\n") == 1


def test_a_fault_for_one_message_bends_its_receipt_and_no_later_one(
    course: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving("engine", "--json", "--fault", "pens.no-receipt:1") as process:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["pens"]["url"]
        assert publish(course, url, "--receipt-wait", "0.3") == 1
        assert "no receipt within 0.3 s" in capsys.readouterr().err
        assert publish(course, url) == 0


def test_the_command_to_try_really_works() -> None:
    if not shutil.which("curl"):
        pytest.fail("curl is needed to try what is printed")
    with serving("engine", "--profile", "engine-22") as process:
        assert process.stdout is not None
        shown = dict(process.stdout.readline().strip().split(None, 1) for _ in range(7))
        done = subprocess.run(shown["try"], shell=True, capture_output=True, text=True, timeout=30, check=True)
        events = [process.stdout.readline() for _ in range(5)]
    assert done.stdout.startswith("error=0\n") or done.stdout.startswith("error=0\r\n")
    assert any('title="A course to try"' in event for event in events)


def test_a_mock_that_is_served_for_a_time_ends_by_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "engine", "--for", "0.01"]) == 0
    out = capsys.readouterr().out
    for name in ("url", "tenant", "credential", "try"):
        assert f"  {name} " in out


def test_a_fault_for_one_tenant_leaves_the_others_right() -> None:
    settings = load_profile("pens-1.0").area("pens")
    faults = [FaultSpec("pens.bare-lf", "acme", 2), FaultSpec("pens.no-receipt")]
    switches = Switches("pens-target", lambda names: pens_behaviour(settings, names), faults)
    assert [type(switches("acme")).__mro__[1].__name__ for _ in range(3)] == ["BareLf", "BareLf", "NoReceipt"]
    assert type(switches("default")).__mro__[1].__name__ == "NoReceipt"
