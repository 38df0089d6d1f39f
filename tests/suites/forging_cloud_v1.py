"""Forged records of the subject cloud-v1: answers by step, written by hand, and what a check says of them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from harness.evidence.entries import AnyEntry, Event, Exchange, Half
from harness.judging.judge import FOUND, OK, judge
from harness.judging.suite import Check
from harness.subjects.cloud_v1_records import CALL, Story

PASSES, UNTESTABLE = "passes", "untestable"
XML = "text/xml; charset=utf-8"
PROLOG = b'<?xml version="1.0" encoding="utf-8" ?>\n'
SERVER = "http://server.example/api"
Answer = bytes | tuple[int, bytes, str] | None
"""A body that comes with HTTP 200 as XML; or status, body and content type; or nothing at all."""


def ok(inner: str) -> bytes:
    """Write an answer that says ok."""
    return PROLOG + f'<rsp stat="ok">{inner}</rsp>'.encode()


def fail(code: object, msg: str = "so it is") -> bytes:
    """Write an answer that says fail."""
    return PROLOG + f'<rsp stat="fail"><err code="{code}" msg="{msg}" /></rsp>'.encode()


PONG = ok("<pong />")
SOUND: Mapping[str, Answer] = {"twin": PONG, "flipped": fail(104)}
"""The answers of a server that works to the two calls that go before most scenarios."""


def _exchange(seq: int, step: str, answer: Answer) -> Exchange:
    request, response = Half("GET /api?method=rustici.debug.authPing HTTP/1.1"), None
    if answer is not None:
        status, body, kind = answer if isinstance(answer, tuple) else (200, answer, XML)
        headers = (("Content-Type", kind),) if kind else ()
        response = Half(f"HTTP/1.1 {status} X", headers, body)
    error = None if response else "timeout"
    at = "2030-01-01T00:00:00Z"
    return Exchange(seq, "forged", "", step, at, CALL, "out", SERVER, request, response, error)


def story(steps: Mapping[str, Answer], case: Mapping[str, Any] | None = None) -> Story:
    """Build the record of a scenario from the answers to its steps, behind those of a server that works."""
    begun = Event(0, "forged", "", "", "2030-01-01T00:00:00Z", "scenario", dict(case or {}))
    listed = {**SOUND, **steps}
    entries: list[AnyEntry] = [begun, *(_exchange(n, step, listed[step]) for n, step in enumerate(listed, 1))]
    return Story.from_entries(entries)


def check_of(module: ModuleType, name: str) -> Check:
    """Return a check of a module of the suite."""
    function: Callable[..., None] = getattr(module, name)
    return Check(name, function, (), (), tuple(inspect.signature(function).parameters), module.__name__)


def said(module: ModuleType, name: str, record: Story) -> str:
    """Return what a check of one record says: a finding's reason, the remarks of one that passes, or how it ended."""
    check = check_of(module, name)
    outcome = judge(check, dict.fromkeys(check.scenarios, record))
    if outcome.status == FOUND and outcome.finding:
        return outcome.finding.reason
    if outcome.status == OK:
        return ", ".join((PASSES, *dict.fromkeys(remark.reason for remark in outcome.remarks)))
    return outcome.status
