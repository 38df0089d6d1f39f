"""`invigil certs`: an authority and certificates for https on this machine."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from harness.cli.errors import EXIT_OK


@click.group(short_help="Make certificates for https on this machine.")
def command() -> None:
    """Make certificates for addresses that must be https, such as those of notice handlers."""


@command.command("create")
@click.option("--host", "hosts", multiple=True, required=True, metavar="NAME", help="A host name or an address.")
@click.option("--dir", "folder", default="invigil-certs", metavar="DIR", help="Where to file [invigil-certs].")
@click.option("--days", type=int, default=365, metavar="N", help="Days for which it is good, 1 to 825 [365].")
@click.option("--force", is_flag=True, help="Replace what was made before.")
def create(hosts: tuple[str, ...], folder: str, days: int, force: bool) -> int:
    """Make a small authority and one certificate for the named hosts.

    localhost, 127.0.0.1 and ::1 are in it always. The files are ca.pem, server.pem, server.key and a README that
    tells how to trust them.
    """
    from harness.net import certificates
    from harness.net.clock import OffsetClock
    from harness.net.tls import AUTHORITY, CERTIFICATE, KEY

    made = certificates.create(Path(folder), hosts, OffsetClock().now(), days, force)
    at, authority = shlex.quote(folder), shlex.quote(str(Path(folder) / AUTHORITY))
    click.echo(
        f"written to {folder}, good until {made.until:%Y-%m-%d}\n"
        f"  {AUTHORITY:<12}the authority; whoever calls you must trust it, {certificates.README} says how\n"
        f"  {CERTIFICATE:<12}certificate of {', '.join(made.names)}\n"
        f"  {KEY:<12}its key, for your eyes alone\n"
        "next\n"
        f"  invigil serve platform --tls {at}\n"
        f"  curl --cacert {authority} https://{_called(made.names[0])}:PORT/"
    )
    return EXIT_OK


def _called(name: str) -> str:
    """Return a name as it stands in a URL."""
    return f"[{name}]" if ":" in name else name.replace("*", "any")
