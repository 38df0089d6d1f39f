"""How a platform is moved to answer authentication requests, right ones and wrong ones, and to tell deployments."""

from __future__ import annotations

from datetime import timedelta

from harness.judging.suite import scenario
from harness.net.patience import pause
from harness.subjects.browser import Browser
from harness.subjects.driver import NotOffered
from harness.subjects.lti_platform_asking import fresh, hold
from harness.subjects.lti_platform_records import Launched, Tooled
from harness.subjects.lti_platform_tooling import Tooling
from harness.wire.binding import join_query
from harness.wire.pns import CONTEXT_COPY, CONTRIBUTION, HELLO_WORLD, SUBMISSION
from suites.lti_platform.asking import ALONE, NO_SESSION, PLAIN, answered, ask_all, ask_each, bendings

LATE = 15.0
"""Seconds between a login initiation and the authentication request that answers it; more than a message may age."""

STIMULI = {HELLO_WORLD: "hello", CONTEXT_COPY: "copy", SUBMISSION: "submit", CONTRIBUTION: "contribute"}
"""What makes a platform tell of something, by the type of the notice."""


@scenario(packages=0, needs=("stimulus.launch",))
async def asked(tool: Tooling) -> Tooled:
    """A learner's launch is held back; in an instructor's our tool asks without a session, with one thing wrong, each
    in turn, then rightly. Where a refusal ends the launch, each is asked in a launch of its own. At last the learner's
    goes on, which tells that it is another user's.
    """
    other = await hold(tool, step="other", role="learner")
    before = tool.seen().launched("other")
    bent = bendings(tool, before.initiation if before and before.initiated else None)
    held = await hold(tool, step=PLAIN, role="instructor")
    if held:
        nobody = Browser(tool.driver.client, tool.where(NO_SESSION))
        await tool.ask(fresh(tool, held.pairs, NO_SESSION), step=NO_SESSION, browser=nobody)
        if not await ask_all(tool, held, bent):
            await ask_each(tool, bent, "instructor")
    elif (plain := tool.seen().launched(PLAIN)) and plain.initiated:
        await ask_each(tool, bent, "instructor")
    if other:
        await tool.ask(fresh(tool, other.pairs, "other"), step="other", browser=other.browser)
        if held and not answered(tool, "other"):
            await tool.launch(step="other" + ALONE, role="learner")
    return tool.seen()


@scenario(alone=True, packages=0, needs=("stimulus.launch",))
async def late(tool: Tooling) -> Tooled:
    """A launch that is answered at once, and one whose authentication request comes late."""
    for step, wait in (("prompt", 0.0), ("late", LATE)):
        held = await hold(tool, step=step)
        if held is None:
            raise NotOffered("a launch in a browser of ours: stimulus.launch told no address that leads to our login")
        if wait and tool.driver.control:
            await tool.advance(timedelta(seconds=wait))
        elif wait:
            await pause(wait)
        await tool.ask(held.pairs, step=step, browser=held.browser)
        tool.note("answered", step, now=tool.now_seconds())
    return tool.seen()


@scenario(packages=0, needs=("stimulus.launch", "lti.other-deployment"))
async def two_deployments(tool: Tooling) -> Tooled:
    """Our tool is launched from two deployments; a handler is set in the first, and both are listed."""
    first = await tool.launch(step="first")
    second = await tool.launch(step="second", deployment=tool.target.other_deployment)
    urls = [_service(tool, first, tool.target.deployment_id), _service(tool, second, tool.target.other_deployment)]
    if all(urls):
        for name in first.service.types[:1]:
            await tool.put(name, tool.handler("first"), step="put", url=urls[0])
        await tool.listed(step="list-first", url=urls[0])
        await tool.listed(step="list-second", url=urls[1])
    return tool.seen()


def _service(tool: Tooling, launch: Launched, deployment: str) -> str:
    """Return the address of the service as a launch told it; empty when it told none."""
    url = launch.service.url if launch.offers_service else None
    return join_query(url, tool._more(deployment)) if url else ""


@scenario(packages=0, needs=("stimulus.launch",))
async def deployed(tool: Tooling) -> Tooled:
    """A launch, and a notice of the first type that the platform can be moved to tell."""
    launch = await tool.launch(role="instructor")
    notice_type = _provoked(tool, launch)
    if notice_type:
        url = _service(tool, launch, tool.target.deployment_id)
        done = await tool.put(notice_type, tool.handler("deployed"), step="put", url=url)
        if done.taken:
            await tool.stimulate(STIMULI[notice_type], step="stimulus")
            await tool.arrived("deployed")
    return tool.seen()


def _provoked(tool: Tooling, launch: Launched) -> str:
    if not launch.offers_service or not launch.service.url:
        return ""
    names = (name for name in STIMULI if name in launch.service.types and STIMULI[name] in tool.driver.stimuli)
    return next(names, "")
