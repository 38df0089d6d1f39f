"""Rules of properties: what was changed is taken as the oracle says, and every event of a history counts once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.judging.expect import control, expect, untestable
from harness.subjects.lti_tool_records import Hosted, Hostings, Seen
from suites.lti_tool.rules_receiving import SERVER_ERROR

Element = Mapping[str, Any]


def looks(record: Hosted, context: str) -> tuple[Seen, Seen]:
    """Return what the probe showed of a context first, before anything was sent, and last."""
    shown = [one for one in record.shown if one.context == context]
    if len(shown) < 2 or any(one.probed.refused for one in shown):
        untestable("the probe shows what notices have done")
    return shown[0], shown[-1]


def followed(record: Hosted) -> None:
    """Demand that the right notice which came after everything else had its effect."""
    control(len(record.sent) > 1, "something was sent")
    for one in record.sent[-1].expected:
        shown = [seen for seen in record.shown if seen.context == one["context"]]
        control(shown and shown[-1].mapped, "the right notice that follows has its effect")


def as_expected(record: Hosted) -> None:
    """Expect of every notice what the oracle says, whatever the row."""
    survives(record)
    for row in sorted({one["row"] for sent in record.sent[:-1] for one in sent.expected}):
        row_as_expected(record, row)


def row_as_expected(record: Hosted, row: str) -> None:
    """Expect what the oracle says of the notices that stand for a row."""
    followed(record)
    for sent in record.sent[:-1]:
        for one in sent.expected:
            if one["row"] == row and one["context"]:
                _element(record, one, f"{sent.got}; {described(record)}")


def _element(record: Hosted, one: Element, got: str) -> None:
    before, after = looks(record, one["context"])
    got = f"{got}; {after.got}"
    effects = effects_between(before, after)
    if one["outcome"] == "refuse" and not _others(record, one):
        expect(effects == 0, "changed-effect", expected=f"no effect: {one['why']}", got=got, at=after.at)
    elif one["outcome"] == "accept":
        expect(after.mapped, "changed-no-effect", expected=f"its effect: {one['why']}", got=got, at=after.at)


def _others(record: Hosted, one: Element) -> bool:
    """Whether another notice about the same context may have an effect."""
    told = (other for sent in record.sent for other in sent.expected if other is not one)
    return any(other["context"] == one["context"] and other["outcome"] != "refuse" for other in told)


def effects_between(before: Seen, after: Seen) -> int:
    """Return how many effects came between two looks; without a count, whether there was one."""
    if before.probed.applied is not None and after.probed.applied is not None:
        return after.probed.applied - before.probed.applied
    if after.probed.applied is not None and not before.mapped:
        return after.probed.applied
    return int(after.mapped and not before.mapped)


def survives(record: Hosted) -> None:
    """Expect no internal error, and no more effects than notices that may have one."""
    followed(record)
    for sent in record.sent[:-1]:
        got = f"{sent.got}; {described(record)}"
        expect(sent.status < SERVER_ERROR, "changed-crash", expected="no 5xx", got=got, at=sent.at)
    told = [one for sent in record.sent for one in sent.expected if one["context"]]
    for context in dict.fromkeys(one["context"] for one in told):
        most = sum(1 for one in told if one["context"] == context and one["outcome"] != "refuse")
        shown = [seen for seen in record.shown if seen.context == context and not seen.probed.refused]
        if len(shown) > 1 and most:
            effects = effects_between(shown[0], shown[-1])
            expect(effects <= most, "changed-again", expected=f"{most} effects", got=shown[-1].got, at=shown[-1].at)


def described(record: Hosted) -> str:
    """Say what was tried."""
    event = record.event("example")
    return ", ".join(f"{name} {value}" for name, value in event.facts.items())[:200] if event else ""


def once_each(record: Hosted) -> None:
    """Expect that every event counted once, and none is lost."""
    none_lost(record)
    none_again(record)


def none_lost(record: Hosted) -> None:
    """Expect that every event of a history shows in its course."""
    for facts, seen in _due(record):
        got = f"{described(record)}; {seen.got}"
        expect(seen.mapped, "event-lost-in-history", expected=facts["origins"], got=got, at=seen.at)
        shown = set(facts["origins"] if seen.probed.origins is None else seen.probed.origins)
        lost = [origin for origin in facts["origins"] if origin not in shown]
        # A tool that keeps one copy of each course keeps the latest.
        kept = shown & set(facts["origins"]) if record.event("keeps-one") else set()
        replaced = len(kept) == 1 and kept <= set(facts.get("latest", ()))
        expect(not lost or replaced, "event-lost-in-history", expected=facts["origins"], got=got, at=seen.at)


def none_again(record: Hosted) -> None:
    """Expect that no event of a history counted twice."""
    for facts, seen in _due(record):
        control(seen.probed.applied is not None, "the probe counts effects (applied)")
        got, most = f"{described(record)}; {seen.got}", len(facts["origins"]) + _elsewhere(record, facts, seen)
        expect((seen.probed.applied or 0) <= most, "again-in-history", expected=f"{most} times", got=got, at=seen.at)


def _elsewhere(record: Hosted, facts: Element, seen: Seen) -> int:
    """Return how many events of other deployments count, where all of them show one and the same course."""
    same = [(other, shown) for other, shown in _due(record) if other["context"] == facts["context"]]
    alike = all((shown.probed.applied, shown.probed.origins) == (seen.probed.applied, seen.probed.origins)
                for _, shown in same)  # fmt: skip
    return sum(len(other["origins"]) for other, _ in same if other is not facts) if alike else 0


def _due(record: Hosted) -> list[tuple[Element, Seen]]:
    found = []
    for event in record.happened:
        if event.name == "due":
            place = event.facts["context"], event.facts["deployment"]
            shown = [seen for seen in record.shown if (seen.context, seen.deployment) == place]
            if not shown or shown[-1].probed.refused:
                untestable("the probe shows what notices have done")
            found.append((event.facts, shown[-1]))
    control(found, "a history happened")
    return found


def something_was_sent(examples: Hostings) -> None:
    """Expect that there is an example to judge."""
    expect(examples.steps, "no-example", expected="at least one example", got="none")
