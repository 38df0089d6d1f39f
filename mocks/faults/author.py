"""Faults of a PENS client: what breaks an earlier step stands here, all others in the modules of their area."""

from __future__ import annotations

from collections.abc import Iterator

from harness.net.client import Request
from harness.wire.binding import Pairs
from mocks.author.behaviour import AuthorBehaviour
from mocks.faults.base import WRONG_REASON, Fault, gathered

AREAS = (
    *("author_collect", "author_message", "author_package"),
    *("author_answers", "author_acknowledging", "author_receiver"),
)


class PublishesNothing(Fault, AuthorBehaviour):
    """Sends an empty request instead of a collect."""

    name = "author.publishes-nothing"
    kind = WRONG_REASON

    def request(self, target: str, pairs: Pairs) -> Request:
        return Request("POST", target, (("Content-Type", "application/x-www-form-urlencoded"),), b"")


def faults() -> Iterator[type[Fault]]:
    """Yield all faults of a PENS client, from this module and those of the areas."""
    return gathered(__name__, *(f"mocks.faults.{area}" for area in AREAS))
