"""Dynamic registration at the mock platform: who may, what comes of it, and input that nobody sends in good faith."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.net.listener import Reply
from harness.wire.binding import decode_form
from harness.wire.lti_registration import PLATFORM_CONFIGURATION, TOOL_CONFIGURATION, registration_request
from harness.wire.pns import SCOPE
from mocks.platform import registering
from mocks.platform.acts import ActError, act
from mocks.platform.domain import HANDLERS, REGISTRATIONS, StoredHandler
from mocks.state.sqlite import SqliteStore
from tests.mocks.platform_office import JSON, Office, office

PROFILES = ("pns-spec", "brightspace", "canvas", "blackboard")
DOMAIN = "second.example.com"


@pytest.fixture(scope="module")
def spec() -> Office:
    return office()


@pytest.fixture
def lasting(tmp_path: Path) -> Iterator[Office]:
    store = SqliteStore(tmp_path / "platform.db")
    yield office(store=store)
    store.close()


def document(**more: Any) -> dict[str, Any]:
    base = f"https://{DOMAIN}"
    return registration_request(
        client_name="Second", initiate_login_uri=f"{base}/login", redirect_uris=[f"{base}/launch"],
        jwks_uri=f"{base}/keys", domain=DOMAIN, target_link_uri=f"{base}/launch", more=more,
    )  # fmt: skip


def invited(made: Office, approved: bool = True) -> str:
    """Invite a tool; return the token that its registration address is opened with."""
    opening = made.run(registering.invite(made.platform, "https://second.example.com/r?x=1", approved=approved))
    pairs = dict(decode_form(opening.partition("?")[2].encode()).pairs)
    assert pairs["x"] == "1"
    assert pairs["openid_configuration"] == made.platform.configuration_url
    return pairs["registration_token"]


def ask(made: Office, value: Any, token: str | None = None, query: str = "") -> Reply:
    shown = invited(made) if token is None else token
    bearer = (("Authorization", f"Bearer {shown}"),) if shown else ()
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return made.send("POST", f"/lti/register{query}", body, (*JSON, *bearer))


def registered(made: Office, approved: bool = True) -> Mapping[str, Any]:
    reply = ask(made, document(), invited(made, approved))
    assert reply.status == 200, reply
    return json.loads(reply.body)  # type: ignore[no-any-return]


@pytest.mark.parametrize("profile", PROFILES)
def test_the_configuration_lists_the_notice_types_of_the_profile(profile: str) -> None:
    made = office(profile)
    found = json.loads(made.send("GET", "/.well-known/openid-configuration").body)
    assert found[PLATFORM_CONFIGURATION]["notice_types_supported"] == list(made.platform.settings["notice-types"])
    assert SCOPE in found["scopes_supported"]
    assert found["authorization_server"] == made.platform.audiences()[0]


@pytest.mark.parametrize("profile", PROFILES)
def test_a_tool_registers_itself_once_per_token(profile: str) -> None:
    made = office(profile)
    token = invited(made)
    answer = json.loads(ask(made, document(), token).body)
    kept = made.registration(answer["client_id"])
    assert kept is not None
    assert (kept.domain, kept.scopes, kept.name) == (DOMAIN, (SCOPE,), "Second")
    assert answer["deployment_id"] == answer[TOOL_CONFIGURATION]["deployment_id"]
    assert made.deployment(answer["deployment_id"]) is not None
    again = ask(made, document(), token)
    assert (again.status, json.loads(again.body)["error"]) == (401, "token_already_used")


@pytest.mark.parametrize(
    ("profile", "approved", "enabled"),
    [("pns-spec", True, True), ("pns-spec", False, False), ("canvas", True, True), ("brightspace", True, False)],
)
def test_an_administrator_has_to_enable_what_nobody_has_approved(profile: str, approved: bool, enabled: bool) -> None:
    made = office(profile)
    found = made.registration(registered(made, approved)["client_id"])
    assert found is not None
    assert found.enabled is enabled
    made.run(act(made.platform, "activate", {"client_id": found.client_id}))
    active = made.registration(found.client_id)
    assert active is not None
    assert active.enabled


def test_a_token_may_come_in_the_query_as_canvas_has_it(spec: Office) -> None:
    assert ask(spec, document(), "", f"?registration_token={invited(spec)}").status == 200


def test_a_token_expires(spec: Office) -> None:
    token = invited(spec)
    spec.later(hours=1)
    reply = ask(spec, document(), token)
    assert reply.status == 401
    assert "expired" in json.loads(reply.body)["error_description"]


def test_the_status_of_a_success_is_a_setting() -> None:
    made = office(registration_status=201)
    assert ask(made, document()).status == 201


def test_of_one_domain_brightspace_enables_one_registration() -> None:
    made = office("brightspace")
    first, second = (registered(made)["client_id"] for _ in range(2))
    made.run(act(made.platform, "activate", {"client_id": first}))
    with pytest.raises(ActError, match=f"domain: the enabled registration {first}"):
        made.run(act(made.platform, "activate", {"client_id": second}))
    made.run(act(made.platform, "unregister", {"client_id": first}))
    made.run(act(made.platform, "activate", {"client_id": second}))


def test_where_all_are_enabled_at_once_a_second_of_one_domain_is_refused() -> None:
    made = office(domain_once=True, registration_active="always")
    registered(made, approved=False)
    reply = ask(made, document())
    assert (reply.status, json.loads(reply.body)["error"]) == (400, "invalid_client_metadata")


@pytest.mark.parametrize("profile", PROFILES)
def test_what_is_removed_is_gone_with_its_deployments_and_handlers_and_its_ids_never_come_back(profile: str) -> None:
    made = office(profile)
    answer = registered(made)

    async def subscribe() -> None:
        async with made.platform.store.transaction() as tx:
            table = f"{HANDLERS}/{answer['deployment_id']}"
            tx.put(table, "LtiContextCopyNotice", StoredHandler("LtiContextCopyNotice", "https://x.example/"))

    made.run(subscribe())
    made.run(act(made.platform, "unregister", {"client_id": answer["client_id"]}))
    assert made.registration(answer["client_id"]) is None
    assert made.deployment(answer["deployment_id"]) is None

    async def tables() -> list[str]:
        async with made.platform.store.transaction() as tx:
            return tx.tables(HANDLERS)

    assert made.run(tables()) == []
    fresh = registered(made)
    assert fresh["client_id"] != answer["client_id"]
    assert fresh["deployment_id"] != answer["deployment_id"]


def test_what_there_is_not_cannot_be_removed(spec: Office) -> None:
    with pytest.raises(ActError, match="client_id: no 'x'"):
        spec.run(act(spec.platform, "unregister", {"client_id": "x"}))


def test_what_was_registered_can_be_launched_by_its_client_id(spec: Office) -> None:
    answer = registered(spec)
    told = spec.run(act(spec.platform, "launch", {"client_id": answer["client_id"], "deployment": ""}))
    page = spec.send("GET", told["open"])
    assert answer["deployment_id"] in page.body.decode()
    with pytest.raises(ActError, match="client_id: 'x' has no deployment"):
        spec.run(act(spec.platform, "launch", {"client_id": "x"}))


@pytest.mark.parametrize("token", ["", "x", "\x00", "é", "x" * 9000, "Bearer"])
def test_no_token_and_wrong_ones_are_refused_by_401(spec: Office, token: str) -> None:
    reply = ask(spec, document(), token)
    assert (reply.status, reply.header("WWW-Authenticate")) == (401, "Bearer")


@pytest.mark.parametrize(
    "value",
    [
        b"", b"[]", b"null", b"\xff", b"{", b"[" * 5000, b"1", b'"x"', {}, document(redirect_uris="https://x.example"),
        document(redirect_uris=[]), document(redirect_uris=[5]), document(redirect_uris=["javascript:alert(1)"]),
        document(client_name=5), document(jwks_uri="/keys"), document(initiate_login_uri="https://x y"),
        document(response_types="id_token"), document(token_endpoint_auth_method=None), document(scope=[SCOPE]),
        document(application_type="native"), {**document(), TOOL_CONFIGURATION: None},
        {**document(), TOOL_CONFIGURATION: {"domain": ["x"], "target_link_uri": "https://x.example"}},
    ],
    ids=lambda value: ascii(value)[:40],
)  # fmt: skip
def test_wrong_metadata_are_refused_and_leave_the_token_as_it_was(spec: Office, value: Any) -> None:
    token = invited(spec)
    reply = ask(spec, value, token)
    assert reply.status == 400
    assert json.loads(reply.body)["error"] in ("invalid_client_metadata", "invalid_redirect_uri")
    assert ask(spec, document(), token).status == 200


@pytest.mark.parametrize("name", ["\x00", "\ud800", "名前", "x" * 5000])
def test_odd_names_are_kept_in_a_file_too(lasting: Office, name: str) -> None:
    reply = ask(lasting, document(client_name=name, scope=f"openid {SCOPE} {name}"))
    assert reply.status == 200
    assert json.loads(reply.body)["scope"] == SCOPE


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_other_methods_are_refused(spec: Office, method: str) -> None:
    assert spec.send(method, "/lti/register").status == 405


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(member=st.sampled_from(sorted(document())), value=st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3), max_leaves=6,
))  # fmt: skip
def test_any_member_may_be_anything(spec: Office, member: str, value: Any) -> None:
    assert ask(spec, {**document(), member: value}).status in (200, 400)


def test_a_registration_that_was_made_before_is_not_touched(spec: Office) -> None:
    before = spec.registration()
    registered(spec)

    async def named() -> list[Any]:
        async with spec.platform.store.transaction() as tx:
            return [one for one in tx.rows(REGISTRATIONS) if one.client_id == spec.client_id]

    assert spec.run(named()) == [before]
