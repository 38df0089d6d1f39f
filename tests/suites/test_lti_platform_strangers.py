"""What the suite of lti-platform says of platforms that it has never seen: talkative, late, of other times."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from harness.evidence.entries import Event, Half
from harness.net.clock import ManualClock
from harness.strategies.pns_handlers import EITHER, OwnAddress, expected
from harness.subjects.browser import Browser
from harness.subjects.lti_platform import PlatformDriver
from harness.subjects.lti_platform_records import KEYS, STIMULUS, Tooled
from harness.wire.pns import HELLO_WORLD, NOTICE
from harness.wire.pns_notices import write_body
from suites.lti_platform import (
    scenarios_brightspace,
    test_brightspace,
    test_delivery,
    test_handlers_access,
    test_notice_jwt,
    test_notice_types,
    test_notices,
    test_token,
)
from suites.lti_platform.addresses import adapted
from suites.lti_platform.provoking import PROVOKED, lately
from suites.lti_platform.rules import is_put_off
from suites.lti_platform.scenarios_handlers_access import at_unknown_deployment
from tests.suites.forging_lti_platform import Forge, Forged, claims_of
from tests.suites.forging_platform_notices import AT, NOW, copy, jwt, record, said

BEGUN = NOW.timestamp()
BEFORE = {"id": "notice-0", "timestamp": "2026-01-15T11:59:50Z", "type": "LtiContextCopyNotice"}
CONTEXT = "https://purl.imsglobal.org/spec/lti/claim/context"


def event(seq: int, name: str, step: str, **facts: Any) -> Event:
    return Event(seq, "forged", "", step, AT, name, facts)


def stimulus(seq: int, step: str, kind: str = "command", **told: Any) -> Event:
    return event(seq, STIMULUS, step, stimulus="copy", kind=kind, status="succeeded", told=told)


def of(step: str, *claims: Mapping[str, Any]) -> list[tuple[str, bytes]]:
    return [(step, write_body([jwt(one)])) for one in claims]


# --- which notice is ours ---------------------------------------------------------------------------------------------

FOREIGN = copy(7, **{CONTEXT: {"id": "course-7", "title": "Somebody's"}})
OURS = copy(1, **{CONTEXT: {"id": "course-1", "title": "our-copy"}})
NAMELESS = copy(1, **{CONTEXT: {"id": "course-1"}})
DESTINATION, ORIGIN = (
    "test_a_copy_names_its_destination_as_launches_do", "test_a_copy_names_its_origin_as_launches_do",
)  # fmt: skip


def copied(*claims: Mapping[str, Any], launched: str = "course-1", told: Mapping[str, Any] | None = None) -> Tooled:
    made = Forge()
    for step, course in (("from-origin", "course-0"), ("from-copy", launched)):
        made.launch(step, Forged(claims=claims_of({CONTEXT: {"id": course}})))
    named = {"title": "our-copy", "label": "our-copy"}
    more = [
        *made.entries[1:], event(60, PROVOKED, "provoke-copied", now=BEGUN, **named),
        stimulus(61, "provoke-copied", **(told or {})),
    ]  # fmt: skip
    return record(of("copied", *claims), more=more)


@pytest.mark.parametrize("name", [DESTINATION, ORIGIN])
@pytest.mark.parametrize(
    "claims",
    [(FOREIGN, OURS), (OURS, FOREIGN), (FOREIGN, NAMELESS), (NAMELESS,)],
    ids=["foreign-first", "ours-first", "nameless", "alone"],
)
def test_notices_of_other_courses_do_not_stand_for_ours_though_nobody_tells_which(
    name: str, claims: tuple[Mapping[str, Any], ...]
) -> None:
    assert said(test_notice_types, name, copied(*claims)) == "ok"


def test_a_single_notice_of_another_course_accuses_nobody_when_the_stimulus_tells_nothing() -> None:
    assert said(test_notice_types, DESTINATION, copied(copy(7, **{CONTEXT: {"id": "course-7"}}))).startswith("untest")


def test_our_notice_is_still_red_when_it_names_another_course() -> None:
    wrong = copy(1, **{CONTEXT: {"id": "course-9", "title": "our-copy"}})
    assert said(test_notice_types, DESTINATION, copied(FOREIGN, wrong)) == "wrong-context"
    unnamed = copy(1, **{CONTEXT: {"id": "course-9"}})
    assert said(test_notice_types, DESTINATION, copied(unnamed, told={"destination": "course-1"})) == "wrong-context"


@pytest.mark.parametrize(("kind", "verdict"), [("command", "ok"), ("http", "ok"), ("mock", "wrong-time")])
def test_the_time_that_a_person_tells_is_by_their_own_clock(kind: str, verdict: str) -> None:
    told = stimulus(61, "provoke-copied", kind, title="A copy", at="2026-01-15T12:01:00Z")
    more = [event(60, PROVOKED, "provoke-copied", now=BEGUN), told]
    assert said(test_notice_jwt, "test_the_timestamp_is_that_of_the_event", record(of("copied", copy()), more=more)) \
        == verdict  # fmt: skip


# --- what was under way -----------------------------------------------------------------------------------------------


def replaced(*old: Mapping[str, Any], new: tuple[Mapping[str, Any], ...] = (copy(3),)) -> Tooled:
    deliveries = [*of("old", copy(1)), *of("old", *old), *of("new", *new)]
    made = record(deliveries)
    calls = [*_puts("put-old", 50), *_puts("put-new", 51), event(100, PROVOKED, "after", now=BEGUN)]
    return Tooled.from_entries([*made.entries, *calls])


def _puts(step: str, seq: int) -> list[Any]:
    from tests.suites.forging_lti_handlers import A, exchange, put

    return [exchange(seq, step, put(A))]


def test_what_happened_before_a_replacement_may_still_come_to_the_old_handler() -> None:
    name = "test_a_replaced_handler_is_told_no_more"
    assert said(test_notices, name, replaced(copy(2, **{NOTICE: BEFORE}))) == "ok"
    assert said(test_notices, name, replaced(copy(2))) == "to-old-handler"


@pytest.mark.parametrize(
    ("timestamp", "counts"),
    [("2026-01-15T12:00:00Z", 1), ("2026-01-15T11:59:59Z", 1), ("2026-01-15T11:59:57Z", 0), ("yesterday", 1)],
)
def test_only_what_is_surely_older_than_the_event_is_let_pass(timestamp: str, counts: int) -> None:
    made = record(of("copied", copy(1, **{NOTICE: {**BEFORE, "timestamp": timestamp}})))
    whole = Tooled.from_entries([*made.entries, event(99, PROVOKED, "after", now=BEGUN)])
    assert len(lately(whole, "after", whole.told_to("copied"))) == counts


def test_events_of_others_are_not_compared_with_ours() -> None:
    early, first, second = copy(7), copy(1), copy(1, nonce="another")
    name = "test_id_and_time_are_those_of_the_event"
    assert said(test_brightspace, name, record([*of("first", early, first), *of("second", second)])) == "ok"
    other = copy(1, nonce="another", **{NOTICE: {**BEFORE, "timestamp": AT, "id": "notice-of-its-own"}})
    assert said(test_brightspace, name, record([*of("first", early, first), *of("second", other)])) == "id-of-sending"
    assert said(test_brightspace, name, record([*of("first", early), *of("second", second)])).startswith("untestable")


def shared(*out: Mapping[str, Any]) -> Tooled:
    between = of("elsewhere", copy(9))
    made = record([*of("copied", copy(1)), *between, *of("copied", *out), *between, *of("copied", copy(5))])
    moments = [(99, "into"), (101, "out"), (102 + len(out), "all")]
    more = [event(seq, PROVOKED, step, now=BEGUN) for seq, step in moments]
    return Tooled.from_entries([*made.entries, event(1, "shares", "", inside="course-1", outside="course-2"), *more])


def test_others_may_copy_into_the_shared_course_meanwhile() -> None:
    name = "test_a_copy_out_of_the_shared_courses_is_not_told"
    inside = copy(8, **{CONTEXT: {"id": "course-1"}})
    assert said(test_brightspace, name, shared(inside)) == "ok"
    assert said(test_brightspace, name, shared(copy(2))) == "told-outside"


# --- slow and limited -------------------------------------------------------------------------------------------------


def hanging(seconds: float, *, asked: bool) -> Tooled:
    made = record(of("hanging", copy(1, **{NOTICE: {**BEFORE, "type": HELLO_WORLD}})))
    waited = event(101, "waited", "", seconds=seconds, asked=asked)
    return Tooled.from_entries([*made.entries, waited])


@pytest.mark.parametrize(
    ("seconds", "asked", "verdict"), [(30, False, "untestable"), (120, False, "still"), (10, True, "still")]
)
def test_who_waits_for_a_minute_may_give_up_in_the_end(seconds: float, asked: bool, verdict: str) -> None:
    found = said(test_delivery, "test_a_handler_that_hangs_is_given_up", hanging(seconds, asked=asked))
    assert found.startswith(verdict)
    assert (verdict != "untestable") or "[patience] callback = 120" in found


@pytest.mark.parametrize(
    ("status", "headers", "off"),
    [(429, (), True), (503, (("retry-after", "9"),), True), (503, (), False), (500, (("Retry-After", "9"),), False)],
)
def test_a_limit_says_nothing_of_what_was_asked(status: int, headers: Any, off: bool) -> None:
    assert is_put_off(Half(f"HTTP/1.1 {status} X", headers)) is off


@pytest.mark.parametrize(
    ("given", "bearer"),
    [
        ("Bearer", True), ('bearer realm="a"', True), ('Negotiate, Basic realm="x, y", Bearer error="e"', True),
        ('Basic realm="Bearer, Bearer"', False), ("Basic bearer=1", False), ("", False), (" , ,", False),
    ],
)  # fmt: skip
def test_bearer_may_be_one_of_several_schemes(given: str, bearer: bool) -> None:
    assert test_handlers_access.is_bearer(given) is bearer


def test_the_life_of_a_token_is_read_from_digits_alone() -> None:
    assert all(map(test_token.NUMBER.fullmatch, ("3600", "3600.0")))
    assert not any(map(test_token.NUMBER.fullmatch, ("", "1e3", "-1", "9" * 99, "\u0663", "3600 s")))


# --- keys, addresses, ids ---------------------------------------------------------------------------------------------


def test_a_name_may_be_given_to_one_key_of_each_kind() -> None:
    from fixtures.keys import signing_key

    rsa, elliptic = (signing_key(name).with_kid("odd/ \u00e9:#?").public() for name in ("platform-1", "platform-es256"))
    made = Forge()
    made.keys({"keys": [elliptic, rsa]})
    assert {len(found) for found in test_delivery.keys_by_kid(made.record()).values()} == {1}
    made.keys({"keys": [signing_key("platform-2").with_kid("odd/ \u00e9:#?").public()]})
    assert made.entries[-1].channel == KEYS  # type: ignore[union-attr]
    assert max(len(found) for found in test_delivery.keys_by_kid(made.record()).values()) == 2


@pytest.mark.parametrize(
    ("url", "deployment", "kept"),
    [
        ("https://lms1.example:8441/pns/1.0/handlers/1", "1", "https://lms1.example:8441/pns/1.0/handlers/"),
        ("https://lms.example/api/lti/notice-handlers/10", "10:ab", "https://lms.example/api/lti/notice-handlers/"),
        ("https://lms.example/pns?deploymentId=a%2Fb%3A%C3%A9", "a/b:\u00e9", "https://lms.example/pns?deploymentId="),
        ("https://lms.example/pns/5f\\1", "5f\\1", "https://lms.example/pns/5f\\1-"),
    ],
)
def test_an_unknown_deployment_is_asked_for_at_the_same_service(url: str, deployment: str, kept: str) -> None:
    found = at_unknown_deployment(url, deployment)
    assert found is not None
    assert found.startswith(kept)
    assert found != url


def test_an_address_that_does_not_show_its_deployment_is_left_alone() -> None:
    assert at_unknown_deployment("https://lms1.example/pns/1.0/handlers/abc", "1") is None


def test_no_redirect_url_is_expected_to_be_taken_that_nobody_has_registered() -> None:
    own = OwnAddress("tool.example.org")
    assert adapted("https://launch.other.example/lti/redirect", "redirect-exact", own) is None
    assert expected("https://elsewhere.example/tool/elsewhere", own) not in (EITHER, "accept")


# --- cookies ----------------------------------------------------------------------------------------------------------


def shown(host: str, *cookies: tuple[str, str]) -> str:
    browser = Browser(None, ("", "", ""))  # type: ignore[arg-type]
    for place, header in cookies:
        browser._keep(place, header)
    return browser._known(host)


@pytest.mark.parametrize(
    ("header", "kept"),
    [
        ("a=b; Path=/; Secure; HttpOnly; SameSite=None; Partitioned", "a=b"), ("a=b; Priority=High; x", "a=b"),
        ('a={"n":[1]}; Path=/', 'a={"n":[1]}'), ('a="b c"', 'a="b c"'), ("a=b=c==", "a=b=c=="), ("a:b/c=d", "a:b/c=d"),
        ("a=", "a="), ("bare", ""), ("=b", ""), ("", ""), ("a=b; Max-Age=60", "a=b"), ("a=b; Max-Age=0", ""),
        ("a=b; Max-Age=-1", ""), ("a=b; Max-Age=x", "a=b"), ("a=b; Expires=Thu, 01 Jan 1970 00:00:00 GMT", ""),
        ("a=b; Expires=Thu, 01-Jan-1970 00:00:01 GMT", ""), ("a=b; Expires=Wed, 21 Oct 2037 07:28:00 GMT", "a=b"),
        ("a=b; Expires=never", "a=b"), ("a=b; Max-Age=9; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "a=b"),
    ],
)  # fmt: skip
def test_a_browser_keeps_cookies_whatever_else_they_say(header: str, kept: str) -> None:
    assert shown("lms.example", ("lms.example", header)) == kept


def test_a_cookie_is_shown_to_the_hosts_that_it_is_for() -> None:
    wide = ("login.lms.example", "s=1; Domain=.lms.example")
    assert shown("www.lms.example", wide) == "s=1"
    assert shown("lms.example.evil.test", wide) == ""
    assert shown("www.lms.example", ("login.lms.example", "s=1")) == ""
    assert shown("b.test", ("a.test", "s=1; Domain=b.test")) == ""
    assert shown("b.test", ("a.test", "s=1; Domain=test")) == ""
    assert shown("lms.example", ("lms.example", "s=1"), ("lms.example", "s=; Max-Age=0")) == ""


# --- time -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("off", "due"),
    [
        (["type"], ("other", "elsewhere")), (["deployment"], ("elsewhere",)), (["registration"], ()),
        (["deployment", "type"], ("elsewhere",)), (["registration", "type"], ()),
    ],
)  # fmt: skip
def test_what_is_still_told_while_something_is_off_is_waited_for(off: list[str], due: tuple[str, ...]) -> None:
    assert scenarios_brightspace._still_due(off, True, True) == due
    assert scenarios_brightspace._still_due(off, False, False) == ()


@pytest.mark.parametrize(
    ("date", "ahead"),
    [
        ("Tue, 01 Jan 2030 00:01:00 GMT", 60), ("Mon, 31 Dec 2029 23:59:00 GMT", -60),
        ("Tue, 01 Jan 2030 00:00:01 GMT", 0), ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("soon", 0), (None, 0),
    ],
)  # fmt: skip
def test_the_clock_of_a_platform_is_taken_over_if_it_differs(date: str | None, ahead: int) -> None:
    clock = ManualClock(datetime(2030, 1, 1, tzinfo=UTC))
    nothing: Any = None
    driver = PlatformDriver(nothing, nothing, nothing, clock, nothing, nothing, nothing)
    answer = Half("HTTP/1.1 400 X", (("Date", date),) if date else ())
    assert driver._follow_clock(answer) is bool(ahead)
    assert driver.ahead == timedelta(seconds=ahead)
    assert driver._follow_clock(None) is False
