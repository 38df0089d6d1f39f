"""How a V1 server is moved: calls whose answers are read as they stand, and calls that have to fail."""

from __future__ import annotations

from harness.judging.suite import Case, scenario
from harness.subjects.cloud_v1 import Calling
from harness.subjects.cloud_v1_records import Story
from harness.wire.cloud_v1_results import FORMATS
from suites.cloud_v1.calls import bracketed

NAME, SURNAME = 'Zoë & "Q" <b>', "O'Neil 名前 العربية 😀 ]]>"
NOWHERE = "invigil-no-such-thing"
_EVERY = ("CLOUD-ENV-01", "CLOUD-ENV-02", "CLOUD-ENV-03", "CLOUD-ENV-06", "CLOUD-ENV-07", "CLOUD-ENV-11")


@scenario(
    cases=[
        Case("plain", {}, _EVERY),
        Case("course", {}, (*_EVERY, "CLOUD-ENV-04", "CLOUD-ENV-12")),
    ],
    packages=0,
)
async def spoken(cloud: Calling, case: Case) -> Story:
    """Many methods are called, some so that they fail: without any course, or about one and a registration for it."""
    await bracketed(cloud)
    for method, params in (
        ("registration.getRegistrationResult", {"regid": NOWHERE}),
        ("registration.deleteRegistration", {"regid": NOWHERE}),
        ("debug.noSuch", {}),
    ):
        await cloud.call(method, params, step=f"fails-{method}")
    if case.name == "course":
        await _about_a_course(cloud)
    else:
        await cloud.send((("method", "rustici.debug.ping"),), step="ping")
        for method, params in (
            ("debug.getTime", {}),
            ("registration.exists", {"regid": NOWHERE}), ("course.exists", {"courseid": NOWHERE}),
            ("course.getCourseList", {"filter": NOWHERE}), ("registration.getRegistrationList", {"filter": NOWHERE}),
        ):  # fmt: skip
            await cloud.call(method, params, step=method)
    return cloud.story()


async def _about_a_course(cloud: Calling) -> None:
    courseid = await cloud.driver.course()
    regid = await cloud.registered(fname=NAME, lname=SURNAME)
    if "stimulus.learn" in cloud.driver.offers:
        await cloud.learn(regid, to="passed", score="92")
    of_course, of_registration = {"courseid": courseid}, {"regid": regid}
    for method in ("exists", "getCourseDetail", "getAttributes", "getMetadata"):
        await cloud.call(f"course.{method}", of_course, step=f"course.{method}")
    await cloud.call("course.getCourseList", step="course.getCourseList", filter=courseid)
    for method in ("exists", "getRegistrationDetail", "getLaunchHistory", "getPostbackInfo"):
        await cloud.call(f"registration.{method}", of_registration, step=f"registration.{method}")
    for method in ("getRegistrationList", "getRegistrationListResults"):
        await cloud.call(f"registration.{method}", step=f"registration.{method}", filter=regid)
    for name in FORMATS:
        await cloud.call("registration.getRegistrationResult", of_registration, step=name, resultsformat=name)
    await cloud.call("tagging.getCourseTags", of_course, step="tagging.getCourseTags")
    await cloud.call("upload.listFiles", step="upload.listFiles")


@scenario(packages=0)
async def named_learners(cloud: Calling) -> Story:
    """Two learners are registered, one with names that XML and encodings have to care for; both are read back."""
    await bracketed(cloud)
    for step, given in (("plain", {"fname": "Ada", "lname": "Byron"}), ("odd", {"fname": NAME, "lname": SURNAME})):
        regid = await cloud.registered(step, step=f"{step}-create", learnerid=cloud.own(step), **given)
        await cloud.call("registration.getRegistrationDetail", step=f"{step}-detail", regid=regid)
        await cloud.call("registration.getRegistrationList", step=f"{step}-list", filter=regid)
    return cloud.story()


@scenario(
    cases=[
        Case("no-method", {"method": "", "codes": [200]}, ("CLOUD-ENV-08",)),
        Case("unknown-method", {"method": "rustici.debug.noSuch", "codes": [202]}, ("CLOUD-ENV-08",)),
        Case("exists", {"method": "rustici.registration.exists", "codes": [203]}, ("CLOUD-ENV-09",)),
        Case("result", {"method": "rustici.registration.getRegistrationResult", "codes": [203]}, ("CLOUD-ENV-09",)),
    ],
    packages=0,
)
async def unknown_calls(cloud: Calling, case: Case) -> Story:
    """A signed call without a method, of a method that is not there, or without the argument that it needs."""
    await bracketed(cloud)
    method = str(case.values["method"])
    await cloud.send(cloud.sign((("method", method),) if method else ()), step="called")
    await cloud.call("registration.exists", step="whole", regid=NOWHERE)
    return cloud.story()


@scenario(packages=0)
async def created_wrongly(cloud: Calling) -> Story:
    """A registration is created: without an id, with a results format that there is not, and as it should be."""
    await bracketed(cloud)
    given = {"courseid": await cloud.driver.course(), "fname": "Ada", "lname": "Byron", "learnerid": cloud.own("l")}
    await cloud.call("registration.createRegistration", given, step="no-regid")
    given |= {"regid": cloud.own("bogus")}
    await cloud.call("registration.createRegistration", given, step="bogus", resultsformat="bogus")
    given |= {"regid": cloud.own("whole")}
    await cloud.call("registration.createRegistration", given, step="whole", resultsformat="course")
    return cloud.story()
