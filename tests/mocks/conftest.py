"""A small world around the mock engine: a client that stages a package, collects, and receives what follows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from fixtures.packages import scorm12
from harness.evidence.journal import Journal
from harness.judging.profiles import load_profile
from harness.net.client import HttpClient
from harness.net.clock import ManualClock
from harness.net.host import CallbackHost
from harness.net.listener import Inbound, Reply
from harness.net.loop import Loop
from harness.net.receiver import Receiver
from harness.net.staging import Staged
from harness.wire.binding import FORM, Decoded, encode_multipart, encode_query
from harness.wire.pens_answer import read_answer
from mocks.engine.domain import Credential
from mocks.engine.engine import Engine
from mocks.faults.composing import pens_behaviour

WHERE = ("world", "", "")
NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)


class World:
    """One engine with its client on loopback. Everything is synchronous from outside."""

    def __init__(self, loop: Loop, profile: str, settings: Mapping[str, Any], faults: tuple[str, ...]) -> None:
        self.loop = loop
        self.clock = ManualClock(NOW)
        self.journal = Journal(self.clock.now)
        changes = {f"pens.{name}": value for name, value in settings.items()}
        self.settings = load_profile(profile).with_settings(changes).area("pens")
        self.staged = Staged(WHERE, scorm12(title="Working at height"))
        self.receipts = Receiver(WHERE, "receipt")
        self.alerts = Receiver(WHERE, "alert")
        self.told: list[str] = []
        self.receipts.listeners.append(lambda message: self.told.append("receipt"))
        self.alerts.listeners.append(lambda message: self.told.append("alert"))
        loop.run(self._start(faults))

    async def _start(self, faults: tuple[str, ...]) -> None:
        self.host = CallbackHost(self.journal)
        await self.host.listen("http")
        self.host.mount("files/course.zip", self.staged)
        self.host.mount("receipt", self.receipts)
        self.host.mount("alert", self.alerts)
        self.client = HttpClient(Journal(self.clock.now), 5.0)
        self.engine = Engine(self.clock, self.client, lambda tenant: pens_behaviour(self.settings, faults))
        for credential in (
            Credential("tool", "tool-password", tenant="default"),
            Credential("root", "root-password", ()),
            Credential("reader", "reader-password", ("read:course",), "default"),
            Credential("other", "other-password", tenant="other"),
        ):
            self.engine.credentials[credential.id] = credential

    def elements(self, changes: Mapping[str, str | None] | None = None) -> dict[str, str]:
        """Return a valid collect with changes; None leaves an element out."""
        plain = {
            "command": "collect", "pens-version": "1.0.0", "package-type": "scorm-pif", "package-type-version": "1.2",
            "package-format": "zip", "package-id": "http://myurl.com:2631e419-1573-4720-b4c6-8701f960dccc",
            "package-url": self.host.url("files/course.zip"), "package-url-expiry": "2026-01-22T12:00:00Z",
            "client": "Author", "receipt": self.host.url("receipt"), "alerts": self.host.url("alert"),
        }  # fmt: skip
        return {name: value for name, value in {**plain, **(changes or {})}.items() if value is not None}

    def send(
        self,
        changes: Mapping[str, str | None] | None = None,
        *,
        binding: str = "form",
        query: str = "",
        basic: str = "",
    ) -> Reply:
        """Send a collect and return what answers it, without waiting for what follows."""
        pairs = tuple(self.elements(changes).items())
        method, body, media = "POST", encode_query(pairs).encode(), FORM
        if binding == "get":
            method, body, media, query = "GET", b"", "", "&".join(part for part in (query, encode_query(pairs)) if part)
        elif binding == "multipart":
            media, body = encode_multipart(pairs)
        headers = (("Content-Type", media),) + ((("Authorization", basic),) if basic else ())
        target = "/pens" + (f"?{query}" if query else "")
        return self.loop.run(self.engine.pens(Inbound("", method, target, headers, body)))

    def settle(self) -> None:
        """Wait until nothing is due or under way."""
        self.loop.run(self.engine.outbox.quiesce())

    def collect(self, changes: Mapping[str, str | None] | None = None, **more: Any) -> int | None:
        """Send a collect, let everything happen that follows, and return the code of the answer."""
        reply = self.send(changes, **more)
        self.settle()
        return read_answer(reply.body).error

    def rows(self, table: str) -> list[Any]:
        """Return the rows of a table."""
        return self.loop.run(self.engine.rows(table))

    @property
    def receipt(self) -> Decoded:
        """The only receipt."""
        (message,) = self.receipts.messages
        return message

    def close(self) -> None:
        """End it."""

        async def stop() -> None:
            await self.engine.outbox.stop()
            await self.client.close()
            await self.host.stop()

        self.loop.run(stop())


@pytest.fixture(scope="session")
def loop() -> Iterator[Loop]:
    with Loop() as made:
        yield made


@pytest.fixture
def made(loop: Loop) -> Iterator[Callable[..., World]]:
    """Make worlds: ``made("engine-22", redirects=0, faults=("pens.bare-lf",))``."""
    worlds: list[World] = []

    def make(profile: str = "pens-1.0", *, faults: tuple[str, ...] = (), **settings: Any) -> World:
        worlds.append(World(loop, profile, settings, faults))
        return worlds[-1]

    yield make
    for one in worlds:
        one.close()


@pytest.fixture
def world(made: Callable[..., World]) -> World:
    """The world of the standard profile."""
    return made()
