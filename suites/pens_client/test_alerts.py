"""How a client takes alerts: each acknowledged, also long after, none for a receipt (CMI010 1.0a §6.2.16)."""

from __future__ import annotations

from harness.judging.expect import control, expect, inapplicable, untestable
from harness.judging.suite import checks
from harness.subjects.publish_records import Publications, Published
from suites.pens_client.rules_callbacks import alerts_of, control_acknowledged, keys_of, receipts_of
from suites.pens_client.scenarios_callbacks import ALERTS


@checks("PENS-ALERT-07")
def test_alert_is_answered(published: Published) -> None:
    """An alert over http or https gets an HTTP response that holds a PENS answer."""
    for told in alerts_of(published):
        answered = told.exchange.response is not None
        expect(answered, "unanswered", expected="an HTTP response", got=told.got, at=told.at)
        expect("error" in keys_of(told), "no-pens-answer", expected="a PENS answer", got=told.got, at=told.at)


@checks("PENS-ALERT-08")
def test_every_alert_is_acknowledged(alerted: Published, published: Published) -> None:
    """Several alerts for one package are each answered with 0, also one that comes long after the receipt."""
    alerts = alerts_of(alerted)
    control_acknowledged(published)
    if len(alerts) < ALERTS:
        untestable(f"{ALERTS} alerts were to be sent, {len(alerts)} were")
    for number, told in enumerate(alerts, 1):
        where = f"{told.at}, alert {number}"
        expect(told.error == 0, "alert-refused", expected="error=0", got=told.got, at=where)


@checks("PENS-ALERT-09")
def test_alert_is_told_from_receipt(shared: Publications, failed_collection: Published) -> None:
    """Where one URL takes both, each is acknowledged, and only a receipt decides the outcome."""
    first = shared["first"]
    receipt, alert = receipts_of(first)[0], alerts_of(first)[0]
    if first.element("alerts") != first.element("receipt"):
        inapplicable("one URL for receipts and alerts")
    if receipt.error is None or alert.error is None:
        untestable("receipt or alert got no PENS answer")
    expect(receipt.error == 0, "receipt-refused", expected="error=0", got=receipt.got, at=receipt.at)
    expect(alert.error == 0, "alert-refused", expected="error=0", got=alert.got, at=alert.at)
    second = shared.steps.get("second")
    same = ("receipt", "alerts", "package-id")
    if second is None or not second.receipts or any(first.element(n) != second.element(n) for n in same):
        return  # other addresses or ids: the alert of before was none of the second publication's business
    control(first.told_success and failed_collection.told_success is False, "outcomes of receipts are told")
    told = second.told_success
    expect(
        told is not True,
        "alert-taken-for-receipt",
        expected="a failure told",
        got=second.outcome,
        at=second.at,
    )
