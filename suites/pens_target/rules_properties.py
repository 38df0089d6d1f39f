"""Rules of properties, for one example each: Hypothesis asks them while it searches, checks ask them of the record."""

from __future__ import annotations

import re

from harness.judging.expect import expect
from harness.subjects.pens_records import Collected
from harness.wire.pens_rules import ACCEPTED
from suites.pens_target.rules import answered, readable, reported

REFUSED_BY_HTTP = frozenset({400, 413, 414, 415, 431})
"""What a server may say before anybody reads the body as a command: malformed, too large, of a wrong type."""
TRACES = re.compile(
    rb"Traceback \(most recent call last\)|^\s*at [\w.$<>]+\([^)]*\)|[Ss]tack ?[Tt]race:"
    rb"|(?:Fatal|Parse) error: .* on line \d+|^#\d+ \S+\.php\(\d+\)",
    re.MULTILINE,
)


def flaw(record: Collected) -> tuple[str, str]:
    """Return element and kind of the fault that an example was made with."""
    facts = next(event.facts for event in record.happened if event.name == "example")
    return str(facts["element"]), str(facts["kind"])


def defensible(record: Collected) -> None:
    """Expect that a collect with one fault gets a code that can be defended for it, at once or in the receipt."""
    answered(record)
    codes = ACCEPTED[flaw(record)]
    code, wanted = reported(record, codes), f"error in {sorted(codes)}"
    expect(code != 0, "accepted", expected=wanted, got=record.got, at=record.at)
    expect(code in codes, "unspecific-code", expected=wanted, got=record.got, at=record.at)


def is_answered(record: Collected) -> None:
    """Expect an answer whatever came: no silence, no internal error, nothing of the inside shown."""
    response = record.response
    expect(response is not None, "no-response", expected="an answer", got=record.got, at=record.at)
    if response is None:
        return
    expect(response.status < 500, "server-error", expected="no 5xx", got=record.got, at=record.at)
    trace = TRACES.search(response.body)
    expect(not trace, "traceback", expected="nothing of the inside", got=trace and trace[0], at=record.at)
    if response.status not in REFUSED_BY_HTTP:
        readable(record)


def one_receipt(record: Collected) -> None:
    """Expect exactly one receipt for a package that was fetched, and at most one for any other."""
    count, at = len(record.receipts), record.receipts[-1].at if record.receipts else record.at
    expect(count > 0 or not record.fetched, "no-receipt", expected="one receipt", got="none", at=at)
    expect(count < 2, "several-receipts", expected="one receipt", got=count, at=at)


def alerts_follow(record: Collected) -> None:
    """Expect no alert before the receipt of the same collect."""
    first = record.receipts[0].exchange.seq if record.receipts else None
    early = [alert.at for alert in record.alerts if first is not None and alert.exchange.seq < first]
    at = early[0] if early else record.at
    expect(not early, "alert-first", expected="the receipt first", got=early, at=at)


def follows_in_order(record: Collected) -> None:
    """Expect what follows a collect in its number and order."""
    one_receipt(record)
    alerts_follow(record)
