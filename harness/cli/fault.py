"""`invigil fault`: what can be planted in a mock."""

from __future__ import annotations

import inspect
import json

import click

from harness.cli.errors import EXIT_OK


@click.group(short_help="List the faults that can be planted in a mock.")
def command() -> None:
    """Tell about the faults that can be planted in a mock."""


@command.command("list")
@click.option("--subject", metavar="S", help="Only those of pens-target or pens-client.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_faults(subject: str | None, as_json: bool) -> int:
    """List name, kind, what a fault gets wrong and what that breaks."""
    from harness.judging.nearest import nearest
    from harness.judging.suite import SUBJECTS
    from mocks.faults.composing import catalogue

    if subject is not None and subject not in SUBJECTS:
        raise click.UsageError(f"unknown subject {subject!r}; {nearest(subject, SUBJECTS)}")
    rows = [
        {
            "subject": name,
            "name": fault.name,
            "kind": fault.kind,
            "what": " ".join((inspect.getdoc(fault) or "").split()),
            "breaks": dict(fault.breaks),
        }
        for name in SUBJECTS
        if subject in (None, name)
        for fault in catalogue(name).values()
    ]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return EXIT_OK
    for row in rows:
        breaks = row["breaks"]
        assert isinstance(breaks, dict)
        told = ", ".join(f"{name} ({reason})" for name, reason in breaks.items()) or "nothing of its own"
        click.echo(f"{row['name']}  [{row['kind']}]\n    {row['what']}\n    breaks {told}")
    return EXIT_OK
