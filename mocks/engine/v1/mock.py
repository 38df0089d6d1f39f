"""The engine as the subject ``cloud-v1`` of a run (``--target mock``): one cloud on listeners of its own."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from harness.evidence.journal import Journal
from harness.net.client import HttpClient
from harness.net.clock import OffsetClock
from harness.net.listener import Inbound, Listener, Reply
from harness.subjects.counterpart import Surroundings
from mocks.engine.v1.domain import App
from mocks.engine.v1.engine import CloudEngine
from mocks.engine.v1.routes import early, route
from mocks.engine.v1.works import WORKS
from mocks.faults.composing import cloud_behaviour

MAIN = App("invigil-app", ("invigil-secret-3f6a",), "the application under test")
OTHER = App("invigil-other", ("invigil-secret-9c2e",), "another application of the same service")
KEPT = App("invigil-kept", ("invigil-secret-5d71",), "an application that the API may not delete from", False)


class CloudMock:
    """Plays cloud-v1. Faults bend the behaviour of every application of this engine."""

    def __init__(self) -> None:
        self.engine: CloudEngine | None = None
        self._listeners: list[Listener] = []
        self._client: HttpClient | None = None

    async def start(self, surroundings: Surroundings) -> Mapping[str, Any]:
        """Start on loopback; return addresses and applications as a person would configure them."""
        clock = surroundings.clock or OffsetClock()
        self._client = HttpClient(Journal(clock.now), surroundings.patience, surroundings.trust)
        behaviour = cloud_behaviour(surroundings.settings, surroundings.faults)
        apps = {app.id: app for app in (MAIN, OTHER, KEPT)}
        self.engine = CloudEngine(clock, self._client, lambda app: behaviour, apps, MAIN.id, works=dict(WORKS))
        options: dict[str, Any] = {
            "now": clock.now, "uploads": self.engine.folder, "early": lambda inbound: early(self.engine, inbound),
        }  # fmt: skip
        listener = Listener(self._route, **options)
        await listener.start()
        self._listeners.append(listener)
        found: dict[str, Any] = {
            "url": f"http://127.0.0.1:{listener.port}{surroundings.settings['path']}",
            "appid": MAIN.id, "secret": MAIN.secrets[0],
            "other": (OTHER.id, OTHER.secrets[0]), "undeletable": (KEPT.id, KEPT.secrets[0]),
        }  # fmt: skip
        if surroundings.server_tls:
            secure = Listener(self._route, tls=surroundings.server_tls, **options)
            await secure.start()
            self._listeners.append(secure)
            found["https_url"] = f"https://localhost:{secure.port}{surroundings.settings['path']}"
        return found

    async def _route(self, inbound: Inbound) -> Reply:
        assert self.engine is not None
        return await route(self.engine, inbound)

    async def advance(self, tenant: str, step: timedelta) -> None:
        """Move protocol time of an application, doing what falls due on the way."""
        assert self.engine is not None
        await self.engine.outbox.advance(tenant, step)

    async def trigger(self, name: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Let something happen that no call of the API brings about; see `mocks.engine.v1.triggers`."""
        assert self.engine is not None
        from mocks.engine.v1.triggers import TRIGGERS

        return await TRIGGERS[name](self.engine, values)

    async def quiesce(self) -> None:
        """Wait until nothing is due or under way."""
        if self.engine:
            await self.engine.outbox.quiesce()

    async def stop(self) -> None:
        """Close listeners and connections."""
        if self.engine:
            await self.engine.outbox.stop()
        for listener in self._listeners:
            await listener.stop()
        if self._client:
            await self._client.close()
        if self.engine:
            await asyncio.to_thread(shutil.rmtree, self.engine.folder, ignore_errors=True)
