"""The notices of the mock are those of the golden files, member by member, in every profile."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from fixtures.notices import GOLDEN, compare, golden
from harness.net.listener import Reply
from harness.wire.jose import KeySet
from harness.wire.pns import CONTEXT_COPY, CONTRIBUTION, HELLO_WORLD, SUBMISSION
from mocks.platform import happening
from mocks.platform.people import person_of
from tests.mocks.notice_world import NoticeWorld, run

HOUR = timedelta(hours=1)


async def provoke(world: NoticeWorld, notice_type: str) -> None:
    await world.subscribe(notice_type)
    platform = world.platform
    if notice_type == CONTEXT_COPY:
        async with platform.store.transaction() as tx:
            origin = happening.first_course(tx)
        await happening.copy_course(platform, origin.id, label="BIO-101-S26", title="Biology 101 Spring 2026")
    elif notice_type == HELLO_WORLD:
        await happening.hello(platform)
    elif notice_type == SUBMISSION:
        await happening.submit(platform, user=person_of(platform, "learner"))
    elif notice_type == CONTRIBUTION:
        await happening.contribute(platform, user=person_of(platform, "learner"))
    await world.settle()


@pytest.mark.parametrize(("profile", "notice_type"), GOLDEN, ids=["-".join(one) for one in GOLDEN])
def test_a_notice_is_the_golden_one_member_by_member(profile: str, notice_type: str) -> None:
    async def work(world: NoticeWorld) -> None:
        await provoke(world, notice_type)
        (jws,) = world.read()
        differences = compare(golden(profile, notice_type), jws.claims(), jws.header)
        assert differences == []
        assert [verdict.reason for verdict in await world.verdicts()] == [""]

    run(work, profile)


@pytest.mark.parametrize(("profile", "notice_type"), GOLDEN, ids=["-".join(one) for one in GOLDEN])
def test_the_profile_offers_the_types_of_its_golden_files_and_no_others(profile: str, notice_type: str) -> None:
    async def work(world: NoticeWorld) -> None:
        types = {type_ for name, type_ in GOLDEN if name == profile}
        assert set(world.platform.settings["notice-types"]) == types
        assert notice_type in types

    run(work, profile)


def test_blackboard_sends_again_what_failed_signed_anew() -> None:
    async def work(world: NoticeWorld) -> None:
        world.answer = lambda inbound: Reply(500 if len(world.came) < 3 else 200)
        await provoke(world, SUBMISSION)
        assert len(world.came) == 1
        for _ in range(4):
            await world.platform.outbox.advance("", HOUR)
        first, *again = world.claims()
        assert len(again) == 2
        notice = "https://purl.imsglobal.org/spec/lti/claim/notice"
        for claims in again:
            assert claims[notice] == first[notice]
            assert claims["nonce"] != first["nonce"]
            assert claims["iat"] > first["iat"]
        assert len({claims["iat"] for claims in (first, *again)}) == 3

    run(work, "blackboard")


def test_blackboard_gives_up_after_a_while() -> None:
    async def work(world: NoticeWorld) -> None:
        world.answer = lambda inbound: Reply(500)
        await provoke(world, SUBMISSION)
        await world.platform.outbox.advance("", timedelta(days=7))
        assert len(world.came) == 1 + int(world.platform.settings["retries"])
        assert await world.platform.outbox.pending() == []

    run(work, "blackboard")


@pytest.mark.parametrize("profile", ["brightspace", "canvas", "pns-spec"])
def test_others_send_nothing_again(profile: str) -> None:
    async def work(world: NoticeWorld) -> None:
        world.answer = lambda inbound: Reply(500)
        await provoke(world, CONTEXT_COPY)
        await world.platform.outbox.advance("", timedelta(days=7))
        assert len(world.came) == 1

    run(work, profile)


def test_blackboard_names_claims_with_its_own_prefixes_and_no_type_in_the_header() -> None:
    async def work(world: NoticeWorld) -> None:
        await provoke(world, SUBMISSION)
        (jws,) = world.read()
        claims = jws.claims()
        assert sorted(jws.header) == ["alg", "kid"]
        assert claims["https://purl.imsglobal.org/spec/lti-aip/claim/activity"]["activity_id"]
        assert claims["https://purl.imsglobal.org/spec/lti-aip/claim/submission"]["submission_id"]
        (asset,) = claims["https://purl.imsglobal.org/spec/lti-ap/claim/assetservice"]["assets"]
        assert "checksum" in asset
        assert not {"sha256_checksum", "timestamp"} & set(asset)
        assert "https://purl.imsglobal.org/spec/lti/claim/assetreport" not in claims
        assert claims["exp"] - claims["iat"] == 300

    run(work, "blackboard")


def test_the_time_of_a_notice_is_that_of_its_event_however_late_it_is_sent() -> None:
    async def work(world: NoticeWorld) -> None:
        began = world.clock.now()
        world.platform.outbox.pause(happening.DELIVERY)
        await provoke(world, CONTEXT_COPY)
        world.clock.advance(timedelta(hours=3))
        world.platform.outbox.resume(happening.DELIVERY)
        await world.settle()
        (claims,) = world.claims()
        assert claims["https://purl.imsglobal.org/spec/lti/claim/notice"]["timestamp"] == f"{began:%Y-%m-%dT%H:%M:%SZ}"
        assert claims["iat"] == int((began + timedelta(hours=3)).timestamp())

    run(work, "brightspace")


def test_the_key_set_holds_the_key_that_signs_and_no_private_member() -> None:
    async def work(world: NoticeWorld) -> None:
        document = json.loads((await world.key_set()).body)
        assert not {"d", "p", "q", "dp", "dq", "qi"} & {name for key in document["keys"] for name in key}
        assert KeySet.parse(document).keys

    for profile in ("pns-spec", "brightspace", "canvas", "blackboard"):
        run(work, profile)
