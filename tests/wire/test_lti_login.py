"""Login initiation, authentication request, authentication response."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.wire.binding import Pairs
from harness.wire.lti_login import (
    AUTH,
    AUTH_REQUIRED,
    INITIATION_REQUIRED,
    Initiation,
    auth_error_pairs,
    auth_request_pairs,
    auth_response_pairs,
    error_of,
    faults_of,
    read_auth_request,
    read_auth_response,
    read_initiation,
)  # fmt: skip
from harness.wire.lti_schema import problems

FULL = Initiation(
    "https://lms.example.edu", "u-1", "https://tool.example.com/start", "m&=1", "dep-1", "tool-1",
    (("lti_storage_target", "_parent"),),
)  # fmt: skip
REQUEST = auth_request_pairs(FULL, "tool-1", "https://tool.example.com/launch", "n-1", "s-1")
PAIRS = st.lists(st.tuples(st.sampled_from(AUTH) | st.text(max_size=8), st.text(max_size=20))).map(tuple)


def changed(pairs: Pairs, name: str, value: str | None) -> Pairs:
    return tuple((key, value if key == name else old) for key, old in pairs if key != name or value is not None)  # type: ignore[misc]


def test_an_initiation_is_read_as_it_was_written() -> None:
    assert read_initiation(FULL.pairs()) == FULL
    assert FULL.faults == ()
    assert problems("login_initiation", dict(FULL.pairs())) == ()


@pytest.mark.parametrize("name", INITIATION_REQUIRED)
def test_an_initiation_names_what_it_lacks(name: str) -> None:
    pairs = tuple(pair for pair in FULL.pairs() if pair[0] != name)
    assert read_initiation(pairs).faults == ((name, "missing"),)
    assert problems("login_initiation", dict(pairs))


def test_a_repeated_parameter_of_an_initiation_is_kept_and_named() -> None:
    found = read_initiation((*FULL.pairs(), ("iss", "https://evil.example")))
    assert (found.iss, found.faults) == (FULL.iss, (("iss", "repeated"),))


def test_a_request_answers_an_initiation_and_gives_its_hints_back_unchanged() -> None:
    found = read_auth_request(REQUEST)
    assert (found.login_hint, found.lti_message_hint, found.state) == ("u-1", "m&=1", "s-1")
    assert faults_of(found) == ()
    assert problems("auth_request", dict(REQUEST)) == ()


@pytest.mark.parametrize("name", AUTH_REQUIRED)
@pytest.mark.parametrize("value", [None, ""], ids=["absent", "empty"])
def test_a_request_names_what_it_lacks(name: str, value: str | None) -> None:
    assert faults_of(read_auth_request(changed(REQUEST, name, value))) == ((name, "missing"),)


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("scope", "openid profile", "invalid_scope"), ("scope", "OpenID", "invalid_scope"),
        ("response_type", "code", "unsupported_response_type"), ("response_mode", "query", "invalid_request"),
        ("prompt", "login", "invalid_request"),
    ],
)  # fmt: skip
def test_a_request_names_what_has_another_value_than_the_one_permitted(name: str, value: str, error: str) -> None:
    faults = faults_of(read_auth_request(changed(REQUEST, name, value)))
    assert faults == ((name, "wrong"),)
    assert error_of(*faults[0]) == error


def test_a_state_is_demanded_only_where_the_platform_demands_it() -> None:
    stateless = read_auth_request(changed(REQUEST, "state", None))
    assert faults_of(stateless) == ()
    assert faults_of(stateless, state_required=True) == (("state", "missing"),)


def test_unknown_parameters_are_ignored_and_repeated_ones_named() -> None:
    assert faults_of(read_auth_request((*REQUEST, ("lti_deployment_id", "d"), ("x", "y"), ("x", "z")))) == ()
    assert faults_of(read_auth_request((*REQUEST, ("nonce", "n-2")))) == (("nonce", "repeated"),)


def test_a_redirect_uri_is_an_absolute_url() -> None:
    assert faults_of(read_auth_request(changed(REQUEST, "redirect_uri", "/launch"))) == (("redirect_uri", "not-a-url"),)


@given(PAIRS)
def test_no_parameters_break_the_readers(pairs: Pairs) -> None:
    assert read_auth_request(pairs).raw == pairs
    for parameter, problem in faults_of(read_auth_request(pairs), state_required=True):
        assert error_of(parameter, problem)
    assert read_initiation(read_initiation(pairs).pairs()).iss == read_initiation(pairs).iss
    assert read_auth_response(pairs).raw == pairs


@pytest.mark.parametrize("state", [None, "", "s 1"])
def test_an_answer_gives_the_state_back_unchanged(state: str | None) -> None:
    for pairs in (
        auth_response_pairs("a.b.c", state),
        auth_error_pairs("invalid_scope", "scope must be openid", state),
    ):
        found = read_auth_response(pairs)
        assert (found.state, found.faults) == (state, ())
        assert problems("auth_response", dict(pairs)) == ()


def test_an_answer_is_a_token_or_an_error() -> None:
    assert read_auth_response(()).faults == (("id_token", "missing"),)
    assert read_auth_response((("id_token", "a"), ("error", "b"))).faults == (("error", "both"),)
    assert read_auth_response((("id_token", "a"), ("id_token", "b"))).faults == (("id_token", "repeated"),)
