"""The PENS data model: elements, vocabularies, codes, expiry instants (CMI010 1.0a §6)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

VERSION = "1.0.0"
REQUIRED = (
    "command",
    "pens-version",
    "package-type",
    "package-type-version",
    "package-format",
    "package-id",
    "package-url",
    "package-url-expiry",
    "client",
    "receipt",
)
OPTIONAL = (
    "package-url-user-id",
    "package-url-account",
    "package-url-password",
    "system-user-id",
    "system-password",
    "alerts",
    "vendor-data",
)
ELEMENTS = REQUIRED + OPTIONAL
SECRET_ELEMENTS = ("package-url-password", "system-password")
COMMANDS = ("collect",)
RESERVED_COMMANDS = ("Delete", "Revise")
CALLBACK_COMMANDS = ("receipt", "alert")
PACKAGE_TYPES = ("aicc-pkg", "scorm-pif", "lms-qti")
FIELD_PACKAGE_TYPES = ("ims-qti",)
PACKAGE_FORMATS = ("zip", "url", "jar", "war", "xml")
FETCH_SCHEMES = ("http", "https")
CALLBACK_SCHEMES = ("http", "https", "mailto")
VENDOR_DATA_FLOOR = 4096
CALLBACK_ELEMENTS = (
    "command",
    "pens-version",
    "package-type",
    "package-type-version",
    "package-format",
    "package-id",
    "package-url",
    "package-url-expiry",
    "client",
    "error",
    "error-text",
)

CODES: dict[int, str] = {
    0: "success",
    1101: "General error",
    1201: "General argument error",
    1301: "General retrieve error",
    1302: "Secure HTTP protocol not supported",
    1304: "FTP protocol not supported",
    1306: "Secure FTP protocol not supported",
    1310: "Invalid or unresponsive package URL",
    1312: "Invalid package access credentials",
    1320: "Warning - invalid expiry date",
    1322: "Warning - expired package",
    1420: "Insufficient permission",
    1421: "Command not supported",
    1430: "Package type not supported",
    1432: "Internal package error",
    1440: "Insufficient host space or storage available",
    1500: "General acknowledgment error",
    1510: "Unsupported acknowledgement protocol",
    1520: "Unsupported alert protocol",
    2001: "pens-version parameter missing or invalid",
    2002: "command parameter missing or invalid",
    2003: "package-type parameter missing or invalid",
    2004: "package-type-version parameter missing or invalid",
    2005: "package-format parameter missing or invalid",
    2007: "package-id parameter missing or invalid",
    2008: "package-url parameter missing or invalid",
    2009: "package-url-expiry parameter missing or invalid",
    2010: "client parameter missing or invalid",
    2011: "receipt parameter missing or invalid",
}
WARNINGS = frozenset({1320, 1322})
MISSING_CODE = {
    "pens-version": 2001,
    "command": 2002,
    "package-type": 2003,
    "package-type-version": 2004,
    "package-format": 2005,
    "package-id": 2007,
    "package-url": 2008,
    "package-url-expiry": 2009,
    "client": 2010,
    "receipt": 2011,
}
IMPLEMENTATION_CODES = range(10000, 65536)
PROTOCOL_CODES = range(200, 501)

_STRICT_EXPIRY = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_LENIENT_EXPIRY = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)(?:[T ](\d\d):?(\d\d)(?::?(\d\d)(?:[.,]\d+)?)?\s*(Z|[+-]\d\d(?::?\d\d)?)?)?",
    re.ASCII,
)
_ABSOLUTE_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"#{}|\\^`\x00-\x20\x7f]+")


def listed_code(code: int) -> bool:
    """Whether ``code`` may be sent: listed, the implementation's own, or one of the underlying protocol.

    Source: CMI010 1.0a §6.3 (numbers up to 10000 that the table does not list are reserved).
    """
    return code in CODES or code in IMPLEMENTATION_CODES or code in PROTOCOL_CODES


@dataclass(frozen=True, slots=True)
class Expiry:
    """An expiry as read: the instant in UTC and whether its writing is exactly ``YYYY-MM-DDThh:mm:ssZ``."""

    instant: datetime
    strict: bool


def read_expiry(text: str) -> Expiry | None:
    """Read an expiry leniently: no zone means UTC; offsets, fractions, date only and basic format are read.

    Returns None when the text is no ISO 8601 date. Source: CMI010 1.0a §6.2.11 and its correction.
    """
    found = _LENIENT_EXPIRY.fullmatch(text.strip())
    if not found:
        return None
    year, month, day, hour, minute, second, zone = found.groups()
    try:
        tz = UTC if zone in (None, "Z") else _offset(zone)
        naive = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0))
        return Expiry(naive.replace(tzinfo=tz).astimezone(UTC), _STRICT_EXPIRY.fullmatch(text) is not None)
    except (ValueError, OverflowError):
        return None


def _offset(zone: str) -> timezone:
    digits = zone[1:].replace(":", "").ljust(4, "0")
    sign = -1 if zone[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:])))


def write_expiry(instant: datetime) -> str:
    """Write an instant as CMI010 1.0a §6.2.11 asks: UTC, seconds, trailing ``Z``."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def is_absolute_uri(text: str) -> bool:
    """Whether ``text`` is an absolute URI of RFC 2396.

    Never parse a package-id as an http URL: the standard's own sample has a GUID where a port would be.
    """
    return _ABSOLUTE_URI.fullmatch(text) is not None


def scheme_of(url: str) -> str:
    """Return the scheme of ``url`` in lower case, or the empty string when it has none."""
    scheme, colon, _ = url.partition(":")
    return scheme.lower() if colon and re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*", scheme) else ""


def mailto_addresses(url: str) -> tuple[str, ...]:
    """Return the addresses of a ``mailto:`` URL: comma-separated, percent-encoding undone (RFC 2368)."""
    from urllib.parse import unquote

    path = url.partition(":")[2].partition("?")[0]
    return tuple(unquote(address).strip() for address in path.split(",") if address.strip())
