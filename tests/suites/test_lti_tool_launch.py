"""What the launch checks of lti-tool say: each rule on both sides, and nobody accused whose pages look alike."""

from __future__ import annotations

from typing import Any

import pytest

from harness.subjects.lti_tool_records import Hosted
from tests.suites.forging_hosted import (
    PASSES,
    TOOL,
    event,
    hosted,
    keys,
    refused,
    said,
    visit,
    welcomed,
)

METHODS = "test_a_login_begins_by_get_and_by_post"
REQUEST = "test_the_authentication_request_is_complete"
FRESH = "test_every_login_has_a_nonce_of_its_own"
FOREIGN = "test_an_answer_counts_in_its_own_browser_alone"
BAD, GOOD = "test_bad_launches_are_refused", "test_good_launches_are_accepted"
STRANGERS = "test_logins_of_strangers_go_nowhere"
DEPLOYED = "test_deployments_of_one_client_are_launched_by_turns"
TARGETS = "test_the_signed_target_counts"
TLS = "test_endpoints_take_modern_tls_alone"


def bad(*entries: Any, **target: Any) -> Hosted:
    return hosted(*entries, values={"name": "no-kid"}, **target)


def good(*entries: Any, **target: Any) -> Hosted:
    return hosted(*entries, values={"name": "no-role"}, **target)


@pytest.mark.parametrize(
    ("record", "verdict"),
    [
        (welcomed(), PASSES),
        (welcomed(visit("get"), visit("post", 405, brought=False)), "post-refused"),
        (welcomed(refused("get"), visit("post")), "get-refused"),
        (welcomed(refused("get"), refused("post")), "untestable"),
    ],
)
def test_a_login_that_begins_one_way_alone_is_found(record: Hosted, verdict: str) -> None:
    assert said(METHODS, welcomed=record) == verdict


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, PASSES),
        ({"state": None}, f"{PASSES}, no-state"),
        ({"lti_deployment_id": "dep-1", "anything": "else"}, PASSES),
        ({"prompt": None}, "prompt-missing"),
        ({"nonce": None}, "nonce-missing"),
        ({"response_mode": "query"}, "response_mode-wrong"),
        ({"login_hint": "user-2"}, "login_hint-not-returned"),
        ({"lti_message_hint": None}, "lti_message_hint-not-returned"),
        ({"client_id": "other"}, "client_id-wrong"),
        ({"redirect_uri": f"{TOOL}/elsewhere"}, "redirect_uri-unknown"),
    ],
)
def test_a_request_is_judged_parameter_by_parameter(changes: dict[str, Any], verdict: str) -> None:
    assert said(REQUEST, welcomed=welcomed(visit("get", **changes))) == verdict


def test_a_tool_that_never_asks_is_not_judged_by_its_request() -> None:
    assert said(REQUEST, welcomed=welcomed(visit("get", 500, brought=False))) == "untestable"


def test_nonce_and_state_are_new_each_time() -> None:
    assert said(FRESH, welcomed=welcomed()) == PASSES
    assert said(FRESH, welcomed=welcomed(visit("get", nonce="n"), visit("post", nonce="n"))) == "nonce-repeated"
    assert said(FRESH, welcomed=welcomed(visit("get", state="s"), visit("post", state="s"))) == "state-repeated"
    assert said(FRESH, welcomed=welcomed(visit("get", state=None), visit("post", state=None))) == PASSES
    assert said(FRESH, welcomed=welcomed(visit("get"))) == "untestable"


@pytest.mark.parametrize(
    ("steps", "verdict"),
    [
        ((visit("own"), refused("no-cookie"), refused("other-cookie"), visit("after")), PASSES),
        ((visit("own"), visit("no-cookie", title="Cookies, please"), refused("other-cookie"), visit("after")), PASSES),
        ((visit("own"), visit("no-cookie"), refused("other-cookie"), visit("after")), "taken-from-no-cookie"),
        ((visit("own"), refused("no-cookie"), visit("other-cookie"), visit("after")), "taken-from-other-cookie"),
        ((visit("own"), refused("no-cookie"), refused("other-cookie"), refused("after")), "untestable"),
        ((visit("own"), visit("no-cookie", brought=False), refused("other-cookie"), visit("after")), "untestable"),
    ],
)
def test_an_answer_in_a_foreign_browser_is_accepted_only_if_it_ends_alike(steps: Any, verdict: str) -> None:
    assert said(FOREIGN, foreign_state=hosted(*steps)) == verdict


