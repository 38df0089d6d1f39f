"""Faults of a V1 server that show only when many calls are tried: odd ids, odd forms, long histories."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import datetime

from harness.net.listener import Inbound, Reply
from harness.wire.binding import FORM, Decoded, Pairs, decode_form
from mocks.engine.v1.behaviour import CloudBehaviour
from mocks.engine.v1.call import Call, Failure, Nodes
from mocks.engine.v1.domain import Course, Hook, Registration
from mocks.faults.base import LEFT_OUT, WRONG_VALUE, Fault

COLUMN = 100
PLACES = 12
TRACE = "Traceback (most recent call last): File calls.py, line 40, in dispatch"


class _Renaming(CloudBehaviour):
    """Takes ids for what `known_as` makes of them, in every method of registrations."""

    def known_as(self, name: str) -> str:
        """Return what an id becomes."""
        return name

    def _renamed(self, call: Call) -> Call:
        ids = ("regid", "learnerid")
        return replace(call, params=tuple((n, self.known_as(v) if n in ids else v) for n, v in call.params))

    def create_registration(self, call: Call) -> Nodes:
        return super().create_registration(self._renamed(call))

    def registration_exists(self, call: Call) -> Nodes:
        return super().registration_exists(self._renamed(call))

    def found(self, call: Call, regid: str) -> Registration:
        return super().found(call, self.known_as(regid))


class IdsTrimmed(Fault, _Renaming):
    """Blanks at the ends of ids are cut off."""

    name = "v1.ids-trimmed"
    kind = WRONG_VALUE
    breaks = {"CLOUD-REG-06": "changed-id"}

    def known_as(self, name: str) -> str:
        return name.strip()


class IdsComposed(Fault, _Renaming):
    """Ids are brought into normal form C."""

    name = "v1.ids-composed"
    kind = WRONG_VALUE
    breaks = {"CLOUD-REG-06": "changed-id"}

    def known_as(self, name: str) -> str:
        return unicodedata.normalize("NFC", name)


class IdsCut(Fault, _Renaming):
    """Ids are cut at a hundred characters."""

    name = "v1.ids-cut"
    kind = LEFT_OUT
    breaks = {"CLOUD-REG-06": "changed-id"}

    def known_as(self, name: str) -> str:
        return name[:COLUMN]


class IdsUnescaped(Fault, _Renaming):
    """Ids are percent-decoded once more than they were encoded."""

    name = "v1.ids-unescaped"
    kind = WRONG_VALUE
    breaks = {"CLOUD-REG-06": "changed-id"}

    def known_as(self, name: str) -> str:
        return name.replace("%20", " ").replace("%2B", "+")


class IdsFolded(Fault, CloudBehaviour):
    """Registrations are looked up without regard to case; what is told of them stays as it was given."""

    name = "v1.ids-folded"
    kind = LEFT_OUT
    breaks = {"CLOUD-REG-06": "taken-for-one"}

    def _folded(self, call: Call, regid: str) -> str:
        ids = [found.id for found in call.rows("registrations")]
        return regid if regid in ids else next((known for known in ids if known.lower() == regid.lower()), regid)

    def registration_exists(self, call: Call) -> Nodes:
        given = call.get("regid")
        params = tuple((n, self._folded(call, given) if n == "regid" else v) for n, v in call.params)
        return super().registration_exists(replace(call, params=params))

    def is_taken(self, call: Call, regid: str) -> bool:
        return super().is_taken(call, self._folded(call, regid))


class NoDirectionMarks(Fault, CloudBehaviour):
    """Marks of direction are taken out of names."""

    name = "v1.no-direction-marks"
    kind = LEFT_OUT
    breaks = {"CLOUD-ENV-05": "changed-name"}

    def new_registration(self, call: Call, course: Course, regid: str, learner: str, hook: Hook | None) -> Registration:
        made = super().new_registration(call, course, regid, learner, hook)
        return replace(made, fname=made.fname.replace("\u200f", ""), lname=made.lname.replace("\u200f", ""))


class PlusInBodies(Fault, CloudBehaviour):
    """A plus sign is a space in a query, but stays a plus sign in a form body."""

    name = "v1.plus-in-bodies"
    kind = WRONG_VALUE
    breaks = {"CLOUD-AUTH-05": "refused"}

    def parameters(self, inbound: Inbound) -> Pairs:
        if FORM not in inbound.header("Content-Type"):
            return super().parameters(inbound)
        body: Decoded = decode_form(inbound.body.replace(b"+", b"%2B"))
        return decode_form(inbound.query).pairs + body.pairs


class TwelvePlaces(Fault, CloudBehaviour):
    """No more than twelve parameters count for a signature."""

    name = "v1.twelve-places"
    kind = LEFT_OUT
    breaks = {"CLOUD-EP-10": "refused"}

    def canonical(self, params: Pairs) -> str:
        names = sorted(dict(params), key=str.lower)[:PLACES]
        return super().canonical(tuple(pair for pair in params if pair[0] in names))


class HalfSignature(Fault, CloudBehaviour):
    """Only the second half of a signature is compared."""

    name = "v1.half-signature"
    kind = LEFT_OUT
    breaks = {"CLOUD-AUTH-11": "accepted"}

    def same_signature(self, sent: str, expected: str) -> bool:
        return super().same_signature(sent[16:], expected[16:])


class TagsOfNothing(Fault, CloudBehaviour):
    """Tags of a course that is not named are those of a course that is not found."""

    name = "v1.tags-of-nothing"
    kind = WRONG_VALUE
    breaks = {"CLOUD-ENV-09": "wrong-code"}

    def get_course_tags(self, call: Call) -> Nodes:
        if not call.get("courseid"):
            raise Failure(1)
        return super().get_course_tags(call)


class LongLearners(Fault, CloudBehaviour):
    """The length of learner ids is not looked at."""

    name = "v1.long-learners"
    kind = LEFT_OUT
    breaks = {"CLOUD-REG-07": "accepted"}

    def check_id(self, name: str, value: str) -> None:
        if name != "learnerid":
            super().check_id(name, value)


class AnyAuthtype(Fault, CloudBehaviour):
    """Any word will do as authtype."""

    name = "v1.any-authtype"
    kind = LEFT_OUT
    breaks = {"CLOUD-ENV-10": "accepted"}

    def hook_of(self, call: Call, url: str, name: str, password: str) -> Hook | None:
        params = tuple(pair for pair in call.params if pair[0] != "authtype")
        return super().hook_of(replace(call, params=params), url, name, password)


class FallsOverOddBytes(Fault, CloudBehaviour):
    """What is no text in UTF-8, and control characters, end with an internal error."""

    name = "v1.falls-over-odd-bytes"
    kind = WRONG_VALUE
    breaks = {"CLOUD-ENV-06": "server-error"}

    def refuses_verb(self, inbound: Inbound) -> Reply | None:
        if b"\x00" in inbound.body or b"%00" in inbound.query or b"\xff" in inbound.body:
            return Reply(500, (("Content-Type", "text/html"),), b"<html><title>500</title></html>")
        return super().refuses_verb(inbound)


class ShowsItsTrace(Fault, CloudBehaviour):
    """A long message cannot be taken, and its failure shows the trace of the program."""

    name = "v1.shows-its-trace"
    kind = WRONG_VALUE
    breaks = {"CLOUD-ENV-06": "traceback"}

    def refuses_verb(self, inbound: Inbound) -> Reply | None:
        if len(inbound.body) + len(inbound.query) > 2_000:
            return Reply(200, (("Content-Type", "text/xml"),), self.write_failure(100, TRACE).encode())
        return super().refuses_verb(inbound)


class EmptyWhenLong(Fault, CloudBehaviour):
    """A long message is met with an empty body."""

    name = "v1.empty-when-long"
    kind = LEFT_OUT
    breaks = {"CLOUD-ENV-06": "no-rsp"}

    def refuses_verb(self, inbound: Inbound) -> Reply | None:
        if len(inbound.body) + len(inbound.query) > 2_000:
            return Reply(200, (("Content-Type", "text/xml"),), b"")
        return super().refuses_verb(inbound)


class TenOnAPage(Fault, CloudBehaviour):
    """A list ends after ten registrations."""

    name = "v1.ten-on-a-page"
    kind = LEFT_OUT
    breaks = {"CLOUD-REG-16": "not-listed"}

    def listed_registrations(self, call: Call) -> list[Registration]:
        return super().listed_registrations(call)[:10]


class ResetFreesTheId(Fault, CloudBehaviour):
    """After a reset the id of a registration may be created again."""

    name = "v1.reset-frees-the-id"
    kind = LEFT_OUT
    breaks = {"CLOUD-REG-03": "created-again"}

    def is_taken(self, call: Call, regid: str) -> bool:
        known: Registration | None = call.row("registrations", regid)
        was_reset = known is not None and known.updated != known.created and not known.launches
        return not was_reset and super().is_taken(call, regid)


class ResetForgetsTheLearner(Fault, CloudBehaviour):
    """A reset takes the learner's name away with the result."""

    name = "v1.reset-forgets-the-learner"
    kind = WRONG_VALUE
    breaks = {"CLOUD-REG-19": "other-learner"}

    def cleared(self, registration: Registration, now: datetime) -> Registration:
        return replace(super().cleared(registration, now), fname="", lname="")


class DeletedForGood(Fault, CloudBehaviour):
    """An id that was deleted can never be created again."""

    name = "v1.deleted-for-good"
    kind = WRONG_VALUE
    breaks = {"CLOUD-REG-20": "still-taken"}

    def is_taken(self, call: Call, regid: str) -> bool:
        return call.row("deleted", regid) is not None or super().is_taken(call, regid)


class SecondDeletionFails(Fault, CloudBehaviour):
    """A registration whose id was in use before is not removed when it is deleted, though the answer says so."""

    name = "v1.second-deletion-fails"
    kind = LEFT_OUT
    breaks = {"CLOUD-REG-20": "still-listed"}

    def remove_registration(self, call: Call, registration: Registration) -> None:
        if not registration.serial:
            super().remove_registration(call, registration)
