"""Faults of a PENS target in what the answer looks like and when it comes."""

from __future__ import annotations

from urllib.parse import quote

from harness.net.listener import Inbound, Reply
from harness.wire.binding import Decoded
from harness.wire.pens_answer import Answer
from mocks.engine.domain import ImportJob
from mocks.engine.pens_behaviour import PensBehaviour
from mocks.faults.base import LEFT_OUT, WRONG_VALUE, Fault

PAGE = b"<html><title>Internal Server Error</title></html>"
UNREADABLE = 1101


class NoPensData(Fault, PensBehaviour):
    """The line pens-data is left out."""

    name = "pens.no-pens-data"
    kind = LEFT_OUT
    breaks = {"PENS-RESP-01/T": "no-pens-data"}

    def write_answer(self, answer: Answer) -> bytes:
        return answer.encode().partition(b"pens-data=")[0]


class MisspeltErrorText(Fault, PensBehaviour):
    """The line error-text is called error_text."""

    name = "pens.misspelt-error-text"
    kind = WRONG_VALUE
    breaks = {"PENS-RESP-01/T": "no-error-text"}

    def write_answer(self, answer: Answer) -> bytes:
        return answer.encode().replace(b"error-text=", b"error_text=")


class BareLf(Fault, PensBehaviour):
    """Lines of the answer end with LF alone."""

    name = "pens.bare-lf"
    kind = WRONG_VALUE
    breaks = {"PENS-RESP-02/T": "bare-lf"}

    def write_answer(self, answer: Answer) -> bytes:
        return answer.encode().replace(b"\r\n", b"\n")


class NoLf(Fault, PensBehaviour):
    """Lines of the answer end with CR, the LF is left out."""

    name = "pens.no-lf"
    kind = LEFT_OUT
    breaks = {"PENS-RESP-02/T": "bare-cr"}

    def write_answer(self, answer: Answer) -> bytes:
        return answer.encode().replace(b"\r\n", b"\r")


class PercentText(Fault, PensBehaviour):
    """The error-text is percent-encoded, as it would be in a message."""

    name = "pens.percent-encoded-text"
    kind = WRONG_VALUE
    breaks = {"PENS-RESP-03/T": "percent-encoded"}

    def write_answer(self, answer: Answer) -> bytes:
        return Answer(answer.error, quote(answer.error_text)).encode()


class PlusText(Fault, PensBehaviour):
    """The spaces of error-text are left out, a plus stands in their place."""

    name = "pens.plus-encoded-text"
    kind = LEFT_OUT
    breaks = {"PENS-RESP-03/T": "plus-encoded"}

    def write_answer(self, answer: Answer) -> bytes:
        return Answer(answer.error, answer.error_text.replace(" ", "+")).encode()


class VersionFirst(Fault, PensBehaviour):
    """The line version comes before error-text."""

    name = "pens.version-before-text"
    kind = WRONG_VALUE
    breaks = {"PENS-RESP-04/T": "wrong-order"}

    def write_answer(self, answer: Answer) -> bytes:
        error, text, version, data, _ = answer.encode().split(b"\r\n")
        return b"".join(line + b"\r\n" for line in (error, version, text, data))


class PensDataBeforeVersion(Fault, PensBehaviour):
    """The version is left out where it belongs and comes after pens-data, which then swallows it."""

    name = "pens.version-after-data"
    kind = LEFT_OUT
    breaks = {"PENS-RESP-04/T": "pens-data-not-last"}

    def write_answer(self, answer: Answer) -> bytes:
        error, text, version, data, _ = answer.encode().split(b"\r\n")
        return b"".join(line + b"\r\n" for line in (error, text, data, version))


class EmptyError(Fault, PensBehaviour):
    """The code is left out when a request cannot be read. That is no PENS answer any more."""

    name = "pens.empty-error"
    kind = LEFT_OUT
    breaks = {"PENS-RESP-05/T": "not-decimal"}
    collateral = ("PENS-RESP-01/T", "PENS-CONF-02")

    def write_answer(self, answer: Answer) -> bytes:
        written = answer.encode()
        return written.replace(b"error=1101", b"error=") if answer.error == UNREADABLE else written


