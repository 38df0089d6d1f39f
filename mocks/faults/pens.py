"""Faults of a PENS target: each overrides one small method and says which requirements it breaks and why."""

from __future__ import annotations

from collections.abc import Iterator

from harness.wire.pens_answer import Answer
from mocks.engine.domain import ImportJob
from mocks.engine.pens_behaviour import PensBehaviour
from mocks.faults.base import LEFT_OUT, WRONG_REASON, WRONG_VALUE, Fault


class BareLf(Fault, PensBehaviour):
    """Lines of the answer end with LF alone."""

    name = "pens.bare-lf"
    kind = WRONG_VALUE
    breaks = {"PENS-RESP-02/T": "bare-lf"}

    def write_answer(self, answer: Answer) -> bytes:
        return answer.encode().replace(b"\r\n", b"\n")


class NoReceipt(Fault, PensBehaviour):
    """No receipt is ever sent."""

    name = "pens.no-receipt"
    kind = LEFT_OUT
    breaks = {"PENS-RCPT-01": "no-receipt"}

    def receipt_due(self, job: ImportJob) -> bool:
        return False


class RefusesAll(Fault, PensBehaviour):
    """Every command is refused as if we were nobody."""

    name = "pens.refuses-all"
    kind = WRONG_REASON

    def lets_in(self, tenant: object) -> bool:
        return False


def faults() -> Iterator[type[Fault]]:
    """Yield all faults of this module."""
    for value in list(globals().values()):
        if isinstance(value, type) and issubclass(value, Fault) and "name" in vars(value):
            yield value
