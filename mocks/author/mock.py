"""The author as the subject of a run: stages a package, publishes it, receives receipts and alerts, tells its user."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from fixtures.packages import scorm12
from harness.evidence.journal import Journal
from harness.net.client import NOWHERE, HttpClient, Where
from harness.net.clock import Clock, OffsetClock
from harness.net.host import CallbackHost
from harness.net.listener import Inbound, Reply
from harness.net.patience import within
from harness.net.staging import KEPT, Staged
from harness.subjects.counterpart import Outcome, Surroundings
from harness.wire.binding import Decoded
from harness.wire.pens import read_expiry
from mocks.author.behaviour import LOST, AuthorBehaviour, Moment, Publication, Shown
from mocks.faults.composing import author_behaviour

RECEIPT_AFTER = 3
PACKAGE_USER, PACKAGE_PASSWORD = "staging", "staging-secret-c41b"


@dataclass(slots=True)
class PackageEndpoint:
    """The staging server's side of a publication: protected, until the expiry."""

    behaviour: AuthorBehaviour
    staged: Staged
    content: bytes
    clock: Clock
    expires: datetime
    where: Where = NOWHERE
    channel: str = "package"
    keep: int = KEPT

    async def answer(self, inbound: Inbound) -> Reply:
        """Answer a GET or HEAD; 404 once the package has expired."""
        login = {"user": self.staged.user or "", "password": self.staged.password or ""}
        bent = self.behaviour.staged(inbound, self.content, login, self.clock.now(), self.expires)
        if bent is not None:
            return bent
        if self.clock.now() > self.expires:
            return Reply(404)
        return await self.staged.answer(inbound)

    def facts(self, reply: Reply, whole: bool) -> Mapping[str, Any]:
        """Nothing beyond the two halves."""
        return {}


@dataclass(slots=True)
class ReceiptEndpoint:
    """The receiver's side of all publications: tells receipts from alerts by their command."""

    behaviour: AuthorBehaviour
    receipts: dict[str, asyncio.Future[Decoded | None]]
    clock: Clock
    answered: bool = False
    earlier: list[str] = field(default_factory=list)
    receipted: datetime | None = None
    where: Where = NOWHERE
    channel: str = "receipt"
    keep: int = KEPT

    async def answer(self, inbound: Inbound) -> Reply:
        """Take a message and acknowledge it."""
        message = self.behaviour.decode(inbound)
        moment = Moment(self.clock.now(), self.answered, tuple(self.earlier), self.receipted)
        kind = self.behaviour.kind_of(message, moment)
        if kind:
            self.earlier.append(kind)
        if kind == "receipt":
            waiting = self.receipts.get(self.behaviour.belongs_to(message, tuple(self.receipts)))
            self.receipted = self.receipted or moment.now
            if waiting and not waiting.done():
                waiting.set_result(message)
        elif kind == LOST:
            self._give_up()
        return self.behaviour.acknowledge(inbound, moment)

    def _give_up(self) -> None:
        """Wait no longer for a receipt that will not be taken: a bent author need not be waited for."""
        for waiting in self.receipts.values():
            if not waiting.done():
                waiting.set_result(None)

    def facts(self, reply: Reply, whole: bool) -> Mapping[str, Any]:
        """Nothing beyond the two halves."""
        return {}


class AuthorMock:
    """Plays pens-client. Its own listeners serve packages and receive receipts until it is stopped."""

    def __init__(self) -> None:
        self._host: CallbackHost | None = None
        self._client: HttpClient | None = None
        self._clock: Clock = OffsetClock()
        self._behaviour = AuthorBehaviour()
        self._receipts: dict[str, asyncio.Future[Decoded | None]] = {}
        self._patience = 5.0
        self._count = 0

    async def start(self, surroundings: Surroundings) -> Mapping[str, Any]:
        """Start the listeners; return the address under which packages are staged."""
        self._clock = surroundings.clock or OffsetClock()
        self._patience = surroundings.patience
        journal = Journal(self._clock.now)
        self._client = HttpClient(journal, surroundings.patience, surroundings.trust)
        self._host = CallbackHost(journal)
        await self._host.listen("http")
        if surroundings.server_tls:
            await self._host.listen("https", tls=surroundings.server_tls)
        self._behaviour = author_behaviour(surroundings.faults)
        return {"url": self._host.url("")}

    async def publish(self, stimulus: str, values: Mapping[str, str]) -> Outcome:
        """Publish to ``INVIGIL_TARGET_URL`` and return what the user is shown; ``publish-other`` is another course."""
        assert self._host is not None
        assert self._client is not None
        behaviour, host = self._behaviour, self._host
        title = "Fire safety" if stimulus == "publish-other" else "Working at heights"
        content = scorm12(title=title, identifier="course")
        publication = self._stage(title, content, values)
        waiting: asyncio.Future[Decoded | None] = asyncio.get_running_loop().create_future()
        self._receipts[publication.package_id] = waiting
        pairs = behaviour.elements(publication, self._clock.now())
        self._offer(publication, content, dict(pairs))
        receiver = ReceiptEndpoint(behaviour, self._receipts, self._clock)
        host.mount("callbacks", receiver)
        request = behaviour.request(values["INVIGIL_TARGET_URL"], pairs)
        received = await self._client.send(NOWHERE, "collect", request)
        receiver.answered = True
        shown = behaviour.judge_answer(received.status, received.body, received.error)
        if shown is None:
            # Before a receipt there are a fetch and visits, each of which may take as long as an answer.
            patience = min(RECEIPT_AFTER * self._patience, float(values.get("INVIGIL_WAIT", self._patience)))
            receipt = await within(patience, asyncio.shield(waiting))
            shown = behaviour.judge_receipt(receipt, publication.package_id)
        return _outcome(shown)

    def _stage(self, title: str, content: bytes, values: Mapping[str, str]) -> Publication:
        assert self._host is not None
        self._count += 1
        digest = hashlib.sha256(content).hexdigest()
        scheme = self._behaviour.package_scheme(tuple(self._host.public))
        return Publication(
            package_id=self._behaviour.package_id("http://author.example/packages", digest),
            package_url=self._host.url(f"packages/{self._count}/{self._behaviour.file_name(digest)}", scheme),
            receipt_url=self._host.url("callbacks"),
            alerts_url=self._host.url("callbacks"),
            title=title,
            user=values.get("INVIGIL_SYSTEM_USER_ID", ""),
            password=values.get("INVIGIL_SYSTEM_PASSWORD", ""),
            package_user=PACKAGE_USER if self._behaviour.protects_package else "",
            package_password=PACKAGE_PASSWORD if self._behaviour.protects_package else "",
        )

    def _offer(self, publication: Publication, content: bytes, elements: Mapping[str, str]) -> None:
        assert self._host is not None
        expiry = read_expiry(elements.get("package-url-expiry", ""))
        expires = expiry.instant if expiry else self._clock.now() + self._behaviour.lifetime
        user, password = publication.package_user or None, publication.package_password or None
        staged = Staged(NOWHERE, content, content_type=self._behaviour.content_type, user=user, password=password)
        endpoint = PackageEndpoint(self._behaviour, staged, content, self._clock, expires)
        self._host.mount(publication.package_url.split("/", 3)[3], endpoint)

    async def quiesce(self) -> None:
        """Wait until no request is being answered."""
        if self._host:
            await self._host.idle()

    async def stop(self) -> None:
        """Close listeners and connections."""
        if self._host:
            await self._host.stop()
        if self._client:
            await self._client.close()


def _outcome(shown: Shown) -> Outcome:
    return Outcome("mock", "succeeded" if shown.ok else "failed", str(shown))
