"""How a V1 server is given packages, and how it is asked what became of them."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from fixtures.broken import BROKEN
from fixtures.packages import scorm12
from harness.judging.suite import Case, scenario
from harness.net.patience import within
from harness.subjects.cloud_v1 import Calling
from harness.subjects.cloud_v1_records import Called, Story
from harness.wire.cloud_v1_redirects import read_redirect

ASYNC = "course.importCourseAsync"
TITLE = "Fire & rescue &amp; 火災 🚒 שלום"
PAGE = b"<!DOCTYPE html>\n<title>Sign in</title><p>This page is no package.</p>\n"
ORIGIN = "https://pages.invigil.example"
BACK = "https://lms.invigil.example/imported"
QUERIED = BACK + "?id=7&note=a%26b"
CUT_AFTER = timedelta(seconds=61)


def titled(title: str) -> bytes:
    """Return a package whose course has this title."""
    return scorm12(title=title, identifier="invigil-title")


async def begun(cloud: Calling, name: str, data: bytes, *, step: str, **options: Any) -> Called:
    """Post a package to importCourseAsync under an id of the scenario's own."""
    return await cloud.upload(ASYNC, {"courseid": cloud.own(name)}, data, step=step, **options)


async def ended(cloud: Calling, started: Called, *, step: str) -> None:
    """Ask about an import until it has ended, when there is a token to ask with."""
    token = started.rsp.text("token/id")
    if token:
        await cloud.polled(token, step=step)


async def tidied(cloud: Calling, *names: str) -> None:
    """Delete courses of the scenario's own."""
    for name in names:
        await cloud.call("course.deleteCourse", step="clean-up", courseid=cloud.own(name))


async def taken(cloud: Calling, **options: Any) -> Story:
    """Import a plain package, uploaded in one certain way, and wait for the end."""
    started = await begun(cloud, "c", cloud.driver.package, step="started", **options)
    await ended(cloud, started, step="poll")
    await tidied(cloud, "c")
    return cloud.story()


@scenario(packages=1)
async def imported(cloud: Calling) -> Story:
    """Import a package with an odd title, posted in a part called filedata."""
    await cloud.call("debug.authPing", step="twin")
    started = await begun(cloud, "c", titled(TITLE), step="started")
    await ended(cloud, started, step="poll")
    await cloud.call("course.getCourseDetail", step="detail", courseid=cloud.own("c"))
    await tidied(cloud, "c")
    return cloud.story()


@scenario(packages=1)
async def named_file(cloud: Calling) -> Story:
    """Import a package that is posted in a part called file."""
    return await taken(cloud, part="file")


@scenario(
    cases=[
        Case("no-content-type", {"content_type": None}, ("CLOUD-IMPORT-03",)),
        Case("other-content-type", {"content_type": "application/octet-stream"}, ("CLOUD-IMPORT-03",)),
        Case("whole-path", {"filename": "/var/www/html/uploads/course 7.zip"}, ("CLOUD-IMPORT-03",)),
        Case("hyphen-boundary", {"boundary": "-----------------------------7d93b2a700d04"}, ("CLOUD-IMPORT-04",)),
    ],
    packages=1,
)
async def posted_file(cloud: Calling, case: Case) -> Story:
    """Import a package that is posted in a form in which client libraries post it."""
    return await taken(cloud, **case.values)


@scenario(packages=1)
async def imported_by_path(cloud: Calling) -> Story:
    """Upload a package by the upload service and import it by its location."""
    token = (await cloud.call("upload.getUploadToken", step="token")).rsp.text("token/id") or ""
    stored = await cloud.upload("upload.uploadFile", {"token": token}, cloud.driver.package, step="upload")
    location = stored.rsp.text("location") or ""
    started = await cloud.call(ASYNC, step="started", courseid=cloud.own("c"), path=location)
    await ended(cloud, started, step="poll")
    await cloud.call("upload.deleteFiles", step="delete", file=location.rpartition("/")[2])
    await tidied(cloud, "c")
    return cloud.story()


@scenario(packages=0)
async def not_a_zip(cloud: Calling) -> Story:
    """Import a page instead of a package."""
    started = await begun(cloud, "c", PAGE, step="started")
    await ended(cloud, started, step="poll")
    return cloud.story()


