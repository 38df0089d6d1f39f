"""Histories of one registration: results that come about, and their deliveries doubled, late, lost, out of order."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from hypothesis import strategies as st

from harness.wire.results_policy import State

POST, POLL, ASK, ANSWER = "post", "poll", "ask", "answer"


@dataclass(frozen=True, slots=True)
class Journey:
    """What comes to pass: results, and what is done with them in order.

    A step is ``post`` (a delivery of the n-th result), ``poll`` (a refresh answered by it), ``ask`` (a refresh that
    reads it and is answered later) or ``answer`` (the answer that was held back arrives).
    """

    results: tuple[State, ...]
    steps: tuple[tuple[str, int], ...]


def states() -> st.SearchStrategy[State]:
    """Return results as a learner may leave them; whole points, since some receivers round."""
    scores = st.none() | st.integers(0, 100).map(Decimal)
    return st.builds(
        State, st.sampled_from(("complete", "incomplete")), st.sampled_from(("passed", "failed", "unknown")), scores,
        st.integers(1, 3600),
    )  # fmt: skip


@st.composite
def journeys(draw: st.DrawFn) -> Journey:
    """Return a history: each result is delivered once or more, and the deliveries are shuffled among themselves.

    At most one of them is lost, for a history of nothing tells nothing.
    """
    results = draw(st.lists(states(), min_size=3, max_size=5, unique=True))
    indexes = list(range(len(results)))
    lost = draw(st.sampled_from([-1, *indexes]))
    again = draw(st.lists(st.sampled_from(indexes), max_size=2))
    order = draw(st.permutations([index for index in (*indexes, *again) if index != lost]))
    steps = [(POST, index) for index in order]
    for _ in range(draw(st.integers(0, 1))):
        at, index = draw(st.integers(0, len(steps))), draw(st.sampled_from(indexes))
        steps.insert(at, (POLL, index))
    if draw(st.booleans()):
        index, begun = draw(st.sampled_from(indexes)), draw(st.integers(0, len(steps)))
        steps.insert(draw(st.integers(begun, len(steps))), (ANSWER, index))
        steps.insert(begun, (ASK, index))
    return Journey(tuple(results), tuple(steps))
