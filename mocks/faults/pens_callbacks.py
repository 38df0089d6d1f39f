"""Faults of a PENS target in its receipts."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from urllib.parse import quote

from harness.wire.binding import Decoded, Pairs, encode_query
from harness.wire.pens_rules import Violation
from mocks.engine.domain import ImportJob
from mocks.engine.pens_behaviour import PensBehaviour
from mocks.faults.base import LEFT_OUT, WRONG_VALUE, Fault

Change = Callable[[ImportJob, Pairs], Pairs]


class NoReceipt(Fault, PensBehaviour):
    """No receipt is ever sent."""

    name = "pens.no-receipt"
    kind = LEFT_OUT
    breaks = {"PENS-RCPT-01": "no-receipt", "PENS-RCPT-10": "no-receipt", "ENGINE-PENS-12": "no-receipt"}
    collateral = ("PENS-RCPT-02",)

    def receipt_due(self, job: ImportJob) -> bool:
        return False


class ReceiptElsewhere(Fault, PensBehaviour):
    """The receipt goes to the root of the client's server, not to the receipt URL."""

    name = "pens.receipt-elsewhere"
    kind = WRONG_VALUE
    breaks = {"PENS-RCPT-01": "no-receipt", "PENS-RCPT-10": "no-receipt", "ENGINE-PENS-12": "no-receipt"}
    collateral = ("PENS-RCPT-02",)

    def callback_request(self, url: str, pairs: Pairs) -> tuple[str, str, str, bytes]:
        if dict(pairs).get("command") == "receipt":
            url = "/".join(url.split("/")[:3]) + "/receipt"
        return super().callback_request(url, pairs)


class TwoReceipts(Fault, PensBehaviour):
    """The receipt is sent twice."""

    name = "pens.two-receipts"
    kind = WRONG_VALUE
    breaks = {"PENS-RCPT-10": "several-receipts"}

    receipt_copies = 2


def _dropping(*names: str) -> Change:
    return lambda job, pairs: tuple(pair for pair in pairs if pair[0] not in names)


def _setting(name: str, value: str) -> Change:
    return lambda job, pairs: tuple((key, value if key == name else old) for key, old in pairs)


def _changing(command: str, name: str, kind: str, breaks: Mapping[str, str], doc: str, change: Change) -> type[Fault]:
    """Make a fault that changes the elements of receipts or of alerts."""

    def callback(self: PensBehaviour, which: str, job: ImportJob, code: int, text: str) -> Pairs:
        pairs = PensBehaviour.callback(self, which, job, code, text)
        return change(job, pairs) if which == command else pairs

    body = {"__doc__": doc, "name": f"pens.{name}", "kind": kind, "breaks": breaks, "callback": callback}
    return type(name.title().replace("-", ""), (Fault, PensBehaviour), body)


def _of_receipt(name: str, kind: str, breaks: Mapping[str, str], doc: str, change: Change) -> type[Fault]:
    return _changing("receipt", name, kind, breaks, doc, change)


def _of_alert(name: str, kind: str, breaks: Mapping[str, str], doc: str, change: Change) -> type[Fault]:
    return _changing("alert", name, kind, breaks, doc, change)


def _telling_all(job: ImportJob, pairs: Pairs) -> Pairs:
    told = {name for name, _ in pairs}
    return (*pairs, *((name, value) for name, value in job.elements.items() if name not in told))


def _telling_userinfo(job: ImportJob, pairs: Pairs) -> Pairs:
    user, password = job.elements.get("package-url-user-id", ""), job.elements.get("package-url-password", "")
    if not user:
        return pairs
    scheme, _, rest = job.elements["package-url"].partition("://")
    return _setting("package-url", f"{scheme}://{quote(user, safe='')}:{quote(password, safe='')}@{rest}")(job, pairs)


