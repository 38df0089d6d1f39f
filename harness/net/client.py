"""The recording HTTP client: follows nothing, repairs nothing, keeps both halves of every exchange."""

from __future__ import annotations

import asyncio
import hashlib
import io
import ssl
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import aiohttp
from yarl import URL

from harness.evidence.entries import Exchange, Half
from harness.evidence.journal import BODY_CAP, Journal
from harness.net.listener import LINE_LIMIT

KEPT_FOR = 1.0
"""For how many seconds an idle connection is kept at most."""

Where = tuple[str, str, str]
NOWHERE: Where = ("", "", "")


@dataclass(frozen=True, slots=True)
class Request:
    """A request to send; ``keep`` (bytes) bounds how much of the response body the journal holds."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    keep: int = BODY_CAP


@dataclass(frozen=True, slots=True)
class Received:
    """What the caller gets: the journal's entry, and the body as it came, which is never kept."""

    exchange: Exchange
    body: bytes
    status: int
    headers: tuple[tuple[str, str], ...] = ()
    error: str | None = None

    def header(self, name: str) -> str | None:
        """Return the first value of a response header (case-insensitive), or None."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


Sink = Callable[[bytes], None]


class HttpClient:
    """One per run; ``patience`` (seconds) guards each wait for bytes; ``trust`` verifies TLS peers.

    Each exchange has a connection of its own, so that none depends on the one before, unless ``keep_alive`` is set:
    for whoever sends much to one peer.
    """

    def __init__(
        self, journal: Journal, patience: float, trust: ssl.SSLContext | None = None, *, keep_alive: bool = False
    ) -> None:
        self.journal = journal
        self.patience = patience
        self.trust = trust or ssl.create_default_context()
        self._keep_alive = keep_alive
        self._session: aiohttp.ClientSession | None = None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            # Dropped well before a server would: one that closes while a request is on its way leaves it unanswered.
            idle = {"keepalive_timeout": KEPT_FOR} if self._keep_alive else {"force_close": True}
            connector = aiohttp.TCPConnector(limit=0, ssl=self.trust, **idle)
            self._session = aiohttp.ClientSession(
                connector=connector, auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False,
                skip_auto_headers=("Content-Type",), max_line_size=LINE_LIMIT, max_field_size=64 * 1024,
            )  # fmt: skip
        return self._session

    async def send(
        self, where: Where, channel: str, request: Request, *, sink: Sink | None = None,
        facts: Mapping[str, Any] | None = None,
    ) -> Received:  # fmt: skip
        """Send and keep; never raises for what the peer does: `Received.error` names it.

        Errors: refused, dns, tls, timeout, reset, truncated, malformed, bad-url. With ``sink`` the body goes there
        chunk by chunk and only its beginning is kept; what ``sink`` raises ends the exchange and is raised.
        """
        number, at = self.journal.number(), self.journal.stamp()
        state = _Response(sink, request.keep)
        head = [("Accept", "*/*"), ("Accept-Encoding", "identity"), ("User-Agent", "invigil"), *request.headers]
        error: str | None = None
        try:
            await self._perform(request, head, state)
        except Exception as problem:
            error = problem_name(problem)
            if error is None:
                self._keep(where, channel, request, head, state, number, at, "aborted", facts)
                raise
        entry = self._keep(where, channel, request, head, state, number, at, error, facts)
        return Received(entry, bytes(state.body), state.status, tuple(state.headers), error)

    async def _perform(self, request: Request, head: list[tuple[str, str]], state: _Response) -> None:
        url = _address(request.url)
        if url is None or url.scheme not in ("http", "https"):
            raise aiohttp.InvalidURL(request.url)
        limits = aiohttp.ClientTimeout(total=None, sock_connect=self.patience, sock_read=self.patience)
        async with self._open().request(
            request.method, url, headers=head, data=_payload(request.body), allow_redirects=False, timeout=limits
        ) as response:
            state.begin(response)
            async for chunk in response.content.iter_any():
                state.feed(chunk)
            state.whole = True

    def _keep(
        self, where: Where, channel: str, request: Request, head: Iterable[tuple[str, str]], state: _Response,
        number: int, at: str, error: str | None, facts: Mapping[str, Any] | None,
    ) -> Exchange:  # fmt: skip
        url = _address(request.url)
        target = url.raw_path_qs if url is not None else request.url
        sent = self.journal.half(f"{request.method} {target or '/'} HTTP/1.1", head, request.body)
        return self.journal.exchange(
            where,
            channel,
            "out",
            request.url,
            sent,
            state.half(self.journal),
            seq=number,
            at=at,
            error=error,
            facts=facts,
        )

    async def close(self) -> None:
        """Close the connections."""
        if self._session:
            await self._session.close()
            self._session = None

    async def __aenter__(self) -> HttpClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        await self.close()


def _payload(body: bytes) -> bytes | io.BytesIO | None:
    """Return a body as aiohttp wants it, which warns of bytes beyond 1 MiB and takes a file of them piece by piece."""
    return io.BytesIO(body) if len(body) > 1 << 20 else body or None


class _Response:
    """A response while it comes in."""

    def __init__(self, sink: Sink | None, keep: int) -> None:
        self.start = ""
        self.status = 0
        self.headers: list[tuple[str, str]] = []
        self.body = bytearray()
        self.size = 0
        self.digest = hashlib.sha256()
        self.whole = False
        self._sink = sink
        self._keep = keep

    def begin(self, response: aiohttp.ClientResponse) -> None:
        version = response.version
        protocol = f"HTTP/{version.major}.{version.minor}" if version else "HTTP/1.1"
        self.start = f"{protocol} {response.status} {response.reason or ''}".rstrip()
        self.status = response.status
        self.headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in response.raw_headers]

    def feed(self, chunk: bytes) -> None:
        self.size += len(chunk)
        self.digest.update(chunk)
        if self._sink:
            self._sink(chunk)
        if len(self.body) < (self._keep if self._sink else BODY_CAP):
            self.body += chunk

    def half(self, journal: Journal) -> Half | None:
        if not self.start:
            return None
        digest = self.digest.hexdigest()
        return journal.half(self.start, self.headers, bytes(self.body), size=self.size, sha256=digest, keep=self._keep)


def _address(text: str) -> URL | None:
    """Read an address as it stands; None when it names no host, or one that cannot be."""
    try:
        url = URL(text, encoded=True)
        return url if url.host and url.port != 0 else None
    except ValueError:
        return None


def problem_name(problem: BaseException) -> str | None:
    """Return the name under which a failed request is known, or None when it is no network failure."""
    kinds: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], str], ...] = (
        ((aiohttp.ClientSSLError, ssl.SSLError, ssl.CertificateError), "tls"),
        (aiohttp.ClientConnectorDNSError, "dns"),
        ((asyncio.TimeoutError, aiohttp.ServerTimeoutError), "timeout"),
        (aiohttp.ClientConnectorError, "refused"),
        (aiohttp.ClientPayloadError, "truncated"),
        ((aiohttp.ServerDisconnectedError, ConnectionError, aiohttp.ClientOSError), "reset"),
        ((aiohttp.InvalidURL, UnicodeError), "bad-url"),
        (aiohttp.ClientError, "malformed"),
        (ValueError, "malformed"),
    )
    return next((name for kind, name in kinds if isinstance(problem, kind)), None)
