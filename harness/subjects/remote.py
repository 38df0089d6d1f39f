"""A system that is driven over its control API: as a driver sees one, whoever runs the system."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from harness.evidence.journal import Journal
from harness.net.client import HttpClient
from harness.net.clock import Clock
from harness.subjects.config import ConfigError
from harness.subjects.control import ControlClient, ControlRefused, ControlUnreachable
from harness.subjects.driver import TargetUnreachable

LONGEST = 120.0  # seconds: to advance a clock means to wait until all that is due is done


def typed(text: str, schema: Mapping[str, Any]) -> Any:
    """Return a value given as text: JSON if it reads as that, text if not or if the schema asks for text."""
    if schema.get("type") == "string":
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


class RemoteControl:
    """Drives one system over its control API; `close` when it is no longer needed.

    What the API refuses has failed (its message is the outcome); TargetUnreachable is raised when it is gone.
    """

    def __init__(self, url: str, clock: Clock) -> None:
        # Steering is no evidence: it is kept in a journal of its own, which nobody reads.
        self._http = HttpClient(Journal(clock.now, recording=False), LONGEST)
        self._client = ControlClient(url, self._http)
        self._clock = clock
        self._known: dict[str, Mapping[str, Any]] = {}

    async def begin(self, tenant: str) -> timedelta:
        """Learn what can be triggered; return how far the tenant's protocol time is ahead of our clock.

        Raises ControlUnreachable, and ConfigError when the system has no such tenant.
        """
        self._known = {str(one["name"]): one for one in await self._client.triggers()}
        try:
            return await self._client.clock(tenant) - self._clock.now()
        except ControlRefused as refused:
            raise ConfigError(f"[control] url: {self._client.url}: {refused}") from None

    @property
    def triggers(self) -> frozenset[str]:
        """What can be made to happen."""
        return frozenset(self._known)

    async def advance(self, tenant: str, step: timedelta) -> None:
        """Move protocol time of a tenant, doing what falls due on the way."""
        try:
            await self._client.advance(tenant, step)
        except ControlUnreachable as gone:
            raise TargetUnreachable(str(gone)) from None

    async def trigger(self, name: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Let something happen; values are read by the trigger's own schema, those that are empty left out."""
        if name not in self._known:
            return {"status": "failed", "output": f"the control API has no trigger {name!r}"}
        schema = self._known[name]["values"].get("properties", {})
        # A registration is the argument of its trigger, under the name that a person types.
        names = {} if "regid" in schema or "id" not in schema else {"regid": "id"}
        given = {names.get(key, key): value for key, value in values.items() if value != ""}
        sent = {key: typed(str(value), schema.get(key, {})) for key, value in given.items()}
        try:
            told = await self._client.trigger(name, sent)
        except ControlRefused as refused:
            return {"status": "failed", "output": str(refused)}
        except ControlUnreachable as gone:
            raise TargetUnreachable(str(gone)) from None
        return {**told.facts, "status": told.status, "output": told.output}

    async def quiesce(self) -> None:
        """Wait until nothing is due and nothing is in flight."""
        try:
            await self._client.quiesce()
        except ControlUnreachable as gone:
            raise TargetUnreachable(str(gone)) from None

    async def close(self) -> None:
        """Close connections."""
        await self._http.close()
