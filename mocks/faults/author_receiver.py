"""Faults of a PENS client in how it takes receipts and alerts."""

from __future__ import annotations

from datetime import timedelta

from harness.net.listener import Inbound, Reply
from harness.net.receiver import by_the_book, pens_reply
from harness.wire.binding import Decoded
from harness.wire.pens import CALLBACK_COMMANDS
from harness.wire.pens_answer import Answer
from mocks.author.behaviour import LOST, AuthorBehaviour, Moment
from mocks.faults.base import LEFT_OUT, WRONG_VALUE, Fault

COLLECT_LIKE = (
    ("pens-version", 2001),
    ("package-type", 2003),
    ("package-type-version", 2004),
    ("package-format", 2005),
    ("package-id", 2007),
    ("package-url", 2008),
    ("package-url-expiry", 2009),
    ("client", 2010),
)


def _blind_to(binding: str) -> type[Fault]:
    """Make the fault of not reading one binding, whose messages then look as if they had no element."""

    def decode(self: AuthorBehaviour, inbound: Inbound) -> Decoded:
        message = AuthorBehaviour.decode(self, inbound)
        return Decoded(binding, ()) if message.binding == binding else message

    def kind_of(self: AuthorBehaviour, message: Decoded, moment: Moment) -> str:
        return LOST if message.binding == binding else AuthorBehaviour.kind_of(self, message, moment)

    members = {
        "__module__": __name__,
        "__doc__": f"Does not read messages of the binding {binding}.",
        "name": f"author.blind-to-{binding}",
        "kind": LEFT_OUT,
        "breaks": {"PENS-RCPT-14": "not-acknowledged"},
        "decode": decode,
        "kind_of": kind_of,
    }
    return type(f"BlindTo{binding.title()}", (Fault, AuthorBehaviour), members)


FAMILY = (_blind_to("get"), _blind_to("multipart"))


class WavesMultipartThrough(Fault, AuthorBehaviour):
    """Acknowledges what comes as multipart without reading it."""

    name = "author.waves-multipart-through"
    kind = WRONG_VALUE
    breaks = {"PENS-RCPT-14": "receipt-ignored"}

    def kind_of(self, message: Decoded, moment: Moment) -> str:
        return LOST if message.binding == "multipart" else super().kind_of(message, moment)


class EchoesOutcome(Fault, AuthorBehaviour):
    """Answers a receipt with the code that the receipt reports."""

    name = "author.echoes-outcome"
    kind = WRONG_VALUE
    breaks = {"PENS-RCPT-15": "error-receipt-refused"}

    def acknowledge(self, inbound: Inbound, moment: Moment) -> Reply:
        message = self.decode(inbound)
        code = message.get("error", "") or ""
        if message.get("command") == "receipt" and code.isdigit() and int(code):
            return pens_reply(Answer(int(code), "so the package was not collected"))
        return super().acknowledge(inbound, moment)


class PhpPensReceiver(Fault, AuthorBehaviour):
    """Validates receipts and alerts like a collect, and words its answer so, as php-pens does."""

    name = "author.php-pens-receiver"
    kind = WRONG_VALUE
    breaks = {"PENS-RCPT-16": "minimal-refused"}

    def acknowledge(self, inbound: Inbound, moment: Moment) -> Reply:
        message = self.decode(inbound)
        for element, code in COLLECT_LIKE:
            if not message.get(element):
                return pens_reply(Answer(code, f"{element} invalid or not specified"))
        if not (message.get("package-url") or "").endswith(message.get("package-format") or ""):
            return pens_reply(Answer(2008, "package-url invalid or not specified"))
        if message.get("command") in CALLBACK_COMMANDS:
            return pens_reply(Answer(0, f"{message.get('command')} received and understood"))
        return super().acknowledge(inbound, moment)


class IgnoresMinimal(Fault, AuthorBehaviour):
    """Acknowledges a receipt without package-url and does nothing with it."""

    name = "author.ignores-minimal"
    kind = WRONG_VALUE
    breaks = {"PENS-RCPT-16": "minimal-ignored"}

    def kind_of(self, message: Decoded, moment: Moment) -> str:
        return super().kind_of(message, moment) if message.get("package-url") else LOST


