"""Forged records of the subject pens-target: small journals by hand, and what a check says of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from harness.evidence.entries import AnyEntry, Event, Exchange, Half, Mail
from harness.judging.judge import FOUND, OK, judge
from harness.judging.suite import load_suite
from harness.subjects.pens_records import Collected, Examples, Series
from harness.wire.binding import FORM, encode_query
from harness.wire.pens_answer import Answer

SUITE = load_suite("pens-target")
CHECKS = {check.name: check for check in SUITE.checks}
PASSES = "passes"
AUTHOR = "http://author.example"
SENT = {
    "command": "collect",
    "pens-version": "1.0.0",
    "package-type": "scorm-pif",
    "package-type-version": "1.2",
    "package-format": "zip",
    "package-id": f"{AUTHOR}/packages:4720",
    "package-url": f"{AUTHOR}/course.zip?t=1",
    "package-url-expiry": "2099-05-20T16:05:39Z",
    "client": "author",
    "receipt": f"{AUTHOR}/receipt",
    "alerts": f"{AUTHOR}/alerts",
}
RETURNED = {name: value for name, value in SENT.items() if name not in ("command", "receipt", "alerts")}


def _where(step: str) -> tuple[int, str, str, str, str]:
    return (0, "forged", "", step, "2030-01-01T00:00:00Z")


def _form(start: str, elements: Mapping[str, str]) -> Half:
    return Half(start, (("Content-Type", FORM),), encode_query(tuple(elements.items())).encode())


def collect(
    error: int | None = 0, *, body: bytes | None = None, status: int = 200, silent: bool = False, step: str = "",
    change: Mapping[str, str] | None = None,
) -> Exchange:  # fmt: skip
    """Forge a collect: answered with a code or a body, or by nobody."""
    if body is None:
        body = b"" if error is None else Answer(error).encode()
    answer = None if silent else Half(f"HTTP/1.1 {status} X", (("Content-Type", "text/plain"),), body)
    request = _form("POST /pens HTTP/1.1", SENT | dict(change or {}))
    missing = "timeout" if silent else None
    return Exchange(*_where(step), "collect", "out", "http://target.example/pens", request, answer, missing)


def fetch(target: str = "/course.zip?t=1", *, status: int = 200, step: str = "") -> Exchange:
    """Forge a fetch of the package."""
    request, answer = Half(f"GET {target} HTTP/1.1"), Half(f"HTTP/1.1 {status} X")
    return Exchange(*_where(step), "package", "in", AUTHOR + target, request, answer, facts={"whole": status == 200})


def callback(
    channel: str, error: int = 0, *, url: str = "/callback", request: Half | None = None, step: str = "",
    drop: tuple[str, ...] = (), **change: str,
) -> Exchange:  # fmt: skip
    """Forge a receipt or an alert; ``change`` names its elements with _ for -."""
    elements = {"command": channel, "error": str(error), "error-text": "told", **RETURNED}
    elements |= {name.replace("_", "-"): value for name, value in change.items()}
    for name in drop:
        del elements[name]
    half = request or _form(f"POST {url} HTTP/1.1", elements)
    return Exchange(*_where(step), channel, "in", AUTHOR + url, half, Half("HTTP/1.1 200 OK"))


def receipt(error: int = 0, **options: Any) -> Exchange:
    """Forge a receipt."""
    return callback("receipt", error, **options)


def alert(error: int = 0, **options: Any) -> Exchange:
    """Forge an alert."""
    return callback("alert", error, **options)


def mail(text: str, *, headers: Mapping[str, str] | None = None) -> Mail:
    """Forge a mail; headers replace the usual ones, an empty one leaves it out."""
    usual = {"From": "pens@target.example", "Subject": "The course has come"} | dict(headers or {})
    head = "".join(f"{name}: {value}\r\n" for name, value in usual.items() if value)
    return Mail(*_where(""), "pens@target.example", ("anna@author.example",), f"{head}\r\n{text}")


def event(name: str, *, step: str = "", **facts: Any) -> Event:
    """Forge an event."""
    return Event(*_where(step), name, facts)


def journal(*entries: AnyEntry, **case: Any) -> list[AnyEntry]:
    """Number entries in their order, behind the event that holds the values of the case."""
    begun = event("scenario", **case)
    return [replace(entry, seq=number) for number, entry in enumerate((begun, *entries), 1)]


def collected(*entries: AnyEntry, **case: Any) -> Collected:
    """Build the record of one collect."""
    return Collected.from_entries(journal(*entries, **case))


def series(*entries: AnyEntry) -> Series:
    """Build the record of several collects."""
    return Series.from_entries(journal(*entries))


def examples(*entries: AnyEntry) -> Examples:
    """Build the record of a property."""
    return Examples.from_entries(journal(*entries))


PLAIN = collected(collect(), fetch(), receipt(), alert())
REFUSED = collected(collect(2010))


def said(check: str, **records: Any) -> str:
    """Return what a check says: a finding's reason, the remarks of one that passes, or how else it ended.

    Records that are not given are a plain collect by effect accepted, and a refused one.
    """
    usual = {"accepted": PLAIN, "by_get": PLAIN, "two_faults": REFUSED}
    outcome = judge(CHECKS[check], usual | records)
    if outcome.status == FOUND and outcome.finding:
        return outcome.finding.reason
    if outcome.status == OK:
        return ", ".join((PASSES, *(remark.reason for remark in outcome.remarks)))
    return outcome.status
