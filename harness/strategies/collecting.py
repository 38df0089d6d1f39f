"""The state machine of publishing: collects that overlap, packages that are held and let go, in any order."""

from __future__ import annotations

import sys
from typing import Protocol

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, rule


class Publisher(Protocol):
    """The façade by which the machine moves a target; it is synchronous and raises what falsifies the property."""

    def publish(self, *, found: bool, alerted: bool, like: str | None) -> str:
        """Send a collect whose package is held back; return the name of the publication.

        ``found`` says whether there is a package behind the URL at all, ``alerted`` whether alerts are asked for,
        ``like`` names the publication whose package-id is used again.
        """

    def let_go(self, publication: str) -> None:
        """Let the package of a publication be fetched."""

    def conclude(self) -> None:
        """Let all packages go, wait for what is due, and judge every publication of this machine."""

    def abandon(self) -> None:
        """Let all packages go and forget the publications of this machine."""


class Publishing(RuleBasedStateMachine):
    """Collect, fetch, receipt, alert: several publications at a time, each let go when the machine wants it."""

    held = Bundle("held")
    gone = Bundle("gone")

    def __init__(self, publisher: Publisher) -> None:
        super().__init__()
        self.publisher = publisher

    @rule(target=held, found=st.sampled_from((True, True, False)), alerted=st.booleans())
    def publish(self, found: bool, alerted: bool) -> str:
        """Publish a package, or one that turns out not to be there."""
        return self.publisher.publish(found=found, alerted=alerted, like=None)

    @rule(target=held, publication=gone)
    def publish_again(self, publication: str) -> str:
        """Publish once more what was let go before, under the same package-id."""
        return self.publisher.publish(found=True, alerted=True, like=publication)

    @rule(target=gone, publication=consumes(held))
    def let_go(self, publication: str) -> str:
        """Let a package be fetched."""
        self.publisher.let_go(publication)
        return publication

    def teardown(self) -> None:
        """Let everything go and judge, unless the machine itself was broken off."""
        if sys.exc_info()[0] is None:
            self.publisher.conclude()
        else:
            self.publisher.abandon()
