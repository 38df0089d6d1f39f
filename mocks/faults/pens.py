"""Faults of a PENS target: what breaks an earlier step stands here, all others in the modules of their area."""

from __future__ import annotations

from collections.abc import Iterator

from harness.net.listener import Inbound, Reply
from mocks.engine.pens_behaviour import PensBehaviour
from mocks.faults.base import WRONG_REASON, Fault, gathered

AREAS = (
    "pens_answer",
    "pens_values",
    "pens_message",
    "pens_fetch",
    "pens_callbacks",
    "pens_alerts",
    "pens_mails",
    "pens_engine",
    "pens_properties",
)


class RefusesAll(Fault, PensBehaviour):
    """Every command is refused before it is read."""

    name = "pens.refuses-all"
    kind = WRONG_REASON

    def lets_in(self, tenant: object) -> bool:
        return False


class FallsOver(Fault, PensBehaviour):
    """Every request ends with an internal error."""

    name = "pens.falls-over"
    kind = WRONG_REASON

    def refuses_request(self, inbound: Inbound) -> Reply | None:
        return Reply(500, (("Content-Type", "text/html"),), b"<html><title>500</title></html>")


def faults() -> Iterator[type[Fault]]:
    """Yield all faults of a PENS target, from this module and those of the areas."""
    return gathered(__name__, *(f"mocks.faults.{area}" for area in AREAS))
