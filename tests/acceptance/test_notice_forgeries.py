"""The right tool through real HTTP: whatever is made of a notice under a seed of its own, the oracle's word holds."""

from __future__ import annotations

import secrets
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

from harness.strategies.notices import Mutation, applied, described, focused, mutations
from harness.subjects.lti_tool_hosting import Hosting
from harness.subjects.lti_tool_records import Hosted
from suites.lti_tool.notices import right
from tests.acceptance.runs import opened

AREA = ("PNS-RECV-", "PNS-NOTICE-", "PNS-TYPE-")
MODULES = ("receiving", "receiving_more", "notice_keys", "properties")
TOGETHER = 50


def drawn(strategy: st.SearchStrategy[Mutation], seed: int, count: int) -> list[Mutation]:
    """Draw mutations; Hypothesis alone decides which."""
    found: list[Mutation] = []

    @seeded(seed)
    @settings(max_examples=count, deadline=None, database=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(strategy)
    def draw(mutation: Mutation) -> None:
        found.append(mutation)

    draw()
    return found


async def tried(platform: Hosting, mutation: Mutation, step: str) -> Hosted:
    """Look where the notice would have its effect, send it, send a right one, and look at both."""
    made = applied(mutation, right(platform), platform.ring)
    bodies = await platform.send(made, step=step, look=False)
    target = bodies[0].expectations[0].target
    if target.context:
        await platform.look(target.context, target.deployment or "", step=step)
    await platform.send(right(platform), step=step)
    return platform.seen(step)


def contradiction(record: Hosted, before: int) -> str:
    """Say how a record contradicts the oracle; nothing when it does not. ``before`` counts earlier effects."""
    bad, twin = record.sent
    one, own = bad.expected[0], twin.expected[0]
    if bad.status >= 500 or bad.response is None:
        return f"answered {bad.got}"
    shown = record.probe(twin.step, own["context"])
    if shown is None or shown.probed.applied != 1:
        return f"the right notice that follows: {shown and shown.got}"
    seen = record.probe(bad.step, one["context"]) if one["context"] else None
    effects = 0 if seen is None else (seen.probed.applied or 0) - before
    least = 1 if one["outcome"] == "accept" else 0
    most = 0 if one["outcome"] == "refuse" else 1
    return "" if least <= effects <= most else f"{one['outcome']} ({one['why']}), but {effects} effects"


def play(count: int, seed: int) -> Counter[str]:
    """Send so many mutations to the right tool and return how many there were of each expectation."""
    told: Counter[str] = Counter()
    with opened("lti-tool", "mock", profile="pns-spec") as run:
        driver: Any = run.driver

        async def group(number: int, chosen: list[Mutation]) -> None:
            platform: Hosting = driver.begin("forgeries", f"group-{number}", {})
            effects: dict[tuple[str, str], int] = earlier
            for at, mutation in enumerate(chosen):
                record = await tried(platform, mutation, f"x{at}")
                one = record.sent[0].expected[0]
                place = (str(one["context"]), str(one["deployment"]))
                wrong = contradiction(record, effects.get(place, 0))
                assert not wrong, f"seed {seed}, mutation {number * TOGETHER + at}: {described(mutation)}: {wrong}"
                seen = record.probe(f"x{at}", one["context"]) if one["context"] else None
                effects[place] = (seen.probed.applied or 0) if seen else 0
                told[one["outcome"]] += 1
            await driver.end(platform)

        async def shape() -> st.SearchStrategy[Mutation]:
            platform: Hosting = driver.begin("forgeries", "shape", {})
            await platform.subscribed()
            await platform.acquainted()
            strategy = mutations(right(platform), platform.ring) | focused()
            await driver.end(platform)
            return strategy

        earlier: dict[tuple[str, str], int] = {}
        found = drawn(run.loop.run(shape()), seed, count)
        for number, start in enumerate(range(0, len(found), TOGETHER)):
            run.loop.run(group(number, found[start : start + TOGETHER]))
    return told


def findings(seed: int) -> dict[str, list[str]]:
    """Let the checks of notices judge the right tool; return what they find, by requirement."""
    with opened("lti-tool", "mock", profile="pns-spec", seed=seed) as run:
        own = [one for one in run.suite.scenarios.values() if one.act.__module__.endswith(MODULES)]
        run.act(own)
        rows = [row for row in run.rows() if row.requirement.id.startswith(AREA) and row.judgements]
        assert len(rows) == 29
        return {
            row.requirement.id: sorted({reason for one in row.judgements for reason in one.outcome.reasons})
            for row in rows
            if row.verdict != "pass"
        }


def test_a_share_of_changes_is_taken_as_the_oracle_says() -> None:
    seed = secrets.randbelow(2**32)
    told = play(150, seed)
    assert min(told["refuse"], told["accept"], told["either"]) > 0, (seed, told)


@pytest.mark.long
def test_a_thousand_changes_are_taken_as_the_oracle_says() -> None:
    seed = secrets.randbelow(2**32)
    told = play(1_500, seed)
    assert sum(told.values()) >= 1_000, (seed, told)


def test_the_right_tool_is_accused_of_nothing_in_a_few_runs() -> None:
    for seed in (secrets.randbelow(10**6) for _ in range(3)):
        assert findings(seed) == {}, seed


@pytest.mark.long
def test_the_right_tool_is_accused_of_nothing_in_two_hundred_runs() -> None:
    for seed in (secrets.randbelow(10**6) for _ in range(200)):
        assert findings(seed) == {}, seed
