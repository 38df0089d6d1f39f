"""How a platform is moved by histories that nobody has thought of: switches, handlers and copies in any order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.judging.properties import Budget, examine
from harness.judging.suite import scenario
from harness.strategies.pns_switches import COPY, DISABLE, ENABLE, REMOVE, SET, History, Model
from harness.strategies.pns_switches import histories as drawn
from harness.subjects.lti_platform_records import Tooled, Tools
from harness.subjects.lti_platform_tooling import Tooling
from harness.wire.pns import CONTEXT_COPY
from suites.lti_platform.handling import of_step
from suites.lti_platform.provoking import COPIED, provoke, subscribe
from suites.lti_platform.rules_histories import COPYING, copies_are_told_as_the_model_says

SOME: Mapping[str, Budget] = {"proof": Budget(10, 8), "quick": Budget(8, 20), "full": Budget(60, 100)}


def described(history: History) -> Mapping[str, Any]:
    """Return a history as facts."""
    return {"steps": list(history)}


@scenario(
    threaded=True, packages=0,
    needs=("lti.service", "stimulus.copy", "stimulus.enable", *(f"stimulus.{name}" for name in DISABLE)),
)  # fmt: skip
def switching(tool: Tooling, seed: int) -> Tools:
    """Histories of one deployment: the service switched on and off, handlers set and removed, courses copied."""
    tool.undo["enable"] = {}

    async def ahead() -> None:
        """Show that a copy is told at all."""
        await subscribe(tool, COPIED, tool.handler("before"), step="put-before")
        await provoke(tool, COPIED, step="before", to=("before",))

    async def act(history: History, step: str) -> Tooled:
        await tool.stimulate(ENABLE, step=step)
        await tool.put(CONTEXT_COPY, "", step=step)
        address, model = tool.handler(step), Model()
        for name in history:
            taken = True
            if name in (SET, REMOVE):
                taken = (await tool.put(CONTEXT_COPY, address if name == SET else "", step=step)).taken
            elif name == COPY:
                await _copy(tool, step, model.due)
            else:
                await tool.stimulate(name, step=step, notice_type=CONTEXT_COPY)
            model = model.after(name, taken)
        await tool.stimulate(ENABLE, step=step)
        return of_step(tool, step)

    budget = SOME[tool.driver.budget]
    rule = copies_are_told_as_the_model_says
    return examine(tool, drawn(), act, rule, seed, describe=described, budget=budget, ahead=ahead)


async def _copy(tool: Tooling, step: str, due: bool | None) -> None:
    """Copy a course, and wait for what has to come of it, or for what must not."""
    before = tool.hooks[step].notices
    tool.note(COPYING, step, due=due, now=tool.now_seconds())
    await tool.stimulate("copy", step=step)
    if due:
        await tool.arrived(step, before + 1)
    else:
        await tool.quiet(step)