@pytest.mark.parametrize(
    ("record", "verdict"),
    [
        (bad(refused("bad"), visit("after")), PASSES),
        (bad(visit("bad", title="Something is wrong"), visit("after")), f"{PASSES}, page-of-its-own"),
        (bad(visit("bad", end=f"{TOOL}/error"), visit("after")), f"{PASSES}, page-of-its-own"),
        (bad(visit("bad"), visit("after")), "takes-no-kid"),
        (bad(refused("bad", 500), visit("after")), f"{PASSES}, server-error"),
        (bad(refused("bad"), refused("after")), "untestable"),
        (bad(visit("bad", brought=False), visit("after")), "untestable"),
    ],
)
def test_a_bad_launch_is_accepted_only_if_it_ends_like_a_good_one(record: Hosted, verdict: str) -> None:
    assert said(BAD, bad_launch=record) == verdict


def test_pages_that_look_alike_accuse_nobody_until_a_text_tells_them_apart() -> None:
    alike = welcomed(visit("get"), visit("garbage"))
    record = bad(visit("bad"), visit("after"))
    assert said(BAD, bad_launch=record, welcomed=alike) == "untestable"
    assert said(GOOD, good_launch=good(visit("good")), welcomed=alike) == "untestable"
    told = welcomed(visit("get", text="Hello Ada"), visit("garbage"), welcome="Hello")
    for text, verdict in (("Sorry", PASSES), ("Hello Ada", "takes-no-kid")):
        pages = visit("bad", text=text), visit("after", text="Hello Ada")
        assert said(BAD, bad_launch=bad(*pages, welcome="Hello"), welcomed=told) == verdict


@pytest.mark.parametrize(
    ("record", "verdict"),
    [
        (good(visit("good")), PASSES),
        (good(visit("good", title="Welcome, whoever you are")), PASSES),
        (good(refused("good")), "refuses-no-role"),
        (good(refused("good", 500)), "refuses-no-role"),
        (good(visit("good", brought=False)), "untestable"),
    ],
)
def test_a_good_launch_need_not_look_like_the_plain_one(record: Hosted, verdict: str) -> None:
    assert said(GOOD, good_launch=record) == verdict


def test_an_error_page_with_status_200_is_a_refusal_of_a_good_launch() -> None:
    plain = welcomed(visit("get"), visit("garbage", title="Error"))
    assert said(GOOD, good_launch=good(visit("good", title="Error")), welcomed=plain) == "refuses-no-role"


@pytest.mark.parametrize(
    ("steps", "verdict"),
    [
        ((visit("issuer", 403, brought=False), visit("client", 403, brought=False), visit("after")), PASSES),
        ((visit("issuer"), visit("client", 403, brought=False), visit("after")), "unknown-issuer-served"),
        ((visit("issuer", 403, brought=False), visit("client", client_id="x"), visit("after")),
         "unknown-client-served"),
        ((visit("issuer", 403, brought=False), visit("client"), visit("after")), f"{PASSES}, client-not-looked-at"),
        ((visit("issuer", 403, brought=False), visit("client", 403, brought=False), refused("after")), "untestable"),
    ],
)  # fmt: skip
def test_strangers_are_not_sent_on(steps: Any, verdict: str) -> None:
    assert said(STRANGERS, unknown_party=hosted(*steps)) == verdict


def test_deployments_are_held_against_each_other() -> None:
    four = ("first", "second", "first-again", "second-again")
    assert said(DEPLOYED, deployed_twice=hosted(*map(visit, four))) == PASSES
    one = hosted(visit("first"), refused("second"), visit("first-again"), refused("second-again"))
    assert said(DEPLOYED, deployed_twice=one) == "deployment-refused"
    assert said(DEPLOYED, deployed_twice=hosted(*map(refused, four))) == "untestable"


