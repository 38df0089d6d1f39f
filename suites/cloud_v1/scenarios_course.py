"""How a V1 server is asked about courses, and how they are changed and deleted."""

from __future__ import annotations

from urllib.parse import urljoin

from harness.judging.suite import scenario
from harness.net.client import Request
from harness.subjects.cloud_v1 import Calling
from harness.subjects.cloud_v1_records import Story
from harness.wire.binding import encode_query, join_query
from suites.cloud_v1.scenarios_import import ASYNC, titled

COURSE_TITLE = "Ladders & scaffolds"
UNKNOWN = "invigil-no-such-course"
NOTHING = "invigil-no-such-.*"


@scenario(packages=1)
async def lived(cloud: Calling) -> Story:
    """A course from before its import to after its deletion, previewed in between."""
    courseid = cloud.own("c")
    await cloud.call("debug.authPing", step="twin")
    await cloud.call("course.exists", step="before", courseid=courseid)
    started = await cloud.upload(ASYNC, {"courseid": courseid}, titled(COURSE_TITLE), step="import")
    await cloud.polled(started.rsp.text("token/id") or "-", step="poll")
    await cloud.call("course.exists", step="between", courseid=courseid)
    preview = await cloud.call("course.preview", step="preview", courseid=courseid, redirecturl="https://lms.example/")
    target = urljoin(cloud.driver.target.url, preview.location)
    if preview.location and target.startswith(("http://", "https://")):
        await cloud.send((), step="previewed", url=target)
    await cloud.call("registration.getRegistrationList", step="registrations", courseid=courseid)
    await cloud.call("course.getCourseDetail", step="detail", courseid=courseid)
    await cloud.call("course.deleteCourse", step="delete", courseid=courseid)
    await cloud.call("course.exists", step="after", courseid=courseid)
    return cloud.story()


@scenario(packages=0)
async def listed(cloud: Calling) -> Story:
    """Courses listed without a filter and with several, and the detail of one."""
    courseid = await cloud.driver.course()
    cloud.note("course", id=courseid)
    filters = {
        "whole": courseid, "pattern": f"{courseid[:-3]}.*", "beginning": courseid[:-3], "anchored": f"^{courseid[:-3]}",
        "nothing": NOTHING,
    }  # fmt: skip
    await cloud.call("course.getCourseList", step="all")
    for step, text in filters.items():
        await cloud.call("course.getCourseList", step=step, filter=text)
    await cloud.call("course.getCourseDetail", step="detail", courseid=courseid)
    return cloud.story()


@scenario(packages=0)
async def tagged_courses(cloud: Calling) -> Story:
    """The shared course gets two tags; courses are listed by one, by both, and by one that it has not."""
    courseid = await cloud.driver.course()
    cloud.note("course", id=courseid)
    red, blue, green = (cloud.own(colour) for colour in ("red", "blue", "green"))
    for tag in (red, blue):
        await cloud.call("tagging.addCourseTag", step="tag", courseid=courseid, tag=tag)
    for step, tags in (("one", red), ("both", f"{red},{blue}"), ("other", f"{red},{green}")):
        await cloud.call("course.getCourseList", step=step, filter=courseid, tags=tags)
    for tag in (red, blue):
        await cloud.call("tagging.removeCourseTag", step="clean-up", courseid=courseid, tag=tag)
    return cloud.story()


@scenario(packages=0)
async def deleted_unknown(cloud: Calling) -> Story:
    """Delete a course that is not there."""
    await cloud.call("course.deleteCourse", step="delete", courseid=cloud.own("never"))
    return cloud.story()


@scenario(packages=0)
async def changed_attributes(cloud: Calling) -> Story:
    """Set two attributes of the shared course, one of them to the value that it has; then both once more."""
    courseid = await cloud.driver.course()
    before = await cloud.call("course.getAttributes", step="before", courseid=courseid)
    values = {node.get("name"): node.get("value") for node in before.rsp.all("attributes/attribute")}
    height = "701" if values.get("desiredHeight") != "701" else "702"
    given = {"courseid": courseid, "desiredHeight": height}
    if values.get("desiredWidth"):
        given["desiredWidth"] = values["desiredWidth"]
    await cloud.call("course.updateAttributes", given, step="change")
    await cloud.call("course.updateAttributes", given, step="repeat")
    await cloud.call("course.getAttributes", step="after", courseid=courseid)
    if values.get("desiredHeight"):
        old = {"courseid": courseid, "desiredHeight": values["desiredHeight"]}
        await cloud.call("course.updateAttributes", old, step="clean-up")
    return cloud.story()


@scenario(packages=0)
async def given_files(cloud: Calling) -> Story:
    """Get the manifest of the shared course, its package, and one file of it."""
    courseid = await cloud.driver.course()
    await cloud.call("course.getManifest", step="manifest", courseid=courseid)
    await cloud.call("course.getAssets", step="package", courseid=courseid)
    await cloud.call("course.getAssets", step="file", courseid=courseid, path="imsmanifest.xml")
    return cloud.story()


def widget_address(api: str) -> str:
    """Return where the property editor is, beside an API address that ends in /EngineWebServices/api or in /api."""
    base = api.partition("?")[0].rstrip("/")
    base = base[: -len("/api")] if base.lower().endswith("/api") else base
    return f"{base}/widget" if base.endswith("/EngineWebServices") else f"{base}/EngineWebServices/widget"


@scenario(packages=0)
async def edited(cloud: Calling) -> Story:
    """Open the property editor of the shared course: signed, with a wrong signature, and with no parameter at all."""
    courseid = await cloud.driver.course()
    pairs = (("action", "properties.view"), ("package", f"ApiCourseId|{courseid}"), ("editor", "latest"))
    signed = cloud.sign(pairs)
    wrong = tuple((name, f"{value[:-1]}{'0' if value[-1] != '0' else '1'}" if name == "sig" else value)
                  for name, value in signed)  # fmt: skip
    for step, sent in (("signed", signed), ("wrong", wrong), ("bare", ())):
        address = join_query(widget_address(cloud.driver.target.url), encode_query(sent))
        await cloud.request(Request("GET", address), step=step)
    return cloud.story()
