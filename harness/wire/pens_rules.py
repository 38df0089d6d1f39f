"""What can be wrong with a collect and which codes answer it (CMI010 1.0a §6.3).

Two tables: the code that the highest-number rule and the value spaces prefer, which the mock sends, and
the set of codes that can be defended from the text, all of which a suite accepts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import unquote, urlsplit

from harness.wire import pens


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing wrong with a collect: the element and the kind of fault."""

    element: str
    kind: str


@dataclass(frozen=True, slots=True)
class Support:
    """What a target takes, beyond what the standard obliges it to take."""

    versions: frozenset[str] = frozenset({pens.VERSION})
    types: frozenset[str] = frozenset((*pens.PACKAGE_TYPES, *pens.FIELD_PACKAGE_TYPES))
    formats: frozenset[str] = frozenset({"zip"})
    fetch: frozenset[str] = frozenset(pens.FETCH_SCHEMES)
    callbacks: frozenset[str] = frozenset(pens.CALLBACK_SCHEMES)
    empty_is_null: bool = field(default=False)


PREFERRED: Mapping[tuple[str, str], int] = {
    **{(element, "missing"): code for element, code in pens.MISSING_CODE.items()},
    ("command", "unparseable"): 1101,
    ("command", "unknown"): 2002,
    ("command", "reserved"): 1421,
    ("command", "foreign"): 1421,
    ("pens-version", "malformed"): 2001,
    ("pens-version", "unknown"): 2001,
    ("pens-version", "unsupported"): 1420,
    ("package-type", "unknown"): 2003,
    ("package-type", "unsupported"): 1430,
    ("package-format", "unknown"): 2005,
    ("package-format", "unsupported"): 2005,
    ("package-id", "malformed"): 2007,
    ("package-url", "malformed"): 2008,
    ("package-url", "no-file-name"): 2008,
    ("package-url", "https"): 1302,
    ("package-url", "ftp"): 1304,
    ("package-url", "ftps"): 1306,
    ("package-url", "scheme"): 1301,
    ("package-url-expiry", "empty"): 2009,
    ("package-url-expiry", "malformed"): 2009,
    ("package-url-expiry", "expired"): 1322,
    ("client", "empty"): 2010,
    ("receipt", "malformed"): 2011,
    ("receipt", "scheme"): 1510,
    ("alerts", "malformed"): 1201,
    ("alerts", "scheme"): 1520,
}

ACCEPTED: Mapping[tuple[str, str], frozenset[int]] = {
    ("command", "unparseable"): frozenset({1101, 2002, 2011}),
    ("command", "missing"): frozenset({2002, 1101, 2011}),
    ("command", "unknown"): frozenset({2002, 1421}),
    ("command", "reserved"): frozenset({1421, 2002}),
    ("command", "foreign"): frozenset({1421, 2002}),
    ("command", "case"): frozenset({0, 2002, 1421}),
    ("pens-version", "missing"): frozenset({2001}),
    ("pens-version", "malformed"): frozenset({2001, 1420}),
    ("pens-version", "unknown"): frozenset({2001, 1420}),
    ("pens-version", "unsupported"): frozenset({1420, 2001}),
    ("package-type", "missing"): frozenset({2003, 1430}),
    ("package-type", "unknown"): frozenset({2003, 1430}),
    ("package-type", "unsupported"): frozenset({1430, 2003}),
    ("package-type-version", "missing"): frozenset({2004}),
    ("package-format", "missing"): frozenset({2005, 1201}),
    ("package-format", "unknown"): frozenset({2005, 1201}),
    ("package-format", "unsupported"): frozenset({2005, 1201, 1301, 1432}),
    ("package-id", "missing"): frozenset({2007}),
    ("package-id", "malformed"): frozenset({2007}),
    ("package-url", "missing"): frozenset({2008, 1310}),
    ("package-url", "malformed"): frozenset({2008, 1310}),
    ("package-url", "no-file-name"): frozenset({2008, 0}),
    ("package-url", "https"): frozenset({1302}),
    ("package-url", "ftp"): frozenset({1304, 1301}),
    ("package-url", "ftps"): frozenset({1306, 1301}),
    ("package-url", "scheme"): frozenset({1301, 1310, 2008}),
    ("package-url-expiry", "missing"): frozenset({2009}),
    ("package-url-expiry", "empty"): frozenset({0, 2009, 2010}),
    ("package-url-expiry", "malformed"): frozenset({2009, 1320}),
    ("package-url-expiry", "lenient"): frozenset({0, 1320, 2009}),
    ("package-url-expiry", "expired"): frozenset({1322, 0}),
    ("client", "missing"): frozenset({2010}),
    ("client", "empty"): frozenset({0, 2009, 2010}),
    ("receipt", "missing"): frozenset({2011}),
    ("receipt", "malformed"): frozenset({2011}),
    ("receipt", "scheme"): frozenset({1510, 2011}),
    ("alerts", "malformed"): frozenset({1201, 1520}),
    ("alerts", "scheme"): frozenset({1520, 1201}),
}

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#\s]+([/?]\S*)?")
_MAILTO = re.compile(r"mailto:[^@\s,]+@[^@\s,?]+(,[^@\s,]+@[^@\s,?]+)*(\?\S*)?", re.IGNORECASE)


