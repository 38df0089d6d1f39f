"""The callback host: what a subject fetches from us and sends to us, each interaction under its own path segment."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from harness.evidence.journal import BODY_CAP, Journal
from harness.net.client import NOWHERE, Where
from harness.net.listener import Inbound, Listener, Reply


class Endpoint(Protocol):
    """What stands behind a path segment: where its exchanges are kept, and what it answers.

    ``keep`` (bytes) bounds how much of an answer's body the journal holds.
    """

    @property
    def where(self) -> Where:
        """Where its exchanges are kept."""

    channel: str
    keep: int

    async def answer(self, inbound: Inbound) -> Reply:
        """Answer one request."""

    def facts(self, reply: Reply, whole: bool) -> Mapping[str, Any]:
        """Return what a judge needs beyond the two halves; ``whole`` says that the answer left completely."""


@dataclass(slots=True)
class _Begun:
    number: int
    at: str
    endpoint: Endpoint | None
    where: Where


@dataclass(slots=True)
class CallbackHost:
    """Listeners for http and https with one table of endpoints behind them.

    ``public`` maps a scheme to the base URL under which a subject reaches us; without it the listener's own
    address is advertised. A request that meets no endpoint is answered 404 and kept as unexpected.
    """

    journal: Journal
    public: dict[str, str] = field(default_factory=dict)
    _endpoints: dict[str, Endpoint] = field(default_factory=dict)
    _listeners: list[Listener] = field(default_factory=list)
    _begun: dict[int, _Begun] = field(default_factory=dict)

    async def listen(
        self,
        scheme: str,
        *,
        tls: ssl.SSLContext | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        public: str = "",
    ) -> None:
        """Open the listener for a scheme; raises OSError when the address cannot be bound.

        ``untrusted`` names a further one with ``tls``: https under a certificate that nobody has reason to trust.
        """
        listener = Listener(self._handle, done=self._done, tls=tls)
        await listener.start(host, port)
        self._listeners.append(listener)
        name = "localhost" if tls else host
        spoken = "https" if tls else scheme
        self.public[scheme] = public.rstrip("/") or f"{spoken}://{name}:{listener.port}"

    def mount(self, path: str, endpoint: Endpoint) -> None:
        """Put an endpoint behind a path (``token/receipt``, without leading slash)."""
        self._endpoints["/" + path] = endpoint

    def url(self, path: str, scheme: str = "http") -> str:
        """Return the address under which a subject reaches a path; KeyError when the scheme is not served."""
        return f"{self.public[scheme]}/{path}"

    async def idle(self) -> None:
        """Wait until no request is being answered."""
        for listener in self._listeners:
            await listener.idle()

    async def stop(self) -> None:
        """Close all listeners."""
        for listener in self._listeners:
            await listener.stop()

    async def _handle(self, inbound: Inbound) -> Reply:
        path = inbound.path
        if "://" in path[:8]:
            path = "/" + path.split("/", 3)[-1]
        endpoint = self._endpoints.get(path) or self._endpoints.get(path.rpartition("/")[0] + "/*")
        where = _owner(endpoint, inbound)
        self._begun[id(inbound)] = _Begun(self.journal.number(), self.journal.stamp(), endpoint, where)
        return await endpoint.answer(inbound) if endpoint else Reply(404)

    def _done(self, inbound: Inbound, reply: Reply, whole: bool) -> None:
        begun = self._begun.pop(id(inbound), None)
        if begun is None:
            return
        endpoint, journal = begun.endpoint, self.journal
        channel = endpoint.channel if endpoint and begun.where != NOWHERE else "unexpected"
        scheme = "https" if inbound.tls else "http"
        url = f"{scheme}://{inbound.header('Host') or 'localhost'}{inbound.target}"
        request = journal.half(inbound.line, inbound.headers, inbound.body)
        size = (reply.sent or [0])[-1] if reply.stream else len(reply.body)
        response = None
        if not reply.drop:
            body = reply.raw if reply.raw is not None else reply.body
            keep = endpoint.keep if endpoint else BODY_CAP
            response = journal.half(f"HTTP/1.1 {reply.status}", reply.headers, body, size=size, keep=keep)
        error = None if whole else "dropped" if reply.drop else "reset"
        facts = endpoint.facts(reply, whole) if endpoint else {}
        journal.exchange(
            begun.where, channel, "in", url, request, response, seq=begun.number, at=begun.at, error=error, facts=facts
        )


def _owner(endpoint: Endpoint | None, inbound: Inbound) -> Where:
    """Return where an exchange is kept: an endpoint that serves many tells it by what the request carries."""
    if endpoint is None:
        return NOWHERE
    owner = getattr(endpoint, "owner", None)
    where: Where = owner(inbound) if owner else endpoint.where
    return where
