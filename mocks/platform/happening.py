"""What happens in the platform and makes notices: copies of courses, submissions, contributions, a test.

Sources: D2L "Platform Notification Service with LTI 1.3" (any course copy process); Canvas API documentation.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from harness.wire.pns import CONTEXT_COPY, CONTRIBUTION, HELLO_WORLD, SUBMISSION
from harness.wire.pns_notices import write_time
from mocks.platform.domain import COURSES, DEPLOYMENTS, EVENTS, HANDLERS, NOTICES, REGISTRATIONS, Course, Event, Notice
from mocks.platform.ids import context_id

if TYPE_CHECKING:
    from mocks.platform.platform import Platform
    from mocks.state.store import Transaction

WAYS: Final = ("manual", "bulk", "api", "import")
STATUSES: Final = ("Draft", "Submitted", "Deleted", "Hidden")
DELIVERY: Final = "notices"


class HappeningError(Exception):
    """Something that cannot happen; the message names what there is not."""


@dataclass(frozen=True, slots=True)
class Copied:
    """A course that was copied: the destination, whence, and the events that tell of it."""

    course: Course
    origin: str
    event: Event


async def copy_course(
    platform: Platform, origin: str, *, to: str = "", title: str = "", label: str = "", description: str = "",
    way: str = "manual",
) -> Copied:  # fmt: skip
    """Copy a course, given by id or label, into a new one or into the existing ``to``; an empty origin is unknown.

    Raises `HappeningError`.
    """
    if way not in WAYS:
        raise HappeningError(f"way: expected one of {', '.join(WAYS)}, got {way!r}")
    async with platform.store.transaction() as tx:
        source = course_by(tx, origin, "from") if origin else None
        target = find_course(tx, to) if to else None
        if target is None:
            target = new_course(platform, tx, label=label or to, title=title)
        history = () if source is None else (source.id, *source.history)
        target = replace(
            target, title=title or target.title or (source.title if source else "A course"),
            label=label or target.label, description=description or target.description,
            history=(*history, *(old for old in target.history if old not in history)),
        )  # fmt: skip
        tx.put(COURSES, target.id, target)
        behaviour = platform.behaviour("", "copy")
        event = Event(
            platform.new_id("event"), CONTEXT_COPY, platform.now(""), target.id,
            {"origins": (source.id,) if source else (), "way": way},
        )  # fmt: skip
        if behaviour.notices_copies(way):
            happen(platform, tx, event, target)
    platform.tell("course-copied", {"from": source.id if source else "", "to": target.id, "way": way})
    await platform.outbox.kick()
    return Copied(target, source.id if source else "", event)


async def copy_many(platform: Platform, origin: str, count: int, *, way: str = "bulk") -> list[Copied]:
    """Copy a course into so many new ones in one go; their notices travel together as far as a handler takes them."""
    found = []
    async with platform.store.transaction() as tx:
        source = course_by(tx, origin, "from")
        behaviour = platform.behaviour("", "copy")
        events = []
        for number in range(count):
            made = new_course(platform, tx, label=f"{source.label}-{number + 1}", title=f"{source.title} {number + 1}")
            made = replace(made, history=(source.id, *source.history))
            tx.put(COURSES, made.id, made)
            event = Event(
                platform.new_id("event"), CONTEXT_COPY, platform.now(""), made.id, {"origins": (source.id,), "way": way}
            )
            events.append((event, made))
            found.append(Copied(made, source.id, event))
        if behaviour.notices_copies(way):
            happen_together(platform, tx, events)
    platform.tell("courses-copied", {"from": source.id, "count": count, "way": way})
    await platform.outbox.kick()
    return found


async def hello(platform: Platform, deployment: str = "", *, count: int = 1) -> list[Event]:
    """Send test notices to those that have subscribed to them, all or one deployment."""
    events = [
        Event(platform.new_id("event"), HELLO_WORLD, platform.now(""), "", {"only": deployment}) for _ in range(count)
    ]
    async with platform.store.transaction() as tx:
        happen_together(platform, tx, [(event, None) for event in events])
    await platform.outbox.kick()
    return events


async def submit(
    platform: Platform, course: str = "", *, user: str = "learner-1", activity: str = "activity-1", files: int = 1,
    submission: str = "", acting: str = "",
) -> Event:  # fmt: skip
    """Let a learner hand in files; with a ``submission`` that exists its notice is sent again, with the same files."""
    async with platform.store.transaction() as tx:
        where = course_by(tx, course, "course") if course else first_course(tx)
        former = tx.get("submissions", submission) if submission else None
        if submission and former is None:
            raise HappeningError(f"submission: no {submission!r}")
        name = submission or platform.new_id("submission")
        values = former or {
            "activity": activity, "submission": name, "user": user, "acting": "",
            "assets": tuple(asset(platform, number) for number in range(files)),
        }  # fmt: skip
        values = {**values, "acting": acting or values["user"]}
        tx.put("submissions", name, values)
        event = Event(platform.new_id("event"), SUBMISSION, platform.now(""), where.id, values)
        happen(platform, tx, event, where)
    await platform.outbox.kick()
    return event


async def contribute(
    platform: Platform, course: str = "", *, user: str = "learner-1", status: str = "Submitted", parent: str = "",
    files: int = 0, activity: str = "discussion-1",
) -> Event:  # fmt: skip
    """Let somebody write to a discussion (observed: Canvas)."""
    async with platform.store.transaction() as tx:
        where = course_by(tx, course, "course") if course else first_course(tx)
        at = write_time(platform.now(""))
        entry = {"id": platform.new_id("contribution"), "created": at, "updated": at, "status": status}
        values = {
            "activity": activity, "submission": "", "user": user, "acting": user,
            "assets": tuple(asset(platform, number) for number in range(files)),
            "contribution": {**entry, **({"parent": parent} if parent else {})},
        }  # fmt: skip
        event = Event(platform.new_id("event"), CONTRIBUTION, platform.now(""), where.id, values)
        happen(platform, tx, event, where)
    await platform.outbox.kick()
    return event


def asset(platform: Platform, number: int) -> dict[str, Any]:
    """Return one file that was handed in, with its checksums."""
    name = platform.new_id("asset")
    content = content_of(name)
    return {
        "asset_id": name, "size": len(content), "content_type": "text/plain", "filename": f"essay-{number + 1}.txt",
        "sha256_checksum": base64.b64encode(hashlib.sha256(content).digest()).decode(),
        "checksum": base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode(),
        "timestamp": write_time(platform.now("")),
    }  # fmt: skip


def content_of(asset_id: str) -> bytes:
    """Return what is in a file that was handed in."""
    return f"The essay {asset_id}.\n".encode()


def happen(platform: Platform, tx: Transaction, event: Event, course: Course | None) -> None:
    """Write an event, and owe a notice of it to every deployment that is told."""
    happen_together(platform, tx, [(event, course)])


def happen_together(platform: Platform, tx: Transaction, events: Sequence[tuple[Event, Course | None]]) -> None:
    """Write events that happen at once; notices for one handler are put together as far as it takes them."""
    for event, _ in events:
        tx.put(EVENTS, event.id, event)
    for deployment in tx.rows(DEPLOYMENTS):
        registration = tx.get(REGISTRATIONS, deployment.client_id)
        behaviour = platform.behaviour(deployment.client_id, "notice")
        handlers = {one.notice_type: one for one in tx.rows(f"{HANDLERS}/{deployment.id}")}
        by_handler: dict[str, list[tuple[Event, Course | None]]] = {}
        for event, course in events:
            only = event.values.get("only")
            if only and only != deployment.id:
                continue
            if behaviour.is_told(registration, deployment, event):
                for handler in behaviour.destinations(event.type, handlers):
                    by_handler.setdefault(handler.notice_type, []).append((event, course))
        for name, due in by_handler.items():
            at = 0
            for size in behaviour.batches(len(due), handlers[name].max_batch_size):
                batch = platform.new_id("batch")
                for event, course in due[at : at + size]:
                    told = behaviour.told(event, course, registration, deployment, platform.base)
                    key = platform.new_id("notice")
                    tx.put(f"{NOTICES}/{batch}", key, Notice(key, event.id, deployment.id, f"{name}/{batch}", told))
                at += size
                platform.outbox.owe(
                    tx, deployment.client_id, DELIVERY, f"{deployment.id} {name} {batch}", behaviour.first_delay()
                )


def new_course(platform: Platform, tx: Transaction, *, label: str = "", title: str = "") -> Course:
    """Make a course with an id of the profile's form."""
    number = tx.count(COURSES) + 1
    made = Course(
        context_id(str(platform.settings["context-id-form"]), number, platform.seed), label or f"COURSE-{number}",
        title or label or f"Course {number}",
    )  # fmt: skip
    tx.put(COURSES, made.id, made)
    return made


def find_course(tx: Transaction, name: str) -> Course | None:
    """Return a course by its id, else by its label."""
    found: Course | None = tx.get(COURSES, name)
    return found or next((course for course in tx.rows(COURSES) if course.label == name), None)


def course_by(tx: Transaction, name: str, field: str) -> Course:
    """Return a course by id or label; `HappeningError` names some that there are."""
    found = find_course(tx, name)
    if found is None:
        known = ", ".join(f"{course.label} ({course.id})" for course in tx.rows(COURSES)[:6])
        raise HappeningError(f"{field}: no course {name!r}; there are {known or 'none'}")
    return found


def first_course(tx: Transaction) -> Course:
    """Return the first course."""
    courses: Sequence[Course] = tx.rows(COURSES)
    if not courses:
        raise HappeningError("there is no course yet")
    return courses[0]
