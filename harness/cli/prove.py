"""`invigil prove`: show that every check is turned red by its faults, for the stated reason."""

from __future__ import annotations

import json
from typing import Any

import click

from harness.cli.errors import EXIT_FAILED, EXIT_OK

LISTS = ("survivors", "wrong_reason", "undeclared_collateral")


@click.command(short_help="Show that every check is turned red by its faults.")
@click.argument("subject", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--full", is_flag=True, help="Give properties their full budget.")
@click.option("--only", multiple=True, metavar="CHECK", help="Faults and peers whose name or requirement holds this.")
@click.option("--jobs", type=click.IntRange(1), metavar="N", help="Processes [one per core].")
def command(subject: str | None, as_json: bool, full: bool, only: tuple[str, ...], jobs: int | None) -> int:
    """Plant every fault of SUBJECT (all subjects without it) and see which check notices."""
    from harness.judging.nearest import nearest
    from harness.judging.suite import SUBJECTS
    from harness.proving.proof import prove, succeeded

    if subject is not None and subject not in SUBJECTS:
        raise click.UsageError(f"unknown subject {subject!r}; {nearest(subject, SUBJECTS)}")
    subjects = (subject,) if subject else SUBJECTS
    say = None if as_json else click.echo
    result = prove(subjects, jobs=jobs or 0, only=only, full=full, progress=say)
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False))
    else:
        _show(result)
    return EXIT_OK if succeeded(result) else EXIT_FAILED


def _show(result: dict[str, Any]) -> None:
    click.echo(
        f"{result['killed']} of {result['checks']} checks killed by {result['faults']} faults "
        f"in {result['seconds']:g} s; canary {result['canary']}"
    )
    for name in LISTS:
        for line in result[name]:
            click.echo(f"{name.replace('_', ' ')}: {line}")
    for name, rows in result["null_peers"].items():
        if rows:
            click.echo(f"null peer {name} earned {', '.join(rows)}")
    for name, found in result["personalities"].items():
        for word in ("extra", "missing"):
            if found[word]:
                click.echo(f"{name}: {word} {', '.join(found[word])}")
