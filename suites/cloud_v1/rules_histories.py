"""What a history of registrations has to look like: a model that is told the calls, and where answers part from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from harness.evidence.entries import Event
from harness.judging.expect import expect, remark
from harness.subjects.cloud_v1_records import Called, Story

AGAIN, LISTED, RESET, DELETED = "CLOUD-REG-03", "CLOUD-REG-16", "CLOUD-REG-19", "CLOUD-REG-20"
ANOTHER = ""
"""Stands for what other checks judge: such a difference ends the comparison and accuses nobody here."""

RESULTS = {
    "passed": ("complete", "passed"),
    "failed": ("complete", "failed"),
    "incomplete": ("incomplete", "unknown"),
}
FRESH = ("unknown", "unknown")


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a server and the model part: the requirement that is about it, reason code, expectation, answer."""

    row: str
    reason: str
    expected: str
    called: Called


@dataclass(frozen=True, slots=True)
class Kept:
    """A registration as it has to be. ``last`` is the row about what was done with it last.

    ``blamed`` is the row to blame if it turns out to be gone: what was done since it was seen last. ``result`` is None
    while nobody can know it: a learner has left, and what came of it was not seen yet.
    """

    learner: str
    fname: str
    result: tuple[str, str] | None = FRESH
    awaited: tuple[str, str] | None = None
    last: str = ANOTHER
    blamed: str = LISTED


@dataclass(slots=True)
class Model:
    """The registrations that have to be there, by id, and the ids of those that were deleted.

    ``taken`` collects creations that were refused because the id had been in use before: caches may explain those
    (observed: LIB-PERL).
    """

    kept: dict[str, Kept] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    taken: list[Called] = field(default_factory=list)

    def hear(self, called: Called) -> Difference | None:
        """Take in a call and its answer; return where the answer is not what it has to be."""
        params = dict(called.params)
        method = params.get("method", "").rpartition(".")[2]
        regid = params.get("regid", "")
        if called.rsp.stat not in ("ok", "fail"):
            return Difference(ANOTHER, "no-rsp", "an answer", called)
        if method == "createRegistration":
            return self._created(called, regid, params)
        if method == "exists":
            return self._exists(called, regid)
        if method == "getRegistrationResult":
            return self._result(called, regid)
        if method == "resetRegistration":
            return self._reset(called, regid)
        if method == "deleteRegistration":
            return self._deleted(called, regid)
        if method == "updateLearnerInfo":
            return self._renamed(called, params)
        return self._listed(called, params.get("learnerid", ""))

    def learnt(self, regid: str, to: str, succeeded: bool) -> None:
        """Take in that a learner has left a course."""
        if regid in self.kept:
            awaited = RESULTS[to] if succeeded else None
            self.kept[regid] = replace(self.kept[regid], result=None, awaited=awaited, last=ANOTHER)

    def _created(self, called: Called, regid: str, params: dict[str, str]) -> Difference | None:
        if regid in self.kept:
            known = self.kept[regid]
            doubtful = known.blamed in (RESET, DELETED)
            last = ANOTHER if doubtful or known.last == RESET else AGAIN
            self.kept[regid] = replace(known, last=last, blamed=ANOTHER if doubtful else AGAIN)
            if called.is_ok:
                row = ANOTHER if doubtful else AGAIN
                return Difference(row, "created-again", "fail 2 for an id that is in use", called)
            return None if called.code == 2 else Difference(AGAIN, "other-code", "code 2", called)
        if called.failed and called.code == 2 and regid in self.deleted:
            self.taken.append(called)
            return None
        if called.failed:
            return Difference(ANOTHER, "refused", "a new registration", called)
        self.deleted.discard(regid)
        self.kept[regid] = Kept(params.get("learnerid", ""), params.get("fname", ""))
        return None

    def _exists(self, called: Called, regid: str) -> Difference | None:
        if (called.rsp.text("result") == "true") == (regid in self.kept):
            self._seen(regid)
            return None
        if regid in self.kept:
            return Difference(self._row(regid), "gone", "true", called)
        return Difference(DELETED if regid in self.deleted else ANOTHER, "still-there", "false", called)

    def _result(self, called: Called, regid: str) -> Difference | None:
        known = self.kept.get(regid)
        if known is None:
            row = DELETED if regid in self.deleted else ANOTHER
            return Difference(row, "still-told", "a failure", called) if called.is_ok else None
        if called.failed:
            return Difference(self._row(regid), "gone", "a result", called)
        told = (called.rsp.text("registrationreport/complete"), called.rsp.text("registrationreport/success"))
        if known.result is None:
            if told == known.awaited:
                self.kept[regid] = replace(known, result=known.awaited)
            return None
        reason = "kept-result" if known.last == RESET else "other-result"
        return None if told == known.result else Difference(known.last, reason, " ".join(known.result), called)

    def _reset(self, called: Called, regid: str) -> Difference | None:
        known = self.kept.get(regid)
        if known is None:
            return Difference(ANOTHER, "reset", "a failure", called) if called.is_ok else None
        if called.failed:
            return Difference(RESET, "not-reset", "success", called)
        result = None if known.result is None else FRESH
        self.kept[regid] = replace(known, result=result, awaited=None, last=RESET, blamed=RESET)
        return None

    def _deleted(self, called: Called, regid: str) -> Difference | None:
        if called.is_ok and regid in self.kept:
            del self.kept[regid]
            self.deleted.add(regid)
            for other, known in self.kept.items():
                self.kept[other] = replace(known, blamed=DELETED)
        elif called.is_ok:
            return Difference(ANOTHER, "deleted", "a failure", called)
        return None  # Who may not delete is the matter of another rule.

    def _renamed(self, called: Called, params: dict[str, str]) -> Difference | None:
        for regid, known in self.kept.items():
            if called.is_ok and known.learner == params.get("learnerid"):
                self.kept[regid] = replace(known, fname=params.get("fname", ""), last=ANOTHER)
        return None

    def _listed(self, called: Called, learner: str) -> Difference | None:
        if called.failed:
            return Difference(LISTED, "no-list", "a list", called)
        found = {element.get("id"): element for element in called.rsp.all("registrationlist/registration")}
        wanted = {regid: known for regid, known in self.kept.items() if learner in ("", known.learner)}
        for regid in sorted(self.deleted & found.keys()):
            return Difference(DELETED, "still-listed", f"no {regid}", called)
        for regid, known in wanted.items():
            if regid not in found:
                return Difference(known.blamed, "not-listed", regid, called)
            text = tuple((found[regid].findtext(name) or "").strip() for name in ("learnerId", "learnerFirstName"))
            if text != (known.learner, known.fname):
                return Difference(known.last, "other-learner", f"{known.learner} {known.fname}", called)
        for regid in wanted:
            self._seen(regid)
        return None

    def _row(self, regid: str) -> str:
        """Return the row to blame for a registration that is gone; that of lists says nothing about other calls."""
        return self.kept[regid].blamed.replace(LISTED, ANOTHER)

    def _seen(self, regid: str) -> None:
        if regid in self.kept:
            self.kept[regid] = replace(self.kept[regid], blamed=LISTED)


