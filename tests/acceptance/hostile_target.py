"""A PENS target that repeats every secret it was told, and has its own to lose: in headers, addresses, bodies, mail."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import html
import itertools
import json
import smtplib
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from urllib.parse import quote, quote_plus, urlsplit

from harness.evidence.journal import Journal
from harness.net.client import NOWHERE, HttpClient, Request
from harness.net.clock import OffsetClock
from harness.net.listener import Inbound, Reply
from harness.net.receiver import read
from harness.wire.binding import FORM, Decoded, encode_multipart, encode_query
from harness.wire.pens_answer import Answer
from tests.acceptance.canaries import canary

Pairs = tuple[tuple[str, str], ...]
Headers = tuple[tuple[str, str], ...]
TEXT: Headers = (("Content-Type", "text/plain"),)
PAGE: Headers = (("Content-Type", "text/html"),)
JSON: Headers = (("Content-Type", "application/json"),)


def basic(user: str, password: str, charset: str = "utf-8") -> str:
    """Return the value of an Authorization header."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode(charset)).decode()


def _text(message: Decoded, name: str) -> str:
    return message.get(name) or ""


@dataclass(slots=True)
class HostileTarget:
    """``relay`` is where its mail goes; ``used`` collects the names of its own secrets that it has let slip."""

    relay: tuple[str, int]
    used: set[str] = field(default_factory=set)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _client: HttpClient = field(default_factory=lambda: HttpClient(Journal(OffsetClock().now), 2.0))
    _turn: itertools.count[int] = field(default_factory=itertools.count)
    _callback: itertools.count[int] = field(default_factory=itertools.count)

    def own(self, name: str) -> str:
        """Return a secret of its own."""
        self.used.add(name)
        return canary(name)

    def link(self, name: str) -> str:
        """Return an address that holds a secret of its own."""
        return f"http://admin:{quote(self.own(name), safe='')}@127.0.0.1:9/files"

    async def answer(self, inbound: Inbound) -> Reply:
        """Answer a collect, every second time with all that should not be said."""
        turn, message = next(self._turn), read(inbound)
        if turn % 2 == 0 or _text(message, "receipt").startswith("mailto:"):
            task = asyncio.ensure_future(self.carry_out(message))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)
            return Reply(
                200, (*TEXT, ("Set-Cookie", f"sid={self.own('set-cookie')}; Path=/")), Answer(0, "ok").encode()
            )
        told = REPEATS[turn // 2 % len(REPEATS)]
        password = message.get("system-password") or canary("system-password")
        return told(self, _text(message, "system-user-id") or "tool", password)

    def in_text(self, user: str, password: str) -> Reply:
        """Repeat the password in an error-text."""
        return Reply(200, TEXT, Answer(1101, f"no access for {user} with {password}").encode())

    def in_page(self, user: str, password: str) -> Reply:
        """Repeat it in a page."""
        page = f"<html><a href='{self.link('link')}'>log in</a> as {user}, not {html.escape(password)}</html>"
        return Reply(200, PAGE, page.encode())

    def in_location(self, user: str, password: str) -> Reply:
        """Repeat it in a redirect."""
        twice = quote(quote(password, safe=""), safe="")
        back = f"{self.link('location')}?system-password={quote_plus(password)}&back={twice}"
        return Reply(302, (("Location", back),))

    def in_base64(self, user: str, password: str) -> Reply:
        """Repeat it in base64, alone and among other words."""
        words = [f"{user}:{password}", password, f"the request was system-password={password}&x=1", f"a{password}"]
        return Reply(200, JSON, json.dumps([base64.b64encode(word.encode()).decode() for word in words]).encode())

    def in_json(self, user: str, password: str) -> Reply:
        """Repeat it in JSON."""
        body = {"echo": {"system-password": password}, "own": {"package-url-password": self.own("own-json")}}
        return Reply(200, JSON, json.dumps(body).encode())

    def in_double(self, user: str, password: str) -> Reply:
        """Repeat it percent-encoded twice."""
        nested = quote(f"system-password={quote(password, safe='')}", safe="")
        return Reply(200, TEXT, f"request={nested}&again={quote(nested, safe='')}".encode())

    def in_parts(self, user: str, password: str) -> Reply:
        """Repeat it as a part of a multipart body."""
        kind, body = encode_multipart((("system-user-id", user), ("system-password", password)))
        return Reply(200, (("Content-Type", kind),), body)

    def in_headers(self, user: str, password: str) -> Reply:
        """Repeat it in headers."""
        shown = quote(basic(user, password), safe="")
        return Reply(500, (*PAGE, ("X-Debug", f"authorization={shown}"), ("X-Password", quote(password))), b"error")

    def in_latin(self, user: str, password: str) -> Reply:
        """Repeat it in a text that is no UTF-8."""
        return Reply(200, TEXT, f"Zugang für {user} mit {password} verwehrt".encode("latin-1"))

    async def carry_out(self, message: Decoded) -> None:
        """Fetch the package, then send a receipt and an alert, each in the next of many ways."""
        login = (("Authorization", basic("lms", self.own("basic-fetch"))),)
        await self._client.send(NOWHERE, "package", Request("GET", _text(message, "package-url"), login))
        for element in ("receipt", "alerts"):
            url = _text(message, element)
            pairs = (
                ("command", element.removesuffix("s")), ("package-id", _text(message, "package-id")),
                ("error", "0"), ("error-text", "done"),
            )  # fmt: skip
            if url.startswith("mailto:"):
                await asyncio.to_thread(self.mail, url.removeprefix("mailto:").split(","), pairs)
            elif url.startswith("http"):
                with contextlib.suppress(OSError):
                    await self.tell(url, pairs)

    async def tell(self, url: str, pairs: Pairs) -> None:
        """Send a receipt or an alert."""
        way = next(self._callback) % 10
        extra: Pairs = pairs
        heads: Headers = ()
        if way == 0:
            extra = (*pairs, ("system-password", self.own("own-form")))
        elif way == 1:
            extra = (*pairs, ("note", f"see {self.link('in-text')}"))
        elif way == 2:
            twice = quote(quote(self.link("in-query-twice"), safe=""), safe="")
            extra = (*pairs, ("back", quote(self.link("in-query"), safe="")), ("on", twice))
        elif way == 3:
            heads = (
                ("Authorization", basic("lms", self.own("basic-receipt"))),
                ("X-Api-Key", quote(self.own("api-key"))),
            )
        elif way == 4:
            heads = (("Authorization", basic("lms", self.own("basic-latin"), "latin-1")),)
        elif way == 5:
            bearer = "Bearer " + quote(self.own("bearer"), safe="")
            heads = (("Authorization", bearer), ("Cookie", "sid=" + quote(self.own("cookie"))))
        if way == 6:
            address = (
                f"{url}{'&' if '?' in url else '?'}{encode_query((*pairs, ('system-password', self.own('own-get'))))}"
            )
            await self._client.send(NOWHERE, "receipt", Request("GET", address))
            return
        if way == 7:
            kind, body = encode_multipart((*pairs, ("package-url-password", self.own("own-multipart"))))
            await self._client.send(NOWHERE, "receipt", Request("POST", url, (("Content-Type", kind),), body))
            return
        if way == 8:
            await self.absolute(url, encode_query(pairs).encode())
            return
        if way == 9:
            extra = (*(pair for pair in pairs if pair[0] != "package-id"), ("package-id", self.link("in-id")))
        request = Request("POST", url, (("Content-Type", FORM), *heads), encode_query(extra).encode())
        await self._client.send(NOWHERE, "receipt", request)

    async def absolute(self, url: str, body: bytes) -> None:
        """Send a request as to a proxy, with a login in its request line."""
        parts = urlsplit(url)
        if parts.scheme != "http":
            return
        line = f"POST http://lms:{quote(self.own('absolute-form'), safe='')}@{parts.netloc}{parts.path} HTTP/1.1"
        head = f"{line}\r\nHost: {parts.netloc}\r\nContent-Type: {FORM}\r\nContent-Length: {len(body)}\r\n"
        head += "Connection: close\r\n\r\n"
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        writer.write(head.encode() + body)
        await reader.read()
        writer.close()

    def mail(self, recipients: list[str], pairs: Pairs) -> None:
        """Send the message by mail, once in each transfer encoding."""
        secrets = (
            ("system-password", quote_plus(self.own("mail-line"))), ("see", self.link("mail-link")),
            ("h", basic("u", self.own("mail-basic"))),
        )  # fmt: skip
        for encoding, name in (("8bit", ""), ("quoted-printable", "mail-quoted"), ("base64", "mail-base64")):
            lines = (*pairs, *secrets, *((("package-url-password", quote(self.own(name), safe="")),) if name else ()))
            message = EmailMessage(policy=SMTP)
            message["From"], message["To"], message["Subject"] = "lms@lms.example", ", ".join(recipients), "PENS"
            message.set_content(
                f"for {canary('system-password')}\n" + "".join(f"{n}={v}\n" for n, v in lines), cte=encoding
            )
            with smtplib.SMTP(*self.relay, local_hostname="localhost", timeout=5) as relay:
                relay.sendmail("lms@lms.example", recipients, message.as_bytes())

    async def stop(self) -> None:
        """Wait until all is sent."""
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self._client.close()


REPEATS: tuple[Callable[[HostileTarget, str, str], Reply], ...] = (
    HostileTarget.in_text, HostileTarget.in_page, HostileTarget.in_location, HostileTarget.in_base64,
    HostileTarget.in_json, HostileTarget.in_double, HostileTarget.in_parts, HostileTarget.in_headers,
    HostileTarget.in_latin,
)  # fmt: skip
OWN = frozenset(
    {
        "basic-fetch",
        "basic-receipt",
        "basic-latin",
        "bearer",
        "cookie",
        "api-key",
        "own-form",
        "own-get",
        "own-multipart",
    }
    | {"own-json", "in-text", "in-id", "in-query", "in-query-twice", "absolute-form", "set-cookie", "location", "link"}
    | {"mail-line", "mail-link", "mail-basic", "mail-quoted", "mail-base64"}
)
