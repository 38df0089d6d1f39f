"""Opens the control API of a mock on an address of its own."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Collection, Coroutine
from dataclasses import dataclass
from typing import Any

from harness.net.listener import Listener
from harness.net.reach import is_loopback
from mocks.control.api import BODY_CAP, ControlApi
from mocks.control.controlled import Controlled
from mocks.control.guard import Guard

PORT = 8299


@dataclass(frozen=True, slots=True)
class ControlAt:
    """Where the API is to be: with ``or_any`` on a free port when the one that is named is taken.

    ``names`` are host names by which it may be called beside those of loopback.
    """

    host: str = "127.0.0.1"
    port: int = PORT
    or_any: bool = True
    names: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class ServedControl:
    """The API while it is served; `url` ends in ``/_control``."""

    url: str
    stop: Callable[[], Coroutine[Any, Any, None]]
    is_open: bool = False
    """Whether other machines may reach it."""


async def serve_control(controlled: Controlled, at: ControlAt | None = None) -> ServedControl:
    """Serve the control API of a mock; raises OSError when the address cannot be bound."""
    at = at or ControlAt()
    own = is_loopback(at.host)
    guard = Guard((*at.names, *(() if _is_wildcard(at.host) else (at.host,))), addresses=not own)
    listener = Listener(ControlApi(controlled, guard).answer, body_cap=BODY_CAP)
    try:
        await listener.start(at.host, at.port)
    except OSError:
        if not at.or_any:
            raise
        await listener.start(at.host, 0)
    host = "127.0.0.1" if _is_wildcard(at.host) else at.host
    host = f"[{host}]" if ":" in host else host
    return ServedControl(f"http://{host}:{listener.port}/_control", listener.stop, not own)


def _is_wildcard(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return host == ""
