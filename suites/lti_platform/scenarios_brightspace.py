"""What an administrator of Brightspace switches: the service, a notice type, sharing rules, what of a course is told.

Source: D2L "Platform Notification Service with LTI 1.3" (Enablement, Context Copy Notice, Stopping Notices).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from harness.judging.suite import Case, scenario
from harness.subjects.driver import NotOffered
from harness.subjects.lti_platform_records import Tooled
from harness.subjects.lti_platform_tooling import Tooling
from harness.wire.pns import CONTEXT_COPY
from suites.lti_platform.provoking import COPIED, GREETED, PROVOKED, SUBMITTED, Kind, can_provoke, provoke, subscribe

OFF: Final = {"registration": "disable-registration", "deployment": "disable-deployment", "type": "disable-type"}
"""The switches, and the stimulus that turns each off."""

ONE: Final = {"registration": "D2L-PNS-04", "deployment": "D2L-PNS-03", "type": "D2L-PNS-02"}


def _combinations() -> list[Case]:
    found = []
    for number in range(1, 8):
        off = [name for bit, name in enumerate(OFF) if number >> bit & 1]
        rows = ("D2L-PNS-01", *((ONE[off[0]],) if len(off) == 1 else ()))
        found.append(Case("-and-".join(off) + "-off", {"off": off}, rows))
    return found


@scenario(
    cases=_combinations(), packages=0,
    needs=("lti.service", "stimulus.copy", "stimulus.enable", *(f"stimulus.{name}" for name in OFF.values())),
)  # fmt: skip
async def switched(tool: Tooling, case: Case) -> Tooled:
    """A course is copied with every switch on, with those of the case off, and with all on again.

    Another notice type, and another deployment, are watched as well where there are some.
    """
    other = await _other_kind(tool)
    elsewhere = tool.target.other_deployment
    tool.undo["enable"] = {}
    await subscribe(tool, COPIED, tool.handler("copied"), step="put-copied")
    watched = ["copied"]
    if other:
        await subscribe(tool, other, tool.handler("other"), step="put-other")
        watched.append("other")
    if elsewhere:
        await subscribe(tool, COPIED, tool.handler("elsewhere"), step="put-elsewhere", deployment=elsewhere)
        watched.append("elsewhere")
    await _happen(tool, other, "before", watched)
    try:
        for name in case.values["off"]:
            await tool.stimulate(OFF[name], step=OFF[name], notice_type=CONTEXT_COPY)
        await _happen(tool, other, "during", _still_due(case.values["off"], bool(other), bool(elsewhere)))
        await tool.quiet()
    finally:
        await tool.stimulate("enable", step="enable")
    await _happen(tool, other, "after", watched)
    return tool.seen()


async def _other_kind(tool: Tooling) -> Kind | None:
    types = (await tool.offered())["types"]
    return next((kind for kind in (GREETED, SUBMITTED) if kind.type in types and can_provoke(tool, kind)), None)


async def _happen(tool: Tooling, other: Kind | None, step: str, watched: tuple[str, ...] | list[str]) -> None:
    """Copy a course, and let the other type happen too; wait for what is due at the handlers that are watched."""
    copied = tuple(name for name in watched if name != "other")
    await provoke(tool, COPIED, step=step, to=copied, title=tool.own(step))
    if other:
        await provoke(tool, other, step=f"{step}-other", to=("other",) if "other" in watched else ())


def _still_due(off: Sequence[str], has_other: bool, has_elsewhere: bool) -> tuple[str, ...]:
    """Return the handlers that are told while something is off, so that they are waited for as long as any."""
    other = ("other",) if has_other and off == ["type"] else ()
    return (*other, *(("elsewhere",) if has_elsewhere and "registration" not in off else ()))


@scenario(
    packages=0, needs=("lti.service", "stimulus.copy", "stimulus.share", "stimulus.unshare", "stimulus.share-all")
)
async def sharing(tool: Tooling) -> Tooled:
    """Our deployment is shared to one course alone: a copy into it from outside, and a copy from it to outside."""
    if len(tool.target.courses) < 2:
        raise NotOffered("not configured: [lti] courses, two of them")
    inside, outside = tool.target.courses[:2]
    tool.note("shares", inside=inside, outside=outside)
    await subscribe(tool, COPIED, tool.handler("copied"), step="put-copied")
    tool.undo["share-all"] = {}
    try:
        await tool.stimulate("share", step="share", course=inside)
        await _copy(tool, outside, inside, step="into")
        await _copy(tool, inside, outside, step="out", due=False)
        await tool.quiet()
    finally:
        await tool.stimulate("share-all", step="share-all")
    await _copy(tool, inside, outside, step="all")
    return tool.seen()


async def _copy(tool: Tooling, origin: str, destination: str, *, step: str, due: bool = True) -> None:
    """Copy one course into another that there is; wait for the notice if it is due."""
    before = tool.hooks["copied"].notices
    tool.note(PROVOKED, step, now=tool.now_seconds())
    await tool.stimulate("copy", step=step, **{"from": origin, "to": destination})
    if due:
        await tool.arrived("copied", before + 1)


@scenario(packages=0, needs=("lti.service", "stimulus.copy", "stimulus.show-details", "stimulus.hide-details"))
async def detailed(tool: Tooling) -> Tooled:
    """A course is copied while names of courses may be told, while they may not, and while they may again."""
    await subscribe(tool, COPIED, tool.handler("copied"), step="put-copied")
    tool.undo["show-details"] = {}
    for step, stimulus in (("shown", "show-details"), ("hidden", "hide-details"), ("again", "show-details")):
        await tool.stimulate(stimulus, step=stimulus if step != "again" else f"{stimulus}-again")
        await provoke(tool, COPIED, step=step, to=("copied",), title=tool.own(step))
    return tool.seen()


@scenario(packages=0, needs=("lti.service", "stimulus.copy", "stimulus.copy-bulk", "stimulus.copy-api"))
async def copied_in_every_way(tool: Tooling) -> Tooled:
    """A course is copied by hand, in bulk and by API."""
    await subscribe(tool, COPIED, tool.handler("copied"), step="put-copied")
    for name in ("copy", "copy-bulk", "copy-api"):
        await provoke(tool, Kind(name, name, CONTEXT_COPY), step=name, to=("copied",), title=tool.own(name))
    return tool.seen()


@scenario(packages=0, needs=("lti.service", "stimulus.copy"))
async def taken_back(tool: Tooling) -> Tooled:
    """A handler is told of a copy, removed by our tool, and a course is copied again; then it is set anew."""
    await subscribe(tool, COPIED, tool.handler("copied"), step="put-copied")
    await provoke(tool, COPIED, step="before", to=("copied",))
    await tool.put(CONTEXT_COPY, "", step="remove")
    await provoke(tool, COPIED, step="during")
    await tool.quiet()
    await subscribe(tool, COPIED, tool.handler("anew"), step="put-anew")
    await provoke(tool, COPIED, step="after", to=("anew",))
    await tool.quiet()
    return tool.seen()


@scenario(packages=0, needs=("lti.service", "lti.configuration"))
async def audiences(tool: Tooling) -> Tooled:
    """A token for an assertion with the audience that we were told, and one for the address of the endpoint."""
    await tool.token("told")
    await tool.token("endpoint", aud=tool.target.token_url)
    return tool.seen()


@scenario(packages=0, needs=("stimulus.launch",))
async def placed(tool: Tooling) -> Tooled:
    """An instructor launches our tool: where is the service?"""
    await tool.launch(role="instructor")
    return tool.seen()


@scenario(packages=0, needs=("stimulus.launch", "stimulus.disable-type", "stimulus.enable-type"))
async def listed(tool: Tooling) -> Tooled:
    """A launch, one while a notice type is disabled at the deployment, and one when it is enabled again."""
    await tool.launch(step="before")
    tool.undo["enable-type"] = {"notice_type": CONTEXT_COPY}
    try:
        await tool.stimulate("disable-type", step="disable-type", notice_type=CONTEXT_COPY)
        await tool.launch(step="off")
    finally:
        await tool.stimulate("enable-type", step="enable-type", notice_type=CONTEXT_COPY)
    await tool.launch(step="after")
    if tool.target.configuration_url:
        await tool.configuration()
    return tool.seen()


@scenario(packages=0, needs=("lti.service",))
async def criteria(tool: Tooling) -> Tooled:
    """Handlers by the article's three criteria: one in our domain, one that is a redirect URL, and three others."""
    own = urlsplit(tool.handler("own"))
    offered = (await tool.offered())["types"]
    kind = offered[0] if offered else CONTEXT_COPY
    addresses = {
        "own": own.geturl(), "redirect": tool.driver.tool.elsewhere_url, "http": own._replace(scheme="http").geturl(),
        "invalid": "no url", "foreign": own._replace(netloc="tool.invigil-elsewhere.example").geturl(),
    }  # fmt: skip
    for step, address in addresses.items():
        if address:
            await tool.put(kind, address, step=step)
    return tool.seen()
