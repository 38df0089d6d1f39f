"""How a V1 server is moved: registrations are created, looked at, listed, changed and deleted."""

from __future__ import annotations

from datetime import UTC, datetime

from harness.judging.suite import Case, scenario
from harness.subjects.cloud_v1 import Calling
from harness.subjects.cloud_v1_records import Story
from suites.cloud_v1.scenarios import HTTP, package

LONGEST = 255
PAST, FUTURE = datetime(2001, 2, 15, 20, 5, 1, tzinfo=UTC), datetime(2035, 12, 31, 23, 5, 1, tzinfo=UTC)
FORCED = {"complete": "complete", "success": "passed", "score": "100"}
FORCING = (
    "updateRegistration", "setRegistrationResult", "updateRegistrationResult", "setRegistrationStatus",
    "completeRegistration", "setScore",
)  # fmt: skip
"""Calls that the service has not: what a call would be named that forces a result."""


def person(cloud: Calling, courseid: str, regid: str, **more: str) -> dict[str, str]:
    """Return the arguments of a creation, with others added or changed."""
    plain = {"courseid": courseid, "regid": regid, "fname": "Ada", "lname": "Byron", "learnerid": cloud.own("l")}
    return plain | more


@scenario(packages=0)
async def created(cloud: Calling) -> Story:
    """A registration is created with the five required arguments and looked at."""
    await cloud.call("debug.authPing", step="twin")
    regid = await cloud.registered()
    await cloud.call("registration.exists", step="exists", regid=regid)
    await cloud.call("registration.getRegistrationDetail", step="detail", regid=regid)
    return cloud.story()


@scenario(packages=0)
async def courseless(cloud: Calling) -> Story:
    """A registration for a course that is not there, and one for a course that is."""
    await cloud.registered(step="twin")
    given = person(cloud, cloud.own("no-course"), cloud.own("stray"))
    await cloud.call("registration.createRegistration", given, step="create")
    return cloud.story()


@scenario(packages=0)
async def created_twice(cloud: Calling) -> Story:
    """A regid is used a second time, for somebody else."""
    regid = await cloud.registered(step="twin")
    other = person(cloud, await cloud.driver.course(), regid, fname="Bea", lname="Other", learnerid=cloud.own("m"))
    await cloud.call("registration.createRegistration", other, step="again")
    await cloud.call("registration.getRegistrationDetail", step="detail", regid=regid)
    return cloud.story()


@scenario(needs=HTTP, packages=0)
async def half_login(cloud: Calling) -> Story:
    """A postback login without password, and one with."""
    url = cloud.hook("postback")
    await cloud.registered("whole", step="twin", postbackurl=url, urlname="invigil", urlpass="let-me-in")
    await cloud.registered("half", postbackurl=url, urlname="invigil")
    return cloud.story()


@scenario(packages=0)
async def two_of_one(cloud: Calling) -> Story:
    """Two registrations of one learner on one course."""
    first = await cloud.registered("first", step="twin")
    second = await cloud.registered("second")
    await cloud.call("registration.exists", step="first-exists", regid=first)
    await cloud.call("registration.exists", step="second-exists", regid=second)
    return cloud.story()


@scenario(
    cases=[
        Case("255-ascii", {"fill": "x"}), Case("255-latin", {"fill": "é"}), Case("255-cjk", {"fill": "名"}),
        Case("255-rtl", {"fill": "ع"}), Case("255-astral", {"fill": "😀", "may": True}),
        Case("guid", {"tail": "-6A2F41A3-C54C-FCE8-32D2-0324E1C32E22"}),
        Case("punctuation", {"tail": "/&+%#? =\"'<>;,é", "may": True}),
    ],
    packages=0,
)  # fmt: skip
async def odd_ids(cloud: Calling, case: Case) -> Story:
    """Ids of many forms and of full length, and how they come back."""
    await cloud.registered("plain", step="twin")
    tail, fill = str(case.values.get("tail", "")), str(case.values.get("fill", ""))
    regid, learner = (
        name + fill * (LONGEST - len(name)) if fill else name for name in (cloud.own("r") + tail, cloud.own("l") + tail)
    )
    given = person(cloud, await cloud.driver.course(), regid, learnerid=learner)
    await cloud.call("registration.createRegistration", given, step="create")
    await cloud.call("registration.getRegistrationDetail", step="detail", regid=regid)
    await cloud.call("registration.getRegistrationResult", step="result", regid=regid)
    return cloud.story()


