"""Small forged records of a publication: what a journal would hold of a collect and of all that followed it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from harness.evidence.entries import AnyEntry, Event, Exchange, Half
from harness.judging.judge import Outcome, judge
from harness.judging.suite import load_suite
from harness.subjects.publish_records import Published
from harness.wire.binding import FORM, encode_query

AT = "2026-01-15T12:00:00.000Z"
TARGET = "http://target.example/pens"
ZIP = b"PK\x03\x04 and so on"
TEXT = (("Content-Type", "text/plain"),)
ELEMENTS: Mapping[str, str] = {
    "pens-version": "1.0.0",
    "command": "collect",
    "package-type": "scorm-pif",
    "package-type-version": "1.2",
    "package-format": "zip",
    "package-id": "http://author.example/courses:17",
    "package-url": "http://author.example/files/course.zip",
    "package-url-expiry": "2026-01-16T12:00:00Z",
    "client": "an author",
    "receipt": "http://author.example/receipts",
    "alerts": "http://author.example/alerts",
}
CHECKS = {check.name: check for check in load_suite("pens-client").checks}


def reply(status: int = 200, body: bytes = b"", headers: tuple[tuple[str, str], ...] = ()) -> Half:
    """Return a response."""
    return Half(f"HTTP/1.1 {status} So", headers, body, len(body))


def acknowledgement(
    error: object = 0, text: str = "receipt received and understood", *, status: int = 200, end: str = "\r\n"
) -> Half:
    """Return the answer of an author to a receipt or an alert; ``end`` ends its last line."""
    body = f"error={error}\r\nerror-text={text}\r\nversion=1.0.0\r\npens-data={end}"
    return reply(status, body.encode(), TEXT)


def sent(channel: str, response: Half | None, *, method: str = "POST", error: str | None = None) -> Exchange:
    """Return an exchange that the target began, with what came back."""
    url, request = f"http://author.example/{channel}", Half(f"{method} /{channel} HTTP/1.1")
    return Exchange(5, "s", "", "", AT, channel, "out", url, request, response, error)


def event(name: str, **facts: Any) -> Event:
    """Return an event."""
    return Event(1, "s", "", "", AT, name, facts)


FETCHED = sent("package", reply(200, ZIP), method="GET")
TAKEN = sent("receipt", acknowledgement())
NOTED = sent("alert", acknowledgement())


def collect(elements: Mapping[str, str]) -> Exchange:
    """Return a collect as it came in, with these elements."""
    body = encode_query(tuple(elements.items())).encode()
    request = Half("POST /pens HTTP/1.1", (("Content-Type", FORM),), body, len(body))
    return Exchange(3, "s", "", "", AT, "collect", "in", TARGET, request, acknowledgement(text="collect"))


def publication(
    *after: AnyEntry,
    status: str = "succeeded",
    output: str = "",
    case: Mapping[str, Any] | None = None,
    without_collect: bool = False,
    **elements: str,
) -> Published:
    """Return a publication: what came ``after`` its collect (a fetch and a receipt, where nothing is said).

    ``status`` and ``output`` are what its user was told; ``elements`` changes the collect (``_`` stands for ``-``).
    """
    changes = {name.replace("_", "-"): value for name, value in elements.items()}
    begun: list[AnyEntry] = [event("scenario", **(case or {})), event("armed", target=TARGET)]
    came: Sequence[AnyEntry] = () if without_collect else (collect({**ELEMENTS, **changes}),)
    told = event("stimulus", status=status, output=output)
    return Published.from_entries([*begun, *came, *(after or (FETCHED, TAKEN)), told])


def judged(check: str, **records: object) -> Outcome:
    """Judge one check; the records it is not given are those of a publication that worked."""
    found = CHECKS[check]
    return judge(found, {name: records.get(name, publication()) for name in found.scenarios})


def verdict(outcome: Outcome) -> str:
    """Return the reason code of a finding, or else how the check ended."""
    return outcome.finding.reason if outcome.finding else outcome.status
