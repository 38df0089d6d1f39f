"""What the suite of lti-platform says of notices: right ones in any form pass, and each wrong one is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.judging.verdicts import ENGINE_ERROR
from harness.subjects.lti_platform_records import Tooled
from harness.wire.lti import DEPLOYMENT_ID, MESSAGE_TYPE, VERSION_CLAIM
from harness.wire.pns import NOTICE
from harness.wire.pns_notices import write_body
from suites.lti_platform import test_notice_jwt, test_notice_types, test_notices
from tests.suites.forging_platform_notices import NOW, copies, copy, jwt, outcome, record, said

SECONDS = int(NOW.timestamp())
CONTEXT = "https://purl.imsglobal.org/spec/lti/claim/context"
EVENT: dict[str, Any] = {"id": "notice-1", "timestamp": "2026-01-15T12:00:00Z", "type": "LtiContextCopyNotice"}
JWT_CHECKS = [name for name in vars(test_notice_jwt) if name.startswith("test_")]
BLIND = ("test_a_notice_that_is_sent_later_has_the_time_of_its_event",)
VERIFIED_ELSEWHERE = ("test_a_notice_names_a_published_key",)

RIGHT: dict[str, dict[str, Any]] = {
    "plain": {},
    "aud-array": {"aud": ["client-1"]},
    "two-aud-with-azp": {"aud": ["another", "client-1"], "azp": "client-1"},
    "azp": {"azp": "client-1"},
    "times-with-fraction": {"iat": SECONDS + 0.5, "exp": SECONDS + 600.5},
    "clock-ahead": {"iat": SECONDS + 60},
    "an-hour": {"exp": SECONDS + 3600},
    "nbf": {"nbf": SECONDS},
    "timestamp-fraction-and-offset": {NOTICE: {**EVENT, "timestamp": "2026-01-15T13:00:00.123456+01:00"}},
    "vendor-claims": {"https://vendor.example/x": None, "jti": "1"},
    "further-members": {NOTICE: {**EVENT, "vendor": {"a": 1}}},
    "id-no-uuid": {NOTICE: {**EVENT, "id": "42"}},
}


@pytest.mark.parametrize("name", [name for name in JWT_CHECKS if name not in (*BLIND, *VERIFIED_ELSEWHERE)])
@pytest.mark.parametrize("right", sorted(RIGHT))
def test_a_right_notice_passes_every_check_of_its_token(name: str, right: str) -> None:
    assert said(test_notice_jwt, name, copies(copy(**RIGHT[right]), copy(2))) == "ok"


WRONG: list[tuple[str, str, dict[str, Any]]] = [
    ("test_a_notice_has_the_issuer_of_launches", "wrong-issuer", {"iss": "https://lms.example.edu/"}),
    ("test_a_notice_has_the_issuer_of_launches", "wrong-issuer", {"iss": "https://LMS.example.edu"}),
    ("test_a_notice_has_the_issuer_of_launches", "wrong-issuer", {"iss": None}),
    ("test_a_notice_is_for_our_client", "wrong-audience", {"aud": ["another"]}),
    ("test_a_notice_is_for_our_client", "wrong-audience", {"aud": []}),
    ("test_a_notice_is_for_our_client", "wrong-audience", {"aud": {"client-1": 1}}),
    ("test_azp_names_our_client", "no-azp", {"aud": ["client-1", "another"]}),
    ("test_azp_names_our_client", "foreign-azp", {"azp": "another"}),
    ("test_azp_names_our_client", "foreign-azp", {"azp": ["client-1"]}),
    ("test_a_notice_is_good_now", "iat-form", {"iat": str(SECONDS)}),
    ("test_a_notice_is_good_now", "iat-form", {"iat": True}),
    ("test_a_notice_is_good_now", "exp-form", {"exp": None}),
    ("test_a_notice_is_good_now", "expired", {"iat": SECONDS - 900, "exp": SECONDS - 600}),
    ("test_a_notice_is_good_now", "expired", {"exp": SECONDS}),
    ("test_a_notice_is_good_now", "iat-ahead", {"iat": SECONDS + 3600, "exp": SECONDS + 7200}),
    ("test_no_nonce_comes_twice", "no-nonce", {"nonce": None}),
    ("test_no_nonce_comes_twice", "no-nonce", {"nonce": 7}),
    ("test_no_nonce_comes_twice", "nonce-repeated", {"nonce": "nonce-2"}),
    ("test_a_notice_has_the_version", "no-version", {VERSION_CLAIM: None}),
    ("test_a_notice_has_the_version", "wrong-version", {VERSION_CLAIM: 1.3}),
    ("test_a_notice_names_the_deployment_of_its_handler", "no-deployment", {DEPLOYMENT_ID: None}),
    ("test_a_notice_names_the_deployment_of_its_handler", "wrong-deployment", {DEPLOYMENT_ID: "DEPLOYMENT-1"}),
    ("test_a_notice_has_id_time_and_type", "no-notice", {NOTICE: None}),
    ("test_a_notice_has_id_time_and_type", "no-notice", {NOTICE: [EVENT]}),
    ("test_a_notice_has_id_time_and_type", "no-id", {NOTICE: {**EVENT, "id": ""}}),
    ("test_a_notice_has_id_time_and_type", "no-timestamp", {NOTICE: {**EVENT, "timestamp": 1767225600}}),
    ("test_a_notice_has_id_time_and_type", "no-type", {NOTICE: {**EVENT, "type": None}}),
    ("test_each_event_has_an_id_of_its_own", "id-repeated", {NOTICE: {**EVENT, "id": "notice-2"}}),
    ("test_the_timestamp_is_that_of_the_event", "timestamp-form", {NOTICE: {**EVENT, "timestamp": "2026-01-15"}}),
    ("test_a_notice_is_of_the_type_of_its_handler", "other-type", {NOTICE: {**EVENT, "type": "LtiHelloWorldNotice"}}),
    ("test_a_notice_is_no_launch", "launch-claims", {MESSAGE_TYPE: "LtiResourceLinkRequest"}),
    ("test_vendor_claims_are_named_by_urls", "claim-name", {"tenant_id": "7"}),
    ("test_vendor_claims_are_named_by_urls", "claim-name", {"https://vendor.example/{x}": 1}),
    ("test_a_notice_lives_for_a_short_time", "long-life", {"exp": SECONDS + 3601}),
    ("test_sub_is_not_empty", "empty-sub", {"sub": ""}),
]


@pytest.mark.parametrize(("name", "reason", "changes"), WRONG, ids=[f"{r}-{n}" for n, (_, r, _) in enumerate(WRONG)])
def test_a_wrong_claim_is_named(name: str, reason: str, changes: dict[str, Any]) -> None:
    assert said(test_notice_jwt, name, copies(copy(**changes), copy(2))) == reason


HEADERS: list[tuple[str, str, dict[str, Any]]] = [
    ("test_a_notice_is_signed_asymmetrically", "not-signed", {"alg": "none", "kid": "k"}),
    ("test_a_notice_is_signed_asymmetrically", "not-signed", {"alg": "NONE", "kid": "k"}),
    ("test_a_notice_is_signed_asymmetrically", "symmetric", {"alg": "HS512", "kid": "k"}),
    ("test_a_notice_is_signed_asymmetrically", "ok", {"alg": "ES384", "kid": "k"}),
    ("test_a_notice_is_signed_asymmetrically", "ok", {"alg": "PS256", "kid": "k"}),
    ("test_a_notice_is_signed_by_rs256", "other-algorithm", {"alg": "ES256", "kid": "k"}),
    ("test_the_header_leads_to_no_key", "key-in-header", {"alg": "RS256", "kid": "k", "x5c": []}),
    ("test_the_header_leads_to_no_key", "ok", {"alg": "RS256", "kid": "k", "x5t": "thumbprint"}),
]


@pytest.mark.parametrize(("name", "reason", "header"), HEADERS, ids=range(len(HEADERS)))
def test_a_header_is_judged_by_its_members(name: str, reason: str, header: dict[str, Any]) -> None:
    assert said(test_notice_jwt, name, copies(copy(), header=header)) == reason


def test_the_same_token_that_comes_twice_repeats_no_nonce() -> None:
    assert said(test_notice_jwt, "test_no_nonce_comes_twice", copies(copy(), copy())) == "ok"


def test_a_signature_that_does_not_verify_is_named() -> None:
    name = "test_the_signature_verifies_with_the_published_key"
    assert said(test_notice_jwt, name, copies(copy(), reason="bad-signature")) == "not-verified"
    assert said(test_notice_jwt, name, copies(copy())) == "ok"


def nothing() -> Tooled:
    return record([])


def unreadable() -> Tooled:
    return record([("copied", write_body(["no token"]))])


@pytest.mark.parametrize("make", [nothing, unreadable])
@pytest.mark.parametrize("name", [name for name in JWT_CHECKS if name not in BLIND])
def test_where_no_notice_can_be_read_nobody_is_accused_of_claims(name: str, make: Callable[[], Tooled]) -> None:
    found = said(test_notice_jwt, name, make())
    expected = "not-a-jws" if (make is unreadable and "asymmetrically" in name) else "untestable"
    assert found.startswith(expected)


BODIES: list[tuple[str, str, bytes]] = [
    ("ok", "object", write_body([jwt(copy())])),
    ("ok", "two", write_body([jwt(copy()), jwt(copy(2))])),
    ("ok", "further", json.dumps({"notices": [{"jwt": jwt(copy()), "n": 1}], "v": 1}).encode()),
    ("notices-form", "array", json.dumps([{"jwt": jwt(copy())}]).encode()),
    ("notices-form", "strings", json.dumps({"notices": [jwt(copy())]}).encode()),
    ("notices-form", "number", b'{"notices": [{"jwt": 7}]}'),
    ("notices-form", "null", b'{"notices": [null]}'),
    ("body-form", "empty-array", b'{"notices": []}'),
    ("body-form", "no-array", b'{"notices": {"jwt": "x"}}'),
    ("body-form", "no-member", b"{}"),
    ("body-form", "empty", b""),
    ("body-form", "binary", b"\x00\xff\xfe"),
    ("body-form", "deep", b"[" * 5000),
]


@pytest.mark.parametrize(("reason", "name", "body"), BODIES, ids=[name for _, name, _ in BODIES])
def test_a_delivery_is_an_object_with_an_array_of_objects(reason: str, name: str, body: bytes) -> None:
    found = said(test_notices, "test_a_delivery_is_an_object_with_notices", record([("copied", body)]))
    assert found == reason


@pytest.mark.parametrize(
    ("media", "reason"),
    [("application/json", "ok"), ("application/json; charset=utf-8", "ok"), ("Application/JSON", "ok"),
     ("text/plain", "other-content-type"), ("application/jwt", "other-content-type"), (None, "no-content-type")],
)  # fmt: skip
def test_a_delivery_is_labelled_as_json(media: str | None, reason: str) -> None:
    headers = (("Content-Type", media),) if media is not None else ()
    found = copies(copy(), headers=headers)
    assert said(test_notices, "test_a_delivery_is_said_to_be_json", found) == reason


@pytest.mark.parametrize(
    ("target", "reason"),
    [("/tool/notices/t/copied?tool=invigil&of=a%20b", "ok"), ("/tool/notices/t/copied", "other-address"),
     ("/tool/notices/t/copied?of=a%20b&tool=invigil", "other-address"),
     ("/tool/notices/t/copied?tool=invigil&of=a+b", "other-address")],
)  # fmt: skip
def test_an_address_is_used_as_it_was_registered(target: str, reason: str) -> None:
    found = copies(copy(), target=target)
    assert said(test_notices, "test_notices_are_posted_to_the_registered_address", found) == reason


@pytest.mark.parametrize(
    ("context", "reason"),
    [({"id": "c"}, "ok"), ({"id": "c" * 255}, "ok"), ({"id": "c" * 256}, "context-id-form"),
     ({"id": ""}, "context-id-form"), ({"id": "é"}, "context-id-form"), ({"id": 7}, "context-id-form"),
     ({}, "context-id-form"), ("c", "context-id-form")],
)  # fmt: skip
def test_a_context_id_is_judged_by_its_form(context: Any, reason: str) -> None:
    found = copies(copy(**{CONTEXT: context}))
    assert said(test_notice_types, "test_a_context_id_is_short_ascii", found) == reason


@pytest.mark.parametrize(("sub", "reason"), [(None, "ok"), ("user-1", "sub"), ("", "sub"), (0, "sub")])
def test_a_copy_has_no_sub(sub: Any, reason: str) -> None:
    found = copies(copy(**({} if sub is None else {"sub": sub})))
    assert said(test_notice_types, "test_a_copy_is_nobodys", found) == reason


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from([*copy(), "azp", "sub", "nbf", MESSAGE_TYPE]) | st.text(max_size=8)
ALL = [(module, name) for module in (test_notice_jwt, test_notice_types, test_notices)
       for name in vars(module) if name.startswith("test_")]  # fmt: skip


@given(changes=st.dictionaries(NAMES, JSON, max_size=3), members=st.dictionaries(st.text(max_size=8), JSON, max_size=3))
def test_no_claim_whatever_its_kind_makes_a_check_fall_over(changes: dict[str, Any], members: dict[str, Any]) -> None:
    claims = {**copy(), **changes}
    for found in (copies(claims), copies({**copy(), NOTICE: {**EVENT, **members}}), copies(copy(), header=members)):
        for module, name in ALL:
            assert outcome(module, name, found).status != ENGINE_ERROR, name
