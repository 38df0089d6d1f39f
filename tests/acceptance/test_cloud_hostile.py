"""Hostile arguments in every method of the V1 engine: no exception, no 5xx, and the code that the documents give."""

from __future__ import annotations

import asyncio
import itertools
import random
import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from harness.net.listener import Reply
from harness.wire import cloud_v1 as v1
from harness.wire.cloud_v1_answer import read_rsp
from mocks.engine.v1.methods import METHODS
from suites.pens_target.rules_properties import TRACES
from tests.acceptance.cloud_world import CloudWorld, cloud_world

SOURCES = Path(__file__).resolve().parents[2] / "mocks" / "engine" / "v1"
READING = re.compile(r'\.(?:get|need|any_case|all|has|one_of|tags_asked|id_filter|date_asked)\(\s*(?:call, )?"([\w]+)"')
OTHERS = {"learning", "job_triggers", "following", "trials", "triggers", "chaos", "control", "sender", "player"}
READ = [path.read_text("utf-8") for path in SOURCES.glob("*.py") if path.stem not in OTHERS]
NAMES = sorted({name for text in READ for name in READING.findall(text)})
"""Every name under which a method of the engine looks for a parameter."""

SOUND = {
    "courseid": "c1", "regid": "r1", "learnerid": "l1", "token": "t1", "launchid": "x1", "fname": "Ada",
    "lname": "Byron", "tag": "a", "tags": "a,b", "url": "http://127.0.0.1:9/p", "postbackurl": "http://127.0.0.1:9/p",
    "path": "index.html", "file": "a.zip",
}  # fmt: skip
"""What every method is given beside its hostile argument; the engine ignores what a method does not need."""

REQUIRED = {
    "course.exists": "courseid", "course.getCourseDetail": "courseid", "course.deleteCourse": "courseid",
    "course.getAttributes": "courseid", "course.updateAttributes": "courseid", "course.getMetadata": "courseid",
    "course.getManifest": "courseid", "course.getAssets": "courseid", "course.preview": "courseid",
    "course.importCourse": "courseid", "course.importCourseAsync": "courseid",
    "course.getAsyncImportResult": "token", "upload.uploadFile": "token", "upload.getUploadProgress": "token",
    "tagging.getCourseTags": "courseid", "tagging.setCourseTags": "courseid", "tagging.addCourseTag": "courseid",
    "tagging.getLearnerTags": "learnerid", "tagging.getRegistrationTags": "regid",
    "registration.createRegistration": "regid", "registration.exists": "regid",
    "registration.deleteRegistration": "regid", "registration.resetRegistration": "regid",
    "registration.resetGlobalObjectives": "regid", "registration.getRegistrationDetail": "regid",
    "registration.getRegistrationResult": "regid", "registration.launch": "regid",
    "registration.getLaunchHistory": "regid", "registration.getLaunchInfo": "launchid",
    "registration.updateLearnerInfo": "learnerid", "registration.updatePostbackInfo": "regid",
    "registration.getPostbackInfo": "regid", "registration.deletePostbackInfo": "regid",
    "registration.testRegistrationPostUrl": "postbackurl",
}  # fmt: skip

VALUES = (
    b"", b"+", b"%00", b"%FF%FE", b"%ED%A0%80", b"%", b"%zz", b"x" * 256, b"x" * 9_000, b"%F0%9F%98%80" * 300,
    b"-1", b"0", b"9" * 30, b"1e9", b"NaN", b"%D9%A1%D9%A2", b"true", b"latest", b"json", b"*", b"(a%2B)%2B%24",
    b"(" * 60, b"[%5C", b"%3Cx/%3E%5D%5D%3E", b"..%2F..%2F..%2Fetc%2Fpasswd", b"%2Fetc%2Fpasswd",
    b"a%0D%0ASet-Cookie:a=b",
    b"http:%2F%2F[", b"javascript:alert(1)", b"0000-99-99T99:99", b"20260131250000",
)  # fmt: skip
CODES = frozenset(v1.MESSAGES) | frozenset(range(1, 10))
HTTP = frozenset({200, 302, 303})
SHARE = 2_500


def hostile(method: str, name: str, value: bytes, *, twice: bool = False) -> bytes:
    """Return the query of a call whose one argument is hostile, once or beside its sound self."""
    sound = {"method": method, **SOUND}
    kept = [b"%s=%s" % (n.encode(), v.encode()) for n, v in sound.items() if n != name or twice]
    return b"&".join([*kept, b"%s=%s" % (name.encode(), value)])


def trouble(reply: Reply) -> str:
    """Return what is wrong with an answer, whatever was asked; empty when nothing is."""
    if reply.status not in HTTP:
        return f"status {reply.status}"
    if any(sign in part for header in reply.headers for part in header for sign in "\r\n\0"):
        return f"header {reply.headers}"
    if TRACES.search(reply.body):
        return "traceback"
    if reply.status == 200 and reply.body.startswith(b"<?xml") and b"<rsp" in reply.body[:80]:
        rsp = read_rsp(reply.body)
        if rsp.refused:
            return f"no XML: {rsp.refused} {reply.body[:200]!r}"
        if not rsp.is_ok and rsp.code not in CODES:
            return f"code {rsp.code}"
    return ""


async def tried(calls: Iterable[tuple[bytes, bool]], *faults: str) -> list[str]:
    """Make calls; return what went wrong, with the call that brought it about."""
    found = []
    async with cloud_world(faults=faults) as world:
        for query, form in calls:
            await world.furnish()
            try:
                wrong = trouble(await world.call(query, form=form))
            except Exception as error:
                wrong = f"{type(error).__name__}: {error}"
            if wrong:
                found.append(f"{wrong} <- {query[:400]!r}{' in a body' if form else ''}")
    return found