@pytest.mark.parametrize(
    ("launch", "verdict"),
    [
        (visit("targets", text="to invigil-signed"), PASSES),
        (visit("targets", end=f"{TOOL}/x?launch=invigil-signed"), PASSES),
        (visit("targets", end=f"{TOOL}/x?launch=invigil-told"), "told-target-followed"),
        (visit("targets", 400, redirect_uri=f"{TOOL}/x?launch=invigil-told"), "told-target-asked-for"),
        (visit("targets"), "untestable"),
        (refused("targets"), "untestable"),
    ],
)
def test_the_target_is_judged_where_it_shows(launch: Any, verdict: str) -> None:
    assert said(TARGETS, retargeted=hosted(launch, visit("after"))) == verdict


# --- keys and TLS ---------------------------------------------------------------------------------------------------

RSA = {"kid": "k1", "kty": "RSA", "n": "abc", "e": "AQAB", "alg": "RS256", "use": "sig"}


@pytest.mark.parametrize(
    ("check", "answer", "verdict"),
    [
        ("test_the_key_set_is_a_document_of_named_keys", keys(RSA), f"{PASSES}, media-type"),
        ("test_the_key_set_is_a_document_of_named_keys", keys(), "no-keys"),
        ("test_the_key_set_is_a_document_of_named_keys", keys(body=b"[]"), "no-key-set"),
        ("test_the_key_set_is_a_document_of_named_keys", keys(RSA, status=500), "no-key-set"),
        ("test_the_key_set_is_a_document_of_named_keys", keys({**RSA, "kid": ""}), "no-kid"),
        ("test_the_key_set_is_a_document_of_named_keys", keys(RSA, status=0), "untestable"),
        ("test_keys_are_whole_and_public", keys(RSA, {"kid": "e", "kty": "EC", "crv": "P-256", "x": "x", "y": "y"}),
         PASSES),
        ("test_keys_are_whole_and_public", keys({**RSA, "e": None}), "no-number"),
        ("test_keys_are_whole_and_public", keys({**RSA, "d": "x"}), "private-member"),
        ("test_keys_are_whole_and_public", keys(body=b"[]"), "untestable"),
        ("test_keys_say_what_they_are_for", keys(RSA), PASSES),
        ("test_keys_say_what_they_are_for", keys({**RSA, "use": ""}), "no-use"),
        ("test_the_key_set_says_how_long_it_may_be_kept", keys(RSA), f"{PASSES}, no-max-age"),
        ("test_no_two_keys_have_one_name", keys(RSA, {**RSA, "kid": "k2", "n": "x"}), PASSES),
        ("test_no_two_keys_have_one_name", keys(RSA, RSA), PASSES),
        ("test_no_two_keys_have_one_name", keys(RSA, {**RSA, "n": "x"}), "one-name-for-two"),
        ("test_no_two_keys_have_one_name", keys({"kty": "RSA"}), "untestable"),
    ],
)  # fmt: skip
def test_a_key_set_is_judged_key_by_key(check: str, answer: Any, verdict: str) -> None:
    assert said(check, own_keys=hosted(answer)) == verdict


def shaken(url: str, *outcomes: str, **target: Any) -> Hosted:
    versions = ("TLSv1", "TLSv1_1", "TLSv1_2", "TLSv1_3")
    tries = [{"version": v, "outcome": o, "why": ""} for v, o in zip(versions, outcomes, strict=True)]
    return hosted(event("handshakes", "login", url=url, tries=tries), **target)


def test_old_versions_of_tls_are_found_and_a_desk_without_tls_is_remarked() -> None:
    no, yes, plain = "refused", "accepted", "plain"
    assert said(TLS, shaken=shaken(TOOL, no, no, yes, yes)) == PASSES
    assert said(TLS, shaken=shaken(TOOL, no, yes, yes, yes)) == "old-tls"
    assert said(TLS, shaken=shaken(TOOL, "not-offered", no, yes, yes)) == f"{PASSES}, untried"
    assert said(TLS, shaken=shaken(TOOL, *(["unreachable"] * 4))) == "untestable"
    assert said(TLS, shaken=shaken("http://tool.example", plain, plain, plain, plain)) == "no-tls"
    desk = "http://127.0.0.1:9000"
    here = shaken(desk, plain, plain, plain, plain, login_url=f"{desk}/login")
    assert said(TLS, shaken=here) == f"{PASSES}, loopback-http"
