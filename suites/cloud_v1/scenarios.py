"""How a V1 server is moved: the package that is imported, calls at other times, a learner's result."""

from __future__ import annotations

from datetime import timedelta

from fixtures.packages import scorm12
from harness.judging.suite import Case, scenario
from harness.subjects.cloud_v1 import Calling
from harness.subjects.cloud_v1_records import Story
from suites.cloud_v1.calls import bracketed

HTTP = ("callback.http",)


def package(marker: str) -> bytes:
    """Return the package that is imported; its title carries the run's marker."""
    return scorm12(title=f"Conformance course {marker}", identifier=marker)


@scenario(
    cases=[
        Case("16-minutes-old", {"minutes": -16}, ("CLOUD-AUTH-15",)),
        Case("16-minutes-ahead", {"minutes": 16}, ("CLOUD-AUTH-16",)),
        *(Case(f"within-{minutes}", {"minutes": minutes}, ("CLOUD-AUTH-17",)) for minutes in (-14, 0, 14)),
    ],
    packages=0,
)
async def dated(cloud: Calling, case: Case) -> Story:
    """A call whose timestamp lies some minutes from now, and one with the present time as its twin."""
    await bracketed(cloud)
    await cloud.call("debug.authPing", step="dated", shift=timedelta(minutes=case.values["minutes"]))
    return cloud.story()


@scenario(needs=(*HTTP, "stimulus.learn"), packages=0)
async def learnt(cloud: Calling) -> Story:
    """A learner passes with 92; results are posted to us and asked for."""
    regid = await cloud.registered(postbackurl=cloud.hook("postback"))
    await cloud.learn(regid, to="passed", score="92", exit="close-browser")
    await cloud.arrived("postback")
    await cloud.call("registration.getRegistrationResult", step="result", regid=regid)
    return cloud.story()
