"""Forged records of imports, courses, uploads and tags of the subject cloud-v1, and what their checks say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.evidence.entries import AnyEntry, Event, Exchange, Half
from harness.judging.judge import FOUND, OK, judge
from harness.subjects.cloud_v1_records import CALL, Story
from harness.wire.binding import encode_query
from suites.cloud_v1 import test_course, test_forms, test_import, test_tags, test_upload
from suites.cloud_v1.scenarios_import import TITLE
from tests.suites.forging_cloud_v1 import PASSES, PONG, UNTESTABLE, check_of, ok

AT = "2030-01-01T00:00:00Z"
MODULES = (test_import, test_forms, test_course, test_upload, test_tags)
Answer = bytes | Half | None
TITLE_XML = TITLE.replace("&", "&amp;")
RESULT = (
    f'<importresult successful="true"><title>{TITLE_XML}</title><message>Import Successful</message></importresult>'
)
STATE = "<status>{}</status><message>m</message><progress>{}</progress>"
TOKEN = ok("<token><id>t1</id></token>")
FINISHED = ok(STATE.format("finished", 100) + f"<importresults>{RESULT}</importresults>")
ERROR = ok(STATE.format("error", 100) + '<error code="2">Course zip file not found</error>')
RUNNING = ok(STATE.format("running", 40))


def http(status: int, body: bytes = b"", **headers: str) -> Half:
    """Forge an HTTP answer; headers are named with _ for -."""
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Half(f"HTTP/1.1 {status} X", named, body)


def record(
    params: Mapping[str, str] | None = None, events: Mapping[str, Mapping[str, Any]] | None = None, /, **steps: Answer
) -> Story:
    """Build a record from the answers to its steps (named with _ for -), all asked for with ``params``."""
    request = Half(f"GET /api?{encode_query(tuple((params or {}).items()))} HTTP/1.1")
    entries: list[AnyEntry] = [Event(0, "forged", "", "", AT, "scenario", {})]
    entries += [Event(0, "forged", "", "", AT, name, facts) for name, facts in (events or {}).items()]
    for number, (step, answer) in enumerate(steps.items(), 1):
        half = http(200, answer) if isinstance(answer, bytes) else answer
        error = None if half else "timeout"
        step = step.replace("_", "-")
        entries.append(Exchange(number, "forged", "", step, AT, CALL, "out", "http://s/api", request, half, error))
    return Story.from_entries(entries)


GOOD = record(twin=PONG, started=TOKEN, poll=FINISHED)
BROKEN = record(started=TOKEN, poll=ERROR)


def said(name: str, **records: Story) -> str:
    """Return what a check says; usual records are a package that was imported and a page that was not."""
    module = next(module for module in MODULES if hasattr(module, name))
    check = check_of(module, name)
    outcome = judge(check, {"imported": GOOD, "named_file": GOOD, "not_a_zip": BROKEN} | records)
    if outcome.status == FOUND and outcome.finding:
        return outcome.finding.reason
    if outcome.status == OK:
        return ", ".join((PASSES, *dict.fromkeys(remark.reason for remark in outcome.remarks)))
    assert outcome.status == UNTESTABLE, outcome.why
    return outcome.status
