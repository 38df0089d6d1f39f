"""The client repairs nothing, follows nothing, and names what went wrong."""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from harness.evidence.journal import Journal
from harness.net.client import HttpClient, Received, Request, problem_name
from harness.net.listener import Inbound, Listener, Reply
from harness.net.loop import Loop

WHERE = ("plain", "", "")


async def asked(
    journal: Journal,
    reply: Callable[[Inbound], Reply],
    request: Callable[[str], Request],
    patience: float = 5.0,
    **more: Any,
) -> tuple[Received, list[Inbound]]:
    came: list[Inbound] = []

    async def handle(inbound: Inbound) -> Reply:
        came.append(inbound)
        return reply(inbound)

    listener = Listener(handle)
    await listener.start()
    try:
        async with HttpClient(journal, patience) as client:
            received = await client.send(WHERE, "collect", request(f"http://127.0.0.1:{listener.port}"), **more)
    finally:
        await listener.stop()
    return received, came


def get(path: str) -> Callable[[str], Request]:
    return lambda base: Request("GET", base + path)


def test_both_halves_of_an_exchange_are_kept(loop: Loop, journal: Journal) -> None:
    def reply(inbound: Inbound) -> Reply:
        return Reply(201, (("Content-Type", "text/plain"), ("X-A", "1")), b"error=0\r\n")

    def request(base: str) -> Request:
        return Request("POST", base + "/pens?c=t", (("X-B", "2"),), b"a=1")

    received, (inbound,) = loop.run(asked(journal, reply, request, facts={"n": 1}))
    assert (received.status, received.body, received.error) == (201, b"error=0\r\n", None)
    assert (received.header("x-a"), received.header("absent")) == ("1", None)
    exchange = received.exchange
    assert journal.entries == [exchange]
    assert (exchange.scenario, exchange.channel, exchange.direction, exchange.facts) == (
        "plain",
        "collect",
        "out",
        {"n": 1},
    )
    assert exchange.url.endswith("/pens?c=t")
    assert exchange.request.start == "POST /pens?c=t HTTP/1.1"
    assert exchange.request.body == inbound.body == b"a=1"
    assert exchange.response is not None
    assert exchange.response.start == "HTTP/1.1 201 Created"
    assert exchange.response.body == b"error=0\r\n"
    assert (exchange.seq, exchange.ended) == (1, 2)
    assert inbound.header("Content-Type") == ""
    sent = dict(exchange.request.headers)
    assert (sent["X-B"], sent["User-Agent"], sent["Accept-Encoding"], sent["Accept"]) == (
        "2",
        "invigil",
        "identity",
        "*/*",
    )
    assert {name: inbound.header(name) for name in sent} == sent


@pytest.mark.parametrize("target", ["/a%2520b.zip?t=%2F", "/pens?a=1?b=2", "/a/%2e%2e/b", "/p?q=%zz", "/?x"])
def test_an_address_is_sent_as_it_stands(loop: Loop, journal: Journal, target: str) -> None:
    received, (inbound,) = loop.run(asked(journal, lambda _: Reply(), get(target)))
    assert inbound.target == target
    assert received.exchange.request.target == target


def test_a_redirect_is_not_followed_and_a_cookie_not_kept(loop: Loop, journal: Journal) -> None:
    headers = (("Location", "/next"), ("Set-Cookie", "sid=1"))
    received, came = loop.run(asked(journal, lambda _: Reply(302, headers), get("/")))
    assert (received.status, received.header("Location"), len(came)) == (302, "/next", 1)


def test_a_packed_body_is_left_packed(loop: Loop, journal: Journal) -> None:
    packed = Reply(200, (("Content-Encoding", "gzip"),), b"no gzip at all")
    received, _ = loop.run(asked(journal, lambda _: packed, get("/")))
    assert (received.body, received.error) == (b"no gzip at all", None)


