"""An inbound HTTP listener on aiohttp that keeps what came exactly as it came.

aiohttp refuses a request line that is no valid HTTP. A conformance harness must still read it, so that later rules
can be judged: the tap below keeps the line as it stood and hands aiohttp a repaired one. Uploads can go straight to
disk (`harness.net.uploads`).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote_from_bytes

from aiohttp import web
from aiohttp.helpers import rfc822_formatted_time
from aiohttp.http import SERVER_SOFTWARE
from aiohttp.web_protocol import RequestHandler
from multidict import CIMultiDict

from harness.net.patience import within
from harness.net.uploads import FILE_CAP, Intake, Part, receive, remove

LINE_LIMIT = 256 * 1024
_METHOD = re.compile(rb"[A-Z]{3,10} ")
_CLEAN = re.compile(rb"[A-Z]{3,10} [!-~]+ HTTP/1\.[01]\r\n")
_SILENT = logging.getLogger("invigil.listener")
_SILENT.addHandler(logging.NullHandler())
_SILENT.propagate = False


@dataclass(frozen=True, slots=True)
class Inbound:
    """A request as it came: ``line`` is the raw request line without its end, ``target`` path and query.

    ``arrived`` is the protocol time at which the headers were there, when the listener has a clock. Of an upload
    that went to disk ``body`` is only the beginning, ``parts`` are what it held, ``oddities`` what was odd about
    it; ``sha256`` of the whole body is told for uploads alone. The files are removed when the answer has left: a
    handler that wants to keep one moves it.
    """

    line: str
    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    tls: bool = False
    arrived: datetime | None = None
    parts: tuple[Part, ...] = ()
    oddities: tuple[str, ...] = ()
    sha256: str | None = None
    length: int | None = None

    @property
    def size(self) -> int:
        """The size of the whole body in bytes, as far as it was read."""
        return len(self.body) if self.length is None else self.length

    @property
    def path(self) -> str:
        """The path of the target, before the first ``?``."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> bytes:
        """The query of the target as bytes, after the first ``?``."""
        return self.target.partition("?")[2].encode("latin-1", "replace")

    def header(self, name: str, default: str = "") -> str:
        """Return the first value of a header (case-insensitive)."""
        wanted = name.lower()
        for key, value in self.headers:
            if key.lower() == wanted:
                return value
        return default


@dataclass(frozen=True, slots=True)
class Reply:
    """What to answer. ``stream`` sends chunks instead of ``body``; ``length`` is then the announced size in bytes.

    ``raw`` replaces the whole answer by these bytes; ``cut`` closes the connection after so many body bytes;
    ``drop`` closes it without a word.
    """

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    stream: AsyncIterator[bytes] | None = None
    length: int | None = None
    raw: bytes | None = None
    cut: int | None = None
    drop: bool = False
    sent: list[int] = field(default_factory=list)

    def header(self, name: str) -> str | None:
        """Return the first value of a header (case-insensitive), or None."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


Handler = Callable[[Inbound], Awaitable[Reply]]
Done = Callable[[Inbound, Reply, bool], None]
Early = Callable[[Inbound], Reply | None]


class _Tap(RequestHandler):
    """aiohttp's connection handler with a look at the bytes before they are parsed."""

    __slots__ = ("_body", "_held", "line")

    def data_received(self, data: bytes) -> None:
        body = getattr(self, "_body", None)
        if body is not None and not body.is_eof():
            # The rest of a body may look like a request line, but is none.
            self._feed(data)
            return
        held: bytes = getattr(self, "_held", b"") + data
        self._held = b""
        if _METHOD.match(held):
            end = held.find(b"\n")
            if end < 0 and len(held) < LINE_LIMIT:
                self._held = held
                return
            if not _CLEAN.match(held):
                self.line = held[:end].rstrip(b"\r").decode("latin-1")
                held = _repaired(held[:end].rstrip(b"\r")) + b"\r\n" + held[end + 1 :]
            else:
                self.line = held[: end - 1].decode("latin-1")
        self._feed(held)

    def _feed(self, data: bytes) -> None:
        super().data_received(data)
        if self._messages:
            self._body = self._messages[-1][1]


def _repaired(line: bytes) -> bytes:
    """Return a request line that aiohttp reads: what no URI may hold is percent-encoded in the target."""
    method, _, rest = line.partition(b" ")
    target, space, version = rest.rpartition(b" ")
    if not space or not version.startswith(b"HTTP/1."):
        target, version = rest, b"HTTP/1.1"
    safe = "".join(map(chr, range(0x21, 0x7F))).replace("#", "")
    return method + b" " + (quote_from_bytes(target, safe=safe).encode() or b"/") + b" " + version


class _TapServer(web.Server):
    def __call__(self) -> RequestHandler:
        return _Tap(self, loop=asyncio.get_running_loop(), **self._kwargs)


