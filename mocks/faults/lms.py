"""Faults of a results receiver: wrong reasons and legitimate variants stand here, the others by their area."""

from __future__ import annotations

from collections.abc import Iterator

from harness.net.listener import Inbound, Reply
from harness.wire.binding import Decoded
from harness.wire.results_policy import Policy
from harness.wire.results_probe import write_probe
from mocks.faults.base import VARIANT, WRONG_REASON, Fault, gathered
from mocks.lms.behaviour import (
    CREDENTIALS,
    CUT_SHORT,
    DOWN,
    MEDIA,
    NO_DATA,
    TEXT,
    TOO_LARGE,
    UNKNOWN,
    UNREADABLE,
    ReceiverBehaviour,
    Record,
    Submission,
)

AREAS = ("lms_answers", "lms_credentials", "lms_reading", "lms_state")
JSON = (("Content-Type", "application/json"),)
HTML = (("Content-Type", "text/html; charset=utf-8"),)


class Deaf(Fault, ReceiverBehaviour):
    """Answers 503 to every postback."""

    name = "lms.deaf"
    kind = WRONG_REASON

    def intercept(self, inbound: Inbound) -> Reply | None:
        return Reply(503, TEXT, b"maintenance\n")


class RefusesAll(Fault, ReceiverBehaviour):
    """Refuses every postback by 403, whatever it is."""

    name = "lms.refuses-all"
    kind = WRONG_REASON

    def intercept(self, inbound: Inbound) -> Reply | None:
        return Reply(403, TEXT, b"no\n")


class FallsOver(Fault, ReceiverBehaviour):
    """Answers 500 to every postback."""

    name = "lms.falls-over"
    kind = WRONG_REASON

    def intercept(self, inbound: Inbound) -> Reply | None:
        return Reply(500, TEXT, b"internal error\n")


class ShowsNothing(Fault, ReceiverBehaviour):
    """Its probe is a page for people, so that nothing can be learned from it."""

    name = "lms.shows-nothing"
    kind = WRONG_REASON

    def probed(self, record: Record | None) -> Reply:
        return Reply(200, HTML, b"<!DOCTYPE html><title>Results</title>\n")


class RefusesUnknown(Fault, ReceiverBehaviour):
    """Answers 404 for a registration that it does not know, and is sent the same again up to 70 times."""

    name = "lms.refuses-unknown"
    kind = VARIANT
    statuses = {**ReceiverBehaviour.statuses, UNKNOWN: 404}


class Conflicts(Fault, ReceiverBehaviour):
    """Answers 409 for a registration that it does not know, and 400 for data that it cannot read."""

    name = "lms.conflicts"
    kind = VARIANT
    statuses = {**ReceiverBehaviour.statuses, UNKNOWN: 409, UNREADABLE: 400}


class UnprocessableUnknown(Fault, ReceiverBehaviour):
    """Answers 422 for a registration that it does not know and for data that it cannot read alike."""

    name = "lms.unprocessable-unknown"
    kind = VARIANT
    statuses = {**ReceiverBehaviour.statuses, UNKNOWN: 422}


class AnswersCreated(Fault, ReceiverBehaviour):
    """Answers 201, as frameworks do for a POST that stores something."""

    name = "lms.answers-created"
    kind = VARIANT

    def stored(self, record: Record) -> Reply:
        return Reply(201, TEXT, b"stored\n")


class WorksLater(Fault, ReceiverBehaviour):
    """Answers 200 at once and stores the result afterwards."""

    name = "lms.works-later"
    kind = VARIANT

    def works_later(self) -> bool:
        return True


class NtiStored(Fault, ReceiverBehaviour):
    """Answers 204 when a result is stored, as a production receiver does."""

    name = "lms.nti-stored"
    kind = VARIANT

    def stored(self, record: Record) -> Reply:
        return Reply(204)


