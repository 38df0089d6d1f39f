"""A mock platform of a profile, and a little receiver of notices that keeps what comes and answers as told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from harness.evidence.journal import Journal
from harness.judging.profiles import load_profile
from harness.net.client import HttpClient
from harness.net.clock import ManualClock
from harness.net.listener import Inbound, Listener, Reply
from harness.wire.jose import Jws, KeySet, Verdict, read, verify
from harness.wire.pns import CONTEXT_COPY, HELLO_WORLD, SCOPE, TYPES
from harness.wire.pns_notices import read_body
from mocks.faults.composing import platform_behaviour
from mocks.platform.admitting import admit, deploy
from mocks.platform.domain import HANDLERS, Deployment, Registration, StoredHandler
from mocks.platform.mock import test_keys as known_keys
from mocks.platform.people import populate
from mocks.platform.platform import Platform
from mocks.platform.routes import route

NOTHING: Mapping[str, Any] = {}


@dataclass
class NoticeWorld:
    """What a test lets the receiver answer, and all that came to it."""

    platform: Platform
    clock: ManualClock
    client: HttpClient
    deployments: Mapping[str, Deployment]
    base: str
    came: list[Inbound] = field(default_factory=list)
    told: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    answer: Callable[[Inbound], Reply] = lambda inbound: Reply(200)
    gate: asyncio.Event | None = None

    async def subscribe(
        self, notice_type: str = CONTEXT_COPY, *, of: str = "ours", path: str = "/notices", size: int | None = None,
        url: str = "",
    ) -> None:  # fmt: skip
        """Write a handler, past the rules for its address."""
        async with self.platform.store.transaction() as tx:
            stored = StoredHandler(notice_type, url or self.base + path, size)
            tx.put(f"{HANDLERS}/{self.deployments[of].id}", notice_type, stored)

    async def settle(self) -> None:
        await self.platform.outbox.quiesce()

    def jwts(self, at: int | None = None) -> list[str]:
        """Return the tokens that came, in one delivery or in all."""
        some = self.came if at is None else [self.came[at]]
        return [jwt for one in some for jwt in read_body(one.body, one.header("Content-Type")).jwts if jwt]

    def read(self) -> list[Jws]:
        return [read(jwt) for jwt in self.jwts()]

    def claims(self) -> list[Mapping[str, Any]]:
        return [jws.claims() for jws in self.read()]

    async def key_set(self) -> Reply:
        path = str(self.platform.settings["keys-path"])
        return await route(self.platform, Inbound(f"GET {path} HTTP/1.1", "GET", path, (), b""))

    async def verdicts(self) -> list[Verdict]:
        keys = KeySet.parse((await self.key_set()).body)
        return [verify(jws, keys) for jws in self.read()]

    @property
    def last(self) -> Mapping[str, Any]:
        """What was told of the last delivery."""
        return [facts for name, facts in self.told if name == "notice"][-1]

    def names(self) -> list[str]:
        return [name for name, _ in self.told]


@asynccontextmanager
async def notice_world(
    profile: str = "pns-spec", changes: Mapping[str, Any] = NOTHING, faults: tuple[str, ...] = ()
) -> AsyncIterator[NoticeWorld]:
    clock, came, told = ManualClock(), [], []  # type: ignore[var-annotated]
    settings = {**load_profile(profile).for_subject("lti-platform"), "delivery-timeout": 0.4, **changes}
    behaviour = platform_behaviour(settings, faults)
    client = HttpClient(Journal(clock.now, recording=False), 2.0)
    platform = Platform(
        clock, client, lambda tenant: behaviour, behaviour.settings, "http://127.0.0.1:1", known_keys,
        tell=lambda name, facts: told.append((name, facts)),
    )  # fmt: skip
    world = NoticeWorld(platform, clock, client, {}, "", came, told)

    async def handle(inbound: Inbound) -> Reply:
        came.append(inbound)
        if world.gate is not None:
            await world.gate.wait()
        return world.answer(inbound)

    listener = Listener(handle)
    await listener.start()
    world.base = f"http://127.0.0.1:{listener.port}"
    await platform.prepare()
    made = {}
    async with platform.store.transaction() as tx:
        populate(platform, tx)
        for name in ("ours", "other"):
            client_id = platform.next_client_id(tx)
            redirect = (f"{world.base}/launch",)
            admit(tx, Registration(client_id, name, "127.0.0.1", redirect[0], redirect, redirect[0], scopes=(SCOPE,)))
            made[name] = deploy(platform, tx, client_id)
    world.deployments = made
    try:
        yield world
    finally:
        if world.gate is not None:
            world.gate.set()
        await platform.outbox.stop()
        await listener.stop()
        await client.close()


def run(work: Callable[[NoticeWorld], Coroutine[Any, Any, None]], *args: Any, **options: Any) -> None:
    """Run a test in a world of its own."""

    async def all_of_it() -> None:
        async with notice_world(*args, **options) as world:
            await work(world)

    asyncio.run(all_of_it())


__all__ = ["CONTEXT_COPY", "HELLO_WORLD", "TYPES", "NoticeWorld", "notice_world", "run"]
