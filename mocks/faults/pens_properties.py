"""Faults of a PENS target that show only when many collects are tried: with long, odd or unheard-of contents."""

from __future__ import annotations

from datetime import datetime

from harness.net.listener import Inbound, Reply
from harness.wire.binding import Decoded
from harness.wire.pens_answer import Answer
from harness.wire.pens_rules import Violation
from mocks.engine.pens_behaviour import PensBehaviour
from mocks.faults.base import LEFT_OUT, WRONG_VALUE, Fault

COLUMN = 254
PLACES = 13
ENOUGH = 4_000
CONTROL = frozenset(chr(code) for code in (*range(32), 127))
TRACE = "Traceback (most recent call last): File pens.py, line 40, in collect"


def _odd(message: Decoded) -> bool:
    """Whether a command holds control characters or bytes that are no text."""
    return "package-url" in message.names and bool(
        message.oddities or any(CONTROL & set(value) for _, value in message.pairs)
    )


class ShortColumn(Fault, PensBehaviour):
    """A collect with vendor-data of 255 characters and more is refused: the column is too short."""

    name = "pens.short-column"
    kind = WRONG_VALUE
    breaks = {"PENS-CONF-01": "not-accepted"}

    def violations(self, message: Decoded, now: datetime) -> tuple[Violation, ...]:
        if len(message.get("vendor-data", "") or "") > COLUMN:
            return (Violation("alerts", "malformed"),)
        return PensBehaviour.violations(self, message, now)


class ThirteenPlaces(Fault, PensBehaviour):
    """No more than thirteen elements of a command are read."""

    name = "pens.thirteen-places"
    kind = LEFT_OUT
    breaks = {"PENS-CONF-01": "not-accepted"}

    def decode(self, inbound: Inbound) -> Decoded:
        message = PensBehaviour.decode(self, inbound)
        return Decoded(message.binding, message.pairs[:PLACES], message.oddities)


class TakesAnyWord(Fault, PensBehaviour):
    """Values are not looked at: whatever stands in an element will do."""

    name = "pens.takes-any-word"
    kind = LEFT_OUT
    breaks = {"PENS-ERR-01": "accepted"}
    collateral = (
        "PENS-VAL-02", "PENS-VAL-06", "PENS-VAL-08", "PENS-VAL-09", "PENS-VAL-12", "PENS-VAL-15", "PENS-VAL-18",
        "PENS-VAL-21", "PENS-VAL-22",
    )  # fmt: skip

    def violations(self, message: Decoded, now: datetime) -> tuple[Violation, ...]:
        found = PensBehaviour.violations(self, message, now)
        return tuple(v for v in found if v.kind not in ("malformed", "unknown") or v.element == "command")


class FallsOverOddText(Fault, PensBehaviour):
    """Control characters and bytes that are no text end with an internal error."""

    name = "pens.falls-over-odd-text"
    kind = WRONG_VALUE
    breaks = {"PENS-CONF-02": "server-error"}

    def refuses_request(self, inbound: Inbound) -> Reply | None:
        if _odd(self.decode(inbound)):
            return Reply(500, (("Content-Type", "text/html"),), b"<html><title>500</title></html>")
        return PensBehaviour.refuses_request(self, inbound)


class ShowsItsTrace(Fault, PensBehaviour):
    """What cannot be understood is answered with the trace of the program."""

    name = "pens.shows-its-trace"
    kind = WRONG_VALUE
    breaks = {"PENS-CONF-02": "traceback"}

    def answer(self, command: str, code: int) -> Answer:
        return Answer(code, TRACE) if code else PensBehaviour.answer(self, command, code)


class SilentWhenLong(Fault, PensBehaviour):
    """A message longer than four thousand characters is met with an empty body."""

    name = "pens.silent-when-long"
    kind = LEFT_OUT
    breaks = {"PENS-CONF-02": "empty-body"}

    def is_silent_on(self, message: Decoded) -> bool:
        return sum(len(value) for _, value in message.pairs) > ENOUGH
