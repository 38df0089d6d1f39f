"""The client of a mock's control API: moves its clock, plants faults, lets things happen, hears of events."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from harness.net.client import NOWHERE, Received, Request, Where

ROOT = "/_control"
DEFAULT_URL = "http://127.0.0.1:8299"
Json = dict[str, Any]


class ControlUnreachable(Exception):
    """No control API answers at the address; the message names both."""


class ControlRefused(Exception):
    """The control API does not do what it was asked; ``code``, ``field``, ``expected`` and ``got`` say why."""

    def __init__(self, status: int, error: Mapping[str, Any]) -> None:
        super().__init__(str(error.get("message")))
        self.status = status
        self.code = str(error.get("code") or "")
        self.field: str | None = error.get("field")
        self.expected: str | None = error.get("expected")
        self.got: str | None = error.get("got")


class Sends(Protocol):
    """What the client needs of an HTTP client. Its journal is to be its own: this is steering, no evidence."""

    async def send(self, where: Where, channel: str, request: Request) -> Received:
        """Send a request; never raises for what the peer does."""


@dataclass(frozen=True, slots=True)
class Advanced:
    """Protocol time after it was moved, and how many pieces of owed work were done on the way."""

    now: datetime
    ran: int


@dataclass(frozen=True, slots=True)
class Triggered:
    """What came of a trigger: ``status`` is succeeded or failed, ``output`` is for people."""

    status: str
    output: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Heard:
    """One event of the mock: its number, protocol time as text, name and facts."""

    number: int
    at: str
    name: str
    facts: Mapping[str, Any]


class ControlClient:
    """Speaks to one control API; an empty tenant means all of them.

    The patience of ``client`` must be enough for `advance`, which is answered when all that is due is done.
    Every method raises `ControlUnreachable` when none answers and `ControlRefused` when it says no.
    """

    def __init__(self, base_url: str, client: Sends) -> None:
        self.url = base_url.rstrip("/").removesuffix(ROOT)
        self._client = client

    async def clock(self, tenant: str = "") -> datetime:
        """Return the protocol time of a tenant."""
        return _instant(await self._get("now", "/clock", {"tenant": tenant}))

    async def advance(self, tenant: str, step: timedelta | str) -> Advanced:
        """Move protocol time by ``step``, a timedelta or text such as ``16m``; what is due is done on the way."""
        by = step if isinstance(step, str) else step.total_seconds()
        answer = await self._post("ran", "/clock/advance", {"by": by, "tenant": tenant})
        return Advanced(_instant(answer), int(answer["ran"]))

    async def quiesce(self, tenant: str = "") -> bool:
        """Wait until nothing is due and nothing in flight; False when something still was after a minute."""
        return bool((await self._post("quiet", "/quiesce", {"tenant": tenant}))["quiet"])

    async def trigger(self, name: str, values: Mapping[str, Any] | None = None) -> Triggered:
        """Let something happen in the mock and tell what came of it."""
        answer = await self._post("output", f"/triggers/{quote(name, safe='')}", dict(values or {}))
        facts = {key: value for key, value in answer.items() if key not in ("status", "output")}
        return Triggered(str(answer["status"]), str(answer["output"]), facts)

    async def triggers(self) -> Sequence[Json]:
        """Return what can be made to happen: ``name``, ``what``, ``argument``, ``values`` (a JSON Schema)."""
        return list((await self._get("triggers", "/triggers"))["triggers"])

    async def plant(self, name: str, tenant: str = "", times: int = 0, match: str = "") -> Json:
        """Plant a fault, for the next ``times`` messages or (0) for all; return it as `planted` lists it."""
        return await self._post("name", "/faults", {"name": name, "tenant": tenant, "times": times, "match": match})

    async def planted(self) -> Sequence[Json]:
        """Return the active faults: ``subject``, ``name``, ``tenant``, ``match``, ``times``, ``left``."""
        return list((await self._get("faults", "/faults/active"))["faults"])

    async def clear(self, name: str = "", tenant: str = "") -> int:
        """Take faults away, all or those of a name or a tenant; return how many were active."""
        answer = await self._ask("cleared", "DELETE", f"/faults?{urlencode({'name': name, 'tenant': tenant})}")
        return int(answer["cleared"])

    async def events(self, after: int = 0, wait: float = 0.0) -> Sequence[Heard]:
        """Return the events after a number; with ``wait`` (seconds, at most 30) held until there is one."""
        answer = await self._get("events", "/events", {"after": after, "wait": f"{wait:.3f}"})
        return [Heard(one["number"], one["at"], one["name"], one["facts"]) for one in answer["events"]]

    async def _get(self, key: str, path: str, query: Mapping[str, Any] | None = None) -> Json:
        return await self._ask(key, "GET", path + (f"?{urlencode(query)}" if query else ""))

    async def _post(self, key: str, path: str, body: Mapping[str, Any]) -> Json:
        return await self._ask(key, "POST", path, json.dumps(body).encode())

    async def _ask(self, key: str, method: str, path: str, body: bytes = b"") -> Json:
        """Return the answer, which holds ``key`` if it comes from a control API."""
        headers = (("Content-Type", "application/json"),) if body else ()
        request = Request(method, f"{self.url}{ROOT}{path}", headers, body)
        received = await self._client.send(NOWHERE, "control", request)
        if received.error:
            raise ControlUnreachable(f"no control API at {self.url} ({received.error})")
        try:
            answer = json.loads(received.body)
        except ValueError:
            answer = None
        if isinstance(answer, dict):
            if received.status < 300 and key in answer:
                return answer
            error = answer.get("error")
            if received.status >= 300 and isinstance(error, Mapping) and "code" in error:
                raise ControlRefused(received.status, error)
        raise ControlUnreachable(f"what answers at {self.url} is no control API (HTTP {received.status})")


def _instant(answer: Json) -> datetime:
    return datetime.fromisoformat(str(answer["now"]))
