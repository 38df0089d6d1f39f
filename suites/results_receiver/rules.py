"""Rules that many checks of this suite share: taken, with effect, without effect."""

from __future__ import annotations

from harness.judging.expect import control, expect, remark
from harness.subjects.receiver_records import Posted, Reception
from harness.wire.results_policy import State


def answered(posted: Posted) -> None:
    """Expect an HTTP answer at all."""
    expect(posted.response is not None, "no-response", expected="an HTTP response", got=posted.got, at=posted.at)


def stored(record: Reception, step: str, state: State, reason: str = "not-stored") -> None:
    """Expect that the probe shows a state; without a probe the verdict says that status alone was judged."""
    shown = record.probe(step)
    if shown is None:
        remark("by-status-only", got="no probe is configured")
        return
    expect(shown.probed.state == state, reason, expected=str(state), got=shown.got, at=shown.at)


def control_stored(record: Reception, step: str, state: State) -> None:
    """Demand as positive control that a sound postback is stored: a receiver that takes nothing proves nothing."""
    shown = record.probe(step)
    control(shown is None or shown.probed.state == state, "a sound postback is stored")