class Listener:
    """Binds a socket and gives every request to ``handle``; ``done`` is told when its answer has left.

    ``body_cap`` (bytes) bounds what is read of a body; what lies beyond is dropped and the connection closed.
    ``now`` gives the protocol time of `Inbound.arrived`.

    With ``uploads`` the files of a ``multipart/form-data`` body are written to that folder while they come in,
    each at most ``file_cap`` bytes; ``body_cap`` does not bind such a body. ``early`` is asked about an upload as
    soon as its headers are there: the reply that it returns is the answer, and the body is thrown away. An upload
    whose sender goes away, or sends nothing for ``patience`` seconds, is forgotten: nobody is asked or told.
    """

    def __init__(
        self, handle: Handler, *, done: Done | None = None, tls: ssl.SSLContext | None = None, body_cap: int = 8 << 20,
        now: Callable[[], datetime] | None = None, uploads: Path | None = None, file_cap: int = FILE_CAP,
        early: Early | None = None, patience: float = 30.0,
    ) -> None:  # fmt: skip
        self._handle = handle
        self._done = done
        self._tls = tls
        self._cap = body_cap
        self._now = now
        self._uploads = uploads
        self._file_cap = file_cap
        self._early = early
        self._patience = patience
        self._server: asyncio.Server | None = None
        self._web: _TapServer | None = None
        self._busy = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self.port = 0

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Bind; port 0 takes a free one, which `port` tells afterwards. Raises OSError when it cannot."""
        limits: dict[str, Any] = {"max_line_size": LINE_LIMIT, "max_field_size": 64 * 1024}
        self._web = _TapServer(
            self._serve, access_log=None, logger=_SILENT, keepalive_timeout=5, lingering_time=0.2, **limits
        )
        self._server = await asyncio.get_running_loop().create_server(self._web, host, port, ssl=self._tls, backlog=512)
        self.port = self._server.sockets[0].getsockname()[1]

    async def idle(self) -> None:
        """Wait until no request is being answered."""
        await self._idle.wait()

    async def stop(self) -> None:
        """Close the socket and end every connection."""
        if self._server and self._web:
            self._server.close()
            # Not 0, which aiohttp takes for "wait for ever" when a handler is still at work.
            await self._web.shutdown(timeout=0.01)
            self._server = None

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        self._busy += 1
        self._idle.clear()
        try:
            inbound = self._head(request)
            if "Expect" in request.headers:
                _go_on(request)
            if self._uploads and _is_form(request):
                return await self._upload(request, inbound, self._uploads)
            if not request.content.at_eof():
                inbound = replace(inbound, body=await self._read(request))
            return await self._reply(request, inbound)
        finally:
            self._busy -= 1
            if not self._busy:
                self._idle.set()

    async def _reply(
        self, request: web.BaseRequest, inbound: Inbound, reply: Reply | None = None
    ) -> web.StreamResponse:
        """Answer, with what the handler says unless a reply is there already."""
        whole, last = False, reply or _DROPPED
        try:
            last = reply or await self._handle(inbound)
            response, whole = await _answer(request, inbound, last)
            return response
        finally:
            if self._done:
                self._done(inbound, last, whole)

    async def _upload(self, request: web.BaseRequest, inbound: Inbound, folder: Path) -> web.StreamResponse:
        refusal = self._early(inbound) if self._early else None
        intake = Intake(inbound.header("Content-Type"), None if refusal else folder, file_cap=self._file_cap)
        try:
            if refusal:
                # Who sends without reading would lose the answer if it did not go on being read.
                await within(self._patience, receive(request.content, intake, self._patience))
            elif not await receive(request.content, intake, self._patience):
                if request.transport:
                    request.transport.close()
                return web.Response()
            inbound = replace(
                inbound, body=bytes(intake.head), length=intake.size, sha256=intake.sha256, parts=tuple(intake.parts),
                oddities=intake.oddities,
            )  # fmt: skip
            return await self._reply(request, inbound, refusal)
        finally:
            await remove(intake)

    def _head(self, request: web.BaseRequest) -> Inbound:
        line = getattr(request.protocol, "line", None) or f"{request.method} {request.raw_path} HTTP/1.1"
        head = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in request.raw_headers)
        method, _, rest = line.partition(" ")
        target, space, version = rest.rpartition(" ")
        if not space or not version.startswith("HTTP/"):
            target = rest
        return Inbound(line, method, target, head, b"", self._tls is not None, self._now and self._now())

    async def _read(self, request: web.BaseRequest) -> bytes:
        body = bytearray()
        with contextlib.suppress(Exception):
            async for chunk in request.content.iter_any():
                body += chunk[: self._cap - len(body)]
                if len(body) >= self._cap:
                    break
        return bytes(body)


_DROPPED = Reply(drop=True)


def _is_form(request: web.BaseRequest) -> bool:
    return request.headers.get("Content-Type", "").lstrip().lower().startswith("multipart/form-data")


def _go_on(request: web.BaseRequest) -> None:
    """Tell a client that waits for it that its body may come (RFC 9110 §10.1.1)."""
    expects = request.headers["Expect"].strip().lower() == "100-continue"
    if expects and request.version >= (1, 1) and request.transport and not request.content.is_eof():
        request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")


async def _answer(request: web.BaseRequest, inbound: Inbound, reply: Reply) -> tuple[web.StreamResponse, bool]:
    transport = request.transport
    if reply.drop or reply.raw is not None:
        if transport:
            transport.write(reply.raw or b"")
            transport.close()
        return web.Response(), reply.raw is not None
    if _is_plain(inbound, reply):
        return await _answer_at_once(request, reply)
    response = web.StreamResponse(status=reply.status)
    for name, value in reply.headers:
        response.headers.add(name, value)
    length = reply.length if reply.stream else len(reply.body)
    if length is not None and reply.header("Content-Length") is None:
        response.content_length = length
    if reply.header("Content-Type") is None:
        response.headers["Content-Type"] = "application/octet-stream"
    sent = 0
    try:
        await response.prepare(request)
        if inbound.method != "HEAD":
            async for chunk in reply.stream or _once(reply.body):
                if reply.cut is not None and sent + len(chunk) > reply.cut:
                    await response.write(chunk[: reply.cut - sent])
                    sent = reply.cut
                    if transport:
                        transport.close()
                    return response, False
                await response.write(chunk)
                sent += len(chunk)
        await response.write_eof()
        return response, True
    except (ConnectionError, RuntimeError, ValueError):
        if transport:
            transport.close()
        return response, False
    finally:
        reply.sent.append(sent)


_SMALL = 16 * 1024
_FRAMING = frozenset({"content-length", "transfer-encoding"})
_SPECIAL = frozenset({"connection", "date", "server", "upgrade"})
_REASONS = {status.value: status.phrase for status in HTTPStatus}


def _is_plain(inbound: Inbound, reply: Reply) -> bool:
    """Whether an answer is one that aiohttp writes in one go, as it would be written piece by piece."""
    if reply.stream or reply.cut is not None or inbound.method == "HEAD" or reply.status < 200 or reply.status == 304:
        return False
    return reply.status != 204 and not any(name.lower() in _FRAMING for name, _ in reply.headers)


class _Sent(web.Response):
    """An answer that has left already: all that aiohttp still needs to know is whether the connection stays."""

    def __init__(self, keep_alive: bool) -> None:
        self._stays = keep_alive

    @property
    def keep_alive(self) -> bool:
        return self._stays

    async def prepare(self, request: web.BaseRequest) -> None:
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        return None


async def _answer_at_once(request: web.BaseRequest, reply: Reply) -> tuple[web.StreamResponse, bool]:
    try:
        head = _written(request, reply) if 0 < len(reply.body) <= _SMALL else None
        transport = request.transport
        response: web.StreamResponse
        if head is not None and transport is not None and not transport.is_closing():
            # What aiohttp does on the way to the same bytes is half of the time of a small answer.
            request.writer.output_size += len(head) + len(reply.body)
            transport.write(head + reply.body)
            await request.writer.drain()
            response = _Sent(request.keep_alive)
        else:
            response = web.Response(status=reply.status, headers=CIMultiDict(reply.headers), body=reply.body)
            await response.prepare(request)
            await response.write_eof()
    except (ConnectionError, RuntimeError, ValueError):
        if request.transport:
            request.transport.close()
        reply.sent.append(0)
        return web.Response(), False
    reply.sent.append(len(reply.body))
    return response, True


def _written(request: web.BaseRequest, reply: Reply) -> bytes | None:
    """Return the head of an answer as aiohttp would write it; None for one that has something special about it."""
    reason, names = _REASONS.get(reply.status), {name.lower() for name, _ in reply.headers}
    if reason is None or names & _SPECIAL or request.version != (1, 1):
        return None
    lines = [f"{name}: {value}" for name, value in reply.headers]
    if "content-type" not in names:
        lines.append("Content-Type: application/octet-stream")
    if not request.keep_alive:
        lines.append("Connection: close")
    text = "\r\n".join(lines)
    if text.count("\n") != len(lines) - 1 or text.count("\r") != len(lines) - 1 or "\0" in text:
        return None
    length, date = len(reply.body), rfc822_formatted_time()
    end = f"Content-Length: {length}\r\nDate: {date}\r\nServer: {SERVER_SOFTWARE}\r\n\r\n"
    return f"HTTP/1.1 {reply.status} {reason}\r\n{text}\r\n{end}".encode()


async def _once(body: bytes) -> AsyncIterator[bytes]:
    if body:
        yield body
