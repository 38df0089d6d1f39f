"""`invigil launch`: begin a launch in a running platform, for a browser or driven to its end."""

from __future__ import annotations

import asyncio
import json
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.cli.controlling import asked, control_option
from harness.cli.errors import EXIT_FAILED, EXIT_OK

if TYPE_CHECKING:
    from harness.subjects.control import ControlClient, Triggered

ROLES = ("instructor", "learner", "administrator", "mentor")
COPY = "invigil trigger course-copy --from {course} --to {course}-SPRING --title 'Été 2026'"


@click.command(short_help="Begin a launch in a running platform.")
@click.option("--as", "role", default="", metavar="ROLE", help=f"Who launches: {', '.join(ROLES)} [instructor].")
@click.option(
    "--course", default="", metavar="C", help="Course, by id or label; none launches outside any [the first]."
)
@click.option("--deployment", default="", metavar="D", help="Deployment of the tool [the first].")
@click.option("--target", default="", metavar="URL", help="target_link_uri [that of the registration].")
@control_option
@click.option("--open", "in_browser", is_flag=True, help="Open the launch in this machine's browser.")
@click.option("--follow", is_flag=True, help="Drive the launch without a browser and show its steps.")
@click.option("--trust", multiple=True, metavar="FILE", help="With --follow: an authority (PEM) to trust too.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(
    role: str, course: str, deployment: str, target: str, control: str | None, in_browser: bool, follow: bool,
    trust: tuple[str, ...], as_json: bool,
) -> int:  # fmt: skip
    """Begin a launch in the platform that `invigil serve platform` runs, and print the address for a browser.

    The address is good for once. With --follow exit 0 means that the tool has answered with success, 1 that the
    launch did not get that far.
    """
    given = {"role": role or "instructor", "course": course, "deployment": deployment, "target": target}
    values = {name: value for name, value in given.items() if value}
    if given["role"] not in ROLES:
        from harness.judging.nearest import nearest

        raise click.UsageError(f"--as {role!r}: {nearest(role, ROLES)}")
    outcome = asked(control, lambda client: _begin(client, values))
    if outcome.status != "succeeded":
        click.echo(f"failed: {outcome.output}", err=True)
        return EXIT_FAILED
    url = str(json.loads(outcome.output)["open"])
    if follow:
        from harness.cli.launching import follow_launch, report

        steps = asyncio.run(follow_launch(url, [Path(one) for one in trust]))
        for line in report(steps, as_json):
            click.echo(line)
        if steps.ok and not as_json:
            _next(course, control)
        return EXIT_OK if steps.ok else EXIT_FAILED
    click.echo(json.dumps({"open": url}) if as_json else url)
    if in_browser and not webbrowser.open(url):
        click.echo("no browser could be started; open the address yourself, or use --follow", err=True)
        return EXIT_FAILED
    if not as_json:
        _next(course, control)
    return EXIT_OK


async def _begin(client: ControlClient, values: dict[str, Any]) -> Triggered:
    if "launch" not in {one["name"] for one in await client.triggers()}:
        raise click.UsageError(f"the mock at {client.url} is no platform; start one with `invigil serve platform`")
    return await client.trigger("launch", values)


def _next(course: str, control: str | None) -> None:
    """Print the command that lets a notice come."""
    line = COPY.format(course=course if course.replace("-", "").isalnum() and course != "none" else "BIO-101")
    click.echo(f"  next  {line}" + (f" --control {control}" if control else ""))
