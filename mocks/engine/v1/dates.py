"""Dates of list filters, in the spellings that clients send; what names no zone is taken as UTC (assumed)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

from harness.wire.cloud_v1 import read_ts

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ZONES = {
    "": 0, "z": 0, "utc": 0, "gmt": 0, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8,
    "pdt": -7, "bst": 1, "cet": 1, "cest": 2,
}  # fmt: skip
_ISO = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)(?:[Tt ](\d\d):?(\d\d)(?::?(\d\d)(?:[.,](\d{1,9}))?)?)?\s?(z|[+\- ]\d\d(?::?\d\d)?)?",
    re.ASCII | re.IGNORECASE,
)
_JAVA = re.compile(
    r"[a-z]{3} ([a-z]{3}) (\d{1,2}) (\d\d):(\d\d):(\d\d) (?:gmt|utc)?([a-z]{0,5}|[+\- ]\d\d:?\d\d) (\d{4})",
    re.ASCII | re.IGNORECASE,
)
_LOCAL = re.compile(
    r"(\d{1,4})([/.-])(\d{1,2})\2(\d{1,4})(?:,? (\d{1,2}):(\d\d)(?::(\d\d))?(?:\s?([ap])\.?m\.?)?)?",
    re.ASCII | re.IGNORECASE,
)


def read_date(text: str) -> datetime | None:
    """Read a date in any of the spellings; None when it is none of them, or no date.

    ISO 8601 (observed: LIB-PHP, LIB-JAVA), ``Date.toString()`` of Java (observed: LIB-JAVA getRegistrationListResults),
    local spellings (observed: LIB-NET), ``ts``, RFC 1123. A ``+`` of a zone that came as a space is one still.
    ``7/8/2011`` is July, ``25/7/2011`` and ``7.8.2011`` begin with the day.
    """
    given = " ".join(text.split())[:64]
    try:
        found = read_ts(given) or _iso(given) or _java(given) or _local(given) or _mail(given)
        return None if found is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _iso(text: str) -> datetime | None:
    found = _ISO.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    micros = int((fraction or "0")[:6].ljust(6, "0"))
    clock = [int(part or 0) for part in (year, month, day, hour, minute, second)]
    return datetime(clock[0], clock[1], clock[2], clock[3], clock[4], clock[5], micros, _zone(zone or ""))


def _java(text: str) -> datetime | None:
    found = _JAVA.fullmatch(text)
    if found is None or found[1].lower() not in _MONTHS:
        return None
    month = _MONTHS.index(found[1].lower()) + 1
    day, hour, minute, second = (int(found[number]) for number in (2, 3, 4, 5))
    return datetime(int(found[7]), month, day, hour, minute, second, tzinfo=_zone(found[6]))


def _local(text: str) -> datetime | None:
    found = _LOCAL.fullmatch(text)
    if found is None:
        return None
    first, second, third = int(found[1]), int(found[3]), int(found[4])
    hour, minute, seconds = (int(found[number] or 0) for number in (5, 6, 7))
    if found[8]:
        hour = hour % 12 + (12 if found[8].lower() == "p" else 0)
    if first > 31:
        return datetime(first, second, third, hour, minute, seconds, tzinfo=UTC)
    month, day = (first, second) if found[2] == "/" and first <= 12 else (second, first)
    return datetime(third, month, day, hour, minute, seconds, tzinfo=UTC)


def _mail(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (TypeError, IndexError, ValueError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _zone(text: str) -> timezone:
    word = text.lower()
    if word in _ZONES:
        return timezone(timedelta(hours=_ZONES[word]))
    digits = re.sub(r"\D", "", text).ljust(4, "0")
    if not re.search(r"\d", text):
        return UTC
    away = timedelta(hours=int(digits[:2]), minutes=int(digits[2:4]))
    return timezone(-away if text.startswith("-") else away)
