"""Faults of a V1 server: what breaks an earlier step stands here, all others in the modules of their area."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.net.listener import Inbound, Reply
from harness.wire.binding import Pairs
from mocks.engine.v1.behaviour import CloudBehaviour
from mocks.engine.v1.call import Failure
from mocks.faults.base import WRONG_REASON, Fault, gathered

AREAS: tuple[str, ...] = (
    "cloud_access",
    "cloud_signing",
    "cloud_endpoint",
    "cloud_envelope",
    "cloud_import",
    "cloud_jobs",
    "cloud_forms",
    "cloud_course",
    "cloud_upload",
    "cloud_registration",
    "cloud_lists",
    "cloud_results",
    "cloud_launch",
    "cloud_postback",
    "cloud_delivery",
    "cloud_properties",
    "cloud_variants",
)


class RefusesAll(Fault, CloudBehaviour):
    """Every call is refused as if its service were down."""

    name = "v1.refuses-all"
    kind = WRONG_REASON

    def method_of(self, params: Pairs, known: Mapping[str, Any]) -> str:
        raise Failure(201)


class FallsOver(Fault, CloudBehaviour):
    """Every request ends with an internal error."""

    name = "v1.falls-over"
    kind = WRONG_REASON

    def refuses_verb(self, inbound: Inbound) -> Reply | None:
        return Reply(500, (("Content-Type", "text/html"),), b"<html><title>500</title></html>")


def faults() -> Iterator[type[Fault]]:
    """Yield all faults of a V1 server, from this module and those of the areas that are there."""
    return gathered(__name__, *(f"mocks.faults.{area}" for area in AREAS))
