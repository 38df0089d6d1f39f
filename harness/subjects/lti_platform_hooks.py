"""What our tool answers: its login, its redirect address, its key set, its handlers of notices."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.evidence.journal import BODY_CAP
from harness.net.client import NOWHERE, Where
from harness.net.hook import Answering, always
from harness.net.listener import Inbound, Reply
from harness.net.staging import Gate
from harness.wire.binding import Pairs, decode_form
from harness.wire.jose import SigningKey
from harness.wire.lti_registration import CLOSE_SUBJECT

Route = Callable[[Pairs], Where]
Answer = Callable[[Pairs], Reply]
OK = Reply(200, (("Content-Type", "text/html; charset=utf-8"),), b"<!DOCTYPE html><title>The tool</title><p>Welcome.\n")
_CLOSING = f"""<!DOCTYPE html><title>The tool</title><p>The tool registers itself. Close this at the end of the run.
<button onclick='(window.opener || window.parent).postMessage({{subject: "{CLOSE_SUBJECT}"}}, "*")'>Close</button>
"""
REGISTERING = Reply(200, (("Content-Type", "text/html; charset=utf-8"),), _CLOSING.encode())
"""What a person sees who opens our registration address: nothing closes before the registration has been asked for."""


def parameters(inbound: Inbound) -> Pairs:
    """Return the parameters of a request: of its form, else of its query."""
    return decode_form(inbound.body if inbound.method == "POST" else inbound.query).pairs


@dataclass(slots=True)
class Door:
    """An address that browsers come to: login or redirect. ``route`` says by the parameters whose visit it is."""

    channel: str
    route: Route
    reply: Answer
    keep: int = BODY_CAP

    @property
    def where(self) -> Where:
        """Nobody's, until it is asked with a request."""
        return NOWHERE

    def owner(self, inbound: Inbound) -> Where:
        """Return the scenario to which a visit belongs."""
        return self.route(parameters(inbound))

    async def answer(self, inbound: Inbound) -> Reply:
        """Answer a visit."""
        return self.reply(parameters(inbound))

    def facts(self, reply: Reply, whole: bool) -> Mapping[str, Any]:
        """Nothing beyond the two halves."""
        return {}


@dataclass(slots=True)
class KeySetDoor:
    """The key set of our tool; ``keys`` are those published now, fetches belong to whoever acts."""

    keys: list[SigningKey]
    acting: Callable[[], Where]
    channel: str = "tool-keys"
    keep: int = BODY_CAP
    fetched: int = 0

    @property
    def where(self) -> Where:
        """The scenario that acts."""
        return self.acting()

    async def answer(self, inbound: Inbound) -> Reply:
        """Answer the key set."""
        self.fetched += 1
        body = json.dumps({"keys": [key.public() for key in self.keys]}).encode()
        return Reply(200, (("Content-Type", "application/json"),), body)

    def facts(self, reply: Reply, whole: bool) -> Mapping[str, Any]:
        """Nothing beyond the two halves."""
        return {}


@dataclass(slots=True)
class NoticeHook:
    """A handler of notices: keeps what came as it came, answers as scripted; ``gate`` holds answers back."""

    where: Where
    answering: Answering = field(default_factory=always)
    gate: Gate | None = None
    channel: str = "notice"
    keep: int = BODY_CAP
    bodies: list[tuple[bytes, str]] = field(default_factory=list)
    _came: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def answer(self, inbound: Inbound) -> Reply:
        """Keep a delivery and answer it."""
        number = len(self.bodies)
        self.bodies.append((inbound.body, inbound.header("Content-Type")))
        async with self._came:
            self._came.notify_all()
        if self.gate:
            await self.gate.pass_through()
        reply = self.answering(number)
        return Reply(reply.status, reply.headers, reply.body, drop=reply.drop)

    async def reached(self, count: int) -> None:
        """Wait until so many deliveries have come."""
        async with self._came:
            await self._came.wait_for(lambda: len(self.bodies) >= count)

    async def told(self, count: int) -> None:
        """Wait until so many notices have come, in however many deliveries."""
        async with self._came:
            await self._came.wait_for(lambda: self.notices >= count)

    @property
    def notices(self) -> int:
        """How many notices have come."""
        from harness.wire.pns_notices import read_body

        return sum(len(read_body(body, media).jwts) for body, media in self.bodies)

    def facts(self, reply: Reply, whole: bool) -> Mapping[str, Any]:
        """Nothing beyond the two halves."""
        return {}
