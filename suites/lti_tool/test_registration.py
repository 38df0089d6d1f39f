"""How a tool registers itself (LTI Dynamic Registration 1.0 as Canvas and Moodle follow it; RFC 7591)."""

from __future__ import annotations

from harness.evidence.entries import Exchange
from harness.judging.expect import control, expect, remark, untestable
from harness.judging.suite import checks
from harness.subjects.lti_tool_records import Hosted
from harness.subjects.lti_tool_target import CONFIGURATION, REGISTRATION, TOLD
from harness.wire.json_text import as_texts
from harness.wire.lti_registration import RegistrationRequest, read_registration_request
from harness.wire.pns import SCOPE
from suites.lti_tool.rules_services import asks, asks_for_notices, calls, in_force, tried

GRANTS = (("implicit", "implict"), ("client_credentials",))
"""Grant types that a request names; some tools copy a misprint of the specification's example."""


def _sent(record: Hosted, channel: str) -> list[Exchange]:
    return [one for one in record.registrations() if one.channel == channel]


def _request(record: Hosted) -> tuple[Exchange, RegistrationRequest]:
    """Return the tool's request; without one nothing is known of it."""
    found = _sent(record, REGISTRATION)
    control(found, "the tool asks to be registered; if a person has to help, let it by [stimuli] register")
    return found[0], read_registration_request(found[0].request.body)


def _is_registered(record: Hosted) -> bool:
    return any(one.response and 200 <= one.response.status <= 299 for one in _sent(record, REGISTRATION))


def _control_joined(joined: Hosted) -> None:
    control(_is_registered(joined), "the tool registers itself at a platform that does nothing unusual")


@checks("LTI-DR-14")
def test_the_request_for_registration_is_complete(joined: Hosted) -> None:
    """The request has all that a platform needs, in the one form that LTI takes."""
    exchange, request = _request(joined)
    at = f"{exchange.id} request"
    for problem in request.problems:
        reason = problem.code.replace("missing required attribute ", "no-").replace(" ", "-")
        expect(False, reason, expected="a complete request", got=problem.description, at=at)
    found = request.metadata or {}
    expect(request.domain, "no-domain", expected="the tool's domain", got="none", at=at)
    remark("domain-form", unless="/" not in request.domain, got=request.domain, at=at)
    grants = as_texts(found.get("grant_types")) or ()
    for names in GRANTS:
        expect(set(names) & set(grants), "grant_types", expected=names[0], got=grants, at=at)


@checks("LTI-DR-15")
def test_the_registration_token_comes_as_bearer_token(joined: Hosted) -> None:
    """The registration token that was given comes back as a bearer token."""
    exchange, _ = _request(joined)
    event = next((e for e in joined.happened if e.name == TOLD and e.facts.get("what") == "registering"), None)
    got = event.facts["bearer"] if event else untestable("what came as bearer token was told")
    expect(got == "right", f"{got}-token", expected="the token that was given", got=got, at=f"{exchange.id} request")


@checks("LTI-DR-16")
def test_the_scope_of_notices_is_asked_for(joined: Hosted) -> None:
    """A tool with notice handlers asks for their scope."""
    exchange, request = _request(joined)
    expect(SCOPE in request.scopes, "scope-not-asked", expected=SCOPE, got=request.scopes, at=f"{exchange.id} request")


@checks("LTI-DR-17")
def test_a_configuration_of_somebody_else_is_refused(misled: Hosted, joined: Hosted) -> None:
    """A configuration whose issuer is of another host than its endpoints gets no registration."""
    _control_joined(joined)
    control(_sent(misled, CONFIGURATION), "the tool has fetched the configuration")
    found = _sent(misled, REGISTRATION)
    at = f"{found[0].id} request" if found else ""
    expect(not found, "foreign-issuer-taken", expected="no registration", got=f"{len(found)} asked for", at=at)


@checks("LTI-DR-18")
def test_odd_configurations_are_coped_with(joined_oddly: Hosted, joined: Hosted) -> None:
    """Members and types that nobody knows, or messages as plain text, do not keep a tool from registering."""
    _control_joined(joined)
    found = _sent(joined_oddly, CONFIGURATION)
    control(found, "the tool has fetched the configuration")
    reason, at = f"spoiled-by-{joined_oddly.case['name']}", f"{found[0].id} response"
    expect(_is_registered(joined_oddly), reason, expected="a registration", got="none", at=at)


@checks("LTI-DR-19")
def test_what_was_granted_counts(granted_less: Hosted, joined: Hosted) -> None:
    """A tool that was not granted the scope of notices asks for no token with it."""
    control(in_force(joined, "launch"), "a tool that was granted the scope sets its handlers")
    control(_is_registered(granted_less), "the tool registers itself where nothing is granted")
    visit = granted_less.visit("launch")
    control(visit is not None and visit.answered and visit.status < 400, "it is launched by that registration")
    asked, called = [one for one in asks(granted_less) if asks_for_notices(one)], calls(granted_less, "launch")
    got = f"{len(asked)} tokens asked for, {tried(called)}"
    at = (asked or called)[0].place if asked or called else ""
    expect(not asked and not called, "scope-not-granted-is-used", expected="no use of the service", got=got, at=at)
