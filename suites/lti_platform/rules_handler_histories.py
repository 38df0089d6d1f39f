"""What a history of handlers has to look like: a model that is told the PUTs, and where a list parts from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from harness.judging.expect import expect
from harness.subjects.lti_platform_records import Handled, Tooled
from harness.wire.json_text import read_json
from suites.lti_platform.rules_handlers import NO_LIST

SHOWN, REPLACED, REMOVED, LEFT, AGAIN, LIMIT = (
    "PNS-HANDLER-08", "PNS-HANDLER-09", "PNS-HANDLER-10", "PNS-HANDLER-20", "PNS-HANDLER-21", "PNS-HANDLER-26",
)  # fmt: skip
ANOTHER = ""
"""Stands for what other checks judge: such a difference ends the comparison and accuses nobody here."""


REASONS: Mapping[str, str] = {
    SHOWN: "other-handler", REPLACED: "not-replaced", REMOVED: "still-listed", LEFT: "former-gone", AGAIN: "changed",
    ANOTHER: "other-handler",
}  # fmt: skip
"""What is wrong when a list shows another handler, by the row about what was done last."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The handler of a type as it has to be, and the row about what was done with it last.

    ``lost`` says that its forerunner had a batch size and it has none.
    """

    url: str = ""
    size: int | None = None
    last: str = ANOTHER
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a platform and the model part: the requirement that is about it, reason code, expectation, answer."""

    row: str
    reason: str
    expected: str
    called: Handled


@dataclass(slots=True)
class Model:
    """The handlers that have to be in force, by type; of types that no PUT was about nothing is known."""

    kept: dict[str, Kept] = field(default_factory=dict)

    def hear(self, called: Handled) -> Difference | None:
        """Take in a call and its answer; return where a list is not what it has to be."""
        if called.response is None or called.status >= 500:
            return Difference(ANOTHER, "no-answer", "an answer", called)
        if called.exchange.request.method == "GET":
            return self._listed(called)
        return self._put(called)

    def _put(self, called: Handled) -> Difference | None:
        asked = read_json(called.exchange.request.body).object or {}
        name, url, size = str(asked.get("notice_type")), asked.get("handler"), asked.get("max_batch_size")
        before = self.kept.get(name, Kept())
        if called.refused:
            if name in self.kept:
                self.kept[name] = replace(before, last=LEFT, lost=False)
            return None
        if not called.taken or not isinstance(url, str) or (size is not None and not isinstance(size, int)):
            return Difference(ANOTHER, "taken", "a refusal", called)
        self.kept[name] = Kept(url, size, _row(before, url, size), before.size is not None and size is None)
        return None

    def _listed(self, called: Handled) -> Difference | None:
        found = called.catalogue
        if not called.taken or NO_LIST & set(found.problems):
            return Difference(ANOTHER, "no-list", "a list", called)
        for name, kept in self.kept.items():
            listed = found.of(name)
            url, size = (listed.url, listed.max_batch_size) if listed else ("", None)
            if url != kept.url:
                return Difference(kept.last, REASONS[kept.last], f"{name}: {kept.url or 'no handler'}", called)
            if size != kept.size and url:
                row = LIMIT if kept.lost else ANOTHER
                return Difference(row, "limit-left", f"{name}: no max_batch_size", called)
        return None


def _row(before: Kept, url: str, size: int | None) -> str:
    """Return the row about a PUT, by what was there before."""
    if not url:
        return REMOVED
    if not before.url:
        return SHOWN
    return AGAIN if (before.url, before.size) == (url, size) else REPLACED


def compared(record: Tooled) -> Difference | None:
    """Hold a history against the model; return the first difference."""
    model = Model()
    for called in record.calls:
        difference = model.hear(called)
        if difference is not None:
            return difference
    return None


def parts_from_the_model(record: Tooled, row: str = "") -> None:
    """Expect no difference, or with ``row`` none that is the matter of that requirement."""
    found = compared(record)
    ours = found is not None and (found.row == row if row else found.row != ANOTHER)
    if found is None or not ours:
        expect(True, "as-told")
    else:
        expect(False, found.reason, expected=found.expected, got=found.called.got, at=found.called.at)