class NotReady(Fault, AuthorBehaviour):
    """Opens its receiver only when the collect has been answered."""

    name = "author.not-ready"
    kind = LEFT_OUT
    breaks = {"PENS-RCPT-17": "not-ready"}

    def kind_of(self, message: Decoded, moment: Moment) -> str:
        return super().kind_of(message, moment) if moment.answered else LOST

    def acknowledge(self, inbound: Inbound, moment: Moment) -> Reply:
        return super().acknowledge(inbound, moment) if moment.answered else Reply(404)


class LosesEarlyReceipts(Fault, AuthorBehaviour):
    """Acknowledges a receipt that comes before the answer to its collect, and forgets it."""

    name = "author.loses-early-receipts"
    kind = WRONG_VALUE
    breaks = {"PENS-RCPT-17": "receipt-lost"}

    def kind_of(self, message: Decoded, moment: Moment) -> str:
        return super().kind_of(message, moment) if moment.answered else LOST


class AcknowledgesAnything(Fault, AuthorBehaviour):
    """Answers 0 to whatever comes."""

    name = "author.acknowledges-anything"
    kind = WRONG_VALUE
    breaks = {"PENS-RCPT-18": "bad-command-acknowledged", "PENS-RESP-06/R": "zero-for-an-unknown-command"}

    def acknowledge(self, inbound: Inbound, moment: Moment) -> Reply:
        return pens_reply(Answer(0, "message received and understood"))


class SilentOnBadCommand(Fault, AuthorBehaviour):
    """Answers a message without a known command with an empty 200."""

    name = "author.silent-on-bad-command"
    kind = LEFT_OUT
    breaks = {"PENS-RCPT-18": "no-error-answer"}

    def acknowledge(self, inbound: Inbound, moment: Moment) -> Reply:
        known = self.decode(inbound).get("command") in CALLBACK_COMMANDS
        return super().acknowledge(inbound, moment) if known else Reply(200, (("Content-Type", "text/plain"),))


class NoHandler(Fault, AuthorBehaviour):
    """Knows no receipt and no alert: 1421 to every message."""

    name = "author.no-handler"
    kind = LEFT_OUT
    breaks = {"PENS-RESP-06/R": "error-for-an-understood-message", "PENS-ALERT-09": "receipt-refused"}

    def acknowledge(self, inbound: Inbound, moment: Moment) -> Reply:
        return pens_reply(Answer(1421, "command not supported here"))


class KnowsReceiptsOnly(Fault, AuthorBehaviour):
    """Takes receipts and refuses alerts, although it names an alerts URL."""

    name = "author.knows-receipts-only"
    kind = LEFT_OUT
    breaks = {
        "PENS-ALERT-09": "alert-refused",
        "PENS-ALERT-08": "alert-refused",
        "PENS-RESP-06/R": "error-for-an-understood-message",
    }

    def acknowledge(self, inbound: Inbound, moment: Moment) -> Reply:
        message = self.decode(inbound)
        if message.get("command") == "alert":
            return pens_reply(Answer(1421, "command not supported here"))
        return by_the_book(message)


class AllAreReceipts(Fault, AuthorBehaviour):
    """Takes every message at its receipt URL for a receipt."""

    name = "author.all-are-receipts"
    kind = WRONG_VALUE
    breaks = {"PENS-ALERT-09": "alert-taken-for-receipt"}

    def kind_of(self, message: Decoded, moment: Moment) -> str:
        return "receipt"


class ForgetsAfterADay(Fault, AuthorBehaviour):
    """Closes its receiver a day after the receipt."""

    name = "author.forgets-after-a-day"
    kind = LEFT_OUT
    breaks = {"PENS-ALERT-08": "alert-refused"}

    def acknowledge(self, inbound: Inbound, moment: Moment) -> Reply:
        late = moment.receipted is not None and moment.now - moment.receipted > timedelta(days=1)
        return Reply(404) if late else super().acknowledge(inbound, moment)


class OneAlertOnly(Fault, AuthorBehaviour):
    """Refuses a second alert for the same package as a repetition."""

    name = "author.one-alert-only"
    kind = WRONG_VALUE
    breaks = {"PENS-ALERT-08": "alert-refused"}

    def acknowledge(self, inbound: Inbound, moment: Moment) -> Reply:
        if "alert" in moment.earlier and self.decode(inbound).get("command") == "alert":
            return pens_reply(Answer(1101, "alert came already"))
        return super().acknowledge(inbound, moment)
