"""Forged records of the subject results-receiver: postbacks and looks at the probe, and what a check says of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from harness.evidence.entries import AnyEntry, Event, Exchange, Half
from harness.judging.judge import FOUND, OK, judge
from harness.judging.suite import load_suite
from harness.subjects.receiver_records import Reception, facts_of
from harness.wire.results_policy import BLANK, DEFAULT, Policy, State
from harness.wire.results_probe import write_probe
from suites.results_receiver.results import DONE

SUITE = load_suite("results-receiver")
CHECKS = {check.name: check for check in SUITE.checks}
PASSES = "passes"
LMS = "http://lms.example"


def _where(step: str) -> tuple[int, str, str, str, str]:
    return (0, "forged", "", step, "2030-01-01T00:00:00Z")


def event(name: str, *, step: str = "", **facts: Any) -> Event:
    """Forge an event."""
    return Event(*_where(step), name, facts)


def post(step: str, status: int = 200, state: State | None = DONE, *, error: str | None = None) -> list[AnyEntry]:
    """Forge a postback; a status of 0 is no answer."""
    answer = Half(f"HTTP/1.1 {status} X", (("Content-Type", "text/plain"),)) if status else None
    sent = Exchange(
        *_where(step), "postback", "out", f"{LMS}/postback", Half("POST /postback HTTP/1.1"), answer,
        error or (None if status else "timeout"),
    )  # fmt: skip
    return [*([event("carried", step=step, **facts_of(state))] if state else []), sent]


def look(step: str, state: State | None = DONE, applied: int | None = None, *, body: bytes = b"") -> Exchange:
    """Forge a look at the probe; None is a registration that is not known, ``body`` replaces the answer."""
    status = 404 if state is None and not body else 200
    told = body or (b"" if state is None else write_probe("r1", state, applied))
    request, answer = Half("GET /probe?regid=r1 HTTP/1.1"), Half(f"HTTP/1.1 {status} X", (), told)
    return Exchange(*_where(step), "probe", "out", f"{LMS}/probe?regid=r1", request, answer)


def stored(step: str, status: int = 200, state: State = DONE, shows: State | None = None) -> list[AnyEntry]:
    """Forge a postback and a look that shows it, or something else."""
    return [*post(step, status, state), look(step, shows or state)]


def reception(
    *entries: AnyEntry | list[AnyEntry], probe: bool = True, ways: tuple[str, ...] = ("form",),
    policy: Policy = DEFAULT, public_url: str = "https://lms.example/postback", credentials: bool = True,
) -> Reception:  # fmt: skip
    """Build a record; looks are left out without a probe."""
    facts: Mapping[str, Any] = {
        "probe": probe, "auth_types": list(ways), "policy": asdict(policy), "public_url": public_url,
        "credentials": credentials,
    }  # fmt: skip
    flat = [entry for item in entries for entry in (item if isinstance(item, list) else [item])]
    kept = [e for e in flat if probe or not (isinstance(e, Exchange) and e.channel == "probe")]
    begun = event("scenario", **facts)
    return Reception.from_entries([replace(entry, seq=number) for number, entry in enumerate((begun, *kept), 1)])


def said(check: str, **records: Any) -> str:
    """Return what a check says: a finding's reason, the remarks of one that passes, or how else it ended."""
    usual = {"posted": reception(look("before-form", BLANK), stored("form"))}
    outcome = judge(CHECKS[check], {**usual, **records})
    if outcome.status == FOUND and outcome.finding:
        return outcome.finding.reason
    if outcome.status == OK:
        return ", ".join((PASSES, *(remark.reason for remark in outcome.remarks)))
    return outcome.status
