"""Forged records of notices that came to handlers: claims written by hand, and what a check says of them."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

from harness.evidence.entries import AnyEntry, Event, Exchange, Half
from harness.judging.judge import FOUND, OK, Outcome, judge
from harness.judging.suite import Check
from harness.subjects.lti_platform_records import NOTICE, VERIFIED, Tooled
from harness.subjects.records import BEGUN
from harness.wire.jose_forge import compact
from harness.wire.pns import CONTEXT_COPY
from harness.wire.pns_notices import context_copy_claims, notice_frame, write_body

NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
AT = "2026-01-15T12:00:00Z"
ADDRESS = "https://tool.example.com/tool/notices/t/copied?tool=invigil&of=a%20b"
TARGET: Mapping[str, Any] = {
    "issuer": "https://lms.example.edu", "client_id": "client-1", "deployment_id": "deployment-1",
    "other_deployment": "deployment-2", "other_client": ["client-2", "deployment-3"],
}  # fmt: skip
Claims = Mapping[str, Any]


def copy(number: int = 1, **changes: Any) -> dict[str, Any]:
    """Return the claims of a right context copy notice, with changes; None leaves a claim out."""
    frame = notice_frame(
        iss="https://lms.example.edu", aud="client-1", deployment_id="deployment-1", id=f"notice-{number}",
        timestamp=AT, type=CONTEXT_COPY, now=NOW, lifetime=600, nonce=f"nonce-{number}",
    )  # fmt: skip
    made = frame | context_copy_claims({"id": f"course-{number}", "title": "A copy"}, ["course-0"]) | changes
    return {name: value for name, value in made.items() if value is not None}


def jwt(claims: Claims, header: Claims | None = None) -> str:
    """Return a token whose signature is that of a redacted journal."""
    return compact(dict(header or {"alg": "RS256", "kid": "k", "typ": "JWT"}), json.dumps(dict(claims)).encode(), _sign)


def _sign(data: bytes) -> bytes:
    return b"signature"


def record(
    deliveries: Sequence[tuple[str, bytes]], *, more: Sequence[AnyEntry] = (), reason: str = "",
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"),), target: str = "",
) -> Tooled:  # fmt: skip
    """Build a record of deliveries: the handler to which each came, and its body."""
    entries: list[AnyEntry] = [Event(0, "forged", "", "", AT, BEGUN, {"target": dict(TARGET)})]
    steps = dict.fromkeys(step for step, _ in deliveries)
    for step in steps:
        facts = {"address": ADDRESS, "type": CONTEXT_COPY}
        entries.append(Event(1, "forged", "", f"put-{step}", AT, "handler", facts))
    entries += more
    for number, (step, body) in enumerate(deliveries, 100):
        half = Half(f"POST {target or ADDRESS.removeprefix('https://tool.example.com')} HTTP/1.1", headers, body)
        answer = Half("HTTP/1.1 200 OK")
        entries.append(Exchange(number, "forged", "", step, AT, NOTICE, "in", ADDRESS, half, answer))
        said = [{"reason": reason, "kid": "k", "oddities": []}] * 99
        entries.append(Event(number, "forged", "", step, AT, VERIFIED, {"entry": number, "notices": said}))
        entries.append(Event(number, "forged", "", step, AT, "came", {"now": NOW.timestamp()}))
    return Tooled.from_entries(entries)


def copies(*claims: Claims, header: Claims | None = None, **options: Any) -> Tooled:
    """Build a record of right deliveries of one notice each."""
    return record([("copied", write_body([jwt(one, header)])) for one in claims], **options)


def outcome(module: ModuleType, name: str, found: Tooled) -> Outcome:
    """Return what a check says of a record, given for each scenario that it asks for."""
    function: Callable[..., None] = getattr(module, name)
    parameters = tuple(inspect.signature(function).parameters)
    return judge(Check(name, function, (), (), parameters, module.__name__), dict.fromkeys(parameters, found))


def said(module: ModuleType, name: str, found: Tooled) -> str:
    """Return ``ok``, the reason code of a finding, or the status with its words."""
    result = outcome(module, name, found)
    if result.status == FOUND and result.finding:
        return result.finding.reason
    return OK if result.status == OK else f"{result.status}: {result.why[-300:]}"
