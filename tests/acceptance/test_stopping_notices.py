"""Each way to stop notices is seen to stop them: they come before, none comes while it is closed, and they come again.

The ways are those of D2L "Platform Notification Service with LTI 1.3", Stopping Notices; a profile has those that its
setting ``switches`` names, and every one lets the tool remove its handler.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from harness.evidence.journal import Journal
from harness.judging.profiles import load_profile
from harness.net.clock import OffsetClock
from harness.subjects.lti_platform_opening import open_lti_platform
from harness.subjects.opening import Opening
from harness.subjects.targets import TargetSpec
from harness.wire.pns import CONTEXT_COPY, SUBMISSION
from tests.acceptance.runs import tls

PROFILES = ("pns-spec", "brightspace", "canvas", "blackboard")
WAYS: Mapping[str, str] = {
    "registration": "disable-registration", "deployment": "disable-deployment", "type": "disable-type", "handler": "",
}  # fmt: skip
"""What a person does; nobody but the tool removes a handler."""
ALL = [
    (profile, way)
    for profile in PROFILES
    for way in WAYS
    if way == "handler" or way in load_profile(profile).area("pns")["switches"]
]


def test_brightspace_has_all_four_ways() -> None:
    assert [way for profile, way in ALL if profile == "brightspace"] == list(WAYS)
    assert all((profile, "handler") in ALL for profile in PROFILES)


async def told(profile: str, way: str) -> list[int]:
    """Return how many notices came before a way was closed, while it was, and after it was opened again."""
    found = load_profile(profile)
    notice_type = CONTEXT_COPY if "context-copy" in found.capabilities else SUBMISSION
    event = "copy" if notice_type == CONTEXT_COPY else "submit"
    clock = OffsetClock()
    journal = Journal(clock.now)
    settings = found.for_subject("lti-platform")
    spec = TargetSpec("mock", "mock", profile)
    driver = await open_lti_platform(Opening(spec, journal, settings, b"", clock=clock, tls=tls(), seed=1))
    counts = []
    try:
        tool = driver.begin("stopping", way, {})
        address = tool.handler("here")

        async def happens() -> None:
            before = tool.hooks["here"].notices
            await tool.stimulate(event, step=event)
            await driver.settle()
            counts.append(tool.hooks["here"].notices - before)

        assert (await tool.put(notice_type, address, step="set", size=10)).taken
        await happens()
        if WAYS[way]:
            await tool.stimulate(WAYS[way], step="off", notice_type=notice_type)
        else:
            assert (await tool.put(notice_type, "", step="off")).taken
        await happens()
        if WAYS[way]:
            await tool.stimulate("enable", step="on")
        assert (await tool.put(notice_type, address, step="set-again", size=10)).taken
        await happens()
        await driver.end(tool)
    finally:
        await driver.stop()
    return counts


@pytest.mark.parametrize(("profile", "way"), ALL)
def test_notices_come_until_a_way_is_closed_and_come_again(profile: str, way: str) -> None:
    assert asyncio.run(told(profile, way)) == [1, 0, 1]
