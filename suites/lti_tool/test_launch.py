"""How a tool takes launches (1EdTech Security Framework 1.0, 5.1; LTI Core 1.3, 4 and 5; the certification guide)."""

from __future__ import annotations

from harness.judging.expect import control, expect, remark, told, untestable
from harness.judging.suite import checks
from harness.subjects.lti_tool_records import Hosted, Visit
from harness.wire.lti_login import faults_of
from suites.lti_tool.rules_launch import (
    TELL_APART,
    brought,
    control_after,
    initiation,
    is_accepted,
    is_welcome,
    refused_for_sure,
    right_launch,
    target,
    text_of,
)
from suites.lti_tool.scenarios_launch import FORGED, SIGNED, TOLD

BEGUN = ("get", "post", "garbage", "again")


@checks("LTI-LAUNCH-20")
def test_a_login_begins_by_get_and_by_post(welcomed: Hosted) -> None:
    """A login initiation is taken by GET and by POST."""
    found = {step: welcomed.visit(step) for step in ("get", "post")}
    control(any(is_welcome(welcomed, visit) for visit in found.values()), "a right launch is accepted")
    for step, visit in found.items():
        taken, at = is_welcome(welcomed, visit), visit.at if visit else ""
        expect(taken, f"{step}-refused", expected="a launch", got=visit and visit.got, at=at)


@checks("LTI-LAUNCH-21")
def test_the_authentication_request_is_complete(welcomed: Hosted) -> None:
    """The authentication request has all its parameters, and hints and client id as they were given."""
    asking = [visit for visit in map(welcomed.visit, BEGUN) if visit and visit.request]
    control(asking, "the tool sends the browser on with an authentication request")
    for visit in asking:
        _complete(welcomed, visit)


def _complete(record: Hosted, visit: Visit) -> None:
    request = visit.request
    if request is None:
        return
    at, told = f"{visit.asked[0].id} request", initiation(visit)
    for name, problem in faults_of(request):
        expect(False, f"{name}-{problem}", expected=f"{name} as the standard has it", got=getattr(request, name), at=at)
    for name in ("lti_message_hint", "login_hint"):
        got = getattr(request, name)
        expect(got == told.get(name), f"{name}-not-returned", expected=told.get(name), got=got, at=at)
    client = target(record, "client_id")
    expect(request.client_id == client, "client_id-wrong", expected=client, got=request.client_id, at=at)
    known = target(record, "redirect_urls")
    expect(request.redirect_uri in known, "redirect_uri-unknown", expected=known, got=request.redirect_uri, at=at)
    remark("no-state", unless=request.state, got="no state", at=at)


@checks("LTI-LAUNCH-22")
def test_every_login_has_a_nonce_of_its_own(welcomed: Hosted) -> None:
    """No two logins have the same nonce, nor the same state."""
    asking = [visit for visit in map(welcomed.visit, BEGUN) if visit and visit.request]
    control(len(asking) > 1, "the tool begins several logins")
    for name in ("nonce", "state"):
        found = [getattr(visit.request, name) for visit in asking]
        told = [one for one in found if one]
        at = f"{asking[-1].asked[0].id} request"
        expect(len(set(told)) == len(told), f"{name}-repeated", expected=f"{len(told)} of them", got=found, at=at)


@checks("LTI-LAUNCH-22")
def test_an_answer_counts_in_its_own_browser_alone(foreign_state: Hosted, welcomed: Hosted) -> None:
    """What was asked for in one browser is refused when another one brings it."""
    good = right_launch(welcomed)
    control_after(foreign_state, good, "own", "after")
    for step in ("no-cookie", "other-cookie"):
        visit = brought(foreign_state, step)
        taken = is_accepted(foreign_state, visit, good)
        expect(not taken, f"taken-from-{step}", expected="a refusal", got=visit.got, at=visit.at)


