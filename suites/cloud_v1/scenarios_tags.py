"""How a V1 server is told the tags of courses, learners and registrations."""

from __future__ import annotations

from harness.judging.suite import Case, scenario
from harness.subjects.cloud_v1 import Calling
from harness.subjects.cloud_v1_records import Story

KINDS = ("Course", "Learner", "Registration")
KEYS = {"Course": "courseid", "Learner": "learnerid", "Registration": "regid"}


async def tagged(cloud: Calling, kind: str) -> dict[str, str]:
    """Return the parameter that names an object to tag: the shared course, a learner or registration of its own."""
    if kind == "Course":
        return {"courseid": await cloud.driver.course()}
    regid = await cloud.registered()
    return {"regid": regid} if kind == "Registration" else {"learnerid": cloud.own("l")}


@scenario(cases=[Case(kind.lower(), {"kind": kind}) for kind in KINDS], packages=0)
async def tagged_twice(cloud: Calling, case: Case) -> Story:
    """A tag is added twice and removed twice, and asked for in between."""
    kind = case.values["kind"]
    key, tag = await tagged(cloud, kind), cloud.own("tag")
    for step in ("add", "add-again"):
        await cloud.call(f"tagging.add{kind}Tag", key, step=step, tag=tag)
    await cloud.call(f"tagging.get{kind}Tags", key, step="with")
    for step in ("remove", "remove-again"):
        await cloud.call(f"tagging.remove{kind}Tag", key, step=step, tag=tag)
    await cloud.call(f"tagging.get{kind}Tags", key, step="without")
    cloud.note("tag", tag=tag)
    return cloud.story()


@scenario(cases=[Case(kind.lower(), {"kind": kind}) for kind in KINDS[1:]], packages=0)
async def retagged(cloud: Calling, case: Case) -> Story:
    """Two tags are set, then one other, and asked for each time."""
    kind = case.values["kind"]
    return await _retagged(cloud, kind, await tagged(cloud, kind))


@scenario(packages=1)
async def retagged_course(cloud: Calling) -> Story:
    """A course of its own gets two tags, then one other, and they are asked for each time."""
    courseid = cloud.own("c")
    await cloud.imported(courseid)
    await _retagged(cloud, "Course", {"courseid": courseid})
    await cloud.call("course.deleteCourse", step="clean-up", courseid=courseid)
    return cloud.story()


async def _retagged(cloud: Calling, kind: str, key: dict[str, str]) -> Story:
    red, blue, green = (cloud.own(colour) for colour in ("red", "blue", "green"))
    for step, tags in (("first", f"{red},{blue}"), ("second", green)):
        await cloud.call(f"tagging.set{kind}Tags", key, step=f"set-{step}", tags=tags)
        await cloud.call(f"tagging.get{kind}Tags", key, step=f"get-{step}")
    cloud.note("tags", red=red, blue=blue, green=green)
    return cloud.story()
