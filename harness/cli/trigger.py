"""`invigil trigger`: let something happen in a running mock."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from harness.cli.controlling import asked, control_option
from harness.cli.errors import EXIT_FAILED, EXIT_OK

if TYPE_CHECKING:
    from harness.subjects.control import ControlClient, Triggered


@click.command(
    short_help="Let something happen in a running mock.",
    context_settings={"ignore_unknown_options": True},
)
@click.argument("name", required=False, metavar="[NAME")
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="[ARG] [--key value]...]")
@control_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(name: str | None, words: tuple[str, ...], control: str | None, as_json: bool) -> int:
    """Let something happen, such as `trigger registration R1 --to passed --score 92`; without NAME, list what can."""
    if name is None:
        return _list(asked(control, lambda client: client.triggers()), as_json)
    outcome = asked(control, lambda client: _pull(client, name, words))
    if as_json:
        told = {**outcome.facts, "status": outcome.status, "output": outcome.output}
        click.echo(json.dumps(told, ensure_ascii=False))
    else:
        told = {key: value for key, value in outcome.facts.items() if key != "next"}
        facts = [f"{key}={json.dumps(value, ensure_ascii=False)}" for key, value in told.items()]
        click.echo(" ".join([f"{outcome.status}: {outcome.output}".rstrip(": "), *facts]))
        if "next" in outcome.facts:
            click.echo(f"  next  {outcome.facts['next']}" + (f" --control {control}" if control else ""))
    return EXIT_OK if outcome.status == "succeeded" else EXIT_FAILED


async def _pull(client: ControlClient, name: str, words: Sequence[str]) -> Triggered:
    from harness.judging.nearest import nearest

    known = {one["name"]: one for one in await client.triggers()}
    if name not in known:
        hint = nearest(name, known) if known else "this mock has none"
        raise click.UsageError(f"unknown trigger {name!r}; {hint}")
    return await client.trigger(name, read_values(words, known[name]))


def read_values(words: Sequence[str], trigger: Mapping[str, Any]) -> dict[str, Any]:
    """Read ``ARG`` and ``--key value`` by the trigger's own schema; UsageError names what is not known there.

    A value is JSON if it reads as that, and text if not or if the schema asks for text: the id ``007`` stays one.
    A key without a value is true.
    """
    from harness.judging.nearest import nearest
    from harness.subjects.remote import typed

    properties: Mapping[str, Any] = trigger["values"].get("properties", {})
    values: dict[str, Any] = {}
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word.startswith("--"):
            key, equals, text = word[2:].partition("=")
            key = key if key in properties else key.replace("-", "_")
            if key not in properties:
                hint = nearest(word[2:], properties) if properties else "this trigger takes no values"
                raise click.UsageError(f"unknown option {word.partition('=')[0]}; {hint}")
            if not equals:
                text = rest.pop(0) if rest and not rest[0].startswith("--") else "true"
        else:
            key, text = str(trigger["argument"] or ""), word
            if not key:
                raise click.UsageError(f"trigger {trigger['name']} takes no argument, got {word!r}; use --key value")
        if key in values:
            raise click.UsageError(f"{key} is given twice; give it once")
        values[key] = typed(text, properties.get(key, {}))
    return values


def _list(triggers: Sequence[Mapping[str, Any]], as_json: bool) -> int:
    if as_json:
        click.echo(json.dumps(triggers, ensure_ascii=False))
        return EXIT_OK
    for one in triggers:
        properties, argument = one["values"].get("properties", {}), one["argument"]
        words = [one["name"], *([argument.upper()] if argument else [])]
        words += [f"[--{key} ...]" for key in properties if key != argument]
        click.echo(f"{' '.join(words)}\n    {one['what']}")
    if not triggers:
        click.echo("nothing can be triggered in this mock")
    return EXIT_OK
