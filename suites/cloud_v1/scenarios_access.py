"""How a V1 server is moved: what is signed, how, and by whom."""

from __future__ import annotations

from harness.judging.suite import Case, scenario
from harness.net.client import Request
from harness.subjects.cloud_v1 import Calling
from harness.subjects.cloud_v1_records import Story
from harness.wire.binding import Pairs, encode_query, join_query
from harness.wire.cloud_v1 import canonical_by_case, digest, signature
from suites.cloud_v1.calls import ODD, PING, bracketed, changed, flipped, without

STRUCTURE = (("courseStructureStartsOpen", "true"), ("courseid", "invigil-none"))
TAGGED = (("learnerid", "l1"), ("learnerTags", "t1,t2"), ("lname", "Byron"), ("fname", "Ada"), ("courseid", "c1"))
FILES = (("file", "b.zip"), ("file", "a.zip"))
BLANK = (("url", "http://h/p?x=1"), ("authtype", ""), ("name", ""), ("password", ""))
ORIGIN = (("origin", "acme.demo.1.0"), ("applib", "java"))


def _case(name: str, params: Pairs, *rows: str) -> Case:
    return Case(name, {"params": [list(pair) for pair in params]}, ("CLOUD-AUTH-01", *rows))


def exists(regid: str, *more: tuple[str, str]) -> Pairs:
    """Return the parameters of a call that is answered without any course, with others beside them."""
    return (("method", "rustici.registration.exists"), ("regid", regid), *more)


def _given(case: Case, name: str) -> Pairs:
    return tuple((str(key), str(value)) for key, value in case.values.get(name, ()))


SIGNING = (
    _case("A-plain", ()),
    _case("B-odd-value", (("regid", ODD),)),
    _case("C-mixed-case", STRUCTURE, "CLOUD-AUTH-02"),
    _case("D-tags", TAGGED, "CLOUD-AUTH-02"),
    _case("E-several-values", FILES, "CLOUD-AUTH-08"),
    _case("F-empty-values", BLANK, "CLOUD-AUTH-09"),
    _case("G-origin", ORIGIN),
)


@scenario(cases=SIGNING, packages=0)
async def signing(cloud: Calling, case: Case) -> Story:
    """A call that is signed as the documents say, in each form that a signature has to cope with."""
    await bracketed(cloud)
    params = _given(case, "params")
    named = params if any(name == "regid" for name, _ in params) else (*params, ("regid", cloud.own("r")))
    pairs = (("method", "rustici.registration.exists"), *named) if params else PING
    await cloud.send(cloud.sign(pairs), step="signed")
    return cloud.story()


@scenario(
    cases=[Case("C-mixed-case", {"params": [list(p) for p in STRUCTURE]}),
           Case("D-tags", {"params": [list(p) for p in TAGGED]})],
    packages=0,
)  # fmt: skip
async def by_case(cloud: Calling, case: Case) -> Story:
    """A call with names in mixed case: signed over names sorted ignoring case, then with regard to it."""
    await bracketed(cloud)
    pairs = cloud.sign(exists(cloud.own("r"), *_given(case, "params")))
    await cloud.send(pairs, step="signed")
    wrong = digest(canonical_by_case(pairs), cloud.driver.target.secret)
    await cloud.send(changed(pairs, "sig", wrong), step="by-case")
    return cloud.story()


@scenario(packages=0)
async def hex_digits(cloud: Calling) -> Story:
    """The same signature in lower-case and in upper-case hex digits, and a wrong one."""
    pairs = cloud.sign(exists(cloud.own("r")))
    sig = dict(pairs)["sig"]
    await cloud.send(changed(pairs, "sig", sig.lower()), step="lower")
    await cloud.send(changed(pairs, "sig", sig.upper()), step="upper")
    await cloud.send(flipped(pairs), step="flipped")
    return cloud.story()


_SPACED = "c 1+&=%25"
_WIDE = "Zoë 名前 العربية 😀"


@scenario(
    cases=[
        Case("plus", {"value": _SPACED, "raw": "c+1%2B%26%3D%2525"}, ("CLOUD-AUTH-05",)),
        Case("percent", {"value": _SPACED, "raw": "c%201%2B%26%3D%2525"}, ("CLOUD-AUTH-05",)),
        Case("lower-hex", {"value": _SPACED, "raw": "c%201%2b%26%3d%2525"}, ("CLOUD-AUTH-05",)),
        Case("beyond-ascii", {"value": _WIDE}, ("CLOUD-AUTH-06",)),
        Case("name-beyond-ascii", {"name": "zé名", "value": "x"}, ("CLOUD-AUTH-06",)),
    ],
    packages=0,
)
async def encoded_values(cloud: Calling, case: Case) -> Story:
    """A value, or a name, that needs encoding: it is signed decoded, and sent in one of the encodings for it."""
    await bracketed(cloud)
    name, value = str(case.values.get("name", "regid")), str(case.values["value"])
    base = PING if name != "regid" else (("method", "rustici.registration.exists"),)
    pairs = cloud.sign((*base, (name, value)))
    raw = case.values.get("raw")
    query = encode_query(without(pairs, name)) + f"&regid={raw}" if raw else encode_query(pairs)
    await cloud.request(Request("GET", join_query(cloud.driver.target.url, query)), step="signed")
    return cloud.story()


