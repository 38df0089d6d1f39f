"""The mock tool logs in, verifies launches, and looks after its handlers without troubling the user."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from fixtures.keys import signing_key
from harness.net.listener import Reply
from harness.net.loop import Loop
from harness.net.tls import TlsMaterial
from harness.wire.binding import FORM, encode_query
from harness.wire.jose_forge import unsigned
from harness.wire.lti import (
    CONTEXT,
    DEPLOYMENT_ID,
    MESSAGE_TYPE,
    RESOURCE_LINK_CLAIM,
    ROLES,
    TARGET_LINK_URI,
    VERSION_CLAIM,
    C,
)
from harness.wire.pns import CLAIM, CONTEXT_COPY, HELLO_WORLD, SCOPE, pns_claim
from harness.wire.pns_handlers import Handler
from tests.mocks.tool_world import CLIENT, NOW, World, world

STAMP = int(NOW.timestamp())


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_login_goes_to_the_authorization_endpoint_with_all_that_came(loop: Loop, method: str) -> None:
    async def scene() -> None:
        async with world() as tool:
            asked, cookie = await tool.login(method=method)
            again, other = await tool.login(method=method)
            fixed = {name: value for name, value in asked.items() if name not in ("nonce", "state")}
            assert fixed == {
                "tenant": "1", "scope": "openid", "response_type": "id_token", "response_mode": "form_post",
                "prompt": "none", "client_id": CLIENT, "redirect_uri": tool.at["redirect_urls"][0],
                "login_hint": "hint-7", "lti_message_hint": "message hint/1",
            }  # fmt: skip
            assert asked["nonce"] != again["nonce"]
            assert asked["state"] != again["state"]
            assert cookie.partition("=")[0] != other.partition("=")[0]
            assert asked["state"] not in cookie

    loop.run(scene())


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"iss": "https://other.example"}, 403), ({"client_id": "client-9"}, 403), ({"iss": None}, 400),
        ({"login_hint": None}, 400), ({"iss": "https://lms.example.edu/"}, 403),
    ],
    ids=["unknown issuer", "unknown client", "no issuer", "no hint", "a slash more"],
)  # fmt: skip
def test_a_login_is_refused_for(loop: Loop, changes: Mapping[str, str | None], status: int) -> None:
    async def scene() -> None:
        async with world() as tool:
            received = await tool.get(f"{tool.at['login_url']}?{encode_query(tool.initiation(changes))}")
            assert (received.status, received.header("Location")) == (status, None)

    loop.run(scene())


def test_a_registration_is_chosen_by_client_or_deployment(loop: Loop) -> None:
    async def scene() -> None:
        async with world() as tool:
            await tool.mock.configure(tool.platform.facts("client-2", ["dep-7"]))
            for changes, client in (
                ({"client_id": "client-2"}, "client-2"),
                ({"client_id": None, "lti_deployment_id": "dep-7"}, "client-2"),
                ({"client_id": None, "lti_deployment_id": "dep-2"}, CLIENT),
            ):
                asked, _ = await tool.login(changes)
                assert asked["client_id"] == client
            untold = tool.initiation({"client_id": None, "lti_deployment_id": None})
            assert (await tool.get(f"{tool.at['login_url']}?{encode_query(untold)}")).status == 403

    loop.run(scene())


GOOD: dict[str, Mapping[str, Any]] = {
    "everything": {},
    "no role": {ROLES: []},
    "a role that nobody knows": {ROLES: ["http://example.org/roles#Wizard"]},
    "a short role": {ROLES: ["Instructor"]},
    "no names": {"name": None},
    "an e-mail address alone": {"name": None, "email": "ada@example.edu"},
    "no context": {CONTEXT: None},
    "another deployment": {DEPLOYMENT_ID: "dep-2"},
    "an array of one audience": {"aud": [CLIENT]},
    "a claim that nobody knows": {"https://vendor.example": {"x": 1}},
    "a claim of notices that is none": {CLAIM: "https://lms.example.edu"},
    "no claim of notices": {CLAIM: None},
}


@pytest.mark.parametrize("name", GOOD)
def test_a_launch_is_accepted_with(loop: Loop, name: str) -> None:
    async def scene() -> None:
        async with world() as tool:
            received = await tool.launch(GOOD[name])
            assert received.status == 200, received.body
            (launch,) = json.loads((await tool.get(tool.at["launches"])).body)
            assert launch["sub"] == "user-7"
            assert b"user-7" in received.body

    loop.run(scene())


def test_the_page_names_user_and_course_and_is_escaped(loop: Loop) -> None:
    async def scene() -> None:
        async with world() as tool:
            received = await tool.launch({"name": "<script>alert(1)</script>"})
            assert b"Biology &lt;101&gt;" in received.body
            assert b"<script>" not in received.body
            assert "script-src 'none'" in (received.header("Content-Security-Policy") or "")

    loop.run(scene())


def test_the_signed_target_counts(loop: Loop) -> None:
    async def scene() -> None:
        async with world() as tool:
            base = tool.at["base"]
            received = await tool.launch(
                {TARGET_LINK_URI: f"{base}/signed"}, initiation={"target_link_uri": f"{base}/told"}
            )
            assert received.status == 200
            assert b"/signed" in received.body
            assert b"/told" not in received.body

    loop.run(scene())


BAD: dict[str, tuple[Mapping[str, Any], Mapping[str, Any]]] = {
    "no key named": ({}, {"kid": None}),
    "a key that is not published": ({}, {"kid": "platform-9"}),
    "an algorithm that is not approved": ({}, {"alg": "HS256"}),
    "another version": ({VERSION_CLAIM: "11.3"}, {}),
    "no version": ({VERSION_CLAIM: None}, {}),
    "no message type": ({MESSAGE_TYPE: None}, {}),
    "another message type": ({MESSAGE_TYPE: "LtiOther"}, {}),
    "no roles": ({ROLES: None}, {}),
    "no deployment": ({DEPLOYMENT_ID: None}, {}),
    "a deployment that is not known": ({DEPLOYMENT_ID: "dep-9"}, {}),
    "no link": ({RESOURCE_LINK_CLAIM: None}, {}),
    "a link without id": ({RESOURCE_LINK_CLAIM: {"title": "Quiz"}}, {}),
    "no user": ({"sub": None}, {}),
    "no target": ({TARGET_LINK_URI: None}, {}),
    "another issuer": ({"iss": "https://other.example"}, {}),
    "another audience": ({"aud": "client-9"}, {}),
    "another authorized party": ({"azp": "client-9"}, {}),
    "an end in the past": ({"exp": STAMP - 600}, {}),
    "a beginning in the future": ({"iat": STAMP + 3600}, {}),
    "another nonce": ({"nonce": "other"}, {}),
    "no nonce": ({"nonce": None}, {}),
    "claims of odd types": ({"aud": {}, "exp": [], ROLES: "x", CONTEXT: 7, C + "custom": []}, {}),
}


@pytest.mark.parametrize("name", BAD)
def test_a_launch_is_refused_for(loop: Loop, name: str) -> None:
    changes, header = BAD[name]

    async def scene() -> None:
        async with world() as tool:
            assert (await tool.launch(changes, header=header)).status == 401
            assert (await tool.launch()).status == 200
            assert len(json.loads((await tool.get(tool.at["launches"])).body)) == 1
            assert len(tool.platform.handlers) == 1

    loop.run(scene())


def test_a_launch_needs_signature_state_and_the_browser_that_began(loop: Loop) -> None:
    async def scene() -> None:
        async with world() as tool:
            assert (await tool.launch(key=signing_key("attacker").with_kid("platform-1"))).status == 401
            assert (await tool.launch(cookie="")).status == 401
            assert (await tool.launch(cookie='lti="; ;;={"a":1}')).status == 401
            assert (await tool.launch(state="other")).status == 400
            _, foreign = await tool.login()
            assert (await tool.launch(cookie=foreign)).status == 401
            asked, cookie = await tool.login()
            payload = json.dumps(tool.claims(asked["nonce"])).encode()
            forged = unsigned({"kid": "platform-1"}, payload)
            assert (await tool.answer_login((("id_token", forged), ("state", asked["state"])), cookie)).status == 401
            assert json.loads((await tool.get(tool.at["launches"])).body) == []

    loop.run(scene())


def test_an_answer_comes_once_and_in_time(loop: Loop) -> None:
    async def scene() -> None:
        async with world() as tool:
            asked, cookie = await tool.login()
            pairs = (("id_token", tool.sign(tool.claims(asked["nonce"]))), ("state", asked["state"]))
            assert (await tool.answer_login(pairs, cookie)).status == 200
            assert (await tool.answer_login(pairs, cookie)).status == 400
            asked, cookie = await tool.login()
            tool.clock.advance(timedelta(minutes=11))
            pairs = (("id_token", tool.sign(tool.claims(asked["nonce"]))), ("state", asked["state"]))
            assert (await tool.answer_login(pairs, cookie)).status == 400

    loop.run(scene())


def test_an_error_of_the_platform_is_shown(loop: Loop) -> None:
    async def scene() -> None:
        async with world() as tool:
            asked, cookie = await tool.login()
            pairs = (("error", "login_required"), ("error_description", "<b>"), ("state", asked["state"]))
            received = await tool.answer_login(pairs, cookie)
            assert received.status == 400
            assert b"login_required &lt;b&gt;" in received.body

    loop.run(scene())


@pytest.mark.parametrize("body", [b"", b"id_token=a.b.c", b"state=%ff&id_token", b"\xff" * 50, b"=&=&"])
def test_what_is_no_answer_is_refused(loop: Loop, body: bytes) -> None:
    async def scene() -> None:
        async with world() as tool:
            assert (await tool.post(tool.at["redirect_urls"][0], body, FORM)).status == 400
            assert (await tool.post(tool.at["redirect_urls"][0], body, "multipart/form-data")).status == 400
            assert (await tool.post(tool.at["login_url"], body, FORM)).status == 400
            assert (await tool.get(tool.at["redirect_urls"][0])).status == 405

    loop.run(scene())


# --- handlers --------------------------------------------------------------------------------------------------------


def test_a_launch_subscribes_to_what_the_tool_knows_and_the_claim_lists(loop: Loop) -> None:
    async def scene() -> None:
        async with world() as tool:
            await tool.launch()
            types = {CONTEXT_COPY, HELLO_WORLD}
            assert {put["notice_type"] for put in tool.platform.puts} == types
            assert {put["handler"] for put in tool.platform.puts} == {tool.at["handlers"][CONTEXT_COPY]}
            assert {call.target for call in tool.platform.calls} == {"/handlers/dep-1?x=1"}
            put = next(call for call in tool.platform.calls if call.method == "PUT")
            assert put.header("Content-Type") == "application/json"
            await tool.launch()
            assert [call.method for call in tool.platform.calls] == ["GET", "PUT", "PUT", "GET"]
            tool.platform.handlers["dep-1"] = {CONTEXT_COPY: Handler(CONTEXT_COPY, "https://other.example/x")}
            await tool.launch()
            assert {one.url for one in tool.platform.handlers["dep-1"].values()} == {tool.at["handlers"][CONTEXT_COPY]}

    loop.run(scene())


def test_an_assertion_has_all_that_it_must_have_and_a_token_is_kept(loop: Loop) -> None:
    async def scene() -> None:
        async with world() as tool:
            await tool.launch()
            ((header, claims),) = tool.platform.assertions
            assert (header["kid"], header["alg"]) == ("tool-1", "RS256")
            assert claims["iss"] == claims["sub"] == CLIENT
            assert claims["aud"] == "https://api.example.edu/audience"
            assert (claims["iat"], claims["exp"] - claims["iat"]) == (STAMP, 60)
            assert claims[DEPLOYMENT_ID] == "dep-1"
            tool.clock.advance(timedelta(minutes=55))
            await tool.launch()
            assert len(tool.platform.assertions) == 1
            tool.clock.advance(timedelta(minutes=5))
            await tool.launch()
            assert len({one["jti"] for _, one in tool.platform.assertions}) == 2

    loop.run(scene())


def test_a_refused_token_is_replaced_once(loop: Loop) -> None:
    async def scene() -> None:
        async with world() as tool:
            tool.platform.refuse_tokens = 1
            await tool.launch()
            assert len(tool.platform.puts) == 2
            assert len(tool.platform.assertions) == 2
            tool.platform.refuse_tokens = 100
            calls = len(tool.platform.calls)
            assert (await tool.launch()).status == 200
            assert len(tool.platform.calls) == calls + 2
            assert "status 401" in await tool.log()

    loop.run(scene())


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500, 503, 302])
@pytest.mark.parametrize("place", ["service", "token"])
def test_no_error_of_a_service_touches_the_launch(loop: Loop, place: str, status: int) -> None:
    async def scene() -> None:
        async with world() as tool:
            setattr(tool.platform, place, Reply(status, (), b"<html>"))
            assert (await tool.launch()).status == 200
            assert not tool.platform.puts
            setattr(tool.platform, place, None)
            assert (await tool.launch()).status == 200
            assert len(tool.platform.puts) == 2

    loop.run(scene())


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"notice_handlers":7}', b'{"access_token":"a\\nb"}', b"\xff", b"[" * 9999]
)
def test_no_answer_of_a_service_makes_the_tool_fall_over(loop: Loop, body: bytes) -> None:
    async def scene() -> None:
        async with world() as tool:
            tool.platform.service = Reply(200, (), body)
            assert (await tool.launch()).status == 200
            tool.platform.token = Reply(200, (), body)
            assert (await tool.launch({DEPLOYMENT_ID: "dep-2"})).status == 200

    loop.run(scene())


def test_a_put_may_be_answered_by_the_catalogue(loop: Loop) -> None:
    async def scene() -> None:
        async with world() as tool:
            tool.platform.catalogue_on_put = True
            await tool.launch()
            assert len(tool.platform.handlers["dep-1"]) == 2
            assert "removed" not in await tool.log()

    loop.run(scene())


def test_deployments_have_services_of_their_own(loop: Loop) -> None:
    async def scene() -> None:
        async with world() as tool:
            await tool.launch()
            claim = pns_claim(f"{tool.platform.base}/handlers/dep-2", [CONTEXT_COPY], scope=False)
            await tool.launch({DEPLOYMENT_ID: "dep-2", CLAIM: claim})
            assert {name: set(found) for name, found in tool.platform.handlers.items()} == {
                "dep-1": {CONTEXT_COPY, HELLO_WORLD}, "dep-2": {CONTEXT_COPY},
            }  # fmt: skip

    loop.run(scene())


async def told(tool: World, name: str, deployment: str = "dep-1") -> tuple[int, bytes]:
    received = await tool.post(tool.at[name].replace("{deployment}", deployment))
    return received.status, received.body


def test_the_owner_subscribes_and_unsubscribes(loop: Loop) -> None:
    async def scene() -> None:
        async with world() as tool:
            assert (await told(tool, "subscribe"))[0] == 409
            await tool.launch()
            assert (await told(tool, "unsubscribe"))[0] == 200
            assert [put["handler"] for put in tool.platform.puts[-2:]] == ["", ""]
            assert await tool.result(tool.sign(tool.notice("copy"))) == ("ignored", "type")
            puts = len(tool.platform.puts)
            await tool.launch()
            assert len(tool.platform.puts) == puts
            outcome = await tool.mock.act("subscribe", {"INVIGIL_DEPLOYMENT": "dep-1"})
            assert outcome.status == "succeeded"
            assert all(one.url for one in tool.platform.handlers["dep-1"].values())
            assert await tool.result(tool.sign(tool.notice("copy"))) == ("accepted", "")
            tool.platform.service = Reply(403)
            assert (await tool.mock.act("unsubscribe", {"INVIGIL_DEPLOYMENT": "dep-1"})).status == "failed"

    loop.run(scene())


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{}", b"[]", b"7", b'{"platforms":7}', b'{"platforms":[7]}', b'{"issuer":7}', b"\xff", b"[" * 9999,
        json.dumps({"issuer": "i", "client_id": "c", "authorization_endpoint": "javascript:1"}).encode(),
    ],
    ids=range(10),
)  # fmt: skip
def test_a_configuration_that_cannot_be_used_is_refused_by_name(loop: Loop, body: bytes) -> None:
    async def scene() -> None:
        async with world() as tool:
            received = await tool.post(tool.at["configure"], body)
            assert received.status == 409
            assert b"expected" in received.body
            assert (await tool.mock.act("dance", {})).status == "failed"
            assert (await tool.mock.act("subscribe", {})).status == "failed"

    loop.run(scene())


def test_a_reset_forgets_all_but_the_platforms(loop: Loop) -> None:
    async def scene() -> None:
        async with world() as tool:
            await tool.launch()
            token = tool.sign(tool.notice("copy"))
            assert await tool.result(token) == ("accepted", "")
            assert (await tool.post(tool.at["reset"])).status == 200
            assert not (await tool.probe("copy")).known
            assert json.loads((await tool.get(tool.at["launches"])).body) == []
            assert len(json.loads((await tool.get(tool.at["platforms"])).body)) == 1
            assert await tool.result(token) == ("accepted", "")

    loop.run(scene())


def test_launches_make_deployments_known_where_none_were_told(loop: Loop) -> None:
    async def scene() -> None:
        async with world(configured=False) as tool:
            await tool.mock.configure(tool.platform.facts(deployments=None))
            assert await tool.result(tool.sign(tool.notice("copy"))) == ("refused", "unknown-deployment")
            assert (await tool.launch()).status == 200
            assert await tool.result(tool.sign(tool.notice("copy"))) == ("accepted", "")
            await tool.mock.configure(tool.platform.facts(deployments=None))
            assert await tool.result(tool.sign(tool.notice("other"))) == ("accepted", "")

    loop.run(scene())


def test_with_a_certificate_everything_public_is_https(loop: Loop) -> None:
    async def scene() -> None:
        tls = TlsMaterial.make()
        async with world(server_tls=tls.server) as tool:
            tool.client.trust = tls.trust
            public = ("login_url", "jwks_url", "registration_url", "target_link_uri")
            urls = [*(tool.at[name] for name in public), *tool.at["redirect_urls"], *tool.at["handlers"].values()]
            assert all(url.startswith("https://localhost:") for url in urls)
            assert tool.at["domain"] == "localhost"
            received = await tool.get(f"{tool.at['login_url']}?{encode_query(tool.initiation())}")
            assert (received.header("Set-Cookie") or "").endswith("HttpOnly; Secure; SameSite=None")
            assert (await tool.launch()).status == 200
            keys = json.loads((await tool.get(tool.at["jwks_url"])).body)
            assert keys == tool.at["jwks"]
            assert not {"d", "p", "q"} & set(keys["keys"][0])

    loop.run(scene())


def test_scopes_are_asked_for_by_their_known_name(loop: Loop) -> None:
    async def scene() -> None:
        async with world() as tool:
            await tool.launch({CLAIM: pns_claim(f"{tool.platform.base}/handlers/dep-1", [CONTEXT_COPY], scope=False)})
            assert f"for {SCOPE}" in await tool.log()

    loop.run(scene())
