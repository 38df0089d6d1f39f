"""One V1 call while it is carried out: its parameters, who asks, the transaction, and what it may answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from harness.net.listener import Inbound, Reply
from harness.wire.binding import Pairs
from harness.wire.cloud_v1 import BAD_ARGUMENT, MESSAGES, NO_ARGUMENT, first_values
from harness.wire.cloud_v1_answer import Node
from mocks.engine.v1.domain import App


class Failure(Exception):
    """The call fails with a code and a message, told in the envelope with HTTP 200."""

    def __init__(self, code: int, message: str = "") -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message or MESSAGES.get(code, "")


Nodes = Sequence[Node]


@dataclass(frozen=True, slots=True)
class Later:
    """What a call does after its transaction has committed: wait for an import, send a test postback."""

    act: Callable[[], Awaitable[Nodes | Reply]]


Done = Nodes | Reply | Later
Owe = Callable[..., Any]


class Rows(Protocol):
    """What a call needs of a transaction (`mocks.state`)."""

    def get(self, table: str, key: str) -> Any:
        """Return a row, or None."""

    def put(self, table: str, key: str, row: Any) -> None:
        """Write a row."""

    def delete(self, table: str, key: str) -> None:
        """Remove a row."""

    def rows(self, table: str) -> list[Any]:
        """Return all rows of a table."""


@dataclass(slots=True)
class Call:
    """A call that has been let in. ``now`` is the application's protocol time.

    ``owe(kind, key, after)`` writes owed work into the transaction; ``note`` tells of an event when it has committed.
    """

    method: str
    params: Pairs
    inbound: Inbound
    app: App
    now: datetime
    tx: Rows
    owe: Callable[[str, str, timedelta], None]
    new_id: Callable[[str], str]
    engine: Any = None
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    _first: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self._first = first_values(self.params)

    @property
    def base(self) -> str:
        """The address under which the caller has reached us."""
        return str(self.engine.base(self.inbound))

    def get(self, name: str, default: str = "") -> str:
        """Return the first value of a parameter."""
        return self._first.get(name, default)

    def any_case(self, name: str, default: str = "") -> str:
        """Return the first value of a parameter whose name is written in any case."""
        return next((value for key, value in self.params if key.lower() == name.lower()), default)

    def all(self, name: str) -> tuple[str, ...]:
        """Return all values of a parameter."""
        return tuple(value for key, value in self.params if key == name)

    def has(self, name: str) -> bool:
        """Whether a parameter was sent, empty or not."""
        return name in self._first

    def need(self, name: str) -> str:
        """Return a required parameter; one that is missing or empty fails with 203."""
        value = self.get(name)
        if not value:
            raise Failure(NO_ARGUMENT, f"Required parameter [{name}] is missing")
        return value

    def one_of(self, name: str, valid: Sequence[str], default: str) -> str:
        """Return a parameter that has one of a few values; another fails with 205."""
        value = self.get(name) or default
        if value not in valid:
            raise Failure(BAD_ARGUMENT, f"Parameter [{name}] has the invalid value [{value}]")
        return value

    def table(self, name: str) -> str:
        """Return the name of a table of this application: objects of one are invisible to another."""
        return f"{name}/{self.app.id}"

    def row(self, table: str, key: str) -> Any:
        """Return a row of this application, or None."""
        return self.tx.get(self.table(table), key)

    def rows(self, table: str) -> list[Any]:
        """Return all rows of a table of this application."""
        return self.tx.rows(self.table(table))

    def put(self, table: str, key: str, row: Any) -> None:
        """Write a row of this application."""
        self.tx.put(self.table(table), key, row)

    def delete(self, table: str, key: str) -> None:
        """Remove a row of this application."""
        self.tx.delete(self.table(table), key)

    def note(self, name: str, **facts: Any) -> None:
        """Tell of an event once the transaction has committed."""
        self.events.append((name, facts))
