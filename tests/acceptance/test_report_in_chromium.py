"""The HTML report in a real browser: opened from disk, it shows what was found, says no error, asks nobody."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.cli.calling import invigil

CHROMIUM = os.environ.get("INVIGIL_CHROMIUM") or shutil.which("chromium")
REQUIRED = os.environ.get("INVIGIL_REQUIRE_ALL") == "1"
ONLY = "PENS-RESP-01,PENS-RESP-02,PENS-RCPT-01"
QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--enable-logging=stderr",
)  # fmt: skip

pytestmark = pytest.mark.skipif(not CHROMIUM and not REQUIRED, reason="chromium is not installed")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("report")
    words = ["certify", "pens-target", "--target", "mock+pens.no-receipt", "--only", ONLY, "--report", str(place)]
    done = invigil(*words)
    assert done.returncode == 1, done.stderr
    return place


@pytest.fixture(scope="module")
def shown(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str, list[Any]]:
    """Return the page as the browser built it, what the browser logged, and its network log."""
    assert CHROMIUM, "INVIGIL_REQUIRE_ALL=1, but chromium is not installed"
    home = tmp_path_factory.mktemp("chromium")
    log = home / "net.json"
    command = [CHROMIUM, *QUIET, f"--user-data-dir={home / 'profile'}", f"--log-net-log={log}", "--dump-dom"]
    done = subprocess.run(
        [*command, (folder / "report.html").as_uri()], capture_output=True, text=True, timeout=100, check=True
    )
    events = json.loads(log.read_text("utf-8"))["events"]
    return done.stdout, done.stderr, events


def test_headline_and_rows_are_on_the_page(folder: Path, shown: tuple[str, str, list[Any]]) -> None:
    report = json.loads((folder / "report.json").read_text("utf-8"))
    page = shown[0]
    assert html.escape(report["headline"], quote=False) in page
    rows = re.findall(r"<tr[^>]*>.*?</tr>", page, re.DOTALL)
    for row in report["requirements"]:
        assert any(row["id"] in found and row["verdict"] in found for found in rows), row["id"]


def test_the_browser_has_nothing_to_complain_about(shown: tuple[str, str, list[Any]]) -> None:
    complaints = [line for line in shown[1].splitlines() if "CONSOLE" in line]
    assert not complaints


def test_the_page_asks_nobody(folder: Path, shown: tuple[str, str, list[Any]]) -> None:
    text = (folder / "report.html").read_text("utf-8")
    fetched = re.findall(r"<(?:link|script|img|iframe|source|object|embed)\b[^>]*", text)
    assert not [tag for tag in fetched if re.search(r"(?:src|href|data)=[\"']?(?!data:)", tag)]
    assert not re.search(r"url\(\s*[\"']?(?!data:)[a-z]+:", text)
    # The net log holds every request of this browser, its own services' included: none for what the page names.
    asked = {str(event.get("params", {}).get("url", "")) for event in shown[2]}
    named = set(re.findall(r"https?://[^\s\"'<>&]+", text))
    assert not asked & named
