"""Faults of a PENS client in the collect that it sends."""

from __future__ import annotations

from harness.wire.pens import REQUIRED
from mocks.author.behaviour import AuthorBehaviour
from mocks.faults.base import LEFT_OUT, Fault


def _leaves_out(element: str) -> type[Fault]:
    """Make the fault of leaving out one required element."""

    def change(self: AuthorBehaviour, pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
        return [pair for pair in pairs if pair[0] != element]

    members = {
        "__module__": __name__,
        "__doc__": f"Sends no {element}.",
        "name": f"author.no-{element}",
        "kind": LEFT_OUT,
        "breaks": {"PENS-CONF-03": f"no-{element}"},
        "change": change,
    }
    return type(f"No{element.title().replace('-', '')}", (Fault, AuthorBehaviour), members)


FAMILY = tuple(_leaves_out(element) for element in REQUIRED)
