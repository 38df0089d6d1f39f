"""Forged records of handlers: calls and answers by step, written by hand, and what a check says of them."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

from harness.evidence.entries import AnyEntry, Event, Exchange, Half
from harness.judging.judge import FOUND, OK, judge
from harness.judging.suite import Check
from harness.subjects.lti_platform_records import HANDLERS, NOTICE, Tooled, Tools
from harness.wire.pns import CONTEXT_COPY, HELLO_WORLD
from harness.wire.pns_handlers import Handler, catalogue, put_body

PASSES, UNTESTABLE, INAPPLICABLE = "passes", "untestable", "inapplicable"
CLIENT, DEPLOYMENT = "client-1", "dep-1"
A, B, C = (f"https://tool.example.com/{name}" for name in "abc")
JSON = "application/json;charset=UTF-8"
AT = "2030-01-01T00:00:00Z"
URL = "https://lms.example/lti/pns/dep-1"
ELEMENTS = [{"notice_type": CONTEXT_COPY, "handler": ""}, {"notice_type": HELLO_WORLD, "handler": ""}]
WHOLE: dict[str, Any] = {"client_id": CLIENT, "deployment_id": DEPLOYMENT, "notice_handlers": ELEMENTS}
Call = tuple[bytes | None, int, bytes, Mapping[str, str]]
"""What was put (None: it was a GET), and the answer: status, body and headers."""


def listed(url: str, size: int | None = None, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Call:
    """Write a GET whose answer shows a handler of course copies."""
    found = catalogue(CLIENT, DEPLOYMENT, [Handler(CONTEXT_COPY, url, size), Handler(HELLO_WORLD, "")])
    return None, status, json.dumps(found).encode(), headers or {}


def document(value: Any) -> Call:
    """Write a GET that is answered by a JSON value."""
    return None, 200, json.dumps(value).encode(), {}


def put(url: str, answer: Any = ..., *, status: int = 200, size: int | None = None, body: bytes | None = None) -> Call:
    """Write a PUT; unless told otherwise it is answered by the handler object."""
    object_: Any = {"notice_type": CONTEXT_COPY, "handler": url} | ({"max_batch_size": size} if size else {})
    said = json.dumps(object_ if answer is ... else answer).encode()
    return put_body(CONTEXT_COPY, url, size) if body is None else body, status, said, {}


def refused(status: int = 400, *, body: bytes = b"{}", **headers: str) -> Call:
    """Write a PUT that is refused."""
    return body, status, b'{"error": "bad_request"}', {name.replace("_", "-"): value for name, value in headers.items()}


def turned_away(status: int, challenge: str = "") -> Call:
    """Write a GET that is refused."""
    return None, status, b"{}", {"WWW-Authenticate": challenge} if challenge else {}


def exchange(seq: int, step: str, call: Call | None) -> Exchange:
    """Return a call of the service as the journal holds it; None was never answered."""
    sent, status, said, headers = call or (None, 0, b"", {})
    request = Half(f"{'GET' if sent is None else 'PUT'} /lti/pns/dep-1 HTTP/1.1", (), sent or b"")
    pairs = tuple({"Content-Type": JSON, **headers}.items())
    response = Half(f"HTTP/1.1 {status} X", pairs, said) if call else None
    return Exchange(seq, "forged", "", step, AT, HANDLERS, "out", URL, request, response, None if call else "timeout")


def delivery(seq: int, step: str, *jwts: str) -> Exchange:
    """Return a delivery to a handler of ours."""
    body = json.dumps({"notices": [{"jwt": jwt} for jwt in jwts]}).encode()
    request = Half("POST /tool HTTP/1.1", (("Content-Type", "application/json"),), body)
    return Exchange(seq, "forged", "", step, AT, NOTICE, "in", A, request, Half("HTTP/1.1 200 OK"), None)


def _event(seq: int, name: str, step: str = "", **facts: Any) -> Event:
    return Event(seq, "forged", "", step, AT, name, facts)


def _begun() -> list[AnyEntry]:
    return [
        _event(0, "offered", DEPLOYMENT, deployment_id=DEPLOYMENT, aud=[CLIENT], types=[CONTEXT_COPY, HELLO_WORLD]),
        _event(1, "chosen", type=CONTEXT_COPY),
    ]


def record(steps: Mapping[str, Call | None], *others: AnyEntry) -> Tooled:
    """Build the record of a scenario from its calls by step."""
    calls = [exchange(number * 10, step, call) for number, (step, call) in enumerate(steps.items(), 1)]
    return Tooled.from_entries(sorted([*_begun(), *calls, *others], key=lambda entry: entry.seq))


def wanted(expect: str) -> Event:
    """Return what a vector is noted to be about."""
    return _event(2, "wanted", expect=expect)


def stimulus(seq: int, step: str) -> Event:
    """Return the note of something that was done in the platform."""
    return _event(seq, "stimulus", step, stimulus="copy", status="succeeded", told={})


def examples(*histories: Sequence[Call], **facts: Any) -> Tools:
    """Build the record of a property: a handler that is set and shown, and then histories of calls."""
    entries: list[AnyEntry] = [*_begun(), exchange(2, "set", put(A)), exchange(3, "after-set", listed(A))]
    for number, calls in enumerate(histories, 1):
        step = f"x{number}"
        entries.append(_event(len(entries), "example", step, **facts))
        entries += [exchange(len(entries) + at, step, call) for at, call in enumerate(calls)]
    return Tools.from_entries(entries)


def said(module: ModuleType, name: str, of: Tooled | Tools) -> str:
    """Return what a check says: a finding's reason, the remarks of one that passes, or how it ended."""
    function = getattr(module, name)
    check = Check(name, function, (), (), tuple(inspect.signature(function).parameters), module.__name__)
    outcome = judge(check, dict.fromkeys(check.scenarios, of))
    if outcome.status == FOUND and outcome.finding:
        return outcome.finding.reason
    if outcome.status == OK:
        return ", ".join((PASSES, *dict.fromkeys(remark.reason for remark in outcome.remarks)))
    return outcome.status
