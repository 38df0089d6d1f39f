"""What D2L's article on the service says of Brightspace ("Platform Notification Service with LTI 1.3")."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from harness.judging.expect import control, expect, untestable
from harness.judging.suite import checks
from harness.subjects.lti_platform_records import Told, Tooled, Tools
from harness.wire.pns import CONTEXT_COPY
from harness.wire.pns_assets import ACTIVITY, CONTRIBUTION_CLAIM, SUBMISSION_CLAIM
from suites.lti_platform.provoking import came_to
from suites.lti_platform.rules import control_message
from suites.lti_platform.rules_brightspace import begun_between, between, control_around, shown
from suites.lti_platform.rules_histories import copies_are_told_as_the_model_says
from suites.lti_platform.rules_notices import part

PATH = re.compile(r"/d2l/api/lti/pns/[^/]+/handlers/deployment/([^/]+)/?")


@checks("D2L-PNS-01")
def test_all_three_switches_are_needed(switched: Tooled) -> None:
    """No course copy is told unless registration, deployment and type are all on."""
    control_around(switched)
    came = begun_between(switched, "during", "after", "copied")
    off = ", ".join(switched.case["off"])
    expect(
        not came, "notice-while-off", expected=f"none with {off} off", got=shown(came), at=came[0].at if came else ""
    )


@checks("D2L-PNS-02")
def test_a_disabled_type_stops_alone(switched: Tooled) -> None:
    """A type that is disabled at the deployment stops, and no other."""
    control_around(switched)
    came = begun_between(switched, "during", "after", "copied")
    expect(not came, "type-goes-on", expected="none", got=shown(came), at=came[0].at if came else "")
    if between(switched, "before-other", "during", "other"):
        others = between(switched, "during-other", "after", "other")
        expect(others, "other-type-stopped", expected="the other type is told", got="none")


@checks("D2L-PNS-03")
def test_a_disabled_deployment_is_told_nothing(switched: Tooled) -> None:
    """A deployment at which the service is off is told nothing of any type; another deployment is."""
    control_around(switched)
    came = tuple(told for name in ("copied", "other") for told in begun_between(switched, "during", "after", name))
    expect(not came, "deployment-goes-on", expected="none", got=shown(came), at=came[0].at if came else "")
    if between(switched, "before", "during", "elsewhere"):
        others = between(switched, "during", "after", "elsewhere")
        expect(others, "other-deployment-stopped", expected="the other deployment is told", got="none")


@checks("D2L-PNS-04")
def test_a_disabled_registration_is_told_nothing(switched: Tooled) -> None:
    """No deployment of a registration at which the service is off is told anything."""
    control_around(switched)
    names = ("copied", "other", "elsewhere")
    came = tuple(told for name in names for told in begun_between(switched, "during", "after", name))
    expect(not came, "registration-goes-on", expected="none", got=shown(came), at=came[0].at if came else "")


@checks("D2L-PNS-05")
def test_a_removed_handler_is_told_nothing(taken_back: Tooled) -> None:
    """A handler that its tool has removed is told nothing more."""
    control(between(taken_back, "before", "during", "copied"), "a copy is told before the handler is removed")
    control(taken_back.told_to("anew"), "a copy is told to a handler that is set anew")
    removed = taken_back.handled("remove") or untestable("the removal was asked for")
    control(removed.taken, "a handler is removed by an empty address")
    late = begun_between(taken_back, "during", "", "copied")
    expect(not late, "told-after-removal", expected="none", got=shown(late), at=late[0].at if late else "")


@checks("D2L-PNS-06")
def test_a_copy_into_a_shared_course_is_told(sharing: Tooled) -> None:
    """A copy into a course inside the sharing rules is told, though its origin is outside."""
    control(between(sharing, "all", "", "copied"), "a copy is told while the tool is shared to all courses")
    came = between(sharing, "into", "out", "copied")
    expect(came, "origin-decides", expected="a notice", got="none")


@checks("D2L-PNS-07")
def test_a_copy_out_of_the_shared_courses_is_not_told(sharing: Tooled) -> None:
    """A copy into a course outside the sharing rules is not told, though its origin is inside."""
    control(between(sharing, "all", "", "copied"), "a copy is told while the tool is shared to all courses")
    # Somebody else may copy into the shared course meanwhile.
    shares = sharing.event("shares")
    inside = {one.notice.context_id for one in between(sharing, "into", "out", "copied")}
    inside |= {shares.facts["inside"]} if shares else set()
    came = begun_between(sharing, "out", "all", "copied")
    came = tuple(one for one in came if one.notice.context_id is None or one.notice.context_id not in inside)
    expect(not came, "told-outside", expected="none", got=shown(came), at=came[0].at if came else "")


@checks("D2L-PNS-08")
def test_both_ids_are_always_told(detailed: Tooled) -> None:
    """A notice of a copy has the ids of destination and origin, whatever else may be told."""
    for told in came_to(detailed, "copied"):
        notice = told.notice
        expect(notice.context_id, "no-destination", expected="context.id", got=notice.context, at=told.at)
        expect(notice.origins, "no-origin", expected="an id in origin_contexts", got=notice.origins, at=told.at)


@checks("D2L-PNS-09")
def test_names_are_told_only_where_they_may_be(detailed: Tooled) -> None:
    """Name and description of the destination are told only while the deployment's switch for them is on."""
    open_ = (*between(detailed, "shown", "hidden", "copied"), *between(detailed, "again", "", "copied"))
    hidden = between(detailed, "hidden", "again", "copied")
    control(open_ and hidden, "copies are told with the switch on and off")
    for told in hidden:
        names = _names(told)
        expect(not names, "names-while-off", expected="no title, label or description", got=names, at=told.at)
    for told in open_:
        expect(_names(told), "no-names-while-on", expected="the title", got="none", at=told.at)


