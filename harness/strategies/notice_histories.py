"""Histories of right notices: events of several courses and deployments, sent again, in any order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hypothesis import strategies as st

__all__ = ["Delivery", "Event", "History", "histories"]

Kind = Literal["new-jwt", "same-jwt"]


@dataclass(frozen=True, slots=True)
class Event:
    """One copy: into which course, of which deployment, and how many seconds ago it happened."""

    course: int
    deployment: int
    age: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """One sending of an event: the very token that was sent first, or one that was signed anew."""

    event: int
    kind: Kind


@dataclass(frozen=True, slots=True)
class History:
    """Events, and the deliveries that tell of them; every event is told of at least once."""

    events: tuple[Event, ...]
    deliveries: tuple[Delivery, ...]


@st.composite
def histories(draw: st.DrawFn, deployments: int = 1) -> History:
    """Return histories of at most four events in two courses of so many deployments."""
    event = st.builds(
        Event, st.integers(0, 1), st.integers(0, max(0, deployments - 1)), st.sampled_from((0, 5, 60, 600))
    )
    events = draw(st.lists(event, min_size=1, max_size=4))
    kinds: st.SearchStrategy[Kind] = st.sampled_from(("new-jwt", "same-jwt"))
    once = [Delivery(number, "new-jwt") for number in range(len(events))]
    again = draw(st.lists(st.builds(Delivery, st.integers(0, len(events) - 1), kinds), max_size=4))
    return History(tuple(events), tuple(draw(st.permutations([*once, *again]))))
