"""Posting to handlers: which addresses may be contacted, whose certificates are good, and for how long one waits."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from harness.evidence.journal import Journal
from harness.net.client import HttpClient, Received, Request
from harness.net.patience import within
from harness.net.raw import send_raw
from harness.net.reach import is_loopback
from harness.wire.pns_oracle_body import Post
from mocks.platform.trials import LULL

if TYPE_CHECKING:
    from mocks.platform.behaviour import PlatformBehaviour
    from mocks.platform.platform import Platform

CHANNEL = "notice"
Ended = tuple[int, str | None]
"""How a delivery ended: the status of the answer, 0 without one, and why there was none."""


@cache
def _trusting() -> ssl.SSLContext:
    """Return a client context that believes every certificate; only faults use it."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


async def send_all(platform: Platform, behaviour: PlatformBehaviour, url: str, body: bytes) -> Ended:
    """Post a body to where a handler is: to its one address, unless a fault knows others."""
    ended: Ended = (0, None)
    for target in behaviour.delivery_urls(url):
        ended = await post(platform, behaviour, Request("POST", target, behaviour.delivery_headers(), body))
    return ended


async def send_forged(
    platform: Platform, behaviour: PlatformBehaviour, url: str, redirect_url: str, posts: Sequence[Post]
) -> Ended:
    """Post what a trial is made of, one after the other; what is meant for launches goes to the redirect address."""
    ended: Ended = (0, None)
    for one in posts:
        encoding = (("Content-Encoding", one.encoding),) if one.encoding else ()
        headers = (("Content-Type", one.content_type), *encoding)
        target = url if one.to == "notices" else redirect_url
        ended = await post(platform, behaviour, Request("POST", target, headers, one.body))
    return ended


async def post(platform: Platform, behaviour: PlatformBehaviour, request: Request) -> Ended:
    """Post once; give up after the handler's patience, and do not follow a redirect."""
    received = await _posted(platform, behaviour, request, None)
    hops = 0
    while isinstance(received, Received) and behaviour.follows(received.status, hops):
        hops += 1
        onward = replace(request, url=urljoin(request.url, received.header("Location") or ""))
        received = await _posted(platform, behaviour, onward, None)
    return (received.status, received.error) if isinstance(received, Received) else (0, received)


async def _posted(
    platform: Platform, behaviour: PlatformBehaviour, request: Request, former: str | None
) -> Received | str:
    if not allowed(platform, behaviour, request.url):
        return "not-allowed"
    patience = behaviour.delivery_patience()
    verifies = behaviour.verifies(former)
    trust = platform.client.trust if verifies else _trusting()
    async with HttpClient(platform.client.journal, patience, trust) as client:
        received = await within(patience, client.send(platform.where(request.url), CHANNEL, request))
    if received is None:
        return "timeout"
    if received.error == "tls" and former is None and verifies and not behaviour.verifies("tls"):
        return await _posted(platform, behaviour, request, "tls")
    return received


async def send_slowly(platform: Platform, behaviour: PlatformBehaviour, url: str, body: bytes) -> Ended:
    """Post a body with a rest in its middle."""
    if not allowed(platform, behaviour, url):
        return 0, "not-allowed"
    where = url.partition("://")[2].partition("#")[0]
    host, slash, rest = where.partition("/")
    fields = (
        ("Host", host.rpartition("@")[2]), ("User-Agent", "invigil"), *behaviour.delivery_headers(),
        ("Content-Length", str(len(body))), ("Connection", "close"),
    )  # fmt: skip
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields)
    head = f"POST {slash or '/'}{rest} HTTP/1.1\r\n{lines}\r\n".encode("latin-1", "replace")
    client, half = platform.client, len(body) // 2
    journal, number, at = client.journal, client.journal.number(), client.journal.stamp()
    try:
        # A journal that does not record would not tell how it ended.
        done = await send_raw(
            Journal(journal.now, journal.redactor), platform.where(url), CHANNEL, url, head + body[:half], body[half:],
            lull=LULL, patience=behaviour.delivery_patience() + LULL, trust=client.trust,
        )  # fmt: skip
    except ValueError:
        return 0, "bad-url"
    journal.exchange(
        platform.where(url), CHANNEL, "out", url, done.request, done.response, seq=number, at=at, error=done.error
    )  # fmt: skip
    return (done.response.status if done.response else 0), done.error


def allowed(platform: Platform, behaviour: PlatformBehaviour, url: str) -> bool:
    """Whether an address that a tool gave may be contacted (setting ``outbound``: loopback or any)."""
    if behaviour.settings["outbound"] == "any":
        return True
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    return is_loopback(host) or host.endswith(".localhost")
