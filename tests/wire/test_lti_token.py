"""Assertion, token request and token answer."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.wire.lti_schema import problems
from harness.wire.lti_token import (
    ASSERTION_TYPE,
    GRANT,
    MEDIA_TYPE,
    NO_STORE,
    assertion_claims,
    read_assertion,
    read_token_answer,
    read_token_request,
    token_answer,
    token_error,
    token_request,
)  # fmt: skip
from harness.wire.pns import SCOPE

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CLAIMS = assertion_claims("tool-1", "https://lms.example.edu/token", NOW, "j-1", deployment_id="dep-1")
PAIRS = token_request("a.b.c", [SCOPE, "x"])
HEADERS = (("Content-Type", MEDIA_TYPE), *NO_STORE)
ANSWER: dict[str, Any] = json.loads(token_answer("t" * 20, [SCOPE]))


def test_an_assertion_says_who_asks_and_whom() -> None:
    found = read_assertion(CLAIMS)
    assert (found.iss, found.sub, found.aud, found.jti) == (
        "tool-1",
        "tool-1",
        ("https://lms.example.edu/token",),
        "j-1",
    )
    assert (found.deployment_id, found.problems) == ("dep-1", ())
    assert CLAIMS["exp"] - CLAIMS["iat"] == 60
    assert problems("assertion", CLAIMS) == ()
    assert read_assertion(assertion_claims("t", ["a", "b"], NOW, "j")).aud == ("a", "b")


@pytest.mark.parametrize("name", ["iss", "sub", "aud", "iat", "exp", "jti"])
def test_an_assertion_names_what_it_lacks(name: str) -> None:
    lacking = {key: value for key, value in CLAIMS.items() if key != name}
    assert read_assertion(lacking).problems == (f"no-{name}",)
    assert problems("assertion", lacking)


@pytest.mark.parametrize(
    ("change", "code"),
    [({"sub": "other"}, "iss-is-not-sub"), ({"exp": "1"}, "exp-not-number"), ({"aud": [1]}, "no-aud")],
)
def test_an_assertion_of_the_wrong_form_is_named(change: dict[str, Any], code: str) -> None:
    assert read_assertion(CLAIMS | change).problems == (code,)


def test_a_token_request_is_read_as_it_was_written() -> None:
    found = read_token_request(PAIRS)
    assert (found.grant_type, found.assertion_type, found.assertion) == (GRANT, ASSERTION_TYPE, "a.b.c")
    assert (found.scopes, found.faults) == ((SCOPE, "x"), ())
    assert problems("token_request", dict(PAIRS)) == ()


@pytest.mark.parametrize("name", [name for name, _ in PAIRS])
def test_a_token_request_names_what_it_lacks_or_repeats(name: str) -> None:
    lacking = tuple(pair for pair in PAIRS if pair[0] != name)
    (fault,) = read_token_request(lacking).faults
    assert (fault.parameter, fault.problem, fault.error) == (name, "missing", "invalid_request")
    (again,) = read_token_request((*PAIRS, (name, dict(PAIRS)[name]))).faults
    assert (again.parameter, again.problem, again.error) == (name, "repeated", "invalid_request")


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("grant_type", "authorization_code", "unsupported_grant_type"),
        ("client_assertion_type", "urn:x", "invalid_request"),
        ("scope", "  ", "invalid_scope"),
    ],
)
def test_a_token_request_with_another_value_has_its_oauth_error(name: str, value: str, error: str) -> None:
    pairs = tuple((key, value if key == name else old) for key, old in PAIRS)
    assert [fault.error for fault in read_token_request(pairs).faults] == [error]


def test_a_token_answer_is_read_as_it_was_written() -> None:
    found = read_token_answer(200, HEADERS, token_answer("t" * 20, [SCOPE], 3600))
    assert (found.ok, found.problems, found.scopes, found.expires_in) == (True, (), (SCOPE,), 3600)
    assert problems("token_answer", ANSWER) == ()


@pytest.mark.parametrize(
    ("change", "code", "ok"),
    [
        ({"access_token": None}, "no-access-token", False), ({"access_token": "short"}, "access-token-short", True),
        ({"access_token": "é" * 20}, "access-token-not-ascii", True), ({"token_type": "mac"}, "wrong-token-type", True),
        ({"token_type": None}, "no-token-type", True), ({"expires_in": "3600"}, "expires-in-not-number", True),
        ({"expires_in": None}, "no-expires-in", True), ({"scope": None}, "no-scope", True),
    ],
    ids=range(8),
)  # fmt: skip
def test_a_token_answer_is_used_when_there_is_a_token_whatever_else_is_wrong(
    change: dict[str, Any], code: str, ok: bool
) -> None:
    found = read_token_answer(200, HEADERS, json.dumps(ANSWER | change).encode())
    assert (found.problems, found.ok) == ((code,), ok)


def test_the_type_of_a_token_is_written_in_any_case() -> None:
    assert read_token_answer(200, dict(HEADERS), json.dumps(ANSWER | {"token_type": "BEARER"}).encode()).problems == ()


def test_an_answer_that_may_be_stored_or_is_no_json_by_its_type_is_named() -> None:
    assert read_token_answer(200, {}, json.dumps(ANSWER).encode()).problems == ("media-type", "stored")


def test_a_refusal_is_400_with_its_error() -> None:
    body = token_error("invalid_client", "KeyId not found in token")
    found = read_token_answer(400, HEADERS, body)
    assert (found.ok, found.error, found.problems) == (False, "invalid_client", ())
    assert found.error_description == "KeyId not found in token"
    assert read_token_answer(401, HEADERS, body).problems == ("wrong-status",)
    assert read_token_answer(400, HEADERS, b"{}").problems == ("no-error",)
    assert problems("token_error", json.loads(body)) == ()


@given(st.integers(100, 599), st.binary(max_size=100))
def test_no_answer_breaks_the_reader(status: int, body: bytes) -> None:
    assert not read_token_answer(status, (), body).ok


@given(st.lists(st.tuples(st.sampled_from([name for name, _ in PAIRS]), st.text(max_size=9)), max_size=6).map(tuple))
def test_no_parameters_break_the_reader(pairs: tuple[tuple[str, str], ...]) -> None:
    read_token_request(pairs)
