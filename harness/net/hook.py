"""An endpoint that takes whatever is posted to it and answers as scripted: postbacks, returning browsers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.evidence.journal import BODY_CAP
from harness.net.client import Where
from harness.net.listener import Inbound, Reply
from harness.net.staging import Gate

Answering = Callable[[int], Reply]
TAKEN = Reply(200, (("Content-Type", "text/plain"),), b"taken\n")


def always(reply: Reply = TAKEN) -> Answering:
    """Answer every request alike."""
    return lambda number: reply


@dataclass(slots=True)
class Hook:
    """Counts what comes; ``answering`` gives the reply to the n-th request (from 0); ``gate`` holds replies back."""

    where: Where
    channel: str
    answering: Answering = field(default_factory=always)
    gate: Gate | None = None
    keep: int = BODY_CAP
    count: int = 0
    _came: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def answer(self, inbound: Inbound) -> Reply:
        """Count the request and answer it."""
        number = self.count
        self.count += 1
        async with self._came:
            self._came.notify_all()
        if self.gate:
            await self.gate.pass_through()
        reply = self.answering(number)
        return Reply(reply.status, reply.headers, reply.body, drop=reply.drop)

    async def reached(self, count: int) -> None:
        """Wait until so many requests have come."""
        async with self._came:
            await self._came.wait_for(lambda: self.count >= count)

    def facts(self, reply: Reply, whole: bool) -> Mapping[str, Any]:
        """Nothing beyond the two halves."""
        return {}
