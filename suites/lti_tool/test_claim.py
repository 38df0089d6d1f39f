"""What a tool makes of the claim of the notification service (LTI Core 1.3, 3.5, 4.3 and 6.1; D2L; Canvas)."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

from harness.judging.expect import control, expect, remark, untestable
from harness.judging.suite import checks
from harness.subjects.lti_tool_records import Hosted, Setting
from harness.subjects.lti_tool_target import STIMULUS
from harness.wire.pns import SCOPE
from suites.lti_tool.rules_services import all_set, asks, asks_for_notices, calls, in_force, put_types, tried, twins
from suites.lti_tool.scenarios_services import NEW_TYPES


@checks("PNS-CLAIM-10")
def test_what_the_claim_says_beyond_what_is_known_is_ignored(claimed: Hosted) -> None:
    """Members and types of the claim that nobody knows do not keep a tool from setting its handlers."""
    wanted = twins(claimed)
    for step in ("unknown-members", "unknown-types"):
        all_set(claimed, step, wanted, f"spoiled-by-{step}")
    odd = [name for name, _ in put_types(calls(claimed, "unknown-types")) if name in NEW_TYPES]
    remark("subscribes-to-what-nobody-knows", unless=not odd, got=", ".join(odd))


@checks("PNS-CLAIM-11")
def test_a_claim_without_scope_is_worked_with(claimed: Hosted) -> None:
    """Without scope in the claim, the scope of notice handlers is asked for all the same."""
    wanted = twins(claimed)
    asked = asks(claimed, "no-scope")
    at = asked[0].place if asked else ""
    got = [one.request.scopes for one in asked]
    expect(not asked or any(map(asks_for_notices, asked)), "scope-not-asked", expected=SCOPE, got=got, at=at)
    all_set(claimed, "no-scope", wanted, "not-set-without-scope")


@checks("PNS-CLAIM-12")
def test_the_address_of_the_claim_is_used_as_it_stands(queried: Hosted) -> None:
    """The service is called where the claim says, with the query that stands there."""
    twins(queried)
    told = queried.event("service", "query") or untestable("a launch had an address with a query")
    path, query = urlsplit(told.facts["url"]).path, parse_qsl(urlsplit(told.facts["url"]).query)
    found = calls(queried, "query")
    there = [one for one in found if urlsplit(one.exchange.url).path == path]
    at = found[0].place if found else ""
    expect(there, "not-called", expected=told.facts["url"], got=[one.exchange.url for one in found[:2]], at=at)
    for one in found:
        parts = urlsplit(one.exchange.url)
        expect(parts.path == path, "other-address", expected=path, got=parts.path, at=one.place)
        got = parse_qsl(parts.query)
        expect(got, "query-dropped", expected=query, got="no query", at=one.place)
        expect(got[: len(query)] == query, "query-changed", expected=query, got=got, at=one.place)
        remark("query-extended", unless=got == query, got=got, at=one.place)


@checks("PNS-CLAIM-13")
def test_handlers_are_set_for_listed_types_alone(listed: Hosted) -> None:
    """No handler is set for a type that the claim does not list."""
    known = twins(listed)
    allowed = {"one": known[:1], "other": known[1:2]}
    control(any(put_types(calls(listed, step)) for step in allowed), "a handler is set for a type that is listed")
    for step, types in allowed.items():
        for name, one in put_types(calls(listed, step)):
            # Of a tool with one type we have listed types that it does not have: those it may set as well.
            odd = name in known and name not in types
            expect(not odd, "not-listed", expected=", ".join(types) or "no handler", got=name, at=one.place)


@checks("PNS-CLAIM-14")
def test_deployments_have_a_service_each(served_apart: Hosted) -> None:
    """After another deployment was launched, the first one is served where its own claim said."""
    twins(served_apart, "before", "first", "second")
    # The stimulus is told when it is over; what it moved lies between the end of one launch and the next one.
    start = served_apart.event("in-force", "second") or untestable("the second deployment was launched")
    end = served_apart.event(STIMULUS, "again") or untestable("the stimulus subscribe was given")
    last = served_apart.event("launching", "after") or end

    def within(step: str) -> list[Setting]:
        return [one for one in calls(served_apart, step) if start.seq < one.exchange.seq < last.seq]

    first, second, plain = (within(step) for step in ("to-first", "to-second", "again"))
    control(first or second or plain, "the stimulus makes the tool use our handlers service")
    got, at = f"{tried(second)} at that of the second one", second[0].place if second else ""
    expect(not second, "service-of-another", expected="calls at the service of the first deployment", got=got, at=at)
    remark("service-of-an-earlier-launch", unless=first, got=tried(plain))


@checks("D2L-PNS-17")
def test_further_types_do_no_harm_when_they_come(listed: Hosted) -> None:
    """When the claim lists more types than it did before, the handlers of those that are known go on."""
    twins(listed)
    known = in_force(listed, "narrow") or []
    control(known, "a handler is set for a type that is listed")
    all_set(listed, "grown", known, "lost-when-types-came")
    all_set(listed, "grown-and-lost", known, "not-set-when-types-came")
