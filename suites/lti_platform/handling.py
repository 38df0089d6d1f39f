"""How scenarios use the handlers service: which type they take, which addresses they set, what makes a notice come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.subjects.driver import NotOffered
from harness.subjects.lti_platform_records import Tooled
from harness.subjects.lti_platform_target import OURS
from harness.subjects.lti_platform_tooling import Tooling
from harness.wire.json_text import write_json
from harness.wire.pns import CONTEXT_COPY, HELLO_WORLD, SUBMISSION

NEEDS = ("lti.service", "callback.https")
"""The service, and an address that a platform may take as handler."""

TRIGGERS: Mapping[str, str] = {"copy": CONTEXT_COPY, "hello": HELLO_WORLD, "submit": SUBMISSION}
"""What makes a notice come, and of which type it is."""

MANY: Mapping[str, str] = {"copy-bulk": CONTEXT_COPY, "hello": HELLO_WORLD}
"""What makes several notices come at once."""


async def chosen_type(tool: Tooling, deployment: str = "", *, client: str = OURS) -> str:
    """Return the type of which handlers are set, and keep it with the scenario: course copies if there are any."""
    types = (await tool.offered(deployment, client=client))["types"]
    if not types:
        raise NotOffered("the platform offers no notice type")
    chosen = CONTEXT_COPY if CONTEXT_COPY in types else str(types[0])
    tool.note("chosen", type=chosen)
    return chosen


async def triggered_type(tool: Tooling, triggers: Mapping[str, str] = TRIGGERS) -> tuple[str, str]:
    """Return a stimulus and the type of its notices, of those that are configured and offered, and keep the type."""
    types = (await tool.offered())["types"]
    for stimulus, notice_type in triggers.items():
        if stimulus in tool.driver.stimuli and notice_type in types:
            tool.note("chosen", type=notice_type)
            return stimulus, notice_type
    raise NotOffered("not configured: " + " or ".join(f"stimulus.{name}" for name in triggers))


def own_handler(tool: Tooling, name: str, query: str = "") -> str:
    """Return a handler of our own that any platform has to take: by https, in our domain."""
    if tool.driver.scheme != "https":
        raise NotOffered("not configured: callback.https")
    return tool.handler(name, query=query)


def body_of(notice_type: str | None, **members: Any) -> bytes:
    """Return the body of a PUT with members as they are given; without type if it is None."""
    return write_json({**({} if notice_type is None else {"notice_type": notice_type}), **members})


def of_step(tool: Tooling, step: str) -> Tooled:
    """Return the record of one example of a property, as far as it has come."""
    entries = tool.driver.journal.of(tool.scenario, tool.case)
    return Tooled.from_entries([entry for entry in entries if entry.step == step])
