"""Rules of a receiver of notices: what the oracle expects of each, compared with what the probe shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from harness.judging.expect import control, expect, remark, untestable
from harness.subjects.lti_tool_records import Hosted, Seen, Sent, Visit
from suites.lti_tool.notices import AFTER, BEFORE, ELSEWHERE, NEVER, VECTOR
from suites.lti_tool.rules import control_effect, had_effect

SERVER_ERROR = 500
Element = Mapping[str, Any]


def name_of(record: Hosted) -> str:
    """Return the name of the vector that a record is about; reason codes end with it."""
    return str(record.case["vector"])


def looked_at(record: Hosted, *steps: str) -> None:
    """Demand the positive twins, and that the probe shows nothing of a context that nobody was told of."""
    untold = record.probe(NEVER)
    control(untold is None or not untold.probed.refused, f"the probe can be read: {untold and untold.probed.refused}")
    control(untold is None or not untold.mapped, "the probe shows no copy of which no notice told")
    control_effect(record, *(steps or (BEFORE, AFTER)))


def by_status_only(record: Hosted) -> None:
    """Remark that nothing was judged by its effect, if there is no probe."""
    remark("by-status-only", unless=record.has_probe, got="no probe is configured")


def elements(record: Hosted, step: str = VECTOR) -> Iterator[tuple[Sent, Element]]:
    """Give every notice of a step with the delivery that it was in."""
    for sent in record.deliveries(step):
        for one in sent.expected:
            yield sent, one


def judged(record: Hosted, row: str) -> None:
    """Judge the notices of a vector that stand for a row: all, when the oracle names none of them by it."""
    looked_at(record)
    found = list(elements(record))
    control(found, "the vector was sent")
    chosen = [pair for pair in found if pair[1]["row"] == row] or found
    for sent, one in chosen:
        judge_one(record, sent, one, found)
    by_status_only(record)


def judge_one(record: Hosted, sent: Sent, one: Element, found: list[tuple[Sent, Element]]) -> None:
    """Judge one notice as the oracle says: no effect, its effect, or one at most."""
    name = name_of(record)
    if not record.has_probe:
        _by_answer(sent, one, name)
        return
    seen = seen_of(record, one)
    if seen is None:
        expect(sent.status < SERVER_ERROR, f"crash-of-{name}", expected="no 5xx", got=sent.got, at=sent.at)
        return
    got = f"{sent.got}; {seen.got}"
    before = _accepted(found, one)
    if one["outcome"] == "accept":
        expect(seen.mapped, f"no-effect-of-{name}", expected="its effect", got=got, at=seen.at)
    elif one["outcome"] == "refuse" and not before:
        expect(not seen.mapped, f"effect-of-{name}", expected=f"no effect: {one['why']}", got=got, at=seen.at)
    else:
        control(seen.probed.applied is not None or not before, "the probe counts effects (applied)")
        most = before if one["outcome"] == "refuse" else before + 1
        expect(
            (seen.probed.applied or 0) <= most, f"again-{name}", expected=f"applied {most} times", got=got, at=seen.at
        )


def _accepted(found: list[tuple[Sent, Element]], one: Element) -> int:
    """Return how many notices about the same context are to have an effect."""
    same = [other for _, other in found if other["context"] == one["context"] and other is not one]
    return sum(1 for other in same if other["outcome"] == "accept")


def _by_answer(sent: Sent, one: Element, name: str) -> None:
    """Judge by the answer alone: who says 2xx to a forgery may have ignored it all the same."""
    if one["outcome"] == "accept":
        expect(
            sent.taken, f"no-effect-of-{name}", expected="2xx, as right notices are answered", got=sent.got, at=sent.at
        )
    elif one["outcome"] == "either":
        expect(sent.status < SERVER_ERROR, f"crash-of-{name}", expected="no 5xx", got=sent.got, at=sent.at)
    elif sent.taken:
        untestable("a probe: an answer of 2xx does not say whether a notice had an effect ([tool] probe)")
    else:
        expect(sent.response is not None, f"no-answer-to-{name}", expected="an answer", got=sent.got, at=sent.at)


def seen_of(record: Hosted, one: Element, step: str = VECTOR) -> Seen | None:
    """Return what the probe showed last of the context of a notice; None when the notice has none."""
    if not one["context"]:
        return None
    seen = record.probe(step, one["context"])
    if seen is None or seen.probed.refused:
        untestable("the probe shows what notices have done")
    return seen


def survived(record: Hosted, step: str = VECTOR) -> None:
    """Expect that whatever was sent is answered without an internal error, and has one effect at most."""
    looked_at(record)
    name = name_of(record)
    control(record.deliveries(step), "the vector was sent")
    for sent in record.deliveries(step):
        # No answer is no crash that we have seen: a large body may be cut off at any time.
        expect(sent.status < SERVER_ERROR, f"crash-of-{name}", expected="no 5xx", got=sent.got, at=sent.at)
    found = list(elements(record, step))
    for _, one in found:
        seen = seen_of(record, one, step) if record.has_probe else None
        if seen is not None and seen.probed.applied is not None:
            most = _accepted(found, one) + (one["outcome"] != "refuse")
            at_most = seen.probed.applied <= max(most, 1)
            expect(at_most, f"again-{name}", expected=f"applied {most} times at most", got=seen.got, at=seen.at)


def not_elsewhere(record: Hosted) -> None:
    """Expect that a notice for a deployment that the tool does not know shows in none that it knows."""
    looked_at(record)
    if not record.has_probe:
        untestable("the probe shows what notices have done")
    known = record.case["target"]["deployments"]
    for seen in (one for one in record.shown if one.step == ELSEWHERE and one.mapped):
        if "{deployment}" not in record.case["target"]["probe"]:
            listed = seen.probed.deployments
            if listed is None:
                untestable("the probe tells deployments apart ([tool] probe with {deployment}, or deployments)")
            elsewhere = bool(set(listed) & set(known))
        else:
            elsewhere = True
        reason = f"effect-elsewhere-of-{name_of(record)}"
        expect(not elsewhere, reason, expected=f"no effect in {seen.deployment}", got=seen.got, at=seen.at)
    expect(any(one.step == ELSEWHERE for one in record.shown), "not-looked", expected="a look at each deployment")


def not_lured(record: Hosted) -> None:
    """Expect that nobody fetched what the header of a notice points to."""
    fetched = next(iter(record.lured), None)
    got = fetched.request.start if fetched else "no fetch"
    at = f"{fetched.id} request" if fetched else ""
    expect(fetched is None, f"fetched-{name_of(record)}", expected="no fetch of it", got=got, at=at)


def several_origins(record: Hosted) -> None:
    """Expect that the probe shows all origins of a copy that shows any, each that was told of."""
    for _, one in elements(record):
        seen = seen_of(record, one) if record.has_probe else None
        if seen is None or one["outcome"] != "accept" or seen.probed.origins is None:
            continue
        lost = sorted(set(one["origins"] or ()) - set(seen.probed.origins))
        expect(not lost, f"origins-lost-of-{name_of(record)}", expected=list(one["origins"]), got=seen.got, at=seen.at)


def nothing_shown(record: Hosted, step: str, reason: str) -> None:
    """Expect that nothing of what was looked at in a step shows an effect."""
    for seen in (one for one in record.shown if one.step == step and not one.probed.refused):
        expect(not seen.mapped, reason, expected="no effect", got=seen.got, at=seen.at)


def tolerated(record: Hosted, name: str, steps: Iterable[int]) -> int:
    """Return the longest of some distances of time, in seconds, up to which every notice had its effect."""
    longest = 0
    for far in steps:
        if not had_effect(record, f"{name}-{far}"):
            break
        longest = far
    return longest


def let_in(record: Hosted, visit: Visit) -> bool:
    """Whether a launch ended as the good one did; untestable when good and bad ones cannot be told apart."""
    good, bad = record.visit("good"), record.visit("garbled")
    if good is None or bad is None or not good.answered or not bad.answered:
        untestable("launches are answered")
    welcome = str(record.case["target"]["welcome"])
    control(200 <= good.status < 400, "a good launch is accepted")
    if welcome:
        control(_shows(good, welcome), "the page of a good launch shows the text of [tool] welcome")
        return _shows(visit, welcome)
    control(
        not bad.resembles(good), "the page of an accepted launch differs from that of a refused one ([tool] welcome)"
    )
    return visit.answered and visit.resembles(good)


def _shows(visit: Visit, text: str) -> bool:
    body = visit.last.response.body if visit.last and visit.last.response else b""
    return text in body.decode("utf-8", "replace")
