"""What every part of the tool shares: store, clock, client, keys, its own addresses and the log."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from harness.net.client import NOWHERE, HttpClient, Received, Request
from harness.net.clock import Clock
from harness.net.patience import within
from harness.wire.jose import SigningKey
from mocks.state.store import Store

if TYPE_CHECKING:
    from mocks.tool.behaviour import ToolBehaviour

LOG_LINES = 5000


class Trouble(Exception):
    """A service that could not be used; the message says why, without tokens."""


@dataclass(slots=True)
class Environment:
    """``base`` is the tool's public address without a slash at its end; ``keys`` are published, the first one signs.

    ``behaviour`` is asked for each message, so that faults can change.
    """

    store: Store
    clock: Clock
    client: HttpClient
    behaviour: Callable[[], ToolBehaviour]
    keys: Sequence[SigningKey]
    base: str = ""
    log: list[str] = field(default_factory=list)

    def now(self) -> datetime:
        """Return the present instant of protocol time."""
        return self.clock.now()

    def note(self, line: str) -> None:
        """Write a line to the log; never a token, and what peers wrote is cut and kept in one line."""
        self.log.append(" ".join(line.split())[:500])
        if len(self.log) > LOG_LINES:
            del self.log[: len(self.log) - LOG_LINES]

    async def send(self, channel: str, request: Request) -> Received:
        """Send a request; raises `Trouble` when no answer comes within the client's patience, whole."""
        received = await within(2 * self.client.patience, self.client.send(NOWHERE, channel, request))
        if received is None:
            raise Trouble(f"{request.url} answers too slowly")
        if received.error:
            raise Trouble(f"{request.url} gave no answer ({received.error})")
        return received
