"""How a V1 server is moved: launch links are opened, learners leave, launches are looked at."""

from __future__ import annotations

from datetime import timedelta

from harness.judging.suite import Case, scenario
from harness.subjects.cloud_v1 import Calling
from harness.subjects.cloud_v1_records import Story
from harness.wire.cloud_v1_redirects import LAUNCH_WORDS
from suites.cloud_v1.scenarios import HTTP

LEARN = ("stimulus.learn",)
LAUNCH = "registration.launch"
OBJECTS = {"Course": "courseid", "Learner": "learnerid", "Registration": "regid"}


@scenario(packages=0)
async def opened(cloud: Calling) -> Story:
    """A launch link is opened."""
    regid = await cloud.registered()
    await cloud.call("registration.exists", step="exists", regid=regid)
    await cloud.call(LAUNCH, step="launch", regid=regid)
    return cloud.story()


@scenario(packages=0)
async def stale_link(cloud: Calling) -> Story:
    """A launch link that is 16 minutes old, and a fresh one."""
    regid = await cloud.registered()
    await cloud.call(LAUNCH, step="twin", regid=regid)
    await cloud.call(LAUNCH, step="stale", shift=timedelta(minutes=-16), regid=regid)
    return cloud.story()


@scenario(packages=0)
async def stray_link(cloud: Calling) -> Story:
    """A launch link for a registration that is not there, and one for a registration that is."""
    regid = await cloud.registered()
    await cloud.call(LAUNCH, step="twin", regid=regid)
    await cloud.call(LAUNCH, step="stray", regid=cloud.own("nobody"))
    return cloud.story()


async def returning(cloud: Calling, regid: str, *, step: str, way: str) -> None:
    """Let a learner pass and leave in some way; the launch link names an endpoint of ours as redirecturl."""
    url = cloud.hook("return", step=step, query="?id=7")
    link = cloud.url(LAUNCH, {"regid": regid, "redirecturl": url})
    await cloud.learn(regid, launch=link, step=step, to="passed", score="92", exit=way)
    await cloud.result_of(regid, step=f"{step}-result", until="passed")


@scenario(needs=(*HTTP, *LEARN), packages=0)
async def left_by_exit(cloud: Calling) -> Story:
    """A learner passes and leaves the course by its exit."""
    await returning(cloud, await cloud.registered(), step="exit", way="exit-button")
    await cloud.arrived("return", step="exit")
    return cloud.story()


@scenario(needs=(*HTTP, *LEARN), packages=0)
async def window_closed(cloud: Calling) -> Story:
    """A learner passes and closes the window; another leaves by the exit."""
    await returning(cloud, await cloud.registered("twin", step="create-twin"), step="exit", way="exit-button")
    await returning(cloud, await cloud.registered(), step="closed", way="close-browser")
    return cloud.story()


@scenario(cases=[Case(word, {"word": word}) for word in LAUNCH_WORDS], packages=0)
async def words(cloud: Calling, case: Case) -> Story:
    """A launch whose redirecturl is a word that stands for a page."""
    regid = await cloud.registered()
    await cloud.call(LAUNCH, step="twin", regid=regid)
    await cloud.call(LAUNCH, {"regid": regid, "redirecturl": case.values["word"]}, step="word")
    return cloud.story()


async def tags(cloud: Calling, ids: dict[str, str], *, step: str) -> None:
    """Ask for the tags of some objects, by kind."""
    for kind, key in ids.items():
        await cloud.call(f"tagging.get{kind}Tags", {OBJECTS[kind]: key}, step=f"{step}-{kind}")


@scenario(alone=True, packages=0)  # the shared course has its tags set by others
async def tagged(cloud: Calling) -> Story:
    """A launch that names tags for course, learner and registration, and one that writes the names small."""
    regid, tag = await cloud.registered(), f"tag{cloud.token[:10]}"
    ids = {"Course": await cloud.driver.course(), "Learner": cloud.own("l"), "Registration": regid}
    mixed = {f"{kind.lower()}Tags": f"{tag}m" for kind in ids}
    await cloud.call(LAUNCH, {"regid": regid} | mixed, step="launch")
    await tags(cloud, ids, step="mixed")
    small = {"coursetags": f"{tag}s", "learnertags": f"{tag}s"}
    await cloud.call(LAUNCH, {"regid": regid} | small, step="launch-small")
    await tags(cloud, {kind: ids[kind] for kind in ("Course", "Learner")}, step="small")
    return cloud.story()


@scenario(needs=LEARN, packages=0)
async def untracked(cloud: Calling) -> Story:
    """A learner passes in a launch that is not tracked; another in one that is."""
    for step, more in (("tracked", {}), ("untracked", {"disableTracking": "true"})):
        regid = await cloud.registered(step, step=f"create-{step}")
        await cloud.call("registration.getRegistrationResult", step=f"{step}-before", regid=regid)
        link = cloud.url(LAUNCH, {"regid": regid} | more)
        await cloud.learn(regid, launch=link, step=step, to="passed", score="92", exit="close-browser")
        await cloud.result_of(regid, step=f"{step}-result", until="passed" if step == "tracked" else "")
    return cloud.story()


@scenario(needs=LEARN, packages=0)
async def history(cloud: Calling) -> Story:
    """A registration is launched twice; its dates, its launch history, and each launch of it."""
    regid = await cloud.registered()
    for step in ("none", "one", "two"):
        if step != "none":
            result = {"to": "incomplete"} if step == "one" else {"to": "passed", "score": "92"}
            await cloud.learn(regid, step=step, exit="close-browser", **result)
        if step == "two":
            await cloud.result_of(regid, step="result", until="passed")
        await cloud.call("registration.getRegistrationDetail", step=f"{step}-detail", regid=regid)
        listed = await cloud.call("registration.getLaunchHistory", step=f"{step}-history", regid=regid)
    for number, launch in enumerate(listed.rsp.all("launchhistory/launch")):
        await cloud.call("registration.getLaunchInfo", step=f"info-{number}", launchid=launch.get("id") or "none")
    return cloud.story()
