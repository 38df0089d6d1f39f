"""Rules about the handlers service that checks share."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from harness.judging.expect import control, expect, untestable
from harness.subjects.lti_platform_records import Handled, Tooled
from harness.wire.json_text import read_json
from suites.lti_platform.rules import is_put_off

_ERROR = re.compile(r'\berror\s*=\s*"?([a-z_]+)', re.IGNORECASE)
NO_LIST = frozenset({"not-json", "not-an-object", "no-notice-handlers", "notice-handlers-form"})
"""Problems of an answer to GET in which no handler can be looked up."""


def answered(record: Tooled, step: str) -> Handled:
    """Return a call that was answered at all; without it nothing can be said."""
    found = record.handled(step)
    if found is None or found.response is None:
        untestable(f"positive control not seen: the call is answered ({step})")
    if is_put_off(found.response):
        untestable(f"the platform limits how often it is asked ({step}: {found.got})")
    return found


def offer(record: Tooled) -> Mapping[str, Any]:
    """Return what the launch said of our deployment."""
    event = record.event("offered")
    return event.facts if event else {"deployment_id": None, "aud": [], "types": []}


def chosen(record: Tooled) -> str:
    """Return the type of which handlers were set."""
    event = record.event("chosen")
    return str(event.facts["type"]) if event else ""


def read_list(record: Tooled, step: str) -> Handled:
    """Return a list that can be read."""
    found = answered(record, step)
    control(found.taken and not NO_LIST & set(found.catalogue.problems), f"the handlers are listed ({step})")
    return found


def shown(record: Tooled, step: str) -> str:
    """Return the address that a list shows for the chosen type; empty when it shows none."""
    return read_list(record, step).handler(chosen(record)) or ""


def put_taken(record: Tooled, step: str, what: str = "a handler of ours is accepted") -> Handled:
    """Demand that a PUT was carried out."""
    found = answered(record, step)
    control(found.taken, f"{what} ({step})")
    return found


def asked_address(called: Handled) -> str:
    """Return the address that a PUT of ours was to set; empty when it has none."""
    found = read_json(called.exchange.request.body).object or {}
    address = found.get("handler")
    return address if isinstance(address, str) else ""


def is_in_force(record: Tooled, put: str, listed: str) -> bool:
    """Whether a list shows what a PUT was to set."""
    return shown(record, listed) == asked_address(answered(record, put))


def refused_by(called: Handled, *statuses: int) -> None:
    """Expect that a call was refused: by one of the statuses, or by any 4xx."""
    wanted = " or ".join(map(str, statuses)) or "4xx"
    expect(not called.taken, "accepted", expected=f"a refusal by {wanted}", got=called.got, at=called.at)
    fits = called.status in statuses if statuses else called.refused
    expect(fits, "other-status", expected=wanted, got=called.got, at=called.at)


def challenged(called: Handled, error: str) -> bool:
    """Whether an answer names an error: in its challenge (RFC 6750, 3.1), or in its body."""
    named = {found[1].lower() for text in challenges(called) for found in _ERROR.finditer(text)}
    told = (read_json(called.response.body).object or {}).get("error") if called.response else None
    return error in named or told == error


def challenges(called: Handled) -> tuple[str, ...]:
    """Return all challenges of an answer, of which a proxy may have added some (RFC 9110, 11.6.1)."""
    headers = called.response.headers if called.response else ()
    return tuple(value for name, value in headers if name.lower() == "www-authenticate")
