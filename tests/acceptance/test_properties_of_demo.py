"""The demonstration: two small targets are certified, and the report of the flawed one is red."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.cli.calling import invigil


def test_the_demo_prints_two_reports_and_only_that_of_the_flawed_example_is_red(tmp_path: Path) -> None:
    done = invigil("demo", folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    printed = dict(re.findall(r"^(good|flawed): exit \d+, report (.+)$", done.stdout, re.MULTILINE))
    assert set(printed) == {"good", "flawed"}
    pages = {name: tmp_path / path for name, path in printed.items()}
    assert all(page.is_file() for page in pages.values())
    reports = {name: json.loads(page.with_name("report.json").read_text("utf-8")) for name, page in pages.items()}
    assert reports["good"]["exit_code"] == 0
    assert not {"fail", "warn", "engine-error", "config-error"} & set(reports["good"]["counts"])
    assert reports["flawed"]["exit_code"] == 1
    failed = {row["id"] for row in reports["flawed"]["requirements"] if row["verdict"] == "fail"}
    # Its three stated defects: bare line feeds, an error page taken for a package, the query of the receipt dropped.
    assert {"PENS-RESP-02/T", "PENS-DL-08", "PENS-RCPT-02", "PENS-RCPT-09"} <= failed
    assert reports["flawed"]["musts"]["fail"] == len(failed)
    assert "Traceback" not in done.stderr
