"""Rules of notices that several checks share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from harness.judging.expect import control, expect, untestable
from harness.subjects.lti_platform_records import Told, Tooled
from harness.wire.json_text import as_object
from suites.lti_platform.provoking import KINDS, PROVOKED

LEEWAY = timedelta(minutes=5)
"""By so much clocks may differ before anybody is accused."""


def noticed(record: Tooled) -> tuple[Told, ...]:
    """Return all notices that came to our handlers and can be read; nothing can be said when there are none."""
    readable = tuple(one for one, _ in by_handler(record))
    control(readable, "a notice comes that can be read")
    return readable


def by_handler(record: Tooled) -> Iterator[tuple[Told, str]]:
    """Yield the notices that came to handlers of one type each, with that type."""
    for kind in KINDS:
        for one in record.told_to(kind.name):
            if one.token.claims:
                yield one, kind.type


def expect_text(value: object, reason: str, what: str, at: str) -> None:
    """Expect a text that says something."""
    expect(isinstance(value, str) and value, reason, expected=f"{what}, a string", got=value, at=at)


def seconds(value: object) -> float | None:
    """Return a NumericDate; None for what is no JSON number (RFC 7519, 2)."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value)


def arrival(told: Told) -> datetime:
    """Return when a notice came, by our clock."""
    found = datetime.fromisoformat(told.exchange.at)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def arrived_at(record: Tooled, step: str) -> datetime | None:
    """Return when notices had come to a handler, by the clock of the run as far as it was moved."""
    event = record.event("came", step)
    return datetime.fromtimestamp(float(event.facts["now"]), UTC) if event else None


def provoked_at(record: Tooled, step: str) -> datetime | None:
    """Return when something was provoked, by the clock of the run as far as it was moved."""
    event = record.event(PROVOKED, step)
    return datetime.fromtimestamp(float(event.facts["now"]), UTC) if event else None


def told_of(record: Tooled, step: str) -> Mapping[str, Any]:
    """Return what a stimulus told as JSON."""
    found = record.stimulus(step).get("told")
    return found if isinstance(found, Mapping) else {}


def copy_notice(record: Tooled) -> Told:
    """Return the notice of the copy that we let make; others may tell of other courses.

    It is known by what the stimulus told, by the name that we gave the course, or by the context of the launch from it.
    One that came alone, to who was told what was made, is it as well.
    """
    came = [one for one in record.told_to("copied") if one.token.claims]
    control(came, "a context copy notice comes that can be read")
    said, event = told_of(record, "provoke-copied"), record.event(PROVOKED, "provoke-copied")
    given = {**(event.facts if event else {}), **said}
    names = {str(given[name]) for name in ("title", "label", "destination") if given.get(name)}
    launch = record.launched("from-copy")
    names |= {launch.launch.context_id} if launch and launch.launch.context_id else set()

    def is_ours(one: Told) -> bool:
        context = one.notice.context or {}
        return bool(names & {str(context.get(name)) for name in ("title", "label", "id")})

    ours = next((one for one in came if is_ours(one)), None)
    if ours is None and (len(came) > 1 or not said):
        untestable("which notice is that of our copy: stimulus.copy tells its destination, title or label")
    return ours or came[0]


def course_of(record: Tooled, step: str, what: str) -> str:
    """Return the context id of a launch."""
    found = record.launched(step)
    if found is None or found.launch.context_id is None:
        untestable(f"a launch from {what} tells its context id")
    return found.launch.context_id


def part(claims: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return a claim that is an object; empty for anything else."""
    return as_object(claims.get(name)) or {}
