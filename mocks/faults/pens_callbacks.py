"""Faults of a PENS target in receipts, alerts and mails."""

from __future__ import annotations

from mocks.engine.domain import ImportJob
from mocks.engine.pens_behaviour import PensBehaviour
from mocks.faults.base import LEFT_OUT, Fault


class NoReceipt(Fault, PensBehaviour):
    """No receipt is ever sent."""

    name = "pens.no-receipt"
    kind = LEFT_OUT
    breaks = {"PENS-RCPT-01": "no-receipt"}

    def receipt_due(self, job: ImportJob) -> bool:
        return False