def _names(told: Told) -> dict[str, object]:
    context = told.notice.context or {}
    return {name: context[name] for name in ("title", "label", "description") if context.get(name)}


@checks("D2L-PNS-10")
def test_every_way_of_copying_is_told(copied_in_every_way: Tooled) -> None:
    """A copy by hand, one in bulk and one by API are all told."""
    steps = ("copy", "copy-bulk", "copy-api")
    came = {
        step: between(copied_in_every_way, step, after, "copied")
        for step, after in zip(steps, (*steps[1:], ""), strict=True)
    }
    control(any(came.values()), "some copy is told")
    for step, told in came.items():
        expect(told, f"untold-{step}", expected="a notice", got="none")


@checks("D2L-PNS-11")
def test_nothing_is_sent_again(failing: Tooled) -> None:
    """A notice whose delivery failed is not sent again."""
    came = came_to(failing, "failing")
    control(len(came) > 1, "a notice comes to a handler that fails")
    ids = [told.notice.id for told in came]
    twice = next((told for n, told in enumerate(came) if told.notice.id in ids[:n]), None)
    expect(twice is None, "sent-again", expected="each notice once", got=f"{len(ids)} notices, {len(set(ids))} ids",
           at=twice.at if twice else "")  # fmt: skip


@checks("D2L-PNS-12")
def test_id_and_time_are_those_of_the_event(apart: Tooled) -> None:
    """Notices of one event have its id and time; what else they claim is made for each sending."""
    first, second = _of_one_event(came_to(apart, "first"), came_to(apart, "second"))
    control(first.notice.type != "LtiHelloWorldNotice", "one event concerns two deployments")
    one, two = first.notice, second.notice
    expect(one.id == two.id, "id-of-sending", expected=one.id, got=two.id, at=second.at)
    expect(one.written == two.written, "time-of-sending", expected=one.written, got=two.written, at=second.at)
    expect(one.nonce != two.nonce, "claims-of-event", expected="a nonce of its own", got=two.nonce, at=second.at)


def _of_one_event(ones: tuple[Told, ...], others: tuple[Told, ...]) -> tuple[Told, Told]:
    """Return a notice to each of two deployments that are about one thing; the same id comes first, if it is there."""
    pairs = [(one, two) for one in ones for two in others if _about(one) == _about(two)]
    if not pairs:
        untestable("both deployments are told of one event")
    return next(((one, two) for one, two in pairs if one.notice.id == two.notice.id), pairs[-1])


