"""Keeps in a journal what comes to a listener and what it is answered, for mocks that serve strangers."""

from __future__ import annotations

from collections.abc import Callable

from harness.evidence.journal import Journal
from harness.net.client import NOWHERE
from harness.net.listener import Handler, Inbound, Reply

KEEP = 64 * 1024
"""How many bytes of a body are kept at most."""


class Recording:
    """Stands between a listener and its handler; ``channel`` names what a request is about by its path.

    `handle` and `done` are the listener's. What was answered before a handler was asked begins when it ends.
    """

    def __init__(self, journal: Journal, handler: Handler, channel: Callable[[str], str]) -> None:
        self._journal = journal
        self._handler = handler
        self._channel = channel
        self._begun: dict[int, tuple[int, str]] = {}

    async def handle(self, inbound: Inbound) -> Reply:
        """Answer a request, noting when it came."""
        self._begun[id(inbound)] = self._journal.number(), self._journal.stamp()
        return await self._handler(inbound)

    def done(self, inbound: Inbound, reply: Reply, whole: bool) -> None:
        """Keep a request and its answer, which has left."""
        journal = self._journal
        begun = self._begun
        number, at = begun.pop(id(inbound)) if id(inbound) in begun else (journal.number(), journal.stamp())
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
        journal.exchange(
            NOWHERE, self._channel(inbound.path), "in", url, request, response, seq=number, at=at, error=error,
            is_clean=True,
        )  # fmt: skip
