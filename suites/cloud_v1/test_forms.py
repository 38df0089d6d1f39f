"""Uploads by browsers: where a form is sent back to, and what scripts may read ("Course Service" V1)."""

from __future__ import annotations

from harness.judging.expect import control, expect, remark
from harness.judging.suite import checks
from harness.subjects.cloud_v1_records import Called, Story
from suites.cloud_v1.rules import control_ok, control_refused
from suites.cloud_v1.rules_import import control_imported, last, read_back
from suites.cloud_v1.scenarios_import import BACK, ORIGIN, QUERIED


@checks("CLOUD-IMPORT-14")
def test_a_form_is_sent_back_with_the_token(sent_back: Story, imported: Story) -> None:
    """After an upload the browser comes to redirecturl with success, courseid, appid and tokenid."""
    control_imported(imported)
    read, called, facts = read_back(sent_back, "accepted", BACK), sent_back["accepted"], sent_back.event("given")
    expect(read.success is True, "no-success", expected="success=true", got=called.location, at=called.at)
    appid = dict(called.params).get("appid")
    for name, value in (("courseid", facts.facts["courseid"] if facts else None), ("appid", appid)):
        got = read.get(name)
        expect(got is not None, f"no-{name}", expected=f"{name}={value}", got=called.location, at=called.at)
        expect(got == value, f"other-{name}", expected=value, got=got, at=called.at)
    expect(read.get("tokenid"), "no-tokenid", expected="tokenid", got=called.location, at=called.at)
    told = last(sent_back)
    expect(told.is_ok, "other-tokenid", expected="a token to ask with", got=told.got, at=called.at)


@checks("CLOUD-IMPORT-14")
def test_a_form_that_is_refused_is_sent_back_with_the_reason(sent_back: Story) -> None:
    """After a refusal the browser comes to redirecturl with success=false, errcode and msg."""
    control(sent_back["accepted"].location, "a form that is accepted is sent back")
    read, called = read_back(sent_back, "refused", BACK), sent_back["refused"]
    expect(read.success is False, "no-success", expected="success=false", got=called.location, at=called.at)
    for name in ("errcode", "msg"):
        expect(read.get(name), f"no-{name}", expected=name, got=called.location, at=called.at)


@checks("CLOUD-IMPORT-15")
def test_the_query_of_the_redirecturl_stays(sent_back_with_query: Story, sent_back: Story) -> None:
    """The query that redirecturl has already comes back beside what is appended."""
    control(sent_back["accepted"].location, "a form is sent back to an address without a query")
    read, called = read_back(sent_back_with_query, "accepted", QUERIED), sent_back_with_query["accepted"]
    expect(not read.lost, "query-lost", expected=QUERIED, got=called.location, at=called.at)
    told = read.success is not None
    expect(told, "outcome-lost", expected="success behind the query", got=called.location, at=called.at)


@checks("CLOUD-IMPORT-16")
def test_scripts_may_read_an_answer(cross_origin: Story) -> None:
    """The answer to an upload by the script of another page lets that script read it."""
    control_ok(cross_origin["accepted"], "an upload is accepted")
    _readable(cross_origin["accepted"])


@checks("CLOUD-IMPORT-16")
def test_scripts_may_read_a_failure(cross_origin: Story) -> None:
    """The refusal of an upload by the script of another page lets that script read it."""
    control_ok(cross_origin["accepted"], "an upload is accepted")
    control_refused(cross_origin["refused"], "an upload without courseid is refused")
    _readable(cross_origin["refused"])


def _readable(called: Called) -> None:
    allowed = called.response.header("Access-Control-Allow-Origin") if called.response else None
    expect(allowed, "no-cors", expected="Access-Control-Allow-Origin", got=allowed, at=called.at)
    expect(allowed in ("*", ORIGIN), "other-origin", expected=f"* or {ORIGIN}", got=allowed, at=called.at)
    remark("cookies-allowed", unless=_without_cookies(called), got=allowed, at=called.at)


def _without_cookies(called: Called) -> bool:
    half = called.response
    return not (half and (half.header("Access-Control-Allow-Credentials") or "").lower() == "true")
