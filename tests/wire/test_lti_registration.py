"""Dynamic registration: configuration, request, answer."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.wire.lti_registration import (
    PLATFORM_CONFIGURATION,
    REQUIRED_CONFIGURATION,
    TOOL_CONFIGURATION,
    platform_configuration,
    read_configuration,
    read_registration_answer,
    read_registration_request,
    registration_answer,
    registration_error,
    registration_request,
)  # fmt: skip
from harness.wire.lti_schema import problems
from harness.wire.pns import SCOPE, TYPES

AT = "https://lms.example.edu"
CONFIGURATION = platform_configuration(
    issuer=AT, authorization_endpoint=f"{AT}/auth", registration_endpoint=f"{AT}/register", jwks_uri=f"{AT}/jwks",
    token_endpoint=f"{AT}/token", notice_types=TYPES,
)  # fmt: skip
REQUEST = registration_request(
    client_name="Tool", initiate_login_uri="https://tool.example.com/login",
    redirect_uris=["https://tool.example.com/launch"], jwks_uri="https://tool.example.com/jwks",
    domain="tool.example.com", target_link_uri="https://tool.example.com/start", scopes=[SCOPE],
    custom_parameters={"a": "1"},
)  # fmt: skip
JSON = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.lists(st.text(max_size=3), max_size=2)


def document(value: object) -> bytes:
    return json.dumps(value).encode()


def own(**changes: Any) -> dict[str, Any]:
    return CONFIGURATION | {PLATFORM_CONFIGURATION: CONFIGURATION[PLATFORM_CONFIGURATION] | changes}


def test_a_configuration_as_we_write_it_is_complete() -> None:
    found = read_configuration(document(CONFIGURATION), f"{AT}/.well-known/openid-configuration")
    assert found.problems == ()
    assert (found.issuer, found.scopes, found.notice_types) == (AT, ("openid", SCOPE), TYPES)
    assert found.audience == f"{AT}/token"
    assert problems("platform_configuration", CONFIGURATION) == ()


def test_an_authorization_server_of_its_own_is_the_audience_of_assertions() -> None:
    assert read_configuration(document(CONFIGURATION | {"authorization_server": "https://a"})).audience == "https://a"


@pytest.mark.parametrize("name", REQUIRED_CONFIGURATION)
def test_a_configuration_names_what_it_lacks(name: str) -> None:
    lacking = {key: value for key, value in CONFIGURATION.items() if key != name}
    assert read_configuration(document(lacking)).problems == (f"no-{name}",)
    assert problems("platform_configuration", lacking)


@pytest.mark.parametrize(
    ("found", "code"),
    [
        (CONFIGURATION | {"scopes_supported": [SCOPE]}, "no-openid-scope"),
        (CONFIGURATION | {"issuer": "https://other.example"}, "hosts-differ"),
        (CONFIGURATION | {"jwks_uri": "/jwks"}, "jwks_uri-form"),
        (CONFIGURATION | {"claims_supported": "sub"}, "claims_supported-form"),
        ({k: v for k, v in CONFIGURATION.items() if k != PLATFORM_CONFIGURATION}, "no-platform-configuration"),
        (own(version=None), "no-version"),
        (own(messages_supported=["LtiResourceLinkRequest"]), "messages-as-strings"),
        (own(messages_supported=None), "no-messages_supported"),
        (own(messages_supported=[7]), "messages_supported-form"),
        (own(notice_types_supported="LtiHelloWorldNotice"), "notice_types_supported-form"),
        (own(variables=None), "no-variables"),
    ],
    ids=range(11),
)
def test_a_configuration_of_the_wrong_form_is_named(found: dict[str, Any], code: str) -> None:
    assert read_configuration(document(found)).problems == (code,)


def test_messages_are_read_as_objects_and_as_strings() -> None:
    messages = ["LtiDeepLinkingRequest", {"type": "LtiResourceLinkRequest"}]
    assert read_configuration(document(own(messages_supported=messages))).messages == (messages[0], messages[1]["type"])  # type: ignore[index]


def test_a_request_as_we_write_it_is_accepted() -> None:
    found = read_registration_request(document(REQUEST))
    assert found.problems == ()
    assert (found.client_name, found.domain, found.scopes) == ("Tool", "tool.example.com", (SCOPE,))
    assert found.custom_parameters == {"a": "1"}
    assert problems("registration_request", REQUEST) == ()


@pytest.mark.parametrize(
    ("change", "error", "code"),
    [
        ({"client_name": None}, "invalid_client_metadata", "missing required attribute client_name"),
        ({"initiate_login_uri": None}, "invalid_client_metadata", "missing required attribute initiate_login_uri"),
        ({"jwks_uri": "jwks"}, "invalid_client_metadata", "invalid_jwks_uri"),
        ({"redirect_uris": None}, "invalid_redirect_uri", "missing required attribute redirect_uris"),
        ({"redirect_uris": "https://a.example/"}, "invalid_redirect_uri", "invalid_redirect_uris"),
        ({"redirect_uris": []}, "invalid_redirect_uri", "invalid_redirect_uris"),
        ({"response_types": ["code"]}, "invalid_client_metadata", "invalid_response_types"),
        ({"token_endpoint_auth_method": "none"}, "invalid_client_metadata", "invalid_token_endpoint_auth_method"),
        ({"application_type": "native"}, "invalid_client_metadata", "invalid_application_type"),
        ({"scope": ["a"]}, "invalid_client_metadata", "invalid_scope"),
        ({TOOL_CONFIGURATION: {"target_link_uri": "https://a"}}, "invalid_client_metadata",
         "missing required attribute domain"),
    ],
    ids=range(11),
)  # fmt: skip
def test_a_request_that_is_to_be_refused_has_the_codes_of_rfc_7591_and_moodle(
    change: dict[str, Any], error: str, code: str
) -> None:
    (problem,) = read_registration_request(document(REQUEST | change)).problems
    assert (problem.error, problem.code) == (error, code)
    assert problem.description
    assert problems("registration_request", {k: v for k, v in (REQUEST | change).items() if v is not None})


def test_the_misprint_of_the_specifications_example_is_put_up_with() -> None:
    assert read_registration_request(document(REQUEST | {"grant_types": ["implict"]})).problems == ()


def test_an_answer_echoes_what_was_accepted_and_tells_the_deployment_in_both_places() -> None:
    request = read_registration_request(document(REQUEST | {"logo_uri": None}))
    answer = registration_answer(request, "client-1", scopes=[], deployment_id="dep-1")
    found = read_registration_answer(200, document(answer))
    assert (found.ok, found.client_id, found.deployment_id, found.scopes, found.problems) == (
        True, "client-1", "dep-1", (), (),
    )  # fmt: skip
    assert answer["deployment_id"] == answer[TOOL_CONFIGURATION]["deployment_id"]
    assert {key: answer[key] for key in REQUEST if key not in ("scope", TOOL_CONFIGURATION)} == {
        key: value for key, value in REQUEST.items() if key not in ("scope", TOOL_CONFIGURATION)
    }
    assert problems("registration_answer", answer) == ()
    assert problems("registration_answer", answer | {"logo_uri": None})


@pytest.mark.parametrize("place", ["inside", "outside"])
def test_a_deployment_told_in_one_place_is_found(place: str) -> None:
    answer: dict[str, Any] = {"client_id": "c", "scope": "", TOOL_CONFIGURATION: {}}
    (answer if place == "outside" else answer[TOOL_CONFIGURATION])["deployment_id"] = "d"
    found = read_registration_answer(201, document(answer))
    assert (found.ok, found.deployment_id, found.problems) == (True, "d", ())


def test_what_is_wrong_with_an_answer_is_named() -> None:
    answer = {"client_id": None, "deployment_id": "a", TOOL_CONFIGURATION: {"deployment_id": "b"}}
    found = read_registration_answer(200, document(answer))
    assert (found.ok, set(found.problems)) == (
        False, {"no-client-id", "no-scope", "deployment-ids-differ", "null-member"},
    )  # fmt: skip
    refused = read_registration_answer(400, registration_error("invalid_redirect_uri", "must be https"))
    assert (refused.ok, refused.error, refused.problems) == (False, "invalid_redirect_uri", ("wrong-status",))


@given(st.dictionaries(st.sampled_from(sorted({*CONFIGURATION, *REQUEST})) | st.text(max_size=4), JSON))
def test_no_document_breaks_the_readers(changes: dict[str, Any]) -> None:
    read_configuration(document(CONFIGURATION | changes), "https://[")
    request = read_registration_request(document(REQUEST | changes))
    assert not [key for key, value in registration_answer(request, "c", scopes=[]).items() if value is None]
    read_registration_answer(200, document(changes))


@given(st.binary(max_size=60))
def test_no_bytes_break_the_readers(data: bytes) -> None:
    assert read_configuration(data).problems
    assert read_registration_request(data).problems
    assert read_registration_answer(200, data).problems
