"""Which versions of TLS an address takes is found by offering one at a time."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import warnings
from collections.abc import AsyncIterator

import pytest

from harness.net.handshakes import (
    ACCEPTED,
    NOT_OFFERED,
    PLAIN,
    REFUSED,
    UNREACHABLE,
    VERSIONS,
    offering,
    shake_hands,
)
from harness.net.listener import Inbound, Listener, Reply
from harness.net.loop import Loop
from harness.net.reach import free_ports
from harness.net.tls import TlsMaterial

OLD = [version for version in VERSIONS[:2] if offering(version)]


@contextlib.asynccontextmanager
async def serving(context: ssl.SSLContext | None) -> AsyncIterator[int]:
    async def answer(inbound: Inbound) -> Reply:
        return Reply(200)

    listener = Listener(answer, tls=context)
    await listener.start()
    yield listener.port
    await listener.stop()


async def taken(context: ssl.SSLContext | None) -> dict[str, str]:
    """Return the outcome of each version that the local library can offer."""
    async with serving(context) as port:
        tries = [await shake_hands(f"https://localhost:{port}/x", version, 5.0) for version in VERSIONS]
    return {one.version: one.outcome for one in tries if one.outcome != NOT_OFFERED}


def limited(tls: TlsMaterial, least: ssl.TLSVersion, most: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> ssl.SSLContext:
    context = tls.another()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version, context.maximum_version = least, most
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    return context


def expected(*accepted: str) -> dict[str, str]:
    return {version: ACCEPTED if version in accepted else REFUSED for version in (*OLD, *VERSIONS[2:])}


def test_a_server_of_today_takes_the_two_newest_versions(loop: Loop, tls: TlsMaterial) -> None:
    assert loop.run(taken(tls.server)) == expected("TLSv1_2", "TLSv1_3")


def test_a_server_may_take_the_newest_alone(loop: Loop, tls: TlsMaterial) -> None:
    assert loop.run(taken(limited(tls, ssl.TLSVersion.TLSv1_3))) == expected("TLSv1_3")


@pytest.mark.skipif(not OLD, reason="the local library offers no old version")
def test_a_server_that_takes_old_versions_is_found(loop: Loop, tls: TlsMaterial) -> None:
    assert loop.run(taken(limited(tls, ssl.TLSVersion.TLSv1))) == expected(*VERSIONS)
    assert loop.run(taken(limited(tls, ssl.TLSVersion.TLSv1_1))) == expected(*VERSIONS[1:])
    newest = ssl.TLSVersion.TLSv1_1
    assert loop.run(taken(limited(tls, newest, newest))) == expected("TLSv1_1")


def test_nobody_there_is_no_refusal_of_a_version(loop: Loop) -> None:
    (port,) = free_ports(1)
    for url in (f"https://127.0.0.1:{port}/", "https://[::1", "https://a:99999/"):
        assert loop.run(shake_hands(url, "TLSv1_3", 1.0)).outcome == UNREACHABLE, url


def test_a_server_that_says_nothing_is_no_refusal(loop: Loop) -> None:
    async def silent() -> str:
        held = []
        server = await asyncio.start_server(lambda reader, writer: held.append(writer), "127.0.0.1", 0)
        async with server:
            found = await shake_hands(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}", "TLSv1_2", 0.2)
            for writer in held:
                writer.close()
        return found.outcome

    assert loop.run(silent()) == UNREACHABLE


def test_a_server_without_tls_takes_none(loop: Loop) -> None:
    async def plain() -> list[str]:
        async with serving(None) as port:
            urls = (f"https://127.0.0.1:{port}/", f"http://127.0.0.1:{port}/")
            return [(await shake_hands(url, "TLSv1_2", 2.0)).outcome for url in urls]

    assert loop.run(plain()) == [REFUSED, PLAIN]
