"""The engine under its V1 face: lets a call in, carries it out in one transaction, then does what it owes."""

from __future__ import annotations

import asyncio
import hashlib
import inspect
import tempfile
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.net.client import NOWHERE, HttpClient, Where
from harness.net.clock import Clock, TenantClocks
from harness.net.listener import Inbound, Reply
from harness.net.staging import Gate
from harness.wire.binding import Pairs
from harness.wire.cloud_v1 import NO_METHOD, first_values
from mocks.engine.v1.behaviour import CloudBehaviour
from mocks.engine.v1.call import Call, Failure, Later
from mocks.engine.v1.domain import App
from mocks.engine.v1.methods import METHODS
from mocks.outbox import Outbox, Owed
from mocks.state.memory import MemoryStore
from mocks.state.store import Store

if TYPE_CHECKING:
    from mocks.control.switches import Switches

Tell = Callable[[str, Mapping[str, Any]], None]
Behaviours = Callable[[str], CloudBehaviour]
Work = Callable[["CloudEngine", CloudBehaviour, Owed], Awaitable[timedelta | None]]


@dataclass(slots=True)
class CloudEngine:
    """One SCORM Cloud: applications side by side over one store, one outbox, one folder for packages.

    ``behaviours`` composes the behaviour of an application at the moment of use. ``works`` maps a kind of owed work
    to what carries it out. ``where`` says under which scenario what is sent about a registration is kept.
    ``switches`` are the faults of an engine in which they change while it runs; ``run`` tells the ids of this run
    from those of an earlier one over the same store.
    """

    clock: Clock
    client: HttpClient
    behaviours: Behaviours
    apps: dict[str, App] = field(default_factory=dict)
    default_app: str = ""
    store: Store = field(default_factory=MemoryStore)
    seed: int = 0
    public_url: str = ""
    tell: Tell = field(default=lambda name, facts: None)
    where: Callable[[str], Where] = field(default=lambda regid: NOWHERE)
    works: dict[str, Work] = field(default_factory=dict)
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="invigil-cloud-")))
    gates: dict[tuple[str, str], Gate] = field(default_factory=dict)  # answers held back, by application and regid
    imports: dict[str, asyncio.Future[bool]] = field(default_factory=dict)  # who waits for the end of a job, by its id
    switches: Switches[CloudBehaviour] | None = None
    run: str = ""
    clocks: TenantClocks = field(init=False)
    outbox: Outbox = field(init=False)
    _count: int = 0

    def __post_init__(self) -> None:
        self.clocks = TenantClocks(self.clock)
        self.outbox = Outbox(self.store, self.clocks, self.work)

    def behaviour(self, app: str, about: str, *, peek: bool = False) -> CloudBehaviour:
        """Return the behaviour for a message of an application, which is about a method or a kind of owed work.

        With ``peek`` no fault that is planted for a few messages is used up.
        """
        if self.switches is None:
            return self.behaviours(app)
        return self.switches.peek(app, about) if peek else self.switches.using(app, about)

    def now(self, app: str) -> datetime:
        """Return protocol time of an application."""
        return self.clocks.now(app)

    def new_id(self, kind: str) -> str:
        """Return an id that is new, drawn from the seed."""
        self._count += 1
        digest = hashlib.sha256(f"{self.seed}/{kind}/{self._count}/{self.run}".encode()).digest()
        return str(uuid.UUID(bytes=digest[:16], version=4))

    def base(self, inbound: Inbound) -> str:
        """Return the address under which the caller has reached us."""
        scheme = "https" if inbound.tls else "http"
        return self.public_url.rstrip("/") or f"{scheme}://{inbound.header('Host') or 'localhost'}"

    def refuses(self, inbound: Inbound, behaviour: CloudBehaviour, params: Pairs) -> Reply | None:
        """Return the refusal of a call that may not be made; None when it may."""
        given = first_values(params)
        tenant = given.get("appid", "") if given.get("appid", "") in self.apps else self.default_app
        now = self.now(tenant)
        try:
            if behaviour.needs_authentication(behaviour.method_of(params, METHODS)):
                behaviour.authenticate(params, self.apps, now)
        except Failure as failure:
            self._refused(inbound, behaviour, params, tenant, failure, now)
            return behaviour.failed(inbound, given, failure)
        return None

    async def call(self, inbound: Inbound, behaviour: CloudBehaviour, params: Pairs) -> Reply:
        """Answer one call of the API."""
        given = first_values(params)
        tenant = given.get("appid", "") if given.get("appid", "") in self.apps else self.default_app
        now = self.now(tenant)
        begun = now
        if inbound.arrived and inbound.length is not None:
            # An upload is judged by when its headers came, not by when its body was there.
            begun -= max(timedelta(0), self.clock.now() - inbound.arrived)
        try:
            method = behaviour.method_of(params, METHODS)
            handler = getattr(behaviour, METHODS[method].handler, None)
            if handler is None:
                raise Failure(NO_METHOD, f"Method [{method}] not found")
            app = self.apps.get(tenant) or App("", ())
            if behaviour.needs_authentication(method):
                app = behaviour.authenticate(params, self.apps, begun)
                for name, facts in behaviour.noticed(params, app):
                    self.tell(name, {"app": app.id, **facts})
            return await self._carry_out(inbound, behaviour, params, method, handler, app, now)
        except Failure as failure:
            self._refused(inbound, behaviour, params, tenant, failure, now)
            return behaviour.failed(inbound, given, failure)

    async def _carry_out(
        self, inbound: Inbound, behaviour: CloudBehaviour, params: Pairs, method: str, handler: Any, app: App,
        now: datetime,
    ) -> Reply:  # fmt: skip
        owed = False

        def owe(kind: str, key: str, after: timedelta = timedelta(0)) -> None:
            nonlocal owed
            owed = True
            self.outbox.owe(tx, app.id, kind, key, after)

        async with self.store.transaction() as tx:
            call = Call(method, params, inbound, app, now, tx, owe, self.new_id, self)
            done = handler(call)
        for name, facts in call.events:
            self.tell(name, {"app": app.id, **facts})
        if owed:
            await self.outbox.kick(app.id)
        if isinstance(done, Later):
            done = await done.act()
        # A fault may have made a member asynchronous.
        if not isinstance(done, tuple | Reply) and inspect.isawaitable(done):
            done = await done
        reply = done if isinstance(done, Reply) else behaviour.reply(done)
        return behaviour.finished(call, reply)

    def _refused(
        self, inbound: Inbound, behaviour: CloudBehaviour, params: Pairs, tenant: str, failure: Failure, now: datetime
    ) -> None:
        """Explain a refusal in the event stream, never in the answer."""
        facts: dict[str, Any] = {"app": tenant, "code": failure.code, "message": failure.message}
        self.tell("refused", {**facts, **behaviour.explanation(inbound, params, self.apps, failure, now)})

    async def work(self, owed: Owed) -> timedelta | None:
        """Carry out a piece of owed work; return after how long it is to be tried again, or None."""
        return await self.works[owed.kind](self, self.behaviour(owed.tenant, owed.kind), owed)

    async def restart(self) -> None:
        """Cut off all work that is under way, forget what is not stored, and take up what the store still owes."""
        self.gates.clear()
        await self.outbox.restart()

    async def rows(self, table: str) -> list[Any]:
        """Return all rows of a table, such as ``registrations/app``."""
        async with self.store.transaction() as tx:
            return list(tx.rows(table))
