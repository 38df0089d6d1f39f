"""Sound collects in every form that a target has to take: bindings, orders, encodings, optional elements."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any
from urllib.parse import quote_plus, urlsplit

from fixtures.packages import aicc
from harness.judging.suite import Case, scenario
from harness.subjects.pens_records import Collected
from harness.subjects.pens_target import Collecting
from harness.wire.binding import FORM, encode_query, join_query
from harness.wire.pens import OPTIONAL, REQUIRED, VENDOR_DATA_FLOOR
from suites.pens_target.scenarios import HTTP

KNOWN_VENDOR_DATA = "preview-mode:instructor"
UNKNOWN_VENDOR_DATA = "x-unheard-of: a=1&b=2; 100 % <tag> +plus \u00e9\u4e16"
STRANGE_NAME = "course%20one.zip"
CLIENT_WITH_SPACE = "invigil suite"
OWN_LOGIN = ("system-user-id", "system-password")
GIVEN = {
    "package-url-user-id": "invigil-author",
    "package-url-account": "invigil-account",
    "package-url-password": "invigil-package-secret",
    "system-user-id": "",
    "system-password": "",
    "vendor-data": KNOWN_VENDOR_DATA,
}


def _pad(length: int, seed: str) -> str:
    """Return vendor-data of so many characters, unreserved ones only after its known beginning."""
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    tail = random.Random(seed).choices(letters, k=length - len(KNOWN_VENDOR_DATA) - 1)
    return f"{KNOWN_VENDOR_DATA}." + "".join(tail)


@scenario(needs=HTTP)
async def by_get(target: Collecting) -> Collected:
    """A complete, valid collect by GET, its elements in the query."""
    return await target.collect(binding="get")


@scenario(
    cases=[
        Case("required-only", {"optional": []}),
        Case("all", {"optional": list(OPTIONAL)}),
        *(Case(f"only-{name}", {"optional": [name]}) for name in OPTIONAL),
    ],
    needs=HTTP,
)
async def optional(target: Collecting, case: Case) -> Collected:
    """A collect with the required elements, our own login if there is one, and some optional elements."""
    wanted = set(case.values["optional"])
    staged = {}
    if {"package-url-user-id", "package-url-password"} <= wanted:
        staged = {"user": GIVEN["package-url-user-id"], "password": GIVEN["package-url-password"]}
    elements = target.elements(staged=staged)
    kept = {name for name in OWN_LOGIN if elements.get(name)} | wanted | set(REQUIRED)
    chosen = {name: value for name, value in (GIVEN | elements).items() if name in kept}
    await target.send(chosen)
    await target.settled()
    return target.seen()


@scenario(needs=HTTP)
async def empty_optionals(target: Collecting) -> Collected:
    """A collect whose optional elements are all there and all empty, but for the own login."""
    own = target.elements()
    return await target.collect({name: "" for name in OPTIONAL if name not in OWN_LOGIN or name not in own})


@scenario(cases=[Case("reversed", {"seed": None}), Case("shuffled", {"seed": 6})], needs=HTTP)
async def shuffled(target: Collecting, case: Case) -> Collected:
    """A complete, valid collect with its elements in another order, the command not first."""

    def order(pairs: list[Any]) -> None:
        if case.values["seed"] is not None:
            random.Random(case.values["seed"]).shuffle(pairs)
        else:
            pairs.reverse()

    return await target.collect(order=order)


@scenario(needs=HTTP)
async def encoded_path(target: Collecting) -> Collected:
    """A collect whose package URL holds %20, sent as %2520; other paths are not found."""
    target.stage("*", status=404)
    return await target.collect(staged={"name": STRANGE_NAME})


@scenario(needs=HTTP)
async def unknown_element(target: Collecting) -> Collected:
    """A complete, valid collect with two elements that the standard does not know."""
    return await target.collect(extra=(("foo", "bar"), ("target-system-url", "http://lms.example/pens")))


@scenario(needs=HTTP)
async def long_uri(target: Collecting) -> Collected:
    """A collect by GET whose request line is longer than 16 KiB; vendor-data has 4096 characters."""
    return await target.collect({"vendor-data": KNOWN_VENDOR_DATA + "/" * 3000 + "\u00e9" * 1073}, binding="get")


@scenario(cases=[Case("http-1.0", {"version": "1.0"}), Case("connection-close", {"version": "1.1"})], needs=HTTP)
async def old_http(target: Collecting, case: Case) -> Collected:
    """A collect by GET as HTTP/1.0, and as HTTP/1.1 with Connection: close, written byte by byte."""
    pairs = tuple(target.elements().items())
    parts = urlsplit(join_query(target.driver.target.url, encode_query(pairs)))
    fields = [f"Host: {parts.netloc}", "Accept: */*"]
    if case.values["version"] == "1.1":
        fields.append("Connection: close")
    line = f"GET {parts.path or '/'}?{parts.query} HTTP/{case.values['version']}"
    await target.raw("\r\n".join([line, *fields, "", ""]).encode(), pairs=pairs)
    await target.settled()
    return target.seen()


@scenario(needs=HTTP)
async def plus_form(target: Collecting) -> Collected:
    """A collect by POST whose client has a space, written as + as HTML forms do."""
    elements = target.elements() | {"client": CLIENT_WITH_SPACE, "vendor-data": "a b"}
    body = "&".join(f"{name}={quote_plus(value)}" for name, value in elements.items())
    await target.post(body.encode(), FORM)
    await target.settled()
    return target.seen()


@scenario(
    cases=[
        Case("4096-characters", {"length": VENDOR_DATA_FLOOR}, ("PENS-COLLECT-23",)),
        Case("unheard-of", {"length": 0}, ("PENS-COLLECT-24",)),
    ],
    needs=HTTP,
)
async def vendor_data(target: Collecting, case: Case) -> Collected:
    """A collect by POST with vendor-data: 4096 characters of it, and some that nobody can know."""
    length = int(case.values["length"])
    return await target.collect({"vendor-data": _pad(length, target.token) if length else UNKNOWN_VENDOR_DATA})


@scenario(needs=HTTP)
async def vendor_data_by_get(target: Collecting) -> Collected:
    """A collect by GET with vendor-data of 4096 unreserved characters."""
    return await target.collect({"vendor-data": _pad(VENDOR_DATA_FLOOR, target.token)}, binding="get")


@scenario(needs=(*HTTP, "auth"), packages=0)
async def null_password(target: Collecting) -> Collected:
    """A collect to a target that has given us a login, with system-password empty."""
    return await target.collect({"system-password": ""})


@scenario(
    cases=[
        Case("one", {"names": ["anna"]}, ("PENS-COLLECT-26",)),
        Case("two", {"names": ["anna", "bert"]}, ("PENS-COLLECT-27",)),
    ],
    needs=(*HTTP, "callback.smtp"),
)
async def mailed(target: Collecting, case: Case) -> Collected:
    """A collect whose receipt is a mailto URL, with one address and with two."""
    return await target.collect({"receipt": target.mailbox(*case.values["names"])})


@scenario(needs=HTTP)
async def sample_id(target: Collecting) -> Collected:
    """A collect whose package-id has the form of the standard's sample: a host, a colon and a GUID."""
    digits = target.token
    guid = f"{digits[:8]}-{digits[8:12]}-4720-b4c6-{digits[8:20]}"
    return await target.collect({"package-id": f"http://{target.driver.marker}.example:{guid}"})


