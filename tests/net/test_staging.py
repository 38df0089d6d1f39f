"""A staging server offers a package whole or cut, open or protected, at once or when a gate opens."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator

import pytest

from harness.net.listener import Inbound, Reply
from harness.net.loop import Loop
from harness.net.staging import KEPT, Gate, Staged

WHERE = ("plain", "", "")


def request(method: str = "GET", authorization: str = "") -> Inbound:
    headers = (("Authorization", authorization),) if authorization else ()
    return Inbound(f"{method} /a.zip HTTP/1.1", method, "/a.zip", headers, b"")


def basic(login: str) -> str:
    return "Basic " + base64.b64encode(login.encode()).decode()


def test_get_and_head_agree(loop: Loop) -> None:
    staged = Staged(WHERE, b"PK\x03\x04", headers=(("ETag", "1"),))
    got, head = loop.run(staged.answer(request())), loop.run(staged.answer(request("HEAD")))
    assert (got.status, got.body) == (head.status, head.body) == (200, b"PK\x03\x04")
    assert got.headers == (("Content-Type", "application/zip"), ("ETag", "1"))
    assert head.headers == (*got.headers, ("Content-Length", "4"))
    assert staged.facts(got, True) == {"whole": True}
    assert (staged.channel, staged.keep, KEPT) == ("package", 64, 64)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_other_methods_are_refused(loop: Loop, method: str) -> None:
    reply = loop.run(Staged(WHERE, b"x").answer(request(method)))
    assert (reply.status, reply.header("Allow")) == (405, "GET, HEAD")


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        (basic("tim:pass:word"), 200),
        ("", 401),
        (basic("tim:wrong"), 401),
        (basic("tom:pass:word"), 401),
        ("Basic !", 401),
        ("Bearer x", 401),
    ],
)
def test_a_protected_package_opens_to_its_login_alone(loop: Loop, authorization: str, status: int) -> None:
    reply = loop.run(Staged(WHERE, b"x", user="tim", password="pass:word").answer(request("GET", authorization)))
    assert reply.status == status
    assert reply.header("WWW-Authenticate") == (None if status == 200 else 'Basic realm="packages"')
    assert reply.body == (b"x" if status == 200 else b"")


def test_content_may_be_streamed_cut_and_announced_wrongly(loop: Loop) -> None:
    async def content() -> AsyncIterator[bytes]:
        yield b"ab"
        yield b"cd"

    async def drained() -> tuple[Reply, list[bytes]]:
        reply = await Staged(WHERE, content, length=4, cut=3).answer(request())
        assert reply.stream is not None
        return reply, [chunk async for chunk in reply.stream]

    reply, chunks = loop.run(drained())
    assert (chunks, reply.length, reply.cut) == ([b"ab", b"cd"], 4, 3)
    lying = loop.run(Staged(WHERE, b"abc", status=206, length=9, cut=1).answer(request()))
    assert (lying.status, lying.header("Content-Length"), lying.body, lying.cut) == (206, "9", b"abc", 1)


def test_a_gate_holds_who_comes_until_it_is_opened(loop: Loop) -> None:
    async def held() -> list[bool]:
        gate = Gate()
        answering = asyncio.ensure_future(Staged(WHERE, b"x", gate=gate).answer(request()))
        await gate.reached.wait()
        before = answering.done()
        gate.open()
        reply = await answering
        again = await Staged(WHERE, b"x", gate=gate).answer(request())
        return [before, reply.status == 200, again.status == 200]

    assert loop.run(held()) == [False, True, True]


def test_who_may_not_enter_does_not_reach_the_gate(loop: Loop) -> None:
    gate = Gate()
    reply = loop.run(Staged(WHERE, b"x", user="a", password="b", gate=gate).answer(request()))
    assert reply.status == 401
    assert not gate.reached.is_set()
