"""Alerts: after the receipt, in its form, only where they were asked for (CMI010 1.0a §6 note 6, §6.2.16)."""

from __future__ import annotations

from harness.judging.expect import control, expect, remark, untestable
from harness.judging.suite import checks
from harness.subjects.pens_records import Callback, Collected, Series
from harness.wire.pens import WARNINGS
from harness.wire.pens_schema import required
from suites.pens_target.rules import control_accepted
from suites.pens_target.rules_collection import still_serves, trouble_is_told

ANSWERED = ("PENS-RESP-01/T",)


@checks("PENS-ALERT-01", needs=ANSWERED)
def test_no_alert_before_the_receipt(accepted: Collected) -> None:
    """No alert comes before the receipt."""
    control_accepted(accepted)
    first = accepted.receipts[0].exchange.seq
    early = [alert.at for alert in accepted.alerts if alert.exchange.seq < first]
    expect(not early, "alert-first", expected="the receipt first", got=early, at=accepted.receipts[0].at)


@checks("PENS-ALERT-02", needs=ANSWERED)
def test_processing_errors_are_alerted(fetching: Collected, accepted: Collected) -> None:
    """An error in processing a fetched package is reported by an alert, unless the receipt has told it."""
    control_accepted(accepted)
    control(fetching.fetched, "the package is fetched before it is processed")
    trouble_is_told(fetching, {1432, 1301, 1310})


@checks("PENS-ALERT-03", needs=ANSWERED)
def test_progress_may_be_alerted(accepted: Collected) -> None:
    """Progress may be reported by alerts, any number of them, none with an error where all goes well."""
    control_accepted(accepted)
    errors = [(alert.error, alert.at) for alert in accepted.alerts if alert.error not in (0, *WARNINGS)]
    remark("progress-with-error", unless=not errors, got=errors, at=accepted.at)


def _an_alert(record: Collected) -> Callback:
    return record.alerts[0] if record.alerts else untestable("an alert after a plain collect")


@checks("PENS-ALERT-04", needs=ANSWERED)
def test_alert_has_the_form_of_a_receipt(accepted: Collected) -> None:
    """An alert has the form of a receipt: command=alert, what every receipt carries, package-id of the collect."""
    alert = _an_alert(accepted)
    command, names = alert.message.get("command"), list(alert.message.names)
    expect(command == "alert", "wrong-command", expected="alert", got=command, at=alert.at)
    for name in required("alert"):
        expect(name in names, f"no-{name}", expected=name, got=names, at=alert.at)
    got, expected = alert.message.get("package-id"), accepted.sent.get("package-id")
    expect(got == expected, "other-package-id", expected=expected, got=got, at=alert.at)


@checks("PENS-ALERT-05", needs=ANSWERED)
def test_no_alerts_unasked(unalerted: Collected, accepted: Collected) -> None:
    """No alert is sent when the collect leaves alerts out or empty."""
    control_accepted(accepted)
    control(unalerted.accepted, "a collect without alerts is accepted: package fetched, receipt without error")
    stray = [callback.at for callback in unalerted.receipts if callback.message.get("command") == "alert"]
    stray += [callback.at for callback in unalerted.alerts]
    expect(not stray, "alert-unasked", expected="no alert", got=stray, at=", ".join(stray))


@checks("PENS-ALERT-06", needs=ANSWERED)
def test_vendor_data_may_be_warned_about(with_vendor_data: Collected) -> None:
    """An alert may acknowledge vendor-data or warn about it; one that reports an error is noted."""
    errors = [(alert.error, alert.at) for alert in with_vendor_data.alerts if alert.error not in (0, *WARNINGS)]
    remark("vendor-data-warned-about", unless=not errors, got=errors, at=with_vendor_data.at)


@checks("PENS-ALERT-10")
def test_lost_alert_stops_nothing(undeliverable: Series, accepted: Collected) -> None:
    """An alerts URL that cannot be reached does not keep the target from its work."""
    control(undeliverable["broken"].understood, "a collect is understood whose alerts cannot be delivered")
    still_serves(undeliverable["later"], accepted)