@scenario(alone=True, needs=("control",), packages=1)
async def held(cloud: Calling) -> Story:
    """Import a package and a page while imports are held, ask at each stage, and let them go."""
    await cloud.call("debug.authPing", step="twin")
    await cloud.trigger("hold-imports")
    try:
        started = await begun(cloud, "c", cloud.driver.package, step="started")
        token = started.rsp.text("token/id")
        if token:
            await cloud.call("course.getAsyncImportResult", step="created", token=token)
            await cloud.trigger("import", token=token, state="running")
            await cloud.call("course.getAsyncImportResult", step="running", token=token)
        failing = await begun(cloud, "broken", PAGE, step="failing")
    finally:
        await cloud.trigger("release-imports")
    await ended(cloud, started, step="finished")
    await ended(cloud, failing, step="failed")
    await tidied(cloud, "c")
    return cloud.story()


@scenario(alone=True, needs=("control",), packages=0)
async def kept_token(cloud: Calling) -> Story:
    """Ask about an import when it has ended, six days later and eight days later."""
    started = await begun(cloud, "c", PAGE, step="started")
    await ended(cloud, started, step="poll")
    token = started.rsp.text("token/id") or ""
    for step, days in (("after-6-days", 6), ("after-8-days", 2)):
        await cloud.advance(timedelta(days=days))
        await cloud.call("course.getAsyncImportResult", step=step, token=token)
        await cloud.call("debug.authPing", step=f"twin-{step}")
    return cloud.story()


async def _sent_back(cloud: Calling, url: str, data: bytes) -> None:
    sent = await cloud.upload(ASYNC, {"courseid": cloud.own("c"), "redirecturl": url}, data, step="accepted")
    cloud.note("given", url=url, courseid=cloud.own("c"))
    token = read_redirect(sent.location, url).get("tokenid")
    if token:
        await cloud.polled(token, step="poll")


@scenario(packages=1)
async def sent_back(cloud: Calling) -> Story:
    """Post a package as a form does that names a redirecturl, and one that is refused since it lacks its courseid."""
    await cloud.call("debug.authPing", step="twin")
    await _sent_back(cloud, BACK, cloud.driver.package)
    await cloud.upload(ASYNC, {"redirecturl": BACK}, PAGE, step="refused")
    await tidied(cloud, "c")
    return cloud.story()


@scenario(packages=0)
async def sent_back_with_query(cloud: Calling) -> Story:
    """Post a file as a form does whose redirecturl has a query already."""
    await _sent_back(cloud, QUERIED, PAGE)
    return cloud.story()


@scenario(packages=0)
async def cross_origin(cloud: Calling) -> Story:
    """Post files as the script of a page of another origin does: one that is taken, one that is refused."""
    headers = (("Origin", ORIGIN),)
    await begun(cloud, "c", PAGE, step="accepted", headers=headers)
    await cloud.upload(ASYNC, {}, PAGE, step="refused", headers=headers)
    return cloud.story()


@scenario(packages=1)
async def imported_at_once(cloud: Calling) -> Story:
    """Import a package by importCourse, which waits for the end."""
    given = {"courseid": cloud.own("c")}
    await cloud.upload("course.importCourse", given, cloud.driver.package, step="imported")
    await tidied(cloud, "c")
    return cloud.story()


@scenario(alone=True, needs=("control",), packages=1)
async def cut_off(cloud: Calling) -> Story:
    """Call importCourse while imports are held, let 61 seconds pass, and then let the import go on."""
    await cloud.trigger("hold-imports")
    given, package = {"courseid": cloud.own("c")}, cloud.driver.package
    waiting = asyncio.ensure_future(cloud.upload("course.importCourse", given, package, step="imported"))
    try:
        for _ in range(4):  # the call may not have come in when time moves first
            await within(cloud.driver.patience.answer / 50, asyncio.shield(waiting))
            if waiting.done():
                break
            await cloud.advance(CUT_AFTER)
    finally:
        await within(cloud.driver.patience.answer / 50, asyncio.shield(waiting))
        cloud.note("released", answered=waiting.done())
        await cloud.trigger("release-imports")
        await waiting
    await tidied(cloud, "c")
    return cloud.story()


@scenario(packages=0)
async def expired_form(cloud: Calling) -> Story:
    """Post a file to an import address that is 16 minutes old, and to a fresh one."""
    await begun(cloud, "fresh", PAGE, step="twin")
    await begun(cloud, "old", PAGE, step="dated", shift=timedelta(minutes=-16))
    return cloud.story()


@scenario(packages=2)
async def in_two_languages(cloud: Calling) -> Story:
    """Import a package that a parser may warn of, with the culture en and with de."""
    data = BROKEN["launch-missing"].build()
    for culture in ("en", "de"):
        params = {"courseid": cloud.own(culture), "culture": culture}
        await ended(cloud, await cloud.upload(ASYNC, params, data, step=culture), step=f"poll-{culture}")
    await tidied(cloud, "en", "de")
    return cloud.story()
