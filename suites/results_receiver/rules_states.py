"""Rules of states: what may be held after a history, by the policy that the receiver's owner declares."""

from __future__ import annotations

from collections.abc import Sequence

from harness.judging.expect import control, expect, untestable
from harness.subjects.receiver_records import Reception, Shown, state_of
from harness.wire.results_policy import BLANK, Allowed, Delivery, Event, State, allowed

LATER = "newer-ignored"


def permitted(record: Reception, shown: Shown) -> None:
    """Expect that the declared policy allows what is shown after all postbacks; else say what is wrong.

    One that was not taken may have been stored nevertheless.
    """
    arrived = [(posted.sent, posted.taken) for posted in record.posted if posted.sent is not None]
    sent = [state for state, _ in arrived]
    verdict = allowed([Delivery(state, certain=taken) for state, taken in arrived], record.policy)
    found, told = shown.probed.state, shown.probed.told
    control(found is not None, "the registration is known to the probe")
    fits = found is not None and verdict(found, told)
    reason = reason_of(verdict, found or BLANK, told, sent)
    expect(fits, reason, expected=words(verdict), got=shown.got, at=shown.at)


def reason_of(verdict: Allowed, found: State, told: Sequence[str], sent: Sequence[State]) -> str:
    """Return what is wrong with a state, by the first field that can have come about in no way."""
    wrong = next((name for name in told if getattr(found, name) not in verdict.possible(name)), "")
    values = [getattr(state, wrong) for state in sent] if wrong else []
    if not values:
        return "mixed-states"
    if wrong == "success" and "failed" in values[:-1] and values[-1] == "passed" and found.success == "failed":
        return "pass-refused"
    best = {"complete": "complete", "success": "passed"}.get(wrong) or max(v for v in values if v is not None)
    if best not in values[:-1]:
        return LATER
    return {"complete": "completion-undone", "success": "pass-undone", "score": "score-lowered"}.get(
        wrong, "time-shortened"
    )


def words(verdict: Allowed) -> str:
    """Return in words what would be allowed."""
    names = ("complete", "success", "score", "totaltime")
    listed = {name: verdict.possible(name)[:6] for name in names}
    return "; ".join(f"{name} {' or '.join(map(str, values))}" for name, values in listed.items())


def journey_is_permitted(record: Reception) -> None:
    """Expect of one drawn history that it ends in a state that the declared policy allows."""
    verdict, end = may_end(record), record.shown[-1] if record.shown else None
    if verdict is None or end is None or end.probed.state is None or len(record.shown) < 2:
        untestable("the probe shows the registration")
    fits = verdict(end.probed.state, end.probed.told)
    expect(fits, "not-allowed", expected=words(verdict), got=end.got, at=end.at)


def may_end(record: Reception) -> Allowed | None:
    """Return the states in which one drawn history may end; None when the probe shows none to begin with.

    What was not taken may have been stored nevertheless, and so may a refresh that failed.
    """
    start = record.shown[0].probed.state if record.shown else None
    events: list[Event] = [
        Delivery(state_of(event.facts["state"]), certain=bool(event.facts["certain"]))
        for event in record.happened
        if event.name == "arrived"
    ]
    return None if start is None else allowed(events, record.policy, start)
