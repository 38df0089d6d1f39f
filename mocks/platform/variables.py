"""Substitution variables: what stands in custom values for what a launch alone knows (LTI Core 1.3, Appendix B)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from harness.wire.lti import ROLE_MENTOR
from mocks.platform.domain import Course, Link, Person

SUPPORTED: Final = (
    "Context.id", "Context.id.history", "Context.label", "Context.title", "Membership.role", "Person.email.primary",
    "Person.name.family", "Person.name.full", "Person.name.given", "ResourceLink.id", "ResourceLink.title",
    "ToolPlatform.productFamilyCode", "ToolPlatformInstance.guid", "User.id", "User.scope.mentor",
)  # fmt: skip
"""The variables that this platform knows, without the dollar sign."""


def of_course(course: Course | None, *, names: bool) -> Mapping[str, str]:
    """Return the variables of a course; ``names`` says whether its label and title may be told."""
    if course is None:
        return {}
    told = {"Context.label": course.label, "Context.title": course.title} if names else {}
    return {"Context.id": course.id, "Context.id.history": ",".join(course.history), **told}


def of_person(person: Person, *, personal: bool) -> Mapping[str, str]:
    """Return the variables of who launches; ``personal`` says whether name and e-mail address may be told."""
    told = {
        "Person.name.full": person.name, "Person.name.given": person.given_name,
        "Person.name.family": person.family_name, "Person.email.primary": person.email,
    }  # fmt: skip
    mentored = {"User.scope.mentor": ",".join(person.mentors)} if ROLE_MENTOR in person.roles else {}
    return {"User.id": person.sub, "Membership.role": ",".join(person.roles), **mentored, **(told if personal else {})}


def of_link(link: Link) -> Mapping[str, str]:
    """Return the variables of a resource link."""
    return {"ResourceLink.id": link.id, **({"ResourceLink.title": link.title} if link.title else {})}


def resolved(value: str, known: Mapping[str, str]) -> str:
    """Return a custom value: what a variable stands for, or the text itself where no known variable is meant.

    A variable is a whole value that begins with a dollar sign, in this spelling exactly.
    """
    return known.get(value[1:], value) if value.startswith("$") else value