def every_call() -> list[tuple[bytes, bool]]:
    """Return every method with every argument in every hostile form; every second one twice, and in a form body."""
    whole = enumerate(itertools.product(METHODS, NAMES, VALUES))
    return [(hostile(method, name, value, twice=at % 2 == 1), at % 2 == 1) for at, (method, name, value) in whole]


@pytest.mark.parametrize(
    ("reply", "wrong"),
    [
        (Reply(500), "status 500"),
        (Reply(302, (("Location", "http://h/\r\nSet-Cookie: a=b"),)), "header"),
        (Reply(200, (), b"Traceback (most recent call last):"), "traceback"),
        (Reply(200, (), b'<?xml version="1.0"?><rsp stat="ok"><a>\x00</a></rsp>'), "no XML"),
        (Reply(200, (), b'<?xml version="1.0"?><rsp stat="fail"><err code="300" msg="" /></rsp>'), "code 300"),
        (Reply(200, (), b'<?xml version="1.0"?><rsp stat="fail"><err code="203" msg="" /></rsp>'), ""),
    ],
)
def test_what_would_be_wrong_is_seen(reply: Reply, wrong: str) -> None:
    assert trouble(reply).startswith(wrong)
    assert bool(trouble(reply)) == bool(wrong)


def test_the_arguments_of_the_methods_are_all_known() -> None:
    assert {"courseid", "regid", "resultsformat", "filter", "versionid", "redirecturl", "authtype"} <= set(NAMES)
    assert {f"rustici.{method}" for method in REQUIRED} <= set(METHODS)


def test_hostile_arguments_are_answered_in_a_share_of_all_calls() -> None:
    calls = random.Random(20260115).sample(every_call(), SHARE)
    assert asyncio.run(tried(calls)) == []


def test_a_server_that_falls_over_odd_bytes_is_noticed() -> None:
    query = hostile("rustici.registration.exists", "regid", b"%00")
    (found,) = asyncio.run(tried([(query, False), (b"method=rustici.debug.ping", False)], "v1.falls-over-odd-bytes"))
    assert found.startswith("status 500")


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_hostile_arguments_are_answered_in_every_method() -> None:
    assert asyncio.run(tried(every_call())) == []


async def codes(queries: Iterable[bytes]) -> list[int | None]:
    """Return the codes with which calls are refused; None for one that succeeds."""
    async with cloud_world() as world:
        return [await code(world, query) for query in queries]


async def code(world: CloudWorld, query: bytes) -> int | None:
    """Return the code of the answer to a call."""
    return read_rsp((await world.call(query)).body).code


@pytest.mark.parametrize(("method", "name"), REQUIRED.items())
def test_a_call_without_the_argument_that_it_needs_is_refused_with_203(method: str, name: str) -> None:
    kept = "&".join(f"{n}={v}" for n, v in SOUND.items() if n != name).encode()
    about = f"method=rustici.{method}&".encode()
    found = asyncio.run(codes([about + kept, about + kept + f"&{name}=".encode()]))
    assert found == [203, 203]


def test_no_method_at_all_succeeds_without_any_argument_unless_it_needs_none() -> None:
    async def all_bare() -> dict[str, int | None]:
        async with cloud_world() as world:
            return {method: await code(world, b"method=" + method.encode()) for method in METHODS}

    found = asyncio.run(all_bare())
    assert {found[f"rustici.{method}"] for method in REQUIRED} == {203}
    assert {number for number in found.values() if number is not None} <= {1, 200, 201, 202, 203, 205}


@pytest.mark.parametrize("name", ["regid", "learnerid", "courseid"])
@pytest.mark.parametrize("size", [256, 9_000])
def test_an_id_that_is_too_long_is_refused(name: str, size: int) -> None:
    given = {**SOUND, "regid": "new", name: "x" * size}
    query = "method=rustici.registration.createRegistration&" + "&".join(f"{n}={v}" for n, v in given.items())
    assert asyncio.run(codes([query.encode()])) == [205]


@pytest.mark.parametrize("value", [b"%00", b"a%01b", b"%ED%A0%80", b"%EF%BF%BF"])
def test_an_id_that_no_answer_could_give_back_does_no_harm(value: bytes) -> None:
    given = hostile("rustici.registration.createRegistration", "regid", value)
    found = asyncio.run(codes([given, hostile("rustici.registration.exists", "regid", value)]))
    assert found[0] in (None, 205)
    assert found[1] in (None, 205)


@pytest.mark.parametrize(
    ("method", "name", "value", "wanted"),
    [
        ("registration.createRegistration", "authtype", b"digest", 205),
        ("registration.createRegistration", "resultsformat", b"summary", 205),
        ("registration.createRegistration", "versionid", b"first", 205),
        ("registration.createRegistration", "courseid", b"none", 1),
        ("registration.getRegistrationResult", "instanceid", b"%D9%A1", 205),
        ("registration.getRegistrationResult", "regid", b"none", 1),
        ("registration.getRegistrationList", "filter", b"(" * 60, 205),
        ("registration.getRegistrationList", "after", b"yesterday", 205),
        ("course.getCourseDetail", "courseid", b"none", 1),
        ("course.getAsyncImportResult", "token", b"none", 1),
    ],
)
def test_a_wrong_value_is_refused_by_its_code(method: str, name: str, value: bytes, wanted: int) -> None:
    given = {**SOUND, "regid": "new"} if method.endswith("createRegistration") else SOUND
    kept = "".join(f"&{n}={v}" for n, v in given.items() if n != name)
    query = f"method=rustici.{method}{kept}&{name}=".encode() + value
    assert asyncio.run(codes([query])) == [wanted]
