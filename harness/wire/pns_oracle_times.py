"""What the times of a notice ask of a right receiver: tolerance windows, and what lies outside them for sure.

A clock is never exact and a message takes its time, so a window of doubt stands between what is to be taken and what
is to be refused (1EdTech Security Framework 1.0, 5.1.2: "some small leeway, usually no more than a few minutes").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, TypeGuard

from harness.wire.pns import NOTICE
from harness.wire.pns_oracle_model import DOUBT, Finding, Knowledge, Registration

__all__ = ["FRESH", "LATEST", "SKEW", "SOON", "SURELY_EXPIRED", "times"]

SURELY_EXPIRED: Final = 600
"""Seconds after ``exp`` from which no leeway saves a notice (the probe of the rule: ten minutes)."""

SOON: Final = 30
"""A notice that expires in fewer seconds may be expired when it arrives."""

LATEST: Final = 86_400
"""A receiver may refuse a notice that lives longer than this many seconds."""

SKEW: Final = 60
"""Seconds that ``iat`` may lie ahead of the receiver's clock and the notice should still be taken."""

FRESH: Final = 5
"""An older ``iat`` may be too old for a receiver: the youngest limit known is 10 s (observed: ltijs)."""

OLDEST_EVENT: Final = timedelta(days=1)

_SEC: Final = "1EdTech Security Framework 1.0, "
_DATE: Final = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?P<fraction>\.\d{1,9})?(?:Z|(?P<offset>[+-](?:0\d|1[0-4]):[0-5]\d))", re.ASCII
)
_NUMERAL: Final = re.compile(r"\s*[+-]?\d{1,15}(\.\d{0,9})?\s*", re.ASCII)


def times(claims: Mapping[str, Any], registration: Registration, knowledge: Knowledge) -> Iterator[Finding]:
    """``exp`` lies ahead, ``iat`` not far off, ``nbf`` is past if it is there, the event has a time."""
    now = knowledge.now.timestamp()
    yield from _exp(claims, now)
    yield from _iat(claims, now)
    if "nbf" in claims and not (_number(claims["nbf"]) and claims["nbf"] <= now):
        why = "nbf lies ahead or is no whole number of seconds"
        yield Finding("either", "nbf", "RFC 7519, 4.1.5", why)
    yield from _timestamp(claims, knowledge.now)


def _exp(claims: Mapping[str, Any], now: float) -> Iterator[Finding]:
    value = claims.get("exp")
    rule = _SEC + "5.1.3 (7)"
    if "exp" not in claims:
        why = "exp is missing, so the present time is not before it"
        yield Finding("refuse", "exp", rule, why, "PNS-RECV-06", "MUST")
        return
    seconds = _seconds(value)
    if seconds is not None and seconds + SURELY_EXPIRED <= now:
        yield Finding("refuse", "exp", rule, "the notice expired ten minutes ago or more", "PNS-RECV-06", "MUST")
    elif not _number(value):
        yield Finding("either", "exp", _SEC + "5.1.2", "exp is no whole JSON number")
    elif value - SOON <= now:
        why = "exp is past by less than ten minutes, or comes within half a minute: a matter of leeway"
        yield Finding("either", "exp", _SEC + "5.1.2", why)
    elif value > now + LATEST:
        yield Finding("either", "exp", DOUBT, "exp lies more than a day ahead")


def _iat(claims: Mapping[str, Any], now: float) -> Iterator[Finding]:
    value = claims.get("iat")
    if not _number(value):
        yield Finding("either", "iat", _SEC + "5.1.2", "iat is missing or no whole JSON number")
    elif not now - FRESH <= value <= now + SKEW:
        why = "iat lies more than a minute ahead, or is old: which range it takes is the receiver's decision"
        yield Finding("either", "iat", _SEC + "5.1.3 (8)", why)
    elif value > now + 1:  # within a second, rounding explains it
        yield Finding("accept", "iat", _SEC + "5.1.2", "iat is ahead by a minute at most", "PNS-RECV-17", "SHOULD")


def _timestamp(claims: Mapping[str, Any], now: datetime) -> Iterator[Finding]:
    notice = claims.get(NOTICE)
    value = notice.get("timestamp") if isinstance(notice, dict) else None
    if not isinstance(notice, dict):
        return
    form = _DATE.fullmatch(value) if isinstance(value, str) else None
    try:
        event = datetime.fromisoformat(value[:19] + (form["offset"] or "+00:00")) if form and value else None
    except ValueError:
        event = None
    if form is None or event is None:
        why = "notice.timestamp is missing or no date-time of RFC 3339; what a receiver does then is not said"
        yield Finding("either", "timestamp", DOUBT, why)
    elif not now - OLDEST_EVENT <= event <= now + timedelta(seconds=SKEW):
        yield Finding("either", "timestamp", DOUBT, "the event lies ahead, or more than a day back")
    elif form["fraction"] or form["offset"]:
        why = "notice.timestamp has a fraction or an offset"
        yield Finding("accept", "timestamp", "RFC 3339, 5.6", why, "PNS-RECV-16", "SHOULD")


def _number(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _seconds(value: object) -> float | None:
    """Return a time as any known receiver reads it, numbers in texts included."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if abs(value) < 2**53 else None
    if isinstance(value, float):
        return value
    return float(value) if isinstance(value, str) and _NUMERAL.fullmatch(value) else None
