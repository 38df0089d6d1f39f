"""The platform for strangers: register a tool or name a handler, and receive real, signed notices."""

from __future__ import annotations

import shlex
import uuid
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlsplit

from harness.evidence.journal import Journal
from harness.net.client import NOWHERE, HttpClient, Request
from harness.net.clock import Clock, OffsetClock
from harness.net.listener import Inbound, Listener, Reply
from harness.net.reach import is_loopback
from harness.net.tls import AUTHORITY, load_server_context, trusting
from harness.wire.jose import SigningKey
from harness.wire.lti_registration import host_of
from mocks.app import KEPT, Serving, Wishes, WishRefused
from mocks.control.switches import Switchboard, Switches
from mocks.faults.composing import platform_behaviour
from mocks.outbox import Outbox, Owed
from mocks.platform import enrolling, registering
from mocks.platform.admitting import AdmittingError
from mocks.platform.behaviour import PlatformBehaviour
from mocks.platform.controlled import PlatformControlled
from mocks.platform.domain import COURSES, Course
from mocks.platform.people import PARTS, populate
from mocks.platform.platform import Platform
from mocks.platform.routes import route
from mocks.platform.triggers import triggers
from mocks.platform.trying import COPY
from mocks.recording import Recording
from mocks.state.opening import open_store
from mocks.state.store import Store

RUNS: Final = "runs"
WILDCARDS: Final = ("0.0.0.0", "::", "")
HANDLER: Final = "http://127.0.0.1:9000/notices"
"""A handler's address as it is shown to whoever has to put the own one in its place."""


def fresh_key(number: int) -> SigningKey:
    """Return a new signing key under a name that no other key has."""
    return SigningKey.generate("RS256", f"platform-{uuid.uuid4()}")


async def serve_platform(wishes: Wishes, clock: Clock | None = None) -> Serving:
    """Serve the platform by https with a certificate, else by http on this machine.

    Its keys are made at the start and kept with the store. Raises WishRefused for a registration that cannot be
    read or a tenant that there is not, UnknownFault or FaultConflict for faults, TlsError and StoreError for files,
    OSError when the address cannot be bound.
    """
    async with AsyncExitStack() as stack:
        serving = await _serve(wishes, clock or OffsetClock(), stack)
        kept = stack.pop_all()
    return replace(serving, stop=kept.aclose)


async def _serve(wishes: Wishes, clock: Clock, stack: AsyncExitStack) -> Serving:
    try:
        tools = [enrolling.read_tool(path) for path in wishes.tools]
    except AdmittingError as problem:
        raise WishRefused(f"--tool-registration {problem}") from None
    tls = load_server_context(wishes.tls) if wishes.tls else None
    if tls is None and not wishes.public_url.startswith("https:") and not is_loopback(wishes.host):
        raise WishRefused(
            f"--host {wishes.host}: a platform that others reach is called by https; give --tls DIR or --public-url"
        )
    trust = trusting([*([wishes.tls / AUTHORITY] if wishes.tls else []), *wishes.trust])
    store = open_store(wishes.store)
    stack.callback(store.close)
    journal = Journal(clock.now, path=wishes.journal, keep=KEPT, recording=wishes.recording)
    journal.header({"mock": "platform"})
    stack.callback(journal.close)
    client = HttpClient(journal, wishes.patience, trust)
    stack.push_async_callback(client.close)
    controlled = await _platform(wishes, clock, client, store, journal)
    platform = controlled.platform
    journal.redactor.add("admin-token", platform.admin_token)
    await _enrol(platform, wishes, tools)
    await controlled.refresh()
    _plant(wishes, controlled)
    listener = _listener(wishes, platform, journal, clock, tls)
    await listener.start(wishes.host, wishes.port)
    stack.push_async_callback(listener.stop)
    platform.base = _base(wishes, listener.port, tls is not None)
    stack.push_async_callback(platform.outbox.stop)
    await platform.outbox.start()
    opened = [await _invited(platform, client, url) for url in wishes.invited]
    return await _serving(wishes, controlled, opened)


async def _enrol(platform: Platform, wishes: Wishes, tools: Sequence[Mapping[str, Any]]) -> None:
    for path, tool in zip(wishes.tools, tools, strict=True):
        try:
            await enrolling.enrol(platform, tool)
        except AdmittingError as problem:
            raise WishRefused(f"--tool-registration {path}: {problem}") from None


async def _platform(
    wishes: Wishes, clock: Clock, client: HttpClient, store: Store, journal: Journal
) -> PlatformControlled:
    settings = dict(wishes.settings)
    switches: Switches[PlatformBehaviour] = Switches(
        "lti-platform", lambda names: platform_behaviour(settings, names), matchable=True
    )
    run = await _run(store) if wishes.store != "memory" else ""
    platform = Platform(
        clock, client, switches.using, settings, "", fresh_key, store, wishes.seed, run, switches=switches
    )
    controlled = PlatformControlled(platform, Switchboard(switches), journal)
    controlled.triggers |= triggers(controlled)
    platform.tell = controlled.telling(wishes.tell)

    def failed(owed: Owed, error: Exception) -> None:
        platform.tell("work-failed", {"kind": owed.kind, "error": f"{type(error).__name__}: {error}"})

    platform.outbox = Outbox(store, platform.clocks, platform.work, failed)
    await platform.prepare()
    async with store.transaction() as tx:
        populate(platform, tx)
    return controlled


async def _run(store: Store) -> str:
    """Count the runs over a store, so that no two of them draw the same ids."""
    async with store.transaction() as tx:
        number = (tx.get(RUNS, "last") or 0) + 1
        tx.put(RUNS, "last", number)
    return str(number)


