"""How a receiver of results is moved by sound postbacks: in every way, form and shape."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from http.cookies import CookieError, SimpleCookie
from typing import Any

from fixtures.packages import scorm12
from harness.judging.suite import scenario
from harness.net.client import Received
from harness.subjects.receiver_records import Reception
from harness.subjects.results_receiver import Posting
from harness.wire.cloud_v1_results import FORMATS
from harness.wire.results_policy import State
from suites.results_receiver.results import DONE, extended, reordered, rising
from suites.results_receiver.rules import works

SHAPES = ("wrapped", "declared", "declared-wrapped")


def package(marker: str) -> bytes:
    """Return a package; nothing is imported into a receiver."""
    return scorm12(title=f"Conformance course {marker}", identifier=marker)


@scenario(packages=0)
async def posted(receiver: Posting) -> Reception:
    """One sound postback in each way of authentication; what is not stored is sent again with the cookie that came."""
    for way in receiver.driver.target.auth_types:
        regid = await receiver.registration(way)
        await receiver.look(regid, step=f"before-{way}")
        came = await receiver.post(regid, DONE, step=way, authtype=way, plus=True)
        await receiver.settled(regid, DONE, step=way)
        cookie = cookies(came) if came and not works(receiver.seen(), way) else ""
        # Once more as it was: what fails only now and then does not fail for want of a session.
        for again, sent in ((f"{way}-again", ""), (f"{way}-cookie", cookie)) if cookie else ():
            await receiver.post(regid, DONE, step=again, authtype=way, plus=True, cookie=sent)
            await receiver.settled(regid, DONE, step=again)
    return receiver.seen()


def must_store(name: str) -> bool:
    """Whether a payload has to be stored: one in another format than course need only be survived."""
    return not name.endswith(FORMATS[1:])


def _other(receiver: Posting) -> Callable[[State], bool]:
    """Return what tells whether a state is another than the one that was shown last."""
    then = receiver.seen().shown
    return lambda state: not then or state != then[-1].probed.state


def cookies(received: Received) -> str:
    """Return the cookies that an answer sets, as they are sent back."""
    jar: SimpleCookie = SimpleCookie()
    for name, value in received.headers:
        if name.lower() == "set-cookie":
            try:
                jar.load(value)
            except CookieError:
                continue
    return "; ".join(f"{name}={morsel.coded_value}" for name, morsel in jar.items())


@scenario(packages=0)
async def reading(receiver: Posting) -> Reception:
    """Sound postbacks of one registration in every format and shape, each result better than the one before."""
    for way in receiver.driver.target.auth_types:
        regid = await receiver.registration(way)
        await receiver.look(regid, step=f"{way}-before")
        for number, (name, options) in enumerate(payloads(way)):
            state = rising(number)
            write = options.pop("write", None)
            data = {"data": write(regid, state)} if write else {}
            await receiver.post(regid, state, step=f"{way}-{name}", authtype=way, **options, **data)
            await receiver.settled(regid, state if must_store(name) else _other(receiver), step=f"{way}-{name}")
    return receiver.seen()


def payloads(way: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what is posted of a registration: a name, and the options of the parcel."""
    yield "blank", {}
    yield "course", {}
    yield from ((format, {"resultsformat": format}) for format in FORMATS[1:])
    for shape in SHAPES:
        yield from ((f"{shape}-{format}", {"resultsformat": format, "shape": shape}) for format in FORMATS)
    yield "reordered", {"write": reordered}
    yield "extended", {"write": extended}
    if way == "form":
        yield "other-names", {"names": {"username": "userName"}}
        yield "more-fields", {"extra": (("future", "1"), ("data2", "<a/>"))}
