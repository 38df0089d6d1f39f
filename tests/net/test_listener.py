"""The listener keeps a request exactly as it came, even when it is no valid HTTP, and answers as told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from harness.net.listener import LINE_LIMIT, Inbound, Listener, Reply
from harness.net.loop import Loop
from harness.net.patience import pause, within

Handler = Callable[[Inbound], Awaitable[Reply]]


class Played:
    """What came, what left, and whether it left whole."""

    def __init__(self, reply: Callable[[], Reply]) -> None:
        self.reply = reply
        self.came: list[Inbound] = []
        self.left: list[tuple[Reply, bool]] = []

    async def handle(self, inbound: Inbound) -> Reply:
        self.came.append(inbound)
        return self.reply()

    def done(self, inbound: Inbound, reply: Reply, whole: bool) -> None:
        self.left.append((reply, whole))


async def converse(played: Played, *pieces: bytes, cap: int = 8 << 20) -> bytes:
    """Send pieces, each when the one before has been read, and return all that comes until the end."""
    listener = Listener(played.handle, done=played.done, body_cap=cap)
    await listener.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
        for _ in range(20):  # turns of the loop, in which the other side reads
            await pause(0)
    answer = await within(5.0, reader.read())
    await within(5.0, listener.idle())
    writer.close()
    await listener.stop()
    assert answer is not None
    return answer


def ok() -> Reply:
    return Reply(200, (("Content-Type", "text/plain"),), b"error=0\r\n")


CLOSE = b"Host: h\r\nConnection: close\r\n"


@pytest.mark.parametrize(
    ("line", "method", "target"),
    [
        (b"GET /pens?a=%2520&b HTTP/1.1", "GET", "/pens?a=%2520&b"),
        (b"GET /pens?a b=c d HTTP/1.1", "GET", "/pens?a b=c d"),
        (b"GET /pens?a=#frag HTTP/1.1", "GET", "/pens?a=#frag"),
        (b"GET /pens?a=\xc3\xa9 HTTP/1.1", "GET", "/pens?a=\xc3\xa9"),
        (b"GET /pens?c=x?command=collect HTTP/1.1", "GET", "/pens?c=x?command=collect"),
        (b"GET /pens", "GET", "/pens"),
        (b"GET http://h/pens?x=1 HTTP/1.1", "GET", "http://h/pens?x=1"),
        (b"PROPFIND /pens HTTP/1.1", "PROPFIND", "/pens"),
    ],
)
def test_a_request_line_is_kept_as_it_stood(loop: Loop, line: bytes, method: str, target: str) -> None:
    played = Played(ok)
    answer = loop.run(converse(played, line + b"\r\n" + CLOSE + b"\r\n"))
    assert answer.startswith(b"HTTP/1.1 200")
    (inbound,) = played.came
    assert (inbound.line, inbound.method, inbound.target) == (line.decode("latin-1"), method, target)
    assert inbound.path == target.partition("?")[0]
    assert inbound.query == target.partition("?")[2].encode("latin-1")


def test_a_request_in_pieces_is_read_as_one(loop: Loop) -> None:
    played = Played(ok)
    loop.run(converse(played, b"GET /pe", b"ns?a b HTTP/1.1\r", b"\nHost: h\r\n", b"Connection: close\r\n\r\n"))
    assert [inbound.line for inbound in played.came] == ["GET /pens?a b HTTP/1.1"]


@pytest.mark.parametrize("body", [b"COLLECT now", b"GET /x y HTTP/1.1\r\nmore", b"\x00\xff" * 50])
def test_a_body_that_looks_like_a_request_line_stays_a_body(loop: Loop, body: bytes) -> None:
    played = Played(ok)
    head = b"POST /pens HTTP/1.1\r\n" + CLOSE + f"Content-Length: {len(body)}\r\n\r\n".encode()
    loop.run(converse(played, head, body[:8], body[8:]))
    (inbound,) = played.came
    assert (inbound.line, inbound.body) == ("POST /pens HTTP/1.1", body)


def test_two_requests_on_one_connection_keep_their_own_lines(loop: Loop) -> None:
    played = Played(ok)
    first = b"POST /one HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nab"
    loop.run(converse(played, first, b"GET /two?a b HTTP/1.1\r\n" + CLOSE + b"\r\n"))
    assert [(i.line, i.body) for i in played.came] == [("POST /one HTTP/1.1", b"ab"), ("GET /two?a b HTTP/1.1", b"")]


def test_headers_are_kept_in_order_and_found_whatever_their_case(loop: Loop) -> None:
    played = Played(ok)
    loop.run(converse(played, b"GET / HTTP/1.1\r\nhOsT: h\r\nX-A: 1\r\nx-a: 2\r\nConnection: close\r\n\r\n"))
    (inbound,) = played.came
    assert inbound.headers == (("hOsT", "h"), ("X-A", "1"), ("x-a", "2"), ("Connection", "close"))
    assert (inbound.header("x-A"), inbound.header("Y"), inbound.header("Y", "z")) == ("1", "", "z")
    assert not inbound.tls


def test_a_long_line_is_read_up_to_the_limit(loop: Loop) -> None:
    played = Played(ok)
    query = b"v=" + b"x" * 60_000
    answer = loop.run(converse(played, b"GET /pens?" + query + b" HTTP/1.1\r\n" + CLOSE + b"\r\n"))
    assert answer.startswith(b"HTTP/1.1 200")
    assert played.came[0].query == query
    assert LINE_LIMIT == 262144


def test_a_body_beyond_the_cap_is_dropped(loop: Loop) -> None:
    played = Played(ok)
    head = b"POST / HTTP/1.1\r\n" + CLOSE + b"Content-Length: 20\r\n\r\n"
    loop.run(converse(played, head + b"0123456789" * 2, cap=10))
    assert played.came[0].body == b"0123456789"


GET = b"GET / HTTP/1.1\r\n" + CLOSE + b"\r\n"


async def chunks(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


@pytest.mark.parametrize(
    ("reply", "head", "body", "whole"),
    [
        (ok, b"HTTP/1.1 200 OK", b"error=0\r\n", True),
        (lambda: Reply(404), b"HTTP/1.1 404 Not Found", b"", True),
        (lambda: Reply(200, (), b"", chunks(b"ab", b"cd"), 4), b"HTTP/1.1 200 OK", b"abcd", True),
        (lambda: Reply(200, (), b"abcdef", cut=2), b"HTTP/1.1 200 OK", b"ab", False),
        (lambda: Reply(200, (), b"abcdef", cut=6), b"HTTP/1.1 200 OK", b"abcdef", True),
        (lambda: Reply(200, (), b"", chunks(b"ab", b"cd"), 9, cut=3), b"HTTP/1.1 200 OK", b"abc", False),
        (lambda: Reply(raw=b"garbage\r\n\r\nmore"), b"garbage", b"more", True),
        (lambda: Reply(drop=True), b"", b"", False),
    ],
)
def test_an_answer_leaves_as_told(
    loop: Loop, reply: Callable[[], Reply], head: bytes, body: bytes, whole: bool
) -> None:
    played = Played(reply)
    top, _, rest = loop.run(converse(played, GET)).partition(b"\r\n\r\n")
    assert top.split(b"\r\n")[0] == head
    assert rest == body
    assert [flag for _, flag in played.left] == [whole]


def test_the_announced_length_is_that_of_the_body_unless_told_otherwise(loop: Loop) -> None:
    plain = loop.run(converse(Played(lambda: Reply(200, (), b"abc")), GET))
    assert b"\r\nContent-Length: 3\r\n" in plain
    assert b"\r\nContent-Type: application/octet-stream\r\n" in plain
    streamed = loop.run(converse(Played(lambda: Reply(200, (), b"", chunks(b"ab"))), GET))
    assert b"\r\nTransfer-Encoding: chunked\r\n" in streamed
    assert streamed.endswith(b"2\r\nab\r\n0\r\n\r\n")
    head = loop.run(converse(Played(lambda: Reply(200, (("Content-Length", "99"),))), GET.replace(b"GET", b"HEAD")))
    assert b"\r\nContent-Length: 99\r\n" in head
    assert head.endswith(b"\r\n\r\n")


def test_a_reply_tells_how_much_has_left(loop: Loop) -> None:
    played = Played(lambda: Reply(200, (), b"abcdef", cut=2))
    loop.run(converse(played, GET))
    assert played.left[0][0].sent == [2]
    assert Reply(headers=(("Location", "x"), ("location", "y"))).header("LOCATION") == "x"
    assert Reply().header("x") is None


def test_a_handler_that_fails_answers_500_and_is_told_as_not_whole(loop: Loop) -> None:
    def fails() -> Reply:
        raise LookupError

    played = Played(fails)
    assert loop.run(converse(played, GET)).startswith(b"HTTP/1.1 500")
    assert [whole for _, whole in played.left] == [False]


def test_a_port_that_is_taken_is_refused(loop: Loop) -> None:
    async def twice() -> None:
        first, second = Listener(Played(ok).handle), Listener(Played(ok).handle)
        await first.start()
        try:
            await second.start(port=first.port)
        finally:
            await first.stop()

    with pytest.raises(OSError, match="in use"):
        loop.run(twice())


@pytest.mark.parametrize("body", [b"small", b"x" * 100_000])
def test_answers_leave_one_after_the_other_on_a_connection_that_is_kept(loop: Loop, body: bytes) -> None:
    played = Played(lambda: Reply(200, (("X-A", "1"), ("x-a", "é")), body))
    kept = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"
    answer = loop.run(converse(played, kept, kept, GET))
    assert answer.count(b"HTTP/1.1 200 OK\r\nX-A: 1\r\nx-a: \xc3\xa9\r\n") == 3
    assert answer.count(b"\r\nConnection: close\r\n") == 1
    assert answer.count(body) == 3
    assert [whole for _, whole in played.left] == [True] * 3


def test_an_old_client_is_answered_in_its_own_version(loop: Loop) -> None:
    answer = loop.run(converse(Played(ok), b"GET / HTTP/1.0\r\n\r\n"))
    assert answer.startswith(b"HTTP/1.0 200 OK\r\n")
    assert answer.endswith(b"\r\n\r\nerror=0\r\n")


@pytest.mark.parametrize("value", ["a\r\nSet-Cookie: b", "a\nb", "a\rb", "a\0b"])
def test_a_header_that_would_break_the_answer_closes_the_connection(loop: Loop, value: str) -> None:
    played = Played(lambda: Reply(200, (("X-A", value),), b"abc"))
    assert loop.run(converse(played, GET)) == b""
    assert [whole for _, whole in played.left] == [False]
