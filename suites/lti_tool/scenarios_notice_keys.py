"""How a tool is moved by the keys of its platform: new ones, withdrawn ones, a flood of unknown ones, no key set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Final

from harness.judging.suite import scenario
from harness.net.patience import pause
from harness.subjects.lti_tool_hosting import Hosting
from harness.subjects.lti_tool_records import Hosted
from harness.wire.lti import CONTEXT
from harness.wire.pns_forging import Draft
from harness.wire.pns_vectors_model import Setup
from suites.lti_tool.notices import VECTOR, between, right, vector
from suites.lti_tool.rules import had_effect

COOLED: Final = timedelta(minutes=2)
"""After so long a tool that has asked for too many keys asks again."""
WAITS: Final = (0.0, 0.1, 1.0, 1.1)
"""How long to wait before a new key is tried again, in shares of the patience for what is due (half a minute).

Libraries ask for a key set again after half a minute at the earliest (observed: jose), our tool after a minute.
"""
KNOCKS: Final = 20


@scenario(packages=0, early=True)
async def rotated(platform: Hosting) -> Hosted:
    """A new key is published beside the old one, then alone; notices are signed by the new one and by the old one."""

    async def act() -> None:
        platform.renamed("next")
        await platform.publish("platform", "next")
        fetches = await until_taken(platform, "overlap", by_next, setup="rotate")
        await platform.send(right(platform), step="overlap-old", setup="rotate")
        platform.renamed("next")
        await platform.publish("next")
        await until_taken(platform, "hard", by_next, setup="withdraw", patient=fetches)
        await platform.send(right(platform), step="hard-old", setup="withdraw", later=True)
        await platform.publish("platform")
        await until_taken(platform, "restored", right)

    return await between(platform, act)


def by_next(platform: Hosting) -> Draft:
    """Return a right notice that is signed by the next key."""
    return replace(right(platform), signer="next")


async def until_taken(
    platform: Hosting, step: str, make: Callable[[Hosting], Draft], *, setup: Setup | None = None, patient: bool = True
) -> bool:
    """Send notices until one has its effect, or patience is over; say whether one had.

    Each try is a step of its own: ``overlap-0``, ``overlap-1`` and so on.
    """
    moved = platform.forgotten(COOLED)
    for number, share in enumerate(WAITS if patient and not moved else WAITS[:1]):
        await pause(share * platform.driver.patience.callback)
        name = f"{step}-{number}"
        await platform.send(make(platform), step=name, setup=setup)
        if had_effect(platform.seen(name), name):
            return True
    return False


@scenario(packages=0, alone=True, needs=("ownership",))
async def flooded(platform: Hosting) -> Hosted:
    """Twenty notices under one kid that nobody publishes, then fifty, each under one of its own."""
    platform.forgotten(COOLED)

    async def act() -> None:
        knocks = [replace(right(platform), signer="unpublished") for _ in range(KNOCKS)]
        for draft in knocks:
            await platform.send(draft, step="knocks", look=False)
        await platform.send(vector("A56").make(right(platform), platform.about()), step=VECTOR)

    record = await between(platform, act)
    platform.forgotten(COOLED)
    return record


@scenario(packages=0, alone=True)
async def keyless(platform: Hosting) -> Hosted:
    """New keys are published while the key set is not to be had, or is labelled as text, and then all is well again."""
    platform.forgotten(COOLED)

    async def act() -> None:
        for step, values in (("failing", {"keys-status": 500}), ("mislabelled", {"keys-type": "text/plain"})):
            platform.renamed("next")
            await platform.publish("platform", "next")
            platform.arm(step, **values)
            unknown = by_next(platform)
            await platform.send(unknown, step=step, setup="rotate", look=False)
            platform.arm()
            await platform.send(right(platform), step=f"{step}-known", setup="rotate")
            await platform.look(str(unknown.mapping[CONTEXT]["id"]), step=step)
        await platform.publish("platform")
        platform.forgotten(COOLED)

    return await between(platform, act)
