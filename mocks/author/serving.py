"""The author for strangers: a mock authoring tool with a button to press, so that a target can be tried by hand."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from harness.net.clock import Clock, OffsetClock
from harness.net.listener import Inbound, Listener, Reply
from harness.net.receiver import read
from harness.subjects.counterpart import Surroundings
from mocks.app import Serving, Wishes
from mocks.author.mock import AuthorMock

COURSES = ("publish", "republish", "publish-other")
TEXT = (("Content-Type", "text/plain; charset=utf-8"),)


async def serve_author(wishes: Wishes, clock: Clock | None = None) -> Serving:
    """Serve the author: a POST to ``/publish`` with the element ``target`` publishes there and tells what came of it.

    Elements: ``target`` (address), ``user`` and ``password`` (for the target), ``course`` (publish, republish or
    publish-other). Raises UnknownFault or FaultConflict for faults, OSError when the address cannot be bound.
    """
    author = AuthorMock()
    names = tuple(dict.fromkeys(spec.name for spec in wishes.faults))
    around = Surroundings(wishes.settings, names, clock or OffsetClock(), patience=wishes.patience)
    staged = await author.start(around)

    async def route(inbound: Inbound) -> Reply:
        if inbound.path != "/publish" or inbound.method != "POST":
            return Reply(404, TEXT, b"POST /publish with target=URL\n")
        wish = read(inbound).elements
        problem = _problem(wish)
        if problem:
            return Reply(400, TEXT, f"{problem}\n".encode())
        course = wish.get("course") or COURSES[0]
        wishes.tell("publish", {"target": wish["target"], "course": course})
        outcome = await author.publish(course, _values(wish, wishes))
        wishes.tell("outcome", {"status": outcome.status, "text": outcome.output})
        return Reply(200 if outcome.status == "succeeded" else 502, TEXT, f"{outcome.output}\n".encode())

    listener = Listener(route)
    try:
        await listener.start(wishes.host, wishes.port)
    except OSError:
        await author.stop()
        raise

    async def stop() -> None:
        await listener.stop()
        await author.stop()

    own = f"http://{'127.0.0.1' if wishes.host in ('0.0.0.0', '::') else wishes.host}:{listener.port}"
    base = wishes.public_url.rstrip("/") or own
    command = ["curl", "-sS", "--data-urlencode", "target=http://127.0.0.1:PORT/pens", f"{own}/publish"]
    lines = [("url", f"{base}/publish"), ("packages at", str(staged["url"])), ("try", shlex.join(command))]
    return Serving({"mock": "author", "url": base, "publish": f"{base}/publish"}, lines, stop)


def _problem(wish: Mapping[str, str]) -> str:
    """Return what is wrong with a wish to publish, or nothing."""
    target, course = wish.get("target", ""), wish.get("course") or COURSES[0]
    if not target.startswith(("http://", "https://")):
        return f"target: expected an http(s) URL, got {target!r}"
    return "" if course in COURSES else f"course: expected one of {', '.join(COURSES)}, got {course!r}"


def _values(wish: Mapping[str, str], wishes: Wishes) -> dict[str, str]:
    first = wishes.credentials[0] if wishes.credentials else None
    return {
        "INVIGIL_TARGET_URL": wish["target"],
        "INVIGIL_SYSTEM_USER_ID": wish.get("user") or (first.id if first else ""),
        "INVIGIL_SYSTEM_PASSWORD": wish.get("password") or (first.secret if first else ""),
        "INVIGIL_WAIT": f"{wishes.patience:g}",
    }
