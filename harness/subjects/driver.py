"""What the harness needs of a driver: a context for each scenario, a settled end, and what the subject offers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from harness.evidence.journal import Journal


class TargetUnreachable(Exception):
    """Nothing answers at the target, or it refuses who we are: the run ends with exit 3, nobody is accused."""


class NotOffered(Exception):
    """A scenario needs something that was not configured; the message names it."""


class Driver(Protocol):
    """Plays the counterpart of one subject. All methods but `offers` run on the loop."""

    journal: Journal

    @property
    def offers(self) -> frozenset[str]:
        """What is there: callbacks (``callback.https``), stimuli (``stimulus.publish``), capabilities (``auth``)."""

    def begin(self, scenario: str, case: str, values: Mapping[str, Any]) -> Any:
        """Open the context in which a scenario acts."""

    async def end(self, context: Any) -> None:
        """Close a context: its gates are opened; what is still under way is watched until `settle`."""

    async def smoke(self) -> None:
        """Try one plain interaction; raises `TargetUnreachable` when address or credentials are wrong."""

    async def settle(self) -> None:
        """Wait until nothing is due: a mock is asked, a real subject is watched for the shared window."""

    async def stop(self) -> None:
        """Close everything that was opened."""
