"""The claims of a resource link launch."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.wire import lti
from harness.wire.lti import LAUNCH_REMARKS, LAUNCH_RULES, C, is_known_role, launch_claims, read_launch
from harness.wire.lti_schema import problems
from harness.wire.pns import CLAIM, CONTEXT_COPY, pns_claim

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def launch(**changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "iss": "https://lms.example.edu", "aud": "tool-1", "sub": "user-7", "nonce": "n-1", "now": NOW, "lifetime": 600,
        "deployment_id": "dep-1", "target_link_uri": "https://tool.example.com/start",
        "resource_link": {"id": "link-1", "title": "Week 1", "description": None}, "roles": [lti.ROLE_LEARNER],
        "context": {"id": "ctx-1", "label": "BIO", "title": "Biology", "type": [lti.COURSE_OFFERING]},
        "person": {"name": "Ada Byron", "given_name": "Ada", "family_name": "Byron", "email": "ada@lms.example.edu"},
        "custom": {"chapter": "2"},
    }  # fmt: skip
    return launch_claims(**values | changes)


CLAIMS = launch(more={CLAIM: pns_claim("https://lms.example.edu/pns/1", [CONTEXT_COPY])})
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in CLAIMS.items() if key != name}


def test_a_launch_as_we_write_it_has_no_problem_and_fits_its_schema() -> None:
    found = read_launch(CLAIMS)
    assert (found.problems, found.remarks) == ((), ())
    assert problems("launch", CLAIMS) == ()
    assert (found.aud, found.sub, found.context_id, found.resource_link_id) == (
        ("tool-1",),
        "user-7",
        "ctx-1",
        "link-1",
    )
    assert found.exp is not None
    assert found.iat is not None
    assert (found.iat, found.exp - found.iat) == (NOW.timestamp(), 600)


def test_no_member_of_a_launch_is_null() -> None:
    claims = launch(sub=None, context={"id": "c", "label": None}, person={"name": "A"}, custom={})
    assert "sub" not in claims
    assert claims[lti.CONTEXT] == {"id": "c"}
    assert claims[lti.RESOURCE_LINK_CLAIM] == {"id": "link-1", "title": "Week 1"}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("iss", "no-iss"), ("aud", "no-aud"), ("sub", "no-sub"), ("exp", "no-exp"), ("iat", "no-iat"),
        ("nonce", "no-nonce"), (lti.MESSAGE_TYPE, "no-message-type"), (lti.VERSION_CLAIM, "no-version"),
        (lti.DEPLOYMENT_ID, "no-deployment-id"), (lti.TARGET_LINK_URI, "no-target-link-uri"),
        (lti.RESOURCE_LINK_CLAIM, "no-resource-link"), (lti.ROLES, "no-roles"),
    ],
)  # fmt: skip
def test_a_required_claim_that_is_missing_or_null_is_named(name: str, code: str) -> None:
    assert read_launch(without(name)).problems == (code,)
    assert read_launch(CLAIMS | {name: None}).problems == (code,)
    assert problems("launch", without(name))


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        (lti.MESSAGE_TYPE, "LtiDeepLinkingRequest", "wrong-message-type"), (lti.VERSION_CLAIM, "1.1", "wrong-version"),
        ("exp", "1767226200", "exp-not-number"), ("iat", True, "iat-not-number"), ("sub", "u" * 256, "sub-form"),
        ("sub", "", "no-sub"), ("sub", "é", "sub-form"), (lti.DEPLOYMENT_ID, "d" * 256, "deployment-id-form"),
        (lti.TARGET_LINK_URI, "/start", "target-link-uri-form"), (lti.ROLES, "Learner", "roles-form"),
        (lti.RESOURCE_LINK_CLAIM, {}, "no-resource-link-id"), ("aud", [], "no-aud"), ("aud", 7, "no-aud"),
        (lti.RESOURCE_LINK_CLAIM, {"id": "r" * 256}, "resource-link-id-form"),
    ],
    ids=range(14),
)  # fmt: skip
def test_a_claim_of_the_wrong_form_is_named(name: str, value: object, code: str) -> None:
    assert read_launch(CLAIMS | {name: value}).problems == (code,)
    assert problems("launch", CLAIMS | {name: value})


@pytest.mark.parametrize(
    "change",
    [
        {lti.ROLES: []}, {lti.ROLES: ["Learner", lti.ROLE_LEARNER]}, {lti.CONTEXT: None}, {"aud": ["tool-1"]},
        {C + "unknown": {"a": [1]}}, {"https://vendor.example/claim": 1},
    ],
    ids=range(6),
)  # fmt: skip
def test_what_the_standard_allows_is_neither_problem_nor_remark(change: dict[str, Any]) -> None:
    found = read_launch(CLAIMS | change)
    assert (found.problems, found.remarks) == ((), ())


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"iss": "http://lms.example.edu"}, "iss-form"), ({"iss": "https://lms.example.edu?x"}, "iss-form"),
        ({"aud": ["a", "b"]}, "several-aud-no-azp"), ({lti.ROLES: ["Learner"]}, "no-known-role"),
        ({lti.CONTEXT: {}}, "context-form"), ({lti.CONTEXT: {"id": "c" * 256}}, "context-id-form"),
        ({lti.TOOL_PLATFORM: {}}, "tool-platform-no-guid"),
        ({lti.ROLE_SCOPE_MENTOR: ["u"]}, "mentor-scope-without-role"),
        ({lti.LAUNCH_PRESENTATION: {"document_target": "popup"}}, "document-target"),
        ({lti.CUSTOM: {"a": None}}, "custom-form"), ({lti.CUSTOM: {"a": 1}}, "custom-form"),
        ({"vendor_claim": 1}, "claim-name"), ({"name": " Ada"}, "whitespace"),
    ],
    ids=range(13),
)  # fmt: skip
def test_what_a_tool_puts_up_with_is_remarked_on(change: dict[str, Any], code: str) -> None:
    found = read_launch(CLAIMS | change)
    assert (found.problems, found.remarks) == ((), (code,))


@given(st.dictionaries(st.sampled_from(sorted(CLAIMS)) | st.text(max_size=5), JSON))
def test_no_claims_break_the_reader_and_every_code_has_its_rule(changes: dict[str, Any]) -> None:
    found = read_launch(CLAIMS | changes)
    assert set(found.problems) <= set(LAUNCH_RULES)
    assert set(found.remarks) <= set(LAUNCH_REMARKS)
    problems("launch", CLAIMS | changes)


def test_roles_and_their_sub_roles_are_known_by_their_full_names() -> None:
    assert is_known_role("http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#TeachingAssistant")
    assert is_known_role(lti.SYSTEM + "None")
    assert not any(is_known_role(role) for role in ("Learner", "", lti.MEMBERSHIP, lti.MEMBERSHIP + "Wizard"))


def test_a_very_long_claim_is_judged_in_passing() -> None:
    long = "https://" + "a" * 2_000_000 + " "
    found = read_launch(CLAIMS | {lti.TARGET_LINK_URI: long, long: 1})
    assert (found.problems, "claim-name" in found.remarks) == (("target-link-uri-form",), True)
    assert problems("launch", CLAIMS | {lti.TARGET_LINK_URI: long})
