"""SCORM Cloud API V1: how a call is signed, dated and refused (SCORM Cloud "Communication Format" V1)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from harness.wire.binding import FORM, Pairs, decode_form

WINDOW = timedelta(minutes=15)
"""How far a timestamp may lie from the server's clock, in both directions."""

ID_LIMIT = 255
"""How many characters an id may have ("LMS Integration" V1, "IDs Are Yours")."""

UNSIGNED = ("sig", "filedata")
"""Parameters that the signature leaves out (observed: LIB-JAVA, LIB-NET)."""

UNAUTHENTICATED = ("rustici.debug.ping", "rustici.debug.getTime")
"""Methods that ask for no authentication and ignore one that is wrong ("Debug Service" V1)."""

SECURITY, NO_APPID, UNKNOWN_APPID, NO_SIG, BAD_SIG = 100, 101, 102, 103, 104
NO_TS, BAD_TS, STALE_TS, STORAGE = 105, 106, 107, 108
BAD_CALL, UNAVAILABLE, NO_METHOD, NO_ARGUMENT, BAD_FORMAT, BAD_ARGUMENT = 200, 201, 202, 203, 204, 205

MESSAGES: Mapping[int, str] = {
    SECURITY: "The request could not be authenticated",
    NO_APPID: "Application id (appid param) missing",
    UNKNOWN_APPID: "Application id is not known",
    NO_SIG: "Request signature (sig param) missing",
    BAD_SIG: "Request signature does not match",
    NO_TS: "Timestamp (ts param) missing",
    BAD_TS: "Timestamp is not of the form yyyyMMddHHmmss",
    STALE_TS: "Timestamp sent is outside of expiration limit.",
    BAD_CALL: "Service call is invalid: the method parameter is missing",
    UNAVAILABLE: "Service is unavailable",
    NO_METHOD: "Method not found",
    NO_ARGUMENT: "A required parameter is missing",
    BAD_FORMAT: "The format is not supported",
    BAD_ARGUMENT: "A parameter has a value that is not valid",
}
"""Texts of the general codes; those of 103 and 107 are the service's own, the others are ours."""

REMEMBERED = 4096
"""How many bytes the parameters of a call may have whose reading is remembered for a moment."""

_TS = re.compile(r"\d{14}", re.ASCII)


def canonical(pairs: Iterable[tuple[str, str]]) -> str:
    """Return what is hashed after the secret: names sorted ignoring case, each once, its values sorted behind it.

    Takes decoded values; leaves out `UNSIGNED`; empty values count. Source: SCORM Cloud "Communication Format" V1,
    and LIB-JAVA, which the vendor's own web application uses.
    """
    listed = [pair for pair in pairs if pair[0] not in UNSIGNED]
    single = dict(listed)
    if len(single) == len(listed):  # as in nearly every call: no name occurs twice
        return "".join([name + single[name] for name in sorted(sorted(single), key=str.lower)])
    values: dict[str, list[str]] = {}
    for name, value in listed:
        values.setdefault(name, []).append(value)
    # Names that differ in case alone stand by code point, as they do before the second, stable sorting.
    return "".join([name + "".join(sorted(values[name])) for name in sorted(sorted(values), key=str.lower)])


def canonical_by_case(pairs: Iterable[tuple[str, str]]) -> str:
    """Return what clients hash that sort names by code point, upper case first (observed: LIB-PERL, LIB-NODE-S)."""
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        if name not in UNSIGNED:
            values.setdefault(name, []).append(value)
    return "".join(name + "".join(sorted(values[name])) for name in sorted(values))


def digest(canonical_string: str, secret: str) -> str:
    """Return the MD5 of secret and canonical string in UTF-8, lower-case hex."""
    data = (secret + canonical_string).encode("utf-8", "surrogatepass")
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def signature(pairs: Iterable[tuple[str, str]], secret: str) -> str:
    """Return the signature of parameters under a secret key."""
    return digest(canonical(pairs), secret)


def write_ts(instant: datetime) -> str:
    """Write an instant as ``ts``: UTC, yyyyMMddHHmmss."""
    return instant.astimezone(UTC).strftime("%Y%m%d%H%M%S").rjust(14, "0")


def read_ts(text: str) -> datetime | None:
    """Read a ``ts``; None when it is malformed or no date."""
    if not _TS.fullmatch(text):
        return None
    day, time = (int(text[:4]), int(text[4:6]), int(text[6:8])), (int(text[8:10]), int(text[10:12]), int(text[12:]))
    try:
        return datetime(*day, *time, tzinfo=UTC)
    except ValueError:
        return None


def signed(pairs: Iterable[tuple[str, str]], appid: str, secret: str, instant: datetime) -> Pairs:
    """Return a call's parameters with ``appid``, ``ts`` and ``sig`` added."""
    whole = (*pairs, ("appid", appid), ("ts", write_ts(instant)))
    return (*whole, ("sig", signature(whole, secret)))


class Params(tuple[tuple[str, str], ...]):
    """The parameters of a call in order; ``first`` gives the first value of each name."""

    first: dict[str, str]

    def __new__(cls, pairs: Iterable[tuple[str, str]]) -> Params:
        """Keep the pairs."""
        made = super().__new__(cls, pairs)
        made.first = dict(reversed(made))
        return made


def first_values(pairs: Pairs) -> Mapping[str, str]:
    """Return the first value of each name."""
    return pairs.first if isinstance(pairs, Params) else dict(reversed(pairs))


def parameters(query: bytes, content_type: str, body: bytes) -> Params:
    """Return the one namespace of a call: parameters of the query, then those of a urlencoded body."""
    # One request is looked at several times on its way.
    read = _parameters if len(query) + len(body) > REMEMBERED else _remembered
    return read(query, content_type, body)


def _parameters(query: bytes, content_type: str, body: bytes) -> Params:
    pairs = decode_form(query).pairs
    media = content_type.partition(";")[0].strip().lower()
    if body and (media == FORM or not media):
        pairs += decode_form(body).pairs
    return Params(pairs)


_remembered = lru_cache(maxsize=16)(_parameters)


def first_difference(ours: str, theirs: str) -> int:
    """Return the position of the first character in which two strings differ; -1 when they are equal."""
    if ours == theirs:
        return -1
    pairs = zip(ours, theirs, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(ours), len(theirs)))


def write_date(instant: datetime | None) -> str:
    """Write a date of course, registration or launch XML: milliseconds and ``+0000``, empty for None."""
    if instant is None:
        return ""
    utc = instant.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}+0000"
