"""Faults of a PENS client in what its answer to receipts and alerts looks like, or that there is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from urllib.parse import quote, quote_plus

from harness.net.listener import Inbound, Reply
from mocks.author.behaviour import AuthorBehaviour, Moment
from mocks.faults.base import LEFT_OUT, WRONG_VALUE, Fault

BOTH = ("receipt", "alert")
HTML = b"<html><title>Thank you</title></html>"
Bend = Callable[[Reply], Reply]


def _bent(
    name: str,
    kind: str,
    sentence: str,
    bend: Bend,
    breaks: Mapping[str, str],
    commands: tuple[str, ...] = BOTH,
) -> type[Fault]:
    """Make the fault of answering some commands in a bent form."""

    def acknowledge(self: AuthorBehaviour, inbound: Inbound, moment: Moment) -> Reply:
        reply = AuthorBehaviour.acknowledge(self, inbound, moment)
        return bend(reply) if self.decode(inbound).get("command") in commands else reply

    members = {
        "__module__": __name__,
        "__doc__": sentence,
        "name": f"author.{name}",
        "kind": kind,
        "breaks": breaks,
        "acknowledge": acknowledge,
    }
    return type(name.title().replace("-", ""), (Fault, AuthorBehaviour), members)


def _lines(change: Callable[[dict[bytes, bytes]], dict[bytes, bytes]], end: bytes = b"\r\n") -> Bend:
    """Bend the lines of the answer, which are given by key and written in the order that comes back."""

    def bend(reply: Reply) -> Reply:
        lines = dict(line.split(b"=", 1) for line in reply.body.split(b"\r\n") if line)
        changed = change(lines)
        return replace(reply, body=b"".join(key + b"=" + value + end for key, value in changed.items()))

    return bend


def _text(write: Callable[[bytes], str]) -> Bend:
    return _lines(lambda lines: lines | {b"error-text": write(lines[b"error-text"]).encode()})


def _without(key: bytes) -> Bend:
    return _lines(lambda lines: {name: value for name, value in lines.items() if name != key})


def _with(key: bytes, value: bytes) -> Bend:
    return _lines(lambda lines: lines | {key: value})


def _ordered(*keys: bytes) -> Bend:
    return _lines(lambda lines: {key: lines[key] for key in keys})


def _page(body: bytes, media: str = "text/html") -> Bend:
    return lambda reply: Reply(200, (("Content-Type", media),), body)


def _declared(*headers: tuple[str, str]) -> Bend:
    return lambda reply: replace(reply, headers=headers)


def _renamed(lines: dict[bytes, bytes]) -> dict[bytes, bytes]:
    return {b"message" if key == b"error-text" else key: value for key, value in lines.items()}


_NONE = {
    "PENS-RESP-01/R": "no-pens-answer",
    "PENS-RCPT-13": "no-pens-answer",
    "PENS-ALERT-07": "no-pens-answer",
}
_RECEIPT_NONE = {"PENS-RESP-01/R": "no-pens-answer", "PENS-RCPT-13": "no-pens-answer"}
_ALERT_NONE = {
    "PENS-RESP-01/R": "no-pens-answer",
    "PENS-ALERT-07": "no-pens-answer",
    "PENS-ALERT-08": "alert-refused",
}

RUSTICI_LISTENER = _bent(
    "rustici-listener",
    LEFT_OUT,
    "Answers as the Rustici example listener: an empty 200 text/html.",
    _page(b""),
    _NONE,
)
RECEIPT_ANSWER_HTML = _bent(
    "receipt-answer-html", WRONG_VALUE, "Answers receipts and alerts with a web page.", _page(HTML), _NONE
)
RECEIPT_ANSWER_LF = _bent(
    "receipt-answer-lf", LEFT_OUT, "Ends the lines of its answers with LF, without CR.",
    _lines(lambda lines: lines, b"\n"), {"PENS-RESP-02/R": "bare-lf"},
)  # fmt: skip
RECEIPT_ANSWER_CR = _bent(
    "receipt-answer-cr", WRONG_VALUE, "Ends the lines of its answers with CR alone.",
    _lines(lambda lines: lines, b"\r"), {"PENS-RESP-02/R": "bare-cr"},
)  # fmt: skip

SILENT = (
    _bent(
        "receipt-unanswered", LEFT_OUT, "Closes the connection instead of answering a receipt.",
        lambda reply: Reply(drop=True), {"PENS-RCPT-13": "unanswered"}, ("receipt",),
    ),
    _bent(
        "alert-unanswered", LEFT_OUT, "Closes the connection instead of answering an alert.",
        lambda reply: Reply(drop=True), {"PENS-ALERT-07": "unanswered", "PENS-ALERT-08": "alert-refused"},
        ("alert",),
    ),
    _bent(
        "receipt-json", WRONG_VALUE, "Answers a receipt in JSON.",
        _page(b'{"error": 0}', "application/json"), _RECEIPT_NONE, ("receipt",),
    ),
    _bent(
        "alert-page", WRONG_VALUE, "Answers an alert with a web page.", _page(HTML), _ALERT_NONE, ("alert",),
    ),
)  # fmt: skip

FORM = (
    *(
        _bent(
            f"answer-without-{key}", LEFT_OUT, f"Leaves the line {key} out of its answers.",
            _without(key.encode()),
            {"PENS-RESP-01/R": f"no-{key}"},
        )
        for key in ("error-text", "version", "pens-data")
    ),
    _bent(
        "answer-with-message", WRONG_VALUE, "Calls the line error-text message.", _lines(_renamed),
        {"PENS-RESP-01/R": "no-error-text"},
    ),
    _bent(
        "text-percent-encoded", WRONG_VALUE, "Percent-encodes its error-text.", _text(quote),
        {"PENS-RESP-03/R": "percent-encoded"},
    ),
    _bent(
        "text-form-encoded", LEFT_OUT, "Leaves its error-text as a form encoder wrote it.", _text(quote_plus),
        {"PENS-RESP-03/R": "plus-encoded"},
    ),
    _bent(
        "version-before-text", WRONG_VALUE, "Writes version before error-text.",
        _ordered(b"error", b"version", b"error-text", b"pens-data"), {"PENS-RESP-04/R": "wrong-order"},
    ),
    _bent(
        "sorted-lines", LEFT_OUT, "Keeps no order but that of the alphabet.",
        _ordered(b"error", b"error-text", b"pens-data", b"version"), {"PENS-RESP-04/R": "pens-data-not-last"},
    ),
    _bent(
        "error-empty", LEFT_OUT, "Leaves the value of the line error empty.", _with(b"error", b""),
        {"PENS-RESP-05/R": "not-decimal"},
    ),
    _bent(
        "error-as-word", WRONG_VALUE, "Writes the error as a word.", _with(b"error", b"OK"),
        {"PENS-RESP-05/R": "not-decimal"},
    ),
    _bent(
        "error-too-high", WRONG_VALUE, "Writes an error that no 16 bits hold.", _with(b"error", b"65536"),
        {"PENS-RESP-05/R": "out-of-range"},
    ),
    _bent(
        "answer-as-html", WRONG_VALUE, "Declares its answers as text/html.",
        _declared(("Content-Type", "text/html")), {"PENS-RESP-07/R": "not-text-plain"},
    ),
    _bent(
        "version-empty", LEFT_OUT, "Leaves the value of the line version empty.", _with(b"version", b""),
        {"PENS-RESP-08/R": "no-version-value"},
    ),
    _bent(
        "version-as-name", WRONG_VALUE, "Writes the name of its product as version.",
        _with(b"version", b"Author 7"),
        {"PENS-RESP-08/R": "not-a-version"},
    ),
)  # fmt: skip

FAMILY = (RUSTICI_LISTENER, RECEIPT_ANSWER_HTML, RECEIPT_ANSWER_LF, RECEIPT_ANSWER_CR, *SILENT, *FORM)
