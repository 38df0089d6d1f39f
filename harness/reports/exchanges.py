"""Journal entries as a report shows them: exchanges and mails in one form, events in another."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from harness.evidence.entries import AnyEntry, Event, Exchange, Half, Mail
from harness.reports.signed import signed_json
from harness.reports.text import body_text, cut
from harness.subjects.pens_records import answer_of, message_of
from harness.subjects.records import BEGUN
from harness.wire import pens

Json = dict[str, Any]
UNEXPECTED = "unexpected"
_PLUMBING = frozenset({BEGUN, "sent", "absent"})


def exchange_json(entry: Exchange | Mail) -> Json:
    """Return an exchange or a mail in the form that a report holds; a mail is a message without an answer."""
    if isinstance(entry, Mail):
        size = len(entry.message.encode("utf-8", "replace"))
        start = cut(f"MAIL FROM:<{entry.sender}> RCPT TO:<{'>,<'.join(entry.recipients)}>")
        request: Json = {"start": start, "headers": [], "body": cut(entry.message), "size": size}
        about = {"channel": "mail", "direction": "in", "url": cut("mailto:" + ",".join(entry.recipients))}
        return _place(entry) | about | {"request": request, "response": None, "error": None, "facts": {}}
    about = {"channel": entry.channel, "direction": entry.direction, "url": cut(entry.url)}
    halves = {"request": _half(entry.request), "response": _half(entry.response) if entry.response else None}
    return _place(entry) | about | halves | {"error": entry.error, "facts": dict(entry.facts)}


def exchanges_json(entries: Iterable[AnyEntry]) -> list[Json]:
    """Return all exchanges and mails that belong to a scenario, in the order in which they began."""
    found = (e for e in entries if isinstance(e, (Exchange, Mail)) and not is_unexpected(e))
    return [exchange_json(entry) for entry in sorted(found, key=lambda entry: entry.seq)]


def unexpected_json(entries: Iterable[AnyEntry]) -> list[Json]:
    """Return the messages that belonged to no scenario: listed, never judged."""
    found = (e for e in entries if isinstance(e, (Exchange, Mail)) and is_unexpected(e))
    return [exchange_json(entry) for entry in sorted(found, key=lambda entry: entry.seq)]


def events_json(entries: Iterable[AnyEntry]) -> list[Json]:
    """Return what happened beside the messages (a gate opened, a stimulus came back), without bookkeeping."""
    found = (e for e in entries if isinstance(e, Event) and e.name not in _PLUMBING)
    return [
        _place(entry) | {"name": entry.name, "facts": dict(entry.facts)}
        for entry in sorted(found, key=lambda entry: entry.seq)
    ]


def left_behind_json(entries: Iterable[AnyEntry], marker: str) -> Json:
    """Return the packages that the target said it accepted, with the marker that their titles carry."""
    packages: dict[str, Json] = {}
    for entry in sorted(entries, key=lambda entry: entry.seq):
        if isinstance(entry, Exchange) and (entry.channel, entry.direction) == ("collect", "out"):
            answer = answer_of(entry.response)
            if answer and (answer.error == 0 or answer.error in pens.WARNINGS):
                name = cut(message_of(entry.request).get("package-id") or "", 400)
                packages.setdefault(name, {"package_id": name, "exchange": entry.id, "scenario": entry.scenario})
    return {"marker": marker, "packages": list(packages.values())}


def is_unexpected(entry: Exchange | Mail) -> bool:
    """Whether a message belonged to no scenario."""
    return not entry.scenario or getattr(entry, "channel", "") == UNEXPECTED


def _place(entry: AnyEntry) -> Json:
    where = {"scenario": entry.scenario, "case": entry.case, "step": entry.step}
    return {"id": entry.id, **where, "at": entry.at}


def _half(half: Half) -> Json:
    headers = [[cut(name, 400), cut(value, 1000)] for name, value in half.headers]
    body = body_text(half.body, half.size, half.sha256, whole=not half.cut)
    signed = signed_json(half.body)
    told = {"start": cut(half.start), "headers": headers, "body": body, "size": half.size}
    return told | ({"signed": signed} if signed else {})