class ErrorOutOfRange(Fault, PensBehaviour):
    """The code is greater than 65535 when a request cannot be read. It is the wrong code then, too."""

    name = "pens.error-out-of-range"
    kind = WRONG_VALUE
    breaks = {"PENS-RESP-05/T": "out-of-range"}
    collateral = ("PENS-VAL-20", "PENS-ERR-02")

    def write_answer(self, answer: Answer) -> bytes:
        return answer.encode().replace(b"error=1101", b"error=66637")


class ZeroForSeveralFaults(Fault, PensBehaviour):
    """A collect with several faults is answered with 0: none is reported."""

    name = "pens.zero-for-several-faults"
    kind = LEFT_OUT
    breaks = {"PENS-RESP-06/T": "zero-for-a-broken-collect", "PENS-VAL-19": "accepted"}

    def choose(self, codes: list[int]) -> int:
        return 0 if len(codes) > 1 else codes[0]


class WarningForSeveralFaults(Fault, PensBehaviour):
    """A collect with several faults is answered with a warning, and taken."""

    name = "pens.warning-for-several-faults"
    kind = WRONG_VALUE
    breaks = {"PENS-RESP-06/T": "warning-for-a-broken-collect", "PENS-VAL-19": "wrong-code"}

    def choose(self, codes: list[int]) -> int:
        return 1320 if len(codes) > 1 else codes[0]


class ErrorForSuccess(Fault, PensBehaviour):
    """A sound collect is answered with a code of success of the target's own, then worked on.

    No collect is accepted then, so whatever follows from one is missing as well.
    """

    name = "pens.own-code-for-success"
    kind = WRONG_VALUE
    breaks = {"PENS-RESP-06/T": "error-for-a-sound-collect", "PENS-MSG-02": "not-accepted"}
    collateral = ("ENGINE-PENS-08",)

    def answer(self, command: str, code: int) -> Answer:
        return Answer(10200, "OK") if code == 0 else PensBehaviour.answer(self, command, code)


class HtmlType(Fault, PensBehaviour):
    """The answer is declared as text/html."""

    name = "pens.answer-as-html"
    kind = WRONG_VALUE
    breaks = {"PENS-RESP-07/T": "not-text-plain"}
    content_type = "text/html"


class BinaryType(Fault, PensBehaviour):
    """The answer is declared as application/octet-stream: a browser would save it."""

    name = "pens.answer-as-download"
    kind = WRONG_VALUE
    breaks = {"PENS-RESP-07/T": "not-text-plain", "PENS-MSG-13/T": "not-displayed"}
    content_type = "application/octet-stream"


class NoType(Fault, PensBehaviour):
    """The Content-Type of the answer is empty."""

    name = "pens.no-content-type"
    kind = LEFT_OUT
    breaks = {"PENS-RESP-07/T": "no-content-type"}
    collateral = ("PENS-MSG-13/T",)
    content_type = ""


class NoVersion(Fault, PensBehaviour):
    """The version is left out of its line."""

    name = "pens.no-version"
    kind = LEFT_OUT
    breaks = {"PENS-RESP-08/T": "no-version-value"}

    def write_answer(self, answer: Answer) -> bytes:
        return Answer(answer.error, answer.error_text, "").encode()


class ProductVersion(Fault, PensBehaviour):
    """The line version holds the version of the product."""

    name = "pens.product-version"
    kind = WRONG_VALUE
    breaks = {"PENS-RESP-08/T": "not-a-version"}

    def write_answer(self, answer: Answer) -> bytes:
        return Answer(answer.error, answer.error_text, "Engine 22.1 (build 4711)").encode()


class DraftVersion(Fault, PensBehaviour):
    """The line version holds 2.0.0, which was never released."""

    name = "pens.draft-version"
    kind = WRONG_VALUE
    breaks = {"PENS-RESP-08/T": "unreleased-version"}

    def write_answer(self, answer: Answer) -> bytes:
        return Answer(answer.error, answer.error_text, "2.0.0").encode()


