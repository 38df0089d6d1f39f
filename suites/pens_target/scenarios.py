"""How a PENS target is moved: every interaction that its checks judge."""

from __future__ import annotations

from fixtures.packages import scorm12
from harness.judging.suite import scenario
from harness.subjects.pens_records import Collected
from harness.subjects.pens_target import Collecting


def package(marker: str) -> bytes:
    """Return the package that is staged unless a scenario says otherwise; its title carries the run's marker."""
    return scorm12(title=f"Conformance course {marker}", identifier=marker)


@scenario
async def accepted(target: Collecting) -> Collected:
    """A complete, valid collect by urlencoded POST; the package can be fetched, receipt and alerts are answered."""
    return await target.collect()
