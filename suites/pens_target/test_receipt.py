"""Receipts: that they come, once, and what they carry (CMI010 1.0a §5.1, §A.1.1)."""

from __future__ import annotations

import base64

from harness.judging.expect import control, expect, remark
from harness.judging.suite import checks
from harness.subjects.pens_records import Collected, Series
from harness.wire.pens import SECRET_ELEMENTS, read_expiry
from suites.pens_target.rules import control_accepted
from suites.pens_target.rules_collection import goes_on, receipt_came, still_serves

ANSWERED = ("PENS-RESP-01/T",)
NOT_ENCODED = ("not-uri", "bad-percent", "no-equals")


@checks("PENS-RCPT-01", needs=ANSWERED)
def test_receipt_follows_a_success(accepted: Collected) -> None:
    """A receipt is sent after the package was fetched."""
    control(accepted.fetched, "the package is fetched")
    expect(accepted.receipt is not None, "no-receipt", expected="a receipt", got="none", at=accepted.at)


@checks("PENS-RCPT-02", needs=ANSWERED)
def test_receipt_follows_a_failure(fetching: Collected) -> None:
    """A receipt with an error is sent after the package could not be fetched."""
    control(fetching.understood, "a collect is understood before its package is fetched")
    expect(fetching.receipt is not None, "no-receipt", expected="a receipt", got="none", at=fetching.at)
    receipt = receipt_came(fetching)
    error = receipt.message.get("error")
    expect(receipt.error not in (None, 0), "no-error", expected="error other than 0", got=error, at=receipt.at)


@checks("PENS-RCPT-03", needs=ANSWERED)
def test_receipt_names_its_command(accepted: Collected) -> None:
    """The command of a receipt is receipt."""
    receipt = receipt_came(accepted)
    command = receipt.message.get("command")
    expect(command is not None, "no-command", expected="command=receipt", got="none", at=receipt.at)
    expect(command == "receipt", "wrong-command", expected="receipt", got=command, at=receipt.at)


@checks("PENS-RCPT-04", needs=ANSWERED)
def test_receipt_carries_error_and_text(accepted: Collected) -> None:
    """A receipt carries error, a number, and error-text."""
    receipt = receipt_came(accepted)
    for name in ("error", "error-text"):
        expect(
            name in receipt.message.names,
            f"no-{name}",
            expected=name,
            got=list(receipt.message.names),
            at=receipt.at,
        )
    error = receipt.message.get("error")
    expect(receipt.error is not None, "error-no-number", expected="a number", got=error, at=receipt.at)


@checks("PENS-RCPT-05", needs=ANSWERED)
def test_receipt_says_what_it_is_about(accepted: Collected) -> None:
    """A receipt returns package-type and package-id, and a client: the collect's or the sender's name."""
    receipt = receipt_came(accepted)
    for name in ("package-type", "package-id"):
        got, expected = receipt.message.get(name), accepted.sent.get(name)
        expect(got == expected, f"other-{name}", expected=expected, got=got, at=receipt.at)
    expect(receipt.message.get("client"), "no-client", expected="a client", got=None, at=receipt.at)


@checks("PENS-RCPT-06", needs=ANSWERED)
def test_receipt_repeats_the_collect(accepted: Collected) -> None:
    """A receipt repeats version, format and address of the package, and its expiry as the same instant."""
    receipt = receipt_came(accepted)
    for name in ("pens-version", "package-type-version", "package-format", "package-url"):
        got, expected = receipt.message.get(name), accepted.sent.get(name)
        expect(got == expected, f"other-{name}", expected=expected, got=got, at=receipt.at)
    text, expected = (
        receipt.message.get("package-url-expiry") or "",
        accepted.sent.get("package-url-expiry") or "",
    )
    read, sent = read_expiry(text), read_expiry(expected)
    same = read and sent and read.instant == sent.instant
    expect(same, "other-package-url-expiry", expected=expected, got=text, at=receipt.at)


@checks("PENS-RCPT-07", needs=ANSWERED)
def test_package_id_is_unchanged(accepted: Collected) -> None:
    """The package-id comes back unchanged, so that the client can tell its packages apart."""
    receipt = receipt_came(accepted)
    got, expected = receipt.message.get("package-id"), accepted.sent.get("package-id")
    expect(got is not None, "no-package-id", expected=expected, got="none", at=receipt.at)
    expect(got == expected, "other-package-id", expected=expected, got=got, at=receipt.at)


