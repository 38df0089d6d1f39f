"""Puts a mock together for strangers: a listener, credentials, faults per tenant, something to try."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from fixtures.packages import scorm12
from harness.evidence.journal import Journal
from harness.net.client import NOWHERE, HttpClient
from harness.net.clock import Clock, OffsetClock
from harness.net.listener import Handler, Inbound, Listener, Reply
from harness.net.receiver import Receiver
from harness.net.staging import Staged
from harness.wire.binding import encode_query
from harness.wire.pens import VERSION, write_expiry
from mocks.cloud_app import CloudFace, cloud_face
from mocks.control.controlled import Controlled
from mocks.control.switches import Switchboard, Switches
from mocks.engine.collecting import Listener as Tell
from mocks.engine.controlled import EngineControlled
from mocks.engine.domain import Credential, Tenant
from mocks.engine.engine import TENANT, Engine
from mocks.engine.mock import CREDENTIAL
from mocks.engine.v1.control import triggers
from mocks.engine.v1.domain import App
from mocks.faults.base import FaultSpec
from mocks.faults.composing import pens_behaviour
from mocks.outbox import Outbox, Owed
from mocks.recording import Recording
from mocks.state.opening import open_store

TRY = "/try"
KEPT = 1000
"""How many entries of its journal a served mock keeps in memory."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a mock is served. ``settings`` are the profile's; ``tell`` hears of every event.

    ``public_url`` is the base URL under which others reach the listener, if not its own address; ``smtp`` a
    relay; ``patience`` (seconds) guards each wait for bytes. ``cloud`` are the settings of the V1 face, None for
    none, and ``apps`` its applications; ``store`` is the URL of a store. The journal is kept in memory, and in the
    file ``journal``; with ``recording`` off nowhere.

    Of LTI: ``tls`` is a folder with a certificate, ``trust`` are files of authorities that are trusted too. A platform
    registers ``tools``, files, and lets those at ``invited`` register themselves; a tool registers at ``platforms``.
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
    cloud: Mapping[str, Any] | None = None
    apps: Sequence[App] = ()
    store: str = "memory"
    journal: Path | None = None
    recording: bool = True
    tls: Path | None = None
    trust: Sequence[Path] = ()
    tools: Sequence[Path] = ()
    invited: Sequence[str] = ()
    platforms: Sequence[str] = ()


class WishRefused(Exception):
    """A mock cannot be served as it was wished; the message says why and what helps."""


@dataclass(frozen=True, slots=True)
class Serving:
    """A mock that runs: ``info`` describes it for programs, ``lines`` for people; `stop` ends it.

    ``controlled`` is what its control API drives, if it has one; whoever serves the mock serves that too. ``next`` are
    commands that lead further, each with the words to tell what for; they find the mock by its control API.
    """

    info: Mapping[str, Any]
    lines: Sequence[tuple[str, str]]
    stop: Callable[[], Coroutine[Any, Any, None]]
    controlled: Controlled | None = None
    next: Sequence[tuple[str, str]] = ()


async def serve_engine(wishes: Wishes, clock: Clock | None = None) -> Serving:
    """Serve the engine: as a PENS target with a small course to try it with, and with its V1 face if that is wished.

    Raises UnknownFault or FaultConflict for faults, StoreError for the store, WishRefused for what contradicts
    itself, OSError when the address cannot be bound or the journal not be written.
    """
    async with AsyncExitStack() as stack:
        serving = await _serve_engine(wishes, clock or OffsetClock(), stack)
        kept = stack.pop_all()
    return replace(serving, stop=kept.aclose)


async def _serve_engine(wishes: Wishes, now: Clock, stack: AsyncExitStack) -> Serving:
    store = open_store(wishes.store)
    stack.callback(store.close)
    journal = Journal(now.now, path=wishes.journal, keep=KEPT, recording=wishes.recording)
    journal.header({"mock": "engine"})
    stack.callback(journal.close)
    client = HttpClient(journal, wishes.patience)
    stack.push_async_callback(client.close)
    pens = Switches("pens-target", lambda names: pens_behaviour(wishes.settings, names))
    engine = Engine(now, client, pens, smtp=wishes.smtp, seed=wishes.seed, store=store)
    cloud = None
    if wishes.cloud is not None:
        cloud = await cloud_face(
            wishes.cloud, wishes.apps, now, client, store,
            store_url=wishes.store, seed=wishes.seed, public_url=wishes.public_url,
        )  # fmt: skip
        stack.push_async_callback(cloud.close)
    controlled = _controlled(engine, pens, cloud, journal)
    _join(engine, cloud, controlled)
    engine.tell = controlled.telling(_redacted(wishes.tell, journal))
    if cloud:
        cloud.engine.tell = engine.tell
    _prepare(wishes, engine, cloud, controlled)
    path = str(wishes.settings["path"])
    listener = _listener(wishes, _router(engine, path, cloud), path, cloud, journal, now)
    await listener.start(wishes.host, wishes.port)
    stack.push_async_callback(listener.stop)
    # Ended first: what it has under way may be with our own listener.
    stack.push_async_callback(engine.outbox.stop)
    await engine.outbox.start()
    own = f"http://{'127.0.0.1' if wishes.host in ('0.0.0.0', '::') else wishes.host}:{listener.port}"
    base = wishes.public_url.rstrip("/") or own
    about, lines = _about(wishes, base, own, now, next(iter(engine.credentials.values())))
    info: dict[str, Any] = {"mock": "engine", "url": base, "pens": about}
    if cloud:
        info["v1"] = cloud.info(base)
        lines = [*cloud.lines(base, own, now), *((f"PENS {name}", value) for name, value in lines)]
    return Serving(info, lines, stack.aclose, controlled)