class OutcomeInAnswer(Fault, PensBehaviour):
    """The answer tells how the download went, after it."""

    name = "pens.outcome-in-answer"
    kind = WRONG_VALUE
    breaks = {"PENS-RESP-09": "outcome-in-answer"}
    collateral = ("PENS-RESP-10",)
    answers_first = False
    outcome_in_answer = True


class NoReceiptAfterFailure(Fault, PensBehaviour):
    """A fetch that failed is never told: the receipt is left out."""

    name = "pens.no-receipt-after-failure"
    kind = LEFT_OUT
    breaks = {"PENS-RESP-09": "no-receipt"}
    collateral = ("PENS-RCPT-02", "PENS-DL-07", "PENS-DL-08", "PENS-ERR-04")

    def receipt_due(self, job: ImportJob) -> bool:
        return job.code not in (1310, 1301)


class SuccessAfterFailure(Fault, PensBehaviour):
    """A package whose server cannot be reached is reported as collected."""

    name = "pens.success-after-failure"
    kind = WRONG_VALUE
    breaks = {"PENS-RESP-09": "success-receipt"}
    collateral = ("PENS-RCPT-02", "PENS-DL-07", "PENS-DL-08")

    def receipt(self, job: ImportJob) -> tuple[tuple[str, str], ...]:
        code, text = (0, "package successfully collected") if job.code == 1310 else (job.code, job.text)
        return self.callback("receipt", job, code, text)


class WaitsForDownload(Fault, PensBehaviour):
    """The answer comes after download, receipt and alert."""

    name = "pens.waits-for-download"
    kind = WRONG_VALUE
    breaks = {"PENS-RESP-10": "waits-for-the-download"}
    answers_first = False


class BadRequestStatus(Fault, PensBehaviour):
    """An answer with an error comes with HTTP 400."""

    name = "pens.http-400-for-errors"
    kind = WRONG_VALUE
    breaks = {"PENS-RESP-14": "http-error-status"}

    def reply(self, answer: Answer, status: int | None = None) -> Reply:
        return PensBehaviour.reply(self, answer, 400 if answer.error else status)


class SilentOnForeignCommands(Fault, PensBehaviour):
    """A receipt or an alert that is sent to the target is answered with nothing at all."""

    name = "pens.silent-on-foreign-commands"
    kind = LEFT_OUT
    breaks = {"PENS-CONF-02": "empty-body", "PENS-VAL-04": "empty-body"}

    def is_silent_on(self, message: Decoded) -> bool:
        return message.get("command") in ("receipt", "alert")


class JsonForUnreadable(Fault, PensBehaviour):
    """A request that cannot be read is answered in JSON."""

    name = "pens.json-for-unreadable"
    kind = WRONG_VALUE
    breaks = {"PENS-CONF-02": "no-pens-answer"}
    collateral = ("PENS-RESP-01/T", "PENS-RESP-05/T")

    def write_answer(self, answer: Answer) -> bytes:
        return b'{"error": 1101}' if answer.error == UNREADABLE else answer.encode()


class DropsDelete(Fault, PensBehaviour):
    """The connection is closed without a word when the command is Delete."""

    name = "pens.drops-delete"
    kind = LEFT_OUT
    breaks = {"PENS-CONF-02": "no-response"}

    def refuses_request(self, inbound: Inbound) -> Reply | None:
        return Reply(drop=True) if b"command=Delete" in inbound.body else None


class SilentOnEmptyOptionals(Fault, PensBehaviour):
    """An empty package-url-account is answered with nothing at all."""

    name = "pens.silent-on-empty-optional"
    kind = LEFT_OUT
    breaks = {"PENS-CONF-05": "empty-body"}

    def is_silent_on(self, message: Decoded) -> bool:
        return message.get("package-url-account") == ""


class FallsOverEmptyOptionals(Fault, PensBehaviour):
    """An empty package-url-account ends with an internal error."""

    name = "pens.falls-over-empty-optional"
    kind = WRONG_VALUE
    breaks = {"PENS-CONF-05": "html-page"}

    def refuses_request(self, inbound: Inbound) -> Reply | None:
        empty = b"package-url-account=&" in inbound.body + b"&"
        return Reply(500, (("Content-Type", "text/html"),), PAGE) if empty else None
