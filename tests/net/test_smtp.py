"""Mail belongs to the interaction whose token a recipient carries."""

from __future__ import annotations

import asyncio
import smtplib

from harness.evidence.entries import Mail
from harness.evidence.journal import Journal
from harness.net.loop import Loop
from harness.net.smtp import DOMAIN, MailSink

WHERE = ("plain", "case", "")


async def sent(journal: Journal, recipients: list[str], message: bytes) -> bool:
    """Send a mail to a sink in which the token ``Abc`` is claimed; return whether its owner was told."""
    sink = MailSink(journal)
    await sink.start()
    told = sink.own("Abc", WHERE)
    assert sink.own("abc", WHERE) is told

    def deliver() -> None:
        with smtplib.SMTP("127.0.0.1", sink.port, timeout=10) as relay:
            relay.sendmail("engine@engine.example", recipients, message)

    await asyncio.to_thread(deliver)
    await sink.stop()
    return told.is_set()


def mails(journal: Journal) -> list[Mail]:
    return [entry for entry in journal.entries if isinstance(entry, Mail)]


def test_a_mail_is_kept_with_envelope_and_text_under_its_owner(loop: Loop, journal: Journal) -> None:
    assert loop.run(sent(journal, ["ABC@receipts.example", "x@y.example"], b"Subject: PENS\r\n\r\nerror=0\r\n"))
    (mail,) = mails(journal)
    assert (mail.scenario, mail.case, mail.sender) == ("plain", "case", "engine@engine.example")
    assert mail.recipients == ("ABC@receipts.example", "x@y.example")
    assert mail.message == "Subject: PENS\r\n\r\nerror=0\r\n"
    assert DOMAIN == "receipts.example"


def test_any_recipient_may_carry_the_token(loop: Loop, journal: Journal) -> None:
    assert loop.run(sent(journal, ["x@y.example", "abc@receipts.example"], b"Subject: x\r\n\r\n\xff\r\n"))
    assert mails(journal)[0].scenario == "plain"
    assert "\ufffd" in mails(journal)[0].message


def test_mail_to_nobody_is_kept_under_no_scenario(loop: Loop, journal: Journal) -> None:
    assert not loop.run(sent(journal, ["other@receipts.example"], b"Subject: x\r\n\r\n"))
    assert mails(journal)[0].scenario == ""