@checks("PENS-RCPT-08", needs=ANSWERED)
def test_receipt_is_bound_as_a_form(accepted: Collected) -> None:
    """A receipt travels as GET query or POST form, encoded as that form has it; multipart is noted."""
    receipt = receipt_came(accepted)
    message, media = receipt.message, receipt.exchange.request.header("Content-Type") or "none"
    bound = not any(oddity.startswith("media-type:") for oddity in message.oddities)
    expect(bound, "not-a-form", expected="GET query or POST form", got=media, at=receipt.at)
    remark("multipart", unless=message.binding != "multipart", got=media, at=receipt.at)
    odd = [oddity for oddity in message.oddities if oddity in NOT_ENCODED]
    expect(not odd, "not-encoded", expected="values percent-encoded", got=odd, at=receipt.at)


@checks("PENS-RCPT-09", needs=ANSWERED)
def test_query_of_the_receipt_url_is_kept(receipt_queried: Collected, accepted: Collected) -> None:
    """The query that the receipt URL has already arrives together with the elements of the receipt."""
    control_accepted(accepted)
    record = receipt_queried
    expect(record.receipt is not None, "no-receipt", expected="a receipt", got=record.got, at=record.at)
    receipt = receipt_came(record)
    own = {name: receipt.own_query.get(name) for name in ("job", "note")}
    expect(any(own.values()), "query-lost", expected="job=7", got=receipt.exchange.request.target, at=receipt.at)
    expected = {"job": "7", "note": "a&b"}
    expect(own == expected, "query-changed", expected=expected, got=own, at=receipt.at)
    command = receipt.message.get("command")
    expect(command == "receipt", "elements-lost", expected="command=receipt", got=command, at=receipt.at)


@checks("PENS-RCPT-10", needs=ANSWERED)
def test_one_receipt_for_a_collect(accepted: Collected) -> None:
    """Exactly one receipt is sent for a collect that was accepted."""
    control(accepted.fetched, "the package is fetched")
    count = len(accepted.receipts)
    expect(count > 0, "no-receipt", expected="one receipt", got="none", at=accepted.at)
    expect(count == 1, "several-receipts", expected="one receipt", got=count, at=accepted.receipts[-1].at)


@checks("PENS-RCPT-11", needs=ANSWERED)
def test_passwords_are_never_told(protected: Collected, accepted: Collected) -> None:
    """No password of the collect stands anywhere in a receipt, an alert or a mail."""
    control_accepted(accepted)
    control(protected.receipt or protected.mails, "a receipt follows a collect with a protected package")
    told = [(c.at, c.exchange.request) for c in (*protected.receipts, *protected.alerts)]
    texts = [(at, f"{half.start} {half.headers} {half.body.decode('utf-8', 'replace')}") for at, half in told]
    texts += [(mail.id, mail.message) for mail in protected.mails]
    for element in SECRET_ELEMENTS:
        secret, user = protected.sent.get(element), protected.sent.get(element.replace("password", "user-id"))
        basic = base64.b64encode(f"{user}:{secret}".encode()).decode()
        found = [at for at, text in texts if secret and (secret in text or basic in text)]
        expect(not found, "password-told", expected=f"no {element}", got=found, at=", ".join(found))


@checks("PENS-RCPT-12", needs=ANSWERED)
def test_error_may_be_explained(fetching: Collected) -> None:
    """A receipt that reports an error may explain it in pens-data, in words that a person can read."""
    receipt = receipt_came(fetching)
    details = receipt.message.get("pens-data") or ""
    shown = all(char.isprintable() or char.isspace() for char in details)
    readable = shown and "<html" not in details.lower()
    remark("unreadable-details", unless=readable, got=details, at=receipt.at)


@checks("PENS-RCPT-19", needs=ANSWERED)
def test_any_acknowledgement_will_do(unacknowledged: Collected, accepted: Collected) -> None:
    """The package is processed whatever body an HTTP success has with which the receipt was answered."""
    control_accepted(accepted)
    control(unacknowledged.receipt is not None, "a receipt was sent")
    goes_on(unacknowledged.alerts, accepted, unacknowledged.at)


@checks("PENS-RCPT-20")
def test_lost_receipt_stops_nothing(undeliverable: Series, accepted: Collected) -> None:
    """A receipt URL that cannot be reached does not keep the target from serving later collects."""
    control(undeliverable["broken"].understood, "a collect is understood whose receipt cannot be delivered")
    still_serves(undeliverable["later"], accepted)
