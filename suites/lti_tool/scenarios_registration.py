"""How a tool registers itself: at platforms of all kinds, each of them new to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from harness.judging.suite import Case, scenario
from harness.subjects.lti_tool_hosting import Hosting
from harness.subjects.lti_tool_records import Hosted
from harness.wire.lti import RESOURCE_LINK
from harness.wire.pns import CONTEXT_COPY, HELLO_WORLD
from suites.lti_tool.subscribing import join, launch_joined

NEEDS: Final = ("tool.registration",)
FOREIGN: Final = "https://somebody-elses-platform.example"

ODD: Final[Mapping[str, Mapping[str, Any]]] = {
    "unknown-members": {
        "configuration": {"future_member": {"a": [1]}, "dpop_signing_alg_values_supported": ["ES256"]},
        "offers": {"future_member": [{"b": 2}], "https://members.example/more": "x"},
    },
    "unknown-types": {"offers": {"notice_types_supported": ["LtiFutureNotice", HELLO_WORLD, CONTEXT_COPY]}},
    "messages-as-strings": {"offers": {"messages_supported": [RESOURCE_LINK, "LtiDeepLinkingRequest"]}},
}
"""Configurations that a tool has to cope with; the last as older releases of Moodle had it."""


@scenario(packages=0, needs=NEEDS)
async def joined(platform: Hosting) -> Hosted:
    """The tool registers itself, gets all that it asks for, and is launched."""
    found = await join(platform, "register")
    await launch_joined(platform, found, "launch")
    return platform.seen()


@scenario(cases=[Case(name, {"name": name}) for name in ODD], packages=0, needs=NEEDS)
async def joined_oddly(platform: Hosting, case: Case) -> Hosted:
    """The tool registers itself at a platform whose configuration is odd in the way of the case."""
    await join(platform, "register", **ODD[case.name])
    return platform.seen()


@scenario(packages=0, needs=NEEDS)
async def misled(platform: Hosting) -> Hosted:
    """The tool is asked to register itself by a configuration that names the issuer of somebody else."""
    await join(platform, "register", configuration={"issuer": FOREIGN})
    return platform.seen()


@scenario(packages=0, needs=NEEDS)
async def granted_less(platform: Hosting) -> Hosted:
    """The tool registers itself, is granted none of the scopes it asks for, and is launched all the same."""
    found = await join(platform, "register", granted=())
    await launch_joined(platform, found, "launch", **{"claim-anyway": True})
    return platform.seen()