@scenario(needs=HTTP)
async def far_expiry(target: Collecting) -> Collected:
    """A collect that expires far away, at an instant written in UTC with Z."""
    return await target.collect({"package-url-expiry": "2099-05-20T16:05:39Z"})


@scenario(
    cases=[
        Case("no-zone", {"form": "%Y-%m-%dT%H:%M:%S", "should": True}),
        Case("date-only", {"form": "%Y-%m-%d", "should": False}),
        Case("basic-format", {"form": "%Y%m%dT%H%M%SZ", "should": False}),
    ],
    needs=HTTP,
)
async def loose_expiry(target: Collecting, case: Case) -> Collected:
    """A collect whose expiry in a week is written without zone, as a date only, and in basic format."""
    instant = target.driver.clock.now() + timedelta(days=7)
    return await target.collect({"package-url-expiry": instant.strftime(case.values["form"])})


@scenario(
    cases=[
        Case("aicc-pkg", {"version": "1.0"}),
        Case("scorm-pif", {"version": "1.2"}),
        Case("lms-qti", {"version": "1.2.1"}),
    ],
    needs=HTTP,
)
async def vocabulary(target: Collecting, case: Case) -> Collected:
    """A collect with each package-type of the vocabulary."""
    staged = {"content": aicc(title=f"AICC {target.driver.marker}")} if case.name == "aicc-pkg" else {}
    return await target.collect(
        {"package-type": case.name, "package-type-version": case.values["version"]}, staged=staged
    )
