"""`invigil clock`: the protocol time of a running mock."""

from __future__ import annotations

import json

import click

from harness.cli.controlling import asked, control_option
from harness.cli.errors import EXIT_OK


@click.group(short_help="Show or advance the clock of a running mock.")
def command() -> None:
    """Show or advance the protocol time of a mock that `invigil serve` runs."""


@command.command("show")
@click.option("--tenant", default="", metavar="T", help="A tenant [the clock of all].")
@control_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(tenant: str, control: str | None, as_json: bool) -> int:
    """Print the protocol time."""
    now = asked(control, lambda client: client.clock(tenant)).isoformat()
    click.echo(json.dumps({"tenant": tenant, "now": now}) if as_json else now)
    return EXIT_OK


@command.command("advance")
@click.argument("step", metavar="STEP")
@click.option("--tenant", default="", metavar="T", help="Move the clock of this tenant alone [of all].")
@control_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def advance(step: str, tenant: str, control: str | None, as_json: bool) -> int:
    """Move the clock by STEP (90s, 16m, 15h, 7d), doing on the way what becomes due."""
    moved = asked(control, lambda client: client.advance(tenant, step))
    now = moved.now.isoformat()
    if as_json:
        click.echo(json.dumps({"tenant": tenant, "now": now, "ran": moved.ran}))
    else:
        click.echo(f"{now}  ({moved.ran} due, done)")
    return EXIT_OK
