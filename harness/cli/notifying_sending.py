"""Sending what is signed ahead: one message after the other or several at once, and what comes of each."""

from __future__ import annotations

import asyncio
import json
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from harness.cli.notifying_vectors import LURE
from harness.net.client import NOWHERE, HttpClient, Request
from harness.net.listener import Inbound, Reply
from harness.net.patience import stopwatch
from harness.subjects.driver import TargetUnreachable
from harness.wire.jose import KeySet
from harness.wire.pns_forging import Post
from harness.wire.pns_vectors_model import Vector

Say = Callable[[str], Any]
JSON = (("Content-Type", "application/json"),)
SIGNERS = 2
AHEAD = 32
"""How many messages are signed ahead of the one that is sent."""

NO_WAY = ("refused", "dns", "tls", "bad-url")
"""What goes wrong with every message if it does with the first."""


@dataclass(frozen=True, slots=True)
class Notification:
    """What is sent, to whom, as whom; ``linger`` and ``patience`` in seconds. ``vectors`` forge the notices."""

    handler: str
    type: str
    count: int
    batch: int
    vectors: Sequence[Vector]
    issuer: str
    client_id: str
    deployment: str
    origin: str
    destination: str
    title: str
    key: Path | None
    keys_port: int | None
    bind: str
    public_url: str
    tls: Path | None
    trust: Sequence[Path]
    settings: Mapping[str, Any]
    seed: int | None
    launch_url: str
    jobs: int
    linger: float
    patience: float
    follow_keys: bool
    as_json: bool


@dataclass(frozen=True, slots=True)
class Parcel:
    """One message to send: how many notices are in it and, of a forged one, by which vector and what is expected."""

    post: Post
    notices: int
    vector: Vector | None = None
    expected: str = ""
    published: KeySet | None = None


@dataclass(slots=True)
class Doors:
    """The key set as it is served, and who came for it."""

    published: KeySet
    lure: Mapping[str, Any]
    told: Callable[[str, str], None]
    fetches: int = 0
    lured: int = 0
    fetched: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, inbound: Inbound) -> Reply:
        """Answer a fetch of a key set."""
        if inbound.path.endswith(LURE):
            self.lured += 1
            self.told("the attacker's key set", inbound.header("User-Agent"))
            return Reply(200, JSON, json.dumps(self.lure).encode())
        if not inbound.path.endswith("/jwks"):
            return Reply(404, JSON, b'{"error": "not_found"}')
        self.fetches += 1
        self.fetched.set()
        self.told("the key set", inbound.header("User-Agent"))
        return Reply(200, JSON, json.dumps(self.published.document()).encode())


Work = Callable[[], list[Parcel]]
"""Signs a message and returns it; of a forged notice there may be several."""


@dataclass(slots=True)
class Sending:
    """Sends messages and counts what comes of them."""

    wanted: Notification
    say: Say
    client: HttpClient
    doors: Doors
    answered: int = 0
    unanswered: int = 0
    skipped: int = 0
    notices: int = 0
    number: int = 0
    statuses: Counter[int] = field(default_factory=Counter)

    async def run(self, works: Iterator[Work]) -> None:
        """Send all; what is forged goes one after the other, since its keys are published for it alone."""
        if self.wanted.vectors:
            for work in works:
                for parcel in await asyncio.to_thread(work):
                    await self.send(parcel)
            return
        busy: set[asyncio.Task[None]] = set()
        with ThreadPoolExecutor(SIGNERS, "sign") as pool:
            ahead: deque[Future[list[Parcel]]] = deque()
            try:
                while True:
                    for more in islice(works, AHEAD - len(ahead)):
                        ahead.append(pool.submit(more))
                    if not ahead:
                        break
                    for parcel in await asyncio.wrap_future(ahead.popleft()):
                        if self.wanted.jobs == 1 or not self.answered:
                            await self.send(parcel)
                            continue
                        while len(busy) >= self.wanted.jobs:
                            done, busy = await asyncio.wait(busy, return_when=asyncio.FIRST_COMPLETED)
                            for task in done:
                                task.result()
                        busy.add(asyncio.create_task(self.send(parcel)))
                await asyncio.gather(*busy)
            finally:
                for future in ahead:
                    future.cancel()
                for task in busy:
                    task.cancel()

    async def send(self, parcel: Parcel) -> None:
        """Send one message and tell how it was answered."""
        self.number += 1
        number, post = self.number, parcel.post
        url = self.wanted.launch_url if post.to == "launch" else self.wanted.handler
        if not url:
            self.skipped += 1
            self._tell(parcel, number, None, "skipped, it needs --launch-url", 0.0)
            return
        if parcel.published is not None:
            self.doors.published = parcel.published
        packed = (("Content-Encoding", post.encoding),) if post.encoding else ()
        headers = (("Content-Type", post.content_type), *packed)
        begun = stopwatch()
        received = await self.client.send(NOWHERE, "notice", Request("POST", url, headers, post.body))
        spent = stopwatch() - begun
        if received.error and not received.status:
            if not self.answered and received.error in NO_WAY:
                hint = "; --trust FILE names the authority of its certificate" if received.error == "tls" else ""
                raise TargetUnreachable(f"{url}: no answer ({received.error}){hint}")
            self.unanswered += 1
            self._tell(parcel, number, None, f"no answer ({received.error})", spent)
            return
        self.answered += 1
        self.notices += parcel.notices
        self.statuses[received.status] += 1
        self._tell(parcel, number, received.status, "", spent)

    def _tell(self, parcel: Parcel, number: int, status: int | None, problem: str, spent: float) -> None:
        vector, ms = parcel.vector, round(1000 * spent, 1)
        if self.wanted.as_json:
            facts: dict[str, Any] = {"message": number, "notices": parcel.notices, "status": status, "ms": ms}
            facts |= {"problem": problem} if problem else {}
            facts |= {"vector": vector.name, "id": vector.id, "expected": parcel.expected} if vector else {}
            self.say(json.dumps(facts, ensure_ascii=False))
            return
        came = problem or f"{status} in {ms:g} ms"
        many = f", {parcel.notices} notices" if parcel.notices != 1 else ""
        about = f"  {vector.id} {vector.name}; a right tool: {parcel.expected}" if vector else ""
        self.say(f"{number}  {came}{many}{about}")

    def conclude(self, spent: float) -> None:
        """Tell the whole."""
        rate = self.notices / spent if spent > 0 else 0.0
        doors = self.doors
        if self.wanted.as_json:
            facts = {"sent": self.number - self.skipped, "answered": self.answered, "unanswered": self.unanswered}
            statuses = {str(status): count for status, count in sorted(self.statuses.items())}
            facts |= {"skipped": self.skipped, "notices": self.notices, "key_fetches": doors.fetches}
            more = {"attacker_key_fetches": doors.lured, "seconds": round(spent, 3), "per_second": round(rate, 1)}
            self.say(json.dumps({**facts, "statuses": statuses, **more}))
            return
        listed = ", ".join(f"{count} with {status}" for status, count in sorted(self.statuses.items()))
        self.say(
            f"{self.answered} of {self.number - self.skipped} messages answered" + (f": {listed}" if listed else "")
            + (f"; {self.skipped} skipped" if self.skipped else "")
            + f"; {self.notices} notices in {spent:.2f} s, {rate:.0f} per second"
        )  # fmt: skip
        lured = f"; the attacker's key set was fetched {doors.lured} times" if doors.lured else ""
        self.say(f"the key set was fetched {doors.fetches} times{lured}")
        if self.wanted.vectors:
            self.say("what a status says is not what was done: whether a forged notice had an effect, ask the tool")
