"""Strategies for histories of one deployment: switches thrown, handlers set and removed, courses copied."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from hypothesis import strategies as st

SET, REMOVE, COPY, ENABLE = "set", "remove", "copy", "enable"
DISABLE: Final = ("disable-type", "disable-deployment", "disable-registration")
STEPS: Final = (SET, REMOVE, COPY, ENABLE, *DISABLE)

History = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Model:
    """What decides whether a copy is told: whether all is switched on, and whether a handler is there.

    ``handler`` None means that no source says: whether a handler outlives a switch that was off is not stated.
    """

    on: bool = True
    handler: bool | None = False

    @property
    def due(self) -> bool | None:
        """Whether a copy that happens now has to be told; None when it may or may not be."""
        if not self.on or self.handler is False:
            return False
        return self.handler

    def after(self, step: str, taken: bool = True) -> Model:
        """Return the model after a step; ``taken`` says whether the platform did what was asked of it."""
        if step in (SET, REMOVE):
            return replace(self, handler=step == SET) if taken else self
        if step == ENABLE:
            return replace(self, on=True)
        if step in DISABLE:
            return Model(False, None if self.handler else self.handler)
        return self


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Draw a history that ends with a copy; in most of them something is due, more than once in many."""
    first = (SET,) if draw(st.integers(0, 3)) else ()
    steps = draw(st.lists(st.sampled_from((*STEPS, SET, COPY, COPY, COPY, ENABLE)), min_size=1, max_size=7))
    return (*first, *steps, COPY)
