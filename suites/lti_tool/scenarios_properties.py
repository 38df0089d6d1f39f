"""Properties: notices that are changed in whatever way, batches of them, and histories that nobody has thought of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from harness.judging.properties import Budget, examine
from harness.judging.suite import scenario
from harness.strategies.notice_histories import History
from harness.strategies.notice_histories import histories as drawn
from harness.strategies.notices import Mutation, applied, batches, described, focused, message, mutations
from harness.subjects.driver import NotOffered
from harness.subjects.lti_tool_hosting import Hosting
from harness.subjects.lti_tool_records import Hosted, Hostings
from harness.wire.lti import CONTEXT
from harness.wire.pns import ORIGIN_CONTEXTS
from harness.wire.pns_forging import Draft, Message, Sending
from harness.wire.pns_notices import write_time
from harness.wire.pns_oracle_body import expected_posts
from suites.lti_tool.notices import right
from suites.lti_tool.rules import had_effect
from suites.lti_tool.rules_properties import as_expected, once_each
from suites.lti_tool.scenarios_receiving_more import two_copies

CHANGES: Final[Mapping[str, Budget]] = {"proof": Budget(60, 8), "quick": Budget(60, 40), "full": Budget(500, 400)}
BATCHES: Final[Mapping[str, Budget]] = {"proof": Budget(8, 8), "quick": Budget(12, 30), "full": Budget(100, 200)}
HISTORIES: Final[Mapping[str, Budget]] = {"proof": Budget(10, 8), "quick": Budget(15, 30), "full": Budget(100, 200)}
Batch = tuple[Mutation | None, ...]


async def _ready(platform: Hosting, *deployments: str) -> None:
    """Learn the handlers, and see that a right notice has its effect at all: otherwise nothing is to be learnt."""
    for name in deployments or (platform.deployment,):
        await platform.subscribed(name)
    await platform.send(right(platform), step="ready")
    if not had_effect(platform.seen("ready"), "ready"):
        raise NotOffered("positive control not seen: a right notice has its effect")


async def _tried(platform: Hosting, made: Message, step: str) -> Hosted:
    """Look at what a message is about, send it, then a right notice, and return the record of the step."""
    bodies = expected_posts(made.posts(platform.ring), platform.knowledge())
    places = dict.fromkeys((one.target.context, one.target.deployment) for b in bodies for one in b.expectations)
    for context, deployment in places:
        if context:
            await platform.look(context, deployment or "", step=step)
    await platform.send(made, step=step, later=True)
    await platform.send(right(platform), step=step, later=True)
    await platform.look_back()
    return platform.seen(step)


@scenario(threaded=True, packages=0, needs=("tool.probe",))
def changes(platform: Hosting, seed: int) -> Hostings:
    """Notices with any one claim or header member changed, signed again or not, and a right one after each."""

    async def act(mutation: Mutation, step: str) -> Hosted:
        return await _tried(platform, Message.of(applied(mutation, right(platform), platform.ring)), step)

    chosen = focused() | focused() | mutations(right(platform), platform.ring)
    budget = CHANGES[platform.driver.budget]
    return examine(
        platform, chosen, act, as_expected, seed, describe=described, budget=budget, ahead=lambda: _ready(platform)
    )


def _listed(batch: Batch) -> Mapping[str, Any]:
    return {"notices": ["right" if one is None else dict(described(one)) for one in batch]}


@scenario(threaded=True, packages=0, needs=("tool.probe",))
def mixtures(platform: Hosting, seed: int) -> Hostings:
    """Batches of right notices and changed ones in any number and order, and a right one after each batch."""

    async def act(batch: Batch, step: str) -> Hosted:
        return await _tried(platform, message(batch, right(platform), platform.ring), step)

    budget, chosen = BATCHES[platform.driver.budget], batches(right(platform), platform.ring)
    return examine(
        platform, chosen, act, as_expected, seed, describe=_listed, budget=budget, ahead=lambda: _ready(platform)
    )


def _told(history: History) -> Mapping[str, Any]:
    return {
        "events": [[one.course, one.deployment, one.age] for one in history.events],
        "deliveries": [[one.event, one.kind] for one in history.deliveries],
    }


@scenario(threaded=True, packages=0, needs=("tool.probe",))
def journeys(platform: Hosting, seed: int) -> Hostings:
    """Histories of right notices: several events in several courses, sent again and in any order."""
    count = min(2, len(platform.target.deployments))

    async def act(history: History, step: str) -> Hosted:
        return await _journey(platform, history, step)

    budget = HISTORIES[platform.driver.budget]

    async def ahead() -> None:
        await _ready(platform, *platform.target.deployments[:count])
        await _keeps_one(platform)

    return examine(platform, drawn(count), act, once_each, seed, describe=_told, budget=budget, ahead=ahead)


async def _keeps_one(platform: Hosting) -> None:
    """Learn whether a course shows the last of two copies alone that come in order, and note it for all that follows.

    That is a way to understand a copy; a tool that adds copies up is held to all of them.
    """
    first, second = two_copies(platform)
    context = str(first.mapping[CONTEXT]["id"])
    for draft in (first, second):
        await platform.send(draft, step="ready")
    seen = await platform.until_shown(context, platform.deployment, 2, step="ready")
    shown = set((seen.probed.origins if seen else None) or ())
    if set(second.mapping[ORIGIN_CONTEXTS]) <= shown and not shown & set(first.mapping[ORIGIN_CONTEXTS]):
        platform.note("keeps-one")


async def _journey(platform: Hosting, history: History, step: str) -> Hosted:
    """Let one history happen and look at all its courses in the end."""
    names, now = platform.target.deployments, platform.driver.clock.now()
    courses = [right(platform).mapping[CONTEXT] for _ in range(2)]
    events = []
    for one in history.events:
        draft = right(platform, deployment=names[one.deployment], origins=(f"origin-{platform.fresh('origin')}",))
        draft = draft.notice(timestamp=write_time(now - timedelta(seconds=one.age)))
        events.append(draft.having({CONTEXT: courses[one.course]}))
    first: dict[int, Draft] = {}
    for number, delivery in enumerate(history.deliveries):
        draft = first.get(delivery.event) or events[delivery.event]
        draft = draft if delivery.kind == "same-jwt" or delivery.event not in first else draft.again(number)
        first.setdefault(delivery.event, draft)
        url = await platform.subscribed(names[history.events[delivery.event].deployment])
        await platform.send(Message((Sending((draft,)),)), step=step, url=url, look=False)
    due: dict[tuple[str, str], list[str]] = {}
    ages = {draft.mapping[ORIGIN_CONTEXTS][0]: one.age for one, draft in zip(history.events, events, strict=True)}
    for one, draft in zip(history.events, events, strict=True):
        place = str(draft.mapping[CONTEXT]["id"]), names[one.deployment]
        due.setdefault(place, []).append(draft.mapping[ORIGIN_CONTEXTS][0])
    for (context, deployment), origins in due.items():
        latest = [one for one in origins if ages[one] == min(ages[other] for other in origins)]
        platform.note("due", step, context=context, deployment=deployment, origins=origins, latest=latest)
        await platform.until_shown(context, deployment, len(origins), step=step)
    return platform.seen(step)
