"""`invigil call`: one signed call of the V1 API, and what answers."""

from __future__ import annotations

import asyncio
import os
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli.errors import EXIT_FAILED, EXIT_OK

if TYPE_CHECKING:
    from harness.net.client import Request
    from harness.wire.binding import Pairs

BOUNDARY = "invigil-5b0e7c1d"
TO = "Address of the API, as `serve engine` prints it [INVIGIL_TO]."
APP = "Application and its secret key [INVIGIL_APP]."


@click.command(short_help="Make one signed call of the V1 API and print the answer.")
@click.argument("method", metavar="METHOD")
@click.argument("words", nargs=-1, metavar="[NAME=VALUE]...")
@click.option("--to", "target", envvar="INVIGIL_TO", required=True, metavar="URL", help=TO)
@click.option("--app", "app", envvar="INVIGIL_APP", required=True, metavar="ID:SECRET", help=APP)
@click.option("--file", "file", metavar="PATH", help="Post this file, as an import does.")
@click.option("--post", is_flag=True, help="Send the parameters as a form [in the address].")
@click.option("--shift", default="0s", metavar="[-]SPAN", help="Date the call so far from now: 16m, -16m.")
@click.option("--print-url", is_flag=True, help="Print the signed address instead of calling: to open a launch.")
@click.option("--patience", type=float, default=120.0, metavar="S", help="Seconds to wait for bytes [120].")
def command(
    method: str, words: tuple[str, ...], target: str, app: str, file: str | None, post: bool, shift: str,
    print_url: bool, patience: float,
) -> int:  # fmt: skip
    """Call METHOD (debug.authPing; rustici. is put before) and print what answers.

    Exit 0 when the call succeeded (or redirects: the address is printed), 1 when it failed, 3 when nobody answers.
    """
    from harness.net.clock import OffsetClock
    from harness.wire.binding import encode_query, join_query
    from harness.wire.cloud_v1 import signed

    if not target.startswith(("http://", "https://")):
        raise click.UsageError(f"--to {target!r}: expected an http(s) URL; `invigil serve engine` prints one")
    appid, _, secret = app.partition(":")
    if not appid or not secret:
        raise click.UsageError(f"--app {appid!r}: expected ID:SECRET")
    name = method if method.startswith("rustici.") else f"rustici.{method}"
    pairs: Pairs = (("method", name), *(_pair(word) for word in words))
    pairs = signed(pairs, appid, secret, OffsetClock().now() + span(shift))
    if print_url:
        click.echo(join_query(target, encode_query(pairs)))
        return EXIT_OK
    return asyncio.run(_call(_request(target, pairs, file, post), patience))


def _pair(word: str) -> tuple[str, str]:
    name, equals, value = word.partition("=")
    if not name or not equals:
        raise click.UsageError(f"{word!r}: expected NAME=VALUE")
    return name, value


def span(text: str) -> timedelta:
    """Read a duration such as 16m, with a minus sign for the past."""
    from mocks.control.problems import Refused
    from mocks.control.reading import duration

    try:
        return duration(text.removeprefix("-")) * (-1 if text.startswith("-") else 1)
    except Refused:
        raise click.UsageError(f"--shift {text!r}: expected a duration such as 90s, 16m or -16m") from None


def _request(target: str, pairs: Pairs, file: str | None, post: bool) -> Request:
    from harness.net.client import Request
    from harness.wire.binding import FORM, encode_query, join_query

    query = encode_query(pairs)
    if file is not None:
        path = Path(file)
        name = path.name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="filedata"; filename="{name}"\r\n'
        head += "Content-Type: application/zip\r\n\r\n"
        body = os.fsencode(head) + path.read_bytes() + f"\r\n--{BOUNDARY}--\r\n".encode()
        kind = f"multipart/form-data; boundary={BOUNDARY}"
        return Request("POST", join_query(target, query), (("Content-Type", kind),), body)
    if post:
        return Request("POST", target, (("Content-Type", FORM),), query.encode())
    return Request("GET", join_query(target, query))


async def _call(request: Request, patience: float) -> int:
    from harness.evidence.journal import Journal
    from harness.net.client import NOWHERE, HttpClient
    from harness.net.clock import OffsetClock
    from harness.subjects.driver import TargetUnreachable
    from harness.wire.cloud_v1_answer import read_rsp

    async with HttpClient(Journal(OffsetClock().now, recording=False), patience) as client:
        received = await client.send(NOWHERE, "call", request)
    if received.error and not received.status:
        raise TargetUnreachable(f"{request.url.partition('?')[0]}: no answer ({received.error}); check --to")
    location = received.header("Location")
    if location and 300 <= received.status < 400:
        click.echo(f"HTTP {received.status} {location}")
        return EXIT_OK
    click.echo(received.body, nl=not received.body.endswith(b"\n"))
    if received.status != 200:
        click.echo(f"HTTP {received.status}", err=True)
        return EXIT_FAILED
    return EXIT_FAILED if read_rsp(received.body).stat == "fail" else EXIT_OK
