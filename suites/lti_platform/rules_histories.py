"""What holds of every copy in a history of switches and handlers."""

from __future__ import annotations

from collections import Counter

from harness.evidence.entries import Event
from harness.judging.expect import expect, untestable
from harness.subjects.lti_platform_records import Told, Tooled
from suites.lti_platform.provoking import SECOND

COPYING = "copying"


def copies_are_told_as_the_model_says(history: Tooled) -> None:
    """Expect that each copy was told if it had to be, and was not if it must not; else either."""
    copies = [event for event in history.happened if event.name == COPYING]
    if not copies:
        untestable("positive control not seen: a course is copied")
    for copied, after in zip(copies, (*copies[1:], None), strict=True):
        end = after.seq if after else 1 << 60
        came = [told for told in history.notices if copied.seq < told.exchange.seq < end]
        due, at = copied.facts["due"], copied.id
        if due is True:
            expect(came, "copy-untold", expected="a notice", got="none", at=at)
        elif due is False:
            came = [told for told in came if _is_since(told, copied)]
            expect(not came, "notice-while-off", expected="none", got=f"{len(came)} notices", at=at)
        else:
            # Others may copy courses too: one copy that is told twice is told of twice by its destination.
            most = max(Counter(told.notice.context_id for told in came).values(), default=0)
            expect(most <= 1, "copy-told-twice", expected="one notice at most", got=most, at=at)


def _is_since(told: Told, copied: Event) -> bool:
    """Whether a notice is not of something that had happened before a copy was asked for."""
    happened = told.notice.timestamp
    return happened is None or happened.timestamp() >= float(copied.facts.get("now", 0)) - SECOND
