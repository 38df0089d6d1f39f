"""The engine as the subject of a run (``--target mock``): one engine on a listener of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.evidence.journal import Journal
from harness.net.client import HttpClient
from harness.net.clock import OffsetClock
from harness.net.listener import Inbound, Listener, Reply
from harness.subjects.counterpart import Surroundings
from mocks.engine.domain import Credential
from mocks.engine.engine import CLOSED, OTHER, TENANT, Engine
from mocks.faults.composing import pens_behaviour

CREDENTIAL = Credential("pens-tool", "pens-tool-secret-1d9f")  # of every tenant, the closed one too
WEAK = Credential("read-only", "read-only-secret-77aa", ("read:course",), TENANT)
FOREIGN = Credential("other-tool", "other-tool-secret-5be2", tenant=OTHER)


class EngineMock:
    """Plays pens-target. Faults bend the behaviour of every tenant of this engine."""

    def __init__(self) -> None:
        self.engine: Engine | None = None
        self._listener: Listener | None = None
        self._client: HttpClient | None = None

    async def start(self, surroundings: Surroundings) -> Mapping[str, Any]:
        """Start on loopback; return url, credentials and the address of a tenant without PENS."""
        clock = surroundings.clock or OffsetClock()
        self._client = HttpClient(Journal(clock.now), surroundings.patience, surroundings.trust)
        behaviour = pens_behaviour(surroundings.settings, surroundings.faults)
        self.engine = Engine(clock, self._client, lambda tenant: behaviour, smtp=surroundings.smtp)
        for credential in (CREDENTIAL, WEAK, FOREIGN):
            self.engine.credentials[credential.id] = credential
        self._listener = Listener(self._route)
        await self._listener.start()
        base = f"http://127.0.0.1:{self._listener.port}"
        path = str(surroundings.settings["path"])
        with_tenant = bool(surroundings.settings["tenant_in_query"])
        auth = bool(surroundings.settings["auth_required"])
        found: dict[str, Any] = {"url": f"{base}{path}" + (f"?configuration={TENANT}" if with_tenant else "")}
        if auth:
            found |= {"user": CREDENTIAL.id, "password": CREDENTIAL.secret}
            found |= {"weak": (WEAK.id, WEAK.secret), "foreign": (FOREIGN.id, FOREIGN.secret)}
        if with_tenant:
            found["closed_url"] = f"{base}{path}?configuration={CLOSED}"
        return found

    async def _route(self, inbound: Inbound) -> Reply:
        assert self.engine is not None
        return await self.engine.pens(inbound)

    async def quiesce(self) -> None:
        """Wait until no import, receipt or alert is due or under way."""
        if self.engine:
            await self.engine.outbox.quiesce()

    async def stop(self) -> None:
        """Close listener and connections."""
        if self.engine:
            await self.engine.outbox.stop()
        if self._listener:
            await self._listener.stop()
        if self._client:
            await self._client.close()
