"""A course goes from one process to another as a person would send it: `publish` to `serve engine`."""

from __future__ import annotations

import json
import re
from pathlib import Path

from fixtures.packages import build
from tests.cli.calling import invigil, serving

TITLE = "Arbeiten in der Höhe — 高所作業"


def test_a_course_published_from_one_process_is_imported_by_another_under_its_own_title(tmp_path: Path) -> None:
    package = build("scorm-2004", title=TITLE)
    path = tmp_path / package.filename
    path.write_bytes(package.data)
    with serving("engine", "--port", "0", "--json") as process:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["pens"]["url"]
        done = invigil("publish", str(path), "--to", url)
        told = [process.stdout.readline() for _ in range(5)]
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    for line in (
        "collect answered: 0 collect command received and understood",
        f"download seen: {len(package.data)} bytes",
        "receipt: 0 package successfully collected",
    ):
        assert line in lines
    assert lines.index(f"download seen: {len(package.data)} bytes") < next(
        number for number, line in enumerate(lines) if line.startswith("receipt: ")
    )
    course = next(line for line in told if line.startswith("course "))
    assert re.search(r'course="PENS_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"', course)
    assert f"title={json.dumps(TITLE, ensure_ascii=False)}" in course
