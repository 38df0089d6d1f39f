"""How a PENS client is moved: every interaction that its checks judge."""

from __future__ import annotations

from datetime import timedelta

from harness.judging.suite import Case, scenario
from harness.subjects.counterpart import Arm
from harness.subjects.pens_client import Publishing
from harness.subjects.publish_records import Publications, Published

PUBLISH = ("stimulus.publish",)


def package(marker: str) -> bytes:
    """A client brings its own package."""
    return b""


@scenario(needs=PUBLISH)
async def published(client: Publishing) -> Published:
    """The subject publishes; the target understands, fetches in every way, sends receipt and alert."""
    return await client.publish(Arm("probing", {"probe": True}))


@scenario(cases=[Case("slash", {"address": "slash"}), Case("https", {"address": "https"})], needs=PUBLISH)
async def published_to(client: Publishing, case: Case) -> Published:
    """The subject publishes to an address of another form: with a slash at its end, by https."""
    return await client.publish(address=case.values["address"])


@scenario(needs=PUBLISH)
async def published_query(client: Publishing) -> Published:
    """The subject publishes to an address that has a query of its own."""
    return await client.publish(address="query")


@scenario(cases=[Case("delimiters", {"user": "invigil-a&b=c+d%2Be f"})], needs=PUBLISH)
async def published_as(client: Publishing, case: Case) -> Published:
    """The subject publishes as a user whose name holds what delimits a query."""
    return await client.publish(values={"INVIGIL_SYSTEM_USER_ID": case.values["user"]})


@scenario(needs=(*PUBLISH, "stimulus.republish", "stimulus.publish-other"), packages=2)
async def publications(client: Publishing) -> Publications:
    """The subject publishes one course, the same once more, and another one."""
    for step, stimulus in (("first", "publish"), ("again", "republish"), ("other", "publish-other")):
        await client.publish(stimulus=stimulus, step=step)
    return Publications.from_entries(client.driver.journal.of(client.scenario, client.case))


@scenario(needs=PUBLISH, alone=True)
async def kept(client: Publishing) -> Published:
    """The subject publishes; a minute before the expiry the package is fetched once more."""
    await client.publish()
    await client.revisit(timedelta(minutes=1))
    return client.seen()
