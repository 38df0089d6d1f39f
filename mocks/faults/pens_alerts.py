"""Faults of a PENS target in its alerts."""

from __future__ import annotations

from harness.wire.binding import Pairs
from mocks.engine.domain import ImportJob
from mocks.engine.pens_behaviour import PensBehaviour
from mocks.faults.base import LEFT_OUT, WRONG_VALUE, Fault


class AlertFirst(Fault, PensBehaviour):
    """The alert is sent before the receipt."""

    name = "pens.alert-first"
    kind = WRONG_VALUE
    breaks = {"PENS-ALERT-01": "alert-first"}

    sends_alert_first = True


class AnnouncesItself(Fault, PensBehaviour):
    """The receipt is not waited for: an alert says that the fetch begins."""

    name = "pens.announces-itself"
    kind = LEFT_OUT
    breaks = {"PENS-ALERT-01": "alert-first"}

    def announcements(self, job: ImportJob) -> list[Pairs]:
        return [self.callback("alert", job, 0, "package is being fetched")] if self.alert_due(job) else []


class ProgressWithError(Fault, PensBehaviour):
    """An alert that says that all went well is followed by one with an error."""

    name = "pens.progress-with-error"
    kind = WRONG_VALUE
    breaks = {"PENS-ALERT-03": "progress-with-error", "ENGINE-PENS-08": "not-imported"}

    def alerts(self, job: ImportJob) -> list[Pairs]:
        return [*super().alerts(job), self.callback("alert", job, 1101, "package processed")]


class AlertsToReceiptUrl(Fault, PensBehaviour):
    """Without an alerts URL alerts go to the receipt URL."""

    name = "pens.alerts-to-receipt-url"
    kind = WRONG_VALUE
    breaks = {"PENS-ALERT-05": "alert-unasked"}

    def alerts_url(self, job: ImportJob) -> str:
        return super().alerts_url(job) or job.elements["receipt"]


class AlertsUnasked(Fault, PensBehaviour):
    """Whether alerts were asked for is not looked at: they go to where the client's alerts usually are."""

    name = "pens.alerts-unasked"
    kind = LEFT_OUT
    breaks = {"PENS-ALERT-05": "alert-unasked"}

    def alerts_url(self, job: ImportJob) -> str:
        return super().alerts_url(job) or job.elements["receipt"].replace("/receipt", "/alert")


class VendorDataAlarm(Fault, PensBehaviour):
    """Vendor-data that is not understood is alerted as an error."""

    name = "pens.vendor-data-alarm"
    kind = WRONG_VALUE
    breaks = {"PENS-ALERT-06": "vendor-data-warned-about"}

    def alerts(self, job: ImportJob) -> list[Pairs]:
        alarm = (
            [self.callback("alert", job, 1201, "vendor-data is not understood")]
            if "vendor-data" in job.elements
            else []
        )
        return [*super().alerts(job), *alarm]
