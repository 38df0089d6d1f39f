"""How a receiver of results is moved: one postback, and what the probe shows of its effect."""

from __future__ import annotations

from decimal import Decimal

from fixtures.packages import scorm12
from harness.judging.suite import Case, scenario
from harness.subjects.receiver_records import Reception
from harness.subjects.results_receiver import Posting
from harness.wire.results_policy import State

PASSED = State("complete", "passed", Decimal(85), 324)
BEGUN = State("incomplete", "unknown", None, 40)


def package(marker: str) -> bytes:
    """Return a package; nothing is imported into a receiver."""
    return scorm12(title=f"Conformance course {marker}", identifier=marker)


@scenario(cases=[Case("form", {"authtype": "form"}), Case("httpbasic", {"authtype": "httpbasic"})], packages=0)
async def posted(receiver: Posting, case: Case) -> Reception:
    """One sound postback of a passed registration."""
    regid = await receiver.registration()
    await receiver.look(regid, step="before")
    await receiver.post(regid, PASSED, step="post", authtype=case.values["authtype"])
    await receiver.settled(regid, PASSED, step="after")
    return receiver.seen()
