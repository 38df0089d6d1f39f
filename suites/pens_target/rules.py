"""Rules that many checks of this suite share: accepted by effect, refused with a defensible code."""

from __future__ import annotations

from collections.abc import Collection

from harness.judging.expect import control, expect
from harness.subjects.pens_records import Collected


def answered(record: Collected) -> None:
    """Expect a PENS answer at all."""
    expect(record.answer is not None, "no-pens-answer", expected="a PENS answer", got=record.got, at=record.at)


def accepted_by_effect(record: Collected) -> None:
    """Expect acceptance by effect: understood, the package fetched, a receipt (or mail) without error."""
    answered(record)
    expect(record.understood, "not-accepted", expected="error=0", got=record.got, at=record.at)
    expect(record.fetched, "not-fetched", expected="the package is fetched", got="no complete GET", at=record.at)
    told = record.receipt is not None or bool(record.mails)
    expect(told, "no-receipt", expected="a receipt", got="none", at=record.at)
    if record.receipt:
        got = record.receipt.message.get("error")
        expect(record.accepted, "receipt-error", expected="error=0 in the receipt", got=got, at=record.receipt.at)


def refused_with(record: Collected, codes: Collection[int]) -> None:
    """Expect a refusal with one of the codes that can be defended; which one was seen stands in the report."""
    answered(record)
    expect(record.error != 0, "accepted", expected=f"error in {sorted(codes)}", got=record.got, at=record.at)
    expect(record.error in codes, "wrong-code", expected=f"error in {sorted(codes)}", got=record.got, at=record.at)


def control_accepted(record: Collected) -> None:
    """Demand as positive control that a plain collect was accepted by effect."""
    control(record.accepted, "a plain collect is accepted: package fetched, receipt without error")
