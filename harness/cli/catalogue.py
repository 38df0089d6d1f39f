"""`invigil catalogue`: what is demanded, and how much of it is checked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from harness.cli.errors import EXIT_OK

if TYPE_CHECKING:
    from harness.judging.catalogue import Catalogue


@click.command(short_help="List what is demanded, and how much of it is checked.")
@click.option("--subject", metavar="S", help="Only what is demanded of one subject.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(subject: str | None, as_json: bool) -> int:
    """List the requirements with their checks, and the coverage of each subject."""
    from harness.judging.catalogue import as_json as shown
    from harness.judging.catalogue import coverage, load
    from harness.judging.nearest import nearest
    from harness.judging.requirement import ROLES

    if subject is not None and subject not in ROLES:
        raise click.UsageError(f"unknown subject {subject!r}; {nearest(subject, ROLES)}")
    catalogue = load(subject)
    checks = checks_of(catalogue)
    if as_json:
        click.echo(json.dumps(shown(catalogue, checks), ensure_ascii=False))
        return EXIT_OK
    for row in catalogue.values():
        found = checks.get(row.id) or checks.get(row.same_as or "", [])
        told = ", ".join(found) if found else "no check" if row.disposition == "tested" else row.disposition
        click.echo(f"{row.id:<18} {row.level:<10} {row.basis:<9} {told}\n    {row.sentence}")
    for name, count in coverage(catalogue, checks).items():
        click.echo(
            f"{name}: {count['must_tested']} of {count['must_total']} MUST and {count['should_tested']} of "
            f"{count['should_total']} SHOULD tested; {count['attested']} attested, "
            f"{count['not_testable']} not testable"
        )
    return EXIT_OK


def checks_of(catalogue: Catalogue) -> dict[str, list[str]]:
    """Return the names of the checks of each requirement, for every subject that has a suite."""
    from harness.judging.suite import SUBJECTS, SuiteError, load_suite

    found: dict[str, list[str]] = {}
    for subject in SUBJECTS:
        if subject not in catalogue.subjects():
            continue
        try:
            suite = load_suite(subject)
        except SuiteError:
            continue
        for requirement, checks in suite.by_requirement().items():
            found[requirement] = [check.name for check in checks]
    return found
