"""How a V1 server is moved: results are asked for before and after a learner has been there, lists are filtered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from harness.judging.suite import Case, scenario
from harness.subjects.cloud_v1 import Calling
from harness.subjects.cloud_v1_records import Story
from suites.cloud_v1.rules_registration import dates_of
from suites.cloud_v1.scenarios_registration import FORCED, FORCING, FUTURE, PAST, person

LEARN = ("stimulus.learn",)
LIST = "registration.getRegistrationList"
SPELLINGS: dict[str, Callable[[datetime], str]] = {
    "iso-z": lambda at: f"{at:%Y-%m-%dT%H:%M:%SZ}",
    "iso-offset": lambda at: f"{at:%Y-%m-%dT%H:%M:%S}+00:00",
    "iso-millis": lambda at: f"{at:%Y-%m-%dT%H:%M:%S}.000+0000",
    "java": lambda at: f"{_day(at)} {_month(at)} {at:%d %H:%M:%S} UTC {at:%Y}",
    "net-en-us": lambda at: f"{at.month}/{at.day}/{at.year} {at.hour % 12 or 12}:{at:%M:%S} {'AP'[at.hour > 11]}M",
}


def _day(at: datetime) -> str:
    return ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[at.weekday()]


def _month(at: datetime) -> str:
    return ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")[at.month - 1]


@scenario(packages=0)
async def unknown_result(cloud: Calling) -> Story:
    """The result of a registration that is not there, and of one that is."""
    regid = await cloud.registered()
    await cloud.call("registration.getRegistrationResult", step="twin", regid=regid)
    await cloud.call("registration.getRegistrationResult", step="unknown", regid=cloud.own("nobody"))
    return cloud.story()


async def results(cloud: Calling, regid: str) -> None:
    """Ask for a result without saying how (step ``plain``), and in each format."""
    await cloud.call("registration.getRegistrationResult", step="plain", regid=regid)
    for name in ("course", "activity", "full"):
        await cloud.call("registration.getRegistrationResult", step=name, regid=regid, resultsformat=name)


@scenario(packages=0)
async def fresh(cloud: Calling) -> Story:
    """The results of a registration that was never launched, in every format."""
    regid = await cloud.registered()
    await cloud.call("registration.exists", step="exists", regid=regid)
    await results(cloud, regid)
    return cloud.story()


@scenario(needs=LEARN, packages=0)
async def session(cloud: Calling) -> Story:
    """A learner begins, comes back and passes with 92; results in every format."""
    regid = await cloud.registered()
    await cloud.learn(regid, step="begun", to="incomplete", seconds="61", exit="close-browser")
    await cloud.call("registration.getRegistrationResult", step="begun", regid=regid)
    await cloud.learn(regid, step="passed", to="passed", score="92", seconds="3600", exit="close-browser")
    await cloud.result_of(regid, step="settled", until="passed")
    await results(cloud, regid)
    return cloud.story()


@scenario(needs=LEARN, packages=0)
async def reset(cloud: Calling) -> Story:
    """A learner passes; the registration is reset."""
    regid = await cloud.registered()
    await cloud.learn(regid, to="passed", score="92", exit="close-browser")
    await cloud.result_of(regid, step="before", until="passed")
    await cloud.call("registration.resetRegistration", step="reset", regid=regid)
    await cloud.call("registration.exists", step="exists", regid=regid)
    await cloud.call("registration.getRegistrationResult", step="result", regid=regid)
    return cloud.story()


@scenario(packages=0)
async def forcing(cloud: Calling) -> Story:
    """Calls that might force a result: methods that there are not, and arguments that mean nothing."""
    regid = await cloud.registered()
    await cloud.call("registration.getRegistrationResult", step="before", regid=regid)
    for name in FORCING:
        await cloud.call(f"registration.{name}", FORCED | {"regid": regid}, step=f"try-{name}")
    names = person(cloud, await cloud.driver.course(), regid)
    await cloud.call("registration.updateLearnerInfo", names | FORCED, step="try-updateLearnerInfo")
    await cloud.call("registration.getRegistrationResult", step="after", regid=regid)
    made = await cloud.registered("made", step="create-forced", **FORCED)
    await cloud.call("registration.getRegistrationResult", step="made", regid=made)
    return cloud.story()


@scenario(packages=0)
async def filtered(cloud: Calling) -> Story:
    """Two registrations in lists with filters that hold for both, for one and for none of them."""
    courseid = await cloud.driver.course()
    one, stem = await cloud.registered("r1", step="create"), cloud.own("r")
    await cloud.registered("r2", step="create-2")
    await cloud.call(LIST, step="both", filter=f"{stem}.*")
    await cloud.call(LIST, step="one", filter=one)
    await cloud.call(LIST, step="stem", filter=stem)
    await cloud.call(LIST, step="course", filter=one, coursefilter=courseid)
    await cloud.call(LIST, step="course-stem", filter=one, coursefilter=courseid[:-1])
    await cloud.call(LIST, step="learner", courseid=courseid, learnerid=cloud.own("l"))
    await cloud.call("registration.getRegistrationListResults", step="results", filter=f"{stem}.*")
    await cloud.call("registration.getRegistrationDetail", step="detail", regid=one)
    return cloud.story()


@scenario(packages=0)
async def between(cloud: Calling) -> Story:
    """A registration in lists that begin or end long before it, long after it, and exactly at each of its dates."""
    regid = await cloud.registered()
    await cloud.call(LIST, step="all", filter=regid)
    for name, at in (("past", PAST), ("future", FUTURE)):
        for argument in ("after", "until"):
            given = {"filter": regid, argument: SPELLINGS["iso-z"](at)}
            await cloud.call(LIST, given, step=f"{argument}-{name}")
    detail = await cloud.call("registration.getRegistrationDetail", step="detail", regid=regid)
    for number, date in enumerate(dates_of(detail)):
        for argument in ("after", "until"):
            await cloud.call(LIST, {"filter": regid, argument: date}, step=f"{argument}-{number}")
    return cloud.story()


@scenario(cases=[Case(name, {"spelling": name}) for name in SPELLINGS], packages=0)
async def spelled(cloud: Calling, case: Case) -> Story:
    """Lists whose dates are spelled as one client or another spells them."""
    regid = await cloud.registered()
    await cloud.call(LIST, step="all", filter=regid)
    spell = SPELLINGS[case.values["spelling"]]
    for name, at in (("past", PAST), ("future", FUTURE)):
        for argument in ("after", "until"):
            await cloud.call(LIST, {"filter": regid, argument: spell(at)}, step=f"{argument}-{name}")
    return cloud.story()
