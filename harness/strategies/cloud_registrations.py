"""The state machine of registrations: created, created again, looked at, learnt, reset, renamed, listed, deleted."""

from __future__ import annotations

import sys
from typing import Protocol

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

NUMBERS = st.integers(0, 2)
LEARNERS = st.integers(0, 1)
NAMES = st.sampled_from(("Ada", "Grace", "Zoë"))


class Clerk(Protocol):
    """The façade by which the machine moves a server; it is synchronous. Registrations and learners are numbered."""

    learns: bool
    """Whether a learner can be made to learn."""

    def create(self, number: int, learner: int, fname: str) -> None:
        """Create a registration; one of that number may be there already."""

    def exists(self, number: int) -> None:
        """Ask whether a registration is there."""

    def result(self, number: int) -> None:
        """Ask for the result of a registration."""

    def reset(self, number: int) -> None:
        """Reset a registration."""

    def delete(self, number: int) -> None:
        """Delete a registration."""

    def rename(self, learner: int, fname: str) -> None:
        """Change the name of a learner."""

    def listed(self, learner: int | None) -> None:
        """List the registrations of this machine, or those of a learner."""

    def learn(self, number: int, to: str, score: int) -> None:
        """Let a learner take a course to a result, if the registration is there."""

    def conclude(self) -> None:
        """Look at everything once more, delete it, and judge the whole history."""


class Registering(RuleBasedStateMachine):
    """What applications do with registrations, in any order, sensible or not."""

    def __init__(self, clerk: Clerk) -> None:
        super().__init__()
        self.clerk = clerk

    @initialize(many=st.sampled_from((1, 2, 12)))
    def begin(self, many: int) -> None:
        """Begin with some registrations."""
        for number in range(many):
            self.clerk.create(number, 0, "Ada")

    @rule(number=NUMBERS, learner=LEARNERS, fname=NAMES)
    def create(self, number: int, learner: int, fname: str) -> None:
        """Create one, or create it again."""
        self.clerk.create(number, learner, fname)

    @rule(number=NUMBERS)
    def exists(self, number: int) -> None:
        """Ask whether one is there."""
        self.clerk.exists(number)

    @rule(number=NUMBERS)
    def result(self, number: int) -> None:
        """Ask for a result."""
        self.clerk.result(number)

    @rule(number=NUMBERS, again=st.booleans())
    def reset(self, number: int, again: bool) -> None:
        """Reset one, look at its learner, perhaps create it again."""
        self.clerk.reset(number)
        self.clerk.listed(None)
        if again:
            self.clerk.create(number, 1, "Grace")

    @rule(number=NUMBERS, again=st.booleans())
    def delete(self, number: int, again: bool) -> None:
        """Delete one, perhaps create it again."""
        self.clerk.delete(number)
        if again:
            self.clerk.create(number, 1, "Grace")

    @rule(learner=LEARNERS, fname=NAMES)
    def rename(self, learner: int, fname: str) -> None:
        """Rename a learner."""
        self.clerk.rename(learner, fname)

    @rule(learner=st.sampled_from((None, 0, 1)))
    def listed(self, learner: int | None) -> None:
        """List them."""
        self.clerk.listed(learner)

    @precondition(lambda self: self.clerk.learns)
    @rule(number=NUMBERS, to=st.sampled_from(("passed", "failed", "incomplete")), score=st.integers(0, 100))
    def learn(self, number: int, to: str, score: int) -> None:
        """Let a learner learn."""
        self.clerk.learn(number, to, score)

    def teardown(self) -> None:
        """Judge, unless the machine itself was broken off."""
        if sys.exc_info()[0] is None:
            self.clerk.conclude()
