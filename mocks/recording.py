"""Keeps in a journal what comes to a listener and what it is answered, for mocks that serve strangers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from harness.evidence.journal import Journal, stamp_of
from harness.net.client import NOWHERE
from harness.net.listener import Handler, Inbound, Reply

KEEP = 64 * 1024
"""How many bytes of a body are kept at most."""

GATHERED = 32
WITHIN = 0.05
"""How many requests are gathered at most before they are kept, and for how long (seconds)."""

Begun = tuple[int, datetime]
Ended = tuple[Begun, int, Inbound, Reply, bool]


class Recording:
    """Stands between a listener and its handler; ``channel`` names what a request is about by its path.

    `handle` and `done` are the listener's. What was answered before a handler was asked begins when it ends.
    Requests are redacted and kept some at a time, since one at a time between two others each costs three times as
    much; nobody sees one in between, as whoever reads the journal has it fed first.
    """

    def __init__(self, journal: Journal, handler: Handler, channel: Callable[[str], str]) -> None:
        self._journal = journal
        self._handler = handler
        self._channel = channel
        self._begun: dict[int, Begun] = {}
        self._gathered: list[Ended] = []
        self._timer: asyncio.TimerHandle | None = None
        journal.feeders.append(self.keep)

    async def handle(self, inbound: Inbound) -> Reply:
        """Answer a request, noting when it came."""
        self._begun[id(inbound)] = self._journal.number(), self._journal.now()
        return await self._handler(inbound)

    def done(self, inbound: Inbound, reply: Reply, whole: bool) -> None:
        """Take note of a request and its answer, which has left."""
        begun = self._begun.pop(id(inbound), None) or (self._journal.number(), self._journal.now())
        self._gathered.append((begun, self._journal.number(), inbound, reply, whole))
        if len(self._gathered) >= GATHERED:
            self.keep()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(WITHIN, self.keep)

    def keep(self) -> None:
        """Hand over to the journal what has been gathered."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        gathered, self._gathered = self._gathered, []
        for ended in gathered:
            self._keep(*ended)

    def _keep(self, begun: Begun, ended: int, inbound: Inbound, reply: Reply, whole: bool) -> None:
        journal = self._journal
        request = journal.half(
            inbound.line, inbound.headers, inbound.body, size=inbound.size, sha256=inbound.sha256, keep=KEEP
        )
        response = None
        if not reply.drop:
            body = reply.body if reply.raw is None else reply.raw
            size = (reply.sent or [0])[-1] if reply.stream else len(body)
            response = journal.half(f"HTTP/1.1 {reply.status}", reply.headers, body, size=size, keep=KEEP)
        # From what is redacted already: nothing has to be looked at a second time.
        url = f"{'https' if inbound.tls else 'http'}://{request.header('Host') or 'localhost'}{request.target}"
        error = None if whole else "dropped" if reply.drop else "reset"
        channel = self._channel(inbound.path)
        journal.exchange(
            NOWHERE, channel, "in", url, request, response, seq=begun[0], at=stamp_of(begun[1]), error=error,
            is_clean=True, ended=ended,
        )  # fmt: skip
