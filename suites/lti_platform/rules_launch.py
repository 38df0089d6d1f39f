"""Rules of launches and of the key set that several checks share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar
from urllib.parse import urlsplit

from harness.evidence.entries import Exchange
from harness.judging.expect import control, untestable
from harness.net.reach import is_loopback
from harness.subjects.lti_platform_records import KeysSeen, Launched, Tooled
from harness.wire.json_text import as_object, read_json
from suites.lti_platform.asking import ALONE, PLAIN

T = TypeVar("T")


def demand(found: T | None, what: str) -> T:
    """Demand that something is there, as `control` does, and return it."""
    if found is None:
        untestable(f"positive control not seen: {what}")
    return found


def target(record: Tooled, name: str) -> str:
    """Return what is configured of the platform under test."""
    return str((record.case.get("target") or {}).get(name, ""))


def same_machine_without_tls(url: str, record: Tooled) -> bool:
    """Whether an address is one of this machine, of a platform that serves no TLS here at all: a trial at a desk."""
    asked = target(record, "token_url")
    return all(one.lower().startswith("http:") and is_loopback(host_of(one)) for one in (url, asked))


def host_of(url: str) -> str:
    """Return the host of an address; empty when it has none that can be read."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def is_accepted(found: Launched) -> bool:
    """Whether an authentication request was answered by anything but an error: an id_token, or nothing at all."""
    answer = found.response
    return found.arrived is not None and bool(answer.id_token or not answer.error)


def probes(record: Tooled, names: Iterable[str]) -> list[Launched]:
    """Return what came of wrong requests; demand that the same request is answered when it is right.

    What was asked in a launch of its own counts as well as what was asked in the launch of all, where a refusal of
    one may have ended the launch.
    """
    plain = record.launched(PLAIN + ALONE) or record.launched(PLAIN)
    control(plain is not None and plain.has_message, "the same authentication request is answered when all is right")
    found = [record.launched(name + end) for name in names for end in ("", ALONE)]
    # Of a browser that is not ours no page is seen; that it has come with the request is.
    listed = [one for one in found if one is not None and one.asked and (answered(one) or not one.pages)]
    control(listed, "an authentication request with something wrong was asked")
    return listed


def answered(found: Launched) -> Exchange | None:
    """Return what answered an authentication request: the form at our address, or a page; None when nothing did."""
    if found.arrived is not None:
        return found.arrived
    return found.page if found.page is not None and found.page.response is not None else None


def name_of(found: Launched) -> str:
    """Return what was wrong with a request, by the name of its step."""
    return found.step.removesuffix(ALONE)


def reached(found: Launched, url: str) -> bool:
    """Whether the browser was sent to an address of ours."""
    parts = urlsplit(url)
    begin = parts.path + (f"?{parts.query}" if parts.query else "")
    return found.arrived is not None and found.arrived.request.target.startswith(begin)


def published_keys(record: Tooled) -> tuple[KeysSeen, list[Mapping[str, Any]]]:
    """Return the key set as fetched, and its keys as they stand there; demand that it is served as one."""
    seen, keys = key_list(record)
    control(keys, "the key set holds a key")
    return seen, [key for key in keys or () if isinstance(key, Mapping)]


def key_list(record: Tooled) -> tuple[KeysSeen, list[Any] | None]:
    """Return the key set as fetched, and the array ``keys``; None when there is no such array."""
    seen = demand(next(iter(record.keys), None), "the key set is fetched")
    control(seen.status == 200, "the address of the key set answers 200")
    document = as_object(read_json(seen.response.body if seen.response else b"").value) or {}
    keys = document.get("keys")
    return seen, list(keys) if isinstance(keys, list) else None
