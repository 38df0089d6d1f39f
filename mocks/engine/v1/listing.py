"""Lists and details of registrations, and which of them a filter lets through ("Registration Service" V1)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from harness.wire.cloud_v1 import BAD_ARGUMENT, write_date
from harness.wire.cloud_v1_answer import Node
from mocks.engine.v1.call import Call, Failure, Nodes
from mocks.engine.v1.dates import read_date
from mocks.engine.v1.domain import Course, Instance, Registration
from mocks.engine.v1.filters import Filter


class Listing:
    """What lists and details tell; faults override single methods."""

    settings: Any

    def get_registration_list(self, call: Call) -> Nodes:
        """List the registrations that pass all filters; there are no pages (observed: LIB-*)."""
        listed = [self.registration_node(call, found) for found in self.listed_registrations(call)]
        return (Node("registrationlist", None, *listed),)

    def get_registration_list_results(self, call: Call) -> Nodes:
        """List registrations with the result of each (observed: LIB-JAVA, LIB-PHP, LIB-NODE-S)."""
        resultsformat = self.results_format(call)  # type: ignore[attr-defined]
        listed = []
        for found in self.listed_registrations(call):
            course = call.row("courses", found.course_id)
            shown = self.visible(found, call.now)  # type: ignore[attr-defined]
            report = self.report_node(self.report(shown, course), resultsformat)  # type: ignore[attr-defined]
            listed.append(self.registration_node(call, found, report=report))
        return (Node("registrationlist", None, *listed),)

    def get_registration_detail(self, call: Call) -> Nodes:
        """Tell of one registration, with its instances."""
        found: Registration = self.found(call, call.need("regid"))  # type: ignore[attr-defined]
        return (self.registration_node(call, found, found.instances),)

    # --- which --------------------------------------------------------------------------------------------------

    def listed_registrations(self, call: Call) -> list[Registration]:
        """Return the registrations that pass all filters, oldest first."""
        of_id, of_course = self.id_filter(call, "filter"), self.id_filter(call, "coursefilter")
        after, until = self.date_asked(call, "after"), self.date_asked(call, "until")
        return [
            found for found in call.rows("registrations")
            if (of_id is None or of_id.matches(found.id))
            and (of_course is None or of_course.matches(found.course_id))
            and self.is_of(found, call)
            and self.is_between(self.moment(found), after, until)
        ]  # fmt: skip

    def id_filter(self, call: Call, name: str) -> Filter | None:
        """Read a pattern that a whole id has to match (observed: LIB-PERL); one that is none fails with 205."""
        return Filter(call.get(name), name) if call.get(name) else None

    def is_of(self, registration: Registration, call: Call) -> bool:
        """Whether a registration is of the course and of the learner that the call names, if it does."""
        course, learner = call.get("courseid"), call.get("learnerid")
        return (not course or registration.course_id == course) and (not learner or registration.learner_id == learner)

    def date_asked(self, call: Call, name: str) -> datetime | None:
        """Read a date, in many spellings (observed: LIB-*); one that is none fails with 205 (assumed)."""
        text = call.get(name)
        if not text:
            return None
        found = self.read_date(text)
        if found is None:
            raise Failure(BAD_ARGUMENT, f"Parameter [{name}] is no date that can be read: [{text}]")
        return found

    def read_date(self, text: str) -> datetime | None:
        """Read a date; None when it cannot be read."""
        return read_date(text)

    def moment(self, registration: Registration) -> datetime:
        """Return when a registration last changed, in the milliseconds that dates are told in."""
        last = registration.updated or registration.created
        return last.replace(microsecond=last.microsecond // 1000 * 1000)

    def is_between(self, moment: datetime, after: datetime | None, until: datetime | None) -> bool:
        """Whether a change lies after one date, exclusive, and before another, inclusive (observed: LIB-PERL)."""
        return (after is None or moment > after) and (until is None or moment <= until)

    # --- what is told of one ------------------------------------------------------------------------------------

    def registration_node(
        self, call: Call, registration: Registration, instances: Sequence[Instance] = (), report: Node | None = None
    ) -> Node:
        """Write a registration; every element is there, empty without a value (observed: LIB-NET)."""
        course: Course | None = call.row("courses", registration.course_id)
        head = {"id": registration.id, "courseid": registration.course_id}
        texts = [_text(name, value) for name, value in self.facts(call, registration, course)]
        listed = Node("instances", None, *[self.instance_node(instance) for instance in instances])
        return Node("registration", head, *texts, listed, *([] if report is None else [report]))

    def facts(self, call: Call, registration: Registration, course: Course | None) -> list[tuple[str, object]]:
        """Return the elements of a registration that hold text, by name."""
        return [
            ("appId", call.app.id),
            ("registrationId", registration.id),
            ("courseId", registration.course_id),
            ("courseTitle", course.title if course else ""),
            ("lastCourseVersionLaunched", registration.latest.course_version),
            ("learnerId", registration.learner_id),
            ("learnerFirstName", registration.fname),
            ("learnerLastName", registration.lname),
            ("email", registration.email),
            ("createDate", write_date(registration.created)),
            ("firstAccessDate", write_date(registration.first_access)),
            ("lastAccessDate", write_date(registration.last_access)),
            ("completedDate", write_date(registration.completed)),
        ]

    def instance_node(self, instance: Instance) -> Node:
        """Write an instance."""
        return Node(
            "instance", None, _text("instanceId", instance.id), _text("courseVersion", instance.course_version),
            _text("updateDate", write_date(instance.updated)),
        )  # fmt: skip


def _text(name: str, value: object) -> Node:
    """Write text as the service does, in a CDATA section; there a carriage return would not survive."""
    return Node(name, text=value, cdata="\r" not in str(value))
