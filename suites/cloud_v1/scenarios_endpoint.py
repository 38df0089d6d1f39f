"""How a V1 server is moved: to which address and by which kind of request a call comes."""

from __future__ import annotations

from harness.judging.suite import Case, scenario
from harness.net.client import Request
from harness.subjects.cloud_v1 import Calling
from harness.subjects.cloud_v1_records import Story
from harness.wire.binding import FORM, encode_query, join_query
from suites.cloud_v1.calls import ODD, addresses, bracketed, without
from suites.cloud_v1.scenarios_access import exists

UNKNOWN = "invigil-no-such-thing"
MULTIPART = "multipart/form-data; boundary=--------------------------407106410351"
METHODS = {
    "debug": ("ping", "authPing", "getTime"),
    "registration": (
        "exists", "createRegistration", "deleteRegistration", "resetRegistration", "resetGlobalObjectives",
        "getRegistrationList", "getRegistrationListResults", "getRegistrationDetail", "getRegistrationResult",
        "getLaunchHistory", "getLaunchInfo", "updateLearnerInfo", "updatePostbackInfo", "getPostbackInfo",
        "deletePostbackInfo",
    ),
    "course": (
        "exists", "getCourseList", "getCourseDetail", "deleteCourse", "getAttributes", "updateAttributes",
        "getMetadata", "getManifest", "getAssets", "getAsyncImportResult", "importCourse", "importCourseAsync",
        "updateAssets",
    ),
    "upload": ("getUploadProgress", "listFiles", "deleteFiles", "uploadFile"),
    "tagging": tuple(
        f"{verb}{kind}{'s' if verb in ('get', 'set') else ''}"
        for kind in ("CourseTag", "RegistrationTag") for verb in ("get", "set", "add", "remove")
    ),
}  # fmt: skip
ABOUT = {
    "courseid": UNKNOWN, "regid": UNKNOWN, "learnerid": UNKNOWN, "token": UNKNOWN, "launchid": UNKNOWN, "fname": "Ada",
    "lname": "Byron", "filter": UNKNOWN, "file": UNKNOWN, "url": "http://localhost/p", "tag": "t", "tags": "t",
}  # fmt: skip
"""Parameters that go with every method: whatever is looked for is not there, so that nothing is changed."""

CREATING = frozenset({"createRegistration"})
"""Methods that might succeed once, and then no more; they go without what they need."""


@scenario(packages=0)
async def addressed(cloud: Calling) -> Story:
    """The same calls to each of the addresses under which clients reach the API."""
    for name, url in addresses(cloud.driver.target.url).items():
        await bracketed(cloud, url=url, prefix=f"{name}-")
        await cloud.send(cloud.sign(exists(cloud.own("r"))), step=f"{name}-exists", url=url)
        await cloud.send(cloud.sign((("method", "rustici.debug.noSuch"),)), step=f"{name}-no-such", url=url)
    return cloud.story()


@scenario(cases=[Case(name, {"service": name}) for name in METHODS], packages=0)
async def verbs(cloud: Calling, case: Case) -> Story:
    """Every method of a service by GET and by POST, about things that are not there."""
    await bracketed(cloud)
    service = str(case.values["service"])
    for method in METHODS[service]:
        params = {} if service == "debug" or method in CREATING else ABOUT
        await cloud.call(f"{service}.{method}", params, step=f"get-{method}")
        await cloud.call(f"{service}.{method}", params, step=f"post-{method}", via="post")
    return cloud.story()


@scenario(
    cases=[
        Case("query-form-type", {"type": FORM}, ("CLOUD-EP-05",)),
        Case("query-no-type", {"type": ""}, ("CLOUD-EP-05",)),
        Case("query-multipart", {"type": MULTIPART}, ("CLOUD-EP-06",)),
        Case("form", {"type": FORM, "body": True}, ("CLOUD-EP-07",)),
        Case("form-charset", {"type": f"{FORM}; charset=UTF-8", "body": True}, ("CLOUD-EP-07",)),
    ],
    packages=0,
)
async def posted_call(cloud: Calling, case: Case) -> Story:
    """A POST with all its parameters in one place: in the query and no body, or in a form body."""
    await bracketed(cloud)
    query = encode_query(cloud.sign(exists(ODD)))
    headers = (("Content-Type", str(case.values["type"])),) if case.values["type"] else ()
    url, body = cloud.driver.target.url, b""
    if case.values.get("body"):
        body = query.encode()
    else:
        url = join_query(url, query)
    await cloud.request(Request("POST", url, headers, body), step="posted")
    return cloud.story()


@scenario(packages=0)
async def query_and_body(cloud: Calling) -> Story:
    """A POST with parameters in query and form body: signed over both, then over the query alone."""
    await bracketed(cloud)
    whole, extra = cloud.sign(exists(ODD)), (("zzz", "1"),)
    form = (("Content-Type", FORM),)
    body = encode_query(tuple(pair for pair in whole if pair[0] == "regid")).encode()
    url = join_query(cloud.driver.target.url, encode_query(without(whole, "regid")))
    await cloud.request(Request("POST", url, form, body), step="mixed")
    url = join_query(cloud.driver.target.url, encode_query(whole))
    await cloud.request(Request("POST", url, form, encode_query(extra).encode()), step="uncounted")
    return cloud.story()


@scenario(needs=("cloud.https-url",), packages=0)
async def secured(cloud: Calling) -> Story:
    """A sound call over HTTPS."""
    await bracketed(cloud)
    await bracketed(cloud, url=cloud.driver.target.https_url, prefix="https-")
    return cloud.story()


@scenario(packages=0)
async def unknown_parameters(cloud: Calling) -> Story:
    """A call with parameters that no method knows: counted in the signature, then sent without being counted."""
    await bracketed(cloud)
    pairs, extra = exists(cloud.own("r")), (("zzz", "1"), ("aaa", "2"), ("resultsFormats", "none"))
    await cloud.send(cloud.sign((*pairs, *extra)), step="extra")
    await cloud.send((*cloud.sign(pairs), *extra), step="uncounted")
    return cloud.story()
