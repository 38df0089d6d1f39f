"""The raw sender sends what no client would, and reads what comes back as it stands."""

from __future__ import annotations

import asyncio
import ssl

import pytest

from harness.evidence.entries import Exchange
from harness.evidence.journal import Journal
from harness.net.listener import Inbound, Listener, Reply
from harness.net.loop import Loop
from harness.net.raw import send_raw
from harness.net.tls import TlsMaterial

WHERE = ("raw", "", "")
DATA = b"GET /pens?a b HTTP/1.0\r\nX-A:  1 \r\nno colon\r\n\r\nbody"


async def answered(
    journal: Journal,
    trust: ssl.SSLContext,
    answer: bytes | None,
    *,
    data: bytes = DATA,
    end: bool = True,
    patience: float = 5.0,
) -> tuple[Exchange, bytes]:
    """Let a bare server read until the data is complete, answer, and hang up (``end``) or hold the line."""
    came = bytearray()
    over = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while len(came) < len(data):
            came.extend(await reader.read(65536))
        if answer is not None:
            writer.write(answer)
            await writer.drain()
        if not end:
            await over.wait()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    exchange = await send_raw(
        journal, WHERE, "collect", f"http://127.0.0.1:{port}/pens", data, patience=patience, trust=trust
    )
    over.set()
    server.close()
    return exchange, bytes(came)


def test_the_bytes_leave_as_given_and_are_kept(loop: Loop, journal: Journal, tls: TlsMaterial) -> None:
    reply = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nerror=0\r\n"
    exchange, came = loop.run(answered(journal, tls.trust, reply))
    assert came == DATA
    assert exchange.request.start == "GET /pens?a b HTTP/1.0"
    assert exchange.request.headers == (("X-A", "1"), ("no colon", ""))
    assert exchange.request.body == b"body"
    assert exchange.response is not None
    assert (exchange.response.start, exchange.response.status) == ("HTTP/1.1 200 OK", 200)
    assert exchange.response.body == b"error=0\r\n"
    assert (exchange.error, exchange.direction, exchange.channel, exchange.scenario) == (None, "out", "collect", "raw")
    assert journal.entries == [exchange]


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nerror=0\r\n", b"error=0\r\n"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", b""),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n3;x=1\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n",
            b"abc0123456789",
        ),
    ],
)
def test_a_complete_response_is_not_waited_out(
    loop: Loop, journal: Journal, tls: TlsMaterial, answer: bytes, body: bytes
) -> None:
    exchange, _ = loop.run(answered(journal, tls.trust, answer, end=False, patience=60.0))
    assert exchange.error is None
    assert exchange.response is not None
    assert exchange.response.body == body


def test_chunks_that_are_none_are_left_as_they_came(loop: Loop, journal: Journal, tls: TlsMaterial) -> None:
    answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nno number\r\nx"
    exchange, _ = loop.run(answered(journal, tls.trust, answer))
    assert exchange.response is not None
    assert exchange.response.body == b"abcno number\r\nx"


def test_who_hangs_up_without_a_word_resets(loop: Loop, journal: Journal, tls: TlsMaterial) -> None:
    exchange, _ = loop.run(answered(journal, tls.trust, None))
    assert (exchange.error, exchange.response) == ("reset", None)


def test_who_never_answers_runs_out_of_patience(loop: Loop, journal: Journal, tls: TlsMaterial) -> None:
    exchange, _ = loop.run(answered(journal, tls.trust, None, end=False, patience=0.05))
    assert (exchange.error, exchange.response) == ("timeout", None)


def test_a_closed_port_refuses_and_a_plain_one_speaks_no_tls(loop: Loop, journal: Journal, tls: TlsMaterial) -> None:
    async def both() -> list[str | None]:
        async def handle(inbound: Inbound) -> Reply:
            return Reply()

        listener = Listener(handle)
        await listener.start()
        errors = []
        for scheme, stopped in (("https", False), ("http", True)):
            if stopped:
                await listener.stop()
            url = f"{scheme}://127.0.0.1:{listener.port}/"
            sent = await send_raw(journal, WHERE, "c", url, DATA, patience=5.0, trust=tls.trust)
            errors.append(sent.error)
        return errors

    assert loop.run(both()) == ["tls", "refused"]


def test_raw_bytes_travel_over_tls_too(loop: Loop, journal: Journal, tls: TlsMaterial) -> None:
    async def secure() -> Exchange:
        async def handle(inbound: Inbound) -> Reply:
            return Reply(200, (), b"tls" if inbound.tls else b"plain")

        listener = Listener(handle, tls=tls.server)
        await listener.start()
        url, data = f"https://localhost:{listener.port}/", b"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n"
        sent = await send_raw(journal, WHERE, "c", url, data, patience=5.0, trust=tls.trust)
        await listener.stop()
        return sent

    response = loop.run(secure()).response
    assert response is not None
    assert response.body == b"tls"
