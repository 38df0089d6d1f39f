"""How a PENS client is moved: every interaction that its checks judge."""

from __future__ import annotations

from harness.judging.suite import scenario
from harness.subjects.counterpart import Arm
from harness.subjects.pens_client import Publishing
from harness.subjects.publish_records import Published

PUBLISH = ("stimulus.publish",)


def package(marker: str) -> bytes:
    """A client brings its own package."""
    return b""


@scenario(needs=PUBLISH)
async def published(client: Publishing) -> Published:
    """The subject publishes; the target understands, fetches in every way, sends receipt and alert."""
    return await client.publish(Arm("probing", {"probe": True}))
