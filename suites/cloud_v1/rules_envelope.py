"""Rules about the envelope: which answers are meant, and how white space, prologues and dates stand in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from harness.judging.expect import control
from harness.subjects.cloud_v1_records import Called, Story
from harness.wire.xml import XmlRefused, parse

DATES = frozenset(
    {"createDate", "updateDate", "firstAccessDate", "lastAccessDate", "completedDate", "launch_time", "exit_time",
     "update_dt"}
)  # fmt: skip
"""Elements that hold dates of courses, registrations and launches."""

DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000", re.ASCII)
PROLOG = re.compile(rb"<\?xml\b[^>]*\?>(.*?)<rsp\b", re.DOTALL)
FAIL = re.compile(rb"<rsp\b[^>]*>(.*?)<err\b", re.DOTALL)


def answers(story: Story) -> list[Called]:
    """Return the XML answers of a server that works; a page or a line for people is no answer of the API.

    Whether it works is seen by the words in its answers, since the envelope around them is what is judged.
    """
    twin, flipped = story["twin"], story["flipped"]
    control(twin.is_ok or b"<pong" in twin.body, "a sound call succeeds")
    control(flipped.failed or b"<err" in flipped.body, "the same call with a wrong signature is refused")
    return [called for called in story.calls if is_xml(called)]


def is_xml(called: Called) -> bool:
    """Whether what answered is meant as XML: by its beginning, or by its label."""
    kind = (called.response.header("Content-Type") or "").lower() if called.response else ""
    start = called.body.lstrip(b"\xef\xbb\xbf \t\r\n")[:500].lower()
    if not start or "html" in kind or b"<html" in start or start.startswith(b"<!doctype html"):
        return False
    return start.startswith(b"<") or "xml" in kind


def failures(story: Story) -> list[Called]:
    """Return the answers that say fail; without one nothing is shown."""
    found = [called for called in answers(story) if called.failed]
    control(found, "some call fails")
    return found


def problem(called: Called) -> str:
    """Return why an answer is no XML; empty when it is."""
    try:
        parse(called.body.lstrip(b"\xef\xbb\xbf").lstrip())
    except XmlRefused as why:
        return "" if why.reason == "doctype" else why.detail  # a prologue is the matter of another rule
    return ""


def payloads(called: Called) -> list[Any]:
    """Return the elements directly under ``rsp``."""
    return list(called.rsp.root) if called.rsp.root is not None else []


def blanks(element: Any) -> Iterator[str]:
    """Yield the places below an element where nothing but white space stands between elements."""
    for parent in element.iter():
        if len(parent) and _blank(parent.text):
            yield f"behind <{parent.tag}>"
        for child in parent:
            if _blank(child.tail):
                yield f"behind </{child.tag}>"


def _blank(text: str | None) -> bool:
    return bool(text) and not str(text).strip()