@scenario(cases=[Case("filedata", {"part": "filedata"}), Case("file", {"part": "file"})], packages=0)
async def signed_upload(cloud: Calling, case: Case) -> Story:
    """A file, which is no package, is posted for import under a name of its part; the signature leaves it out."""
    await bracketed(cloud)
    given = {"courseid": cloud.own("none")}
    await cloud.upload("course.importCourseAsync", given, b"no package", step="signed", part=str(case.values["part"]))
    return cloud.story()


@scenario(packages=0)
async def origins(cloud: Calling) -> Story:
    """A call with origin and applib and one without, both signed; then one that does not count the two."""
    plain = exists(cloud.own("r"))
    await cloud.send(cloud.sign((*plain, *ORIGIN)), step="with")
    await cloud.send(cloud.sign(plain), step="without")
    await cloud.send((*ORIGIN, *cloud.sign(plain)), step="uncounted")
    return cloud.story()


@scenario(
    cases=[
        Case("wrong-sig", {"how": "flipped", "codes": [104]}, ("CLOUD-AUTH-11",)),
        Case("wrong-key", {"how": "wrong-key", "codes": [104]}, ("CLOUD-AUTH-11",)),
        Case("no-sig", {"how": "no", "name": "sig", "codes": [103]}, ("CLOUD-AUTH-12",)),
        Case("no-appid", {"how": "no", "name": "appid", "codes": [101]}, ("CLOUD-AUTH-13",)),
        Case("unknown-appid", {"how": "other", "name": "appid", "value": "invigil-no-such-app-5e1c", "codes": [102]},
             ("CLOUD-AUTH-13",)),
        Case("no-ts", {"how": "no", "name": "ts", "codes": [105]}, ("CLOUD-AUTH-14",)),
        Case("malformed-ts", {"how": "other", "name": "ts", "value": "2026-01-01", "codes": [106]}, ("CLOUD-AUTH-14",)),
        Case("ts-in-words", {"how": "other", "name": "ts", "value": "yesterday", "codes": [106]}, ("CLOUD-AUTH-14",)),
    ],
    packages=0,
)  # fmt: skip
async def refusing(cloud: Calling, case: Case) -> Story:
    """A call with one thing wrong about who sends it or when, signed anew unless that is what is wrong."""
    await bracketed(cloud)
    pairs, values, secret = cloud.sign(PING), case.values, cloud.driver.target.secret
    if values["how"] == "flipped":
        pairs = flipped(pairs)
    elif values["how"] == "wrong-key":
        pairs = changed(pairs, "sig", signature(pairs, "invigil-wrong-key-07"))
    else:
        name = str(values["name"])
        pairs = without(pairs, name) if values["how"] == "no" else changed(pairs, name, str(values["value"]))
        pairs = changed(pairs, "sig", signature(pairs, secret))
    await cloud.send(pairs, step="broken")
    return cloud.story()


@scenario(packages=0)
async def repeated_url(cloud: Calling) -> Story:
    """One signed URL, requested six times as clients do that try again (observed: LIB-JAVA, LIB-NET)."""
    await bracketed(cloud)
    url = cloud.url("registration.exists", {"regid": cloud.own("r")})
    for number in range(6):
        await cloud.request(Request("GET", url), step=f"try-{number + 1}")
    return cloud.story()


@scenario(
    cases=[Case(f"{method}-{how}", {"method": method, "how": how})
           for method in ("ping", "getTime") for how in ("bare", "wrong-sig", "stale", "malformed-ts")],
    packages=0,
)  # fmt: skip
async def unauthenticated(cloud: Calling, case: Case) -> Story:
    """A method that asks for no authentication: without any, and with one that is wrong."""
    await bracketed(cloud)
    method: Pairs = (("method", f"rustici.debug.{case.values['method']}"),)
    signed = cloud.sign(method)
    sent = {
        "bare": method,
        "wrong-sig": flipped(signed),
        "stale": changed(signed, "ts", "20010101000000"),
        "malformed-ts": changed(signed, "ts", "yesterday"),
    }[str(case.values["how"])]
    await cloud.send(sent, step="called")
    return cloud.story()


@scenario(packages=0)
async def unsigned_ping(cloud: Calling) -> Story:
    """An authPing without any authentication."""
    await bracketed(cloud)
    await cloud.send(PING, step="bare")
    return cloud.story()


@scenario(needs=("cloud.other-app",), packages=0)
async def crossing(cloud: Calling) -> Story:
    """A course and a registration of our application; another application asks for them and tries to delete."""
    other, courseid = cloud.driver.target.other, await cloud.driver.course()
    regid = await cloud.registered()
    await cloud.call("debug.authPing", step="other-app", app=other)
    for step, app in (("own", None), ("other", other)):
        await cloud.call("course.exists", step=f"{step}-course", app=app, courseid=courseid)
        await cloud.call("registration.exists", step=f"{step}-registration", app=app, regid=regid)
        await cloud.call("registration.getRegistrationResult", step=f"{step}-result", app=app, regid=regid)
        await cloud.call("registration.getRegistrationList", step=f"{step}-list", app=app, filter=regid)
    await cloud.call("registration.deleteRegistration", step="other-delete", app=other, regid=regid)
    await cloud.call("registration.exists", step="still", regid=regid)
    return cloud.story()