def _plant(wishes: Wishes, controlled: PlatformControlled) -> None:
    for spec in wishes.faults:
        if spec.tenant and spec.tenant not in controlled.tenants:
            known = ", ".join(controlled.tenants) or "none; give --tool-registration FILE"
            raise WishRefused(f"fault {spec.name} is for the unknown client {spec.tenant!r}; there are {known}")
        controlled.switches.add(spec)


def _base(wishes: Wishes, port: int, secure: bool) -> str:
    if wishes.public_url:
        return wishes.public_url.rstrip("/")
    host = "localhost" if secure and wishes.host == "127.0.0.1" else wishes.host
    host = ("localhost" if secure else "127.0.0.1") if host in WILDCARDS else f"[{host}]" if ":" in host else host
    return f"{'https' if secure else 'http'}://{host}:{port}"


def _listener(wishes: Wishes, platform: Platform, journal: Journal, clock: Clock, tls: Any) -> Listener:
    async def answer(inbound: Inbound) -> Reply:
        prefix = urlsplit(platform.base).path
        if prefix and inbound.path.startswith(f"{prefix}/"):  # what stands between us and the public has left it there
            inbound = replace(inbound, target=inbound.target.removeprefix(prefix))
        return await route(platform, inbound)

    options: dict[str, Any] = {"now": clock.now, "patience": wishes.patience, "tls": tls}
    if not wishes.recording:
        return Listener(answer, **options)
    settings = platform.settings
    names = {str(settings["token-path"]): "token", str(settings["keys-path"]): "keys", "/lti/register": "register"}
    names[str(settings["auth-path"])] = "authorize"
    before = str(settings["url-path"]).partition("{")[0]

    def channel(path: str) -> str:
        return names.get(path) or ("handlers" if path.startswith(before) else "page")

    recording = Recording(journal, answer, channel)
    return Listener(recording.handle, done=recording.done, **options)


async def _invited(platform: Platform, client: HttpClient, url: str) -> tuple[str, str]:
    """Invite a tool to register itself; return the address that begins it, and what came of it.

    At a tool on this machine we do ourselves what an administrator's browser does.
    """
    opening = await registering.invite(platform, url)
    if not is_loopback(host_of(url)):
        return opening, "open it in a browser"
    before = len(await enrolling.tools_of(platform))
    received = await client.send(NOWHERE, "invite", Request("GET", opening))
    if len(await enrolling.tools_of(platform)) > before:
        return url, "registered"
    said = f"({received.error})" if received.error else f"with status {received.status}"
    return await registering.invite(platform, url), f"the tool answered {said} and has not registered; open it yourself"


async def _serving(wishes: Wishes, controlled: PlatformControlled, opened: Sequence[tuple[str, str]]) -> Serving:
    platform = controlled.platform
    tools = await enrolling.tools_of(platform)
    async with platform.store.transaction() as tx:
        courses: Sequence[Course] = tx.rows(COURSES)
    invitation = await enrolling.invitation(platform)
    info: dict[str, Any] = {
        "mock": "platform", "url": platform.base, "issuer": platform.issuer, "auth_url": platform.auth_url,
        "token_url": platform.token_url, "keys_url": platform.keys_url, "audience": platform.audiences()[0],
        "configuration_url": platform.configuration_url, "registration_url": platform.registration_url,
        "admin_url": platform.admin_url, "admin_token": platform.admin_token,
        "invitation": invitation, "tools": tools, "roles": list(PARTS),
        "courses": [{"id": one.id, "label": one.label, "title": one.title} for one in courses],
        "invited": [{"open": url, "outcome": outcome} for url, outcome in opened],
    }  # fmt: skip
    lines = [(name, str(info[name.replace(" ", "_")])) for name in ("issuer", "auth url", "token url", "keys url")]
    lines += [("audience", str(info["audience"])), ("configuration", platform.configuration_url)]
    lines.append(("register at", f"{invitation}   # a tool, once"))
    lines += [("admin api", platform.admin_url), ("admin token", platform.admin_token)]
    for tool in tools:
        off = "" if tool["enabled"] else "   # not enabled"
        lines += [("tool", tool["name"]), ("  client id", tool["client_id"] + off)]
        lines += [("  deployment", one) for one in tool["deployments"]]
    lines += [("invited", f"{url}   # {outcome}") for url, outcome in opened]
    lines.append(("courses", ", ".join(f"{one.label} ({one.id})" for one in courses[:8])))
    if platform.settings["outbound"] == "loopback":
        lines.append(("notices go to", "this machine only; --setting outbound=any allows other hosts"))
    return Serving(info, lines, _nothing, controlled, _next(wishes, tools))


def _next(wishes: Wishes, tools: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Return what leads to the first notice: by a handler alone, or by a launch of a tool that is registered."""
    if not tools:
        return [(f"invigil trigger handler {HANDLER}", "your handler's address: all notices go there")]
    idle = next((tool for tool in tools if not tool["enabled"]), None)
    enable = [(shlex.join(["invigil", "trigger", "activate", idle["client_id"]]), "enable the tool")] if idle else []
    trust = f" --trust {shlex.quote(str(wishes.tls / AUTHORITY))}" if wishes.tls else ""
    return [
        *enable,
        ("invigil launch --as instructor --course BIO-101 --open", "your tool sees the service and sets its handlers"),
        (f"invigil launch --as instructor --course BIO-101 --follow{trust}", "the same without a browser"),
        (COPY, "then let the first notice come"),
    ]


async def _nothing() -> None:
    """Stop nothing; what serves stops it all."""
