"""The raw sender: puts bytes on the wire that no HTTP client would send, and reads leniently what comes back."""

from __future__ import annotations

import asyncio
import ssl
from urllib.parse import urlsplit

from harness.evidence.entries import Exchange
from harness.evidence.journal import Journal
from harness.net.client import Where
from harness.net.patience import pause

_CAP = 1 << 20


async def send_raw(
    journal: Journal, where: Where, channel: str, url: str, data: bytes, *more: bytes, patience: float,
    trust: ssl.SSLContext, lull: float = 0.0,
) -> Exchange:  # fmt: skip
    """Send ``data`` to the host of ``url`` and keep what came until the peer closed or ``patience`` (seconds) ended.

    Each piece of ``more`` follows after ``lull`` seconds of real time.
    """
    number, at = journal.number(), journal.stamp()
    parts = urlsplit(url)
    error, answer = None, b""
    try:
        async with asyncio.timeout(patience):
            tls = trust if parts.scheme == "https" else None
            answer = await _converse(parts.hostname or "", parts.port, tls, (data, *more), lull)
    except TimeoutError:
        error = "timeout"
    except ssl.SSLError:
        error = "tls"
    except ConnectionRefusedError:
        error = "refused"
    except OSError:
        error = "reset"
    head, _, body = b"".join((data, *more)).partition(b"\r\n\r\n")
    line, *fields = head.decode("latin-1").split("\r\n")
    request = journal.half(line[:65536], [_field(text) for text in fields], body)
    response = None
    if answer:
        top, _, rest = answer.partition(b"\r\n\r\n")
        status, *lines = top.decode("latin-1").split("\r\n")
        headers = [_field(text) for text in lines]
        chunked = any(n.lower() == "transfer-encoding" and "chunked" in v.lower() for n, v in headers)
        response = journal.half(status, headers, _dechunked(rest) if chunked else rest)
    elif error is None:
        error = "reset"
    return journal.exchange(where, channel, "out", url, request, response, seq=number, at=at, error=error)


async def _converse(
    host: str, port: int | None, tls: ssl.SSLContext | None, pieces: tuple[bytes, ...], lull: float
) -> bytes:
    reader, writer = await asyncio.open_connection(
        host, port or (443 if tls else 80), ssl=tls, server_hostname=host if tls else None
    )
    answer = bytearray()
    try:
        for number, piece in enumerate(pieces):
            if number:
                await pause(lull)
            writer.write(piece)
            await writer.drain()
        while len(answer) < _CAP:
            chunk = await reader.read(65536)
            if not chunk:
                break
            answer += chunk
            if _complete(bytes(answer)):
                break
    except ConnectionError:
        if not answer:
            raise
    finally:
        writer.close()
    return bytes(answer)


def _complete(answer: bytes) -> bool:
    """Whether a response with Content-Length is all there, so that a kept-alive connection need not be waited out."""
    head, gap, body = answer.partition(b"\r\n\r\n")
    if not gap:
        return False
    for line in head.decode("latin-1").split("\r\n")[1:]:
        name, value = _field(line)
        if name.lower() == "content-length" and value.isdigit():
            return len(body) >= int(value)
    return answer.endswith(b"0\r\n\r\n")


def _field(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.strip(), value.strip()


def _dechunked(data: bytes) -> bytes:
    body = bytearray()
    while data:
        size, _, rest = data.partition(b"\r\n")
        try:
            count = int(size.split(b";")[0], 16)
        except ValueError:
            return bytes(body) + data
        if not count:
            break
        body += rest[:count]
        data = rest[count + 2 :]
    return bytes(body)
