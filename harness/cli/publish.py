"""`invigil publish`: a one-shot authoring tool that tells what comes of its collect."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import click


@click.command(short_help="Publish one package by PENS and tell what comes of it.")
@click.argument("package", metavar="PACKAGE")
@click.option("--to", "target", required=True, metavar="URL", help="The PENS target.")
@click.option("--user", default="", metavar="ID", help="system-user-id.")
@click.option("--password-env", metavar="VAR", help="Environment variable that holds system-password.")
@click.option("--bind", default="127.0.0.1", metavar="HOST", help="Address to serve package and receipt on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    metavar="N",
    help="Port to serve on; 0 takes a free one.",
)
@click.option("--public-url", default="", metavar="U", help="Base URL under which the target reaches us.")
@click.option("--title", default="", metavar="T", help="Title to show [as the package says].")
@click.option("--package-type", default="", metavar="TYPE", help="[as the package says]")
@click.option("--package-type-version", default="", metavar="V", help="[as the package says]")
@click.option("--package-id", default="", metavar="URI", help="[made from the content]")
@click.option("--receipt-wait", type=float, default=60.0, metavar="S", help="Seconds to wait for the receipt [60].")
def command(
    package: str, target: str, user: str, password_env: str | None, bind: str, port: int, public_url: str,
    title: str, package_type: str, package_type_version: str, package_id: str, receipt_wait: float,
) -> int:  # fmt: skip
    """Stage PACKAGE, send a collect, and tell of download, receipt and alerts."""
    from harness.cli.progress import Progress
    from harness.cli.publishing import Publication, described, publish
    from harness.subjects.targets import TargetError, parse_target

    spec = parse_target(target)
    if spec.kind != "url":
        raise TargetError(f"--to {target!r}: expected an http(s) URL; `invigil serve engine` prints one")
    if not spec.is_loopback and not public_url:
        raise click.UsageError(
            "the target is another host and cannot fetch from loopback; give --bind 0.0.0.0 and --public-url"
        )
    password = ""
    if password_env:
        if password_env not in os.environ:
            raise click.UsageError(f"--password-env: the variable {password_env} is not set; set it or leave it out")
        password = os.environ[password_env]
    path = Path(package)
    about = described(path, title, package_type, package_type_version, package_id)
    publication = Publication(path, target, about, user, password, bind, port, public_url, receipt_wait)
    return asyncio.run(publish(publication, click.echo, Progress(words=("sending", "sent"))))
