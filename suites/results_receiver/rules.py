"""Rules that many checks of this suite share: what was taken, what was stored of it, and what is known of neither."""

from __future__ import annotations

from collections.abc import Iterable

from harness.judging.expect import control, expect, inapplicable, remark
from harness.subjects.receiver_records import Posted, Reception, Shown
from harness.wire.results_policy import State

TRIES = 71
"""How often one postback that always fails is sent: once and 70 times again."""


def ways(record: Reception) -> list[Posted]:
    """Return the postbacks whose steps are called after ways of authentication."""
    return [record[way] for way in record.case["auth_types"] if way in record]


def declares(record: Reception, way: str) -> None:
    """End the check unless the receiver is declared to take postbacks in this way."""
    if way not in record.case["auth_types"]:
        inapplicable(f"receiver.{way}")


def demands_credentials(record: Reception) -> None:
    """End the check unless credentials are configured."""
    if not record.case["credentials"]:
        inapplicable("receiver.credentials")


def by_status_only(record: Reception) -> None:
    """Remark that nothing was judged by its effect, if there is no probe."""
    remark("by-status-only", unless=record.case["probe"], got="no probe is configured")


def shows(shown: Shown, state: State) -> bool:
    """Whether the probe shows a state, in all that it tells."""
    return not shown.differing(state)


def stored(record: Reception, step: str) -> bool:
    """Whether the probe shows at a step what was posted at it; without a probe nothing contradicts it."""
    shown, sent = record.probe(step), record[step].sent
    return not record.case["probe"] or (shown is not None and sent is not None and shows(shown, sent))


def works(record: Reception, step: str) -> bool:
    """Whether a postback was taken and, as far as can be seen, stored."""
    return step in record and record[step].taken and stored(record, step)


def control_works(record: Reception, *steps: str) -> None:
    """Demand that one of some postbacks works: a receiver that takes nothing proves nothing."""
    unread = next((shown.probed.refused for shown in record.shown if shown.probed.refused), "")
    why = f" (the probe cannot be read: {unread})" if unread else ""
    control(any(works(record, step) for step in steps), f"a sound postback is taken and stored{why}")


def usable(record: Reception, step: str) -> Shown | None:
    """Return what the probe shows at a step; None without a probe. One that cannot be read ends the check."""
    shown = record.probe(step)
    control(shown is not None or not record.case["probe"], "the probe was asked")
    control(shown is None or not shown.probed.refused, f"the probe can be read: {shown and shown.probed.refused}")
    return shown


def before(record: Reception, step: str) -> Shown | None:
    """Return what the probe showed last before it was asked at a step."""
    first = record.first(step)
    return None if first is None else next((s for s in reversed(record.shown) if _earlier(s, first)), None)


def _earlier(one: Shown, other: Shown) -> bool:
    return one.step != other.step and one.exchange.seq < other.exchange.seq


def moved(record: Reception, step: str) -> bool:
    """Whether a postback changed what the probe shows; False without a probe."""
    then, now = before(record, step), usable(record, step)
    return then is not None and now is not None and then.probed.state != now.probed.state


def survived(posted: Posted) -> None:
    """Expect that a postback is answered, and not by an internal error."""
    expect(posted.response is not None, "no-answer", expected="an answer", got=posted.got, at=posted.at)
    expect(posted.status < 500, "server-error", expected="no 5xx", got=storm(posted), at=posted.at)


def storm(posted: Posted) -> str:
    """Say what answered, and what that costs: the sender repeats what fails (Registration Postbacks V1, retries)."""
    failed = posted.response is None or posted.status >= 400
    return posted.got + (f": SCORM Cloud sends it up to {TRIES} times" if failed else "")


def control_known(records: Iterable[Posted]) -> None:
    """Demand that something was answered at all."""
    control(any(posted.response for posted in records), "a postback is answered")
