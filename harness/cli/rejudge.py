"""`invigil rejudge`: judge a stored run again, from its journal alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from harness.cli.errors import say


@click.command(short_help="Judge a stored run again, from its journal alone.")
@click.argument("run", metavar="RUN_FOLDER")
@click.option("--profile", default="", metavar="P", help="Weigh findings under another profile.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def command(run: str, profile: str, as_json: bool) -> int:
    """Judge the run in RUN_FOLDER again and compare with the report that lies there."""
    from harness.evidence.journal import read_journal
    from harness.judging.run import rejudging
    from harness.reports.model import build
    from harness.reports.terminal import summary

    folder = Path(run)
    stored = read_journal(folder / "journal.ndjson" if folder.is_dir() or not folder.exists() else folder)
    judging = rejudging(stored, profile=profile)
    only = stored.header.get("only") or None
    rows = judging.rows(only)
    before = _report(folder)
    report = build(
        stored.header, rows, stored.entries, judging.suite, judging.profile, interrupted=not stored.complete,
        strict=bool(before.get("strict")), problems=before.get("problems", ()),
    )  # fmt: skip
    old = {row["id"]: row["verdict"] for row in before.get("requirements", ())}
    new = {row.requirement.id: row.verdict for row in rows}
    differ = {
        name: [old.get(name, "-"), new.get(name, "-")] for name in {**old, **new} if old.get(name) != new.get(name)
    }
    if not stored.complete:
        say(
            f"the journal of {folder} is incomplete: the run was interrupted or the file was cut",
            "certify again",
        )
    if as_json:
        names = ("subject", "target", "profile", "headline", "complete", "exit_code", "counts")
        shown = {name: report[name] for name in names}
        click.echo(json.dumps(shown | {"requirements": new, "differ": differ if old else {}, "compared": bool(old)}))
    else:
        click.echo(summary(report))
        _compare(differ, bool(old))
    return int(report["exit_code"])


def _report(folder: Path) -> dict[str, Any]:
    """Return the stored report; empty when there is none that can be read."""
    try:
        found = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _compare(differ: dict[str, list[str]], compared: bool) -> None:
    if not compared:
        click.echo("there is no report.json to compare with")
    elif not differ:
        click.echo("every verdict is the same as in the report")
    for name, (was, now) in differ.items():
        click.echo(f"differs: {name} was {was}, is {now}")
