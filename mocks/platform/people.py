"""Who and what is there at first: an instructor, a learner, an administrator, a few courses."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.wire.lti import PERSON, ROLE_ADMINISTRATOR, ROLE_INSTRUCTOR, ROLE_LEARNER, ROLE_MENTOR
from mocks.platform.domain import COURSES, PEOPLE, Course, Person
from mocks.platform.happening import new_course
from mocks.platform.ids import person_id

if TYPE_CHECKING:
    from mocks.platform.platform import Platform
    from mocks.state.store import Transaction

_PEOPLE = (
    ("instructor", "Ada", "Byron", (ROLE_INSTRUCTOR, PERSON + "Instructor")),
    ("learner", "Charles", "Wheatstone", (ROLE_LEARNER, PERSON + "Student")),
    ("administrator", "Mary", "Somerville", (ROLE_ADMINISTRATOR, PERSON + "Administrator")),
    ("mentor", "William", "Frend", (ROLE_MENTOR,)),
)
"""By role: a name, and the roles of launches."""

_COURSES = (("BIO-101", "Biology 101", "Cells and what they do"), ("CHEM-201", "Chemistry 201", ""))
PARTS = tuple(part for part, *_ in _PEOPLE)


def person_of(platform: Platform, part: str) -> str:
    """Return the id of the person who plays a part (instructor, learner, administrator, mentor)."""
    return person_id(str(platform.settings["user-id-form"]), PARTS.index(part) + 1, platform.seed)


def populate(platform: Platform, tx: Transaction) -> list[Course]:
    """Write people and courses, unless there are some; return the courses."""
    for part, given, family, roles in _PEOPLE:
        sub = person_of(platform, part)
        email = f"{given}.{family}@example.com".lower()
        if tx.get(PEOPLE, sub) is None:
            mentors = (person_of(platform, "learner"),) if ROLE_MENTOR in roles else ()
            tx.put(PEOPLE, sub, Person(sub, given, family, email, roles, mentors))
    if not tx.count(COURSES):
        for label, title, description in _COURSES:
            made = replace(new_course(platform, tx, label=label, title=title), description=description)
            tx.put(COURSES, made.id, made)
    return list(tx.rows(COURSES))
