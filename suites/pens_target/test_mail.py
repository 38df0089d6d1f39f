"""Receipts by mail (CMI010 1.0a §6.2.15, §A.1 notes 1 to 5)."""

from __future__ import annotations

import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import getaddresses
from typing import cast

from harness.evidence.entries import Mail
from harness.judging.expect import control, expect, untestable
from harness.judging.suite import checks
from harness.subjects.pens_records import Collected
from harness.wire.pens import mailto_addresses
from suites.pens_target.rules import control_accepted
from suites.pens_target.rules_collection import goes_on

ANSWERED = ("PENS-RESP-01/T",)
DATA = re.compile(r"[a-z][a-z-]{2,31}=.*")


def _mail(record: Collected) -> tuple[Mail, EmailMessage]:
    mail = record.mails[0] if record.mails else untestable("a mail that carries the receipt")
    return mail, message_from_bytes(mail.message.encode(), policy=default)


def _text(message: EmailMessage) -> str:
    part = message.get_body(("plain",)) or message
    raw = cast(bytes, part.get_payload(decode=True)) or b""
    return raw.decode("utf-8", "replace")


def _elements(message: EmailMessage) -> dict[str, str]:
    lines = [line for line in _text(message).splitlines() if DATA.fullmatch(line)]
    return {name: value for name, _, value in (line.partition("=") for line in lines)}


@checks("PENS-MAIL-01", needs=ANSWERED)
def test_mail_has_a_real_sender(mailed_to_two: Collected) -> None:
    """A mail comes from an address to which one can reply, and names no other one that is none."""
    mail, message = _mail(mailed_to_two)
    for header, reason in (("From", "no-real-sender"), ("Reply-To", "no-real-reply-to")):
        values = [str(value) for value in message.get_all(header, [])]
        real = [
            address for _, address in getaddresses(values) if re.fullmatch(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+", address)
        ]
        expect(
            real or (header == "Reply-To" and not values),
            reason,
            expected="an address",
            got=values,
            at=f"{mail.id} {header}",
        )


@checks("PENS-MAIL-02", needs=ANSWERED)
def test_mail_has_a_subject_for_people(mailed_to_two: Collected) -> None:
    """The subject of a mail holds words, and not the package-id alone."""
    mail, message = _mail(mailed_to_two)
    subject = str(message.get("Subject", "")).strip()
    expect(subject, "no-subject", expected="a subject", got="none", at=f"{mail.id} Subject")
    words = re.findall(r"[^\W\d_]{2,}", subject.replace(mailed_to_two.sent.get("package-id", "") or "", ""))
    expect(words, "no-words", expected="words", got=subject, at=f"{mail.id} Subject")


@checks("PENS-MAIL-03", needs=ANSWERED)
def test_mail_lists_the_elements(mailed_to_two: Collected) -> None:
    """A mail lists elements as name=value lines ended by CR LF, parted by an empty line from its own text."""
    mail, message = _mail(mailed_to_two)
    text, at = _text(message), f"{mail.id} body"
    lines = text.splitlines()
    listed = [number for number, line in enumerate(lines) if DATA.fullmatch(line)]
    named = {lines[number].partition("=")[0] for number in listed}
    expect("error" in named, "not-listed", expected="a line error=", got=sorted(named) or text[:80], at=at)
    expect("\n" not in text.replace("\r\n", ""), "not-crlf", expected="CR LF", got="LF alone", at=at)
    first = listed[0]
    parted = first == 0 or not lines[first - 1].strip()
    expect(parted, "text-not-parted", expected="an empty line before the elements", got=lines[first - 1], at=at)


@checks("PENS-MAIL-04", needs=ANSWERED)
def test_mail_says_what_it_is_about(mailed_to_two: Collected) -> None:
    """A mail names package type, package id and client: the collect's or the sender's name."""
    mail, message = _mail(mailed_to_two)
    elements, at = _elements(message), f"{mail.id} body"
    for name in ("package-type", "package-id"):
        got, expected = elements.get(name), mailed_to_two.sent.get(name)
        expect(got == expected, f"other-{name}", expected=expected, got=got, at=at)
    expect(elements.get("client"), "no-client", expected="a client", got=None, at=at)


@checks("PENS-MAIL-05", needs=ANSWERED)
def test_every_address_is_mailed(mailed_to_two: Collected, accepted: Collected) -> None:
    """Every address of a comma-separated list is mailed."""
    control_accepted(accepted)
    control(mailed_to_two.understood, "a collect whose receipt goes by mail is understood")
    expect(mailed_to_two.mails, "no-mail", expected="a mail", got="none", at=mailed_to_two.at)
    wanted = {address.lower() for address in mailto_addresses(mailed_to_two.sent.get("receipt", "") or "")}
    reached = {address.lower() for mail in mailed_to_two.mails for address in mail.recipients}
    expect(
        wanted <= reached,
        "address-not-mailed",
        expected=sorted(wanted),
        got=sorted(reached),
        at=mailed_to_two.mails[0].id,
    )


@checks("PENS-MAIL-06", needs=ANSWERED)
def test_mail_needs_no_answer(mailed_to_two: Collected, accepted: Collected) -> None:
    """The package is processed after a receipt by mail, which nobody answers."""
    control_accepted(accepted)
    control(mailed_to_two.mails, "a mail carries the receipt")
    goes_on(mailed_to_two.alerts, accepted, mailed_to_two.mails[0].id)
