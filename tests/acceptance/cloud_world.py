"""A V1 engine without a socket, or behind one, for tests that bring it to its limits."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

from harness.evidence.journal import Journal
from harness.judging.profiles import load_profile
from harness.net.client import HttpClient
from harness.net.clock import ManualClock
from harness.net.listener import Inbound, Listener, Reply
from harness.wire.binding import FORM, Pairs, decode_form, encode_query
from harness.wire.cloud_v1 import signature, write_ts
from mocks.engine.v1.domain import App, Course, Registration, Version
from mocks.engine.v1.engine import CloudEngine
from mocks.engine.v1.routes import early, route
from mocks.engine.v1.works import WORKS
from mocks.faults.composing import cloud_behaviour
from mocks.state.memory import MemoryStore
from mocks.state.store import Store

NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
APP = App("app", ("secretkey",))
PATH = "/EngineWebServices/api"


class CloudWorld:
    """One engine with a course ``c1`` and a registration ``r1`` of the learner ``l1``."""

    def __init__(self, engine: CloudEngine) -> None:
        self.engine = engine
        self.url = ""

    async def furnish(self) -> None:
        """Put course and registration back as they were."""
        async with self.engine.store.transaction() as tx:
            course = Course("c1", "Golf", "scorm_12", NOW, (Version(0, NOW, 100),))
            tx.put(f"courses/{APP.id}", course.id, course)
            registration = Registration("r1", "c1", "l1", "Ada", "Byron", NOW, updated=NOW)
            tx.put(f"registrations/{APP.id}", registration.id, registration)

    def signed(self, query: bytes) -> bytes:
        """Return a query with appid, ts and sig added; it is signed as a server has to read it."""
        who: Pairs = (("appid", APP.id), ("ts", write_ts(NOW)))
        sig = signature((*decode_form(query).pairs, *who), APP.secrets[0])
        return query + b"&" + encode_query((*who, ("sig", sig))).encode()

    async def call(self, query: bytes, *, form: bool = False, path: str = PATH) -> Reply:
        """Make a signed call without a socket: in the query, or in a form body."""
        whole = self.signed(query)
        inbound = Inbound("", "GET", f"{path}?{whole.decode('latin-1')}", (("Host", "v1.example"),), b"")
        if form:
            headers = (("Host", "v1.example"), ("Content-Type", FORM))
            inbound = replace(inbound, method="POST", target=path, headers=headers, body=whole)
        return await route(self.engine, inbound)


@asynccontextmanager
async def cloud_world(
    store: Store | None = None, *, served: bool = False, faults: tuple[str, ...] = ()
) -> AsyncIterator[CloudWorld]:
    """Open a world; ``served`` puts it behind a listener on loopback, at ``url``; ``faults`` bend it."""
    clock = ManualClock(NOW)
    client = HttpClient(Journal(clock.now), 1.0)
    behaviour = cloud_behaviour(load_profile("scorm-cloud").for_subject("cloud-v1"), faults)
    engine = CloudEngine(
        clock, client, lambda app: behaviour, {APP.id: APP}, APP.id, store or MemoryStore(), works=dict(WORKS)
    )
    world = CloudWorld(engine)
    listener = Listener(
        lambda inbound: route(engine, inbound), now=clock.now, uploads=engine.folder,
        early=lambda inbound: early(engine, inbound),
    )  # fmt: skip
    try:
        if served:
            await listener.start()
            world.url = f"http://127.0.0.1:{listener.port}{PATH}"
        await world.furnish()
        yield world
    finally:
        await engine.outbox.stop()
        if served:
            await listener.stop()
        await client.close()
        await asyncio.to_thread(shutil.rmtree, engine.folder, ignore_errors=True)
