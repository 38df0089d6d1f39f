"""The platform as its control API sees it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from harness.evidence.journal import Journal
from mocks.control.controlled import Trigger
from mocks.control.events import EventLog
from mocks.control.switches import Switchboard
from mocks.platform.domain import REGISTRATIONS
from mocks.platform.platform import Platform
from mocks.state.store import Store

Tell = Callable[[str, Mapping[str, Any]], None]
REGISTERING = ("registered", "registration")
"""Events that tell of a client that there is."""


@dataclass(slots=True)
class PlatformControlled:
    """One platform: its faults, its triggers, its clocks, and what it has told. A tenant is a client id."""

    platform: Platform
    switches: Switchboard
    journal: Journal
    triggers: dict[str, Trigger] = field(default_factory=dict)
    clients: dict[str, None] = field(default_factory=dict)
    events: EventLog = field(init=False)

    def __post_init__(self) -> None:
        self.events = EventLog(self.journal)

    @property
    def tenants(self) -> Collection[str]:
        """The client ids of the registrations."""
        return list(self.clients)

    @property
    def store(self) -> Store:
        """The platform's state."""
        return self.platform.store

    async def refresh(self) -> None:
        """Learn which clients the store has."""
        async with self.store.transaction() as tx:
            self.clients = dict.fromkeys(tx.keys(REGISTRATIONS))

    def telling(self, also: Tell) -> Tell:
        """Return what keeps an event and tells ``also`` of it, without secrets; a signed notice stays as it is."""

        def tell(name: str, facts: Mapping[str, Any]) -> None:
            if name in REGISTERING and "client_id" in facts:
                self.clients[str(facts["client_id"])] = None
            if name == "unregistered":
                self.clients.pop(str(facts.get("client_id")), None)
            self.events.tell(name, facts)
            # A notice is signed by a key of this process and meant to be looked at: its signature is no secret.
            signed = {key: facts[key] for key in ("jwts",) if key in facts}
            rest = {key: value for key, value in facts.items() if key not in signed}
            also(name, {**self.journal.redactor.facts(rest), **signed})

        return tell

    def now(self, tenant: str) -> datetime:
        """Return the protocol time of a tenant."""
        return self.platform.clocks.now(tenant)

    async def advance(self, tenant: str, step: timedelta) -> int:
        """Move protocol time, doing what becomes due; return how many pieces of work were done."""
        return await self.platform.outbox.advance(tenant, step)

    async def quiesce(self, tenant: str) -> None:
        """Wait until nothing is due and nothing is in flight."""
        await self.platform.outbox.quiesce(tenant)
