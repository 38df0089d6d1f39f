"""Sending notices once: the key set is served meanwhile, signing goes on ahead of sending, every answer is told."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from harness.cli.errors import EXIT_FAILED, EXIT_OK
from harness.cli.notifying_sending import Doors, Notification, Parcel, Say, Sending, Work
from harness.cli.notifying_vectors import Forger, LazyKeys
from harness.evidence.journal import Journal
from harness.net.client import HttpClient
from harness.net.clock import Clock, OffsetClock
from harness.net.listener import Listener
from harness.net.patience import stopwatch, within
from harness.net.tls import AUTHORITY, load_server_context, trusting
from harness.wire.jose import JoseError, KeySet, SigningKey
from harness.wire.pns_forging import Post
from harness.wire.pns_vectors_model import Vector
from mocks.app import WishRefused
from mocks.platform.samples import Samples

PORT = 8298
"""Where the key set is unless that is taken, so that a tool once configured finds it again."""


def read_key(path: Path | None) -> SigningKey:
    """Return the key of a PEM file, named by its thumbprint, or a new one; WishRefused says what is wrong with it."""
    if path is None:
        return SigningKey.generate("RS256", f"notify-{uuid.uuid4()}")
    try:
        pem = path.read_bytes()
        key = SigningKey.from_pem(pem)
        return key.with_kid(key.thumbprint())
    except OSError as error:
        raise WishRefused(f"--key {path}: {error.strerror}; name a private key in PEM form") from None
    except JoseError as error:
        raise WishRefused(f"--key {path}: {error}; name a private key in PEM form, without a password") from None


async def notify(wanted: Notification, say: Say) -> int:
    """Send and tell; return 0 when every message was answered, else 1. Raises TargetUnreachable when none can be."""
    clock = OffsetClock()
    key = read_key(wanted.key)
    keys = LazyKeys(key)

    def fetched(what: str, agent: str) -> None:
        if wanted.follow_keys and wanted.as_json:
            say(json.dumps({"fetched": what, "user_agent": agent}))
        elif wanted.follow_keys:
            say(f"fetched: {what}, by {json.dumps(agent)}")

    lure = KeySet.of([keys["attacker"]]).document() if wanted.vectors else {"keys": []}
    doors = Doors(KeySet.of([key]), lure, fetched)
    listener = Listener(doors.answer, tls=load_server_context(wanted.tls) if wanted.tls else None)
    trust = trusting([*([wanted.tls / AUTHORITY] if wanted.tls else []), *wanted.trust])
    async with HttpClient(Journal(clock.now, recording=False), wanted.patience, trust, keep_alive=True) as client:
        await _listen(listener, wanted)
        try:
            host = "localhost" if wanted.tls else "127.0.0.1" if wanted.bind in ("0.0.0.0", "::") else wanted.bind
            scheme = "https" if wanted.tls else "http"
            base = wanted.public_url or f"{scheme}://{host}:{listener.port}"
            issuer = wanted.issuer or base
            _introduce(wanted, say, issuer, f"{base}/jwks", str(key.kid))
            samples = Samples(
                wanted.settings, key, clock, client, issuer=issuer, client_id=wanted.client_id,
                deployment_id=wanted.deployment, base=base, seed=wanted.seed,
            )  # fmt: skip
            forger = Forger(keys, issuer, wanted.client_id, wanted.deployment, base, bool(wanted.settings["typ"]))
            sending = Sending(wanted, say, client, doors)
            begun = stopwatch()
            await sending.run(_works(wanted, samples, forger, clock))
            spent = stopwatch() - begun
            if wanted.linger > 0 and not doors.fetches and sending.answered:
                await within(wanted.linger, doors.fetched.wait())
                await within(wanted.linger, listener.idle())
            sending.conclude(spent)
            return EXIT_OK if sending.unanswered == 0 else EXIT_FAILED
        finally:
            await listener.stop()


async def _listen(listener: Listener, wanted: Notification) -> None:
    port = PORT if wanted.keys_port is None else wanted.keys_port
    try:
        await listener.start(wanted.bind, port)
    except OSError:
        if wanted.keys_port is not None:
            raise
        await listener.start(wanted.bind, 0)


def _introduce(wanted: Notification, say: Say, issuer: str, keys_url: str, kid: str) -> None:
    facts = {"issuer": issuer, "keys_url": keys_url, "client_id": wanted.client_id}
    facts |= {"deployment_id": wanted.deployment, "kid": kid}
    if wanted.as_json:
        say(json.dumps({**facts, "type": wanted.type, "handler": wanted.handler}))
        return
    say("the tool has to know")
    for name, value in facts.items():
        say(f"  {name.replace('_', ' '):<15}{value}")
    say(f"sending {wanted.type} to {wanted.handler}")


def _works(wanted: Notification, samples: Samples, forger: Forger, clock: Clock) -> Iterator[Work]:
    """Yield what makes messages, in the order in which they are sent."""

    def claims(number: int) -> dict[str, Any]:
        return samples.claims(
            wanted.type, number, origin=wanted.origin, destination=wanted.destination, title=wanted.title
        )

    def plain(first: int, size: int) -> Work:
        drafts = [claims(number) for number in range(first, first + size)]
        return lambda: [
            Parcel(Post(samples.behaviour.body([samples.jwt(one) for one in drafts])), size)
        ]  # fmt: skip

    def forged(vector: Vector, number: int) -> Work:
        def make() -> list[Parcel]:
            made = forger.forged(vector, claims(number), clock.now())
            return [
                Parcel(post, notices, vector, expected, made.published)
                for post, expected, notices in zip(made.posts, made.expected, made.notices, strict=True)
            ]

        return make

    if not wanted.vectors:
        for first in range(0, wanted.count, wanted.batch):
            yield plain(first, min(wanted.batch, wanted.count - first))
    numbers = iter(range(wanted.count * len(wanted.vectors)))
    for vector in wanted.vectors:
        for _ in range(wanted.count):
            yield forged(vector, next(numbers))
