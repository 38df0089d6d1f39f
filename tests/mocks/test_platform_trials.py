"""Trials are armed by name for the next deliveries, do what they say, and leave everything after them right."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest

from harness.net.patience import stopwatch
from harness.wire.jose import JoseError, KeySet, read, verify
from harness.wire.pns import CONTEXT_COPY, HELLO_WORLD, NOTICE
from harness.wire.pns_vectors import VECTORS
from mocks.platform import happening, trials
from mocks.platform.trials import KEY_TRIALS, TRIALS, TrialError, arm_keys, arm_trial, disarm
from tests.mocks.notice_world import NoticeWorld, run

SOUND = ("aud-array", "timestamp-offset", "unknown-claims", "no-origins", "several-origins", "rotated-key")
"""Vectors of which the signature verifies with the key set as it is then."""


async def copied(world: NoticeWorld, count: int = 1, *, size: int | None = None) -> None:
    await world.subscribe(CONTEXT_COPY, size=size)
    async with world.platform.store.transaction() as tx:
        origin = happening.first_course(tx).id
    if count == 1:
        await happening.copy_course(world.platform, origin, title="A copy")
    else:
        await happening.copy_many(world.platform, origin, count)
    await world.settle()


def ids(world: NoticeWorld) -> list[str]:
    return [claims[NOTICE]["id"] for claims in world.claims()]


@pytest.mark.parametrize("name", sorted(TRIALS))
def test_each_trial_uses_up_one_delivery_and_the_next_is_right(name: str) -> None:
    async def work(world: NoticeWorld) -> None:
        arm_trial(world.platform, name)
        await copied(world)
        await world.platform.outbox.advance("", timedelta(hours=2))
        assert world.platform.trials == []
        assert "notice" in world.names()
        assert "trial-unfit" not in world.names()
        before = len(world.came)
        await copied(world)
        (last,) = world.came[before:]
        (jwt,) = world.jwts(-1)
        keys = KeySet.parse((await world.key_set()).body)
        assert (last.path, verify(read(jwt), keys).reason) == ("/notices", "")

    run(work)


@pytest.mark.parametrize("id", ["N02", "n02", "tampered-payload"])
def test_a_vector_is_armed_by_its_name_or_its_id(id: str) -> None:
    async def work(world: NoticeWorld) -> None:
        assert arm_trial(world.platform, id).name == "tampered-payload"
        await copied(world)
        assert [verdict.reason for verdict in await world.verdicts()] == ["bad-signature"]
        assert world.last["trial"] == "tampered-payload"

    run(work)


@pytest.mark.parametrize("name", SOUND)
def test_a_vector_that_is_right_verifies(name: str) -> None:
    async def work(world: NoticeWorld) -> None:
        arm_trial(world.platform, name)
        await copied(world)
        assert {verdict.reason for verdict in await world.verdicts()} == {""}

    run(work)


@pytest.mark.parametrize(
    ("name", "reason"),
    [("no-kid", "no-kid"), ("unknown-kid", "unknown-kid"), ("alg-none", "alg-none"), ("withdrawn-key", "unknown-kid"),
     ("hs256-public-key", "alg-symmetric"), ("attacker-key", "bad-signature"), ("jku-header", "unknown-kid")],
)  # fmt: skip
def test_a_forged_vector_does_not_verify(name: str, reason: str) -> None:
    async def work(world: NoticeWorld) -> None:
        arm_trial(world.platform, name)
        await copied(world)
        assert {verdict.reason for verdict in await world.verdicts()} == {reason}

    run(work)


@pytest.mark.parametrize("name", ["duplicate", "replay"])
def test_a_duplicate_is_the_same_token_twice(name: str) -> None:
    async def work(world: NoticeWorld) -> None:
        arm_trial(world.platform, name)
        await copied(world)
        first, second = world.jwts()
        assert first == second
        assert len(world.came) == 2

    run(work)


@pytest.mark.parametrize("name", ["duplicate-resigned", "same-id-new-nonce"])
def test_a_duplicate_may_be_signed_anew(name: str) -> None:
    async def work(world: NoticeWorld) -> None:
        arm_trial(world.platform, name)
        await copied(world)
        first, second = world.claims()
        assert first[NOTICE] == second[NOTICE]
        assert first["nonce"] != second["nonce"]

    run(work)


def test_a_delayed_delivery_leaves_later_with_the_time_of_its_event() -> None:
    async def work(world: NoticeWorld) -> None:
        arm_trial(world.platform, "delay")
        await copied(world)
        assert world.came == []
        await world.platform.outbox.advance("", trials.DELAY - timedelta(seconds=1))
        assert world.came == []
        await world.platform.outbox.advance("", timedelta(seconds=1))
        (claims,) = world.claims()
        assert claims[NOTICE]["timestamp"] == "2026-01-15T12:00:00Z"
        assert claims["iat"] == int(world.clock.now().timestamp())

    run(work)


def test_a_reordered_delivery_comes_after_the_next_one() -> None:
    async def work(world: NoticeWorld) -> None:
        arm_trial(world.platform, "reorder")
        await copied(world)
        assert world.came == []
        await copied(world)
        told = [facts["ids"][0] for name, facts in world.told if name == "notice"]
        first, second = (one.id for one in await world.platform.rows("events"))
        assert told == ids(world) == [second, first]
        assert await world.platform.outbox.pending() == []

    run(work)


def test_a_reordered_delivery_comes_after_an_hour_when_no_other_one_does() -> None:
    async def work(world: NoticeWorld) -> None:
        arm_trial(world.platform, "reorder")
        await copied(world)
        await world.platform.outbox.advance("", trials.REORDER)
        assert len(world.came) == 1

    run(work)


def test_a_lost_delivery_is_not_sent_even_where_others_are_sent_again() -> None:
    async def work(world: NoticeWorld) -> None:
        arm_trial(world.platform, "drop")
        await copied(world)
        await world.platform.outbox.advance("", timedelta(days=2))
        assert world.came == []
        assert world.last["error"] == "dropped"

    run(work, changes={"retries": 5})


def test_a_slow_delivery_rests_in_the_middle_of_its_body(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(world: NoticeWorld) -> None:
        monkeypatch.setattr("mocks.platform.sending.LULL", 0.2)
        arm_trial(world.platform, "slow")
        begun = stopwatch()
        await copied(world)
        assert stopwatch() - begun >= 0.2
        assert [verdict.reason for verdict in await world.verdicts()] == [""]
        assert world.last["status"] == 200

    run(work)


def test_a_trial_is_for_one_deployment_and_for_so_many_deliveries() -> None:
    async def work(world: NoticeWorld) -> None:
        await world.subscribe(of="other", path="/other")
        arm_trial(world.platform, "no-kid", times=2, deployment=world.deployments["ours"].id)
        for _ in range(3):
            await copied(world)
        lacking = [("kid" not in read(world.jwts(at)[0]).header, one.path) for at, one in enumerate(world.came)]
        ours = [without for without, path in lacking if path == "/notices"]
        others = [without for without, path in lacking if path == "/other"]
        assert (ours, others) == ([True, True, False], [False, False, False])

    run(work)


def test_notices_that_a_vector_leaves_out_follow_plainly() -> None:
    async def work(world: NoticeWorld) -> None:
        arm_trial(world.platform, "tampered-payload")
        await copied(world, 3)
        assert [len(world.jwts(at)) for at in range(len(world.came))] == [1, 2]
        assert [verdict.reason for verdict in await world.verdicts()] == ["bad-signature", "", ""]
        assert len(set(ids(world))) == 3

    run(work)


def test_a_vector_that_does_not_fit_the_notice_is_told_and_the_notice_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    async def unfit(*args: object) -> None:
        raise KeyError("context")

    async def work(world: NoticeWorld) -> None:
        monkeypatch.setattr("mocks.platform.delivering.forged", unfit)
        arm_trial(world.platform, "tampered-payload")
        await world.subscribe(HELLO_WORLD)
        await happening.hello(world.platform)
        await world.settle()
        assert "trial-unfit" in world.names()
        assert [verdict.reason for verdict in await world.verdicts()] == [""]

    run(work)


def test_a_notice_can_come_though_its_handler_was_removed() -> None:
    async def work(world: NoticeWorld) -> None:
        arm_trial(world.platform, "removed-handler")
        await copied(world)
        assert len(world.came) == 1
        assert await world.platform.rows(f"handlers/{world.deployments['ours'].id}") == []

    run(work)


def test_a_notice_can_be_sent_where_launches_arrive() -> None:
    async def work(world: NoticeWorld) -> None:
        arm_trial(world.platform, "notice-as-launch")
        await copied(world)
        assert [one.path for one in world.came] == ["/launch"]

    run(work)


def test_trials_can_be_taken_back() -> None:
    async def work(world: NoticeWorld) -> None:
        arm_trial(world.platform, "no-kid", times=3)
        arm_keys(world.platform, "keys-500", times=2)
        assert disarm(world.platform) == 5
        await copied(world)
        assert [verdict.reason for verdict in await world.verdicts()] == [""]

    run(work)


@pytest.mark.parametrize("name", ["", "no-such", "tampered_payload", "N99", "\x00", "\ud800", "x" * 100_000])
def test_a_trial_that_is_none_is_refused_by_name(name: str) -> None:
    async def work(world: NoticeWorld) -> None:
        with pytest.raises(TrialError, match="trial: there is no"):
            arm_trial(world.platform, name)
        with pytest.raises(TrialError, match="trial: there is no"):
            arm_keys(world.platform, name)
        assert world.platform.trials == world.platform.key_trials == []

    run(work)


@pytest.mark.parametrize("times", [0, -1, 10**9, True, "3", None, 1.5])
def test_a_number_of_deliveries_is_a_whole_number_from_one(times: Any) -> None:
    async def work(world: NoticeWorld) -> None:
        with pytest.raises(TrialError, match="times: expected a whole number"):
            arm_trial(world.platform, "drop", times=times)
        with pytest.raises(TrialError, match="times: expected a whole number"):
            arm_keys(world.platform, "keys-500", times=times)

    run(work)


def test_every_vector_is_a_trial_and_every_trial_says_what_it_does() -> None:
    assert {vector.name for vector in VECTORS.values()} <= set(TRIALS)
    assert all(trial.sentence.endswith(".") for trial in TRIALS.values())
    assert all(sentence.endswith(".") for sentence in KEY_TRIALS.values())


# --- the key set -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(KEY_TRIALS))
def test_a_trial_of_the_key_set_is_for_one_fetch(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(world: NoticeWorld) -> None:
        monkeypatch.setattr(trials, "KEYS_LULL", 0.05)
        right = (await world.key_set()).body
        arm_keys(world.platform, name)
        await world.key_set()
        assert (await world.key_set()).body == right
        assert ("trial", {"trial": name}) in world.told

    run(work)


def test_a_key_set_can_fail_or_be_a_page() -> None:
    async def work(world: NoticeWorld) -> None:
        arm_keys(world.platform, "keys-500")
        arm_keys(world.platform, "keys-wrong-type")
        failed, page = await world.key_set(), await world.key_set()
        assert (failed.status, page.status) == (500, 200)
        assert (page.header("Content-Type") or "").startswith("text/html")
        with pytest.raises(JoseError):
            KeySet.parse(page.body)

    run(work)


def test_a_key_set_can_lack_the_key_that_signs() -> None:
    async def work(world: NoticeWorld) -> None:
        await copied(world)
        arm_keys(world.platform, "keys-unknown-kid")
        kid = world.read()[0].header["kid"]
        lacking = json.loads((await world.key_set()).body)
        assert kid not in [key["kid"] for key in lacking["keys"]]
        assert lacking["keys"]
        assert [verdict.reason for verdict in await world.verdicts()] == [""]

    run(work)


def test_a_key_set_can_be_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(world: NoticeWorld) -> None:
        monkeypatch.setattr(trials, "KEYS_LULL", 0.1)
        arm_keys(world.platform, "keys-slow")
        begun = stopwatch()
        slow, quick = await asyncio.gather(world.key_set(), world.key_set())
        assert stopwatch() - begun >= 0.1
        assert slow.body == quick.body

    run(work)
