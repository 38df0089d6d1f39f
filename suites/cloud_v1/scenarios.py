"""How a V1 server is moved: the calls whose transport and authentication are judged."""

from __future__ import annotations

from datetime import timedelta

from fixtures.packages import scorm12
from harness.judging.suite import Case, scenario
from harness.subjects.cloud_v1 import Calling
from harness.subjects.cloud_v1_records import Story

HTTP = ("callback.http",)
ODD = "c 1+é&=%"
PLAIN = "invigil-no-such-course"


def package(marker: str) -> bytes:
    """Return the package that is imported; its title carries the run's marker."""
    return scorm12(title=f"Conformance course {marker}", identifier=marker)


@scenario(packages=0)
async def pinged(cloud: Calling) -> Story:
    """Ping by the canonical address without authentication, and authPing with it."""
    await cloud.send((("method", "rustici.debug.ping"),), step="ping")
    await cloud.call("debug.authPing", step="authPing")
    return cloud.story()


@scenario(
    cases=[
        Case("A-plain", {"method": "debug.authPing"}, ("CLOUD-AUTH-01", "CLOUD-AUTH-10")),
        Case("B-odd-value", {"method": "course.exists", "params": [["courseid", ODD]]},
             ("CLOUD-AUTH-01", "CLOUD-AUTH-05", "CLOUD-AUTH-06")),
        Case("C-mixed-case", {"method": "course.exists", "params": [["courseid", PLAIN], ["courseStructure", "a"]]},
             ("CLOUD-AUTH-01", "CLOUD-AUTH-02")),
        Case("G-origin", {"method": "debug.authPing", "params": [["origin", "acme.demo.1.0"], ["applib", "java"]]},
             ("CLOUD-AUTH-01", "CLOUD-AUTH-10")),
    ],
    packages=0,
)  # fmt: skip
async def signing(cloud: Calling, case: Case) -> Story:
    """A call that is signed as the documents say, in each form that a signature has to cope with."""
    params = tuple((str(name), str(value)) for name, value in case.values.get("params", ()))
    await cloud.call(case.values["method"], params, step="signed")
    return cloud.story()


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
    await cloud.call("debug.authPing", step="twin")
    await cloud.call("debug.authPing", step="dated", shift=timedelta(minutes=case.values["minutes"]))
    return cloud.story()


@scenario(needs=(*HTTP, "stimulus.learn"), packages=1)
async def learnt(cloud: Calling) -> Story:
    """A learner passes with 92; results are posted to us and asked for."""
    regid = await cloud.registered(postbackurl=cloud.hook("postback"))
    await cloud.learn(regid, to="passed", score="92", exit="close-browser")
    await cloud.arrived("postback")
    await cloud.call("registration.getRegistrationResult", step="result", regid=regid)
    return cloud.story()
