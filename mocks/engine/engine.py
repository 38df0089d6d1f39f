"""The engine's core under its PENS face: who asks, is it valid, what is owed; the answer never waits for the rest."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.net.client import NOWHERE, HttpClient, Where
from harness.net.clock import Clock
from harness.net.listener import Inbound, Reply
from harness.wire.binding import decode_form
from harness.wire.pens import WARNINGS
from harness.wire.pens_schema import problems
from mocks.engine.collecting import Collector, Listener
from mocks.engine.domain import ALLOWED_BY_DEFAULT, Credential, ImportJob, Tenant
from mocks.engine.pens_behaviour import PensBehaviour
from mocks.outbox import Outbox, Owed
from mocks.state.memory import MemoryStore
from mocks.state.store import Store

TENANT, CLOSED, OTHER = "default", "closed", "other"
Behaviours = Callable[[str], PensBehaviour]


@dataclass(slots=True)
class Engine:
    """One engine: tenants and credentials, a store, an outbox, and the behaviour of each tenant.

    ``behaviours`` composes the behaviour of a tenant when it is needed. ``arrival`` says to which scenario what
    arrives now belongs; a mock that serves a stranger keeps everything under none.
    """

    clock: Clock
    client: HttpClient
    behaviours: Behaviours
    default_tenant: str = TENANT
    smtp: tuple[str, int] | None = None
    seed: int = 0
    store: Store = field(default_factory=MemoryStore)
    tenants: dict[str, Tenant] = field(default_factory=dict)
    credentials: dict[str, Credential] = field(default_factory=dict)
    arrival: Callable[[], Where] = field(default=lambda: NOWHERE)
    tell: Listener = field(default=lambda name, facts: None)
    collector: Callable[..., Collector] = Collector
    outbox: Outbox = field(init=False)
    _belongs: dict[str, Where] = field(default_factory=dict)
    _composed: dict[str, PensBehaviour] = field(default_factory=dict)
    _count: int = 0

    def __post_init__(self) -> None:
        self.outbox = Outbox(self.store, self.clock, self.work)
        for name in (TENANT, OTHER):
            self.tenants.setdefault(name, Tenant(name))
        self.tenants.setdefault(CLOSED, Tenant(CLOSED, ALLOWED_BY_DEFAULT))

    def tenant_of(self, inbound: Inbound) -> str:
        """Return the tenant that the query names, or the listener's default."""
        named = decode_form(inbound.query).get("configuration")
        return self.default_tenant if named is None else named

    async def pens(self, inbound: Inbound) -> Reply:
        """Answer one request to the PENS address."""
        name = self.tenant_of(inbound)
        tenant = self.tenants.get(name)
        behaviour = self.behaviours(name)
        refused = behaviour.refuses_request(inbound)
        if refused:
            return refused
        if tenant is None:
            return behaviour.reply(behaviour.refusal(), behaviour.refusal_status)
        if not behaviour.lets_in(tenant):
            return Reply(403, (("Content-Type", "text/html"),), b"<html><title>403 request not allowed</title></html>")
        message = behaviour.decode(inbound)
        if behaviour.is_silent_on(message):
            return Reply(200, (("Content-Type", "text/html"),))
        found = behaviour.violations(message, self.outbox.clocks.now(name))
        late = [v for v in found if behaviour.is_late(v)]
        codes = [behaviour.code(violation) for violation in found if violation not in late]
        command = message.get("command") or "collect"
        code = behaviour.choose(codes) if codes else 0
        if code and code not in WARNINGS:
            onward, elements = behaviour.after_refusal(code), behaviour.read(message)
            if onward is not None and elements.get("receipt") and elements.get("package-url"):
                await self._accept(name, behaviour, elements, onward)
            return behaviour.reply(behaviour.answer(command, code))
        user, secret = behaviour.credential_of(inbound, message)
        if not behaviour.may_collect(self.credentials.get(user), tenant, secret):
            return behaviour.reply(behaviour.refusal(), behaviour.refusal_status)
        late_code = max((behaviour.code(violation) for violation in late), default=0)
        job = await self._accept(name, behaviour, behaviour.read(message), late_code)
        elements = behaviour.read(message)
        self.tell("collect", {"job": job.id, "elements": elements, "problems": problems("collect", elements)})
        if behaviour.waits:
            await self.outbox.finished(job.id)
        if behaviour.outcome_in_answer:
            async with self.store.transaction() as tx:
                code = tx.get("jobs", job.id).code
        return behaviour.reply(behaviour.answer(command, code))

    async def _accept(
        self, tenant: str, behaviour: PensBehaviour, elements: Mapping[str, str], late_code: int
    ) -> ImportJob:
        where = self.arrival()
        async with self.store.transaction() as tx:
            # A store that outlived another process has jobs already.
            self._count = (self._count or tx.count("jobs")) + 1
            now = self.outbox.clocks.now(tenant)
            job = ImportJob(f"job-{self._count:06d}", tenant, dict(elements), now, code=late_code)
            self._belongs[job.id] = where
            # A fault that is planted for one message bends all that follows from it.
            self._composed[job.id] = behaviour
            tx.put("jobs", job.id, job)
            self.outbox.owe(tx, tenant, "import", job.id)
        await self.outbox.kick()
        return job

    async def work(self, owed: Owed) -> None:
        """Carry out a piece of owed work: the import of a job and all that follows from it."""
        async with self.store.transaction() as tx:
            job: ImportJob = tx.get("jobs", owed.key)
        collector = self.collector(
            store=self.store, clock=self.outbox.clocks.clock(owed.tenant), client=self.client, smtp=self.smtp,
            where=lambda key: self._belongs.get(key, NOWHERE), tell=self.tell,
        )  # fmt: skip
        behaviour = self._composed.pop(job.id, None) or self.behaviours(owed.tenant)
        await collector.carry_out(job, behaviour, self.course_id(job))

    def course_id(self, job: ImportJob) -> str:
        """Return ``PENS_<guid>``, drawn from the seed (Rustici "PENS": the engine invents the id)."""
        digest = hashlib.sha256(f"{self.seed}/{job.tenant}/{job.id}".encode()).digest()
        return f"PENS_{uuid.UUID(bytes=digest[:16], version=4)}"

    async def rows(self, table: str) -> list[Any]:
        """Return all rows of a table: courses, jobs."""
        async with self.store.transaction() as tx:
            return tx.rows(table)