FAMILY = (
    _of_receipt(
        "receipt-without-command", LEFT_OUT, {"PENS-RCPT-03": "no-command"},
        "A receipt lacks its command.", _dropping("command"),
    ),
    _of_receipt(
        "receipt-as-notification", WRONG_VALUE, {"PENS-RCPT-03": "wrong-command"},
        "A receipt calls itself a notification.", _setting("command", "notification"),
    ),
    _of_receipt(
        "receipt-without-error-text", LEFT_OUT, {"PENS-RCPT-04": "no-error-text"},
        "A receipt lacks error-text.", _dropping("error-text"),
    ),
    _of_receipt(
        "receipt-error-in-words", WRONG_VALUE,
        {"PENS-RCPT-04": "error-no-number", "ENGINE-PENS-08": "not-imported"},
        "A receipt says in words what error stands for.", _setting("error", "none"),
    ),
    _of_receipt(
        "receipt-without-client", LEFT_OUT, {"PENS-RCPT-05": "no-client"},
        "A receipt lacks the client.", _dropping("client"),
    ),
    _of_receipt(
        "receipt-other-type", WRONG_VALUE, {"PENS-RCPT-05": "other-package-type"},
        "A receipt names another package-type than the collect.", _setting("package-type", "scorm"),
    ),
    _of_receipt(
        "receipt-without-format", LEFT_OUT, {"PENS-RCPT-06": "other-package-format"},
        "A receipt lacks the package-format.", _dropping("package-format"),
    ),
    _of_receipt(
        "receipt-other-expiry", WRONG_VALUE, {"PENS-RCPT-06": "other-package-url-expiry"},
        "A receipt names another instant of expiry.", _setting("package-url-expiry", "2001-01-01T00:00:00Z"),
    ),
    _of_receipt(
        "receipt-without-package-id", LEFT_OUT,
        {"PENS-RCPT-07": "no-package-id", "PENS-RCPT-05": "other-package-id"},
        "A receipt lacks the package-id.", _dropping("package-id"),
    ),
    _of_receipt(
        "receipt-upper-case-id", WRONG_VALUE,
        {"PENS-RCPT-07": "other-package-id", "PENS-RCPT-05": "other-package-id"},
        "A receipt returns the package-id in upper case.",
        lambda job, pairs: _setting("package-id", job.elements["package-id"].upper())(job, pairs),
    ),
    _of_receipt(
        "receipt-tells-all", LEFT_OUT, {"PENS-RCPT-11": "password-told"},
        "What is secret is not left out of the receipt: it repeats the whole collect.", _telling_all,
    ),
    _of_receipt(
        "receipt-tells-userinfo", WRONG_VALUE, {"PENS-RCPT-11": "password-told"},
        "A receipt names the package's address with user and password in it.", _telling_userinfo,
    ),
    _of_receipt(
        "receipt-with-page", WRONG_VALUE, {"PENS-RCPT-12": "unreadable-details"},
        "The receipt explains an error by a page.", _setting("pens-data", "<html>Error</html>"),
    ),
    _of_alert(
        "alert-without-error", LEFT_OUT, {"PENS-ALERT-04": "no-error"},
        "An alert lacks error.", _dropping("error"),
    ),
    _of_alert(
        "alert-as-receipt", WRONG_VALUE, {"PENS-ALERT-04": "wrong-command"},
        "An alert calls itself a receipt.", _setting("command", "receipt"),
    ),
    _of_alert(
        "alert-other-id", WRONG_VALUE, {"PENS-ALERT-04": "other-package-id"},
        "An alert names another package.", _setting("package-id", "http://engine.example/packages:1"),
    ),
)  # fmt: skip


class UnencodedReceipt(Fault, PensBehaviour):
    """Percent-encoding of the values of callbacks is left out."""

    name = "pens.unencoded-callbacks"
    kind = LEFT_OUT
    breaks = {"PENS-RCPT-08": "not-encoded"}

    def callback_request(self, url: str, pairs: Pairs) -> tuple[str, str, str, bytes]:
        body = "&".join(f"{name}={value}" for name, value in pairs).encode()
        return "POST", url, "application/x-www-form-urlencoded", body