def _about(told: Told) -> tuple[object, ...]:
    claims = told.token.claims
    named = [part(claims, name).get("id") for name in (SUBMISSION_CLAIM, CONTRIBUTION_CLAIM, ACTIVITY)]
    return (told.notice.type, told.notice.context_id, *map(str, named))


@checks("D2L-PNS-13")
def test_a_handler_meets_three_criteria(criteria: Tooled) -> None:
    """A handler uses https, is a valid URL, and is rooted in the tool's domain or equal to a redirect URL."""
    calls = {step: criteria.handled(step) for step in ("own", "redirect", "http", "invalid", "foreign")}
    own, redirect = calls["own"], calls["redirect"]
    control(own is not None and own.taken, "a handler in the tool's domain is accepted")
    if redirect is not None:
        expect(redirect.taken, "redirect-url-refused", expected="accepted", got=redirect.got, at=redirect.at)
    for step in ("http", "invalid", "foreign"):
        call = calls[step] or untestable("a handler was tried")
        control(call.response is not None and call.status < 500, "the call is answered")
        expect(call.refused, f"{step}-accepted", expected="refused", got=call.got, at=call.at)


@checks("D2L-PNS-14")
def test_the_service_is_where_the_article_says(placed: Tooled) -> None:
    """The address of the service is the vendor's path with the deployment's id."""
    found = control_message(placed)
    control(found.offers_service, "a launch offers the service")
    path = urlsplit(found.service.url or "").path
    matched = PATH.fullmatch(path)
    expect(matched, "other-path", expected="/d2l/api/lti/pns/{version}/handlers/deployment/{id}", got=path, at=found.at)
    named = unquote(matched[1]) if matched else ""
    expect(named == found.launch.deployment_id, "other-deployment", expected=found.launch.deployment_id, got=named)


@checks("D2L-PNS-15")
def test_enabled_and_supported_types_are_listed(listed: Tooled) -> None:
    """The launch lists the types that are enabled at the deployment, the configuration those that are supported."""
    before, off = control_message(listed, "before"), control_message(listed, "off")
    after = control_message(listed, "after")
    control(CONTEXT_COPY in before.service.types, "context copy is offered while it is enabled")
    expect(CONTEXT_COPY not in off.service.types, "disabled-type-listed", expected=f"no {CONTEXT_COPY}",
           got=off.service.types, at=off.at)  # fmt: skip
    control(CONTEXT_COPY in after.service.types, "context copy is offered when it is enabled again")
    exchange, configuration = listed.configuration()
    if exchange is not None and configuration.document is not None:
        types = configuration.notice_types or ()
        expect(set(before.service.types) <= set(types), "types-not-in-configuration", expected=before.service.types,
               got=types, at=f"{exchange.id} response")  # fmt: skip


@checks("D2L-PNS-16")
def test_the_audience_is_not_the_endpoint(audiences: Tooled) -> None:
    """An assertion for the address of the token endpoint is refused: the audience is another."""
    told, endpoint = audiences.issued("told"), audiences.issued("endpoint")
    if told is None or endpoint is None:
        untestable("two tokens were asked for")
    control(told.granted, "an assertion with the audience that was told gets a token")
    target = audiences.case["target"]
    expect(target["audience"] != target["token_url"], "audience-is-endpoint", expected="another audience",
           got=target["audience"], at=told.at)  # fmt: skip
    expect(not endpoint.granted, "endpoint-accepted", expected="invalid_client", got=endpoint.got, at=endpoint.at)


@checks("D2L-PNS-01")
def test_in_any_history_a_copy_is_told_while_all_is_on(switching: Tools) -> None:
    """Whatever went before, a copy is told if every switch is on and a handler is there, and never otherwise."""
    control(switching.before.told_to("before"), "a copy is told before the histories begin")
    expect(switching.steps, "no-example", expected="at least one example", got="none")
    for history in switching.steps.values():
        copies_are_told_as_the_model_says(history)
