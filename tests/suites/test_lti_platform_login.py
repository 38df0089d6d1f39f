"""What the suite of lti-platform says of authentication requests, key sets and TLS; and of a browser not ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

from harness.evidence.journal import Journal
from harness.judging.profiles import load_profile
from harness.net.clock import OffsetClock
from harness.net.handshakes import ACCEPTED, NOT_OFFERED, PLAIN, REFUSED, UNREACHABLE, VERSIONS
from harness.net.loop import Loop
from harness.net.patience import Patience
from harness.subjects.browser import Browser
from harness.subjects.config import Config
from harness.subjects.counterpart import Outcome
from harness.subjects.lti_platform import PlatformDriver
from harness.subjects.lti_platform_records import Tooled
from harness.subjects.lti_platform_tooling import told_by
from harness.subjects.opening import Opening, open_driver
from harness.subjects.stimuli import MockStimulus
from harness.subjects.targets import TargetSpec
from harness.wire.lti_login import Initiation
from suites.lti_platform import scenarios, scenarios_launch, test_keys, test_launch, test_login
from suites.lti_platform.asking import FIELDS, REDIRECTS, REPORTED
from tests.suites.forging_lti_platform import (
    ISSUER,
    PASSES,
    TARGET,
    TOOL,
    UNTESTABLE,
    Forge,
    Forged,
    claims_of,
    key_set,
    launches,
    said,
)

RIGHT, REFUSAL = Forged(), Forged(claims=None)
HTML = (("Content-Type", "text/html"),)
PAGE = Forged(arrives=False, page=(400, b"<p>No.", HTML))
STRANGE = {"redirect_uri": f"{TOOL}/strange"}


def asked(change: Mapping[str, Forged], plain: Forged = RIGHT) -> Tooled:
    """Return the record of wrong requests that are all refused, but for what is changed."""
    made = Forge()
    for name in (*FIELDS, *REDIRECTS):
        usual = replace(PAGE, asks=STRANGE) if name in REDIRECTS else REFUSAL
        made.launch(name, change.get(name, usual))
    for name in change.keys() - {*FIELDS, *REDIRECTS}:
        made.launch(name, change[name])
    made.launch("plain", plain)
    return made.record()


def of_login(name: str, change: Mapping[str, Forged], plain: Forged = RIGHT) -> str:
    return said(test_login, name, asked(change, plain))


STRANGERS = "test_no_browser_is_sent_to_an_address_that_is_not_registered"
ERRORS = "test_a_wrong_authentication_request_is_answered_by_an_error"
POSTED = "test_an_error_is_posted_to_the_registered_address"
LOGIN = "test_nobody_is_asked_to_log_in"
USERS = "test_the_login_hint_of_another_user_is_refused"


@pytest.mark.parametrize("name", [STRANGERS, ERRORS, POSTED, LOGIN])
def test_a_platform_that_answers_no_right_request_earns_nothing_by_refusing(name: str) -> None:
    for plain in (REFUSAL, PAGE, Forged(arrives=False), Forged(initiation=None, arrives=False)):
        assert of_login(name, {"no-session": REFUSAL}, plain) == UNTESTABLE


@pytest.mark.parametrize(
    ("forged", "verdict"),
    [
        (PAGE, PASSES),
        (replace(PAGE, page=(200, b"<p>Invalid redirect_uri", HTML)), PASSES),
        (Forged(claims=None), PASSES),
        (Forged(to="/strange"), "redirected"),
        (Forged(claims=None, to="/strange"), "redirected"),
        (Forged(claims=None, to="/strange", method="GET"), "redirected"),
        (Forged(), "accepted"),
    ],
    ids=["page", "page-200", "error-to-registered", "message", "error", "error-in-query", "message-to-registered"],
)
def test_nothing_goes_to_a_strange_address(forged: Forged, verdict: str) -> None:
    for name in REDIRECTS:
        assert of_login(STRANGERS, {name: replace(forged, asks=STRANGE)}) == verdict


@pytest.mark.parametrize(
    ("forged", "verdict"),
    [
        (REFUSAL, PASSES),
        (PAGE, PASSES),
        (replace(PAGE, page=(404, b"", ())), PASSES),
        (replace(PAGE, page=(500, b"", ())), f"{PASSES}, server-error"),
        (RIGHT, "accepted"),
        (replace(RIGHT, method="GET"), "accepted"),
        (Forged(claims=None, answer={"error": None, "code": "c"}), "accepted"),
        (Forged(answer={"error": "invalid_request"}), "accepted"),
    ],
    ids=["error", "page", "page-404", "page-500", "message", "message-in-query", "code", "both"],
)
def test_what_is_wrong_is_refused(forged: Forged, verdict: str) -> None:
    for name in ("no-scope", "other-prompt", "unknown-client-id"):
        assert of_login(ERRORS, {name: forged}) == verdict


def test_what_was_asked_in_a_launch_of_its_own_counts_too() -> None:
    alone = {f"{name}-alone": REFUSAL for name in FIELDS}
    assert of_login(ERRORS, {**alone, "plain-alone": RIGHT}, REFUSAL) == PASSES
    assert of_login(ERRORS, {**alone, "plain-alone": REFUSAL}, REFUSAL) == UNTESTABLE
    assert of_login(ERRORS, {**alone, "plain-alone": RIGHT, "no-nonce-alone": RIGHT}, REFUSAL) == "accepted"


@pytest.mark.parametrize(
    ("forged", "verdict"),
    [
        (Forged(claims=None, error="invalid_request_object"), PASSES),
        (Forged(claims=None, error="login_required"), PASSES),
        (Forged(claims=None, error="so_it_is"), f"{PASSES}, unknown-error"),
        (Forged(claims=None, method="GET"), "not-posted"),
        (Forged(claims=None, answer={"state": None}), "other-state"),
        (Forged(claims=None, answer={"state": "state-2"}), "other-state"),
        (PAGE, "not-reported"),
        (RIGHT, PASSES),
    ],
    ids=["canvas", "oidc", "own-code", "query", "no-state", "other-state", "page", "accepted"],
)
def test_an_error_is_posted_with_the_state(forged: Forged, verdict: str) -> None:
    assert of_login(POSTED, {"other-scope": forged}) == verdict


def test_how_an_error_is_told_is_not_judged_where_the_request_did_not_say_how() -> None:
    for name in set(FIELDS) - set(REPORTED):
        assert of_login(POSTED, {name: PAGE}) == PASSES


@pytest.mark.parametrize(
    ("forged", "verdict"),
    [
        (REFUSAL, PASSES),
        (PAGE, PASSES),
        (replace(PAGE, page=(200, b"<form><input name=q></form>", HTML)), PASSES),
        (replace(PAGE, page=(200, b'<form><INPUT name="p" TYPE = "password"></form>', HTML)), "login-page"),
        (replace(PAGE, page=(401, b"", (("WWW-Authenticate", "Basic"),))), "password-asked-for"),
        (RIGHT, UNTESTABLE),
        (Forged(initiation=None, arrives=False), UNTESTABLE),
    ],
    ids=["error", "page", "search-form", "login", "basic", "message", "nothing"],
)
def test_nobody_logs_in(forged: Forged, verdict: str) -> None:
    assert of_login(LOGIN, {"no-session": forged}) == verdict


OTHER = Forged(claims=claims_of({"sub": "person-2"}), initiation=Initiation(ISSUER, "person-2", TARGET, "hint-2"))


@pytest.mark.parametrize(
    ("other", "user", "launch", "verdict"),
    [
        (OTHER, REFUSAL, REFUSAL, PASSES),
        (OTHER, PAGE, PAGE, PASSES),
        (OTHER, RIGHT, REFUSAL, "accepted"),
        (OTHER, REFUSAL, RIGHT, "accepted"),
        (REFUSAL, REFUSAL, OTHER, "accepted"),
        (REFUSAL, REFUSAL, REFUSAL, UNTESTABLE),
        (RIGHT, RIGHT, RIGHT, UNTESTABLE),
        (Forged(initiation=None, arrives=False), REFUSAL, REFUSAL, UNTESTABLE),
    ],
)
def test_another_user_is_refused_if_it_is_another(other: Forged, user: Forged, launch: Forged, verdict: str) -> None:
    assert of_login(USERS, {"other": other, "other-user": user, "other-launch": launch}) == verdict


def test_a_hint_that_is_used_twice() -> None:
    name = "test_a_message_hint_is_good_for_once"
    for again, verdict in ((REFUSAL, PASSES), (PAGE, PASSES), (RIGHT, "accepted")):
        assert said(test_login, name, launches(launch=RIGHT, replayed=again)) == verdict
    assert said(test_login, name, launches(launch=RIGHT)) == UNTESTABLE
    hintless = Forged(initiation=Initiation(ISSUER, "person-1", TARGET))
    assert said(test_login, name, launches(launch=hintless, replayed=RIGHT)) == UNTESTABLE


@pytest.mark.parametrize(
    ("prompt", "late", "verdict"),
    [
        (0, 0, PASSES), (0, 2, PASSES), (0, 15, "signed-early"), (-100, -100, f"{PASSES}, clocks-differ"),
        (3600, 3600, f"{PASSES}, clocks-differ"), (3600, 3615, "signed-early"),
    ],
)  # fmt: skip
def test_age_is_told_apart_from_clocks_that_differ(prompt: int, late: int, verdict: str) -> None:
    made, iat = Forge(), claims_of()["iat"]
    for step, age in (("prompt", prompt), ("late", late)):
        made.launch(step, RIGHT)
        made.event("answered", step, now=iat + age)
    assert said(test_login, "test_a_message_is_signed_when_it_is_asked_for", made.record()) == verdict


# --- the key set ------------------------------------------------------------------------------------------------------

RSA = {"kty": "RSA", "kid": "a", "n": "AQ", "e": "AQAB", "alg": "RS256", "use": "sig"}
EC = {"kty": "EC", "kid": "b", "crv": "P-256", "x": "AQ", "y": "AQ", "alg": "ES256", "use": "sig"}
FORM, WHOLE, FOR, KEPT, NAMED = (
    "test_the_key_set_is_a_document_of_named_keys", "test_keys_are_whole_and_public",
    "test_keys_say_what_they_are_for", "test_the_key_set_says_how_long_it_may_be_kept",
    "test_no_two_keys_have_one_name",
)  # fmt: skip


def without(key: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {member: value for member, value in key.items() if member != name}


@pytest.mark.parametrize(
    ("name", "keys", "verdict"),
    [
        (FORM, [RSA, EC], PASSES),
        (FORM, [without(RSA, "kid")], "no-kid"),
        (FORM, [{**RSA, "kid": 7}], "no-kid"),
        (FORM, [without(EC, "kty")], "no-kty"),
        (FORM, [], "no-keys"),
        (FORM, {"a": RSA}, "no-key-set"),
        (FORM, ["a"], "not-an-object"),
        (WHOLE, [RSA, EC, {"kty": "OKP", "kid": "c", "crv": "Ed25519", "x": "AQ"}], PASSES),
        (WHOLE, [without(RSA, "n")], "no-number"),
        (WHOLE, [{**RSA, "e": 65537}], "no-number"),
        (WHOLE, [EC, {**RSA, "d": "AQ"}], "private-member"),
        (WHOLE, [{"kty": "oct", "kid": "c", "k": "AQ"}], "private-member"),
        (WHOLE, [], UNTESTABLE),
        (FOR, [RSA], PASSES),
        (FOR, [without(RSA, "alg")], "no-alg"),
        (FOR, [without(RSA, "use")], "no-use"),
        (FOR, [{**RSA, "use": "enc"}], f"{PASSES}, use-not-sig"),
        (NAMED, [RSA, EC, {**RSA, "kid": "c", "n": "AQE"}], PASSES),
        (NAMED, [RSA, {**EC, "kid": "a"}], PASSES),
        (NAMED, [RSA, RSA], f"{PASSES}, listed-twice"),
        (NAMED, [RSA, {**RSA, "n": "AQE"}], "one-name-for-two"),
    ],
)
def test_a_key_set_is_read_key_by_key(name: str, keys: Any, verdict: str) -> None:
    assert said(test_keys, name, key_set({"keys": keys, "more": 1})) == verdict


@pytest.mark.parametrize("name", [FORM, WHOLE, FOR, KEPT, NAMED])
def test_what_is_not_served_is_not_judged(name: str) -> None:
    for record in (key_set(None), key_set({"keys": [RSA]}, status=404), key_set(b"", status=500), launches()):
        assert said(test_keys, name, record) == UNTESTABLE


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"[]", b"null", b"<html>", b'{"keys": null}', b'{"jwks": []}'])
def test_what_is_no_key_set_is_red(body: bytes) -> None:
    assert said(test_keys, FORM, key_set(body)) == "no-key-set"


@pytest.mark.parametrize(
    ("headers", "verdict"),
    [
        ((("Cache-Control", "public, Max-Age=60"),), PASSES),
        ((("Cache-Control", "no-store"),), f"{PASSES}, no-max-age"),
        ((), f"{PASSES}, no-max-age"),
    ],
)
def test_for_how_long_a_key_set_is_kept_is_a_remark(headers: Any, verdict: str) -> None:
    assert said(test_keys, KEPT, key_set({"keys": [RSA]}, headers=headers)) == verdict


# --- TLS --------------------------------------------------------------------------------------------------------------

MODERN, OLD, OFF = (REFUSED, REFUSED, ACCEPTED, ACCEPTED), (REFUSED, ACCEPTED, ACCEPTED, REFUSED), (UNREACHABLE,) * 4


@pytest.mark.parametrize(
    ("tries", "verdict"),
    [
        ([MODERN, MODERN], PASSES),
        ([(REFUSED, REFUSED, REFUSED, ACCEPTED)], PASSES),
        ([(UNREACHABLE, REFUSED, ACCEPTED, ACCEPTED), OFF], PASSES),
        ([(NOT_OFFERED, REFUSED, ACCEPTED, REFUSED)], f"{PASSES}, untried"),
        ([MODERN, OLD], "old-tls"),
        ([(ACCEPTED, REFUSED, REFUSED, REFUSED)], "old-tls"),
        ([MODERN, (PLAIN,) * 4], "no-tls"),
        ([OFF], UNTESTABLE),
        ([], UNTESTABLE),
    ],
)
def test_endpoints_take_modern_tls_alone(tries: list[tuple[str, ...]], verdict: str) -> None:
    made = Forge()
    for number, outcomes in enumerate(tries):
        listed = [{"version": v, "outcome": o, "why": ""} for v, o in zip(VERSIONS, outcomes, strict=True)]
        made.event("handshakes", f"endpoint-{number}", url="http://lms.example.edu", tries=listed)
    assert said(test_keys, "test_endpoints_take_modern_tls_alone", made.record()) == verdict


def test_a_platform_at_ones_desk_may_do_without_tls() -> None:
    made = Forge()
    tries = [{"version": version, "outcome": PLAIN, "why": ""} for version in VERSIONS]
    made.event("handshakes", "token", url="http://127.0.0.1:8400", tries=tries)
    assert said(test_keys, "test_endpoints_take_modern_tls_alone", made.record()) == f"{PASSES}, loopback-http"


# --- a browser that is not ours ---------------------------------------------------------------------------------------


BRIEF = Patience(answer=5.0, callback=0.2, absence=0.1)


@dataclass
class Person:
    """Launches in a browser of one's own, and tells nothing of it."""

    driver: PlatformDriver
    act: Callable[[str, Mapping[str, str]], Any]

    async def __call__(self, name: str, values: Mapping[str, str]) -> Outcome:
        outcome: Outcome = await self.act(name, values)
        await Browser(self.driver.client, ("person", "", "")).open(str(told_by(outcome)["open"]))
        return Outcome("person", outcome.status, "done")


