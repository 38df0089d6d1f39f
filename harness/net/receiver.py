"""The receiver of receipts and alerts: reads them in any binding and answers in PENS form (CMI010 1.0a §6.3)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.evidence.journal import BODY_CAP
from harness.net.client import Where
from harness.net.listener import Inbound, Reply
from harness.wire.binding import Decoded, decode_message
from harness.wire.pens import CALLBACK_COMMANDS
from harness.wire.pens_answer import UNDERSTOOD, Answer

Answering = Callable[[Decoded], Reply]


def read(inbound: Inbound) -> Decoded:
    """Read the command that a request carries."""
    return decode_message(inbound.method, inbound.query, inbound.header("Content-Type"), inbound.body)


def pens_reply(answer: Answer, status: int = 200) -> Reply:
    """Return an HTTP reply that carries a PENS answer."""
    return Reply(status, (("Content-Type", "text/plain"),), answer.encode())


def by_the_book(message: Decoded) -> Reply:
    """Acknowledge a receipt or an alert whatever its outcome; refuse any other command with 2002 or 1421."""
    command = message.get("command", "")
    if command in CALLBACK_COMMANDS:
        return pens_reply(Answer(0, UNDERSTOOD.format(command)))
    if not command:
        return pens_reply(Answer(2002, "command parameter missing"))
    return pens_reply(Answer(1421, "command not supported here"))


@dataclass(slots=True)
class Receiver:
    """An endpoint for receipts and alerts. ``arrived`` is set with the first message; ``messages`` keeps all."""

    where: Where
    channel: str
    answering: Answering = by_the_book
    keep: int = BODY_CAP
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    messages: list[Decoded] = field(default_factory=list)
    listeners: list[Callable[[Decoded], None]] = field(default_factory=list)

    async def answer(self, inbound: Inbound) -> Reply:
        """Read the message, keep it and answer it."""
        message = read(inbound)
        self.messages.append(message)
        reply = self.answering(message)
        self.arrived.set()
        for listener in self.listeners:
            listener(message)
        return reply

    def facts(self, reply: Reply, whole: bool) -> Mapping[str, Any]:
        """Nothing beyond the two halves."""
        return {}
