"""The roles of LTI 1.3: the LIS vocabularies of LTI Core 1.3, A.2."""

from __future__ import annotations

from typing import Final

MEMBERSHIP: Final = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
PERSON: Final = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#"
SYSTEM: Final = "http://purl.imsglobal.org/vocab/lis/v2/system/person#"
TEST_USER: Final = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"
_SUB_ROLE = "http://purl.imsglobal.org/vocab/lis/v2/membership/"

_CORE_ROLES = ("Administrator", "ContentDeveloper", "Instructor", "Learner", "Mentor")
_OTHER_ROLES = ("Manager", "Member", "Officer")
_PERSON_ROLES = (
    "Administrator", "Faculty", "Guest", "None", "Other", "Staff", "Student",
    "Alumni", "Instructor", "Learner", "Member", "Mentor", "Observer", "ProspectiveStudent",
)  # fmt: skip
_SYSTEM_ROLES = ("Administrator", "None", "AccountAdmin", "Creator", "SysAdmin", "SysSupport", "User")

ROLE_INSTRUCTOR: Final = MEMBERSHIP + "Instructor"
ROLE_LEARNER: Final = MEMBERSHIP + "Learner"
ROLE_ADMINISTRATOR: Final = MEMBERSHIP + "Administrator"
ROLE_CONTENT_DEVELOPER: Final = MEMBERSHIP + "ContentDeveloper"
ROLE_MENTOR: Final = MEMBERSHIP + "Mentor"
KNOWN_ROLES: Final[frozenset[str]] = frozenset(
    [MEMBERSHIP + name for name in (*_CORE_ROLES, *_OTHER_ROLES)]
    + [PERSON + name for name in _PERSON_ROLES]
    + [SYSTEM + name for name in _SYSTEM_ROLES]
    + [TEST_USER]
)
"""The roles of LTI Core 1.3, A.2; sub-roles are told by `is_known_role`."""


def is_known_role(role: str) -> bool:
    """Whether a role is one of the LIS vocabularies, sub-roles included (LTI Core 1.3, A.2)."""
    if role in KNOWN_ROLES:
        return True
    of, hash_, name = role.removeprefix(_SUB_ROLE).partition("#")
    return role.startswith(_SUB_ROLE) and of in (*_CORE_ROLES, *_OTHER_ROLES) and bool(hash_ and name)