async def by_person() -> tuple[Tooled, Tooled]:
    clock = OffsetClock()
    journal = Journal(clock.now)
    spec, profile = TargetSpec("mock", "mock", "pns-spec"), load_profile("pns-spec")
    opening = Opening(
        spec, journal, profile.for_subject("lti-platform"), b"", Config("test", {}), clock, patience=BRIEF
    )
    driver: Any = await open_driver("lti-platform", opening)
    driver.stimuli = {**driver.stimuli, "launch": MockStimulus("launch", Person(driver, driver.mock.act))}
    try:
        for name, act in (("launched", scenarios.launched), ("asked", scenarios_launch.asked)):
            context = driver.begin(name, "", {})
            await act(context)
            await driver.end(context)
    finally:
        await driver.stop()
    return tuple(Tooled.from_entries(journal.of(name, "")) for name in ("launched", "asked"))  # type: ignore[return-value]


def test_launches_in_a_browser_that_is_not_ours_are_judged_as_far_as_they_show() -> None:
    with Loop() as loop:
        launched, asked = loop.run(by_person())
    for name in (STRANGERS, ERRORS, POSTED, USERS):
        assert said(test_login, name, asked) == PASSES
    assert said(test_login, LOGIN, asked) == UNTESTABLE
    assert said(test_login, "test_a_message_hint_is_good_for_once", launched) == UNTESTABLE
    assert said(test_launch, "test_a_right_request_is_answered_by_a_form", launched) == PASSES
    assert said(test_launch, "test_the_nonce_comes_back_in_the_message", launched) == PASSES
