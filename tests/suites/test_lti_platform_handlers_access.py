"""What the suite of lti-platform says of who may read and set handlers."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from suites.lti_platform import test_handlers_access as of_access
from suites.lti_platform.scenarios_handlers_access import at_unknown_deployment
from tests.suites.forging_lti_handlers import (
    PASSES,
    UNTESTABLE,
    A,
    B,
    C,
    Call,
    listed,
    put,
    record,
    refused,
    said,
    turned_away,
)

Steps = Mapping[str, Call | None]

BEARER, INVALID = 'Bearer realm="x"', 'Bearer realm="x", error="invalid_token"'
NARROW = 'Bearer error="insufficient_scope", scope="https://purl.imsglobal.org/spec/lti/scope/noticehandlers"'


def _away(status: int, challenge: str) -> Call:
    return refused(status, WWW_Authenticate=challenge)


ACCESS: Steps = {
    "set": put(A), "list": listed(A),
    "bare-get": turned_away(401, BEARER), "bare-put": _away(401, BEARER), "after-bare": listed(A),
    "unknown-get": turned_away(401, INVALID), "unknown-put": _away(401, INVALID), "after-unknown": listed(A),
    "changed-get": turned_away(401, INVALID), "changed-put": _away(401, INVALID), "after-changed": listed(A),
    "narrow-get": turned_away(403, NARROW), "narrow-put": _away(403, NARROW), "after-narrow": listed(A),
}  # fmt: skip
BARE, UNKNOWN, SCOPE = (
    "test_without_token_nobody_is_let_in", "test_an_unknown_token_lets_nobody_in",
    "test_a_token_for_other_services_lets_nobody_in",
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "steps", "reason"),
    [
        (BARE, {}, PASSES),
        (BARE, {"bare-get": turned_away(401, "bearer")}, PASSES),
        (BARE, {"bare-get": turned_away(401)}, "no-challenge"),
        (BARE, {"bare-get": turned_away(401, "Basic x")}, "no-challenge"),
        (BARE, {"bare-put": _away(403, BEARER)}, "other-status"),
        (BARE, {"bare-get": listed(A)}, "accepted"),
        (BARE, {"after-bare": listed(B)}, "changed"),
        (BARE, {"list": listed("")}, UNTESTABLE),
        (UNKNOWN, {}, PASSES),
        (UNKNOWN, {"unknown-get": turned_away(401, "BEARER ERROR=invalid_token")}, PASSES),
        (UNKNOWN, {"unknown-get": (None, 401, json.dumps({"error": "invalid_token"}).encode(), {})}, PASSES),
        (UNKNOWN, {"unknown-get": turned_away(401, BEARER)}, "no-error-code"),
        (UNKNOWN, {"unknown-get": turned_away(403, INVALID)}, "other-status"),
        (UNKNOWN, {"changed-get": listed(A)}, "accepted"),
        (UNKNOWN, {"changed-put": (None, 429, b"slow down", {})}, UNTESTABLE),
        (BARE, {"bare-get": turned_away(401, 'Basic realm="a, b", Bearer realm="c"')}, PASSES),
        (BARE, {"bare-get": turned_away(401, 'Basic realm="a, Bearer b"')}, "no-challenge"),
        (SCOPE, {}, PASSES),
        (SCOPE, {"narrow-get": turned_away(401, NARROW)}, "other-status"),
        (SCOPE, {"narrow-get": listed(A)}, "accepted"),
        (SCOPE, {"narrow-get": turned_away(403, BEARER)}, "no-error-code"),
    ],
)
def test_refusals_of_tokens_are_judged(name: str, steps: Steps, reason: str) -> None:
    assert said(of_access, name, record({**ACCESS, **steps})) == reason


def test_a_platform_that_grants_no_other_scope_is_not_judged_by_one() -> None:
    steps = {step: call for step, call in ACCESS.items() if "narrow" not in step}
    assert said(of_access, SCOPE, record(steps)) == UNTESTABLE


CROSSING: Steps = {
    "set": put(A), "ours": listed(A), "theirs": listed(""), "their-get": turned_away(403), "their-put": refused(403),
    "our-get": turned_away(404), "our-put": refused(404), "after-ours": listed(A), "after-theirs": listed(""),
}  # fmt: skip


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        ({}, PASSES),
        ({"our-put": refused(400)}, PASSES),
        ({"their-get": listed(A)}, "read"),
        ({"their-get": turned_away(401)}, "other-status"),
        ({"our-put": put(A)}, "set"),
        ({"after-ours": listed(B)}, "changed"),
        ({"theirs": turned_away(500)}, UNTESTABLE),
    ],
)
def test_clients_are_kept_apart(steps: Steps, reason: str) -> None:
    name = "test_one_client_has_nothing_to_say_of_another"
    assert said(of_access, name, record({**CROSSING, **steps})) == reason


def test_a_late_token_is_judged_between_two_that_are_good() -> None:
    name = "test_an_expired_token_lets_nobody_in"
    late: Steps = {"fresh": listed(""), "late": turned_away(401, INVALID), "renewed": listed("")}
    assert said(of_access, name, record(late)) == PASSES
    assert said(of_access, name, record({**late, "late": listed("")})) == "accepted"
    assert said(of_access, name, record({**late, "renewed": turned_away(401, INVALID)})) == UNTESTABLE


APART: Steps = {
    "clear": put(""), "set-ours": put(A), "set-ours-ours": listed(A), "set-ours-other": listed(""),
    "set-other": put(B), "set-other-ours": listed(A), "set-other-other": listed(B),
    "remove-other": put(""), "remove-other-ours": listed(A), "remove-other-other": listed(""),
}  # fmt: skip


@pytest.mark.parametrize("step", ["set-ours-other", "set-other-ours", "remove-other-ours"])
def test_deployments_are_kept_apart(step: str) -> None:
    name = "test_deployments_have_handlers_of_their_own"
    assert said(of_access, name, record(APART)) == PASSES
    assert said(of_access, name, record({**APART, step: listed(C)})) == "not-apart"


@pytest.mark.parametrize(
    ("url", "deployment"),
    [
        ("https://lms.example/lti/pns/deployment-1", "deployment-1"),
        ("https://lms.example/pns/5f0c7c1e-8a57-4b7e-9c1e-1f2f0f6a9b10", "5f0c7c1e-8a57-4b7e-9c1e-1f2f0f6a9b10"),
        ("https://lms.example/api/lti/notice-handlers/12", "12:" + "a" * 40),
        ("https://lms.example/pns/_1_1?deploymentId=_1_1", "_1_1"),
        ("https://lms.example/pns/a%3Ab", "a:b"),
    ],
)
def test_an_unknown_deployment_has_an_address_of_the_same_form(url: str, deployment: str) -> None:
    made = at_unknown_deployment(url, deployment)
    assert made is not None
    assert made != url
    assert deployment not in made.replace(f"{deployment}-", "")
    assert made.startswith("https://lms.example/")


def test_an_address_that_does_not_show_its_deployment_is_left_alone() -> None:
    assert at_unknown_deployment("https://www.myuniv.example/lti-services/platformNotices", "dep-1") is None
