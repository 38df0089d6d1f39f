"""What is told of a registration's result: the same data in an answer and in a postback ("LMS Integration" V1)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from harness.wire.cloud_v1 import BAD_FORMAT
from harness.wire.cloud_v1_answer import DECLARATION, Node
from harness.wire.cloud_v1_results import FORMATS, Report, report_for, write_report
from mocks.engine.v1.call import Call, Failure, Nodes
from mocks.engine.v1.domain import Course, Registration


class Results:
    """How results are told; faults override single methods."""

    settings: Any

    def get_registration_result(self, call: Call) -> Nodes:
        """Tell the result of a registration; 1 when there is none of that id."""
        registration = self.found(call, call.need("regid"))  # type: ignore[attr-defined]
        self.check_data_format(call)
        resultsformat = self.asked_format(call)
        instance = self.instance_of(call, registration)  # type: ignore[attr-defined]
        if instance is not None:
            registration = replace(registration, instances=(instance,))
        shown = self.visible(registration, call.now)
        return (self.report_node(self.report(shown, call.row("courses", shown.course_id)), resultsformat),)

    def asked_format(self, call: Call) -> str:
        """Return the results format that is asked for; ``format`` may name it (observed: LIB-RUBY)."""
        if not call.get("resultsformat") and call.get("format") in FORMATS:
            return call.get("format")
        return self.results_format(call)  # type: ignore[attr-defined, no-any-return]

    def visible(self, registration: Registration, now: datetime) -> Registration:
        """Return a registration as a call sees it: results may lag behind the learner (observed; a setting)."""
        lag = timedelta(seconds=float(self.settings["result_lag"]))
        if not lag:
            return registration
        instance = registration.latest
        seen = next((past.result for past in instance.past if past.until > now - lag), instance.result)
        if seen is instance.result:
            return registration
        return replace(registration, instances=(*registration.instances[:-1], replace(instance, result=seen)))

    def check_data_format(self, call: Call) -> None:
        """Refuse JSON with 204: its shape is not documented (assumed); LIB-RUBY puts the results format here."""
        if "json" in (call.get("dataformat"), call.get("format")) and self.settings["json_results"] == "reject":
            raise Failure(BAD_FORMAT)

    def report(self, registration: Registration, course: Course | None) -> Report:
        """Return the report of a registration as it stands."""
        instance, result = registration.latest, registration.result
        title = course.title if course else registration.course_id
        return report_for(
            registration.id, title, complete=result.complete, success=result.success, score=result.score,
            totaltime=result.seconds, instanceid=instance.id, learner_id=registration.learner_id,
            learner_name=f"{registration.lname}, {registration.fname}",
        )  # fmt: skip

    def report_node(self, report: Report, resultsformat: str) -> Node:
        """Write a report in a results format."""
        return write_report(report, resultsformat)

    def postback_xml(self, registration: Registration, course: Course | None, resultsformat: str) -> str:
        """Write what a postback carries: bare (text), or wrapped as an answer is (observed: NTI-APP)."""
        bare = self.report_node(self.report(registration, course), resultsformat).write()
        return f'{DECLARATION}<rsp stat="ok">{bare}</rsp>' if self.settings["wrapped"] else bare
