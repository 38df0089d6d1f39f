"""The registration and deployment API of the mock platform, and registrations as people write them in a file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.wire.pns import CONTEXT_COPY, HELLO_WORLD, SCOPE
from harness.wire.pns_assets import ASSET_SCOPE
from mocks.platform.admin import resource_in
from mocks.platform.admin_forms import EXTENSIONS, ORGANIZATION
from mocks.platform.admitting import AdmittingError, registration_of
from mocks.state.sqlite import SqliteStore
from tests.mocks.platform_office import JSON, TOOL, Office, office

PROFILES = ("pns-spec", "brightspace", "canvas", "blackboard")
PNS = EXTENSIONS["PlatformNotificationService"]
BASE = "https://second.example.com"
NEW: Mapping[str, Any] = {
    "Name": "Second", "OpenIDConnectLoginUrl": f"{BASE}/login", "KeysetUrl": f"{BASE}/keys",
    "RedirectUrls": [f"{BASE}/launch"], "EnabledExtensions": [PNS],
}  # fmt: skip


@pytest.fixture
def made() -> Office:
    return office("brightspace")


@pytest.fixture
def lasting(tmp_path: Path) -> Iterator[Office]:
    store = SqliteStore(tmp_path / "platform.db")
    yield office("brightspace", store=store)
    store.close()


def registered(at: Office, **more: Any) -> dict[str, Any]:
    return at.done("POST", "registration/", {**NEW, **more})  # type: ignore[no-any-return]


def offers(at: Office, client_id: str, deployment_id: str) -> list[str]:
    """Return the notice types that a launch of a deployment would offer."""
    registration, deployment = at.registration(client_id), at.deployment(deployment_id)
    assert registration is not None
    assert deployment is not None
    claim = at.platform.behaviour(client_id, "launch").claim(registration, deployment, "https://x.example/")
    return list(claim["notice_types_supported"]) if claim else []


def test_it_stands_where_brightspace_has_it_in_any_version(made: Office) -> None:
    assert made.platform.admin_url == "http://127.0.0.1:1/d2l/api/le/1.0/ltiadvantage/"
    for version in ("1.0", "1.75", "unstable"):
        assert resource_in(made.platform.settings, f"/d2l/api/le/{version}/ltiadvantage/deployment/x/sharing/") == (
            "deployment", "x", "sharing",
        )  # fmt: skip
    for path in ("/d2l/api/le/x/ltiadvantage/deployment/", "/d2l/api/le/1.0/other/", "/d2l/api/le/1.0/", "/admin/x"):
        assert resource_in(made.platform.settings, path) is None


def test_elsewhere_it_stands_under_admin() -> None:
    settings = office().platform.settings
    assert resource_in(settings, "/admin/registration/a%2Fb") == ("registration", "a/b")
    assert resource_in(settings, "/administration/") is None
    assert resource_in(settings, "/admin") is None


@pytest.mark.parametrize("profile", PROFILES)
def test_a_tool_is_registered_and_told_what_it_has_to_know(profile: str) -> None:
    at = office(profile)
    answer = registered(at)
    platform = at.platform
    assert answer["BrightspaceIssuer"] == platform.issuer
    assert answer["BrightspaceKeysetUrl"] == platform.keys_url
    assert answer["BrightspaceOAuth2AccessTokenUrl"] == platform.token_url
    assert answer["BrightspaceOIDCAuthenticationEndpoint"] == platform.auth_url
    assert answer["BrightspaceOAuth2Audience"] == platform.audiences()[0]
    assert {name: answer[name] for name in NEW} == dict(NEW)
    kept = at.registration(answer["ClientId"])
    assert kept is not None
    assert (kept.domain, kept.enabled, kept.pns, kept.scopes) == ("second.example.com", True, True, (SCOPE,))
    assert at.done("GET", f"registration/{answer['ClientId']}") == answer
    assert answer in at.done("GET", "registration/?isEnabled=true")
    assert answer not in at.done("GET", "registration/?isEnabled=false")


@pytest.mark.parametrize("profile", PROFILES)
def test_all_three_switches_have_to_be_on_before_a_launch_offers_the_service(profile: str) -> None:
    at = office(profile)
    name = at.platform.settings["notice-types"][0]
    client = registered(at, EnabledExtensions=[])["ClientId"]
    deployment = at.done("POST", "deployment/", {"ClientId": client, "Name": "Everywhere"})["DeploymentId"]
    assert offers(at, client, deployment) == []
    at.done("PUT", f"registration/{client}", {"EnabledExtensions": ["PlatformNotificationService"]})
    at.done("PUT", f"deployment/{deployment}", {"EnabledExtensions": [PNS], "EnabledNoticeTypes": [name]})
    assert name in offers(at, client, deployment)
    if at.platform.settings["switches"] == ["registration"]:
        return
    ways: tuple[Any, ...] = ({"EnabledExtensions": []}, {"EnabledExtensions": [PNS], "EnabledNoticeTypes": []})
    for off in ways:
        at.done("PUT", f"deployment/{deployment}", off)
        assert offers(at, client, deployment) == []


def test_a_put_changes_what_it_names_and_leaves_all_else(made: Office) -> None:
    answer = registered(made, CustomParameters={"a": "$Context.id"}, TargetLinkUri=f"{BASE}/target")
    client = answer["ClientId"]
    changed = made.done("PUT", f"registration/{client}", {"Name": "Third", "IsEnabled": False})
    assert changed == {**answer, "Name": "Third", "IsEnabled": False}
    deployment = made.done("POST", "deployment/", {"ClientId": client, "EnabledNoticeTypes": [CONTEXT_COPY]})
    assert deployment["IsAvailable"]
    path = f"deployment/{deployment['DeploymentId']}"
    after = made.done("PUT", path, {"SendOrgUnitInformation": False, "SendUserEmail": False})
    assert after == {
        **deployment, "SendOrgUnitInformation": False, "SendUserEmail": False, "SendUserFirstName": False,
    }  # fmt: skip
    assert made.done("GET", path) == after
    assert made.done("GET", f"deployment/?clientId={client}&isEnabled=true&isAvailable=true") == [after]
    assert made.done("GET", "deployment/?clientId=x") == []


def test_a_pasted_key_set_stands_until_the_address_of_one_is_given(made: Office) -> None:
    made.done("PUT", f"registration/{made.client_id}", {"Name": "Named"})
    assert made.token().status == 200
    made.done("PUT", f"registration/{made.client_id}", {"KeysetUrl": "http://127.0.0.1:1/keys"})
    kept = made.registration()
    assert kept is not None
    assert kept.jwks is None


def test_a_new_address_of_a_key_set_is_looked_at_from_now_on(made: Office) -> None:
    client = registered(made, KeysetUrl="http://127.0.0.1:1/keys")["ClientId"]
    kept = made.registration(client)
    assert kept is not None

    async def fetch() -> None:
        await made.platform.tool_keys(kept)
        await made.platform.client.close()

    made.run(fetch())
    assert client in made.platform._key_sets
    made.done("PUT", f"registration/{client}", {"KeysetUrl": "http://127.0.0.1:1/other"})
    assert client not in made.platform._key_sets


def test_extensions_bring_their_scopes_and_those_not_served_are_not_shown(made: Office) -> None:
    answer = registered(made, EnabledExtensions=[1, 2, 3, PNS, 7])
    assert answer["EnabledExtensions"] == [3, PNS, 7]
    kept = made.registration(answer["ClientId"])
    assert kept is not None
    assert {SCOPE, ASSET_SCOPE} < set(kept.scopes)
    changed = made.done("PUT", f"registration/{answer['ClientId']}", {"EnabledExtensions": [3]})
    assert changed["EnabledExtensions"] == [3]


def test_what_is_deleted_is_gone(made: Office) -> None:
    client = registered(made)["ClientId"]
    one, two = (made.done("POST", "deployment/", {"ClientId": client})["DeploymentId"] for _ in range(2))
    assert made.done("DELETE", f"deployment/{one}") == {}
    assert made.admin("GET", f"deployment/{one}").status == 404
    assert made.done("DELETE", f"registration/{client}") == {}
    assert made.admin("GET", f"registration/{client}").status == 404
    assert made.admin("GET", f"deployment/{two}").status == 404
    assert ("unregistered", {"client_id": client}) in made.told
    assert registered(made)["ClientId"] != client


def test_sharing_rules_are_listed_added_and_taken_away(made: Office) -> None:
    path, (first, second, *_) = f"deployment/{made.deployment_id}", made.courses
    assert [one["OrgUnitId"] for one in made.done("GET", f"{path}/sharing/")] == [ORGANIZATION]
    assert made.done("DELETE", f"{path}/sharing/") == []
    assert not made.done("GET", path)["IsAvailable"]
    made.done("POST", f"{path}/sharing/", {"OrgUnitId": int(first)})
    made.done("PUT", f"{path}/sharing/{second}")
    shared = made.done("PUT", f"{path}/sharing/{second}")
    assert [one["SharingOrgUnitId"] for one in shared] == [first, second]
    assert [one["OrgUnitId"] for one in made.done("DELETE", f"{path}/sharing/{first}")] == [second]
    kept = made.deployment()
    assert kept is not None
    assert (kept.covers(first), kept.covers(second)) == (False, True)
    assert made.admin("DELETE", f"{path}/sharing/{first}").status == 404
    assert made.admin("DELETE", f"{path}/sharing/{ORGANIZATION}").status == 404
    made.done("PUT", f"{path}/sharing/{ORGANIZATION}")
    assert made.done("DELETE", f"{path}/sharing/{ORGANIZATION}") == []


def test_of_one_domain_brightspace_enables_one_registration(made: Office) -> None:
    registered(made)
    reply = made.admin("POST", "registration/", NEW)
    assert reply.status == 400
    assert "domain" in json.loads(reply.body)["error_description"]
    second = registered(made, IsEnabled=False)["ClientId"]
    assert made.admin("PUT", f"registration/{second}", {"IsEnabled": True}).status == 400
    other = office()
    assert registered(other)["ClientId"] != registered(other)["ClientId"]


# --- who may ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("token", ["x", "", "é", "\x00", " ", "x" * 9000])
def test_nobody_is_let_in_without_the_token(made: Office, token: str) -> None:
    reply = made.admin("GET", "registration/", token=token or " ")
    assert (reply.status, reply.header("WWW-Authenticate")) == (401, "Bearer")
    assert made.admin("DELETE", f"registration/{made.client_id}", token=token or " ").status == 401
    assert made.registration() is not None


def test_every_platform_has_a_token_of_its_own_and_does_not_show_it() -> None:
    one, two = office().platform, office().platform
    assert one.admin_token != two.admin_token
    assert one.admin_token not in repr(one)


@pytest.mark.parametrize("host", ["lms.example.edu", "127.0.0.1.example.edu", "10.0.0.1", "", "a, b"])
def test_it_is_called_by_a_loopback_name_alone(made: Office, host: str) -> None:
    assert made.admin("GET", "registration/", host=host or "?").status == 403
    assert made.admin("GET", "registration/", host="localhost:8443").status == 200


def test_a_web_page_cannot_drive_it(made: Office) -> None:
    origin = (*JSON, ("Origin", "https://evil.example"))
    assert made.admin("POST", "registration/", NEW, headers=origin).status == 403
    plain = (("Content-Type", "text/plain"),)
    assert made.admin("POST", "registration/", NEW, headers=plain).status == 415


# --- what is wrong ----------------------------------------------------------------------------------------------------


def said(at: Office, method: str, path: str, value: Any) -> str:
    reply = at.admin(method, path, value)
    assert reply.status == 400, reply
    return str(json.loads(reply.body)["error_description"])


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"OpenIDConnectLoginUrl": None}, "OpenIDConnectLoginUrl is missing"),
        ({"OpenIDConnectLoginUrl": 5}, "OpenIDConnectLoginUrl: expected an absolute URL, got 5"),
        ({"OpenIDConnectLoginUrl": "/login"}, "OpenIDConnectLoginUrl: expected an absolute URL"),
        ({"RedirectUrls": "https://x.example"}, "RedirectUrls: expected an array"),
        ({"RedirectUrls": []}, "RedirectUrls is missing"),
        ({"RedirectUrls": [{}]}, "RedirectUrls: expected an array"),
        ({"KeysetUrl": ""}, "KeysetUrl is missing"),
        ({"KeysetUrl": ["x"]}, "KeysetUrl: expected"),
        ({"Name": 5}, "Name: expected some text"),
        ({"Domain": []}, "Domain: expected some text"),
        ({"IsEnabled": "yes"}, "IsEnabled: expected true or false"),
        ({"CustomParameters": {"a": 5}}, "CustomParameters: expected an object of texts"),
        ({"CustomParameters": []}, "CustomParameters: expected an object of texts"),
        ({"EnabledExtensions": 6}, "EnabledExtensions: expected an array"),
        ({"EnabledExtensions": [8]}, "EnabledExtensions: expected numbers from 1 to 7, got 8"),
        ({"EnabledExtensions": [True]}, "EnabledExtensions: expected numbers"),
        ({"EnabledExtensions": ["Pns"]}, "EnabledExtensions: expected numbers"),
        ({"EnabledExtensions": [{}]}, "EnabledExtensions: expected numbers"),
        ({"EnabledExtensions": [10**400]}, "EnabledExtensions: expected numbers"),
        ({"client_id": "x"}, "client_id: there is no such member"),
        ({"ClientId": "x"}, "ClientId: there is no such member"),
        ({"x" * 5000: 1}, "there is no such member"),
    ],
    ids=lambda value: ascii(value)[:50],
)
def test_a_wrong_member_of_a_registration_is_named(made: Office, changes: dict[str, Any], named: str) -> None:
    assert named in said(made, "POST", "registration/", {**NEW, **changes})
    assert made.done("GET", "registration/?isEnabled=1")[1:] == []


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"ClientId": None}, "ClientId: expected the id of a registration"),
        ({"ClientId": "x"}, "ClientId: expected the id of a registration"),
        ({"ClientId": {}}, "ClientId: expected the id of a registration"),
        ({"IsEnabled": 1}, "IsEnabled: expected true or false"),
        ({"SendD2LUserId": "true"}, "SendD2LUserId: expected true or false"),
        ({"SendUserEmail": None}, "SendUserEmail: expected true or false"),
        ({"Name": []}, "Name: expected some text"),
        ({"CustomParameters": {"a": None}}, "CustomParameters: expected"),
        ({"EnabledNoticeTypes": CONTEXT_COPY}, "EnabledNoticeTypes: expected an array"),
        ({"EnabledNoticeTypes": [CONTEXT_COPY, "LtiNew"]}, "EnabledNoticeTypes: expected an array"),
        ({"EnabledNoticeTypes": [[]]}, "EnabledNoticeTypes: expected an array"),
        ({"IsAvailable": True}, "IsAvailable: there is no such member"),
    ],
    ids=lambda value: ascii(value)[:50],
)
def test_a_wrong_member_of_a_deployment_is_named(made: Office, changes: dict[str, Any], named: str) -> None:
    assert named in said(made, "POST", "deployment/", {"ClientId": made.client_id, **changes})
    assert len(made.done("GET", "deployment/")) == 1


def test_a_deployment_stays_with_its_registration(made: Office) -> None:
    other = registered(made)["ClientId"]
    assert "never changes" in said(made, "PUT", f"deployment/{made.deployment_id}", {"ClientId": other})
    made.done("PUT", f"deployment/{made.deployment_id}", {"ClientId": made.client_id})


@pytest.mark.parametrize("unit", [None, True, 5, "x", [], {}, "\x00", "\ud800"], ids=ascii)
def test_only_courses_that_there_are_can_be_shared_to(made: Office, unit: Any) -> None:
    assert "OrgUnitId" in said(made, "POST", f"deployment/{made.deployment_id}/sharing/", {"OrgUnitId": unit})


@pytest.mark.parametrize("path", ["registration/?isEnabled=maybe", "deployment/?isAvailable=", "deployment/?isEnabled"])
def test_a_filter_that_is_no_truth_is_refused(made: Office, path: str) -> None:
    assert "expected true or false" in said(made, "GET", path, None)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "", 404), ("GET", "links/organization/", 404), ("GET", "registration/x/y", 404),
        ("GET", "registration//", 404), ("GET", "deployment/%00", 404), ("GET", "deployment/%ff", 404),
        ("GET", "deployment/x/sharing/", 404), ("PUT", "deployment/x/sharing/y", 404), ("GET", "/" * 200, 404),
        ("PATCH", "registration/", 405), ("PUT", "registration/", 405), ("HEAD", "registration/", 405),
        ("GET", "deployment/x/sharing/y", 405), ("POST", "deployment/x", 405),
    ],
)  # fmt: skip
def test_what_there_is_not_is_not_found_and_what_cannot_be_done_is_not_allowed(
    lasting: Office, method: str, path: str, status: int
) -> None:
    reply = lasting.admin(method, path)
    assert reply.status == status
    assert (reply.header("Allow") is not None) is (status == 405)


@pytest.mark.parametrize("raw", [b"", b"[]", b"null", b"{", b"\xff", b"[" * 5000, b'{"Name": NaN}', b" " * (1 << 21)])
def test_a_body_that_is_no_object_is_refused(made: Office, raw: bytes) -> None:
    for path in ("registration/", "deployment/", f"deployment/{made.deployment_id}/sharing/"):
        assert made.admin("POST", path, raw=raw).status == 400


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    member=st.sampled_from([*NEW, "Domain", "TargetLinkUri", "IsEnabled", "CustomParameters"]),
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.just("\ud800"),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
        max_leaves=6,
    ),
)
def test_any_member_may_be_anything(lasting: Office, member: str, value: Any) -> None:
    reply = lasting.admin("POST", "registration/", {**NEW, "IsEnabled": False, member: value})
    assert reply.status in (200, 400)
    if reply.status == 200:
        lasting.done("DELETE", f"registration/{json.loads(reply.body)['ClientId']}")


# --- from a file ------------------------------------------------------------------------------------------------------


def test_a_registration_from_a_file_needs_little() -> None:
    values = {
        "login_url": f"{BASE}/login", "redirect_urls": [f"{BASE}/a", f"{BASE}/b"], "jwks_url": f"{BASE}/k",
        "target_link_uri": "",
    }  # fmt: skip
    made = registration_of(values, "client-9")
    assert (made.client_id, made.domain, made.target_link_uri) == ("client-9", "second.example.com", f"{BASE}/a")
    assert (made.scopes, made.enabled, made.pns, made.name) == ((SCOPE,), True, True, "A tool")


def test_a_registration_from_a_file_may_tell_everything() -> None:
    values: dict[str, Any] = {
        **TOOL, "client_id": "own", "scopes": [], "enabled": False, "pns": False, "custom": {"a": "b"},
        "icon": f"{BASE}/i.png", "secondary_domains": ["third.example.com"], "domain": "x.example",
    }  # fmt: skip
    made = registration_of(values, "client-9")
    assert (made.client_id, made.scopes, made.enabled, made.pns) == ("own", (), False, False)
    assert made.domains == ("x.example", "third.example.com")


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"login_url": ""}, "login_url is missing"),
        ({"redirect_urls": None}, "redirect_urls is missing"),
        ({"redirect_urls": "https://x.example"}, "redirect_urls: expected an array of absolute URLs"),
        ({"redirect_urls": ["https://x.example", 5]}, "redirect_urls: expected an array of absolute URLs"),
        ({"login_url": "x"}, "login_url: expected an absolute URL, got 'x'"),
        ({"login_url": {"a": 1}}, "login_url: expected an absolute URL"),
        ({"target_link_uri": "/x"}, "target_link_uri: expected an absolute URL"),
        ({"jwks": None}, "jwks_url is missing"),
        ({"jwks": None, "jwks_url": "keys"}, "jwks_url: expected an absolute URL"),
        ({"jwks": [1], "jwks_url": "https://x.example"}, "jwks: expected a key set"),
        ({"name": 5}, "name: expected some text"),
        ({"client_id": 5}, "client_id: expected some text"),
        ({"domain": ["x"]}, "domain: expected some text"),
        ({"scopes": "all"}, "scopes: expected an array of texts"),
        ({"secondary_domains": [1]}, "secondary_domains: expected an array of texts"),
        ({"custom": {"a": 1}}, "custom: expected an object of texts"),
        ({"enabled": "yes"}, "enabled: expected true or false, got 'yes'"),
        ({"loginurl": "x"}, "loginurl: there is no such field; expected one of"),
    ],
    ids=lambda value: ascii(value)[:50],
)
def test_a_wrong_field_of_a_file_is_named(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(AdmittingError) as problem:
        registration_of({**TOOL, **changes}, "client-9")
    assert named in str(problem.value)
    assert len(str(problem.value)) < 600


def test_notices_stop_at_once_when_a_switch_is_thrown_by_the_api(made: Office) -> None:
    path = f"deployment/{made.deployment_id}"
    assert HELLO_WORLD in offers(made, made.client_id, made.deployment_id)
    made.done("PUT", path, {"EnabledNoticeTypes": [CONTEXT_COPY]})
    assert offers(made, made.client_id, made.deployment_id) == [CONTEXT_COPY]
    made.done("PUT", path, {"EnabledExtensions": []})
    assert offers(made, made.client_id, made.deployment_id) == []
    made.done("PUT", path, {"EnabledExtensions": [PNS]})
    made.done("PUT", f"registration/{made.client_id}", {"EnabledExtensions": []})
    assert offers(made, made.client_id, made.deployment_id) == []
