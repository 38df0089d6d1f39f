"""Forged records of what a tool does with notices, and what a check says of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from harness.evidence.entries import AnyEntry, Event, Exchange, Half
from harness.judging.judge import FOUND, OK, judge
from harness.judging.suite import load_suite
from harness.subjects.lti_tool_records import Hosted
from harness.wire.pns_probe import write_probe

SUITE = load_suite("lti-tool")
CHECKS = {check.name: check for check in SUITE.checks}
PASSES = "passes"
TOOL = "https://tool.example"
NOTHING, UNTOLD = -1, -2
"""No effect shows; the effect shows, but is not counted."""

Entries = list[AnyEntry]


def _where(step: str) -> tuple[int, str, str, str, str]:
    return (0, "forged", "", step, "2030-01-01T00:00:00Z")


def event(name: str, step: str = "", **facts: Any) -> Event:
    """Forge an event."""
    return Event(*_where(step), name, facts)


def delivery(
    step: str, *elements: Mapping[str, Any], status: int = 200, headers: tuple[tuple[str, str], ...] = ()
) -> Entries:  # fmt: skip
    """Forge a delivery of these notices; a status of 0 is no answer in time."""
    answer = Half(f"HTTP/1.1 {status} X", headers) if status else None
    sent = Exchange(
        *_where(step), "delivery", "out", f"{TOOL}/notices", Half("POST /notices HTTP/1.1"), answer,
        None if status else "timeout",
    )  # fmt: skip
    return [event("expected", step, elements=list(elements), to="notices"), sent]


def element(context: str, outcome: str = "accept", row: str = "", origins: tuple[str, ...] = ("o",)) -> dict[str, Any]:
    """Forge what is expected of one notice."""
    return {
        "outcome": outcome, "row": row, "context": context, "deployment": "d1", "why": "said so",
        "origins": list(origins),
    }  # fmt: skip


def look(
    step: str, context: str, applied: int = 1, *, deployment: str = "d1", origins: tuple[str, ...] = ("o",),
    body: bytes = b"",
) -> Entries:  # fmt: skip
    """Forge a look at the probe."""
    known = applied != NOTHING
    told = write_probe(context, known=known, origins=origins, applied=None if applied == UNTOLD else max(applied, 0))
    answer = Half(f"HTTP/1.1 {200 if known else 404} X", (), body or told)
    seen = Exchange(*_where(step), "probe", "out", f"{TOOL}/probe", Half("GET /probe HTTP/1.1"), answer)
    return [seen, event("probe", step, entry=None, context=context, deployment=deployment)]


def notice(
    step: str, outcome: str = "accept", row: str = "", *, status: int = 200, applied: int = 1, context: str = ""
) -> Entries:  # fmt: skip
    """Forge a notice about a context of its own, and a look at that."""
    name = context or f"c-{step}"
    return [*delivery(step, element(name, outcome, row), status=status), *look(step, name, applied)]


def fetch(channel: str, step: str) -> Exchange:
    """Forge a fetch by the tool from us."""
    half = Half("GET /keys HTTP/1.1")
    return Exchange(*_where(step), channel, "in", "https://platform.example/keys", half, Half("HTTP/1.1 200 OK"))


def hosted(*parts: Entries | AnyEntry, vector: str = "x", probe: bool = True, template: str = "") -> Hosted:
    """Build a record; looks are left out without a probe."""
    target = {
        "deployments": ["d1", "d2"], "redirect_urls": [f"{TOOL}/launch"], "welcome": "",
        "probe": template or f"{TOOL}/probe?context={{context}}&deployment={{deployment}}",
    }  # fmt: skip
    flat = [event("scenario", vector=vector, probe=probe, target=target)]
    flat += [entry for part in parts for entry in (part if isinstance(part, list) else [part])]  # type: ignore[misc]
    made: Entries = []
    for number, entry in enumerate(flat, start=1):
        one: AnyEntry = replace(entry, seq=number)
        if isinstance(one, Event) and one.name == "probe":
            one = replace(one, facts={**one.facts, "entry": number - 1})
        made.append(one)
    hidden = [] if probe else [one for one in made if getattr(one, "channel", "") == "probe" or _of_probe(one)]
    return Hosted.from_entries([one for one in made if one not in hidden])


def _of_probe(entry: AnyEntry) -> bool:
    return isinstance(entry, Event) and entry.name == "probe"


def between(
    *parts: Entries | AnyEntry, vector: str = "x", untold: int = NOTHING, before: int = 1, after: int = 1,
    probe: bool = True, template: str = "",
) -> Hosted:  # fmt: skip
    """Build a record of what came between two right notices."""
    return hosted(
        look("never", "nowhere", untold), notice("before", applied=before), *parts, notice("after", applied=after),
        vector=vector, probe=probe, template=template,
    )  # fmt: skip


def said(check: str, **records: Any) -> str:
    """Return what a check says: a finding's reason, the remarks of one that passes, or how else it ended."""
    outcome = judge(CHECKS[check], records)
    if outcome.status == FOUND and outcome.finding:
        return outcome.finding.reason
    if outcome.status == OK:
        return ", ".join((PASSES, *(f"{one.reason} {one.got}".strip() for one in outcome.remarks)))
    return outcome.status
