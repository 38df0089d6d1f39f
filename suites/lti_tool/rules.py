"""Rules that checks of several areas share."""

from __future__ import annotations

from harness.judging.expect import control, expect, untestable
from harness.subjects.lti_tool_records import Hosted, Sent


def contexts(sent: Sent) -> list[tuple[str, str]]:
    """Return the contexts, each with its deployment, that a delivery is about."""
    found = ((str(one["context"]), str(one["deployment"])) for one in sent.expected if one.get("context"))
    return list(dict.fromkeys(found))


def had_effect(record: Hosted, step: str) -> bool:
    """Whether every notice of a step had its effect; without a probe: whether its delivery was taken."""
    sent = record.delivery(step)
    if sent is None:
        return False
    if not record.has_probe:
        return sent.taken
    seen = [record.probe(step, context) for context, _ in contexts(sent)]
    return bool(seen) and all(one is not None and one.mapped for one in seen)


def control_effect(record: Hosted, *steps: str) -> None:
    """Demand the positive twins: right notices before and after have their effect."""
    for step in steps:
        control(had_effect(record, step), f"a right notice has its effect ({step})")


def no_effect(record: Hosted, step: str, reason: str) -> None:
    """Expect that a delivery had no effect that the probe shows; what was answered does not matter."""
    for sent in record.deliveries(step):
        for context, _ in contexts(sent):
            seen = record.probe(step, context)
            if seen is None or seen.probed.refused:
                untestable("the probe shows what notices have done")
            expect(not seen.mapped, reason, expected="no effect", got=f"{sent.got}; {seen.got}", at=seen.at)
