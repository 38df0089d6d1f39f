"""How a tool sets its handlers (Canvas API documentation, Notice Handlers; D2L "Platform Notification Service")."""

from __future__ import annotations

from harness.evidence.entries import Exchange
from harness.judging.expect import control, expect, remark, told, untestable
from harness.judging.suite import checks
from harness.subjects.lti_tool_records import Hosted, Setting
from harness.subjects.lti_tool_target import STIMULUS
from harness.wire.pns import SCOPE
from harness.wire.pns_handlers import HandlerRule, Put, PutProblem, broken_rule
from suites.lti_tool.rules_launch import host_of, is_at_a_desk, is_welcome, target
from suites.lti_tool.rules_services import all_set, asks, asks_for_notices, calls, in_force, tried, twins
from suites.lti_tool.scenarios_services import SHAPES, STATUSES

ENOUGH = 10
"""How many tokens a tool may ask for in one launch whose every call is refused by 401."""


def _header(exchange: Exchange, name: str) -> str:
    return exchange.request.header(name) or ""


@checks("PNS-HANDLER-36")
def test_handlers_are_set_by_put(asked_for_tokens: Hosted) -> None:
    """A handler is set by a PUT of JSON that says so, with a bearer token of the scope."""
    settings, asked = asked_for_tokens.settings, asks(asked_for_tokens)
    control(settings or asked, "the tool uses our token or handlers service")
    scoped = bool(settings) or any(map(asks_for_notices, asked))
    first = asked[0].place if asked else ""
    expect(scoped, "wrong-scope", expected=SCOPE, got=[one.request.scopes for one in asked[:3]], at=first)
    for one in settings:
        scheme = _header(one.exchange, "Authorization").partition(" ")[0]
        expect(scheme.lower() == "bearer", "no-bearer", expected="Bearer and a token", got=scheme, at=one.place)
        expect(one.method in ("GET", "PUT"), "wrong-method", expected="PUT", got=one.method, at=one.place)
    control(asked_for_tokens.puts, "the tool sets a handler")
    for one in asked_for_tokens.puts:
        _is_json(one)


def _is_json(one: Setting) -> None:
    media = _header(one.exchange, "Content-Type").partition(";")[0].strip().lower()
    expect(media == "application/json", "media-type", expected="application/json", got=media or "none", at=one.place)
    put = one.put
    reason = put.reason if isinstance(put, PutProblem) else "not-a-put"
    expect(
        isinstance(put, Put), reason, expected="notice_type and handler", got=getattr(put, "message", ""), at=one.place
    )


@checks("PNS-HANDLER-36")
def test_what_was_lost_is_made_good_by_a_launch(asked_for_tokens: Hosted, missed: Hosted) -> None:
    """A launch restores handlers that the platform has lost, which is remarked; what of a lost notice is told."""
    moved = {event.step for event in asked_for_tokens.happened if event.name == STIMULUS}
    steps = [step for step in ("first", "after") if asked_for_tokens.visit(step)]
    control(any(in_force(asked_for_tokens, step) for step in steps), "the tool sets a handler")
    for step in steps:
        restored = in_force(asked_for_tokens, step) and step not in moved
        visit = asked_for_tokens.visit(step)
        at = visit.at if visit else ""
        remark("not-restored-by-launch", unless=restored, got="set by stimulus, or not at all", at=at)
    seen = missed.probe("launch")
    got = f"after a launch, {seen.got}" if seen else "no probe is configured"
    told("lost-notice", got=got, at=seen.at if seen else "")


@checks("PNS-HANDLER-37")
def test_handlers_are_where_a_platform_takes_them(asked_for_tokens: Hosted) -> None:
    """A handler is https and inside the tool's domain, or one of its redirect URLs."""
    puts = [(one.put, one) for one in asked_for_tokens.puts]
    control(any(isinstance(put, Put) and put.url for put, _ in puts), "the tool sets a handler")
    redirects = tuple(target(asked_for_tokens, "redirect_urls") or ())
    domain = str(target(asked_for_tokens, "domain"))
    for put, one in puts:
        if not isinstance(put, Put) or not put.url:
            continue
        desk = is_at_a_desk(put.url, asked_for_tokens)
        for known in [domain] if domain else [host_of(url) for url in redirects]:
            broken = broken_rule(put.url, HandlerRule(known, redirects, allow_loopback_http=desk))
            if broken is None:
                break
        if broken and broken.rule == "domain" and not domain:
            untestable("the registered domain of the tool is known: [tool] domain")
        expect(
            broken is None, broken.rule if broken else "", expected=broken and broken.message, got=put.url, at=one.place
        )
        remark("loopback-http", unless=not desk, got=put.url, at=one.place)


@checks("PNS-HANDLER-38")
def test_answers_of_every_shape_are_accepted(answered_oddly: Hosted) -> None:
    """Whatever shape the service's answers have, all handlers are set and the launch stands."""
    wanted = twins(answered_oddly)
    before = answered_oddly.visit("before")
    control(is_welcome(answered_oddly, before), "a right launch is accepted")
    for step in SHAPES:
        all_set(answered_oddly, step, wanted, f"spoiled-by-{step}")
        visit = answered_oddly.visit(step)
        got, at = (visit.got, visit.at) if visit else ("", "")
        expect(is_welcome(answered_oddly, visit), f"spoiled-by-{step}", expected="a launch", got=got, at=at)


@checks("PNS-HANDLER-39")
def test_launches_stand_while_the_service_fails(failing_service: Hosted) -> None:
    """A launch is accepted whatever error the service answers."""
    twins(failing_service)
    before = failing_service.visit("before")
    control(is_welcome(failing_service, before), "a right launch is accepted")
    tries = [str(status) for status in STATUSES if calls(failing_service, str(status))]
    control(tries, "the tool uses our handlers service at a launch")
    for step in tries:
        visit = failing_service.visit(step)
        got, at = (visit.got, visit.at) if visit else ("no launch", "")
        expect(is_welcome(failing_service, visit), f"launch-fails-{step}", expected="a launch", got=got, at=at)
        alike = visit is not None and before is not None and visit.resembles(before)
        remark("looks-different", unless=alike, got=f"{step}: {got}", at=at)


@checks("LTI-TOKEN-26")
def test_a_service_that_always_says_401_is_not_asked_without_end(failing_service: Hosted) -> None:
    """However often the service answers 401, the tool gives up after a new token."""
    found = calls(failing_service, "401")
    control(found, "the tool uses our handlers service at a launch")
    number = len(asks(failing_service, "401"))
    expect(number <= ENOUGH, "asks-without-end", expected=f"at most {ENOUGH} tokens", got=number, at=found[-1].place)


@checks("PNS-HANDLER-40")
def test_a_subscription_ends_with_an_empty_handler(unsubscribed: Hosted) -> None:
    """A tool that unsubscribes puts an empty handler."""
    twins(unsubscribed, "before")
    found = calls(unsubscribed, "unsubscribe")
    control(found, "the stimulus unsubscribe makes the tool use our handlers service")
    empty = [one for one in found if isinstance(one.put, Put) and one.put.removes]
    expect(empty, "no-empty-handler", expected='a PUT with the handler ""', got=tried(found), at=found[-1].place)
    left = in_force(unsubscribed, "unsubscribe") or []
    remark("handlers-left", unless=not left, got=", ".join(left), at=empty[-1].place)
