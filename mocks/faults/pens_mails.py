"""Faults of a PENS target in receipts that go by mail."""

from __future__ import annotations

from harness.wire.binding import Pairs
from harness.wire.pens import CALLBACK_ELEMENTS
from mocks.engine.domain import ImportJob
from mocks.engine.pens_behaviour import PensBehaviour
from mocks.faults.base import LEFT_OUT, WRONG_VALUE, Fault


class MailFromNobody(Fault, PensBehaviour):
    """Mail comes from no address at which anybody could be reached."""

    name = "pens.mail-from-nobody"
    kind = WRONG_VALUE
    breaks = {"PENS-MAIL-01": "no-real-sender"}

    def mail_headers(self, command: str, job: ImportJob) -> dict[str, str]:
        return super().mail_headers(command, job) | {
            "From": "engine@localhost",
            "Reply-To": "engine@localhost",
        }


class MailWithoutSubject(Fault, PensBehaviour):
    """Mail lacks a subject."""

    name = "pens.mail-without-subject"
    kind = LEFT_OUT
    breaks = {"PENS-MAIL-02": "no-subject"}

    def mail_headers(self, command: str, job: ImportJob) -> dict[str, str]:
        return {name: value for name, value in super().mail_headers(command, job).items() if name != "Subject"}


class MailSubjectIsId(Fault, PensBehaviour):
    """The subject of a mail is the package-id alone."""

    name = "pens.mail-subject-is-id"
    kind = WRONG_VALUE
    breaks = {"PENS-MAIL-02": "no-words"}

    def mail_headers(self, command: str, job: ImportJob) -> dict[str, str]:
        return super().mail_headers(command, job) | {"Subject": job.elements["package-id"]}


class MailInProse(Fault, PensBehaviour):
    """Mail tells in prose what should be listed as name=value."""

    name = "pens.mail-in-prose"
    kind = LEFT_OUT
    breaks = {"PENS-MAIL-03": "not-listed", "PENS-MAIL-04": "other-package-type"}

    def mail_body(self, pairs: Pairs) -> str:
        return "Your package has been collected.\r\n"


class MailRunsOn(Fault, PensBehaviour):
    """The elements follow the mail's own text without an empty line."""

    name = "pens.mail-runs-on"
    kind = WRONG_VALUE
    breaks = {"PENS-MAIL-03": "text-not-parted"}

    def mail_body(self, pairs: Pairs) -> str:
        return super().mail_body(pairs).replace("\r\n\r\n", "\r\n", 1)


class MailWithoutPackage(Fault, PensBehaviour):
    """Mail holds the outcome alone, and nothing that says of which package (php-pens)."""

    name = "pens.mail-without-package"
    kind = LEFT_OUT
    breaks = {"PENS-MAIL-04": "other-package-type"}

    def mail_body(self, pairs: Pairs) -> str:
        return super().mail_body(tuple(pair for pair in pairs if pair[0] not in CALLBACK_ELEMENTS[1:9]))


class MailsFirstOnly(Fault, PensBehaviour):
    """All addresses of a mailto URL but the first are left out."""

    name = "pens.mails-first-only"
    kind = LEFT_OUT
    breaks = {"PENS-MAIL-05": "address-not-mailed"}

    def mail_recipients(self, url: str) -> tuple[str, ...]:
        return super().mail_recipients(url)[:1]


class MailsWrongMailbox(Fault, PensBehaviour):
    """The second address of a mailto URL is mailed at the first one's mailbox."""

    name = "pens.mails-wrong-mailbox"
    kind = WRONG_VALUE
    breaks = {"PENS-MAIL-05": "address-not-mailed"}

    def mail_recipients(self, url: str) -> tuple[str, ...]:
        first, *others = super().mail_recipients(url)
        return (first, *(f"no-{address}" for address in others))


class WaitsForMail(Fault, PensBehaviour):
    """Work stops after a receipt by mail, since nobody answers it."""

    name = "pens.waits-for-mail"
    kind = LEFT_OUT
    breaks = {"PENS-MAIL-06": "not-processed"}

    def mail_acknowledged(self) -> int | None:
        return None

    def goes_on(self, acknowledged: int | None) -> bool:
        return acknowledged is not None


class MailIsUndelivered(Fault, PensBehaviour):
    """A receipt by mail counts as undelivered: an alert says 1500, and work stops."""

    name = "pens.mail-is-undelivered"
    kind = WRONG_VALUE
    breaks = {"PENS-MAIL-06": "alerted-error"}

    def mail_acknowledged(self) -> int | None:
        return -1

    def goes_on(self, acknowledged: int | None) -> bool:
        return acknowledged != -1