def _controlled(
    engine: Engine, pens: Switches[Any], cloud: CloudFace | None, journal: Journal
) -> EngineControlled:  # fmt: skip
    if cloud is None:
        return EngineControlled(engine, Switchboard(pens), journal)
    board = Switchboard(cloud.switches, pens)
    return EngineControlled(engine, board, journal, triggers(cloud.engine), cloud.engine.apps)


def _join(engine: Engine, cloud: CloudFace | None, controlled: EngineControlled) -> None:
    """Give both faces one outbox over their one store, and so one set of clocks; tenants have names of their own."""

    async def work(owed: Owed) -> timedelta | None:
        if cloud is None or owed.tenant in engine.tenants:
            await engine.work(owed)
            return None
        return await cloud.engine.work(owed)

    def failed(owed: Owed, error: Exception) -> None:
        facts = {"kind": owed.kind, "tenant": owed.tenant, "error": f"{type(error).__name__}: {error}"}
        engine.tell("work-failed", facts)

    engine.outbox = Outbox(engine.store, engine.clock, work, failed)
    if cloud:
        cloud.engine.outbox, cloud.engine.clocks = engine.outbox, engine.outbox.clocks


def _prepare(wishes: Wishes, engine: Engine, cloud: CloudFace | None, controlled: EngineControlled) -> None:
    """Plant faults and let in who may ask."""
    redactor, apps = controlled.journal.redactor, cloud.engine.apps if cloud else {}
    for credential in tuple(wishes.credentials) or (CREDENTIAL,):
        engine.credentials[credential.id] = credential
        redactor.add("system-password", credential.secret)
    for app in apps.values():
        if app.id in engine.tenants:
            raise WishRefused(f"application {app.id!r} has the name of a PENS tenant; give it another id")
        for secret in app.secrets:
            redactor.add("secret-key", secret)
    for spec in wishes.faults:
        planted = controlled.switches.add(spec)
        if planted.subject == "pens-target" and spec.tenant and spec.tenant not in apps:
            engine.tenants.setdefault(spec.tenant, Tenant(spec.tenant))
        elif spec.tenant and spec.tenant not in apps:
            hint = f"name one of {', '.join(apps)}"
            raise WishRefused(f"fault {spec.name} is for the unknown application {spec.tenant!r}; {hint}")


def _listener(
    wishes: Wishes, handler: Handler, path: str, cloud: CloudFace | None, journal: Journal, now: Clock
) -> Listener:
    options: dict[str, Any] = {"now": now.now, "patience": wishes.patience}
    if cloud:
        cap = int(cloud.settings["max_upload"])
        options |= {"uploads": cloud.engine.folder, "early": cloud.early, "file_cap": cap}
    if not wishes.recording:
        return Listener(handler, **options)

    def channel(asked: str) -> str:
        if asked.rstrip("/") == path.rstrip("/"):
            return "pens"
        if asked.startswith(f"{TRY}/"):
            return "try"
        return cloud.channel(asked) if cloud else "page"

    recording = Recording(journal, handler, channel)
    return Listener(recording.handle, done=recording.done, **options)


def _redacted(tell: Tell, journal: Journal) -> Tell:
    """Tell without secrets."""
    return lambda name, facts: tell(name, journal.redactor.facts(facts))


def _about(
    wishes: Wishes, base: str, own: str, now: Clock, credential: Credential
) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Return what there is to know about the PENS face, for programs and for people."""
    path = str(wishes.settings["path"])
    query = f"?configuration={TENANT}" if wishes.settings["tenant_in_query"] else ""
    url = f"{base}{path}{query}"
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
    return about, lines


def _router(engine: Engine, path: str, cloud: CloudFace | None) -> Handler:
    course = Staged(NOWHERE, scorm12(title="A course to try", identifier="try"))
    receiver = Receiver(NOWHERE, "receipt")

    async def route(inbound: Inbound) -> Reply:
        if inbound.path.rstrip("/") == path.rstrip("/"):
            return await engine.pens(inbound)
        if inbound.path == f"{TRY}/course.zip":
            return await course.answer(inbound)
        if inbound.path == f"{TRY}/receipt":
            return await receiver.answer(inbound)
        if cloud:
            return await cloud.answer(inbound)
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
