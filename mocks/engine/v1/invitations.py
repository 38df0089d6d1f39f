"""Invitations: made by a call, followed by learners; each registration gets a copy of the postback settings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from harness.wire.cloud_v1 import BAD_ARGUMENT, NO_ARGUMENT, read_ts
from harness.wire.cloud_v1_answer import Node, words
from mocks.engine.v1.call import Call, Failure, Nodes
from mocks.engine.v1.domain import Hook, Invitation
from mocks.engine.v1.registrations import tags_of

MOST = 10**9


def in_any_case(call: Call) -> Call:
    """Return the call with its parameter names in lower case (observed: LIB-PHP and LIB-PY send postbackUrl)."""
    return replace(call, params=tuple((name.lower(), value) for name, value in call.params))


def flag(call: Call, name: str, default: bool = False) -> bool:
    """Read a parameter that says true or false, in any case; another word fails with 205."""
    word = call.get(name).strip().lower()
    if word not in ("", "true", "false"):
        raise Failure(BAD_ARGUMENT, f"Parameter [{name}] has the invalid value [{call.get(name)}]")
    return default if not word else word == "true"


def check_limits(call: Call) -> None:
    """Refuse an expiry that is no date and caps that are no numbers with 205; neither is enforced (assumed)."""
    if call.get("expirationdate") and read_ts(call.get("expirationdate")) is None:
        raise Failure(BAD_ARGUMENT, "Parameter [expirationdate] is not of the form yyyyMMddHHmmss")
    for name in ("registrationcap", "registrationcount"):
        text = call.get(name)
        if text and not (text.isascii() and text.isdigit() and len(text) < 10):
            raise Failure(BAD_ARGUMENT, f"Parameter [{name}] has the invalid value [{text}]")


class Invitations:
    """What the invitation service does ("Invitation Service" V1); faults override single methods."""

    settings: Any

    def create_invitation(self, call: Call) -> Nodes:
        """Keep an invitation and answer its id as bare text (text); nothing is mailed."""
        asked = in_any_case(call)
        course = self.course_for(asked, asked.need("courseid"))  # type: ignore[attr-defined]
        if not asked.get("public"):
            raise Failure(NO_ARGUMENT, "Required parameter [public] is missing")
        check_limits(asked)
        hook: Hook | None = self.hook_of(asked, "postbackurl", "urlname", "urlpass")  # type: ignore[attr-defined]
        self.check_host(hook)  # type: ignore[attr-defined]
        invitation = Invitation(
            call.new_id("invitation"), course.id, call.now, flag(asked, "public"), asked.get("emailsubject"),
            asked.get("emailbody"), hook, addresses=tags_of(asked.get("addresses")), tags=tags_of(asked.get("tags")),
        )  # fmt: skip
        call.put("invitations", invitation.id, invitation)
        return (words(invitation.id),)

    def hook_of_invited(self, invitation: Invitation) -> Hook | None:
        """Return the postback settings of a registration that comes of an invitation: a copy (text)."""
        return invitation.hook

    def get_invitation_info(self, call: Call) -> Nodes:
        """Answer the shape of an invitation with the id that was asked for, and nothing more (LIB-NET)."""
        id = call.any_case("invitationId").strip()
        if not id:
            raise Failure(NO_ARGUMENT, "Required parameter [invitationId] is missing")
        flags = ("allowLaunch", "allowNewRegistrations", "public", "created")
        return (Node(
            "invitationInfo", None, Node("id", text=id),
            *(Node(name) for name in ("body", "courseId", "subject", "url")),
            *(Node(name, text="false") for name in flags),
            *(Node(name) for name in ("createdDate", "errors", "userInvitations")),
        ),)  # fmt: skip
