"""Dates in notices: RFC 3339 date-times, read and written."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

_RFC3339 = re.compile(r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


def rfc3339(text: object) -> datetime | None:
    """Return the instant of an RFC 3339 date-time in UTC, or None when it is none. Never raises.

    Fractions are read to the microsecond; a leap second is the first of the next minute.
    """
    found = _RFC3339.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
    micro = int((found[7] or "0")[:6].ljust(6, "0"))
    leap = second == 60
    try:
        local = datetime(year, month, day, hour, minute, second - leap, micro, _zone(found[8]))
        return (local + timedelta(seconds=leap)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _zone(text: str) -> timezone:
    if text in "Zz":
        return UTC
    hours, minutes = int(text[1:3]), int(text[4:6])
    if hours > 23 or minutes > 59:
        raise ValueError(text)
    return timezone((-1 if text[0] == "-" else 1) * timedelta(hours=hours, minutes=minutes))


def write_time(instant: datetime, fraction: bool = False) -> str:
    """Write an instant as an RFC 3339 date-time in UTC, to the second or with six digits of fraction."""
    bare = instant.astimezone(UTC).replace(tzinfo=None)
    return bare.isoformat(timespec="microseconds" if fraction else "seconds") + "Z"