class BadRequests(Fault, ReceiverBehaviour):
    """Refuses whatever is wrong by 400."""

    name = "lms.bad-requests"
    kind = VARIANT

    def refused(self, reason: str, submission: Submission) -> Reply:
        return super().refused(reason, submission) if reason == DOWN else Reply(400, TEXT, b"bad request\n")


class NtiStatuses(Fault, ReceiverBehaviour):
    """Refuses as a production receiver does: 400 for what is missing, 403 for credentials, 422 for bad XML."""

    name = "lms.nti-statuses"
    kind = VARIANT
    statuses = {
        MEDIA: 400, TOO_LARGE: 400, CUT_SHORT: 400, NO_DATA: 400, CREDENTIALS: 403, UNREADABLE: 422, UNKNOWN: 400,
        DOWN: 503,
    }  # fmt: skip


class AnswersInJson(Fault, ReceiverBehaviour):
    """Answers 200 with a JSON object about what is stored now."""

    name = "lms.answers-in-json"
    kind = VARIANT

    def stored(self, record: Record) -> Reply:
        return Reply(200, JSON, write_probe(record.regid, record.state))


class AnswersInHtml(Fault, ReceiverBehaviour):
    """Answers 200 with a page, and sets a cookie that it never asks for."""

    name = "lms.answers-in-html"
    kind = VARIANT

    def stored(self, record: Record) -> Reply:
        return Reply(200, (*HTML, ("Set-Cookie", "visit=1; Path=/; HttpOnly")), b"<!DOCTYPE html><title>OK</title>\n")


class FormOnly(Fault, ReceiverBehaviour):
    """Takes forms alone, and its owner says so."""

    name = "lms.form-only"
    kind = VARIANT
    auth_types = ("form",)

    def read_xml(self, inbound: Inbound) -> Submission:
        return Submission()


class BasicOnly(Fault, ReceiverBehaviour):
    """Takes bodies of XML with a Basic header alone, and its owner says so."""

    name = "lms.basic-only"
    kind = VARIANT
    auth_types = ("httpbasic",)

    def read_form(self, form: Decoded) -> Submission:
        return Submission()


class AsksNobody(Fault, ReceiverBehaviour):
    """Has no credentials configured, and so asks for none."""

    name = "lms.asks-nobody"
    kind = VARIANT
    asks_credentials = False


class HasNoProbe(Fault, ReceiverBehaviour):
    """Lets nobody see what it stores."""

    name = "lms.has-no-probe"
    kind = VARIANT
    has_probe = False


class CountsNothing(Fault, ReceiverBehaviour):
    """Its probe does not count how often a result was applied."""

    name = "lms.counts-nothing"
    kind = VARIANT

    def probed(self, record: Record | None) -> Reply:
        return super().probed(None) if record is None else Reply(200, JSON, write_probe(record.regid, record.state))


class LastWinsDeclared(Fault, ReceiverBehaviour):
    """Stores what came last, whatever it is, and its owner says so."""

    name = "lms.last-wins-declared"
    kind = VARIANT
    declared = policy = Policy(
        keep_complete=False, passed_to_failed=True, score="latest", totaltime="latest", unknown="replaces"
    )


class LatestScoreDeclared(Fault, ReceiverBehaviour):
    """Keeps the score and the time that came last, and its owner says so."""

    name = "lms.latest-score-declared"
    kind = VARIANT
    declared = policy = Policy(score="latest", totaltime="latest")


class PassCanBeLostDeclared(Fault, ReceiverBehaviour):
    """Lets a later failure undo a pass, and its owner says so."""

    name = "lms.pass-can-be-lost-declared"
    kind = VARIANT
    declared = policy = Policy(passed_to_failed=True)


def faults() -> Iterator[type[Fault]]:
    """Yield all faults of a results receiver, from this module and those of the areas."""
    return gathered(__name__, *(f"mocks.faults.{area}" for area in AREAS))
