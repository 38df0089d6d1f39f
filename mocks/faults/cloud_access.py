"""Faults of a V1 server in who is let in and when."""

from __future__ import annotations

from datetime import datetime, timedelta

from mocks.engine.v1.behaviour import CloudBehaviour
from mocks.faults.base import LEFT_OUT, WRONG_VALUE, Fault


class NoExpiry(Fault, CloudBehaviour):
    """Timestamps are never compared with the clock."""

    name = "v1.no-expiry"
    kind = LEFT_OUT
    breaks = {"CLOUD-AUTH-15": "accepted", "CLOUD-AUTH-16": "accepted"}

    def is_stale(self, stamp: datetime, now: datetime) -> bool:
        return False


class StaleIsMalformed(Fault, CloudBehaviour):
    """A timestamp outside of the window is refused as malformed."""

    name = "v1.stale-is-malformed"
    kind = WRONG_VALUE
    breaks = {"CLOUD-AUTH-15": "wrong-code", "CLOUD-AUTH-16": "wrong-code"}

    def code(self, code: int) -> int:
        return 106 if code == 107 else code


class NarrowWindow(Fault, CloudBehaviour):
    """The window is five minutes wide."""

    name = "v1.narrow-window"
    kind = WRONG_VALUE
    breaks = {"CLOUD-AUTH-17": "refused"}

    window = timedelta(minutes=5)


class PastOnly(Fault, CloudBehaviour):
    """Tolerance for clocks that run ahead is left out."""

    name = "v1.no-future"
    kind = LEFT_OUT
    breaks = {"CLOUD-AUTH-17": "refused"}

    def is_stale(self, stamp: datetime, now: datetime) -> bool:
        return not timedelta(0) <= now - stamp <= self.window
