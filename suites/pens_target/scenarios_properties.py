"""How a PENS target is moved by properties: many collects, drawn by Hypothesis, and publications that overlap.

All of them go by urlencoded POST, which every target takes; the other bindings have rows of their own.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict

from harness.judging.properties import Search, examine, explore
from harness.judging.suite import scenario
from harness.net.staging import Gate
from harness.strategies.collecting import Publishing
from harness.strategies.pens import PASSWORD, Flawed, Hostile, Sound
from harness.strategies.pens import flawed_collects as flawed
from harness.strategies.pens import hostile_bodies as hostile
from harness.strategies.pens import shuffled_collects as shuffled
from harness.strategies.pens import sound_collects as sound
from harness.subjects.pens_records import Collected, Examples
from harness.subjects.pens_target import Collecting
from harness.wire.binding import FORM
from suites.pens_target.rules import accepted_by_effect
from suites.pens_target.rules_properties import defensible, follows_in_order, is_answered
from suites.pens_target.scenarios import HTTP


def _posting(target: Collecting) -> Callable[[Sound, str], Awaitable[Collected]]:
    """Return what posts a variation of a plain collect and waits for what follows."""
    target.driver.journal.redactor.add("package-password", PASSWORD)

    async def post(example: Sound, step: str) -> Collected:
        await target.post(example.body(target.elements(step=step)), FORM, step=step)
        await target.settled(step)
        return target.seen(step)

    return post


@scenario(threaded=True, needs=HTTP, packages=25)
def sound_collects(target: Collecting, seed: int) -> Examples:
    """Valid collects of any order, encoding and length, with any of the optional elements."""
    return examine(target, sound(), _posting(target), accepted_by_effect, seed)


@scenario(threaded=True, needs=HTTP, packages=25)
def shuffled_collects(target: Collecting, seed: int) -> Examples:
    """Plain collects whose elements stand in any order."""
    return examine(target, shuffled(), _posting(target), accepted_by_effect, seed)


@scenario(threaded=True, needs=HTTP, packages=0)
def flawed_collects(target: Collecting, seed: int) -> Examples:
    """Collects with exactly one fault, drawn from the catalogue of faults."""

    async def send(example: Flawed, step: str) -> Collected:
        if example.value is None:
            return await target.collect(drop=(example.element,), step=step)
        return await target.collect({example.element: example.value}, step=step)

    return examine(target, flawed(), send, defensible, seed, describe=asdict)


@scenario(threaded=True, needs=("ownership", *HTTP), packages=0)
def hostile_bodies(target: Collecting, seed: int) -> Examples:
    """Hostile messages: huge, binary, duplicated, mislabelled; none has a receipt, so none can be valid."""

    async def send(example: Hostile, step: str) -> Collected:
        plain = {name: value for name, value in target.elements(step=step).items() if name != "receipt"}
        await target.post(example.body(plain), example.content_type, step=step)
        return target.seen(step)

    return examine(target, hostile(), send, is_answered, seed)


class _Publications:
    """Moves a target for one state machine: every publication is a step whose package waits behind a gate."""

    def __init__(self, target: Collecting, search: Search[Collected, Examples]) -> None:
        self._target = target
        self._search = search
        self._gates: dict[str, Gate] = {}
        self._ids: dict[str, str] = {}

    def publish(self, *, found: bool, alerted: bool, like: str | None) -> str:
        """Send a collect and wait for its answer only."""
        step = self._search.on_loop(self._publish(found, alerted, like))
        self._search.give_up(self._target.seen(step))
        return step

    async def _publish(self, found: bool, alerted: bool, like: str | None) -> str:
        target, gate = self._target, Gate()
        step = await self._search.begin({"found": found, "alerted": alerted, "like": like or ""})
        elements = target.elements(step=step, staged={"gate": gate, "status": 200 if found else 404})
        elements |= {"package-id": self._ids[like]} if like else {}
        elements |= {} if alerted else {"alerts": ""}
        self._gates[step], self._ids[step] = gate, elements["package-id"]
        await target.send(elements, step=step)
        return step

    def let_go(self, publication: str) -> None:
        """Open the gate of a publication."""
        self._search.on_loop(self._open([publication]))

    async def _open(self, publications: list[str]) -> None:
        for publication in publications:
            self._gates[publication].open()

    def conclude(self) -> None:
        """Open all gates, wait for what is due, judge."""
        self._search.conclude(self._search.on_loop(self._seen()))

    async def _seen(self) -> dict[str, Collected]:
        await self._open(list(self._gates))
        for step in self._gates:
            await self._target.settled(step)
        return {step: self._target.seen(step) for step in self._gates}

    def abandon(self) -> None:
        """Open all gates and forget."""
        self._search.on_loop(self._open(list(self._gates)))


@scenario(threaded=True, needs=HTTP, packages=30)
def publications(target: Collecting, seed: int) -> Examples:
    """Publications that overlap: packages let go in any order, some missing, some published again."""

    def machines(search: Search[Collected, Examples]) -> Callable[[], Publishing]:
        return lambda: Publishing(_Publications(target, search))

    return explore(target, machines, follows_in_order, seed)
