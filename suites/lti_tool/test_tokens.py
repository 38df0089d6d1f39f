"""How a tool asks for access tokens, and what it does with them (1EdTech Security Framework 1.0, 4.1; RFC 7523)."""

from __future__ import annotations

from harness.judging.expect import control, expect, untestable
from harness.judging.suite import checks
from harness.subjects.lti_tool_records import Asked, Hosted
from suites.lti_tool.rules_launch import ours, target
from suites.lti_tool.rules_services import asks, calls, in_force, tried

LONGEST = 360
"""Seconds that an assertion may live: about five minutes."""

REFUSED = 401


def _asked(record: Hosted) -> list[Asked]:
    """Return the requests with an assertion that can be read; without any nothing is known of assertions."""
    found = asks(record)
    control(found, "the tool asks for an access token")
    return found


@checks("LTI-TOKEN-20")
def test_assertions_say_who_asks_whom_and_when(asked_for_tokens: Hosted) -> None:
    """An assertion has aud, iat, exp and jti, and the client id as iss and sub."""
    client = target(asked_for_tokens, "client_id")
    known = {ours(asked_for_tokens, "audience"), ours(asked_for_tokens, "token_endpoint")}
    for one in _asked(asked_for_tokens):
        expect(one.jws is not None, "no-assertion", expected="a signed JWT", got="none", at=one.place)
        for name in ("iss", "sub", "aud", "iat", "exp", "jti"):
            expect(one.claims.get(name), f"no-{name}", expected=name, got=sorted(one.claims), at=one.place)
        for name in ("iss", "sub"):
            got = one.claims[name]
            expect(got == client, f"wrong-{name}", expected=client, got=got, at=one.place)
        named = one.assertion.aud
        expect(known & set(named), "wrong-aud", expected=sorted(known), got=named, at=one.place)


@checks("LTI-TOKEN-21")
def test_assertions_name_the_deployment(asked_for_tokens: Hosted) -> None:
    """An assertion names the deployment that it is made for."""
    known = target(asked_for_tokens, "deployments")
    for one in _asked(asked_for_tokens):
        got = one.assertion.deployment_id
        expect(
            got is not None, "no-deployment", expected="the deployment_id claim", got=sorted(one.claims), at=one.place
        )
        expect(got in known, "unknown-deployment", expected=known, got=got, at=one.place)


@checks("LTI-TOKEN-22")
def test_no_two_assertions_have_one_jti(asked_for_tokens: Hosted) -> None:
    """Each assertion has a jti of its own."""
    found = _asked(asked_for_tokens)
    control(len(found) > 1, "the tool asks for a second access token")
    known: set[object] = set()
    for one in found:
        jti = one.claims.get("jti")
        expect(jti, "no-jti", expected="jti", got=sorted(one.claims), at=one.place)
        expect(jti not in known, "jti-repeated", expected="a jti that was never used", got=jti, at=one.place)
        known.add(jti)


@checks("LTI-TOKEN-23")
def test_assertions_are_short_lived(asked_for_tokens: Hosted) -> None:
    """The dates of an assertion are numbers, and about five minutes apart at most."""
    for one in _asked(asked_for_tokens):
        dates = one.assertion.iat, one.assertion.exp
        for name, value in zip(("iat", "exp"), dates, strict=True):
            got = one.claims.get(name)
            expect(value is not None, f"{name}-not-number", expected="a number of seconds", got=got, at=one.place)
        life = (dates[1] or 0) - (dates[0] or 0)
        expect(life <= LONGEST, "long-lived", expected="about 300 seconds at most", got=f"{life:g}", at=one.place)


@checks("LTI-TOKEN-24")
def test_assertions_name_a_published_key(asked_for_tokens: Hosted) -> None:
    """The header of an assertion names a key that the tool publishes."""
    found = _asked(asked_for_tokens)
    for one in found:
        kid = one.jws.header.get("kid") if one.jws else None
        expect(kid, "no-kid", expected="kid", got=dict(one.jws.header) if one.jws else None, at=one.place)
    _, keys = asked_for_tokens.tool_keys()
    if keys is None:
        untestable("the tool's key set can be read: [tool] jwks-url")
    names = [key.kid for key in keys.keys]
    for one in found:
        kid = one.jws.header.get("kid") if one.jws else None
        expect(kid in names, "unknown-kid", expected=names, got=kid, at=one.place)


@checks("LTI-TOKEN-25")
def test_tokens_are_used_until_they_expire(asked_for_tokens: Hosted) -> None:
    """A token that is good for an hour is used again."""
    control(in_force(asked_for_tokens, "second"), "a handler is set with a token that is good for an hour")
    control(calls(asked_for_tokens, "again"), "the tool uses our handlers service again")
    more = asks(asked_for_tokens, "again")
    at = more[0].place if more else ""
    expect(not more, "token-not-used-again", expected="no further token", got=f"{len(more)} asked for", at=at)


@checks("LTI-TOKEN-25")
def test_tokens_are_taken_as_they_are(asked_for_tokens: Hosted) -> None:
    """A token works whatever characters it is made of, and however long it is."""
    for step in ("second", "after"):
        control(in_force(asked_for_tokens, step), f"a handler is set with a plain token ({step})")
    control([one for one in asks(asked_for_tokens, "odd") if one.status == 200], "an odd token is given out")
    found = calls(asked_for_tokens, "odd")
    at = found[-1].place if found else ""
    set_ = in_force(asked_for_tokens, "odd")
    expect(set_, "odd-token-not-usable", expected="a handler set with an odd token", got=tried(found), at=at)


@checks("LTI-TOKEN-26")
def test_a_refused_call_is_repeated_with_a_new_token(asked_for_tokens: Hosted) -> None:
    """A call that is answered 401 is repeated once with a new token."""
    refused = {
        step: [one for one in calls(asked_for_tokens, step) if one.status == REFUSED] for step in ("first", "second")
    }
    control(any(refused.values()), "the service has answered 401")
    for step in (step for step, found in refused.items() if found):
        one = refused[step][0]
        later = [other for other in calls(asked_for_tokens, step) if other.exchange.seq > one.exchange.seq]
        same = [o for o in later if o.method == one.method and o.exchange.url == one.exchange.url]
        got = tried([one, *later])
        expect(any(200 <= o.status <= 299 for o in same), "not-repeated", expected="again", got=got, at=one.at)


@checks("LTI-TOKEN-27")
def test_the_audience_of_assertions_can_be_chosen(asked_for_tokens: Hosted) -> None:
    """Assertions are for the audience that was configured, which is not the address of the token endpoint."""
    wanted = ours(asked_for_tokens, "audience")
    control(wanted != ours(asked_for_tokens, "token_endpoint"), "the audience is not the address of the token endpoint")
    for one in _asked(asked_for_tokens):
        named = one.assertion.aud
        expect(wanted in named, "audience-not-chosen", expected=wanted, got=named, at=one.place)
