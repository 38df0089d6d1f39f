"""Rules about what follows a collect: trouble is told, work goes on, forbidden work never begins."""

from __future__ import annotations

from collections.abc import Collection

from harness.judging.expect import control, expect, untestable
from harness.subjects.pens_records import Callback, Collected
from harness.wire.pens import WARNINGS


def problems(record: Collected) -> list[int]:
    """Return every code of trouble that the target gave, in the answer, in receipts or in alerts."""
    return [code for code in record.codes if code and code not in WARNINGS]


def trouble_is_told(record: Collected, codes: Collection[int]) -> None:
    """Expect that trouble is told with one of the codes that can be defended, wherever it is told."""
    told, at = problems(record), record.receipt.at if record.receipt else record.at
    reason = "reported-success" if record.receipt_error == 0 else "not-reported"
    expect(told, reason, expected=f"error in {sorted(codes)}", got=f"codes {list(record.codes)}", at=at)
    expect(
        any(code in codes for code in told),
        "wrong-code",
        expected=f"error in {sorted(codes)}",
        got=told,
        at=at,
    )


def still_serves(later: Collected, usual: Collected) -> None:
    """Expect that a plain collect after a mishap is accepted by effect, with a receipt where one usually comes."""
    expect(later.answer is not None, "later-not-answered", expected="a PENS answer", got=later.got, at=later.at)
    expect(later.understood, "later-refused", expected="error=0", got=later.got, at=later.at)
    expect(
        later.fetched,
        "later-not-fetched",
        expected="the package is fetched",
        got="no complete GET",
        at=later.at,
    )
    expect(
        later.accepted or not (usual.receipts or later.receipts),
        "later-not-receipted",
        expected="error=0",
        got=f"codes {list(later.codes)}",
        at=later.at,
    )


def goes_on(alerts: Collection[Callback], usual: Collected, at: str) -> None:
    """Expect an alert of success, the sign of processing, where one follows a plain collect."""
    control(any(alert.error == 0 for alert in usual.alerts), "an alert without error follows a plain collect")
    codes = [alert.error for alert in alerts]
    expect(codes, "not-processed", expected="an alert once the package is processed", got="none", at=at)
    expect(0 in codes, "alerted-error", expected="an alert with error=0", got=codes, at=at)


def nothing_is_done(record: Collected) -> None:
    """Expect that a collect had no effect: nothing fetched, no success told."""
    fetched = [exchange.id for exchange in record.fetches]
    expect(not fetched, "processed", expected="the package is not fetched", got=fetched, at=record.at)
    expect(
        record.receipt_error != 0,
        "told-success",
        expected="no receipt of success",
        got="error=0",
        at=record.at,
    )


def receipt_came(record: Collected) -> Callback:
    """Return the receipt; what it looks like is untestable when there is none."""
    return record.receipt or untestable("a receipt after a plain collect")