@scenario(packages=0)
async def long_ids(cloud: Calling) -> Story:
    """An id of 255 characters, and one of 256."""
    courseid = await cloud.driver.course()
    for step, length in (("twin", LONGEST), ("longer", LONGEST + 1)):
        regid = (cloud.own("r") + "x" * length)[:length]
        await cloud.call("registration.createRegistration", person(cloud, courseid, regid), step=step)
    return cloud.story()


@scenario(needs=HTTP, packages=0)
async def posting_defaults(cloud: Calling) -> Story:
    """Registrations with a postback URL: one says nothing more, one says resultsformat=xml, as LIB-PHP does."""
    url = cloud.hook("postback")
    plain = await cloud.registered("plain", step="twin", postbackurl=url)
    await cloud.call("registration.getPostbackInfo", step="twin-info", regid=plain)
    odd = await cloud.registered("odd", postbackurl=url, resultsformat="xml")
    await cloud.call("registration.getPostbackInfo", step="info", regid=odd)
    return cloud.story()


@scenario(packages=0)
async def deleted(cloud: Calling) -> Story:
    """Two registrations, of which one is deleted."""
    regid, kept = await cloud.registered("gone"), await cloud.registered("kept", step="create-kept")
    await cloud.call("registration.exists", step="before", regid=regid)
    await cloud.call("registration.getRegistrationList", step="list-before", filter=cloud.own(".*"))
    await cloud.call("registration.deleteRegistration", step="delete", regid=regid)
    await cloud.call("registration.exists", step="exists", regid=regid)
    await cloud.call("registration.exists", step="kept-exists", regid=kept)
    await cloud.call("registration.getRegistrationList", step="list", filter=cloud.own(".*"))
    return cloud.story()


@scenario(needs=("cloud.undeletable-app",), packages=1)
async def undeletable(cloud: Calling) -> Story:
    """A registration and its course are to be deleted in an application that forbids it, and in one that does not."""
    allowed = await cloud.registered("allowed")
    await cloud.call("registration.deleteRegistration", step="twin", regid=allowed)
    kept, courseid, regid = cloud.driver.target.undeletable, cloud.own("course"), cloud.own("r")
    started = await cloud.upload(
        "course.importCourseAsync", {"courseid": courseid}, package(cloud.driver.marker), step="import", app=kept
    )
    await cloud.polled(started.rsp.text("token/id") or "none", step="poll", app=kept)
    await cloud.call("registration.createRegistration", person(cloud, courseid, regid), step="create-kept", app=kept)
    await cloud.call("registration.deleteRegistration", {"regid": regid}, step="delete", app=kept)
    await cloud.call("registration.exists", {"regid": regid}, step="exists", app=kept)
    await cloud.call("course.deleteCourse", {"courseid": courseid}, step="delete-course", app=kept)
    await cloud.call("course.exists", {"courseid": courseid}, step="course-exists", app=kept)
    return cloud.story()


@scenario(needs=HTTP, packages=0)
async def changed_hook(cloud: Calling) -> Story:
    """The postback settings of a registration are changed and read back."""
    regid, url = await cloud.registered(postbackurl=cloud.hook("postback", step="old")), cloud.hook("postback")
    await cloud.call("registration.getPostbackInfo", step="before", regid=regid)
    changes = {"regid": regid, "url": url, "name": "invigil-login", "password": "let-me-in"}
    await cloud.call("registration.updatePostbackInfo", changes, step="update")
    await cloud.call("registration.getPostbackInfo", step="info", regid=regid)
    return cloud.story()


@scenario(needs=(*HTTP, "stimulus.learn"), packages=0)
async def unhooked(cloud: Calling) -> Story:
    """A learner begins; postbacks are ended; the learner passes."""
    regid = await cloud.registered(postbackurl=cloud.hook("postback"))
    await cloud.learn(regid, step="begun", to="incomplete", exit="close-browser")
    await cloud.arrived("postback")
    await cloud.call("registration.deletePostbackInfo", step="delete", regid=regid)
    await cloud.learn(regid, step="passed", to="passed", score="92", exit="close-browser")
    await cloud.result_of(regid, step="result", until="passed")
    return cloud.story()
