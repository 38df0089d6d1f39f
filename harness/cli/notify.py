"""`invigil notify`: send signed notices, or forged ones, to a handler, and tell how each was answered."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

import click

TYPES = ("hello-world", "context-copy", "submission", "contribution")


@click.command(short_help="Send signed notices, or forged ones, to a handler.")
@click.option("--handler", required=True, metavar="URL", help="Address of the notice handler.")
@click.option("--type", "type_", default="context-copy", metavar="T", help=f"{', '.join(TYPES)} [context-copy].")
@click.option("--count", type=click.IntRange(0, 1_000_000), default=1, metavar="N", help="How many notices [1].")
@click.option("--batch", type=click.IntRange(1, 10_000), default=1, metavar="B", help="How many in one message [1].")
@click.option("--tamper", multiple=True, metavar="NAME[,NAME...]", help="Forge them: vectors by name; all for all.")
@click.option("--iss", default="", metavar="I", help="Issuer [the address of the key set].")
@click.option("--client-id", default="client-1", metavar="C", help="Client id of the tool, the audience [client-1].")
@click.option("--deployment", default="deployment-1", metavar="D", help="Deployment id [deployment-1].")
@click.option("--from", "origin", default="course-1", metavar="ID", help="Context that was copied [course-1].")
@click.option("--to", "destination", default="course-2", metavar="ID", help="Context that was made [course-2].")
@click.option("--title", default="", metavar="T", help="Title of the context that was made.")
@click.option("--key", metavar="PEM", help="Private key to sign with, PEM [a new one].")
@click.option(
    "--keys-port", type=click.IntRange(0, 65535), metavar="N", help="Port of the key set [8298, or a free one]."
)
@click.option("--bind", default="127.0.0.1", metavar="H", help="Address to serve the key set on [127.0.0.1].")
@click.option("--public-url", default="", metavar="U", help="Base URL under which the handler reaches the key set.")
@click.option("--tls", metavar="DIR", help="Serve the key set by https, with what `invigil certs create` has made.")
@click.option("--trust", multiple=True, metavar="FILE", help="Authority (PEM) of the handler's certificate.")
@click.option("--profile", default="pns-spec", metavar="P", help="Profile of the notices [pns-spec].")
@click.option("--seed", type=int, metavar="N", help="Draw the same ids each time [new ones each time].")
@click.option(
    "--launch-url", default="", metavar="URL", help="Redirect URL, for vectors that go where launches arrive."
)
@click.option("--jobs", type=click.IntRange(1, 64), default=1, metavar="N", help="Messages under way at once [1].")
@click.option("--linger", type=float, default=2.0, metavar="S", help="Wait so long for a first fetch of the keys [2].")
@click.option("--patience", type=float, default=30.0, metavar="S", help="Seconds to wait for an answer [30].")
@click.option("--follow-keys", is_flag=True, help="Tell of every fetch of the key set.")
@click.option("--yes", is_flag=True, help="Send to another host than this machine.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines.")
def command(
    handler: str, type_: str, count: int, batch: int, tamper: tuple[str, ...], iss: str, client_id: str,
    deployment: str, origin: str, destination: str, title: str, key: str | None, keys_port: int | None, bind: str,
    public_url: str, tls: str | None, trust: tuple[str, ...], profile: str, seed: int | None, launch_url: str,
    jobs: int, linger: float, patience: float, follow_keys: bool, yes: bool, as_json: bool,
) -> int:  # fmt: skip
    """Send notices to a handler and print how each message was answered, and after how many milliseconds.

    The key set is served while this runs: configure its address, issuer, client id and deployment in the tool.

    Exit 0 when every message was answered, whatever the status; 1 when some were not; 2 wrong use; 3 when none was.
    """
    from harness.cli.notifying import notify
    from harness.cli.notifying_sending import Notification
    from harness.cli.notifying_vectors import chosen
    from harness.judging.nearest import nearest
    from harness.judging.profiles import load_profile
    from harness.net.reach import is_loopback
    from harness.wire.lti_registration import host_of
    from mocks.platform.trying import NOTICES

    known = {**NOTICES, **{name: name for name in NOTICES.values()}}
    if type_ not in known:
        raise click.UsageError(f"--type {type_!r}: {nearest(type_, known)}")
    for name, url in (("--handler", handler), ("--launch-url", launch_url)):
        if url and not (url.startswith(("http://", "https://")) and host_of(url)):
            raise click.UsageError(f"{name} {url!r}: expected an http(s) URL")
        host = host_of(url)
        if url and not (is_loopback(host) or host.endswith(".localhost")) and not yes:
            raise click.UsageError(f"{name}: {host} is another host; give --yes to send {count} notices there")
    settings = load_profile(profile).for_subject("lti-platform")
    if not settings:
        raise click.UsageError(f"--profile {profile}: not one of LTI; see `invigil profile list`")
    vectors = chosen([name for words in tamper for name in words.split(",") if name])
    notification = Notification(
        handler, known[type_], count, batch, vectors, iss, client_id, deployment, origin, destination, title,
        Path(key) if key else None, keys_port, bind, public_url.rstrip("/"), Path(tls) if tls else None,
        [Path(one) for one in trust], settings, seed, launch_url, jobs, linger, patience, follow_keys, as_json,
    )  # fmt: skip
    if urlsplit(public_url).scheme not in ("", "http", "https"):
        raise click.UsageError(f"--public-url {public_url!r}: expected an http(s) URL")
    return asyncio.run(notify(notification, click.echo))
