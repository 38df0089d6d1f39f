"""`invigil fault`: what can be planted in a mock, and what is planted in one that runs."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from typing import Any

import click

from harness.cli.controlling import asked, control_option
from harness.cli.errors import EXIT_OK


@click.group(short_help="List, plant and clear the faults of a mock.")
def command() -> None:
    """List the faults that can be planted in a mock; plant and clear them in one that runs."""


@command.command("list")
@click.option("--subject", metavar="S", help="Only those of a subject, such as pens-target.")
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


@command.command("add")
@click.argument("fault", metavar="NAME[@TENANT][:TIMES]")
@click.option("--match", default="", metavar="PATTERN", help="Only for messages about this, such as rustici.course.*")
@control_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def add(fault: str, match: str, control: str | None, as_json: bool) -> int:
    """Plant a fault in a running mock, for all messages or the next TIMES."""
    from mocks.faults.base import FaultSpec

    try:
        spec = FaultSpec.parse(fault)
    except ValueError as error:
        raise click.UsageError(f"{error}; see `invigil fault list`") from None
    planted = asked(control, lambda client: client.plant(spec.name, spec.tenant, spec.times, match))
    click.echo(json.dumps(planted) if as_json else _line(planted))
    return EXIT_OK


@command.command("active")
@control_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def active(control: str | None, as_json: bool) -> int:
    """List the faults that are planted in a running mock."""
    planted = asked(control, lambda client: client.planted())
    if as_json:
        click.echo(json.dumps(planted))
        return EXIT_OK
    for one in planted:
        click.echo(_line(one))
    if not planted:
        click.echo("no fault is planted")
    return EXIT_OK


@command.command("clear")
@click.argument("name", required=False, default="", metavar="[NAME]")
@click.option("--tenant", default="", metavar="T", help="Only what was planted for this tenant.")
@control_option
def clear(name: str, tenant: str, control: str | None) -> int:
    """Take faults away from a running mock: all, or those of NAME."""
    count = asked(control, lambda client: client.clear(name, tenant))
    click.echo(f"{count} cleared")
    return EXIT_OK


def _line(planted: Mapping[str, Any]) -> str:
    """Return one line for a planted fault."""
    about = [f"for {planted['tenant'] or 'all tenants'}"]
    about += [f"on {planted['match']}"] if planted["match"] else []
    left = planted["left"]
    about += [] if left is None else [f"for {left} more message{'' if left == 1 else 's'}"]
    return f"{planted['name']}  {', '.join(about)}"
