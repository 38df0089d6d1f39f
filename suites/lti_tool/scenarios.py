"""How a tool is moved by what is right: launches, subscription, a plain notice."""

from __future__ import annotations

from harness.judging.suite import scenario
from harness.subjects.lti_tool_hosting import Hosting
from harness.subjects.lti_tool_records import Hosted


def package(marker: str) -> bytes:
    """Return nothing: no package is imported into a tool."""
    return b""


@scenario(packages=0)
async def notified(platform: Hosting) -> Hosted:
    """One notice of a course copy, right in every respect."""
    await platform.send(platform.sound(title="Biology, copied"), step="sound")
    return platform.seen()


@scenario(packages=0)
async def unsigned(platform: Hosting) -> Hosted:
    """A right notice, one whose payload was changed after signing, and a right one again."""
    sound = platform.sound()
    await platform.send(sound, step="before")
    changed = platform.sound()
    await platform.send(
        # What is shown is another context than what was signed.
        type(changed)(changed.claims, shown=platform.sound().mapping), step="tampered",
    )  # fmt: skip
    await platform.send(platform.sound(), step="after")
    return platform.seen()
