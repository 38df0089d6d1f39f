"""The attributes of courses: names, defaults, how they are read and changed (observed: LIB-NODE-S, LIB-RUBY)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from harness.wire.cloud_v1 import BAD_ARGUMENT
from harness.wire.cloud_v1_answer import Node
from mocks.engine.v1.call import Call, Failure, Nodes
from mocks.engine.v1.domain import Course


def _names(text: str) -> list[str]:
    return text.split()


_TRUE: Final = _names("""
    courseStructureStartsOpen debugIncludeTimestamps enableChoiceNavigation enablePrevNext logoutCausesPlayerExit
    rollupEmptySetToUnknown showCloseItem showNavBar showTitleBar
""")
_FALSE: Final = _names("""
    allowCompleteStatusChange alwaysFlowToFirstSco applyRollupStatusToSuccess desiredFullScreen
    finishCausesImmediateCommit firstScoIsPretest launchCompletedRegsAsNoCredit preventRightClick preventWindowResize
    requiredFullScreen scaleRawScore scoreOverridesStatus showCourseStructure showFinishButton showHelp showProgressBar
    validateInteractionResponses wrapScoWindowWithApi
""")
_NUMBERS: Final[Mapping[str, int]] = {
    "commCommitFrequency": 60000, "commMaxFailedSubmissions": 2, "courseStructureWidth": 230, "desiredHeight": 655,
    "desiredWidth": 1000, "invalidMenuItemAction": 1, "lookaheadSequencerMode": 1, "numberOfScoringObjects": 1,
    "playerLaunchType": 1, "requiredHeight": 0, "requiredWidth": 0, "resetRunTimeDataTiming": 1, "rsopSynchMode": 1,
    "scoLaunchType": 1, "scoreRollupMode": 1, "statusDisplay": 1, "statusRollupMode": 1, "suspendDataMaxLength": 4096,
    "timeLimit": 0,
    **{f"{kind}{end}Action": 1 for kind in ("logout", "normal", "suspend", "timeout")
       for end in ("FinalNotSat", "FinalSat", "IntNotSat", "IntSat")},
}  # fmt: skip
_TEXTS: Final[Mapping[str, str]] = {
    "completionStatOfFailedSuccessStat": "completed", "debugControl": "off", "debugLookAhead": "off",
    "debugRuntime": "off", "debugSequencing": "off", "ieCompatibilityMode": "edge",
    "registrationInstancingOption": "never", "returnToLmsAction": "legacy", "scormVersion": "scorm_12",
}  # fmt: skip
DEFAULTS: Final[Mapping[str, str]] = dict(sorted({
    **dict.fromkeys(_TRUE, "true"), **dict.fromkeys(_FALSE, "false"),
    **{name: str(number) for name, number in _NUMBERS.items()}, "thresholdScore": "0.8", **_TEXTS,
}.items(), key=lambda item: item[0].lower()))  # fmt: skip
"""Every attribute with the value that a new course has; values are assumed where no client library shows one."""

_KINDS: Final = (
    (frozenset((*_TRUE, *_FALSE)), "true|false"),
    (frozenset(_NUMBERS), "-?[0-9]{1,9}"),
    (frozenset({"thresholdScore"}), r"-?[0-9]{1,9}(\.[0-9]{1,9})?"),
)
VALUE_LIMIT: Final = 4000


class CourseAttributes:
    """How attributes are told and changed; faults override single methods."""

    def get_attributes(self, call: Call) -> Nodes:
        """Tell all attributes of a course; at least two, as LIB-NODE-S reads a list (observed)."""
        return self.attribute_nodes(self.attributes_of(self._course(call)))

    def _course(self, call: Call) -> Course:
        course: Course = self.found_course(call)  # type: ignore[attr-defined]
        self.named_version(call, course)  # type: ignore[attr-defined]
        return course

    def attributes_of(self, course: Course) -> dict[str, str]:
        """Return what holds for a course: its own values, else the defaults; its title is one of them."""
        return {**DEFAULTS, "title": course.title, **course.attributes}

    def update_attributes(self, call: Call) -> Nodes:
        """Set attributes and tell those whose value has changed (observed: LIB-NODE-S, LIB-RUBY)."""
        course = self._course(call)
        old = self.attributes_of(course)
        # Other parameters are no attributes, and unknown ones are no error (observed).
        given = {name: value for name, value in reversed(call.params) if name in old}
        for name, value in given.items():
            self.check_attribute(name, value)
        changed = {name: value for name, value in given.items() if value != old[name]}
        kept = {name: value for name, value in changed.items() if name != "title"}
        title = changed.get("title", course.title)
        call.put("courses", course.id, replace(course, title=title, attributes={**course.attributes, **kept}))
        return self.attribute_nodes(self.told_attributes(given, changed))

    def told_attributes(self, given: Mapping[str, str], changed: Mapping[str, str]) -> Mapping[str, str]:
        """Return the attributes that an update answers: those that have changed (observed)."""
        return changed

    def check_attribute(self, name: str, value: str) -> None:
        """Refuse a value that is not of its attribute's kind with 205 (assumed)."""
        kind: Any = next((pattern for names, pattern in _KINDS if name in names), None)
        if (kind and not re.fullmatch(kind, value)) or len(value) > VALUE_LIMIT or (name == "title" and not value):
            raise Failure(BAD_ARGUMENT, f"Attribute [{name}] has the invalid value [{value[:100]}]")

    def attribute_nodes(self, attributes: Mapping[str, str]) -> Nodes:
        """Write attributes as name and value."""
        nodes = [Node("attribute", {"name": name, "value": value}) for name, value in attributes.items()]
        return (Node("attributes", None, *nodes),)