def violations(elements: Mapping[str, str], support: Support, now: datetime) -> tuple[Violation, ...]:
    """Judge every element of a collect on its own and return all that is wrong, in the standard's order.

    A wrong command comes first and alone: without it nobody can say which other elements are required.
    """
    command = _command(elements.get("command", ""))
    if command:
        return (command,)
    found = (_version, _type, _type_version, _format, _package_id, _package_url, _expiry, _client)
    results = [check(elements, support, now) for check in found]
    results.append(_callback("receipt", elements.get("receipt", ""), support) or None)
    if elements.get("alerts"):
        results.append(_callback("alerts", elements["alerts"], support))
    return tuple(violation for violation in results if violation)


def _command(command: str) -> Violation | None:
    if command in pens.COMMANDS:
        return None
    if command in pens.RESERVED_COMMANDS:
        return Violation("command", "reserved")
    if command in pens.CALLBACK_COMMANDS:
        return Violation("command", "foreign")
    return Violation("command", "unknown" if command else "missing")


def _version(elements: Mapping[str, str], support: Support, now: datetime) -> Violation | None:
    version = elements.get("pens-version", "")
    if version in support.versions:
        return None
    if not version:
        return Violation("pens-version", "missing")
    released = version == pens.VERSION
    well_formed = re.fullmatch(r"\d+\.\d+\.\d+", version) is not None
    return Violation("pens-version", "unsupported" if released else "unknown" if well_formed else "malformed")


def _type(elements: Mapping[str, str], support: Support, now: datetime) -> Violation | None:
    word = elements.get("package-type", "")
    if word in support.types:
        return None
    known = word in pens.PACKAGE_TYPES or word in pens.FIELD_PACKAGE_TYPES
    return Violation("package-type", "missing" if not word else "unsupported" if known else "unknown")


def _type_version(elements: Mapping[str, str], support: Support, now: datetime) -> Violation | None:
    return None if elements.get("package-type-version") else Violation("package-type-version", "missing")


def _format(elements: Mapping[str, str], support: Support, now: datetime) -> Violation | None:
    word = elements.get("package-format", "")
    if word in support.formats:
        return None
    known = word in pens.PACKAGE_FORMATS
    return Violation("package-format", "missing" if not word else "unsupported" if known else "unknown")


def _package_id(elements: Mapping[str, str], support: Support, now: datetime) -> Violation | None:
    value = elements.get("package-id", "")
    if pens.is_absolute_uri(value):
        return None
    return Violation("package-id", "malformed" if value else "missing")


def _package_url(elements: Mapping[str, str], support: Support, now: datetime) -> Violation | None:
    url = elements.get("package-url", "")
    if not url:
        return Violation("package-url", "missing")
    scheme = pens.scheme_of(url)
    if scheme not in support.fetch and scheme in ("https", "ftp", "ftps"):
        return Violation("package-url", scheme)
    if scheme and scheme not in support.fetch and ":" in url:
        return Violation("package-url", "scheme")
    if not _URL.fullmatch(url):
        return Violation("package-url", "malformed")
    try:
        name = unquote(urlsplit(url).path).rpartition("/")[2]
    except ValueError:
        return Violation("package-url", "malformed")
    return None if re.search(r".\.\w+\Z", name) else Violation("package-url", "no-file-name")


def _expiry(elements: Mapping[str, str], support: Support, now: datetime) -> Violation | None:
    text = elements.get("package-url-expiry")
    if text is None:
        return Violation("package-url-expiry", "missing")
    if not text:
        return None if support.empty_is_null else Violation("package-url-expiry", "empty")
    expiry = pens.read_expiry(text)
    if expiry is None:
        return Violation("package-url-expiry", "malformed")
    return Violation("package-url-expiry", "expired") if expiry.instant < now else None


def _client(elements: Mapping[str, str], support: Support, now: datetime) -> Violation | None:
    client = elements.get("client")
    if client is None:
        return Violation("client", "missing")
    return None if client or support.empty_is_null else Violation("client", "empty")


def _callback(element: str, url: str, support: Support) -> Violation | None:
    if not url:
        return Violation(element, "missing")
    scheme = pens.scheme_of(url)
    if scheme == "mailto" and not _MAILTO.fullmatch(url):
        return Violation(element, "malformed")
    if scheme and scheme not in support.callbacks:
        return Violation(element, "scheme")
    if scheme == "mailto" or _URL.fullmatch(url):
        return None
    return Violation(element, "malformed")
