"""Forged records about registrations and launches: calls with their parameters, learners, postbacks, browsers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.evidence.entries import AnyEntry, Event, Exchange, Half
from harness.subjects.cloud_v1_records import CALL, POSTBACK, RETURN, Story
from harness.wire.binding import FORM, encode_query
from suites.cloud_v1.rules_registration import CHILDREN
from tests.suites.forging_cloud_v1 import SERVER, XML, ok

AT = "2030-01-01T00:00:00Z"
LEARNT = "learnt"
TRUE, FALSE, DONE = ok("<result>true</result>"), ok("<result>false</result>"), ok("<success />")
PLAYER = (302, "http://server.example/player/123?r=1")
Reply = bytes | tuple[int, str]
"""A body that comes with HTTP 200; or a redirect; or another status, with HTML."""


def report(
    complete: str = "complete", success: str = "passed", time: str = "61", score: str = "92", *, format: str = "course",
    regid: str = "r", instance: str = ' instanceid="0"',
) -> bytes:  # fmt: skip
    """Write an answer that holds a result in format course."""
    four = (("complete", complete), ("success", success), ("totaltime", time), ("score", score))
    inner = "".join(f"<{name}>{text}</{name}>" for name, text in four if text != "-")
    return ok(f'<registrationreport format="{format}" regid="{regid}"{instance}>{inner}</registrationreport>')


FRESH = report("unknown", "unknown", "0", "unknown")


def registration(regid: str = "r", *, without: str = "", **texts: str) -> str:
    """Write a registration with all its elements, some of them with text."""
    known = {"registrationId": regid, "learnerFirstName": "Ada", "learnerLastName": "Byron"} | texts
    inner = "".join(f"<{name}>{known.get(name, '')}</{name}>" for name in CHILDREN if name != without)
    return f'<registration id="{regid}" courseid="c">{inner}</registration>'


def detail(regid: str = "r", **more: str) -> bytes:
    """Write an answer that holds a registration."""
    return ok(registration(regid, **more))


def listing(*regids: str) -> bytes:
    """Write a list of registrations."""
    return ok(f"<registrationlist>{''.join(registration(regid) for regid in regids)}</registrationlist>")


def _half(reply: Reply) -> Half:
    if isinstance(reply, bytes):
        return Half("HTTP/1.1 200 OK", (("Content-Type", XML),), reply)
    status, text = reply
    headers = (("Location", text),) if 300 <= status < 400 and text else ()
    return Half(f"HTTP/1.1 {status} X", headers, b"" if headers else text.encode())


def told(*steps: tuple[Any, ...], case: Mapping[str, Any] | None = None) -> Story:
    """Build a record: ``(step, reply, parameters)`` is a call, ``(LEARNT, step[, status])`` a learner who has ended,

    ``(POSTBACK, xml)`` a postback, ``(RETURN, step)`` a browser that comes back.
    """
    entries: list[AnyEntry] = [Event(0, "forged", "", "", AT, "scenario", dict(case or {}))]
    for number, step in enumerate(steps, 1):
        if step[0] == LEARNT:
            facts = {"status": step[2] if len(step) > 2 else "succeeded"}
            entries.append(Event(number, "forged", "", step[1], AT, LEARNT, facts))
        elif step[0] == POSTBACK:
            form = Half("POST /p HTTP/1.1", (("Content-Type", FORM),), encode_query((("data", step[1]),)).encode())
            entries.append(_exchange(number, "", POSTBACK, "in", form, Half("HTTP/1.1 200 OK")))
        elif step[0] == RETURN:
            entries.append(_exchange(number, step[1], RETURN, "in", Half("GET /b HTTP/1.1"), Half("HTTP/1.1 200 OK")))
        else:
            pairs = tuple((step[2] if len(step) > 2 else {"regid": "r"}).items())
            request = Half(f"GET /api?{encode_query(pairs)} HTTP/1.1")
            entries.append(_exchange(number, step[0], CALL, "out", request, _half(step[1])))
    return Story.from_entries(entries)


def _exchange(seq: int, step: str, channel: str, way: str, request: Half, response: Half) -> Exchange:
    return Exchange(seq, "forged", "", step, AT, channel, way, SERVER, request, response, None)
