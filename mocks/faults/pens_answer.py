"""Faults of a PENS target in what the answer looks like."""

from __future__ import annotations

from harness.wire.pens_answer import Answer
from mocks.engine.pens_behaviour import PensBehaviour
from mocks.faults.base import WRONG_VALUE, Fault


class BareLf(Fault, PensBehaviour):
    """Lines of the answer end with LF alone."""

    name = "pens.bare-lf"
    kind = WRONG_VALUE
    breaks = {"PENS-RESP-02/T": "bare-lf"}

    def write_answer(self, answer: Answer) -> bytes:
        return answer.encode().replace(b"\r\n", b"\n")
