"""Faults of a results receiver: wrong reasons and legitimate variants stand here, the others by their area."""

from __future__ import annotations

from collections.abc import Iterator

from harness.net.listener import Inbound, Reply
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


class ShowsNothing(Fault, ReceiverBehaviour):
    """Its probe is a page for people, so that nothing can be learned from it."""

    name = "lms.shows-nothing"
    kind = WRONG_REASON

    def probed(self, record: Record | None) -> Reply:
        return Reply(200, HTML, b"<!DOCTYPE html><title>Results</title>\n")


class KeepsQuietAboutUnknown(Fault, ReceiverBehaviour):
    """Answers 200 for a registration that it does not know, and stores nothing: no retries follow."""

    name = "lms.keeps-quiet-about-unknown"
    kind = VARIANT

    def refused(self, reason: str, submission: Submission) -> Reply:
        return Reply(200, TEXT, b"noted\n") if reason == UNKNOWN else super().refused(reason, submission)


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


class CountsNothing(Fault, ReceiverBehaviour):
    """Its probe does not count how often a result was applied."""

    name = "lms.counts-nothing"
    kind = VARIANT

    def probed(self, record: Record | None) -> Reply:
        return super().probed(None) if record is None else Reply(200, JSON, write_probe(record.regid, record.state))


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
