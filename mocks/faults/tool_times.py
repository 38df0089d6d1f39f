"""Faults of an LTI tool in the times of a notice: when it ends, how far clocks may be apart, how times are written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from harness.wire.pns_notices import Notice
from mocks.faults.base import LEFT_OUT, WRONG_VALUE, Fault
from mocks.tool.behaviour import ToolBehaviour
from mocks.tool.verifying import is_number

Claims = Mapping[str, Any]


class ExpiryNotChecked(Fault, ToolBehaviour):
    """Does not look at exp."""

    name = "tool.expiry-not-checked"
    kind = LEFT_OUT
    breaks = {"PNS-RECV-06": "effect-of-no-exp"}

    def times(self, claims: Claims, now: datetime) -> str:
        return super().times({**claims, "exp": now.timestamp() + 60}, now)


class LeewayUnlimited(Fault, ToolBehaviour):
    """Lets clocks be a year apart."""

    name = "tool.leeway-unlimited"
    kind = WRONG_VALUE
    breaks = {"PNS-RECV-06": "effect-of-expired"}
    notice_leeway = timedelta(days=365)


class NeverExpiresIfLongPast(Fault, ToolBehaviour):
    """Takes an expiry that lies days back for one that was never set."""

    name = "tool.long-past-is-never"
    kind = WRONG_VALUE
    breaks = {"PNS-RECV-06": "changed-effect"}

    def times(self, claims: Claims, now: datetime) -> str:
        exp = claims.get("exp")
        past = isinstance(exp, int | float) and is_number(exp) and exp < now.timestamp() - 2 * 86_400
        return super().times({**claims, "exp": now.timestamp() + 60} if past else claims, now)


class LeewayOfHalfAMinute(Fault, ToolBehaviour):
    """Lets the platform's clock be 45 seconds ahead at most."""

    name = "tool.leeway-45s"
    kind = WRONG_VALUE
    breaks = {"PNS-RECV-17": "no-effect-of-iat-ahead-60s"}
    notice_leeway = timedelta(seconds=45)


class NoLeeway(Fault, ToolBehaviour):
    """Lets clocks differ by nothing at all."""

    name = "tool.no-leeway"
    kind = LEFT_OUT
    breaks = {"PNS-RECV-17": "no-effect-of-iat-1s-ahead"}
    notice_leeway = timedelta(0)


class TimestampOfOneForm(Fault, ToolBehaviour):
    """Reads timestamps in whole seconds and in UTC, and no others."""

    name = "tool.timestamp-of-one-form"
    kind = WRONG_VALUE
    breaks = {"PNS-RECV-16": "no-effect-of-timestamp-offset"}

    def notice_claim(self, notice: Notice) -> str:
        fits = re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", notice.written or "")
        return super().notice_claim(notice) if fits else "timestamp-form"
