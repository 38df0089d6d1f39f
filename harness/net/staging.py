"""The staging server: packages to be fetched, whole or cut, open or protected, at once or when a gate opens."""

from __future__ import annotations

import asyncio
import base64
import hmac
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.net.client import Where
from harness.net.listener import Inbound, Reply

KEPT = 64
Content = bytes | Callable[[], AsyncIterator[bytes]]


@dataclass(slots=True)
class Gate:
    """A slow side without a clock: who comes waits until the gate is opened."""

    opened: asyncio.Event = field(default_factory=asyncio.Event)
    reached: asyncio.Event = field(default_factory=asyncio.Event)

    async def pass_through(self) -> None:
        """Say that somebody has come, then wait for the gate to open."""
        self.reached.set()
        await self.opened.wait()

    def open(self) -> None:
        """Let through all who wait and all who come."""
        self.opened.set()


@dataclass(slots=True)
class Staged:
    """A package behind a URL and how its staging server behaves.

    ``length`` is the announced size of streamed content; ``cut`` closes the connection after so many bytes;
    ``user`` and ``password`` demand HTTP Basic, answered 401 with a challenge when they are missing or wrong.
    """

    where: Where
    content: Content = b""
    length: int | None = None
    status: int = 200
    content_type: str = "application/zip"
    headers: tuple[tuple[str, str], ...] = ()
    user: str | None = None
    password: str | None = None
    cut: int | None = None
    gate: Gate | None = None
    channel: str = "package"
    keep: int = KEPT

    async def answer(self, inbound: Inbound) -> Reply:
        """Answer a GET or HEAD for the package."""
        if inbound.method not in ("GET", "HEAD"):
            return Reply(405, (("Allow", "GET, HEAD"),))
        if self.user is not None and not self._opens(inbound.header("Authorization")):
            return Reply(401, (("WWW-Authenticate", 'Basic realm="packages"'), ("Content-Type", "text/plain")))
        if self.gate:
            await self.gate.pass_through()
        headers = (("Content-Type", self.content_type), *self.headers)
        if callable(self.content):
            return Reply(self.status, headers, stream=self.content(), length=self.length, cut=self.cut)
        length = len(self.content) if inbound.method == "HEAD" else self.length
        announced = (("Content-Length", str(length)),) if length is not None else ()
        return Reply(self.status, headers + announced, self.content, cut=self.cut)

    def facts(self, reply: Reply, whole: bool) -> Mapping[str, Any]:
        """Say whether the body left completely."""
        return {"whole": whole}

    def _opens(self, authorization: str) -> bool:
        token = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        return hmac.compare_digest(authorization.encode(), f"Basic {token}".encode())
