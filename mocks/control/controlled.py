"""What a mock offers to its control API."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from harness.evidence.journal import Journal
from mocks.control.events import EventLog
from mocks.control.switches import Switchboard
from mocks.state.store import Store

SUCCEEDED, FAILED = "succeeded", "failed"
NO_VALUES: Mapping[str, Any] = {"type": "object", "additionalProperties": False, "properties": {}}


@dataclass(frozen=True, slots=True)
class TriggerOutcome:
    """What came of a trigger: ``status`` is succeeded or failed, ``output`` says it to a person.

    ``shows_secrets`` says that what is told is a secret which whoever has triggered needs, such as an invitation: it
    is answered as it is.
    """

    status: str = SUCCEEDED
    output: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    shows_secrets: bool = False


class TriggerRefused(Exception):
    """A trigger whose values are well formed but name nothing that is there (an unknown registration)."""

    def __init__(self, message: str, *, field: str | None = None, expected: str | None = None, got: Any = None) -> None:
        super().__init__(message)
        self.field = field
        self.expected = expected
        self.got = got


@dataclass(frozen=True, slots=True)
class Trigger:
    """Something that a person or a program lets happen in a mock.

    ``what`` says what happens; ``schema`` is the JSON Schema of its values, an object; ``argument`` names the value
    that a command line may give without its name.
    """

    name: str
    what: str
    run: Callable[[Mapping[str, Any]], Awaitable[TriggerOutcome]]
    schema: Mapping[str, Any] = field(default_factory=lambda: NO_VALUES)
    argument: str = ""


class Controlled(Protocol):
    """A mock as its control API sees it. An empty tenant means all of them."""

    @property
    def tenants(self) -> Collection[str]:
        """The names of the tenants (applications, registrations, deployments) that there are."""

    @property
    def switches(self) -> Switchboard:
        """The faults, changed at run time."""

    @property
    def triggers(self) -> Mapping[str, Trigger]:
        """What can be made to happen, by name."""

    @property
    def store(self) -> Store:
        """The state."""

    @property
    def journal(self) -> Journal:
        """The exchanges of the mock; its redactor knows the secrets."""

    @property
    def events(self) -> EventLog:
        """What the mock has told of itself."""

    def now(self, tenant: str) -> datetime:
        """Return the protocol time of a tenant."""

    async def advance(self, tenant: str, step: timedelta) -> int:
        """Move protocol time, doing what becomes due in due order; return how many pieces of work were done."""

    async def quiesce(self, tenant: str) -> None:
        """Wait until nothing is due and nothing is in flight."""
