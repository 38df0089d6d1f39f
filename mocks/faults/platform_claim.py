"""Faults of the service's claim in launches."""

from __future__ import annotations

from typing import Any

from harness.wire.pns import CLAIM
from mocks.faults.base import LEFT_OUT, Fault
from mocks.platform.behaviour import PlatformBehaviour
from mocks.platform.domain import Deployment, Registration

__all__ = ["CLAIM"]


class NoClaim(Fault, PlatformBehaviour):
    """Launches say nothing of the service."""

    name = "platform.no-claim"
    kind = LEFT_OUT
    breaks = {"PNS-CLAIM-01": "no-claim"}

    def claim(self, registration: Registration, deployment: Deployment, url: str) -> dict[str, Any] | None:
        return None
