"""How a platform is moved by the state machine of handlers; each machine is one history of up to three types."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

from harness.judging.properties import Budget, Search, explore
from harness.judging.suite import scenario
from harness.strategies.pns_handlers import Keeping
from harness.subjects.lti_platform_records import Tooled, Tools
from harness.subjects.lti_platform_tooling import Tooling
from suites.lti_platform.handling import NEEDS, body_of, chosen_type, of_step, own_handler
from suites.lti_platform.rules_handler_histories import parts_from_the_model

STEPS = 8
BUDGETS: Mapping[str, Budget] = {"proof": Budget(4, 4), "quick": Budget(5, 12), "full": Budget(60, 60)}
TYPES, ADDRESSES = 3, 3
FOREIGN = "https://invigil-elsewhere.test/notices"
Searching = Search[Tooled, Tools]


class _Keeper:
    """Moves a platform for one state machine: all its calls belong to one step."""

    def __init__(self, tool: Tooling, search: Searching, types: Sequence[str], addresses: Sequence[str]) -> None:
        self._tool = tool
        self._search = search
        self._types = types
        self._addresses = addresses
        self._step = ""
        self._touched: dict[str, None] = {}

    def _do(self, work: Callable[[str], Coroutine[Any, Any, object]]) -> None:
        if not self._step:
            self._step = self._search.on_loop(self._search.begin({"of": "handlers", "types": list(self._types)}))
            for name in self._types:
                self._search.on_loop(self._tool.put(name, "", step=self._step))
        self._search.on_loop(work(self._step))
        self._search.on_loop(self._tool.listed(step=self._step))

    def _type(self, number: int) -> str:
        name = self._types[number % len(self._types)]
        self._touched[name] = None
        return name

    def put(self, number: int, address: int, size: int | None) -> None:
        """Set the handler of a type."""
        name, url = self._type(number), self._addresses[address]
        self._do(lambda step: self._tool.put(name, url, size=size, step=step))

    def remove(self, number: int) -> None:
        """Remove the handler of a type."""
        name = self._type(number)
        self._do(lambda step: self._tool.put(name, "", step=step))

    def spoil(self, number: int, how: str) -> None:
        """Send a PUT that has to be refused."""
        name = self._type(number)
        bodies = {
            "no-handler": body_of(name),
            "word": body_of(name, handler="invalid_url"),
            "size": body_of(name, handler=self._addresses[0], max_batch_size=-1),
            "foreign": body_of(name, handler=FOREIGN),
        }
        self._do(lambda step: self._tool.put(name, "", step=step, body=bodies[how]))

    def conclude(self) -> None:
        """Remove what was set, look at each removal, and judge the whole."""
        for name in tuple(self._touched):
            self._do(lambda step, name=name: self._tool.put(name, "", step=step))  # type: ignore[misc]
        if self._step:
            self._search.conclude({self._step: of_step(self._tool, self._step)})


@scenario(threaded=True, packages=0, needs=NEEDS)
def handler_histories(tool: Tooling, seed: int) -> Tools:
    """Histories of handlers: set, replaced, set again, removed, with PUTs in between that have to be refused."""
    types: list[str] = []
    addresses: list[str] = []

    async def ahead() -> None:
        first = await chosen_type(tool)
        others = [name for name in (await tool.offered())["types"] if name != first]
        types.extend([first, *others][:TYPES])
        addresses.extend(own_handler(tool, f"address-{number}", f"?n={number}") for number in range(ADDRESSES))
        await tool.put(first, addresses[0], step="set")
        await tool.listed(step="after-set")
        await tool.put(first, "", step="remove")

    def machines(search: Searching) -> Callable[[], Keeping]:
        return lambda: Keeping(_Keeper(tool, search, types, addresses))

    budget = BUDGETS[tool.driver.budget]
    return explore(tool, machines, parts_from_the_model, seed, budget=budget, steps=STEPS, ahead=ahead)
