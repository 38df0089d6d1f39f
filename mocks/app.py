"""Puts a mock together for strangers: a listener, credentials, faults per tenant, something to try."""

from __future__ import annotations

import shlex
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from fixtures.packages import scorm12
from harness.evidence.journal import Journal
from harness.net.client import NOWHERE, HttpClient
from harness.net.clock import Clock, OffsetClock
from harness.net.listener import Inbound, Listener, Reply
from harness.net.receiver import Receiver
from harness.net.staging import Staged
from harness.wire.binding import encode_query
from harness.wire.pens import VERSION, write_expiry
from mocks.control.controlled import Controlled
from mocks.control.switches import Switchboard, Switches
from mocks.engine.collecting import Listener as Tell
from mocks.engine.controlled import EngineControlled
from mocks.engine.domain import Credential, Tenant
from mocks.engine.engine import TENANT, Engine
from mocks.engine.mock import CREDENTIAL
from mocks.faults.base import FaultSpec
from mocks.faults.composing import pens_behaviour

TRY = "/try"


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a mock is served. ``settings`` are the profile's; ``tell`` hears of every event.

    ``public_url`` is the base URL under which others reach the listener, if not its own address; ``smtp`` a
    relay; ``patience`` (seconds) guards each wait for bytes.
    """

    settings: Mapping[str, Any]
    faults: Sequence[FaultSpec] = ()
    credentials: Sequence[Credential] = ()
    host: str = "127.0.0.1"
    port: int = 0
    public_url: str = ""
    smtp: tuple[str, int] | None = None
    seed: int = 0
    patience: float = 30.0
    tell: Tell = field(default=lambda name, facts: None)


@dataclass(frozen=True, slots=True)
class Serving:
    """A mock that runs: ``info`` describes it for programs, ``lines`` for people; `stop` ends it.

    ``controlled`` is what its control API drives, if it has one; whoever serves the mock serves that too.
    """

    info: Mapping[str, Any]
    lines: Sequence[tuple[str, str]]
    stop: Callable[[], Coroutine[Any, Any, None]]
    controlled: Controlled | None = None


async def serve_engine(wishes: Wishes, clock: Clock | None = None) -> Serving:
    """Serve the engine as a PENS target, with a small course and a receiver of its own to try it with.

    Raises UnknownFault or FaultConflict for faults, OSError when the address cannot be bound.
    """
    now = clock or OffsetClock()
    journal = Journal(now.now)
    client = HttpClient(journal, wishes.patience)
    pens = Switches("pens-target", lambda names: pens_behaviour(wishes.settings, names))
    engine = Engine(now, client, pens, smtp=wishes.smtp, seed=wishes.seed)
    controlled = EngineControlled(engine, Switchboard(pens), journal)
    for spec in wishes.faults:
        controlled.switches.add(spec)
    engine.tell = controlled.telling(wishes.tell)
    credentials = tuple(wishes.credentials) or (CREDENTIAL,)
    for credential in credentials:
        engine.credentials[credential.id] = credential
        journal.redactor.add("system-password", credential.secret)
    for name in (spec.tenant for spec in wishes.faults if spec.tenant):
        engine.tenants.setdefault(name, Tenant(name))
    path = str(wishes.settings["path"])
    listener = Listener(_router(engine, path))
    await listener.start(wishes.host, wishes.port)

    async def stop() -> None:
        await engine.outbox.stop()
        await listener.stop()
        await client.close()

    own = f"http://{'127.0.0.1' if wishes.host in ('0.0.0.0', '::') else wishes.host}:{listener.port}"
    base = wishes.public_url.rstrip("/") or own
    query = f"?configuration={TENANT}" if wishes.settings["tenant_in_query"] else ""
    url, credential = f"{base}{path}{query}", credentials[0]
    about = {"url": url, "tenant": TENANT, "credential": f"{credential.id}:{credential.secret}"}
    required = "" if wishes.settings["auth_required"] else "  (not demanded by this profile)"
    lines = [
        ("url", url),
        ("tenant", TENANT),
        ("credential", about["credential"] + required),
        ("fetches from", "this machine only; --setting outbound=any allows other hosts")
        if wishes.settings["outbound"] == "loopback"
        else ("fetches from", "any host"),
        ("try", _try(f"{own}{path}{query}", own, now, credential)),
    ]
    return Serving({"mock": "engine", "url": base, "pens": about}, lines, stop, controlled)


def _router(engine: Engine, path: str) -> Callable[[Inbound], Awaitable[Reply]]:
    course = Staged(NOWHERE, scorm12(title="A course to try", identifier="try"))
    receiver = Receiver(NOWHERE, "receipt")

    async def route(inbound: Inbound) -> Reply:
        if inbound.path.rstrip("/") == path.rstrip("/"):
            return await engine.pens(inbound)
        if inbound.path == f"{TRY}/course.zip":
            return await course.answer(inbound)
        if inbound.path == f"{TRY}/receipt":
            return await receiver.answer(inbound)
        return Reply(404, (("Content-Type", "text/plain"),), b"nothing is served here\n")

    return route


def _try(url: str, base: str, clock: Clock, credential: Credential) -> str:
    """Return a command that publishes the course that lies beside the engine."""
    pairs = (
        ("command", "collect"),
        ("pens-version", VERSION),
        ("package-type", "scorm-pif"),
        ("package-type-version", "1.2"),
        ("package-format", "zip"),
        ("package-id", f"{base}{TRY}/course"),
        ("package-url", f"{base}{TRY}/course.zip"),
        ("package-url-expiry", write_expiry(clock.now() + timedelta(days=7))),
        ("client", "curl"),
        ("receipt", f"{base}{TRY}/receipt"),
        ("alerts", f"{base}{TRY}/receipt"),
        ("system-user-id", credential.id),
        ("system-password", credential.secret),
    )
    return shlex.join(["curl", "-sS", "--data", encode_query(pairs), url])
