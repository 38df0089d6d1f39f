"""How a platform is asked for its key set, and for the versions of TLS that it takes."""

from __future__ import annotations

from dataclasses import asdict

from harness.judging.suite import scenario
from harness.net.handshakes import VERSIONS, shake_hands
from harness.subjects.driver import NotOffered
from harness.subjects.lti_platform_records import Tooled
from harness.subjects.lti_platform_tooling import Tooling


@scenario(packages=0)
async def published(tool: Tooling) -> Tooled:
    """The key set is fetched."""
    await tool.keys(step="keys")
    return tool.seen()


@scenario(packages=0)
async def shaken(tool: Tooling) -> Tooled:
    """Each endpoint is offered one version of TLS after the other; nothing is sent there."""
    target = tool.target
    addresses = {
        "authorization": target.auth_url, "token": target.token_url, "keys": target.keys_url,
        "configuration": target.configuration_url, "handlers": await _handlers(tool),
    }  # fmt: skip
    done: set[str] = set()
    for name, url in addresses.items():
        place = "/".join(url.split("/", 3)[:3])
        if url and place not in done:
            done.add(place)
            tries = [await shake_hands(url, version, tool.driver.patience.answer) for version in VERSIONS]
            tool.note("handshakes", name, url=place, tries=[asdict(one) for one in tries])
    return tool.seen()


async def _handlers(tool: Tooling) -> str:
    try:
        return await tool.service()
    except NotOffered:
        return ""
