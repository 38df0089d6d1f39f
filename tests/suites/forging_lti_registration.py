"""Forged records of tokens and registrations: answers by step, written by hand, and what a check says of them."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from harness.evidence.entries import AnyEntry, Event, Exchange, Half
from harness.judging.judge import FOUND, OK, judge
from harness.judging.suite import Check
from harness.subjects.lti_platform_records import (
    CONFIGURATION,
    HANDLERS,
    KEYS,
    REGISTER,
    REGISTRATION,
    TOKEN,
    TOKEN_FACTS,
    Tooled,
)
from harness.wire.pns import SCOPE

PASSES, UNTESTABLE = "passes", "untestable"
BASE = "https://lms.example.edu"
AT = "2030-01-01T00:00:00Z"
JSON = (("Content-Type", "application/json"), ("Cache-Control", "no-store"))
TARGET: Mapping[str, Any] = {"client_id": "client-1"}
OWN: Mapping[str, Any] = {"redirect_url": "https://tool.example.com/launch"}
CHANNELS: Mapping[str, tuple[str, str]] = {
    "token": (TOKEN, "out"), "keys": (KEYS, "out"), "handlers": (HANDLERS, "out"), "visit": (REGISTER, "in"),
    "configuration": (CONFIGURATION, "out"), "registration": (REGISTRATION, "out"),
}  # fmt: skip
Answer = tuple[int, Any] | tuple[int, Any, tuple[tuple[str, str], ...]] | None


def said(module: ModuleType, name: str, *records: Tooled) -> str:
    """Return what a check says: a finding's reason, the remarks of one that passes, or how it ended."""
    function = getattr(module, name)
    names = tuple(inspect.signature(function).parameters)
    check = Check(name, function, (), (), names, module.__name__)
    outcome = judge(check, dict(zip(names, records, strict=True)))
    if outcome.status == FOUND and outcome.finding:
        return outcome.finding.reason
    if outcome.status == OK:
        return ", ".join((PASSES, *dict.fromkeys(remark.reason for remark in outcome.remarks)))
    return outcome.status


def _half(answer: Answer) -> Half | None:
    if answer is None:
        return None
    status, value, *rest = answer
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return Half(f"HTTP/1.1 {status} X", rest[0] if rest else JSON, body)


def record(
    *steps: tuple[str, str, Answer], events: Mapping[tuple[str, str], Mapping[str, Any]] | None = None,
    case: Mapping[str, Any] | None = None, url: str = BASE, query: str = "",
) -> Tooled:  # fmt: skip
    """Build a record: kind (of CHANNELS), step and answer of each exchange; events by name and step."""
    begun = {"target": TARGET, "tool": OWN, **(case or {})}
    entries: list[AnyEntry] = [Event(0, "forged", "", "", AT, "scenario", begun)]
    for number, (kind, step, answer) in enumerate(steps, 1):
        channel, direction = CHANNELS[kind]
        request = Half(f"GET /x{query} HTTP/1.1" if kind == "visit" else "POST /x HTTP/1.1")
        error = None if answer else "timeout"
        entries.append(
            Exchange(number, "forged", "", step, AT, channel, direction, url, request, _half(answer), error)
        )  # fmt: skip
    for number, ((name, step), facts) in enumerate((events or {}).items(), 100):
        entries.append(Event(number, "forged", "", step, AT, name, dict(facts)))
    return Tooled.from_entries(entries)


def token(**more: Any) -> Answer:
    """Return an answer with a token; a member of value None is left out."""
    members = {"access_token": "x" * 20, "token_type": "Bearer", "expires_in": 3600, "scope": SCOPE, **more}
    return 200, {name: value for name, value in members.items() if value is not None}


def refusal(error: str = "invalid_client", status: int = 400) -> Answer:
    """Return a refusal by a code."""
    return status, {"error": error}


def facts(step: str = "token", **found: Any) -> Mapping[tuple[str, str], Mapping[str, Any]]:
    """Return what is kept of a token itself."""
    return {(TOKEN_FACTS, step): {"ascii": True, "length": 20, **found}}
