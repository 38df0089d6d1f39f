"""How a platform is moved to offer the notification service in launches."""

from __future__ import annotations

from harness.judging.suite import scenario
from harness.subjects.browser import Browser
from harness.subjects.driver import NotOffered
from harness.subjects.lti_platform_asking import fresh
from harness.subjects.lti_platform_records import Tooled
from harness.subjects.lti_platform_tooling import Tooling

TAIL = "~.-_/+=%20&"
"""Characters of base64 and of addresses: a state may hold any that can be seen (RFC 6749, Appendix A.5)."""


def package(marker: str) -> bytes:
    """Return nothing: no package is imported into a platform."""
    return b""


@scenario(packages=0, needs=("stimulus.launch",))
async def launched(tool: Tooling) -> Tooled:
    """An instructor launches our tool from a course, and our tool asks once more; then a learner launches it, and
    state and nonce hold characters that have to be encoded on their way.
    """
    browser = Browser(tool.driver.client, tool.where("launch"))
    first = await tool.launch(role="instructor", browser=browser)
    if first.pages and first.has_message:
        await tool.ask(fresh(tool, first.asked, "replayed"), step="replayed", browser=browser)
    await tool.launch(step="learner", role="learner", bend=lambda pairs: fresh(tool, pairs, "learner", tail=TAIL))
    return tool.seen()


@scenario(packages=0, needs=("stimulus.launch", "stimulus.disable-registration", "stimulus.enable"))
async def switched_off(tool: Tooling) -> Tooled:
    """A launch, one after the service was switched off at the registration, and one after it is on again."""
    await tool.launch(step="before")
    tool.undo["enable"] = {}
    try:
        await tool.stimulate("disable-registration", step="disable-registration")
        await tool.launch(step="off")
    finally:
        await tool.stimulate("enable", step="enable")
    await tool.launch(step="after")
    return tool.seen()


@scenario(packages=0, needs=("stimulus.launch",))
async def subscribed(tool: Tooling) -> Tooled:
    """Every notice type of the claim is given a handler of ours, one after the other."""
    launch = await tool.launch()
    if not launch.offers_service:
        raise NotOffered("the launch does not offer the notification service")
    address = tool.handler("all")
    for name in launch.service.types:
        await tool.put(name, address, step=f"put-{name}", size=50)
    await tool.listed(step="list")
    return tool.seen()