class JsonReceipt(Fault, PensBehaviour):
    """Callbacks are sent as JSON."""

    name = "pens.json-callbacks"
    kind = WRONG_VALUE
    breaks = {"PENS-RCPT-08": "not-a-form"}
    collateral = (*(f"PENS-RCPT-0{number}" for number in (3, 4, 5, 6, 7)), "PENS-ALERT-04", "ENGINE-PENS-08")

    def callback_request(self, url: str, pairs: Pairs) -> tuple[str, str, str, bytes]:
        return "POST", url, "application/json", json.dumps(dict(pairs)).encode()


class DropsReceiptQuery(Fault, PensBehaviour):
    """The query that a receipt URL has already is left out."""

    name = "pens.drops-receipt-query"
    kind = LEFT_OUT
    breaks = {"PENS-RCPT-09": "query-lost"}

    def callback_request(self, url: str, pairs: Pairs) -> tuple[str, str, str, bytes]:
        return super().callback_request(url.partition("?")[0], pairs)


class SecondQuestionMark(Fault, PensBehaviour):
    """Callbacks by GET are added with a second question mark to a URL that has a query."""

    name = "pens.second-question-mark"
    kind = WRONG_VALUE
    breaks = {"PENS-RCPT-09": "query-changed"}

    def callback_request(self, url: str, pairs: Pairs) -> tuple[str, str, str, bytes]:
        return "GET", f"{url}?{encode_query(pairs)}", "", b""


class WantsAcknowledgement(Fault, PensBehaviour):
    """The package is dropped unless its receipt is answered with error=0 (php-pens)."""

    name = "pens.wants-acknowledgement"
    kind = LEFT_OUT
    breaks = {"PENS-RCPT-19": "not-processed"}

    def goes_on(self, acknowledged: int | None) -> bool:
        return acknowledged == 0


class SilenceIsAnError(Fault, PensBehaviour):
    """A receipt that is answered without a PENS body ends the work with an alert of code 1500."""

    name = "pens.silence-is-an-error"
    kind = WRONG_VALUE
    breaks = {"PENS-RCPT-19": "alerted-error"}

    def goes_on(self, acknowledged: int | None) -> bool:
        vars(self)["_lost"] = acknowledged is None
        return True

    def alerts(self, job: ImportJob) -> list[Pairs]:
        lost = vars(self).pop("_lost", False)
        return [self.callback("alert", job, 1500, "not acknowledged")] if lost else super().alerts(job)


class _Bars(Fault, PensBehaviour):
    """Base of the faults that bear a grudge: who could not be reached once is served no more."""

    def undelivered(self, command: str, job: ImportJob) -> None:
        vars(self).setdefault("_barred", set()).add(job.elements["client"])

    def bars(self, client: str | None) -> bool:
        """Whether something could not be delivered to a client."""
        return client in vars(self).get("_barred", ())


class BarsUnreachable(_Bars):
    """A client to whom a receipt or an alert could not be delivered is refused from then on."""

    name = "pens.bars-unreachable"
    kind = WRONG_VALUE
    breaks = {"PENS-RCPT-20": "later-refused", "PENS-ALERT-10": "later-refused"}

    def violations(self, message: Decoded, now: datetime) -> tuple[Violation, ...]:
        barred = self.bars(message.get("client"))
        return (Violation("command", "unparseable"),) if barred else super().violations(message, now)


class ForgetsUnreachable(_Bars):
    """Work for a client to whom a receipt or an alert could not be delivered is left out from then on."""

    name = "pens.forgets-unreachable"
    kind = LEFT_OUT
    breaks = {"PENS-RCPT-20": "later-not-fetched", "PENS-ALERT-10": "later-not-fetched"}

    def takes_up(self, job: ImportJob) -> bool:
        return not self.bars(job.elements["client"])
