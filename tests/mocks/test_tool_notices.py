"""The mock tool takes every element of a delivery alone, in the order of the steps, and lets it act once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from fixtures.keys import signing_key
from harness.net.client import NOWHERE, Request
from harness.net.listener import Reply
from harness.net.loop import Loop
from harness.wire.jose import SigningKey
from harness.wire.jose_forge import hs256_with_public_key, unsigned
from harness.wire.lti import CONTEXT, DEPLOYMENT_ID, VERSION_CLAIM
from harness.wire.pns import NOTICE, ORIGIN_CONTEXTS, SUBMISSION
from tests.mocks.tool_world import CLIENT, NOW, World, world

STAMP = int(NOW.timestamp())
EVENT = {"id": "n", "timestamp": "2026-01-15T11:00:00Z", "type": "LtiContextCopyNotice"}
PLATFORM = signing_key("platform-1")

# Each step by a notice that is sound in all else: claims, header, key, and the reason.
FORGED: dict[str, tuple[Mapping[str, Any], Mapping[str, Any], SigningKey, str]] = {
    "the name of no key": ({}, {"kid": None}, PLATFORM, "no-kid"),
    "an algorithm that is not approved": ({}, {"alg": "PS256"}, PLATFORM, "alg-not-allowed"),
    "an issuer that is not known": ({"iss": "https://other.example"}, {}, PLATFORM, "unknown-issuer"),
    "an issuer with a slash more": ({"iss": "https://lms.example.edu/"}, {}, PLATFORM, "unknown-issuer"),
    "a key that is not published": ({}, {}, signing_key("platform-2"), "unknown-kid"),
    "a foreign key under a known name": ({}, {"kid": "platform-1"}, signing_key("attacker"), "bad-signature"),
    "an algorithm of another key type": ({}, {"alg": "ES256"}, PLATFORM, "key-type-mismatch"),
    "a foreign key in its header": (
        {}, {"jwk": signing_key("attacker").public(), "kid": "attacker"}, signing_key("attacker"), "unknown-kid",
    ),
    "the audience of another client": ({"aud": "client-9"}, {}, PLATFORM, "wrong-aud"),
    "a further audience": ({"aud": [CLIENT, "client-9"]}, {}, PLATFORM, "no-azp"),
    "a further audience, vouched for": (
        {"aud": [CLIENT, "client-9"], "azp": CLIENT}, {}, PLATFORM, "untrusted-aud",
    ),
    "another authorized party": ({"azp": "client-9"}, {}, PLATFORM, "wrong-azp"),
    "an end ten minutes ago": ({"exp": STAMP - 600}, {}, PLATFORM, "expired"),
    "no end": ({"exp": None}, {}, PLATFORM, "no-exp"),
    "an end that is text": ({"exp": str(STAMP + 600)}, {}, PLATFORM, "no-exp"),
    "a beginning an hour ahead": ({"iat": STAMP + 3600}, {}, PLATFORM, "not-yet"),
    "a validity an hour ahead": ({"nbf": STAMP + 3600}, {}, PLATFORM, "not-yet"),
    "no nonce": ({"nonce": None}, {}, PLATFORM, "no-nonce"),
    "another version": ({VERSION_CLAIM: "1.1"}, {}, PLATFORM, "wrong-version"),
    "no version": ({VERSION_CLAIM: None}, {}, PLATFORM, "wrong-version"),
    "no deployment": ({DEPLOYMENT_ID: None}, {}, PLATFORM, "no-deployment-id"),
    "a deployment that is not known": ({DEPLOYMENT_ID: "dep-9"}, {}, PLATFORM, "unknown-deployment"),
    "no notice": ({NOTICE: None}, {}, PLATFORM, "no-notice"),
    "a notice without id": ({NOTICE: {**EVENT, "id": ""}}, {}, PLATFORM, "no-notice-id"),
    "a notice without type": ({NOTICE: {**EVENT, "type": 7}}, {}, PLATFORM, "no-notice-type"),
    "a notice of no date": ({NOTICE: {**EVENT, "timestamp": "yesterday"}}, {}, PLATFORM, "timestamp-form"),
    "no destination": ({CONTEXT: None}, {}, PLATFORM, "no-context"),
}  # fmt: skip


@pytest.mark.parametrize("name", FORGED)
def test_a_notice_is_refused_for(loop: Loop, name: str) -> None:
    changes, header, key, reason = FORGED[name]

    async def scene() -> None:
        async with world() as tool:
            before, bad, after = (tool.notice(context) for context in ("before", "copy", "after"))
            token = tool.sign({k: v for k, v in {**bad, **changes}.items() if v is not None}, header, key)
            assert await tool.result(tool.sign(before)) == ("accepted", "")
            received = await tool.deliver(token)
            assert received.status == 401
            assert json.loads(received.body) == {"notices": [{"result": "refused", "reason": reason}]}
            assert await tool.result(tool.sign(after)) == ("accepted", "")
            assert [(await tool.probe(context)).known for context in ("before", "copy", "after")] == [True, False, True]

    loop.run(scene())


def test_a_notice_without_signature_or_with_a_public_key_as_secret_is_refused(loop: Loop) -> None:
    async def scene() -> None:
        async with world() as tool:
            payload = json.dumps(tool.notice("copy")).encode()
            for alg in ("none", "None", "NONE"):
                token = unsigned({"kid": "platform-1"}, payload, alg=alg)
                assert await tool.result(token) == ("refused", "alg-not-allowed")
            token = hs256_with_public_key({"kid": "platform-1"}, payload, PLATFORM.public_pem())
            assert await tool.result(token) == ("refused", "alg-not-allowed")
            sound = tool.sign(json.loads(payload))
            head, _, signature = sound.split(".")
            other = tool.sign(tool.notice("copy")).split(".")[1]
            assert await tool.result(f"{head}.{other}.{signature}") == ("refused", "bad-signature")
            assert await tool.result(f"{head}.{other}.") == ("refused", "bad-signature")
            assert not (await tool.probe("copy")).known
            assert await tool.result(sound) == ("accepted", "")

    loop.run(scene())


def test_a_notice_of_one_platform_signed_by_another_is_refused(loop: Loop) -> None:
    async def scene() -> None:
        async with world() as tool, world() as other:
            other.platform.keys = [signing_key("other-platform")]
            await tool.mock.configure({**other.platform.facts(), "issuer": "https://other.example"})
            foreign = signing_key("other-platform")
            assert await tool.result(tool.sign(tool.notice("copy"), key=foreign)) == ("refused", "unknown-kid")
            claims = tool.notice("copy", {"iss": "https://other.example"})
            assert await tool.result(tool.sign(claims, key=foreign)) == ("accepted", "")

    loop.run(scene())


ACCEPTED: dict[str, Mapping[str, Any]] = {
    "an array of one audience": {"aud": [CLIENT]},
    "its authorized party": {"azp": CLIENT},
    "claims that nobody knows": {"https://vendor.example/claim": {"deep": [1, None]}, "extra": "x"},
    "a time with fraction and offset": {NOTICE: {**EVENT, "timestamp": "2026-01-15T13:00:00.123456+02:00"}},
    "a clock that is a minute ahead": {"iat": STAMP + 60},
    "a clock that is two minutes behind": {"exp": STAMP - 120, "iat": STAMP - 720},
    "no title": {CONTEXT: {"id": "copy"}},
    "no origins": {ORIGIN_CONTEXTS: None},
    "a claim of a launch beside it": {"https://purl.imsglobal.org/spec/lti/claim/target_link_uri": "https://x.example"},
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_a_notice_is_taken_with(loop: Loop, name: str) -> None:
    async def scene() -> None:
        async with world() as tool:
            token = tool.sign(tool.notice("copy", ACCEPTED[name]), {"typ": None})
            assert await tool.result(token) == ("accepted", "")
            assert (await tool.probe("copy")).applied == 1

    loop.run(scene())


def test_the_probe_shows_origins_and_title_as_they_were_told(loop: Loop) -> None:
    async def scene() -> None:
        async with world() as tool:
            for context, origins in (("one", ["6836"]), ("many", ["1", "2", "1"]), ("none", []), ("untold", None)):
                assert await tool.result(tool.sign(tool.notice(context, origins=origins))) == ("accepted", "")
            shown = {context: await tool.probe(context) for context in ("one", "many", "none", "untold")}
            assert {name: found.origins for name, found in shown.items()} == {
                "one": ("6836",), "many": ("1", "2"), "none": (), "untold": None,
            }  # fmt: skip
            assert (shown["one"].title, shown["one"].deployments) == ("A copy", ("dep-1",))
            assert not (await tool.probe("never")).known

    loop.run(scene())


def test_the_same_token_or_the_same_event_has_one_effect(loop: Loop) -> None:
    async def scene() -> None:
        async with world() as tool:
            token = tool.sign(tool.notice("copy", id="event-1"))
            assert await tool.results(token, token) == [("accepted", ""), ("refused", "replayed-nonce")]
            assert await tool.result(tool.sign(tool.notice("copy", id="event-1"))) == ("duplicate", "")
            tool.clock.advance(timedelta(minutes=59))
            assert await tool.result(tool.sign(tool.notice("copy", id="event-1"))) == ("duplicate", "")
            assert (await tool.probe("copy")).applied == 1
            assert await tool.result(tool.sign(tool.notice("copy", id="event-2"))) == ("accepted", "")
            assert (await tool.probe("copy")).applied == 2

    loop.run(scene())


def test_deployments_know_nothing_of_each_other(loop: Loop) -> None:
    async def scene() -> None:
        async with world() as tool:
            first = tool.notice("copy", id="same", origins=["a"])
            second = tool.notice("copy", id="same", origins=["b"], deployment="dep-2")
            assert await tool.results(tool.sign(first), tool.sign(second)) == [("accepted", "")] * 2
            shown = [(await tool.probe("copy", one)).origins for one in ("dep-1", "dep-2", "dep-3", "")]
            assert shown == [("a",), ("b",), None, ("a", "b")]
            assert (await tool.probe("copy")).applied == 2

    loop.run(scene())


def test_copies_are_ordered_by_their_events_and_resolved_over_chains(loop: Loop) -> None:
    async def scene() -> None:
        async with world() as tool:
            late = tool.notice(
                "b", {CONTEXT: {"id": "b", "title": "New"}}, origins=["z"], event=NOW - timedelta(hours=1)
            )
            early = tool.notice(
                "b", {CONTEXT: {"id": "b", "title": "Old"}}, origins=["a"], event=NOW - timedelta(hours=2)
            )
            last = tool.notice("c", origins=["b"])
            circle = tool.notice("z", origins=["c", "z"])
            await tool.results(*(tool.sign(one) for one in (last, late, early, circle)))
            shown = await tool.probe("b")
            assert (shown.origins, shown.title, shown.applied) == (("a", "z"), "New", 2)
            (context,) = await tool.mock.tool.contexts("c")
            assert await tool.mock.tool.ancestors(context) == ("b", "a", "z")

    loop.run(scene())


def test_bad_elements_lose_no_good_ones(loop: Loop) -> None:
    async def scene() -> None:
        async with world() as tool:
            good = [tool.sign(tool.notice(f"copy-{number}")) for number in range(3)]
            future = tool.sign(tool.notice("x", {NOTICE: {**EVENT, "type": "LtiFutureNotice"}}))
            parts = [
                {"jwt": good[0]},
                {"jwt": "a.b.c"},
                {},
                7,
                good[1],
                {"jwt": None},
                {"jwt": future},
                {"jwt": good[2]},
            ]
            received = await tool.post(
                tool.at["handlers"]["LtiContextCopyNotice"], json.dumps({"notices": parts}).encode()
            )
            assert received.status == 200
            outcomes = [one["result"] for one in json.loads(received.body)["notices"]]
            assert outcomes == [
                "accepted", "malformed", "malformed", "malformed", "accepted", "malformed", "ignored", "accepted",
            ]  # fmt: skip
            assert not (await tool.probe("x")).known

    loop.run(scene())


def test_a_hundred_notices_in_one_delivery_are_all_taken(loop: Loop) -> None:
    async def scene() -> None:
        async with world() as tool:
            tokens = [tool.sign(tool.notice(f"copy-{number}")) for number in range(100)]
            assert await tool.results(*tokens) == [("accepted", "")] * 100
            assert tool.platform.fetches == 1

    loop.run(scene())


def test_notices_about_submissions_are_kept(loop: Loop) -> None:
    async def scene() -> None:
        async with world() as tool:
            claim = "https://purl.imsglobal.org/spec/lti/claim/submission"
            claims = tool.notice("course", {NOTICE: {**EVENT, "type": SUBMISSION}, claim: {"id": "sub-1"}})
            assert await tool.result(tool.sign(claims)) == ("accepted", "")
            (kept,) = json.loads((await tool.get(tool.at["notices"])).body)
            assert (kept["type"], kept["context"], kept["about"]) == (SUBMISSION, "course", {"submission": "sub-1"})
            shown = await tool.probe("course")
            assert (shown.applied, shown.origins) == (1, None)

    loop.run(scene())


def test_a_token_of_a_launch_is_no_notice(loop: Loop) -> None:
    async def scene() -> None:
        async with world() as tool:
            assert await tool.result(tool.sign(tool.claims("nonce"))) == ("refused", "no-notice")
            assert (await tool.launch(tool.notice("copy"))).status == 401
            assert not (await tool.probe("copy")).known

    loop.run(scene())


HOSTILE: dict[str, tuple[bytes, str, int]] = {
    "an empty array": (b'{"notices":[]}', "application/json", 400),
    "no array": (b"{}", "application/json", 400),
    "null": (b"null", "application/json", 400),
    "nothing": (b"", "application/json", 400),
    "no JSON": (b"<notices/>", "text/xml", 400),
    "half of it": (b'{"notices":[{"jwt":"', "application/json", 400),
    "a form": (b"notices=a.b.c", "application/x-www-form-urlencoded", 400),
    "octets that are no text": (b"\xff\xfe\x00" * 9, "application/json", 400),
    "great depth": (b"[" * 100_000, "application/json", 400),
    "great depth that closes": (b'{"notices":' + b"[" * 5000 + b"]" * 5000 + b"}", "application/json", 400),
    "an object for the array": (b'{"notices":{"jwt":"a.b.c"}}', "application/json", 400),
    "blank tokens": (b'{"notices":[{"jwt":""},{"jwt":"  "}]}', "application/json", 400),
    "half a pair": (b'{"notices":[{"jwt":"\\ud800.e.f"}]}', "application/json", 400),
    "a header of no JSON": (b'{"notices":[{"jwt":"e30x.e30.e30"}]}', "application/json", 400),
    "a header of an array": (b'{"notices":[{"jwt":"W10.W10.W10"}]}', "application/json", 400),
    "no header members": (b'{"notices":[{"jwt":"e30.e30.e30"}]}', "application/json", 401),
    "too many": (b'{"notices":[' + b'"a.b.c",' * 3000 + b'"a"]}', "application/json", 413),
    "a very long number": (b'{"notices":[' + b"9" * 10_000 + b"]}", "application/json", 400),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_delivery_is_refused_in_order(loop: Loop, name: str) -> None:
    body, media, status = HOSTILE[name]

    async def scene() -> None:
        async with world() as tool:
            received = await tool.post(tool.at["handlers"]["LtiContextCopyNotice"], body, media)
            assert (received.error, received.status) == (None, status)
            assert await tool.result(tool.sign(tool.notice("after"))) == ("accepted", "")

    loop.run(scene())


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": {"a": 1}}, {"aud": [[]]}, {"aud": None}, {"iss": ["https://lms.example.edu"]}, {"exp": 1e400},
        {"exp": True}, {"exp": 10**30}, {"exp": 10**14}, {"iat": [1]}, {"nbf": {}}, {"nonce": {"a": 1}},
        {"nonce": "\x00" * 300}, {"sub": ""}, {NOTICE: []}, {NOTICE: {"id": {}, "type": [], "timestamp": 7}},
        {NOTICE: {**EVENT, "timestamp": "0001-01-01T00:00:00+14:00"}}, {NOTICE: {**EVENT, "id": "\ud800"}},
        {CONTEXT: "copy"}, {CONTEXT: {"id": 7}}, {CONTEXT: {"id": "x" * 70_000, "title": {"a": 1}}},
        {ORIGIN_CONTEXTS: "6836"}, {ORIGIN_CONTEXTS: [7, None]}, {DEPLOYMENT_ID: {"a": 1}}, {VERSION_CLAIM: 1.3},
    ],
    ids=range(24),
)  # fmt: skip
def test_no_claim_of_a_signed_notice_makes_the_tool_fall_over(loop: Loop, claims: Mapping[str, Any]) -> None:
    async def scene() -> None:
        async with world() as tool:
            received = await tool.deliver(tool.sign(tool.notice("copy", claims)))
            assert received.status in (200, 400, 401)
            assert (await tool.probe("copy")).applied in (None, 1)

    loop.run(scene())


def test_packed_huge_and_cut_bodies_are_not_read(loop: Loop) -> None:
    async def scene() -> None:
        async with world() as tool:
            url = tool.at["handlers"]["LtiContextCopyNotice"]
            assert (await tool.post(url, b"\x1f\x8b", "application/json", ("Content-Encoding", "gzip"))).status == 415
            assert (await tool.post(url, b"x" * ((8 << 20) + 1))).status == 413
            assert (await tool.client.send(NOWHERE, "get", Request("GET", url))).status == 405
            assert "refused: content-encoding" in await tool.log()

    loop.run(scene())


def test_no_cookie_and_no_credentials_are_needed(loop: Loop) -> None:
    async def scene() -> None:
        async with world() as tool:
            received = await tool.deliver(tool.sign(tool.notice("copy")))
            assert received.status == 200
            assert received.header("Set-Cookie") is None

    loop.run(scene())


def test_a_new_key_is_fetched_once_and_unknown_names_cause_no_flood(loop: Loop) -> None:
    async def scene() -> None:
        async with world() as tool:
            assert await tool.result(tool.sign(tool.notice("a"))) == ("accepted", "")
            tool.platform.keys = [signing_key("platform-2"), *tool.platform.keys]
            token = tool.sign(tool.notice("b"))
            assert await tool.result(token) == ("accepted", "")
            assert await tool.result(token.replace(token[-4:], "AAAA")) == ("refused", "bad-signature")
            assert tool.platform.fetches == 2
            for number in range(50):
                unknown = tool.sign(tool.notice("c"), {"kid": f"unknown-{number}"})
                assert await tool.result(unknown) == ("refused", "unknown-kid")
            assert tool.platform.fetches == 12
            assert (await tool.log()).count("jwks: fetched, ") == 12
            assert await tool.result(tool.sign(tool.notice("c"))) == ("accepted", "")
            tool.platform.keys = [signing_key("platform-3")]
            assert await tool.result(tool.sign(tool.notice("d"))) == ("refused", "unknown-kid")
            tool.clock.advance(timedelta(seconds=61))
            assert await tool.result(tool.sign(tool.notice("d"))) == ("accepted", "")

    loop.run(scene())


@pytest.mark.parametrize(
    "answer",
    [Reply(500), Reply(200, (), b"<html>"), Reply(302, (("Location", "/"),)), Reply(drop=True), Reply(200, (), b"{}")],
    ids=["500", "a page", "a redirect", "nothing", "no keys"],
)
def test_a_key_set_that_cannot_be_used_costs_no_known_key(loop: Loop, answer: Reply) -> None:
    async def scene() -> None:
        async with world() as tool:
            tool.platform.jwks = answer
            assert (await tool.result(tool.sign(tool.notice("a"))))[0] == "refused"
            tool.platform.jwks = None
            assert await tool.result(tool.sign(tool.notice("a"))) == ("accepted", "")
            tool.platform.jwks = answer
            tool.clock.advance(timedelta(hours=1))
            assert await tool.result(tool.sign(tool.notice("b"))) == ("accepted", "")

    loop.run(scene())


def test_a_key_set_that_never_comes_holds_nobody_up_for_ever(loop: Loop) -> None:
    async def scene() -> None:
        async with world() as tool:
            assert await tool.result(tool.sign(tool.notice("a"))) == ("accepted", "")
            tool.platform.gate = asyncio.Event()
            unknown = [tool.sign(tool.notice("b"), {"kid": "unknown"}) for _ in range(2)]
            found = await asyncio.gather(*(tool.result(one) for one in unknown))
            assert found == [("refused", "unknown-kid")] * 2
            assert tool.platform.fetches == 2
            assert await tool.result(tool.sign(tool.notice("b"))) == ("accepted", "")
            tool.platform.gate.set()

    loop.run(scene())


def test_the_key_set_is_kept_as_long_as_its_server_says(loop: Loop) -> None:
    async def scene() -> None:
        async with world() as tool:
            keys = json.dumps({"keys": [PLATFORM.public()]}).encode()
            tool.platform.jwks = Reply(200, (("Cache-Control", "public, max-age=7200"),), keys)
            for minutes, fetches in ((0, 1), (119, 1), (2, 2)):
                tool.clock.advance(timedelta(minutes=minutes))
                assert await tool.result(tool.sign(tool.notice("a"))) == ("accepted", "")
                assert tool.platform.fetches == fetches

    loop.run(scene())


def test_without_a_word_the_key_set_is_as_good_as_its_media_type_is_wrong(loop: Loop) -> None:
    async def scene() -> None:
        async with world() as tool:
            tool.platform.jwks = Reply(
                200, (("Content-Type", "text/html"),), json.dumps({"keys": [PLATFORM.public()]}).encode()
            )
            assert await tool.result(tool.sign(tool.notice("a"))) == ("accepted", "")

    loop.run(scene())


def test_a_handler_of_one_type_ignores_the_others(loop: Loop) -> None:
    async def scene(tool: World) -> None:
        assert len(set(tool.at["handlers"].values())) == 4
        token = tool.sign(tool.notice("copy"))
        received = await tool.deliver(token, type=SUBMISSION)
        assert json.loads(received.body)["notices"] == [{"result": "ignored", "reason": "type"}]
        assert await tool.result(tool.sign(tool.notice("copy"))) == ("accepted", "")

    async def run() -> None:
        async with world("tool.handler-for-each-type") as tool:
            await scene(tool)

    loop.run(run())