@checks("LTI-LAUNCH-23")
def test_bad_launches_are_refused(bad_launch: Hosted, welcomed: Hosted) -> None:
    """A launch that the certification guide calls bad does not end like a right one."""
    good = right_launch(welcomed)
    control_after(bad_launch, good)
    visit, name = brought(bad_launch, "bad"), bad_launch.case["name"]
    expect(not is_accepted(bad_launch, visit, good), f"takes-{name}", expected="a refusal", got=visit.got, at=visit.at)
    if not refused_for_sure(bad_launch, visit, welcomed.visit("garbage")):
        told("page-of-its-own", got=f"{name}: {visit.got}; {TELL_APART}", at=visit.at)
    remark("server-error", unless=visit.status < 500, got=f"{name}: {visit.got}", at=visit.at)


@checks("LTI-LAUNCH-23")
def test_forged_launches_are_refused(forged_launches: Hosted, welcomed: Hosted) -> None:
    """Forgeries that the guide does not list are remarked: nobody may trust them either."""
    good = right_launch(welcomed)
    control_after(forged_launches, good)
    for name in FORGED:
        visit = brought(forged_launches, name)
        taken = is_accepted(forged_launches, visit, good)
        remark(f"takes-{name}", unless=not taken, got=visit.got, at=visit.at, warn=True)


@checks("LTI-LAUNCH-24")
def test_good_launches_are_accepted(good_launch: Hosted, welcomed: Hosted) -> None:
    """A launch that the certification guide calls good is no more refused than a plain one."""
    good, garbage = right_launch(welcomed), welcomed.visit("garbage")
    visit, name = brought(good_launch, "good"), good_launch.case["name"]
    alike = garbage is not None and visit.resembles(garbage) and not visit.resembles(good)
    taken = is_welcome(good_launch, visit) and not alike
    expect(taken, f"refuses-{name}", expected="a launch", got=visit.got, at=visit.at)


@checks("LTI-LAUNCH-25")
def test_logins_of_strangers_go_nowhere(unknown_party: Hosted, welcomed: Hosted) -> None:
    """A login by an unknown issuer, or for an unknown client, is not sent on to our platform."""
    control_after(unknown_party, right_launch(welcomed))
    for step in ("issuer", "client"):
        visit = unknown_party.visit(step) or untestable(f"a login with an unknown {step} was begun")
        request = visit.request
        at = f"{visit.asked[0].id} request" if visit.asked else visit.at
        own = request is not None and request.client_id == target(unknown_party, "client_id")
        if step == "client" and own:  # it looks at the issuer alone, and goes on as who it is: nobody is deceived
            remark("client-not-looked-at", got=visit.got, at=at)
            continue
        expect(request is None, f"unknown-{step}-served", expected="no authentication request", got=visit.got, at=at)


@checks("LTI-LAUNCH-26")
def test_deployments_of_one_client_are_launched_by_turns(deployed_twice: Hosted) -> None:
    """Each deployment of a client can be launched, before and after another one."""
    steps = ("first", "second", "first-again", "second-again")
    found = {step: deployed_twice.visit(step) for step in steps}
    good = next((visit for visit in found.values() if visit and is_welcome(deployed_twice, visit)), None)
    if good is None:
        untestable("positive control not seen: a right launch is accepted")
    for step, visit in found.items():
        taken = is_welcome(deployed_twice, visit)
        expect(taken, "deployment-refused", expected="a launch", got=f"{step}: {visit and visit.got}", at=good.at)


@checks("LTI-LAUNCH-27")
def test_the_signed_target_counts(retargeted: Hosted) -> None:
    """The user goes where the signed message says, not where the login initiation said."""
    visit = retargeted.visit("targets") or untestable("a launch with two targets was begun")
    request = visit.request
    asked = (request.redirect_uri or "") if request else ""
    at = f"{visit.asked[0].id} request" if visit.asked else visit.at
    expect(TOLD not in asked, "told-target-asked-for", expected="a redirect URL", got=asked, at=at)
    control(is_welcome(retargeted, visit), "the launch with two targets is accepted")
    where = visit.last.url if visit.last else ""
    shown = [mark for mark in (SIGNED, TOLD) if mark in where or mark in text_of(visit)]
    if not shown:
        untestable("it shows where the user goes: neither target is in the address or the text of the last page")
    expect(SIGNED in shown, "told-target-followed", expected=f"a target with {SIGNED}", got=where, at=visit.at)
