"""The mock tool does what the oracle says of every vector and of any change of a notice."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from fixtures.keys import signing_key
from harness.net.loop import Loop
from harness.strategies.notices import Mutation, forged, mutations
from harness.wire.jose import KeySet
from harness.wire.pns import TYPES
from harness.wire.pns_forging import Draft, Keyring, Post
from harness.wire.pns_oracle import Expectation, Knowledge, Registration, after, expected
from harness.wire.pns_oracle_body import expected_posts
from harness.wire.pns_vectors import VECTORS, About
from harness.wire.pns_vectors_model import prepared
from tests.mocks.tool_world import CLIENT, NOW, World, world

KEYRING = Keyring(
    {
        "platform": signing_key("platform-1"), "next": signing_key("platform-2"),
        "unpublished": signing_key("platform-3"), "other-platform": signing_key("other-platform"),
        "attacker": signing_key("attacker"),
    }
)  # fmt: skip


def knowledge(tool: World) -> Knowledge:
    keys = KeySet.of([signing_key("platform-1")])
    deployments = frozenset(("dep-1", "dep-2"))
    mine = Registration(tool.platform.issuer, CLIENT, deployments, keys, frozenset(TYPES))
    return Knowledge((mine,), NOW)


def draft(tool: World) -> Draft:
    name = uuid.uuid4()
    return Draft(tool.notice(f"copy-{name}", id=f"id-{name}", nonce=f"nonce-{name}"))


Place = tuple[str, str]


async def applied(tool: World, place: Place) -> int:
    return sum(row.applied for row in await tool.mock.tool.contexts(*place))


async def judged(tool: World, found: Sequence[Expectation], send: Callable[[], Awaitable[None]]) -> None:
    """Send, and compare what has changed at every target with what is expected; an event has one effect at most."""
    least: dict[Place, set[object]] = defaultdict(set)
    most: dict[Place, set[object]] = defaultdict(set)
    for one in found:
        context, deployment = one.target.context, one.target.deployment
        if context is not None and deployment is not None:
            least[context, deployment] |= {one.target.event} if one.outcome == "accept" else set()
            most[context, deployment] |= {one.target.event} if one.outcome != "refuse" else set()
    before = {place: await applied(tool, place) for place in least}
    await send()
    for place, count in before.items():
        effects = await applied(tool, place) - count
        assert len(least[place]) <= effects <= len(most[place]), (place, effects)


@pytest.mark.parametrize("name", VECTORS)
def test_the_tool_does_what_is_expected_of_the_vector(loop: Loop, name: str) -> None:
    vector = VECTORS[name]

    async def scene() -> None:
        async with world() as tool:
            await tool.launch()
            before, sound, after = draft(tool), draft(tool), draft(tool)
            launch: dict[str, Any] = tool.claims("nonce")
            about = About(CLIENT, tool.platform.issuer, NOW, "dep-9", launch, KEYRING.key("attacker").public())
            told = prepared(knowledge(tool), vector.setup, KEYRING)
            if vector.setup != "remove-handler":
                assert await tool.result(tool.sign(before.mapping)) == ("accepted", "")
            if vector.setup == "rotate":
                tool.platform.keys.append(KEYRING.key("next"))
            elif vector.setup == "withdraw":
                tool.platform.keys = [KEYRING.key("next")]
            elif vector.setup == "remove-handler":
                await tool.mock.tool.unsubscribe("dep-1")
            posts = vector.make(sound, about).posts(KEYRING)
            bodies = expected_posts(posts, told)

            async def send() -> None:
                for post in posts:
                    await one(post)

            async def one(post: Post) -> None:
                packed = (("Content-Encoding", post.encoding),) if post.encoding else ()
                url = tool.at["handlers"][TYPES[0]] if post.to == "notices" else tool.at["redirect_urls"][0]
                received = await tool.post(url, post.body, post.content_type, *packed)
                assert (received.error, received.status // 100 in (2, 4)) == (None, True)

            await judged(tool, [one for body in bodies for one in body.expectations], send)
            if vector.setup is None:
                assert await tool.result(tool.sign(after.mapping)) == ("accepted", "")

    loop.run(scene())


def test_the_tool_does_what_is_expected_of_any_change(loop: Loop) -> None:
    async def make() -> tuple[World, Any]:
        made = world()
        return await made.__aenter__(), made

    tool, made = loop.run(make())
    shape = draft(tool)
    told = [knowledge(tool)]

    @settings(
        max_examples=300, deadline=None, database=None, phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(mutations(shape, KEYRING))
    def check(mutation: Mutation) -> None:
        async def scene() -> None:
            bad, twin = draft(tool), draft(tool)
            text = forged(mutation, bad, KEYRING)
            expectation = expected(text, told[0])
            told[0] = after(told[0], expectation)

            async def send() -> None:
                assert (await tool.deliver(text)).status in (200, 400, 401)

            await judged(tool, [expectation], send)
            assert await tool.result(tool.sign(twin.mapping)) == ("accepted", "")

        loop.run(scene())

    try:
        check()
    finally:
        loop.run(made.__aexit__(None, None, None))
