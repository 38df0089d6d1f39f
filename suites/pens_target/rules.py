"""Rules that many checks of this suite share: accepted by effect, refused with a defensible code."""

from __future__ import annotations

from collections.abc import Collection

from harness.judging.expect import control, expect
from harness.subjects.pens_records import Collected

LATE_CODES = frozenset({1301, 1302, 1304, 1306, 1310, 1320, 1322, 1430, 1432, 1520})


def answered(record: Collected) -> None:
    """Expect a PENS answer at all."""
    expect(record.answer is not None, "no-pens-answer", expected="a PENS answer", got=record.got, at=record.at)


def readable(record: Collected) -> None:
    """Expect an answer that can be read; the reason says what came in its place."""
    expect(record.response is not None, "no-response", expected="an HTTP response", got=record.got, at=record.at)
    body = record.response.body if record.response else b""
    expect(body.strip() != b"", "empty-body", expected="a PENS answer", got=record.got, at=record.at)
    page = body.lstrip().startswith(b"<")
    expect(not page, "html-page", expected="a PENS answer", got=record.got, at=record.at)
    answered(record)


def taken(record: Collected) -> None:
    """Expect that a collect was taken up: understood, and the package fetched."""
    answered(record)
    expect(record.understood, "not-accepted", expected="error=0", got=record.got, at=record.at)
    expect(record.fetched, "not-fetched", expected="the package is fetched", got="no complete GET", at=record.at)


def accepted_by_effect(record: Collected) -> None:
    """Expect acceptance by effect: understood, the package fetched, no error in the receipt that tells of it.

    That there is a receipt at all is a rule of its own, and is not asked here again.
    """
    taken(record)
    if record.receipt:
        got = record.receipt.message.get("error")
        expect(record.accepted, "receipt-error", expected="error=0 in the receipt", got=got, at=record.receipt.at)


def refused_with(record: Collected, codes: Collection[int]) -> None:
    """Expect a refusal with one of the codes that can be defended; the report says which was seen."""
    answered(record)
    expect(record.error != 0, "accepted", expected=f"error in {sorted(codes)}", got=record.got, at=record.at)
    expect(
        record.error in codes,
        "wrong-code",
        expected=f"error in {sorted(codes)}",
        got=record.got,
        at=record.at,
    )


def reported(record: Collected, codes: Collection[int]) -> int | None:
    """Return the code that tells of the fault: the answer's, or the receipt's where it may come late.

    Codes about fetching, type and warnings may travel in the receipt after an answer that says 0.
    """
    late = record.receipt_error if record.understood else None
    return late if late in LATE_CODES and late in codes else record.error


def defended(record: Collected, codes: Collection[int]) -> None:
    """Expect one of the codes that can be defended, in the answer or, where it may come late, the receipt."""
    answered(record)
    code, wanted = reported(record, codes), f"error in {sorted(codes)}"
    expect(code != 0 or 0 in codes, "accepted", expected=wanted, got=record.got, at=record.at)
    expect(code in codes, "wrong-code", expected=wanted, got=record.got, at=record.at)


def control_taken(record: Collected) -> None:
    """Demand as positive control that a plain collect was taken up."""
    control(record.taken, "a plain collect is taken up: understood, package fetched")


def control_accepted(record: Collected) -> None:
    """Demand as positive control that a plain collect was accepted, and that its receipt said so."""
    control(record.accepted, "a plain collect is accepted: package fetched, receipt without error")


def control_understood(record: Collected) -> None:
    """Demand that a plain collect was understood: a target that refuses all proves nothing."""
    control(record.understood, "a plain collect is understood")


def control_refused(record: Collected) -> None:
    """Demand that a broken collect was refused: a target that takes all proves nothing."""
    refused = record.error is not None and not record.understood
    control(refused, "a collect without package-type and client is refused")
