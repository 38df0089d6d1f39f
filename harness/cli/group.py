"""The group of verbs: each is imported only when it is called, and every expected error becomes one line."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence

import click

from harness.cli.errors import EXIT_INTERRUPTED, EXIT_USAGE, explained, say

VERBS = {
    "certify": "Judge a system against the catalogue and write a report.",
    "rejudge": "Judge a stored run again, from its journal alone.",
    "catalogue": "List what is demanded, and how much of it is checked.",
    "prove": "Show that every check is turned red by its faults.",
    "serve": "Run a mock until interrupted.",
    "call": "Make one signed call of the V1 API and print the answer.",
    "publish": "Publish one package by PENS and tell what comes of it.",
    "demo": "Certify a good and a flawed example and show both reports.",
    "fault": "List, plant and clear the faults of a mock.",
    "clock": "Show or advance the clock of a running mock.",
    "trigger": "Let something happen in a running mock.",
    "launch": "Begin a launch in a running platform.",
    "notify": "Send signed notices, or forged ones, to a handler.",
    "profile": "List, show and compare the profiles.",
    "certs": "Make certificates for https on this machine.",
}


class LazyGroup(click.Group):
    """A group whose help needs no verb to be imported."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the verbs in the order in which they are met."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a verb."""
        if cmd_name not in VERBS:
            return None
        command: click.Command = importlib.import_module(f"harness.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a verb; an unknown one is refused with the nearest."""
        if args and args[0] not in VERBS and not args[0].startswith("-"):
            from harness.judging.nearest import nearest

            raise click.UsageError(f"unknown command {args[0]!r}; {nearest(args[0], VERBS)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table of verbs from what stands above."""
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="invigil", prog_name="invigil")
def command() -> None:
    """Certify systems that speak PENS, and play the other side of the wire.

    Exit codes: 0 all well, 1 a requirement failed, 2 wrong use, 3 target unreachable, 4 incomplete,
    5 waiver stale, 6 error of invigil itself, 130 interrupted.
    """


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code; errors are one line on standard error, never a traceback."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        result = command.main(arguments, prog_name="invigil", standalone_mode=False)
        sys.stdout.flush()
        return result if isinstance(result, int) else 0
    except click.exceptions.NoArgsIsHelpError as help_text:
        click.echo(help_text.format_message(), err=True)
        return EXIT_USAGE
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        say(error.format_message(), f"see `{context.command_path if context else 'invigil'} --help`")
        return EXIT_USAGE
    except (click.Abort, KeyboardInterrupt):
        say("interrupted", "nothing more is done")
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone; what Python still holds must go nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        code, what, remedy = explained(error)
        say(what, remedy)
        return code
