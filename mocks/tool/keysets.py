"""The key sets of platforms: fetched when needed, kept, and fetched again for a key that is not in them."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta

from harness.net.client import Received, Request
from harness.wire.jose import JoseError, KeySet
from mocks.tool.domain import Platform
from mocks.tool.environment import Environment, Trouble

_MAX_AGE = re.compile(r"\bmax-age\s*=\s*\"?(\d{1,9})")


class KeysBehaviour:
    """How the tool treats key sets; faults override single methods or attributes."""

    key_age: timedelta = timedelta(minutes=10)
    """How long a set is kept whose server says nothing about it (``Cache-Control``, Security Framework 1.0, 6.3)."""
    least_age: timedelta = timedelta(minutes=1)
    most_age: timedelta = timedelta(days=1)
    fruitless: int = 10
    """How many fetches within ``cool_down`` may bring nothing new before the tool stops asking."""
    cool_down: timedelta = timedelta(minutes=1)

    def keeps_for(self, received: Received) -> timedelta:
        """Return how long a set is kept: as its server says, within bounds."""
        found = _MAX_AGE.search((received.header("Cache-Control") or "").lower())
        told = timedelta(seconds=int(found[1])) if found else self.key_age
        return max(self.least_age, min(told, self.most_age))

    def is_stale(self, until: datetime, now: datetime) -> bool:
        """Tell whether a kept set is to be fetched anew before it is used."""
        return now >= until

    def refetches(self, kid: str, keys: KeySet) -> bool:
        """Tell whether a key that the kept set lacks is looked for in a new one (Security Framework 1.0, 6.4)."""
        return not keys.named(kid)

    def may_fetch(self, misses: int) -> bool:
        """Tell whether one more fetch is made after so many that brought nothing: unknown keys cost us no flood."""
        return misses < self.fruitless

    def read_keys(self, received: Received) -> KeySet:
        """Read a set; raises JoseError. The media type does not matter, the status does."""
        if received.status != 200:
            raise JoseError("status", f"status {received.status}")
        return KeySet.parse(received.body)


@dataclass(slots=True)
class _Kept:
    keys: KeySet
    until: datetime


class KeySets:
    """Keeps one set for each address. A set that cannot be fetched anew is used as it was."""

    def __init__(self, environment: Environment) -> None:
        self._env = environment
        self._kept: dict[str, _Kept] = {}
        self._misses: dict[str, deque[datetime]] = {}
        self._under_way: dict[str, asyncio.Task[KeySet | None]] = {}

    async def keys_for(self, platform: Platform, kid: str) -> KeySet:
        """Return the platform's keys, with the one of that name if it publishes it; an empty set if none came."""
        behaviour, uri, now = self._env.behaviour(), platform.jwks_uri, self._env.now()
        kept = self._kept.get(uri)
        if kept and not behaviour.is_stale(kept.until, now) and not behaviour.refetches(kid, kept.keys):
            return kept.keys
        misses = self._misses.setdefault(uri, deque())
        while misses and misses[0] <= now - behaviour.cool_down:
            misses.popleft()
        if behaviour.may_fetch(len(misses)):
            found = await self.fetch(uri)
            if found is None or not found.named(kid):
                misses.append(now)
        else:
            self._env.note(f"key set {uri}: not fetched, too many fetches brought nothing")
        kept = self._kept.get(uri)
        return kept.keys if kept else KeySet(())

    async def fetch(self, uri: str) -> KeySet | None:
        """Fetch once for all who wait for the same set."""
        task = self._under_way.get(uri)
        if task is None:
            task = self._under_way[uri] = asyncio.ensure_future(self._load(uri))
            task.add_done_callback(lambda _: self._under_way.pop(uri, None))
        return await asyncio.shield(task)

    async def _load(self, uri: str) -> KeySet | None:
        behaviour = self._env.behaviour()
        try:
            received = await self._env.send("jwks", Request("GET", uri, (("Accept", "application/json"),)))
            keys = behaviour.read_keys(received)
        except (Trouble, JoseError) as problem:
            self._env.note(f"key set {uri}: fetched, but cannot be used: {problem}")
            return None
        self._kept[uri] = _Kept(keys, self._env.now() + behaviour.keeps_for(received))
        self._env.note(f"key set {uri}: fetched, {len(keys.keys)} keys")
        return keys

    def kept(self) -> KeySet:
        """Return all keys of all sets that are kept."""
        return KeySet(tuple(one for kept in self._kept.values() for one in kept.keys.keys))

    def forget(self) -> None:
        """Forget all sets and what was counted of them."""
        self._kept.clear()
        self._misses.clear()
