"""What the checks of lti-tool say of claims, tokens, handlers and registrations: each rule on both sides."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from harness.evidence.entries import Exchange
from harness.proving.lab import Lab, Peer
from harness.subjects.lti_tool_records import Hosted
from harness.wire.lti_registration import registration_request
from harness.wire.pns import CONTEXT_COPY, HELLO_WORLD
from tests.suites.forging_hosted import (
    BEARER,
    JSON,
    LAUNCH,
    LMS,
    OURS,
    PASSES,
    TOOL,
    asked,
    called,
    event,
    exchange,
    hosted,
    in_force,
    keys,
    put,
    refused,
    said,
    visit,
)

BOTH = (CONTEXT_COPY, HELLO_WORLD)
TWINS = (in_force("before", *BOTH), in_force("after", *BOTH))
RSA = {"kid": "k1", "kty": "RSA", "n": "sXch" * 86, "e": "AQAB", "alg": "RS256", "use": "sig"}
PUTS, PLACES = "test_handlers_are_set_by_put", "test_handlers_are_where_a_platform_takes_them"
URL = "test_the_address_of_the_claim_is_used_as_it_stands"


# --- the claim ------------------------------------------------------------------------------------------------------


def claimed(members: tuple[str, ...] = BOTH, types: tuple[str, ...] = BOTH, scope: tuple[str, ...] = BOTH,
            *more: Exchange) -> Hosted:  # fmt: skip
    steps = in_force("unknown-members", *members), in_force("unknown-types", *types), in_force("no-scope", *scope)
    return hosted(*TWINS, *steps, *more)


def test_claims_that_say_more_or_less_are_worked_with() -> None:
    more, less = "test_what_the_claim_says_beyond_what_is_known_is_ignored", "test_a_claim_without_scope_is_worked_with"
    assert said(more, claimed=claimed()) == PASSES
    assert said(more, claimed=claimed(members=BOTH[:1])) == "spoiled-by-unknown-members"
    assert said(more, claimed=claimed(types=())) == "spoiled-by-unknown-types"
    odd = put("unknown-types", notice_type="LtiFutureNotice", status=400)
    assert said(more, claimed=claimed(BOTH, BOTH, BOTH, odd)) == f"{PASSES}, subscribes-to-what-nobody-knows"
    assert said(less, claimed=claimed()) == PASSES
    assert said(less, claimed=claimed(BOTH, BOTH, BOTH, asked("no-scope"))) == PASSES
    assert said(less, claimed=claimed(BOTH, BOTH, ())) == "not-set-without-scope"
    assert said(less, claimed=claimed(BOTH, BOTH, BOTH, asked("no-scope", scope="openid"))) == "scope-not-asked"
    assert said(more, claimed=hosted(in_force("before"), in_force("after", *BOTH))) == "untestable"


@pytest.mark.parametrize(
    ("urls", "verdict"),
    [
        (("/s/1?a=7&b=x%20y",), PASSES),
        (("/s/1?a=7&b=x+y",), PASSES),
        (("/s/1?a=7&b=x%20y&deploymentId=d",), f"{PASSES}, query-extended"),
        (("/s/1",), "query-dropped"),
        (("/s/1?a=8&b=x%20y",), "query-changed"),
        (("/pns/dep-1",), "not-called"),
        (("/s/1?a=7&b=x%20y", "/pns/dep-1"), "other-address"),
        ((), "not-called"),
    ],
)
def test_an_address_is_the_same_however_its_query_is_encoded(urls: tuple[str, ...], verdict: str) -> None:
    told = event("service", "query", url=f"{LMS}/s/1?a=7&b=x%20y")
    calls = [called("query", url=LMS + url) for url in urls]
    assert said(URL, queried=hosted(*TWINS, told, *calls)) == verdict


def listed(*entries: Any, grown: tuple[str, ...] = BOTH, lost: tuple[str, ...] = BOTH) -> Hosted:
    steps = in_force("narrow", *BOTH), in_force("grown", *grown), in_force("grown-and-lost", *lost)
    return hosted(*TWINS, *steps, *entries)


def test_types_are_those_of_the_claim_and_may_become_more() -> None:
    alone, further = "test_handlers_are_set_for_listed_types_alone", "test_further_types_do_no_harm_when_they_come"
    right = put("one", notice_type=BOTH[0]), put("other", notice_type=BOTH[1])
    assert said(alone, listed=listed(*right)) == PASSES
    assert said(alone, listed=listed(*right, put("one", "", notice_type=BOTH[1]))) == PASSES
    assert said(alone, listed=listed(*right, put("other", notice_type=BOTH[0]))) == "not-listed"
    assert said(alone, listed=listed()) == "untestable"
    assert said(further, listed=listed()) == PASSES
    assert said(further, listed=listed(grown=BOTH[:1])) == "lost-when-types-came"
    assert said(further, listed=listed(lost=())) == "not-set-when-types-came"


def apart(*calls: Exchange) -> Hosted:
    """Forge two launches, and what comes of the stimulus between the second one and the one after it."""
    begun = [in_force(step, *BOTH) for step in ("before", "first")]
    launched = [called("to-first"), *visit("second"), called("to-second"), in_force("second", *BOTH)]
    return hosted(*begun, *launched, *calls, event("stimulus", "again", status="succeeded"), *visit("after"))


def test_the_service_of_another_deployment_is_not_used() -> None:
    check = "test_deployments_have_a_service_each"
    assert said(check, served_apart=apart(called("to-first"), put("to-first"))) == PASSES
    assert said(check, served_apart=apart(called("again"))) == f"{PASSES}, service-of-an-earlier-launch"
    assert said(check, served_apart=apart(called("to-second"))) == "service-of-another"
    assert said(check, served_apart=apart()) == "untestable"


# --- tokens ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("check", "claims", "verdict"),
    [
        ("test_assertions_say_who_asks_whom_and_when", {}, PASSES),
        ("test_assertions_say_who_asks_whom_and_when", {"aud": [OURS["token_endpoint"]]}, PASSES),
        ("test_assertions_say_who_asks_whom_and_when", {"aud": "https://nobody.example"}, "wrong-aud"),
        ("test_assertions_say_who_asks_whom_and_when", {"iat": None}, "no-iat"),
        ("test_assertions_say_who_asks_whom_and_when", {"iss": "tool"}, "wrong-iss"),
        ("test_assertions_name_the_deployment", {}, PASSES),
        ("test_assertions_name_the_deployment",
         {"https://purl.imsglobal.org/spec/lti/claim/deployment_id": None}, "no-deployment"),
        ("test_assertions_are_short_lived", {"exp": 1300}, PASSES),
        ("test_assertions_are_short_lived", {"iat": 995, "exp": 1060}, PASSES),
        ("test_assertions_are_short_lived", {"exp": 4600}, "long-lived"),
        ("test_assertions_are_short_lived", {"exp": "1060"}, "exp-not-number"),
        ("test_the_audience_of_assertions_can_be_chosen", {"aud": [OURS["audience"], "x"]}, PASSES),
        ("test_the_audience_of_assertions_can_be_chosen", {"aud": OURS["token_endpoint"]}, "audience-not-chosen"),
    ],
)  # fmt: skip
def test_assertions_are_judged_claim_by_claim(check: str, claims: dict[str, Any], verdict: str) -> None:
    assert said(check, asked_for_tokens=hosted(asked("first", claims))) == verdict
    assert said(check, asked_for_tokens=hosted()) == "untestable"


def test_two_assertions_differ_in_their_names() -> None:
    check = "test_no_two_assertions_have_one_jti"
    assert said(check, asked_for_tokens=hosted(asked("first"), asked("second"))) == PASSES
    same = hosted(asked("first", {"jti": "j"}), asked("second", {"jti": "j"}))
    assert said(check, asked_for_tokens=same) == "jti-repeated"
    assert said(check, asked_for_tokens=hosted(asked("first"))) == "untestable"


def test_the_key_of_an_assertion_is_published() -> None:
    check = "test_assertions_name_a_published_key"
    assert said(check, asked_for_tokens=hosted(asked("first"), keys(RSA))) == PASSES
    assert said(check, asked_for_tokens=hosted(asked("first", kid="k2"), keys(RSA))) == "unknown-kid"
    assert said(check, asked_for_tokens=hosted(asked("first", kid=None), keys(RSA))) == "no-kid"
    assert said(check, asked_for_tokens=hosted(asked("first"))) == "untestable"


def test_a_token_is_used_again_and_as_it_is() -> None:
    again, odd = "test_tokens_are_used_until_they_expire", "test_tokens_are_taken_as_they_are"
    good = in_force("second", *BOTH), in_force("after", *BOTH)
    assert said(again, asked_for_tokens=hosted(*good, called("again"))) == PASSES
    assert said(again, asked_for_tokens=hosted(*good, asked("again"), called("again"))) == "token-not-used-again"
    assert said(again, asked_for_tokens=hosted(*good)) == "untestable"
    assert said(odd, asked_for_tokens=hosted(*good, asked("odd"), in_force("odd", *BOTH))) == PASSES
    assert said(odd, asked_for_tokens=hosted(*good, asked("odd"), called("odd", 401))) == "odd-token-not-usable"
    assert said(odd, asked_for_tokens=hosted(*good, called("odd"))) == "untestable"


def test_a_refused_call_is_repeated_and_not_without_end() -> None:
    repeated = "test_a_refused_call_is_repeated_with_a_new_token"
    endless = "test_a_service_that_always_says_401_is_not_asked_without_end"
    fine = called("first", 401), asked("first"), called("first")
    assert said(repeated, asked_for_tokens=hosted(*fine)) == PASSES
    assert said(repeated, asked_for_tokens=hosted(called("first", 401), put("first"))) == "not-repeated"
    assert said(repeated, asked_for_tokens=hosted(called("first"))) == "untestable"
    two = called("401", 401), asked("401"), called("401", 401)
    assert said(endless, failing_service=hosted(*two)) == PASSES
    assert said(endless, failing_service=hosted(*(two * 11))) == "asks-without-end"
    assert said(endless, failing_service=hosted()) == "untestable"


# --- handlers -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entries", "verdict"),
    [
        ((put("first"),), PASSES),
        ((put("first", headers=(("Authorization", "bearer x"), ("content-type", "application/json; charset=utf-8"))),),
         PASSES),
        ((put("first", headers=(BEARER,)),), "media-type"),
        ((put("first", sent=b"notice_type=x"),), "not-json"),
        ((put("first", sent=b'{"notice_type": "x", "handler": null}'),), "handler-null"),
        ((put("first", headers=(("Authorization", "Token x"), *JSON)),), "no-bearer"),
        ((put("first", method="POST"),), "wrong-method"),
        ((asked("first", scope="https://purl.imsglobal.org/spec/lti-pns/scope/notice"),), "wrong-scope"),
        ((called("first"),), "untestable"),
        ((), "untestable"),
    ],
)  # fmt: skip
def test_a_put_is_judged_by_its_form(entries: tuple[Exchange, ...], verdict: str) -> None:
    assert said(PUTS, asked_for_tokens=hosted(*entries)) == verdict


@pytest.mark.parametrize(
    ("url", "target", "verdict"),
    [
        (f"{TOOL}/notices", {}, PASSES),
        ("https://hooks.tool.example:8443/n", {}, PASSES),
        (LAUNCH, {"domain": "elsewhere.example"}, PASSES),
        ("http://tool.example/notices", {}, "scheme"),
        ("https://tool.example.evil.example/", {}, "domain"),
        ("https://hooks.example/", {"domain": ""}, "untestable"),
        (f"{TOOL}/notices", {"domain": ""}, PASSES),
        ("http://127.0.0.1:9000/n", {"domain": "127.0.0.1", "login_url": "http://127.0.0.1:9000/l"},
         f"{PASSES}, loopback-http"),
        ("http://127.0.0.1:9000/n", {"domain": "127.0.0.1"}, "scheme"),
    ],
)  # fmt: skip
def test_a_handler_is_judged_by_where_it_stands(url: str, target: dict[str, Any], verdict: str) -> None:
    assert said(PLACES, asked_for_tokens=hosted(put("first", url), **target)) == verdict


def test_answers_of_any_shape_neither_stop_the_tool_nor_the_user() -> None:
    check, shapes = (
        "test_answers_of_every_shape_are_accepted",
        ("catalogue", "further-members", "number", "all-at-once"),
    )

    def record(*changed: Any) -> Hosted:
        plain = [entry for step in shapes for entry in (*visit(step), in_force(step, *BOTH))]
        kept = [one for one in plain if not any(one.step == other.step for other in changed)]
        return hosted(*TWINS, *visit("before"), *kept, *changed)

    assert said(check, answered_oddly=record()) == PASSES
    stopped = record(*visit("catalogue"), in_force("catalogue", BOTH[0]))
    assert said(check, answered_oddly=stopped) == "spoiled-by-catalogue"
    shown = record(*refused("number", 500), in_force("number", *BOTH))
    assert said(check, answered_oddly=shown) == "spoiled-by-number"


def test_a_launch_is_judged_only_where_the_service_was_asked() -> None:
    check = "test_launches_stand_while_the_service_fails"
    begun = (*TWINS, *visit("before"))
    assert said(check, failing_service=hosted(*begun, *visit("500"), called("500", 500))) == PASSES
    other = hosted(*begun, *visit("500", title="Welcome; notices are off"), called("500", 500))
    assert said(check, failing_service=other) == f"{PASSES}, looks-different"
    assert said(check, failing_service=hosted(*begun, *refused("500", 502), called("500", 500))) == "launch-fails-500"
    assert said(check, failing_service=hosted(*begun, *refused("500", 502))) == "untestable"


def test_a_subscription_that_ends_is_judged_by_the_put() -> None:
    check = "test_a_subscription_ends_with_an_empty_handler"
    gone, left = in_force("unsubscribe"), in_force("unsubscribe", BOTH[0])
    assert said(check, unsubscribed=hosted(*TWINS, put("unsubscribe", ""), gone)) == PASSES
    assert said(check, unsubscribed=hosted(*TWINS, put("unsubscribe", ""), left)) == f"{PASSES}, handlers-left"
    wrong = hosted(*TWINS, put("unsubscribe", status=405, method="DELETE"), left)
    assert said(check, unsubscribed=wrong) == "no-empty-handler"
    assert said(check, unsubscribed=hosted(*TWINS, left)) == "untestable"


def test_what_the_platform_has_lost_is_remarked_and_never_held_against_the_tool() -> None:
    check, nothing = "test_what_was_lost_is_made_good_by_a_launch", hosted()
    back = hosted(*visit("first"), in_force("first", *BOTH))
    assert said(check, asked_for_tokens=back, missed=nothing) == f"{PASSES}, lost-notice"
    moved = hosted(*visit("first"), event("stimulus", "first"), in_force("first", *BOTH))
    assert said(check, asked_for_tokens=moved, missed=nothing) == f"{PASSES}, not-restored-by-launch, lost-notice"


# --- registration ---------------------------------------------------------------------------------------------------


def posted(status: int = 200, token: str = "right", **changes: Any) -> list[Any]:
    """Forge a registration; a member of value None is left out."""
    plain = registration_request(
        client_name="Tool", initiate_login_uri=f"{TOOL}/login", redirect_uris=[LAUNCH], jwks_uri=f"{TOOL}/keys",
        domain="tool.example", target_link_uri=LAUNCH,
    )  # fmt: skip
    body = json.dumps({name: value for name, value in {**plain, **changes}.items() if value is not None}).encode()
    sent = exchange("register", "registration", "in", f"{LMS}/register", status, b"{}", method="POST", sent=body)
    told = event("told", "register", what="registering", bearer=token)
    return [exchange("register", "configuration", "in", f"{LMS}/c", 200, b"{}"), sent, told]


@pytest.mark.parametrize(
    ("check", "entries", "verdict"),
    [
        ("test_the_request_for_registration_is_complete", posted(), PASSES),
        (
            "test_the_request_for_registration_is_complete",
            posted(grant_types=["implict", "client_credentials"]),
            PASSES,
        ),
        ("test_the_request_for_registration_is_complete", posted(grant_types=["implicit"]), "grant_types"),
        ("test_the_request_for_registration_is_complete", posted(400, jwks_uri=None), "no-jwks_uri"),
        (
            "test_the_request_for_registration_is_complete",
            posted(400, response_types=["code"]),
            "invalid_response_types",
        ),
        ("test_the_request_for_registration_is_complete", [], "untestable"),
        ("test_the_registration_token_comes_as_bearer_token", posted(), PASSES),
        ("test_the_registration_token_comes_as_bearer_token", posted(token="none"), "none-token"),
        ("test_the_registration_token_comes_as_bearer_token", posted(token="wrong"), "wrong-token"),
        ("test_the_scope_of_notices_is_asked_for", posted(), PASSES),
        ("test_the_scope_of_notices_is_asked_for", posted(scope="openid"), "scope-not-asked"),
    ],
)
def test_a_registration_is_judged_by_what_was_asked(check: str, entries: list[Any], verdict: str) -> None:
    assert said(check, joined=hosted(*entries)) == verdict


def test_odd_and_foreign_configurations_are_held_against_a_plain_one() -> None:
    odd, foreign = "test_odd_configurations_are_coped_with", "test_a_configuration_of_somebody_else_is_refused"
    plain, values = hosted(*posted()), {"name": "unknown-types"}
    assert said(odd, joined_oddly=hosted(*posted(), values=values), joined=plain) == PASSES
    gave_up = hosted(posted()[:1], values=values)
    assert said(odd, joined_oddly=gave_up, joined=plain) == "spoiled-by-unknown-types"
    assert said(odd, joined_oddly=gave_up, joined=gave_up) == "untestable"
    assert said(odd, joined_oddly=hosted(values=values), joined=plain) == "untestable"
    assert said(foreign, misled=gave_up, joined=plain) == PASSES
    assert said(foreign, misled=hosted(*posted(400)), joined=plain) == "foreign-issuer-taken"
    assert said(foreign, misled=hosted(), joined=plain) == "untestable"


def test_a_scope_that_was_not_granted_is_not_used() -> None:
    check, full = "test_what_was_granted_counts", hosted(*posted(), in_force("launch", *BOTH))
    less = (*posted(), *visit("launch"))
    assert said(check, granted_less=hosted(*less), joined=full) == PASSES
    assert said(check, granted_less=hosted(*less, asked("launch")), joined=full) == "scope-not-granted-is-used"
    assert said(check, granted_less=hosted(*less, asked("launch", scope="openid")), joined=full) == PASSES
    assert said(check, granted_less=hosted(*less), joined=hosted(*posted())) == "untestable"
    assert said(check, granted_less=hosted(*posted(), *refused("launch")), joined=full) == "untestable"


def test_the_right_tool_passes_and_its_platform_is_as_it_was() -> None:
    lab = Lab("lti-tool")
    names = ("asked_for_tokens", "listed", "queried", "served_apart", "joined", "granted_less", "misled", "missed")
    trial = asyncio.run(lab.trial(Peer("right"), [lab.suite.scenarios[name] for name in names]))
    assert {outcome.status for outcome in trial.outcomes.values()} == {"ok"}
