"""Faults of a V1 server in which registrations it lists, and what it tells of each."""

from __future__ import annotations

from datetime import datetime

from mocks.engine.v1.behaviour import CloudBehaviour
from mocks.engine.v1.call import Call
from mocks.engine.v1.domain import Course, Registration
from mocks.engine.v1.filters import Filter
from mocks.faults.base import LEFT_OUT, WRONG_VALUE, Fault


class PartialMatch(Fault, CloudBehaviour):
    """A filter matches anywhere in an id."""

    name = "v1.partial-match"
    kind = WRONG_VALUE
    breaks = {"CLOUD-REG-16": "partial-match"}

    def id_filter(self, call: Call, name: str) -> Filter | None:
        return Filter(f".*({call.get(name)}).*", name) if call.get(name) else None


class NoFilter(Fault, CloudBehaviour):
    """Filters of ids are not looked at."""

    name = "v1.no-filter"
    kind = LEFT_OUT
    breaks = {"CLOUD-REG-16": "filter-ignored"}

    def id_filter(self, call: Call, name: str) -> Filter | None:
        return None


class NoPatterns(Fault, CloudBehaviour):
    """A filter is an id, not a pattern."""

    name = "v1.no-patterns"
    kind = WRONG_VALUE
    breaks = {"CLOUD-REG-16": "pattern-lost"}

    def id_filter(self, call: Call, name: str) -> Filter | None:
        if call.has(name) and "*" in call.get(name):
            return Filter("nothing-is-called-so", name)
        return super().id_filter(call, name)


class NoDates(Fault, CloudBehaviour):
    """after and until are not looked at."""

    name = "v1.no-dates"
    kind = LEFT_OUT
    breaks = {"CLOUD-REG-16": "after-ignored", "CLOUD-REG-17": "misread"}

    def date_asked(self, call: Call, name: str) -> datetime | None:
        return None


class NoUntil(Fault, CloudBehaviour):
    """until is not looked at."""

    name = "v1.no-until"
    kind = LEFT_OUT
    breaks = {"CLOUD-REG-16": "until-ignored", "CLOUD-REG-17": "misread"}

    def date_asked(self, call: Call, name: str) -> datetime | None:
        return None if name == "until" else super().date_asked(call, name)


class AfterInclusive(Fault, CloudBehaviour):
    """after includes its instant."""

    name = "v1.after-inclusive"
    kind = WRONG_VALUE
    breaks = {"CLOUD-REG-16": "twice"}

    def is_between(self, moment: datetime, after: datetime | None, until: datetime | None) -> bool:
        return super().is_between(moment, after, until) or (moment == after and until is None)


class UntilExclusive(Fault, CloudBehaviour):
    """until excludes its instant."""

    name = "v1.until-exclusive"
    kind = WRONG_VALUE
    breaks = {"CLOUD-REG-16": "never"}

    def is_between(self, moment: datetime, after: datetime | None, until: datetime | None) -> bool:
        return super().is_between(moment, after, until) and moment != until


class IsoAlone(Fault, CloudBehaviour):
    """Dates are read in ISO 8601 alone."""

    name = "v1.iso-alone"
    kind = LEFT_OUT
    breaks = {"CLOUD-REG-17": "refused"}

    def read_date(self, text: str) -> datetime | None:
        return super().read_date(text) if "T" in text[:11] else None


class NoEmptyElements(Fault, CloudBehaviour):
    """Elements of a registration that have no value are left out."""

    name = "v1.no-empty-elements"
    kind = LEFT_OUT
    breaks = {"CLOUD-REG-18": "missing-child"}

    def facts(self, call: Call, registration: Registration, course: Course | None) -> list[tuple[str, object]]:
        return [(name, value) for name, value in super().facts(call, registration, course) if value != ""]


class OtherNames(Fault, CloudBehaviour):
    """The names of a learner stand in elements that are called otherwise."""

    name = "v1.other-elements"
    kind = WRONG_VALUE
    breaks = {"CLOUD-REG-18": "missing-child"}

    def facts(self, call: Call, registration: Registration, course: Course | None) -> list[tuple[str, object]]:
        told = super().facts(call, registration, course)
        return [(name.replace("learnerFirstName", "firstName"), value) for name, value in told]
