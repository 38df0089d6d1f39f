"""Faults of a PENS client in how it treats answers and what it shows its user."""

from __future__ import annotations

from collections.abc import Collection

from harness.wire.binding import Decoded
from harness.wire.pens_answer import read_answer
from mocks.author.behaviour import AuthorBehaviour, Shown
from mocks.faults.base import LEFT_OUT, WRONG_VALUE, Fault


class WantsText(Fault, AuthorBehaviour):
    """Takes an answer whose error-text is empty for no answer."""

    name = "author.wants-text"
    kind = LEFT_OUT
    breaks = {"PENS-CONF-04": "misreported"}

    def judge_answer(self, status: int, body: bytes, error: str | None) -> Shown | None:
        if b"error-text=\r" in body:
            return Shown(False, None, "the target answered nothing")
        return super().judge_answer(status, body, error)


class LastLineWins(Fault, AuthorBehaviour):
    """Reads pens-data as further lines of the answer, the last of equal keys counts."""

    name = "author.last-line-wins"
    kind = WRONG_VALUE
    breaks = {"PENS-CONF-04": "misreported"}

    def judge_answer(self, status: int, body: bytes, error: str | None) -> Shown | None:
        shown = super().judge_answer(status, body, error)
        lines = [line.partition(b"=") for line in body.splitlines()]
        codes = [value for key, _, value in lines if key == b"error" and value.isdigit()]
        if shown is None and codes and int(codes[-1]) not in (0, *self.warnings()):
            return Shown(False, int(codes[-1]), "as the answer says")
        return shown


class ShortBuffer(Fault, AuthorBehaviour):
    """Reads answers into a buffer of 1 KiB and wants to find pens-data in it."""

    name = "author.short-buffer"
    kind = WRONG_VALUE
    breaks = {"PENS-CONF-04": "misreported"}

    def judge_answer(self, status: int, body: bytes, error: str | None) -> Shown | None:
        if len(body) > 1024 and b"pens-data=" not in body[:1024]:
            return Shown(False, None, "the answer has no pens-data")
        return super().judge_answer(status, body, error)


class PhpPensParser(Fault, AuthorBehaviour):
    """Parses as php-pens: needs CR LF, splits at every equals sign, appends the lines after pens-data."""

    name = "author.php-pens-parser"
    kind = WRONG_VALUE
    breaks = {"PENS-CONF-04": "text-cut"}

    def judge_answer(self, status: int, body: bytes, error: str | None) -> Shown | None:
        values: dict[str, str] = {}
        for line in body.decode("utf-8", "replace").split("\r\n"):
            parts = line.split("=")
            if "pens-data" in values:
                values["pens-data"] += line
            elif len(parts) > 1:
                values[parts[0]] = parts[1]
        digits = values.get("error", "").partition("\n")[0].strip()
        if error or not digits.isdigit():
            return Shown(False, None, f"no PENS answer (HTTP status {status})")
        if int(digits) in (0, *self.warnings()):
            return None
        return Shown(False, int(digits), values.get("error-text", ""))


class HidesReason(Fault, AuthorBehaviour):
    """Tells that it failed, but neither code nor text of the answer."""

    name = "author.hides-reason"
    kind = LEFT_OUT
    breaks = {"PENS-RESP-11": "reason-not-shown"}

    def judge_answer(self, status: int, body: bytes, error: str | None) -> Shown | None:
        shown = super().judge_answer(status, body, error)
        return Shown(False, None, "something went wrong") if shown and read_answer(body).error else shown


class SuccessDespiteError(Fault, AuthorBehaviour):
    """Tells a success whatever code the answer holds."""

    name = "author.success-despite-error"
    kind = WRONG_VALUE
    breaks = {"PENS-RESP-11": "success-told"}

    def judge_answer(self, status: int, body: bytes, error: str | None) -> Shown | None:
        shown = super().judge_answer(status, body, error)
        return Shown(True, None, "sent to the target") if shown and read_answer(body).error else shown


class IgnoresBody(Fault, AuthorBehaviour):
    """Does not look whether a body with HTTP status 200 is a PENS answer."""

    name = "author.ignores-body"
    kind = LEFT_OUT
    breaks = {"PENS-RESP-12": "success-told"}

    def judge_answer(self, status: int, body: bytes, error: str | None) -> Shown | None:
        if status == 200 and read_answer(body).error is None:
            return Shown(True, None, "sent to the target")
        return super().judge_answer(status, body, error)


class IgnoresStatus(Fault, AuthorBehaviour):
    """Takes an HTTP error without a PENS answer for a success."""

    name = "author.ignores-status"
    kind = WRONG_VALUE
    breaks = {"PENS-RESP-12": "success-told"}

    def judge_answer(self, status: int, body: bytes, error: str | None) -> Shown | None:
        if status >= 400 and read_answer(body).error is None:
            return Shown(True, None, "sent to the target")
        return super().judge_answer(status, body, error)


class SilenceIsConsent(Fault, AuthorBehaviour):
    """Takes a connection that breaks before the answer for a success."""

    name = "author.silence-is-consent"
    kind = WRONG_VALUE
    breaks = {"PENS-RESP-12": "success-told"}

    def judge_answer(self, status: int, body: bytes, error: str | None) -> Shown | None:
        return Shown(True, None, "sent to the target") if error else super().judge_answer(status, body, error)


class WarningsFail(Fault, AuthorBehaviour):
    """Takes the warnings 1320 and 1322 for errors and gives up."""

    name = "author.warnings-fail"
    kind = WRONG_VALUE
    breaks = {"PENS-RESP-13": "warning-as-failure"}

    def warnings(self) -> frozenset[int]:
        return frozenset()


class AnyReceiptIsGood(Fault, AuthorBehaviour):
    """Tells a success as soon as a receipt has come, whatever it reports."""

    name = "author.any-receipt-is-good"
    kind = LEFT_OUT
    breaks = {"PENS-RCPT-21": "outcome-not-shown"}

    def judge_receipt(self, receipt: Decoded | None, package_id: str) -> Shown:
        return Shown(True, 0, package_id) if receipt else super().judge_receipt(receipt, package_id)


class AnyReceiptIsMine(Fault, AuthorBehaviour):
    """Takes every receipt for one about the publication that it began last."""

    name = "author.any-receipt-is-mine"
    kind = WRONG_VALUE
    breaks = {"PENS-RCPT-21": "not-matched"}

    def belongs_to(self, message: Decoded, awaited: Collection[str]) -> str:
        return tuple(awaited)[-1]
