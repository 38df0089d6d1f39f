"""How a platform delivers to handlers that are replaced, fail, hang, redirect, or show a certificate of nobody's."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

from harness.judging.suite import scenario
from harness.net.hook import TAKEN
from harness.net.listener import Reply
from harness.net.patience import within
from harness.net.staging import Gate
from harness.subjects.driver import NotOffered
from harness.subjects.lti_platform_records import Tooled
from harness.subjects.lti_platform_tooling import Tooling
from suites.lti_platform.provoking import GREETED, chosen, provoke, provoke_both, provoke_each, subscribe, told_soon

BROKEN = Reply(500, (("Content-Type", "text/plain"),), b"out of order\n")
LATER = timedelta(hours=1)
HELD = timedelta(minutes=10)
REDIRECTS = (302, 307)


@scenario(packages=0, needs=("lti.service",))
async def replaced(tool: Tooling) -> Tooled:
    """A handler that is told once, then replaced by another; then something happens again."""
    kind = await chosen(tool)
    await subscribe(tool, kind, tool.handler("old"), step="put-old")
    await provoke(tool, kind, step="before", to=("old",))
    await subscribe(tool, kind, tool.handler("new"), step="put-new")
    await provoke(tool, kind, step="after", to=("new",))
    await tool.quiet("old", "new")
    return tool.seen()


@scenario(packages=0, needs=("lti.service", "lti.other-deployment"), alone=True)
async def failing(tool: Tooling) -> Tooled:
    """A handler that begins to answer 500, and one of another deployment that is well; then an hour passes."""
    kind = await chosen(tool)
    well = [True]
    failing = tool.handler("failing", answering=lambda number: TAKEN if well[0] else BROKEN)
    await subscribe(tool, kind, failing, step="put-failing")
    other = tool.target.other_deployment
    await subscribe(tool, kind, tool.handler("served"), step="put-served", deployment=other)
    for step in ("well", "first", "second"):
        await provoke_both(tool, kind, "failing", "served", step=step)
        well[0] = False
    tool.note("watched", "later", now=tool.now_seconds())
    if tool.driver.control:
        await tool.advance(LATER)
    await tool.quiet("failing", "served")
    return tool.seen()


@scenario(packages=0, needs=("lti.service", "lti.other-deployment"))
async def hanging(tool: Tooling) -> Tooled:
    """A handler that does not answer, and one of another deployment that does and was told before; both have something
    to be told.
    """
    kind = await chosen(tool)
    gate = Gate()
    other = tool.target.other_deployment
    await subscribe(tool, kind, tool.handler("served"), step="put-served", deployment=other)
    only = {"deployment": other} if kind is GREETED else {}
    await provoke(tool, kind, step="well", to=("served",), **only)
    await tool.quiet("served")
    before = tool.hooks["served"].notices
    await subscribe(tool, kind, tool.handler("hanging", gate=gate), step="put-hanging")
    patience = tool.driver.patience.callback
    await provoke_each(tool, kind, step="provoke")
    await within(patience, gate.reached.wait())
    await told_soon(tool, "served", before + 1)
    tool.note("meanwhile", served=tool.hooks["served"].notices - before, hangs=gate.reached.is_set())
    # A platform that can be asked is done when it has given up; another one is watched for as long as we may wait.
    waiting = tool.driver.control.quiesce() if tool.driver.control else gate.opened.wait()
    await within(patience, waiting)
    tool.note("waited", seconds=patience, asked=tool.driver.control is not None)
    gate.open()
    await tool.quiet("hanging", "served")
    return tool.seen()


@scenario(packages=0, needs=("lti.service",))
async def redirecting(tool: Tooling) -> Tooled:
    """A handler that answers 302, then 307, to an address of ours on another host."""
    elsewhere = tool.driver.tool.elsewhere_url
    if not elsewhere:
        raise NotOffered("not configured: lti.elsewhere-url, an address of ours on another host")
    kind = await chosen(tool)
    landing = urlsplit(tool.handler("landing"))
    place = urlsplit(elsewhere)._replace(path=landing.path, query="").geturl()
    tool.note("leads", address=place)
    answers = [Reply(status, (("Location", place), ("Content-Type", "text/plain")), b"gone\n") for status in REDIRECTS]
    leading = tool.handler("redirecting", answering=lambda number: answers[number % len(answers)])
    await subscribe(tool, kind, leading, step="put-redirecting")
    for step in ("first", "second"):
        await provoke(tool, kind, step=step, to=("redirecting",))
    await tool.quiet("redirecting", "landing")
    return tool.seen()


@scenario(packages=0, needs=("lti.service", "callback.untrusted"))
async def untrusted(tool: Tooling) -> Tooled:
    """A handler with a certificate that the platform trusts, then one whose certificate is nobody's."""
    kind = await chosen(tool)
    await subscribe(tool, kind, tool.handler("known"), step="put-known")
    await provoke(tool, kind, step="before", to=("known",))
    await subscribe(tool, kind, tool.handler("unknown", scheme="untrusted"), step="put-unknown")
    await provoke(tool, kind, step="after")
    await tool.quiet("known", "unknown")
    return tool.seen()


@scenario(packages=0, needs=("lti.service",), alone=True)
async def held(tool: Tooling) -> Tooled:
    """Something happens while notices are held back; ten minutes later they are let go, if anybody can hold them."""
    if not {"control", "stimulus.hold-notices", "stimulus.release-notices"} <= tool.driver.offers:
        tool.note("not-held")
        return tool.seen()
    kind = await chosen(tool)
    await subscribe(tool, kind, tool.handler("held"), step="put-held")
    await tool.quiet("held")
    try:
        await tool.stimulate("hold-notices", step="hold-notices")
        await provoke(tool, kind, step="provoke")
        await tool.advance(HELD)
    finally:
        await tool.stimulate("release-notices", step="release-notices")
    await tool.arrived("held")
    return tool.seen()
