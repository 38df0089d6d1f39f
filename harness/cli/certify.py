"""`invigil certify`: judge a system and write the report."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from harness.cli.errors import EXIT_OK, EXIT_USAGE, say


@click.command(short_help="Judge a system against the catalogue and write a report.")
@click.argument("subject")
@click.option("--target", metavar="T", help="mock, mock:PROFILE[+FAULT], an http(s) URL or external.")
@click.option("--config", metavar="FILE", help="TOML file that tells about a real system.")
@click.option("--profile", metavar="P", help="Profile under which findings are weighed.")
@click.option("--report", "folder", metavar="DIR", help="Folder of the report [invigil-report/SUBJECT-TIME].")
@click.option("--seed", type=int, metavar="N", help="Seed of order and content.")
@click.option("--jobs", type=int, metavar="N", help="How many scenarios act at a time.")
@click.option("--budget", default="quick", metavar="quick|full", help="How many examples properties try.")
@click.option("--patience", type=float, metavar="S", help="Seconds to wait for an answer.")
@click.option("--plan", "only_plan", is_flag=True, help="Show what would be sent, and end.")
@click.option("--yes", is_flag=True, help="Carry out the plan against another host without asking.")
@click.option("--i-own-this-target", "owned", is_flag=True, help="Allow hostile input.")
@click.option("--max-imports", type=int, metavar="N", help="Most packages another host may import [25].")
@click.option("--only", default="", metavar="REQ,...", help="Judge these requirements only.")
@click.option("--stimulus", multiple=True, metavar="NAME=KIND:VALUE", help="How to move a subject.")
@click.option("--control", metavar="URL", help="Control API of a server (cloud-v1, lti-platform); `serve` prints one.")
@click.option("--setting", multiple=True, metavar="NAME=VALUE", help="Change a setting of the profile.")
@click.option("--strict", is_flag=True, help="Count warnings as failures.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def command(
    subject: str, target: str | None, config: str | None, profile: str | None, folder: str | None,
    seed: int | None, jobs: int | None, budget: str, patience: float | None, only_plan: bool, yes: bool,
    owned: bool, max_imports: int | None, only: str, stimulus: tuple[str, ...], setting: tuple[str, ...],
    strict: bool, as_json: bool, control: str | None,
) -> int:  # fmt: skip
    """Judge SUBJECT and write a report.

    SUBJECT is pens-target, pens-client, cloud-v1, results-receiver, lti-platform or lti-tool.
    """
    from harness.cli.certifying import Certification
    from harness.cli.interrupting import interrupted_once
    from harness.cli.progress import Progress
    from harness.judging.choosing import Typed, choose

    typed = Typed(
        target,
        config,
        profile,
        seed,
        jobs,
        budget,
        patience,
        only,
        owned,
        max_imports,
        stimulus,
        setting,
        strict,
        control,
    )
    with Certification(choose(subject, typed)) as certification:
        if not certification.probe.wanted_checks():
            say(
                f"no check is selected: nothing judges {only or subject}",
                "see `invigil catalogue` for what is checked",
            )
            return EXIT_USAGE
        if only_plan:
            plan = certification.plan
            click.echo(json.dumps(plan.as_json()) if as_json else plan.text())
            return EXIT_OK
        if certification.plan.is_elsewhere and not (yes or _confirmed(certification.plan.text())):
            say(
                f"nothing was sent: {certification.plan.host} is another host and the plan is not confirmed",
                "read it with --plan, then add --yes",
            )
            return EXIT_USAGE
        progress = Progress(quiet=as_json)
        started = certification.probe.clock.now().strftime("%Y%m%dT%H%M%SZ")
        place = Path(folder) if folder else Path("invigil-report") / f"{subject}-{started}"
        try:
            with interrupted_once():
                done = certification.carry_out(place, progress)
        finally:
            progress.clear()
    if as_json:
        click.echo(json.dumps(_result(done.report, place)))
    else:
        show(done.report, done.files["html"])
    return done.exit_code


def show(report: dict[str, object], page: Path) -> None:
    """Print what came out: counts, findings, and where the report is."""
    from harness.cli.progress import coloured
    from harness.reports.terminal import summary

    code = report["exit_code"]
    click.echo(summary(report))
    word = {0: "meets the checks", 1: "failed", 4: "incomplete", 130: "interrupted"}.get(int(str(code)), "not judged")
    colour = {0: "green", 1: "red"}.get(int(str(code)), "yellow")
    click.echo(f"{coloured(word, colour)} (exit {code})")
    click.echo(f"report: {page}")


def _result(report: dict[str, object], place: Path) -> dict[str, object]:
    names = (
        "subject",
        "target",
        "profile",
        "seed",
        "headline",
        "complete",
        "exit_code",
        "counts",
        "musts",
        "problems",
    )
    rows = report["requirements"]
    assert isinstance(rows, list)
    verdicts = {row["id"]: row["verdict"] for row in rows}
    return {name: report[name] for name in names} | {"report": str(place), "requirements": verdicts}


def _confirmed(text: str) -> bool:
    """Show the plan and ask; without a person at a terminal the answer is no."""
    click.echo(text, err=True)
    if not sys.stdin.isatty():
        return False
    click.echo("Carry this out? Type yes: ", nl=False, err=True)
    return sys.stdin.readline().strip().lower() == "yes"
