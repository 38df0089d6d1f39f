"""How a platform is moved to let in and keep out: without token, with others' tokens, at others' deployments."""

from __future__ import annotations

import hashlib
import re
import uuid
from datetime import timedelta
from urllib.parse import quote

from harness.judging.suite import scenario
from harness.subjects.driver import NotOffered
from harness.subjects.lti_platform_records import Tooled
from harness.subjects.lti_platform_target import OTHER
from harness.subjects.lti_platform_tooling import Tooling
from harness.wire.pns import SCOPE
from suites.lti_platform.handling import NEEDS, chosen_type, own_handler

OTHER_SCOPES = (
    "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly",
    "https://purl.imsglobal.org/spec/lti-ags/scope/score",
    "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem",
)
"""Scopes of other services, of which a platform grants one or the other to a tool."""

SECOND = timedelta(seconds=1)


@scenario(packages=0, needs=NEEDS)
async def tokens_at_handlers(tool: Tooling) -> Tooled:
    """The handlers are read and set with our token, without any, with one that nobody issued, and for other scopes."""
    chosen = await chosen_type(tool)
    former, other = own_handler(tool, "former"), own_handler(tool, "other")
    await tool.put(chosen, former, step="set")
    await tool.listed(step="list")
    unknown = hashlib.sha256(tool.own("unknown").encode()).hexdigest()
    given = {"bare": "", "unknown": unknown, "narrow": await _narrow(tool), "changed": await _changed(tool)}
    for step, access in given.items():
        if access or step == "bare":
            await tool.listed(step=f"{step}-get", access=access)
            await tool.put(chosen, other, step=f"{step}-put", access=access)
            await tool.listed(step=f"after-{step}")
    return tool.seen()


async def _changed(tool: Tooling) -> str:
    """Return our token with one letter near its end changed: nobody has issued that one either."""
    own = await tool.access()
    place = len(own) - len(own.rpartition(".")[2]) // 2 - 1
    made = own[:place] + ("A" if own[place] != "A" else "B") + own[place + 1 :]
    tool.driver.journal.redactor.add("access-token", made)
    return made


async def _narrow(tool: Tooling) -> str:
    """Return a token that lacks the scope of the service; empty when no other scope is granted to us."""
    for number, scope in enumerate(OTHER_SCOPES, 1):
        issued = await tool.token(f"scope-{number}", scopes=(scope,))
        if issued.granted and SCOPE not in (issued.answer.scopes or ()):
            return tool.value_of(f"scope-{number}")
    return ""


@scenario(packages=0, needs=(*NEEDS, "control"), alone=True)
async def late_token(tool: Tooling) -> Tooled:
    """The handlers are read with a token, and once more a minute after it has expired."""
    url = await tool.service()
    issued = await tool.token("token")
    access = tool.value_of("token")
    if not access:
        raise NotOffered("no access token: the request with the scope of the notification service was refused")
    await tool.listed(step="fresh", access=access, url=url)
    await tool.advance(((issued.answer.expires_in or 3600) + 60) * SECOND)
    await tool.listed(step="late", access=access, url=url)
    await tool.listed(step="renewed", url=url)
    return tool.seen()


@scenario(packages=0, needs=(*NEEDS, "lti.other-client"))
async def crossing_clients(tool: Tooling) -> Tooled:
    """Each of two clients reads and sets the handlers of its own deployment, and then those of the other's."""
    chosen = await chosen_type(tool)
    theirs, access = await tool.service(client=OTHER), await tool.access(OTHER)
    former, other = own_handler(tool, "former"), own_handler(tool, "other")
    await tool.put(chosen, former, step="set")
    await tool.listed(step="ours")
    await tool.listed(step="theirs", url=theirs, access=access)
    await tool.listed(step="their-get", access=access)
    await tool.put(chosen, other, step="their-put", access=access)
    await tool.listed(step="our-get", url=theirs)
    await tool.put(chosen, other, step="our-put", url=theirs)
    await tool.listed(step="after-ours")
    await tool.listed(step="after-theirs", url=theirs, access=access)
    return tool.seen()


@scenario(packages=0, needs=NEEDS)
async def unknown_deployment(tool: Tooling) -> Tooled:
    """The handlers of a deployment are read that there is not, beside those of ours."""
    chosen, url = await chosen_type(tool), await tool.service()
    elsewhere = at_unknown_deployment(url, tool.target.deployment_id)
    if elsewhere is None:
        raise NotOffered("the address of the service does not show its deployment")
    await tool.listed(step="ours")
    await tool.listed(step="unknown-get", url=elsewhere)
    await tool.put(chosen, own_handler(tool, "unknown"), step="unknown-put", url=elsewhere)
    return tool.seen()


def at_unknown_deployment(url: str, deployment: str) -> str | None:
    """Return the address of a deployment's handlers with an id of the same form that nobody has; None if it has none.

    The address shows the id, or only what stands before its colon (observed: Canvas source).
    """
    begin, mark, rest = url.partition("://")
    host, _, rest = rest.partition("/")
    for shown in dict.fromkeys((deployment, quote(deployment, safe=""), deployment.partition(":")[0])):
        # A whole word of path or query: an id may be as short as a digit of the version.
        word = re.compile(rf"(?<=[/=]){re.escape(shown)}(?=[/?&#]|\Z)")
        if shown and word.search(f"/{rest}"):
            fresh = _unknown(shown).replace("\\", "\\\\")
            return f"{begin}{mark}{host}{word.sub(fresh, f'/{rest}')}"
    return None


def _unknown(name: str) -> str:
    digest = hashlib.sha256(f"invigil-unknown-{name}".encode()).hexdigest()
    if name.isdigit():
        return str(int(digest[:12], 16) % 10**9 + 10**9)
    if len(name) == 36 and name.count("-") == 4:
        return str(uuid.UUID(digest[:32], version=4))
    return f"{name}-{digest[:8]}"


@scenario(packages=0, needs=(*NEEDS, "lti.other-deployment"))
async def handlers_apart(tool: Tooling) -> Tooled:
    """A type is given a handler in each of two deployments of our tool, and is removed in one."""
    chosen = await chosen_type(tool)
    ours, other = await tool.service(), await tool.service(tool.target.other_deployment)
    first, second = own_handler(tool, "first"), own_handler(tool, "second")
    await tool.put(chosen, "", step="clear", url=other)
    for step, url, address in (
        ("set-ours", ours, first), ("set-other", other, second), ("remove-other", other, ""),
    ):  # fmt: skip
        await tool.put(chosen, address, step=step, url=url)
        await tool.listed(step=f"{step}-ours", url=ours)
        await tool.listed(step=f"{step}-other", url=other)
    return tool.seen()
