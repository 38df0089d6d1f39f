"""Faults of a V1 server in what it tells of results."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from harness.wire.cloud_v1_activity import write_time
from harness.wire.cloud_v1_answer import Node
from harness.wire.cloud_v1_results import Report
from mocks.engine.v1.behaviour import CloudBehaviour
from mocks.engine.v1.call import Call, Failure, Nodes
from mocks.engine.v1.domain import Course, Instance, Registration, Result
from mocks.faults.base import LEFT_OUT, WRONG_VALUE, Fault

Change = Callable[[Node, Report], Node]


def _telling(name: str, kind: str, breaks: Mapping[str, str], doc: str, change: Change) -> type[Fault]:
    """Make a fault that changes a report as it is written."""

    def report_node(self: CloudBehaviour, report: Report, resultsformat: str) -> Node:
        return change(CloudBehaviour.report_node(self, report, resultsformat), report)

    body: dict[str, Any] = {"__doc__": doc, "name": f"v1.{name}", "kind": kind, "breaks": breaks}
    return type("Telling", (Fault, CloudBehaviour), body | {"report_node": report_node})


def _changed(node: Node, name: str, make: Callable[[Node], Node | None]) -> Node:
    """Return a report with the elements of a name replaced, or left out, at every depth."""
    made = [make(child) if child.name == name else _changed(child, name, make) for child in node.children]
    kept = [child for child in made if child is not None]
    return Node(node.name, node.attrs, *kept, text=node.text, cdata=node.cdata)


def _without(name: str) -> Change:
    return lambda node, report: _changed(node, name, lambda child: None)


def _saying(name: str, say: Callable[[str], object]) -> Change:
    return lambda node, report: _changed(node, name, lambda child: Node(name, text=say(str(child.text))))


def _attribute(name: str, value: str | None) -> Change:
    def change(node: Node, report: Report) -> Node:
        others = {key: old for key, old in node.attrs.items() if key != name}
        return Node(node.name, others if value is None else others | {name: value}, *node.children)

    return change


FAMILY: tuple[type[Fault], ...] = (
    _telling("no-totaltime", LEFT_OUT, {"CLOUD-REG-11": "no-totaltime"}, "A report lacks totaltime.",
             _without("totaltime")),
    _telling("no-instanceid", LEFT_OUT, {"CLOUD-REG-11": "no-instanceid"}, "A report lacks instanceid.",
             _attribute("instanceid", None)),
    _telling("format-is-summary", WRONG_VALUE, {"CLOUD-REG-11": "other-format", "CLOUD-REG-14": "other-format"},
             "The format is called summary, as in documents of 2009.", _attribute("format", "summary")),
    _telling("completed", WRONG_VALUE, {"CLOUD-REG-12": "other-word"}, "Completion is told in words of SCORM.",
             _saying("complete", lambda word: "completed" if word == "complete" else word)),
    _telling("no-words", LEFT_OUT, {"CLOUD-REG-12": "other-word", "CLOUD-REG-15": "not-unknown"},
             "The success is left empty.", _saying("success", lambda word: "")),
    _telling("time-in-hours", WRONG_VALUE, {"CLOUD-REG-13": "no-seconds"}, "The time is told as hhhh:mm:ss.ss.",
             _saying("totaltime", lambda text: write_time(Decimal(text)))),
    _telling("no-unknown-score", LEFT_OUT, {"CLOUD-REG-13": "no-score", "CLOUD-REG-15": "not-unknown"},
             "A score that is unknown is left empty.",
             _saying("score", lambda text: "" if text == "unknown" else text)),
    _telling("scaled-score", WRONG_VALUE, {"CLOUD-REG-13": "scaled-score"}, "A score is told from 0 to 1.",
             _saying("score", lambda text: text if text == "unknown" else Decimal(text) / 100)),
    _telling("score-of-1000", WRONG_VALUE, {"CLOUD-REG-13": "score-out-of-range"}, "A score is told from 0 to 1000.",
             _saying("score", lambda text: text if text == "unknown" else Decimal(text) * 10)),
    _telling("no-tree", LEFT_OUT, {"CLOUD-REG-14": "no-activity"}, "The formats activity and full hold no activity.",
             _without("activity")),
    _telling("no-runtime", LEFT_OUT, {"CLOUD-REG-14": "no-runtime"}, "The format full holds no runtime data.",
             _without("runtime")),
    _telling("no-attempts", LEFT_OUT, {"CLOUD-REG-14": "missing-element"}, "Activities lack their attempts.",
             _without("attempts")),
    _telling("tree-in-seconds", WRONG_VALUE, {"CLOUD-REG-14": "no-duration"}, "Activities tell times in seconds.",
             _saying("timeacrossattempts", lambda text: "61")),
)  # fmt: skip


class NobodyIsUnknown(Fault, CloudBehaviour):
    """The result of a registration that is not there is told as unknown."""

    name = "v1.nobody-is-unknown"
    kind = LEFT_OUT
    breaks = {"CLOUD-REG-10": "accepted"}

    def get_registration_result(self, call: Call) -> Nodes:
        if call.row("registrations", call.get("regid")) is None:
            nobody = Registration(call.get("regid"), "", "", "", "", call.now)
            return (self.report_node(self.report(nobody, None), "course"),)
        return super().get_registration_result(call)


class NobodyIs2(Fault, CloudBehaviour):
    """A registration that is not there is refused with 2."""

    name = "v1.nobody-is-2"
    kind = WRONG_VALUE
    breaks = {"CLOUD-REG-10": "wrong-code"}

    def found(self, call: Call, regid: str) -> Registration:
        if call.row("registrations", regid) is None:
            raise Failure(2, "There is no such registration")
        return super().found(call, regid)


class NoFreshResult(Fault, CloudBehaviour):
    """A registration that was never launched has no result."""

    name = "v1.no-fresh-result"
    kind = LEFT_OUT
    breaks = {"CLOUD-REG-15": "refused"}

    def visible(self, registration: Registration, now: datetime) -> Registration:
        if not registration.launches:
            raise Failure(1, "The registration was never launched")
        return registration


class FreshHasFailed(Fault, CloudBehaviour):
    """A registration that was never launched has failed with 0."""

    name = "v1.fresh-has-failed"
    kind = WRONG_VALUE
    breaks = {"CLOUD-REG-15": "not-unknown"}

    def report(self, registration: Registration, course: Course | None) -> Report:
        if not registration.launches:
            failed = Instance(0, 0, registration.created, Result("incomplete", "failed", Decimal(0)))
            registration = replace(registration, instances=(failed,))
        return super().report(registration, course)


class ResetsNothing(Fault, CloudBehaviour):
    """A reset leaves the results as they are."""

    name = "v1.resets-nothing"
    kind = LEFT_OUT
    breaks = {"CLOUD-REG-19": "results-kept"}

    def cleared(self, registration: Registration, now: datetime) -> Registration:
        return registration


class ResetDeletes(Fault, CloudBehaviour):
    """A reset removes the registration; its id is free to be created again."""

    name = "v1.reset-deletes"
    kind = WRONG_VALUE
    breaks = {"CLOUD-REG-19": "registration-gone"}
    collateral = ("CLOUD-REG-03",)

    def reset_registration(self, call: Call) -> Nodes:
        self.remove_registration(call, self.found(call, call.need("regid")))
        return (Node("success"),)


def _forced(call: Call, regid: str) -> None:
    found: Registration = call.row("registrations", regid)
    score = Decimal(call.get("score") or 100)
    result = Result(call.get("complete") or "complete", call.get("success") or "passed", score)
    instance = replace(found.latest, result=result, updated=call.now)
    call.put("registrations", regid, replace(found, instances=(instance,)))


class UpdatesRegistrations(Fault, CloudBehaviour):
    """There is a call updateRegistration, which sets the result."""

    name = "v1.update-registration"
    kind = LEFT_OUT
    breaks = {"CLOUD-REG-22": "forced"}

    def method_of(self, params: tuple[tuple[str, str], ...], known: Mapping[str, Any]) -> str:
        named = ("method", "rustici.registration.updateRegistration")
        if named in params:
            return "rustici.registration.resetGlobalObjectives"
        return super().method_of(params, known)

    def reset_global_objectives(self, call: Call) -> Nodes:
        if call.get("method").endswith("updateRegistration"):
            _forced(call, self.found(call, call.need("regid")).id)
        return super().reset_global_objectives(call)


class CreatedComplete(Fault, CloudBehaviour):
    """A registration is created with the result that the call names."""

    name = "v1.created-complete"
    kind = WRONG_VALUE
    breaks = {"CLOUD-REG-22": "forced"}

    def keep_registration(self, call: Call, registration: Registration) -> None:
        super().keep_registration(call, registration)
        if call.get("complete"):
            _forced(call, registration.id)
