"""What opens a peer that is not our right mock, and the servers that answer without doing anything."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field

from harness.net.listener import Inbound, Listener, Reply
from harness.net.patience import Patience
from harness.proving.lab import Lab, Peer

STRANGER = Patience(answer=5.0, callback=5.0, absence=1.5)
OPEN = Callable[[Lab], AbstractAsyncContextManager[Peer]]
Answering = Callable[[Inbound], Reply] | None
TEXT, HTML, JSON = "text/plain", "text/html", "application/json"
LOGIN = b"<html><title>Log in</title><form method=post><input name=user><input type=password name=pw></form></html>"


@dataclass(frozen=True, slots=True)
class Peers:
    """How peers of one subject are opened: those that do nothing by name, and an example by its script's name."""

    null: Mapping[str, OPEN] = field(default_factory=dict)
    example: Callable[[str], OPEN] | None = None


def fixed(status: int, body: bytes, content_type: str, *headers: tuple[str, str]) -> Callable[[Inbound], Reply]:
    """Return what gives one and the same answer to everything."""
    return lambda inbound: Reply(status, (("Content-Type", content_type), *headers), body)


NULL_ANSWERS: Mapping[str, Answering] = {
    "refuses": None,
    "hangs": None,
    "empty-200": fixed(200, b"", TEXT),
    "empty-json": fixed(200, b"{}", JSON),
    "404": fixed(404, b"not found", TEXT),
    "500": fixed(500, b"internal server error", TEXT),
    "echo": lambda inbound: Reply(200, (("Content-Type", TEXT),), inbound.body or inbound.query),
    "redirect-loop": lambda inbound: Reply(302, (("Location", inbound.target),)),
    "login-page": fixed(200, LOGIN, HTML),
}
"""Answers that say nothing, of a server of any kind; ``refuses`` is not there at all, ``hangs`` never answers."""


@asynccontextmanager
async def null_server(name: str, answering: Answering) -> AsyncIterator[str]:
    """Serve answers that say nothing; give the base address. ``refuses`` has stopped listening there."""
    never = asyncio.Event()

    async def handle(inbound: Inbound) -> Reply:
        if answering is None:
            await never.wait()
            return Reply(drop=True)
        return answering(inbound)

    listener = Listener(handle)
    await listener.start()
    if name == "refuses":
        await listener.stop()
    try:
        yield f"http://127.0.0.1:{listener.port}"
    finally:
        never.set()
        await listener.stop()
