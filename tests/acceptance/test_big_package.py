"""A package of 1 GiB goes from `publish` to `serve engine` in constant memory on each side."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.record import record
from fixtures.packages import stream
from tests.cli.calling import CLEAN, ROOT, serving

SIZE = 1 << 30
MOST = 150 << 20
TITLE = "A very long film"
# The peak is read from within, at the very end: a process that has gone shows no status any more.
PUBLISH = """
import sys
from harness.cli import main
code = main(["publish", *sys.argv[1:]])
print(open("/proc/self/status").read(), file=sys.stderr)
sys.exit(code)
"""


def peak(status: str) -> int:
    """Return the peak of resident memory, in bytes, that /proc/PID/status tells."""
    found = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
    assert found, status
    return int(found[1]) * 1024


def test_a_figure_replaces_its_older_self_and_leaves_all_else(tmp_path: Path) -> None:
    page = tmp_path / "measurements.md"
    page.write_text("# Measurements\n\n| what | measured | must be | machine |\n|---|---|---|---|\n", "utf-8")
    record("peak of publish", 61.5, "MiB", "make long", limit="under 150 MiB", page=page)
    record("peak of serve", 70, "MiB", "make long", page=page)
    record("peak of publish", 62.25, "MiB", "make long", limit="under 150 MiB", page=page)
    rows = page.read_text("utf-8").splitlines()[4:]
    assert [row.split(" | ")[:3] for row in rows] == [
        ["| peak of serve (`make long`)", "70 MiB", ""],
        ["| peak of publish (`make long`)", "62.25 MiB", "under 150 MiB"],
    ]


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_a_gigabyte_streams_in_constant_memory_on_each_side(tmp_path: Path) -> None:
    path = tmp_path / "film.zip"
    with path.open("wb") as file:
        for piece in stream("scorm-1.2", TITLE, SIZE, seed=1):
            file.write(piece)
    size = path.stat().st_size
    assert size >= SIZE
    with serving("engine", "--port", "0", "--json") as process:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["pens"]["url"]
        words = [str(path), "--to", url, "--receipt-wait", "600"]
        done = subprocess.run(
            [sys.executable, "-c", PUBLISH, *words], cwd=ROOT, env=CLEAN, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=800,
        )  # fmt: skip
        served = peak(Path(f"/proc/{process.pid}/status").read_text("ascii"))
        told = [process.stdout.readline() for _ in range(5)]
    path.unlink()
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"download seen: {size} bytes" in done.stdout
    assert any(line.startswith("course ") and TITLE in line for line in told)
    published = peak(done.stderr)
    if os.environ.get("INVIGIL_LONG") == "1":
        for side, most in (("publish", published), ("serve engine", served)):
            record(f"peak memory of {side}, 1 GiB package", most / 2**20, "MiB", "make long", limit="under 150 MiB")
    assert published < MOST
    assert served < MOST
