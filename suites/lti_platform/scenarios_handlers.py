"""How a platform is moved to list, set, replace and remove handlers, and to tell what comes of it."""

from __future__ import annotations

from harness.judging.suite import scenario
from harness.subjects.driver import NotOffered
from harness.subjects.lti_platform_records import Tooled
from harness.subjects.lti_platform_tooling import Tooling
from harness.wire.pns import HELLO_WORLD
from suites.lti_platform.handling import MANY, NEEDS, body_of, chosen_type, own_handler, triggered_type
from suites.lti_platform.provoking import PROVOKED

SIZE = 50
COUNT = 3
UNKNOWN_TYPE = "LtiInvigilUnknownNotice"
BAD_SIZES: dict[str, object] = {"zero": 0, "negative": -1, "word": "ten", "fraction": 2.5, "array": [SIZE]}

BAD_PUTS = ("no-handler", "null-handler", "no-type", "unknown-type", "remove-unknown-type", "word", "broken")
"""The steps of PUTs that have to be refused, in their order."""


@scenario(packages=0, needs=NEEDS)
async def handled(tool: Tooling) -> Tooled:
    """A handler is set, replaced, set again, and removed twice; the list is fetched after each step."""
    chosen = await chosen_type(tool)
    first, second = own_handler(tool, "first", "?from=invigil"), own_handler(tool, "second")
    await tool.put(chosen, "", step="clear")
    await tool.listed(step="at-first")
    third = own_handler(tool, "third")
    more = body_of(chosen, handler=third, invigil_unknown={"a": [1]}, description="none")
    for step, address, body in (
        ("set", first, None), ("replace", second, None), ("again", second, None), ("once-more", second, None),
        ("more", third, more), ("remove", "", None), ("remove-again", "", None),
    ):  # fmt: skip
        await tool.put(chosen, address, step=step, body=body)
        await tool.listed(step=f"after-{step}")
    await tool.listed(step="with-query", query="invigil=1&unknown=a%20b")
    return tool.seen()


@scenario(packages=0, needs=NEEDS)
async def sized(tool: Tooling) -> Tooled:
    """A handler is set with a batch size, replaced without one, and set with sizes that are none."""
    chosen = await chosen_type(tool)
    address = own_handler(tool, "sized")
    await tool.put(chosen, address, size=SIZE, step="sized")
    await tool.listed(step="after-sized")
    await tool.put(chosen, address, step="unsized")
    await tool.listed(step="after-unsized")
    for step, size in BAD_SIZES.items():
        await tool.put(chosen, address, step=step, body=body_of(chosen, handler=address, max_batch_size=size))
    return tool.seen()


@scenario(packages=0, needs=NEEDS)
async def refusing_puts(tool: Tooling) -> Tooled:
    """A handler is set; then come PUTs that have to be refused, the list being fetched after each."""
    chosen = await chosen_type(tool)
    former, other = own_handler(tool, "former"), own_handler(tool, "other")
    await tool.put(chosen, former, step="set")
    await tool.listed(step="after-set")
    bodies = (
        body_of(chosen), body_of(chosen, handler=None), body_of(None, handler=other),
        body_of(UNKNOWN_TYPE, handler=other), body_of(UNKNOWN_TYPE, handler=""),
        body_of(chosen, handler="invalid_url"), body_of(chosen, handler=other)[:-1],
    )  # fmt: skip
    for step, body in zip(BAD_PUTS, bodies, strict=True):
        # Named with its address, so that what a platform accepts here is removed afterwards.
        about = UNKNOWN_TYPE if "unknown" in step else chosen
        await tool.put(about, other, step=step, body=body)
        await tool.listed(step=f"after-{step}")
    return tool.seen()


@scenario(packages=0, needs=NEEDS)
async def stopped(tool: Tooling) -> Tooled:
    """Something happens while there is a handler; it is removed, and the same happens again."""
    stimulus, notice_type = await triggered_type(tool)
    await tool.put(notice_type, own_handler(tool, "stopped"), step="set")
    await tool.stimulate(stimulus, step="before")
    await tool.arrived("stopped")
    await tool.quiet()
    await tool.put(notice_type, "", step="remove")
    tool.note(PROVOKED, "after", now=tool.now_seconds())
    await tool.stimulate(stimulus, step="after")
    await tool.quiet()
    return tool.seen()


@scenario(packages=0, needs=NEEDS)
async def limited(tool: Tooling) -> Tooled:
    """A handler is to take one notice at a time; if the platform agrees, several things happen at once."""
    stimulus, notice_type = await triggered_type(tool, MANY)
    done = await tool.put(notice_type, own_handler(tool, "limited"), size=1, step="one")
    if done.taken:
        await tool.stimulate(stimulus, step="several", count=str(COUNT))
        await tool.arrived("limited", COUNT)
        await tool.quiet()
    return tool.seen()


@scenario(packages=0, needs=NEEDS)
async def greeted(tool: Tooling) -> Tooled:
    """A handler of hello-world notices is set, and nothing else is done."""
    if HELLO_WORLD not in (await tool.offered())["types"]:
        raise NotOffered(f"the platform does not offer {HELLO_WORLD}")
    await tool.put(HELLO_WORLD, own_handler(tool, "greeted"), step="set")
    await tool.quiet()
    return tool.seen()
