"""What a tool has done at our services: which handlers are in force, which calls belong to a step."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from harness.judging.expect import control, expect
from harness.net.reach import is_loopback
from harness.subjects.lti_tool_records import Asked, Hosted, Setting
from harness.wire.pns import SCOPE
from harness.wire.pns_handlers import Put


def in_force(record: Hosted, step: str) -> list[str] | None:
    """Return the types with a handler at the end of a step; None when the step was not acted."""
    event = record.event("in-force", step)
    return None if event is None else [str(name) for name in event.facts["types"]]


def calls(record: Hosted, step: str) -> list[Setting]:
    """Return the calls of our handlers service that belong to a step."""
    return [one for one in record.settings if one.step == step]


def asks(record: Hosted, *steps: str) -> list[Asked]:
    """Return the requests for access tokens of some steps, of all without any named."""
    return [one for one in record.asked if not steps or one.step in steps]


def twins(record: Hosted, *steps: str) -> list[str]:
    """Demand that a tool sets its handlers at a platform that does nothing unusual; return their types."""
    found = [in_force(record, step) for step in steps or ("before", "after")]
    for step, types in zip(steps or ("before", "after"), found, strict=True):
        control(types, f"a handler is set ({step})")
    return [name for name in found[0] or () if all(name in (types or ()) for types in found)]


def all_set(record: Hosted, step: str, wanted: Iterable[str], reason: str) -> None:
    """Expect that handlers of all these types are in force at the end of a step."""
    types = in_force(record, step)
    control(types is not None, f"the step {step} was acted")
    missing = [name for name in wanted if name not in (types or ())]
    visit = record.visit(step)
    at = visit.at if visit else ""
    expect(not missing, reason, expected=f"handlers of {', '.join(wanted)}", got=f"none of {', '.join(missing)}", at=at)


def put_types(settings: Sequence[Setting]) -> list[tuple[str, Setting]]:
    """Return the types for which handlers were to be set, each with its call."""
    found = [(one.put, one) for one in settings]
    return [(put.notice_type, one) for put, one in found if isinstance(put, Put) and not put.removes]


def asks_for_notices(asked: Asked) -> bool:
    """Whether a token was asked for with the scope of notice handlers."""
    return SCOPE in asked.request.scopes


def tried(settings: Sequence[Setting]) -> str:
    """Return calls in words for a report."""
    return ", ".join(f"{one.method} {one.status}" for one in settings) or "no call"


def is_loopback_http(url: str) -> bool:
    """Whether an address is one of this machine without TLS."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "http" and is_loopback(parts.hostname or "")