async def chunks(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


def test_with_a_sink_only_the_beginning_is_kept_but_all_is_counted(loop: Loop, journal: Journal) -> None:
    content, got = b"0123456789" * 1000, bytearray()
    received, _ = loop.run(
        asked(journal, lambda _: Reply(body=content), lambda base: Request("GET", base + "/", keep=16), sink=got.extend)
    )
    assert bytes(got) == content
    half = received.exchange.response
    assert half is not None
    assert (half.body, half.size, half.cut) == (content[:16], 10000, True)
    assert half.sha256 == hashlib.sha256(content).hexdigest()


def test_what_a_sink_raises_ends_the_exchange_and_is_raised(loop: Loop, journal: Journal) -> None:
    class Enough(Exception):
        pass

    def sink(chunk: bytes) -> None:
        raise Enough

    with pytest.raises(Enough):
        loop.run(asked(journal, lambda _: Reply(body=b"abc"), get("/"), sink=sink))
    (exchange,) = journal.entries
    assert getattr(exchange, "error", None) == "aborted"


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (lambda _: Reply(drop=True), "reset"),
        (lambda _: Reply(raw=b"no HTTP at all\r\n\r\n"), "malformed"),
        (lambda _: Reply(200, (), b"abcdef", cut=2), "truncated"),
        (lambda _: Reply(200, (("Content-Length", "9"),), b"abcdef"), "truncated"),
    ],
)
def test_what_the_peer_does_wrong_is_named_and_never_raised(
    loop: Loop, journal: Journal, reply: Callable[[Inbound], Reply], error: str
) -> None:
    received, _ = loop.run(asked(journal, reply, get("/")))
    assert received.error == received.exchange.error == error
    assert (received.exchange.response is None) == (error != "truncated")


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("http://127.0.0.1:{closed}/", "refused"),
        ("https://127.0.0.1:{open}/", "tls"),
        ("http://nowhere.invalid/", "dns"),
        ("ftp://127.0.0.1/x.zip", "bad-url"),
        ("file:///x.zip", "bad-url"),
        ("course.zip", "bad-url"),
        ("http://", "bad-url"),
        ("http://[oops/", "bad-url"),
        ("http://127.0.0.1:99999/", "bad-url"),
    ],
)
def test_an_address_that_leads_nowhere_is_named(loop: Loop, journal: Journal, url: str, error: str) -> None:
    async def send() -> Received:
        listener, gone = Listener(_silent), Listener(_silent)
        await listener.start()
        await gone.start()
        await gone.stop()
        address = url.replace("{closed}", str(gone.port)).replace("{open}", str(listener.port))
        async with HttpClient(journal, 5.0) as client:
            received = await client.send(WHERE, "package", Request("GET", address))
        await listener.stop()
        return received

    received = loop.run(send())
    assert (received.error, received.status, received.body) == (error, 0, b"")
    assert received.exchange.response is None


async def _silent(inbound: Inbound) -> Reply:
    await asyncio.Event().wait()
    return Reply()


def test_a_peer_that_does_not_answer_runs_out_of_patience(loop: Loop, journal: Journal) -> None:
    async def send() -> Received:
        listener = Listener(_silent)
        await listener.start()
        async with HttpClient(journal, 0.05) as client:
            received = await client.send(WHERE, "collect", Request("GET", f"http://127.0.0.1:{listener.port}/"))
        await listener.stop()
        return received

    assert loop.run(send()).error == "timeout"


@pytest.mark.parametrize(
    ("problem", "name"),
    [
        (ssl.SSLError("x"), "tls"),
        (TimeoutError(), "timeout"),
        (ConnectionResetError(), "reset"),
        (UnicodeError("x"), "bad-url"),
        (ValueError("x"), "malformed"),
        (LookupError("x"), None),
    ],
)
def test_failures_of_the_network_have_names_and_others_none(problem: BaseException, name: str | None) -> None:
    assert problem_name(problem) == name
