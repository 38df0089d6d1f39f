"""What the suite of cloud-v1 says of forms that are sent back, and of what scripts may read."""

from __future__ import annotations

import pytest

from suites.cloud_v1.scenarios_import import BACK, ORIGIN, QUERIED
from tests.suites.forging_cloud_import import FINISHED, TOKEN, Answer, http, record, said
from tests.suites.forging_cloud_v1 import PASSES, UNTESTABLE, fail

WHOLE = "success=true&courseid=c1&appid=app&tokenid=t1"


@pytest.mark.parametrize("status", [301, 302, 303, 307])
@pytest.mark.parametrize(
    ("location", "verdict"),
    [
        (f"{BACK}?{WHOLE}", PASSES),
        (f"{BACK}?tokenid=t1&appid=app&courseid=%63%31&success=true&more=1", PASSES),
        (f"{BACK.replace('lms', 'LMS')}?{WHOLE}#x", PASSES),
        (f"{BACK}?{WHOLE.replace('true', 'True')}", "no-success"),
        (f"{BACK}?{WHOLE.replace('tokenid', 'token')}", "no-tokenid"),
        (f"{BACK}?{WHOLE.replace('c1', 'C1')}", "other-courseid"),
        (f"https://elsewhere.example/?{WHOLE}", "elsewhere"),
        ("", "no-redirect"),
    ],
)
def test_a_form_comes_back_by_any_redirect(status: int, location: str, verdict: str) -> None:
    answer = http(status, Location=location) if location else TOKEN
    story = record({"appid": "app"}, {"given": {"courseid": "c1"}}, accepted=answer, poll=FINISHED)
    assert said("test_a_form_is_sent_back_with_the_token", sent_back=story) == verdict


@pytest.mark.parametrize(
    ("refused", "verdict"),
    [
        (http(302, Location=f"{BACK}?success=false&errcode=203&msg=no+id"), PASSES),
        (fail(203), "no-redirect"),
        (http(302, Location=f"{BACK}?success=false&code=203&msg=m"), "no-errcode"),
        (http(302, Location=f"{BACK}?success=true&errcode=1&msg=m"), "no-success"),
    ],
)
def test_a_refused_form_comes_back_with_the_reason(refused: Answer, verdict: str) -> None:
    name = "test_a_form_that_is_refused_is_sent_back_with_the_reason"
    accepted = http(302, Location=f"{BACK}?{WHOLE}")
    assert said(name, sent_back=record(accepted=accepted, refused=refused)) == verdict
    assert said(name, sent_back=record(accepted=TOKEN, refused=refused)) == UNTESTABLE


@pytest.mark.parametrize(
    ("location", "verdict"),
    [
        (f"{QUERIED}&success=true", PASSES),
        (f"{BACK}?note=a%26b&id=7&success=false", PASSES),
        (f"{BACK}?success=true&id=7&note=a%26b", PASSES),
        (f"{QUERIED}?success=true", "query-lost"),
        (f"{BACK}?success=true", "query-lost"),
        (QUERIED, "outcome-lost"),
    ],
)
def test_the_query_of_a_redirecturl_stays_in_any_order(location: str, verdict: str) -> None:
    name, plain = "test_the_query_of_the_redirecturl_stays", record(accepted=http(302, Location=f"{BACK}?{WHOLE}"))
    queried = record(accepted=http(302, Location=location))
    assert said(name, sent_back_with_query=queried, sent_back=plain) == verdict


@pytest.mark.parametrize(
    ("allowed", "verdict"),
    [
        ("*", PASSES),
        (ORIGIN, PASSES),
        ("https://other.example", "other-origin"),
        ("null", "other-origin"),
        ("", "no-cors"),
    ],
)
def test_scripts_may_read_answers(allowed: str, verdict: str) -> None:
    headers = {"Access_Control_Allow_Origin": allowed} if allowed else {}
    story = record(accepted=http(200, TOKEN, **headers), refused=http(200, fail(203), **headers))
    for name in ("test_scripts_may_read_an_answer", "test_scripts_may_read_a_failure"):
        assert said(name, cross_origin=story) == verdict
