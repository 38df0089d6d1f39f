"""Who is answered to an authentication request, and how a refusal reaches our tool (OpenID Connect Core 1.0, 3.1.2)."""

from __future__ import annotations

import re

from harness.judging.expect import control, expect, remark, untestable
from harness.judging.suite import checks
from harness.subjects.lti_platform_records import Launched, Tooled
from suites.lti_platform.asking import (
    ALONE,
    FIELDS,
    NO_SESSION,
    OTHER_LAUNCH,
    OTHER_USER,
    PLAIN,
    REDIRECTS,
    REPORTED,
)
from suites.lti_platform.rules import control_message
from suites.lti_platform.rules_launch import answered, demand, is_accepted, name_of, probes, reached

KNOWN_ERRORS = frozenset((
    "invalid_request", "unauthorized_client", "access_denied", "unsupported_response_type", "invalid_scope",
    "server_error", "temporarily_unavailable", "interaction_required", "login_required", "account_selection_required",
    "consent_required", "invalid_request_uri", "invalid_request_object", "request_not_supported",
    "request_uri_not_supported", "registration_not_supported", "launch_no_longer_valid",
))  # fmt: skip
"""OpenID Connect Core 1.0, 3.1.2.6; RFC 6749, 4.1.2.1; the last one is Canvas's own (observed)."""

_PASSWORD = re.compile(rb"""<input\b[^>]*\btype\s*=\s*["']?password\b""", re.IGNORECASE)


@checks("LTI-LAUNCH-04")
def test_no_browser_is_sent_to_an_address_that_is_not_registered(asked: Tooled) -> None:
    """A redirect URI that is not one of those registered is refused, and nobody is sent there."""
    for found in probes(asked, REDIRECTS):
        url = found.sent("redirect_uri") or ""
        expect(not reached(found, url), "redirected", expected=f"nothing at {url}", got=found.got, at=found.at)
        expect(not found.response.id_token, "accepted", expected="no id_token", got=found.got, at=found.at)


@checks("LTI-LAUNCH-05")
def test_a_wrong_authentication_request_is_answered_by_an_error(asked: Tooled) -> None:
    """A request in which a required parameter is missing or wrong is not answered by a message."""
    listed = probes(asked, FIELDS)
    accepted = [found for found in listed if is_accepted(found)]
    names = ", ".join(name_of(found) for found in accepted)
    expect(not accepted, "accepted", expected="an error", got=names, at=accepted[0].at if accepted else "")
    for found in listed:
        remark("server-error", unless=_status(found) < 500, got=f"{name_of(found)}: {found.got}", at=found.at)


def _status(found: Launched) -> int:
    answer = answered(found)
    own = answer is not None and answer is not found.arrived
    return answer.response.status if own and answer and answer.response else 0


@checks("LTI-LAUNCH-06")
def test_an_error_is_posted_to_the_registered_address(asked: Tooled) -> None:
    """An error reaches a registered redirect URI as a form by POST, with error and the state that was sent."""
    refused = [found for found in probes(asked, REPORTED) if not is_accepted(found)]
    control(refused, "a wrong authentication request is refused")
    for found in refused:
        name = name_of(found)
        request = found.arrived.request if found.arrived else None
        expect(request, "not-reported", expected=f"an error at the redirect URI ({name})", got=found.got, at=found.at)
        posted = request is not None and request.method == "POST"
        expect(posted, "not-posted", expected=f"POST ({name})", got=request and request.start[:200], at=found.at)
        same = found.response.state == found.sent("state")
        expect(same, "other-state", expected=found.sent("state"), got=found.response.state, at=found.at)
        remark("unknown-error", unless=found.response.error in KNOWN_ERRORS, got=found.response.error, at=found.at)


@checks("LTI-LAUNCH-07")
def test_nobody_is_asked_to_log_in(asked: Tooled) -> None:
    """A request from a browser without a session shows no login page."""
    probes(asked, FIELDS)
    found = demand(asked.launched(NO_SESSION), "a browser of ours that has lost its session")
    control(found.asked and answered(found), "a browser without a session comes with a request")
    if found.has_message:
        untestable("a user without a session: this platform knows its users without cookies")
    halves = [page.response for page in found.pages if page.response is not None]
    forms = [half for half in halves if _PASSWORD.search(half.body)]
    asks = [half for half in halves if half.status == 401 and half.header("WWW-Authenticate")]
    expect(not forms, "login-page", expected="an error", got="a form with a password", at=found.at)
    expect(not asks, "password-asked-for", expected="an error", got="WWW-Authenticate", at=found.at)


@checks("LTI-LAUNCH-10")
def test_the_login_hint_of_another_user_is_refused(asked: Tooled) -> None:
    """A request with the login hint of a user who is not the one logged in is not answered by a message."""
    other = demand(asked.launched("other"), "a launch by another user")
    control(other.initiated, "another user launches")
    listed = probes(asked, (OTHER_USER, OTHER_LAUNCH))
    steps = [step + end for step in (PLAIN, "other", OTHER_LAUNCH) for end in ("", ALONE)]
    users = {one.launch.sub for step in steps if (one := asked.launched(step)) and one.launch.sub}
    control(len(users) > 1, "the launches are those of two users, by their sub")
    for found in listed:
        expect(not is_accepted(found), "accepted", expected=f"an error ({name_of(found)})", got=found.got, at=found.at)


@checks("LTI-LAUNCH-11")
def test_a_message_hint_is_good_for_once(launched: Tooled) -> None:
    """An lti_message_hint that was answered is not answered again."""
    first = control_message(launched)
    hint = first.initiation.lti_message_hint
    found = demand(launched.launched("replayed"), "a launch in a browser of ours")
    control(answered(found), "our tool asks again in the session of a launch")
    control(hint, "a login is initiated with an lti_message_hint")
    expect(not found.has_message, "accepted", expected="an error", got=found.got, at=found.at)


@checks("LTI-LAUNCH-18")
def test_a_message_is_signed_when_it_is_asked_for(late: Tooled) -> None:
    """A message is not older by its iat when the tool asks late: it is signed when it is answered."""
    ages = {}
    for step in ("prompt", "late"):
        found = control_message(late, step)
        noted = demand(late.event("answered", step), "the time of the answer")
        ages[step] = float(noted.facts["now"]) - demand(found.launch.iat, "a message has iat")
    # Clocks of two machines differ; by how much does not change between two launches.
    older = ages["late"] - ages["prompt"]
    at = control_message(late, "late").at
    expect(older < 10, "signed-early", expected="less than 10 seconds", got=f"{older:g} seconds", at=at)
    remark("clocks-differ", unless=abs(ages["prompt"]) < 10, got=f"{ages['prompt']:g} seconds", at=at)
