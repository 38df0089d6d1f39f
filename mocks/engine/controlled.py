"""The engine as its control API sees it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from harness.evidence.journal import Journal
from mocks.control.controlled import Trigger
from mocks.control.events import EventLog
from mocks.control.switches import Switchboard
from mocks.engine.collecting import Listener as Tell
from mocks.engine.engine import Engine
from mocks.state.store import Store


@dataclass(slots=True)
class EngineControlled:
    """One engine: its faults, its triggers, its clocks, and what it has told.

    ``apps`` are the applications of its V1 face, which shares store, outbox and clocks with the engine.
    """

    engine: Engine
    switches: Switchboard
    journal: Journal
    triggers: dict[str, Trigger] = field(default_factory=dict)
    apps: Collection[str] = ()
    events: EventLog = field(init=False)

    def __post_init__(self) -> None:
        self.events = EventLog(self.journal)

    @property
    def tenants(self) -> Collection[str]:
        """The names of the engine's tenants and applications."""
        return [*self.engine.tenants, *self.apps]

    @property
    def store(self) -> Store:
        """The engine's state."""
        return self.engine.store

    def telling(self, also: Tell) -> Tell:
        """Return what keeps an event and tells ``also`` of it."""

        def tell(name: str, facts: Mapping[str, Any]) -> None:
            self.events.tell(name, facts)
            also(name, facts)

        return tell

    def now(self, tenant: str) -> datetime:
        """Return the protocol time of a tenant."""
        return self.engine.outbox.clocks.now(tenant)

    async def advance(self, tenant: str, step: timedelta) -> int:
        """Move protocol time, doing what becomes due; return how many pieces of work were done."""
        return await self.engine.outbox.advance(tenant, step)

    async def quiesce(self, tenant: str) -> None:
        """Wait until nothing is due and nothing is in flight."""
        await self.engine.outbox.quiesce(tenant)
