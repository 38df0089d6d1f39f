"""The mock tool registers itself at platforms, is served to strangers, and its variants are right tools."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from harness.net.listener import Inbound, Reply
from harness.net.loop import Loop
from harness.subjects.counterpart import Surroundings
from harness.wire.binding import encode_query
from harness.wire.lti import CONTEXT, DEPLOYMENT_ID
from harness.wire.lti_forms import read_form
from harness.wire.lti_registration import (
    CLOSE_SUBJECT,
    TOOL_CONFIGURATION,
    platform_configuration,
    read_registration_request,
    registration_answer,
)
from harness.wire.pns import CONTEXT_COPY, SCOPE
from mocks.app import Wishes
from mocks.faults.base import VARIANT, WRONG_REASON, FaultSpec, compose, own_overrides
from mocks.faults.composing import catalogue
from mocks.state.memory import MemoryStore
from mocks.state.sqlite import SqliteStore
from mocks.tool.behaviour import ToolBehaviour
from mocks.tool.mock import ToolMock
from mocks.tool.serving import serve_tool
from tests.mocks.tool_world import World, world

FAULTS = catalogue("lti-tool")
NARROW = {
    "tool.needs-names", "tool.known-courses-only",  # accused of it, see innocents-lti-tool.toml
    "tool.greets-only",  # has no use for the notice that is sent here
}  # fmt: skip
"""Variants that are no right tools in all respects, or do not want what is tried here."""
VARIANTS = [name for name, fault in FAULTS.items() if fault.kind == VARIANT and name not in NARROW]


def offer(tool: World, **changes: Any) -> None:
    base = tool.platform.base
    plain = {
        "issuer": base, "authorization_endpoint": f"{base}/auth", "registration_endpoint": f"{base}/register",
        "jwks_uri": f"{base}/jwks", "token_endpoint": f"{base}/token", "notice_types": [CONTEXT_COPY, "LtiNew"],
        "authorization_server": "https://api.example.edu/audience", "more": {"unknown_member": {"x": 1}},
    }  # fmt: skip
    tool.platform.issuer = base
    tool.platform.configuration = platform_configuration(**{**plain, **changes})


async def register(
    tool: World, answer: Mapping[str, Any] | None = None, status: int = 201, token: str = "tok-1"
) -> Any:
    """Register at the platform, which answers as it was told; the page comes back."""
    sample = {"client_id": "client-1", "scope": SCOPE, "deployment_id": "dep-1"}
    tool.platform.registration = Reply(status, (), json.dumps(sample if answer is None else answer).encode())
    pairs = (("openid_configuration", f"{tool.platform.base}/config"), ("registration_token", token))
    return await tool.get(f"{tool.at['registration_url']}?{encode_query(tuple(one for one in pairs if one[1]))}")


def test_the_tool_registers_and_is_launched_and_told(loop: Loop) -> None:
    async def scene() -> None:
        async with world(configured=False) as tool:
            offer(tool)
            received = await register(tool)
            assert received.status == 200
            assert CLOSE_SUBJECT.encode() in received.body
            assert b'postMessage({subject: "org.imsglobal.lti.close"}, "*")' in received.body
            assert "script-src 'sha256-" in (received.header("Content-Security-Policy") or "")
            (config, _), (sent, body) = tool.platform.registered
            assert config.header("Authorization") == sent.header("Authorization") == "Bearer tok-1"
            request = read_registration_request(json.dumps(body).encode())
            assert request.problems == ()
            assert (request.domain, request.scopes) == ("127.0.0.1", (SCOPE,))
            assert body["redirect_uris"] == tool.at["redirect_urls"]
            assert body[TOOL_CONFIGURATION]["target_link_uri"] == tool.at["target_link_uri"]
            assert (await tool.launch()).status == 200
            assert tool.platform.assertions[0][1]["aud"] == "https://api.example.edu/audience"
            assert await tool.result(tool.sign(tool.notice("copy"))) == ("accepted", "")

    loop.run(scene())


def test_the_answer_may_name_no_deployment_and_grant_less(loop: Loop) -> None:
    async def scene() -> None:
        async with world(configured=False) as tool:
            offer(tool, more={})
            request = read_registration_request(json.dumps({"client_name": "x"}).encode())
            received = await register(tool, registration_answer(request, "client-1", scopes=[]), token="")
            assert received.status == 200
            assert not tool.platform.registered[0][0].header("Authorization")
            assert (await tool.launch()).status == 200
            assert not tool.platform.calls
            assert "has not granted" in await tool.log()

    loop.run(scene())


def test_messages_as_texts_and_unknown_members_do_not_matter(loop: Loop) -> None:
    async def scene() -> None:
        async with world(configured=False) as tool:
            offer(tool, messages=[])
            name = "https://purl.imsglobal.org/spec/lti-platform-configuration"
            own = {**tool.platform.configuration[name], "messages_supported": ["LtiResourceLinkRequest"]}
            tool.platform.configuration = {**tool.platform.configuration, name: own}
            assert (await register(tool)).status == 200

    loop.run(scene())


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "https://other.example"}, {"registration_endpoint": "https://other.example/register"},
        {"issuer": ""}, {"token_endpoint": "/token"}, {"jwks_uri": "javascript:1"},
    ],
    ids=["issuer of another", "endpoint of another", "no issuer", "a path", "a script"],
)  # fmt: skip
def test_a_configuration_is_refused_with(loop: Loop, changes: Mapping[str, Any]) -> None:
    async def scene() -> None:
        async with world(configured=False) as tool:
            offer(tool, **changes)
            received = await register(tool)
            assert received.status == 502
            assert CLOSE_SUBJECT.encode() not in received.body
            assert len(tool.platform.registered) == 1
            assert json.loads((await tool.get(tool.at["platforms"])).body) == []

    loop.run(scene())


def test_what_is_no_registration_is_refused(loop: Loop) -> None:
    async def scene() -> None:
        async with world(configured=False) as tool:
            for query in (
                "",
                "?openid_configuration=7",
                "?openid_configuration=%ff",
                "?openid_configuration=file:///etc",
            ):
                assert (await tool.get(tool.at["registration_url"] + query)).status == 400
            offer(tool)
            assert (await register(tool, {}, 401)).status == 502
            assert (await register(tool, {"scope": SCOPE})).status == 502
            tool.platform.configuration = {}
            assert (await register(tool)).status == 502

    loop.run(scene())


@pytest.mark.parametrize("name", VARIANTS)
def test_a_variant_is_a_right_tool(loop: Loop, name: str) -> None:
    async def scene() -> None:
        async with world(name) as tool:
            query = encode_query(tool.initiation())
            page = await tool.get(f"{tool.at['login_url']}?{query}")
            if page.status == 200:
                form = read_form(page.body, tool.at["login_url"])
                assert form is not None
                pairs = (
                    ("id_token", tool.sign(tool.claims(form.get("nonce") or ""))),
                    ("state", form.get("state") or ""),
                )
                cookie = (page.header("Set-Cookie") or "").partition(";")[0]
                assert (await tool.answer_login(pairs, cookie)).status == 200
                await tool.mock.quiesce()
            else:
                assert (await tool.launch()).status in (200, 302)
            assert tool.platform.puts
            good, bad = (
                tool.notice("copy", id="event"),
                tool.notice("bad", {"exp": int(tool.clock.now().timestamp()) - 900}),
            )
            received = await tool.deliver(tool.sign(bad), tool.sign(good), tool.sign(tool.notice("copy", id="event")))
            assert 200 <= received.status < 300
            assert (await tool.deliver(tool.sign(bad), "a.b.c")).status < 500
            assert (await tool.deliver()).status < 500
            contexts = await tool.mock.tool.contexts("copy")
            assert [one.applied for one in contexts] == [1]
            assert await tool.mock.tool.contexts("bad") == []
            if tool.at["probe"]:
                assert (await tool.probe("copy")).origins == ("6836",)
                assert not (await tool.probe("bad")).known

    loop.run(scene())


WRONG = [name for name, fault in FAULTS.items() if fault.kind == WRONG_REASON]


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_reason_breaks_all_that_follows(loop: Loop, name: str) -> None:
    async def scene() -> None:
        async with world(name) as tool:
            received = await tool.deliver(tool.sign(tool.notice("copy")))
            shown = await tool.get(tool.at["probe"].replace("{context}", "copy").replace("{deployment}", ""))
            login = await tool.get(f"{tool.at['login_url']}?{encode_query(tool.initiation())}")
            launch = await tool.launch() if login.status == 302 else login
            seen = (received.status, shown.status, launch.status)
            assert seen == {
                "tool.deaf": (503, 404, 200), "tool.refuses-all": (403, 404, 403), "tool.falls-over": (500, 404, 200),
                "tool.refuses-launches": (200, 200, 401), "tool.shows-nothing": (200, 200, 200),
                "tool.forgets-all": (200, 404, 200),
            }[name]  # fmt: skip

    loop.run(scene())


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_overrides_what_the_right_tool_has(name: str) -> None:
    assert name.startswith("tool.")
    assert own_overrides(FAULTS[name])
    assert all(hasattr(ToolBehaviour, one) for one in own_overrides(FAULTS[name]) if not one.startswith("_"))
    assert issubclass(compose(ToolBehaviour, (FAULTS[name],)), ToolBehaviour)


def test_a_tool_is_served_to_strangers(loop: Loop) -> None:
    async def scene() -> None:
        wishes = Wishes({}, faults=(FaultSpec("tool.copies-only"),), public_url="https://tool.example.com/lti/")
        serving = await serve_tool(wishes)
        try:
            lines = dict(serving.lines)
            assert lines["login url"] == "https://tool.example.com/lti/login"
            assert serving.info["mock"] == "tool"
            assert serving.info["notice_types"] == [CONTEXT_COPY]
            assert lines["probe"].startswith("http://127.0.0.1:")
            assert lines["try"].startswith("curl ")
        finally:
            await serving.stop()

    loop.run(scene())


def test_a_platform_that_cannot_be_used_ends_the_start(loop: Loop) -> None:
    async def scene() -> None:
        mock = ToolMock(platforms=[{"issuer": "x"}])
        with pytest.raises(Exception, match="client_id: expected a text"):
            await mock.start(Surroundings())
        await mock.stop()

    loop.run(scene())


def test_no_token_stands_in_the_log(loop: Loop) -> None:
    async def scene() -> None:
        async with world() as tool:
            await tool.launch()
            await tool.launch({DEPLOYMENT_ID: "dep-9"})
            token = tool.sign(tool.notice("copy"))
            await tool.results(token, token)
            tool.clock.advance(timedelta(hours=2))
            await tool.launch()
            log = await tool.log()
            assert "ey" + "J" not in log
            assert "of-the-platform" not in log

    loop.run(scene())


def test_a_public_address_below_a_path_is_served_with_and_without_it(loop: Loop) -> None:
    async def scene() -> None:
        async with world(public={"http": "https://tool.example.com/lti/"}) as tool:
            assert tool.at["jwks_url"] == "https://tool.example.com/lti/keys"
            for path in ("/keys", "/lti/keys"):
                assert (await tool.mock.tool.answer(Inbound("", "GET", path, (), b""))).status == 200
            assert (await tool.mock.tool.answer(Inbound("", "GET", "/ltikeys", (), b""))).status == 404

    loop.run(scene())


def test_a_registration_never_changes_the_keys_of_a_platform_that_is_known(loop: Loop) -> None:
    async def scene() -> None:
        async with world(configured=False) as tool:
            offer(tool)
            assert (await register(tool)).status == 200
            assert (await register(tool)).status == 200
            offer(tool, jwks_uri=f"{tool.platform.base}/attacker")
            assert (await register(tool)).status == 502
            assert await tool.result(tool.sign(tool.notice("copy"))) == ("accepted", "")

    loop.run(scene())


def test_all_that_the_tool_knows_outlives_it_in_a_file(loop: Loop, tmp_path: Path) -> None:
    async def scene() -> None:
        async with world(store=SqliteStore(tmp_path / "tool.db")) as tool:
            await tool.launch()
            claims = tool.notice("copy", {CONTEXT: {"id": "copy", "title": "Caf\u00e9 \ud800"}})
            token = tool.sign(claims)
            assert await tool.results(token, token) == [("accepted", ""), ("refused", "replayed-nonce")]
            tool.mock.tool.env.store.close()
            again = SqliteStore(tmp_path / "tool.db")
            tool.mock.tool.env.store = again
            assert await tool.result(tool.sign({**claims, "nonce": "other"})) == ("duplicate", "")
            assert (await tool.probe("copy")).applied == 1
            assert len(await tool.mock.tool.launches()) == len(await tool.mock.tool.happenings()) == 1
            again.close()
            tool.mock.tool.env.store = MemoryStore()

    loop.run(scene())
