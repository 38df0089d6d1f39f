"""Rules that checks of receipts and alerts share: what was sent to the subject, and how its answers read."""

from __future__ import annotations

from harness.judging.expect import control, inapplicable, untestable
from harness.subjects.publish_records import Published, Told
from harness.wire.pens import scheme_of
from harness.wire.pens_answer import KEYS, Line, read_answer
from suites.pens_client.rules import came


def receipts_of(record: Published) -> tuple[Told, ...]:
    """Return the messages sent to the receipt URL; without one there is nothing to judge."""
    came(record)
    if scheme_of(record.element("receipt") or "") == "mailto":
        inapplicable("a receipt URL over http or https")
    if not record.receipts:
        untestable("no receipt could be sent: the collect was not understood or names no receipt URL")
    return record.receipts


def alerts_of(record: Published) -> tuple[Told, ...]:
    """Return the alerts that were sent; a subject that names no alerts URL takes none."""
    came(record)
    url = record.element("alerts") or ""
    if not url or scheme_of(url) == "mailto":
        inapplicable("an alerts URL over http or https")
    if not record.alerts:
        untestable("no alert could be sent: the collect was not understood")
    return record.alerts


def answers_of(record: Published) -> tuple[Told, ...]:
    """Return the receipts and alerts to which there was an HTTP response, whatever it holds."""
    found = tuple(told for told in (*receipts_of(record), *record.alerts) if told.exchange.response is not None)
    if not found:
        untestable("no receipt and no alert was answered")
    return found


def coded_answers_of(record: Published) -> tuple[Told, ...]:
    """Return the receipts and alerts whose answer has a line error."""
    found = tuple(told for told in answers_of(record) if "error" in keys_of(told))
    if not found:
        untestable("no answer has a line error")
    return found


def keys_of(told: Told) -> list[str]:
    """Return the known keys by first appearance, also those that stand after pens-data."""
    answer = read_answer(told.exchange.response.body if told.exchange.response else b"")
    later = [text.partition("=")[0] for text in (answer.pens_data or "").splitlines() if "=" in text]
    return [key for key in dict.fromkeys([*answer.keys, *later]) if key in KEYS]


def value_of(told: Told, key: str) -> str:
    """Return the value of a line, also of one that stands after pens-data; empty when the line is missing."""
    answer = read_answer(told.exchange.response.body if told.exchange.response else b"")
    found = answer.value(key)
    if found is None:
        later = [text.partition("=") for text in (answer.pens_data or "").splitlines()]
        found = next((value for name, _, value in later if name == key), "")
    return found


def lines_of(told: Told) -> tuple[Line, ...]:
    """Return the lines of the answer before pens-data, whose own line end is optional."""
    answer = read_answer(told.exchange.response.body if told.exchange.response else b"")
    return tuple(line for line in answer.lines if line.key.lower() != "pens-data")


def control_acknowledged(record: Published) -> None:
    """Demand as positive control that a plain receipt is acknowledged with 0."""
    control(any(told.error == 0 for told in record.receipts), "a plain receipt is answered with error=0")


def shows(record: Published, code: int, text: str) -> bool:
    """Whether the subject let its user see a code, as a number of its own, or the text that came with it."""
    output = " ".join(record.output.split()).lower()
    number = str(code) in "".join(c if c.isdigit() else " " for c in output).split()
    return number or text.lower() in output
