"""What the example target asks of a collect, and which code names a fault (CMI010 1.0a §6.1, §6.2, §6.3)."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING or __package__:
    from examples import pens_message as pens
else:  # run as a script: the neighbour is found in the script's own folder
    import pens_message as pens

MAILBOX = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.\[\]:-]+")
TEXTS = {
    0: "collect command received and understood",
    1301: "package-url has a scheme that is not supported",
    1304: "FTP protocol not supported",
    1306: "Secure FTP protocol not supported",
    1322: "warning - package-url-expiry has passed",
    1510: "receipt has a scheme that is not supported",
    1520: "alerts has a scheme that is not supported",
}


def mailboxes(url: str) -> list[str]:
    """Name every mailbox of a `mailto:` URL; empty when one is malformed (§6.2.15, RFC 2368)."""
    listed = url.partition(":")[2].partition("?")[0].split(",")
    found = [unquote(one).strip().removeprefix("mailto:") for one in listed]
    return found if all(MAILBOX.fullmatch(one) for one in found) else []


def package_url_code(value: str) -> int:
    """Give the code for a package-url, 0 when it can be fetched (§6.2.7, §6.3)."""
    try:
        parts = pens.address(value)
    except ValueError:
        return 2008
    stem, _, extension = parts.path.rpartition("/")[2].rpartition(".")
    known = {"http": 0, "https": 0, "ftp": 1304, "ftps": 1306}
    return known.get(parts.scheme, 1301) if stem and extension else 2008


def callback_code(value: str, malformed: int, unsupported: int) -> int:
    """Give the code for a receipt or alerts URL, 0 when messages can be sent there (§6.2.15, §6.2.16)."""
    if value.lower().startswith("mailto:"):
        return 0 if mailboxes(value) else malformed
    try:
        return 0 if pens.address(value).scheme in ("http", "https") else unsupported
    except ValueError:
        return malformed


def expiry_code(value: str | None) -> int:
    """Give 2009 for no ISO 8601 instant, 1322 for a past one; the null string is legal (§6.2.11)."""
    try:
        moment = datetime.fromisoformat(value or ("" if value is None else "9999-12-31"))
        past = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) < datetime.now(UTC)
    except (ValueError, OverflowError):
        return 2009
    return 1322 if past else 0


CHECKS: dict[str, Callable[[str | None], int]] = {
    "pens-version": lambda v: 0 if v == pens.VERSION else 2001,
    "package-type": lambda v: 0 if v in ("aicc-pkg", "scorm-pif", "lms-qti", "ims-qti") else 2003,
    "package-type-version": lambda v: 0 if v else 2004,
    "package-format": lambda v: 0 if v in ("zip", "jar", "war") else 2005,
    "package-id": lambda v: 0 if pens.URI.fullmatch(v or "") else 2007,
    "package-url": lambda v: package_url_code(v or ""),
    "package-url-expiry": expiry_code,
    "client": lambda v: 2010 if v is None else 0,
    "receipt": lambda v: callback_code(v or "", 2011, 1510),
    "alerts": lambda v: callback_code(v, 1201, 1520) if v else 0,
}


def validate(elements: pens.Elements) -> tuple[int, str]:
    """Give the highest code that applies to a collect and its text, the command judged first (§6.3)."""
    command = elements.get("command", "")
    if command.lower() in ("receipt", "alert", "delete", "revise"):
        return 1421, "this command is not supported"
    if command != "collect":
        return 2002, "command is missing or invalid"
    codes = {check(elements.get(name)): name for name, check in CHECKS.items()}
    # 1322 is a warning and lets the collect pass, so any fault beside it comes first whatever its number.
    code = max(codes, key=lambda code: (code not in (0, 1322), code))
    return code, TEXTS.get(code, f"{codes[code]} is missing or invalid")
