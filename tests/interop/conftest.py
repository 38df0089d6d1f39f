"""The mocks on real sockets, for clients that were not written here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from fixtures.packages import scorm12
from harness.evidence.journal import Journal
from harness.judging.profiles import load_profile
from harness.net.clock import ManualClock
from harness.net.host import CallbackHost
from harness.net.loop import Loop
from harness.net.receiver import Receiver
from harness.net.staging import Staged
from harness.subjects.counterpart import Surroundings
from mocks.author.behaviour import AuthorBehaviour
from mocks.author.mock import ReceiptEndpoint
from mocks.engine.mock import EngineMock

NOWHERE = ("interop", "", "")


@dataclass
class Served:
    """A mock engine with its address and login, and a host for package, receipt and author."""

    loop: Loop
    mock: EngineMock
    facts: dict[str, Any]
    host: CallbackHost
    receiver: Receiver
    author: ReceiptEndpoint

    def elements(self) -> list[tuple[str, str]]:
        """Return a valid collect with the login of the engine."""
        return [
            ("command", "collect"), ("pens-version", "1.0.0"), ("package-type", "scorm-pif"),
            ("package-type-version", "1.2"), ("package-format", "zip"),
            ("package-id", "http://author.example:994646572378864600-1085069139609"),
            ("package-url", self.host.url("course.zip")), ("package-url-expiry", "2099-05-20T16:05:39Z"),
            ("client", "Grüße & more+"), ("receipt", self.host.url("receipt")),
            ("system-user-id", self.facts["user"]), ("system-password", self.facts["password"]),
        ]  # fmt: skip

    def titles(self) -> list[str]:
        """Return the titles of the courses once all has settled."""
        assert self.mock.engine is not None
        self.loop.run(self.mock.quiesce())
        return [course.title for course in self.loop.run(self.mock.engine.rows("courses"))]


@pytest.fixture
def served() -> Iterator[Served]:
    async def start() -> tuple[EngineMock, dict[str, Any], CallbackHost, Receiver, ReceiptEndpoint]:
        clock, mock = ManualClock(), EngineMock()
        facts = dict(await mock.start(Surroundings(load_profile("engine-22").area("pens"), clock=clock)))
        host, receiver = CallbackHost(Journal(clock.now)), Receiver(NOWHERE, "receipt")
        author = ReceiptEndpoint(AuthorBehaviour(), {}, clock)
        await host.listen("http")
        host.mount("course.zip", Staged(NOWHERE, scorm12(title="Fire safety")))
        host.mount("receipt", receiver)
        host.mount("author", author)
        return mock, facts, host, receiver, author

    with Loop() as loop:
        made = Served(loop, *loop.run(start()))
        yield made
        loop.run(made.mock.stop())
        loop.run(made.host.stop())