def told(story: Story) -> Iterator[Called | Event]:
    """Yield the calls of a history and what a learner did, in the order in which they began."""
    numbered: list[tuple[int, Called | Event]] = [(call.exchange.seq, call) for call in story.calls]
    numbered += [(event.seq, event) for event in story.happened if event.name == "learning"]
    for _, one in sorted(numbered, key=lambda pair: pair[0]):
        yield one


def compared(story: Story) -> tuple[Model, Difference | None]:
    """Hold a history against the model; return the model and the first difference."""
    model = Model()
    for one in told(story):
        if isinstance(one, Event):
            model.learnt(str(one.facts["regid"]), str(one.facts["to"]), bool(one.facts["succeeded"]))
        elif (difference := model.hear(one)) is not None:
            return model, difference
    return model, None


def parts_from_the_model(story: Story, row: str = "") -> None:
    """Expect no difference, or with ``row`` none that is the matter of that requirement.

    A second creation of an id that was in use before, refused, is remarked.
    """
    model, found = compared(story)
    ours = found is not None and (found.row == row if row else found.row != ANOTHER)
    if found is None or not ours:
        expect(True, "as-told")
    else:
        expect(False, found.reason, expected=found.expected, got=found.called.got, at=found.called.at)
    if row == DELETED:
        for called in model.taken[:1]:
            remark("still-taken", got=called.got, at=called.at, warn=True)
