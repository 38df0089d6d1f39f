"""`invigil profile`: the settings in which implementations differ, each with its source."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from harness.cli.errors import EXIT_OK

if TYPE_CHECKING:
    from harness.judging.profile_sources import Described, Sourced


@click.group(short_help="List, show and compare the profiles.")
def command() -> None:
    """List the profiles by which mocks behave and suites judge; show one; compare two."""


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_profiles(as_json: bool) -> int:
    """List the profiles: what they extend, for which subjects they are, and what they are about."""
    from harness.judging.profile_sources import described
    from harness.judging.profiles import profile_names

    found = [described(name) for name in profile_names()]
    if as_json:
        click.echo(json.dumps([_head(one) for one in found], ensure_ascii=False))
        return EXIT_OK
    for one in found:
        click.echo(f"{one.name}  {_facts(one)}\n    {one.about}")
    return EXIT_OK


@command.command("show")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(name: str, as_json: bool) -> int:
    """Show the settings of profile NAME by table, each with its source and the profile that it is taken from."""
    from harness.judging.profile_sources import described, order

    one = described(name)
    if as_json:
        settings = {key: _row(value) for key, value in one.settings.items()}
        click.echo(json.dumps({**_head(one), "settings": settings}, ensure_ascii=False))
        return EXIT_OK
    click.echo(f"{one.name}  {_facts(one)}\n    {one.about}")
    area = ""
    # The sort is stable: within a table the order of the file stays.
    for key, value in sorted(one.settings.items(), key=lambda item: order(item[0])[0]):
        area = _heading(key, area)
        click.echo(f"{key.partition('.')[2] or key} = {written(value.value)}{_source(value, one, 4)}")
    return EXIT_OK


@command.command("diff")
@click.argument("left", metavar="A")
@click.argument("right", metavar="B")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def diff(left: str, right: str, as_json: bool) -> int:
    """List the settings in which profiles A and B differ, with the values and sources of both."""
    from harness.judging.profile_sources import described, differing

    a, b = described(left), described(right)
    rows = differing(a, b)
    if as_json:
        told = [{"setting": key, "left": one and _row(one), "right": two and _row(two)} for key, one, two in rows]
        click.echo(json.dumps({"left": _head(a), "right": _head(b), "differences": told}, ensure_ascii=False))
        return EXIT_OK
    if not rows:
        click.echo(f"{left} and {right} do not differ")
        return EXIT_OK
    total = len({*a.settings, *b.settings})
    click.echo(f"{left} and {right} differ in {len(rows)} of {total} settings")
    for one in (a, b):
        click.echo(f"    {one.name}: {one.about}")
    area, width = "", max(len(left), len(right))
    for key, *values in rows:
        area = _heading(key, area)
        click.echo(key.partition(".")[2] or key)
        for one, value in zip((a, b), values, strict=True):
            told_value = written(value.value) + _source(value, one, 8) if value else "not set"
            click.echo(f"    {one.name:<{width}}  {told_value}")
    return EXIT_OK


def written(value: Any) -> str:
    """Return a value as it stands in a profile."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        return "[" + ", ".join(written(one) for one in value) + "]"
    return str(value)


def _source(value: Sourced, of: Described, indent: int) -> str:
    """Return the line under a value: its source, and the profile that it was taken over from.

    There is none when the line would repeat the value (a tolerated row) or what was said of the whole profile.
    """
    over = f"  ({value.profile})" if value.profile not in ("", of.name) else ""
    if not over and value.source in (value.value, of.about):
        return ""
    return f"\n{' ' * indent}{value.source or 'no source'}{over}"


def _heading(key: str, before: str) -> str:
    """Print the header of a setting's table when it begins; return its name."""
    area, dot, _ = key.partition(".")
    if dot and area != before:
        click.echo(f"[{area}]")
    return area if dot else before


def _facts(one: Described) -> str:
    words: Iterable[str] = (
        f"extends {', '.join(one.extends)}" if one.extends else "",
        f"for {', '.join(one.subjects)}" if one.subjects else "",
    )
    return "; ".join(word for word in words if word)


def _head(one: Described) -> dict[str, Any]:
    return {
        "name": one.name,
        "about": one.about,
        "extends": list(one.extends),
        "vendor": one.settings["vendor"].value if "vendor" in one.settings else "",
        "subjects": list(one.subjects),
    }


def _row(value: Sourced) -> dict[str, Any]:
    return {"value": value.value, "source": value.source, "profile": value.profile}
