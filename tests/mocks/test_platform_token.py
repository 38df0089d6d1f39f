"""The token endpoint of the mock platform: settings of its profiles, and input that nobody sends in good faith."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.net.listener import Reply
from harness.wire.binding import Pairs, encode_query
from harness.wire.jose_forge import compact, unsigned
from harness.wire.lti_token import token_request
from harness.wire.pns import SCOPE
from mocks.state.sqlite import SqliteStore
from tests.mocks.platform_office import KEY, Office, office

PROFILES = ("pns-spec", "brightspace", "canvas", "blackboard")


@pytest.fixture(scope="module")
def spec() -> Office:
    return office()


@pytest.fixture
def lasting(tmp_path: Path) -> Iterator[Office]:
    store = SqliteStore(tmp_path / "platform.db")
    yield office(store=store)
    store.close()


def error(reply: Reply) -> str:
    """Return the code of a refusal, which is JSON of status 400 that nobody may keep."""
    assert (reply.status, reply.header("Cache-Control")) == (400, "no-store"), reply
    return str(json.loads(reply.body)["error"])


@pytest.mark.parametrize("profile", PROFILES)
def test_a_right_assertion_is_given_a_token_under_every_profile(profile: str) -> None:
    made = office(profile)
    reply = made.token()
    answer = json.loads(reply.body)
    assert (reply.status, answer["token_type"], answer["scope"], answer["expires_in"]) == (200, "Bearer", SCOPE, 3600)
    assert ("token", {"client_id": made.client_id, "scope": SCOPE}) in made.told


def test_brightspace_wants_an_audience_that_is_not_the_token_url() -> None:
    made = office("brightspace")
    assert made.platform.audiences() != (made.platform.token_url,)
    assert error(made.token(aud=made.platform.token_url)) == "invalid_client"


def test_canvas_wants_a_user_agent() -> None:
    made = office("canvas")
    pairs = token_request(made.assertion(), (SCOPE,))
    body = (("Content-Type", "application/x-www-form-urlencoded"),)
    assert made.send("POST", made.platform.token_url, encode_query(pairs).encode(), body).status == 403
    assert made.form(pairs).status == 200


def test_a_used_assertion_may_come_back_when_it_has_expired_and_is_refused_for_that(spec: Office) -> None:
    jws = spec.assertion()
    assert spec.form(token_request(jws, (SCOPE,))).status == 200
    again = spec.form(token_request(jws, (SCOPE,)))
    assert "used before" in json.loads(again.body)["error_description"]
    spec.later(minutes=5)
    assert "expired" in json.loads(spec.form(token_request(jws, (SCOPE,))).body)["error_description"]


def test_an_id_is_each_clients_own(spec: Office) -> None:
    assert spec.token(jti="shared").status == 200
    assert spec.token(jti="shared").status == 400


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ({"exp": 10**400}, None),
        ({"exp": 1e308}, None),
        ({"exp": "9999999999"}, "exp"),
        ({"exp": True}, "exp"),
        ({"exp": [1]}, "exp"),
        ({"iat": {}}, "iat"),
        ({"iat": 99999999999}, "iat"),
        ({"aud": {}}, "aud"),
        ({"aud": [{}, [], None]}, "aud"),
        ({"aud": ""}, "aud"),
        ({"jti": ""}, "jti"),
        ({"jti": 5}, "jti"),
        ({"jti": "x" * 1001}, "jti"),
        ({"jti": "\ud800"}, None),
        ({"jti": "\x00"}, None),
        ({"iss": ["client-1"]}, "iss"),
        ({"sub": ["client-1"]}, "not known"),
        ({"sub": "\x00"}, "not known"),
        ({"sub": "\ud800"}, "not known"),
        ({"sub": "c" * 5000}, "not known"),
    ],
    ids=lambda value: ascii(value)[:40],
)
def test_odd_claims_are_refused_by_name_or_harmless(spec: Office, claims: dict[str, Any], said: str | None) -> None:
    reply = spec.token(**claims)
    if said is None:
        assert reply.status == 200
    else:
        assert error(reply) == "invalid_client"
        assert said in json.loads(reply.body)["error_description"]


@pytest.mark.parametrize("value", ["\x00", "\ud800", "é", "x" * 900])
def test_odd_ids_are_kept_in_a_file_too(lasting: Office, value: str) -> None:
    assert lasting.token(jti=value).status == 200
    assert lasting.token(jti=value).status == 400
    assert lasting.token(sub=value).status == 400


@pytest.mark.parametrize(
    "assertion",
    [
        "", ".", "..", "a.b.c", "eyJ9.eyJ9.", "{}", "\x00", "é", "x" * 70_000, ".".join("abcde"),
        compact(b"[]", b"{}"), compact(b"{", b"{}"), compact({"alg": "RS256"}, b"[]"), compact({"alg": 5}, b"{}"),
        compact({"alg": "RS256", "kid": ["k"]}, b'{"sub": "client-1"}'), unsigned(None, b'{"sub": "client-1"}'),
        compact({"alg": "RS256", "kid": KEY.kid, "crit": ["exp"]}, b'{"sub": "client-1"}'),
        compact({"alg": "RS256"}, b"[" * 5000),
    ],
    ids=lambda value: ascii(value)[:30],
)  # fmt: skip
def test_what_is_no_signed_assertion_is_refused(spec: Office, assertion: str) -> None:
    assert error(spec.form(token_request(assertion, (SCOPE,)))) in ("invalid_client", "invalid_request")


@pytest.mark.parametrize("name", ["grant_type", "client_assertion_type", "client_assertion", "scope"])
@pytest.mark.parametrize("how", ["left out", "empty", "twice"])
def test_a_parameter_that_is_missing_or_repeated_is_an_invalid_request(spec: Office, name: str, how: str) -> None:
    pairs = token_request(spec.assertion(), (SCOPE,))
    value = dict(pairs)[name]
    given: Pairs = {"left out": (), "empty": ((name, ""),), "twice": ((name, value), (name, value))}[how]
    assert error(spec.form((*(pair for pair in pairs if pair[0] != name), *given))) == "invalid_request"


@pytest.mark.parametrize("scope", ["   ", "\x00", "openid", SCOPE + "x", "é", "x" * 9000])
def test_scopes_that_are_not_granted_are_invalid(spec: Office, scope: str) -> None:
    assert error(spec.token(scope=scope)) == "invalid_scope"


def test_a_known_scope_beside_an_unknown_one_is_granted_alone(spec: Office) -> None:
    assert json.loads(spec.token(scope=f"openid {SCOPE} {SCOPE}").body)["scope"] == SCOPE


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD"])
def test_other_methods_are_an_invalid_request(spec: Office, method: str) -> None:
    assert error(spec.send(method, spec.platform.token_url)) == "invalid_request"


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=400), kind=st.sampled_from(["application/x-www-form-urlencoded", "", "text/plain", "ü"]))
def test_any_octets_are_refused_in_form(spec: Office, body: bytes, kind: str) -> None:
    assert error(spec.send("POST", spec.platform.token_url, body, (("Content-Type", kind),)))
