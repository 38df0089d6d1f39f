"""Faults of a results receiver in how it reads data: formats, wrappings, values, and what is hostile or large."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

from harness.net.listener import Inbound, Reply
from harness.wire.cloud_v1_results import ReadReport
from harness.wire.results_policy import BLANK, State, Success
from mocks.faults.base import LEFT_OUT, WRONG_VALUE, Fault
from mocks.lms.behaviour import TEXT, TOO_LARGE, UNREADABLE, ReceiverBehaviour, Submission

BUFFER = 1 << 20
KNOWN = frozenset(("complete", "success", "totaltime", "score"))
_ENTITY = re.compile(r"<!ENTITY\s+(\w+)\s+[\"']([^\"']*)[\"']\s*>")
_EXTERNAL = re.compile(r"<!ENTITY\s+%?\s*\w+\s+SYSTEM\s+[\"'](https?://[^\"'\s]+)[\"']")
_DOCTYPE = re.compile(r"<!DOCTYPE[^\[>]*(\[.*?\])?\s*>", re.DOTALL)


def _text(data: bytes | str) -> str:
    return data if isinstance(data, str) else data.decode("utf-8", "replace")


class CourseOnly(Fault, ReceiverBehaviour):
    """Refuses the formats activity and full."""

    name = "lms.course-only"
    kind = LEFT_OUT
    breaks = {"CLOUD-RECV-06": "format-refused"}

    def parse(self, data: bytes | str) -> ReadReport:
        report = super().parse(data)
        return report if report.format == "course" or report.refused else ReadReport(refused="no-report")


class FallsOverFull(Fault, ReceiverBehaviour):
    """Fails on the format full, for it looks for an element that only course has."""

    name = "lms.falls-over-full"
    kind = WRONG_VALUE
    breaks = {"CLOUD-RECV-06": "server-error"}

    def parse(self, data: bytes | str) -> ReadReport:
        report = super().parse(data)
        return report if report.format != "full" else ReadReport(refused="full")

    def refused(self, reason: str, submission: Submission) -> Reply:
        data = submission.data
        fell = reason == UNREADABLE and data is not None and super().parse(data).format == "full"
        return Reply(500, TEXT, b"internal error\n") if fell else super().refused(reason, submission)


class KnownFieldsOnly(Fault, ReceiverBehaviour):
    """Validates data against a list of what may be in them; anything more and all of it is dropped, unsaid."""

    name = "lms.known-fields-only"
    kind = LEFT_OUT
    breaks = {"CLOUD-RECV-06": "not-stored"}

    def state_of(self, report: ReadReport) -> State:
        found = () if report.element is None else tuple(str(child.tag) for child in report.element)
        return super().state_of(report) if KNOWN.issuperset(found) else BLANK


class WaitsForReturn(Fault, ReceiverBehaviour):
    """Records a result when the learner comes back, and most do not: what is posted is only acknowledged."""

    name = "lms.waits-for-return"
    kind = LEFT_OUT
    breaks = {"CLOUD-RECV-06": "not-stored"}

    def is_repetition(self, submission: Submission) -> bool:
        return True


class UnknownIsZero(Fault, ReceiverBehaviour):
    """Stores a score that is not known as 0."""

    name = "lms.unknown-is-zero"
    kind = WRONG_VALUE
    breaks = {"CLOUD-RECV-06": "wrong-score"}

    def score(self, report: ReadReport) -> Decimal | None:
        return report.points or Decimal(0)


class CutsScore(Fault, ReceiverBehaviour):
    """Stores scores as whole numbers, cut."""

    name = "lms.cuts-score"
    kind = WRONG_VALUE
    breaks = {"CLOUD-RECV-06": "wrong-score"}

    def score(self, report: ReadReport) -> Decimal | None:
        return None if report.points is None else Decimal(int(report.points))


class CompleteIsPassed(Fault, ReceiverBehaviour):
    """Takes everybody who has completed for one who has passed."""

    name = "lms.complete-is-passed"
    kind = WRONG_VALUE
    breaks = {"CLOUD-RECV-06": "wrong-success"}

    def success(self, report: ReadReport) -> Success:
        return "passed" if report.complete == "complete" else super().success(report)


class CountsMinutes(Fault, ReceiverBehaviour):
    """Takes the time for minutes."""

    name = "lms.counts-minutes"
    kind = WRONG_VALUE
    breaks = {"CLOUD-RECV-06": "wrong-totaltime"}

    def totaltime(self, report: ReadReport) -> int:
        return super().totaltime(report) * 60


class BareOnly(Fault, ReceiverBehaviour):
    """Refuses a report that is wrapped in rsp."""

    name = "lms.bare-only"
    kind = LEFT_OUT
    breaks = {"CLOUD-RECV-07": "wrapped-refused"}

    def parse(self, data: bytes | str) -> ReadReport:
        report = super().parse(data)
        return ReadReport(refused="no-report") if report.wrapped else report


class WrappedIsEmpty(Fault, ReceiverBehaviour):
    """Looks for the values at the root, so that a wrapped report says nothing to it."""

    name = "lms.wrapped-is-empty"
    kind = WRONG_VALUE
    breaks = {"CLOUD-RECV-07": "wrapped-not-stored"}

    def state_of(self, report: ReadReport) -> State:
        return BLANK if report.wrapped else super().state_of(report)


class NoDeclaration(Fault, ReceiverBehaviour):
    """Refuses data that begin with an XML declaration."""

    name = "lms.no-declaration"
    kind = WRONG_VALUE
    breaks = {"CLOUD-RECV-07": "declaration-refused"}

    def parse(self, data: bytes | str) -> ReadReport:
        declared = _text(data).lstrip().startswith("<?xml")
        return ReadReport(refused="not-xml") if declared else super().parse(data)


class ExpandsEntities(Fault, ReceiverBehaviour):
    """Takes a document type declaration and expands the entities that it declares."""

    name = "lms.expands-entities"
    kind = WRONG_VALUE
    breaks = {"CLOUD-RECV-14": "entity-expanded"}

    def parse(self, data: bytes | str) -> ReadReport:
        text = _text(data)
        declared = _ENTITY.findall(text)[:10]
        text = _DOCTYPE.sub("", text, count=1)
        for name, value in declared:
            text = text.replace(f"&{name};", value)
        return super().parse(text)


class LoadsEntities(Fault, ReceiverBehaviour):
    """Loads the external entities that data declare, before it refuses them."""

    name = "lms.loads-entities"
    kind = LEFT_OUT
    breaks = {"CLOUD-RECV-14": "entity-loaded"}

    def loads(self, data: bytes | str) -> tuple[str, ...]:
        return tuple(_EXTERNAL.findall(_text(data)[:10000])[:3])


class FallsOverDoctype(Fault, ReceiverBehaviour):
    """Answers 500 to a document type declaration."""

    name = "lms.falls-over-doctype"
    kind = WRONG_VALUE
    breaks = {"CLOUD-RECV-14": "server-error"}

    def refused(self, reason: str, submission: Submission) -> Reply:
        declared = submission.data is not None and "<!DOCTYPE" in _text(submission.data)[:1000]
        fell = reason == UNREADABLE and declared
        return Reply(500, TEXT, b"internal error\n") if fell else super().refused(reason, submission)


class SmallBuffer(Fault, ReceiverBehaviour):
    """Refuses what is larger than 1 MiB."""

    name = "lms.small-buffer"
    kind = LEFT_OUT
    breaks = {"CLOUD-RECV-14": "large-refused"}

    def refuses_shape(self, inbound: Inbound) -> str:
        return TOO_LARGE if len(inbound.body) > BUFFER else super().refuses_shape(inbound)


class DropsLarge(Fault, ReceiverBehaviour):
    """Acknowledges what is larger than 1 MiB and stores nothing of it."""

    name = "lms.drops-large"
    kind = WRONG_VALUE
    breaks = {"CLOUD-RECV-14": "large-not-stored"}

    def read(self, inbound: Inbound) -> Submission:
        submission = super().read(inbound)
        vars(self)["large"] = len(inbound.body) > BUFFER
        return submission

    def state_of(self, report: ReadReport) -> State:
        return replace(BLANK) if vars(self).get("large") else super().state_of(report)
