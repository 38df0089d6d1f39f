"""When a launch counts as accepted: it ended as a right one did, and one that cannot have been ended otherwise."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from harness.evidence.entries import Exchange
from harness.judging.expect import control, untestable
from harness.net.reach import is_loopback
from harness.subjects.lti_tool_records import Hosted, Visit, title

TELL_APART = (
    "a launch that was accepted looks like one that cannot have been; [tool] welcome: a text that tells them apart"
)


def target(record: Hosted, name: str) -> Any:
    """Return what is configured of the tool."""
    return (record.case.get("target") or {}).get(name) or ""


def ours(record: Hosted, name: str) -> str:
    """Return what the tool was told of our platform."""
    return str((record.case.get("ours") or {}).get(name) or "")


def text_of(visit: Visit) -> str:
    """Return the last page of a launch."""
    half = visit.last.response if visit.last else None
    return half.body.decode("utf-8", "replace") if half else ""


def is_welcome(record: Hosted, visit: Visit | None) -> bool:
    """Whether a launch was answered with a page that may be a welcome: no error, and what is configured is on it."""
    if visit is None or not visit.answered or not 0 < visit.status < 400:
        return False
    return str(target(record, "welcome")) in text_of(visit)


def is_accepted(record: Hosted, visit: Visit | None, good: Visit) -> bool:
    """Whether a launch ended as a good one did; where a text of the welcome is configured, whether that shows."""
    if visit is None or not is_welcome(record, visit):
        return False
    return bool(target(record, "welcome")) or visit.resembles(good)


def refused_for_sure(record: Hosted, visit: Visit, garbage: Visit | None) -> bool:
    """Whether a launch that did not end like a good one was refused for sure, be it by its status, under the title of
    a refusal or without a configured text. Another page of 2xx may be a welcome with a title of its own.
    """
    plain = not 0 < visit.status < 400 or bool(target(record, "welcome"))
    return plain or (garbage is not None and title(visit) == title(garbage))


def right_launch(welcomed: Hosted) -> Visit:
    """Return a launch that was accepted; the check ends where nobody can tell what that looks like."""
    found = (welcomed.visit(step) for step in ("get", "post", "again"))
    good = next((visit for visit in found if visit and is_welcome(welcomed, visit)), None)
    if good is None:
        untestable("positive control not seen: a right launch is accepted")
    if is_accepted(welcomed, welcomed.visit("garbage"), good):
        untestable(TELL_APART)
    return good


def brought(record: Hosted, step: str) -> Visit:
    """Return a launch of which our message was brought to the tool; without that nothing was judged by it."""
    visit = record.visit(step)
    if visit is None or visit.posted is None:
        untestable(f"positive control not seen: the message of the launch {step!r} is brought to the tool")
    return visit


def control_after(record: Hosted, good: Visit, *steps: str) -> None:
    """Demand the positive twins: right launches of the same record are accepted."""
    for step in steps or ("after",):
        visit = record.visit(step)
        if is_welcome(record, visit) and not is_accepted(record, visit, good):
            untestable(TELL_APART)
        control(is_accepted(record, visit, good), f"a right launch is accepted ({step})")


def initiation(visit: Visit) -> Mapping[str, str]:
    """Return the parameters with which a launch was begun."""
    return {str(name): str(value) for name, value in visit.facts.get("initiation", ())}


def is_at_a_desk(url: str, record: Hosted) -> bool:
    """Whether an address is one of this machine, of a tool that serves no TLS here at all: a trial at a desk."""
    asked = str(target(record, "login_url"))
    return all(urlsplit(one).scheme == "http" and is_loopback(host_of(one)) for one in (url, asked))


def host_of(url: str) -> str:
    """Return the host of an address; empty when it has none that can be read."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def key_list(record: Hosted) -> tuple[Exchange, Any]:
    """Return the key set as it was fetched, and its list of keys; None when it has none."""
    exchange, _ = record.tool_keys()
    if exchange is None or exchange.response is None:
        untestable("positive control not seen: the tool's key set is answered")
    try:
        found = json.loads(exchange.response.body)
    except ValueError:
        return exchange, None
    listed = found.get("keys") if isinstance(found, Mapping) else None
    usable = exchange.response.status == 200 and isinstance(listed, list)
    return exchange, listed if usable else None


def published_keys(record: Hosted) -> tuple[Exchange, list[Mapping[str, Any]]]:
    """Return the key set and its keys; a set without any tells nothing of keys."""
    exchange, listed = key_list(record)
    keys = [key for key in listed or () if isinstance(key, Mapping)]
    control(keys, "the tool publishes keys")
    return exchange, keys
