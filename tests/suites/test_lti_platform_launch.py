"""What the suite of lti-platform says of launches: what is legitimate passes, what is wrong is red for its reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from harness.wire.lti import (
    CONTEXT,
    CUSTOM,
    DEPLOYMENT_ID,
    MEMBERSHIP,
    MESSAGE_TYPE,
    RESOURCE_LINK_CLAIM,
    ROLE_MENTOR,
    ROLE_SCOPE_MENTOR,
    ROLES,
    TARGET_LINK_URI,
    VERSION_CLAIM,
)
from harness.wire.lti_login import Initiation
from harness.wire.pns import CLAIM, SCOPE, pns_claim
from suites.lti_platform import test_claim, test_deployments, test_launch
from tests.suites.forging_lti_platform import (
    CLIENT,
    DEPLOYMENT,
    ISSUER,
    OTHER,
    PASSES,
    SERVICE,
    TARGET,
    UNTESTABLE,
    Forged,
    claims_of,
    key_set,
    launches,
    said,
)
from tests.suites.forging_lti_platform import (
    CUSTOM as CUSTOMS,
)

RIGHT = Forged()
NOTHING = Forged(initiation=None, arrives=False)
REFUSED = Forged(claims=None)


def telling(changes: Mapping[str, Any]) -> Forged:
    return Forged(claims=claims_of(changes))


def of_launch(name: str, forged: Forged, learner: Forged = RIGHT) -> str:
    return said(test_launch, name, launches(launch=forged, learner=learner))


def of_claim(name: str, value: Any) -> str:
    return said(test_claim, name, launches(launch=telling({CLAIM: value}), learner=RIGHT))


# --- what a launch begins with ----------------------------------------------------------------------------------------

BEGINS = "test_a_launch_begins_with_a_login_initiation"
NEEDS = "test_a_login_is_initiated_with_what_it_needs"


@pytest.mark.parametrize(
    ("forged", "verdict"),
    [(RIGHT, PASSES), (REFUSED, PASSES), (replace(RIGHT, initiation=None), "no-initiation"), (NOTHING, UNTESTABLE)],
    ids=["right", "refused", "straight", "nothing"],
)
def test_a_launch_begins_at_our_login(forged: Forged, verdict: str) -> None:
    assert of_launch(BEGINS, forged) == verdict
    assert of_launch(BEGINS, RIGHT, forged) == verdict


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        ((ISSUER, "person-1", TARGET), PASSES),
        (("", "person-1", TARGET), "no-iss"),
        ((ISSUER, "", TARGET), "no-login-hint"),
        ((ISSUER, "person-1", ""), "no-target-link-uri"),
        ((ISSUER + "/", "person-1", TARGET), "other-iss"),
        ((ISSUER.upper(), "person-1", TARGET), "other-iss"),
        ((ISSUER, "person-1", "/target"), "target-not-absolute"),
    ],
)
def test_an_initiation_needs_three_parameters(values: tuple[str, str, str], verdict: str) -> None:
    assert of_launch(NEEDS, Forged(initiation=Initiation(*values))) == verdict


def test_an_initiation_may_be_followed_by_nothing() -> None:
    assert of_launch(NEEDS, Forged(arrives=False)) == PASSES
    assert of_launch(NEEDS, NOTHING) == UNTESTABLE


@pytest.mark.parametrize(
    ("sent", "claim", "verdict"),
    [
        (DEPLOYMENT, DEPLOYMENT, PASSES),
        (None, DEPLOYMENT, PASSES),
        (None, None, PASSES),
        (DEPLOYMENT, None, "no-deployment-id"),
        (OTHER, DEPLOYMENT, "other-deployment"),
        (DEPLOYMENT.upper(), DEPLOYMENT, "other-deployment"),
    ],
)
def test_both_name_one_deployment(sent: str | None, claim: str | None, verdict: str) -> None:
    initiation = Initiation(ISSUER, "person-1", TARGET, "hint-1", sent, CLIENT)
    forged = Forged(claims=claims_of({DEPLOYMENT_ID: claim}), initiation=initiation)
    assert of_launch("test_the_initiation_names_the_deployment_of_the_message", forged) == verdict


# --- what a message says ----------------------------------------------------------------------------------------------

FORM_ANSWER = "test_a_right_request_is_answered_by_a_form"
CLAIMS = "test_a_message_has_all_required_claims"
ROLE = "test_roles_are_those_of_a_vocabulary"
STRINGS = "test_custom_values_are_strings"
MENTORS = "test_only_mentors_get_whom_they_mentor"
VARIABLE = "test_an_unknown_variable_is_passed_as_it_stands"


@pytest.mark.parametrize(
    ("forged", "verdict"),
    [
        (RIGHT, PASSES),
        (Forged(media="application/x-www-form-urlencoded; charset=UTF-8"), PASSES),
        (Forged(method="GET"), "not-posted"),
        (Forged(media="text/plain"), "no-form"),
        (Forged(answer={"state": None}), "no-state"),
        (Forged(answer={"state": "state-2"}), "other-state"),
        (Forged(asks={"state": "a+b c"}), PASSES),
        (REFUSED, UNTESTABLE),
        (NOTHING, UNTESTABLE),
    ],
)
def test_a_right_request_is_answered_by_a_form(forged: Forged, verdict: str) -> None:
    assert of_launch(FORM_ANSWER, forged) == verdict
    assert of_launch(FORM_ANSWER, RIGHT, forged) == verdict


@pytest.mark.parametrize(("nonce", "verdict"), [("nonce-1", PASSES), (None, "no-nonce"), ("Nonce-1", "other-nonce")])
def test_the_nonce_comes_back(nonce: str | None, verdict: str) -> None:
    assert of_launch("test_the_nonce_comes_back_in_the_message", telling({"nonce": nonce})) == verdict


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, PASSES),
        ({"aud": [CLIENT]}, PASSES),
        ({"aud": ["client-2", CLIENT], "azp": CLIENT}, PASSES),
        ({CONTEXT: None, CUSTOM: None, CLAIM: None}, PASSES),
        ({ROLES: []}, PASSES),
        ({RESOURCE_LINK_CLAIM: {"id": "1", "title": "T", "description": "D"}}, PASSES),
        ({"https://lms.example.edu/claim/own": {"a": 1}, "name": "Ada", "locale": "en"}, PASSES),
        ({"exp": 1893456600.5}, PASSES),
        ({"sub": None}, f"{PASSES}, anonymous"),
        ({"aud": ["client-2", CLIENT]}, f"{PASSES}, several-aud-no-azp"),
        ({CONTEXT: {"label": "no id"}}, f"{PASSES}, context-form"),
        ({MESSAGE_TYPE: None}, "no-message-type"),
        ({MESSAGE_TYPE: "LtiDeepLinkingRequest"}, "wrong-message-type"),
        ({VERSION_CLAIM: None}, "no-version"),
        ({VERSION_CLAIM: "1.3"}, "wrong-version"),
        ({VERSION_CLAIM: 1.3}, "no-version"),
        ({DEPLOYMENT_ID: None}, "no-deployment-id"),
        ({DEPLOYMENT_ID: "é"}, "deployment-id-form"),
        ({TARGET_LINK_URI: None}, "no-target-link-uri"),
        ({RESOURCE_LINK_CLAIM: None}, "no-resource-link"),
        ({RESOURCE_LINK_CLAIM: {}}, "no-resource-link-id"),
        ({RESOURCE_LINK_CLAIM: {"id": "x" * 256}}, "resource-link-id-form"),
        ({ROLES: None}, "no-roles"),
        ({"sub": "x" * 256}, "sub-form"),
        ({"exp": "1893456600"}, "exp-not-number"),
        ({"iat": None}, "no-iat"),
        ({"iss": ISSUER + "/"}, "other-iss"),
        ({"aud": "client-2"}, "other-aud"),
        ({"exp": 1}, "exp-before-iat"),
    ],
)
def test_a_message_has_its_claims(changes: Mapping[str, Any], verdict: str) -> None:
    assert of_launch(CLAIMS, telling(changes)) == verdict


@pytest.mark.parametrize(
    ("roles", "verdict"),
    [
        ([MEMBERSHIP + "Learner"], PASSES),
        ([], PASSES),
        (["urn:own:Tutor", MEMBERSHIP + "Instructor"], PASSES),
        (["http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#TeachingAssistant"], PASSES),
        (["Instructor"], f"{PASSES}, short-role"),
        (["urn:own:Tutor"], "no-known-role"),
        (["instructor"], "no-known-role"),
        (MEMBERSHIP + "Learner", "roles-form"),
        ([7], "roles-form"),
        ({"a": 1}, "roles-form"),
        (None, UNTESTABLE),
    ],
)
def test_roles_have_a_vocabulary(roles: Any, verdict: str) -> None:
    assert of_launch(ROLE, telling({ROLES: roles})) == verdict


@pytest.mark.parametrize(
    ("custom", "verdict"),
    [
        ({"a": ""}, PASSES),
        ({}, PASSES),
        (None, PASSES),
        ({"a": None}, "not-a-string"),
        ({"a": 1}, "not-a-string"),
        ({"a": ["x"]}, "not-a-string"),
        (["a"], "custom-form"),
    ],
)
def test_custom_holds_strings(custom: Any, verdict: str) -> None:
    assert of_launch(STRINGS, telling({CUSTOM: custom})) == verdict


def test_no_custom_at_all_says_nothing_of_its_values() -> None:
    assert of_launch(STRINGS, telling({CUSTOM: None}), telling({CUSTOM: None})) == UNTESTABLE


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, PASSES),
        ({ROLES: [ROLE_MENTOR], ROLE_SCOPE_MENTOR: ["person-2"]}, PASSES),
        ({ROLES: [ROLE_MENTOR]}, PASSES),
        ({ROLE_SCOPE_MENTOR: []}, PASSES),
        ({ROLE_SCOPE_MENTOR: ["person-2"]}, "mentor-scope"),
    ],
)
def test_mentors_alone_have_a_scope(changes: Mapping[str, Any], verdict: str) -> None:
    assert of_launch(MENTORS, telling(changes)) == verdict


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        (CUSTOMS, PASSES),
        ({**CUSTOMS, "more": "x"}, PASSES),
        ({"plain": "some text"}, "left-out"),
        ({**CUSTOMS, "unknown_variable": ""}, "changed"),
        ({**CUSTOMS, "unknown_variable": "Invigil.unknown"}, "changed"),
        ({"unknown_variable": ""}, UNTESTABLE),
        ({}, UNTESTABLE),
    ],
)
def test_an_unknown_variable_stays(values: Mapping[str, str], verdict: str) -> None:
    assert of_launch(VARIABLE, telling({CUSTOM: values})) == verdict


def test_the_target_is_signed() -> None:
    name = "test_the_signed_target_is_the_one_of_the_initiation"
    assert of_launch(name, RIGHT) == PASSES
    assert of_launch(name, telling({TARGET_LINK_URI: None})) == "no-target"
    assert of_launch(name, telling({TARGET_LINK_URI: TARGET + "/"})) == "other-target"
    assert of_launch(name, Forged(initiation=Initiation(ISSUER, "p", ""))) == UNTESTABLE


RSA = {"kty": "RSA", "kid": "k", "n": "AQ", "e": "AQAB"}


@pytest.mark.parametrize(
    ("forged", "keys", "verdict"),
    [
        (RIGHT, None, PASSES),
        (Forged(reason="unknown-kid"), [RSA], "not-verified"),
        (Forged(reason="no-kid"), [RSA], "not-verified"),
        (Forged(alg="ES256"), [RSA], f"{PASSES}, other-alg"),
        (Forged(alg="ES256"), [{**RSA, "alg": "RS512"}], "no-rs256"),
        (Forged(alg="ES256"), None, UNTESTABLE),
        (REFUSED, [RSA], UNTESTABLE),
        (Forged(answer={"id_token": "no token"}), [RSA], "not-verified"),
    ],
)
def test_a_message_verifies(forged: Forged, keys: Any, verdict: str) -> None:
    known = key_set(keys and {"keys": keys})
    name = "test_a_message_verifies_with_the_key_set"
    assert said(test_launch, name, launches(launch=forged, learner=RIGHT), known) == verdict


# --- the claim of the service -----------------------------------------------------------------------------------------

VALUE = pns_claim(SERVICE, ("LtiHelloWorldNotice",))
URL, VERSIONS, TYPES = "platform_notification_service_url", "service_versions", "notice_types_supported"


@pytest.mark.parametrize(
    ("name", "member", "value", "verdict"),
    [
        ("test_the_address_of_the_service_is_fully_resolved", URL, SERVICE + "?a=1", PASSES),
        ("test_the_address_of_the_service_is_fully_resolved", URL, None, "no-url"),
        ("test_the_address_of_the_service_is_fully_resolved", URL, "/lti/pns", "url-not-absolute"),
        ("test_the_address_of_the_service_is_fully_resolved", URL, SERVICE + "/{id}", "url-not-absolute"),
        ("test_the_address_of_the_service_is_https", URL, SERVICE, PASSES),
        ("test_the_address_of_the_service_is_https", URL, SERVICE.replace("https", "HTTPS"), PASSES),
        ("test_the_address_of_the_service_is_https", URL, SERVICE.replace("https", "http"), "not-https"),
        ("test_the_address_of_the_service_is_https", URL, "http://127.0.0.1:1/pns", "not-https"),
        ("test_the_address_of_the_service_is_https", URL, None, UNTESTABLE),
        ("test_the_claim_names_version_1_0", VERSIONS, ["0.9", "1.0"], PASSES),
        ("test_the_claim_names_version_1_0", VERSIONS, ["1"], "no-version-1.0"),
        ("test_the_claim_names_version_1_0", VERSIONS, "1.0", "versions-form"),
        ("test_the_claim_names_version_1_0", VERSIONS, None, "no-versions"),
        ("test_the_claim_names_the_scope", "scope", ["x", SCOPE], PASSES),
        ("test_the_claim_names_the_scope", "scope", SCOPE, "scope-form"),
        ("test_the_claim_names_the_scope", "scope", [], "no-noticehandlers-scope"),
        ("test_the_claim_names_the_scope", "scope", None, "no-scope"),
        ("test_the_claim_lists_notice_types", TYPES, ["LtiNewNotice"], PASSES),
        ("test_the_claim_lists_notice_types", TYPES, [], "types-empty"),
        ("test_the_claim_lists_notice_types", TYPES, ["A", "A"], "types-repeated"),
        ("test_the_claim_lists_notice_types", TYPES, [1], "types-form"),
        ("test_the_claim_lists_notice_types", TYPES, None, "no-types"),
    ],
)
def test_the_claim_has_its_members(name: str, member: str, value: Any, verdict: str) -> None:
    claim = {key: one for key, one in {**VALUE, "own": {"x": 1}, member: value}.items() if one is not None}
    assert of_claim(name, claim) == verdict


@pytest.mark.parametrize("value", [[], "text", 7, None])
def test_what_is_no_claim_is_red_once(value: Any) -> None:
    expected = UNTESTABLE if value is None else "not-an-object"
    assert of_claim("test_the_address_of_the_service_is_fully_resolved", value) == expected


def test_a_claim_stands_in_every_launch_and_in_none_that_is_off() -> None:
    bare, name = telling({CLAIM: None}), "test_each_launch_offers_the_service"
    assert said(test_claim, name, launches(launch=RIGHT, learner=RIGHT)) == PASSES
    assert said(test_claim, name, launches(launch=RIGHT, learner=bare)) == "no-claim"
    assert said(test_claim, name, launches(launch=RIGHT, learner=REFUSED)) == UNTESTABLE
    name = "test_no_launch_offers_what_is_switched_off"
    assert said(test_claim, name, launches(before=RIGHT, off=bare, after=RIGHT)) == PASSES
    assert said(test_claim, name, launches(before=RIGHT, off=RIGHT, after=RIGHT)) == "claim-while-off"
    assert said(test_claim, name, launches(before=bare, off=bare, after=bare)) == UNTESTABLE
    assert said(test_claim, name, launches(before=RIGHT, off=bare, after=bare)) == UNTESTABLE


# --- deployments ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ids", "verdict"),
    [
        ((DEPLOYMENT, DEPLOYMENT, DEPLOYMENT), PASSES),
        ((DEPLOYMENT, DEPLOYMENT, "deployment-9"), "changed"),
        ((DEPLOYMENT, "deployment-9", DEPLOYMENT), "changed"),
        ((None, DEPLOYMENT, DEPLOYMENT), "no-deployment-id"),
    ],
)
def test_the_id_of_a_deployment_stays(ids: tuple[str | None, ...], verdict: str) -> None:
    before, off, after = (telling({DEPLOYMENT_ID: one}) for one in ids)
    record = launches(before=before, off=off, after=after)
    assert said(test_deployments, "test_the_id_of_a_deployment_stays", record) == verdict


@pytest.mark.parametrize(
    ("first", "second", "initiated", "verdict"),
    [
        (DEPLOYMENT, OTHER, OTHER, PASSES),
        ("a", "b", OTHER, PASSES),
        (CLIENT, CLIENT, OTHER, "same-id"),
        (DEPLOYMENT, DEPLOYMENT, OTHER, "same-id"),
        (DEPLOYMENT, DEPLOYMENT, DEPLOYMENT, UNTESTABLE),
        (DEPLOYMENT, DEPLOYMENT, None, UNTESTABLE),
        (DEPLOYMENT, None, OTHER, "no-deployment-id"),
    ],
)
def test_two_deployments_have_two_ids(first: str, second: str | None, initiated: str | None, verdict: str) -> None:
    initiation = Initiation(ISSUER, "person-1", TARGET, "hint-1", initiated, CLIENT)
    other = Forged(claims=claims_of({DEPLOYMENT_ID: second}), initiation=initiation)
    record = launches(first=telling({DEPLOYMENT_ID: first}), second=other)
    assert said(test_deployments, "test_no_two_deployments_have_one_id", record) == verdict


def test_without_a_notice_nothing_is_said_of_notices() -> None:
    name = "test_launches_and_notices_name_their_deployment"
    assert said(test_deployments, name, launches(launch=RIGHT)) == UNTESTABLE
    assert said(test_deployments, name, launches(launch=telling({DEPLOYMENT_ID: OTHER}))) == "other-deployment"
