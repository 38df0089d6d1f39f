"""How a PENS client is answered and told: the answers, receipts and alerts to which its checks react."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from harness.judging.suite import Case, scenario
from harness.subjects.counterpart import Arm
from harness.subjects.driver import NotOffered
from harness.subjects.pens_client import Publishing
from harness.subjects.publish_records import Publications, Published
from harness.wire.pens import CALLBACK_ELEMENTS, VERSION, scheme_of
from suites.pens_client.scenarios import PUBLISH

RECEIPT: Mapping[str, Any] = {"command": "receipt"}
ALERT: Mapping[str, Any] = {"command": "alert"}
FAILED: Mapping[str, Any] = {
    "command": "receipt",
    "error": 1310,
    "text": "nobody answers at the package address",
}
ALERTS, LONG_AFTER = 5, timedelta(days=30)

_ANSWERS: Mapping[str, Mapping[str, Any]] = {
    "plain-charset": {"media": "text/plain; charset=utf-8"},
    "no-text": {"answer": {"error_text": ""}},
    "long-text": {"answer": {"error_text": "understood, and this is why it took so many words: " + "and " * 2000}},
    "text-with-equals": {"answer": {"error_text": "command=collect was understood, error=0"}},
    "data-of-several-lines": {"answer": {"pens_data": "queued as job 17\r\n\r\nthree are before it"}},
    "data-like-an-answer": {
        "answer": {"pens_data": "\r\nerror=1101\r\nerror-text=of an earlier command\r\nversion=0.9.0"}
    },
    "data-without-line-end": {"unended": True},
}
_REFUSALS: Mapping[str, tuple[int, str, tuple[str, ...]]] = {
    "parameter": (2008, "the package address lacks a file name", ("PENS-RESP-11",)),
    "command": (1421, "this target knows no such command", ("PENS-RESP-11",)),
    "package-type": (1430, "courses of this sort are not taken", ("PENS-RESP-11",)),
    "text-with-equals": (
        1201,
        "package-format=zip is not taken = use another",
        ("PENS-RESP-11", "PENS-CONF-04"),
    ),
}


@scenario(needs=PUBLISH, cases=[Case(name, dict(values)) for name, values in _ANSWERS.items()])
async def understood(client: Publishing, case: Case) -> Published:
    """The target says 0 in one of the ways that the standard allows; receipt 0 and an alert follow."""
    return await client.publish(Arm(f"answers-{case.name}", case.values))


@scenario(
    needs=PUBLISH,
    cases=[Case(name, {"code": code, "text": text}, rows) for name, (code, text, rows) in _REFUSALS.items()],
)
async def refused(client: Publishing, case: Case) -> Published:
    """The target refuses the collect with a code and a text; nothing follows."""
    return await client.publish(Arm(f"refuses-{case.name}", case.values))


@scenario(
    needs=PUBLISH,
    cases=[Case(name, {"body": name}) for name in ("empty", "html", "http-500", "http-401", "drop")],
)
async def unreadable(client: Publishing, case: Case) -> Published:
    """The target gives no PENS answer, or none at all; nothing follows."""
    return await client.publish(Arm(f"answers-{case.name}", case.values))


@scenario(needs=PUBLISH, cases=[Case(str(code), {"code": code}) for code in (1320, 1322)])
async def warned(client: Publishing, case: Case) -> Published:
    """The target answers with a warning, goes on, and sends a receipt with 0."""
    return await client.publish(Arm(f"warns-{case.name}", {**case.values, "callbacks": [RECEIPT]}))


@scenario(needs=PUBLISH, cases=[Case(name, {"binding": name}) for name in ("get", "form", "multipart")])
async def bound(client: Publishing, case: Case) -> Published:
    """The target sends its receipt in one of the three bindings."""
    return await client.publish(Arm(f"receipt-{case.name}", {"callbacks": [{**RECEIPT, **case.values}]}))


@scenario(needs=PUBLISH)
async def failed_collection(client: Publishing) -> Published:
    """The target understands the collect, but its receipt says that the package could not be had."""
    return await client.publish(Arm("error-receipt", {"callbacks": [FAILED]}))


@scenario(needs=PUBLISH)
async def minimal(client: Publishing) -> Published:
    """The receipt carries command, package-id and error and nothing else."""
    only = ["command", "package-id", "error"]
    return await client.publish(Arm("minimal-receipt", {"callbacks": [{**RECEIPT, "only": only}]}))


@scenario(needs=PUBLISH)
async def early(client: Publishing) -> Published:
    """The target sends its receipt while the collect is still waiting for its answer."""
    return await client.publish(Arm("early-receipt", {"before_answer": True, "callbacks": [RECEIPT]}))


@scenario(needs=PUBLISH, cases=[Case("missing", {"command": ""}), Case("unknown", {"command": "transmit"})])
async def bad_command(client: Publishing, case: Case) -> Published:
    """A message without command, or with an unknown one, comes to the receipt URL; then the right receipt."""
    bad = {**RECEIPT, "change": {"command": case.values["command"]}}
    return await client.publish(Arm(f"command-{case.name}", {"callbacks": [bad, RECEIPT]}))


@scenario(needs=PUBLISH)
async def foreign_receipt(client: Publishing) -> Published:
    """A receipt with an error comes for another package; then the right receipt with 0."""
    foreign = {**FAILED, "change": {"package-id": "http://other.example/packages:never-published"}}
    return await client.publish(Arm("foreign-receipt", {"callbacks": [foreign, RECEIPT]}))


@scenario(needs=PUBLISH, alone=True)
async def alerted(client: Publishing) -> Published:
    """Five alerts follow the receipt, and a sixth comes a month later where protocol time can be moved."""
    alerts = [{**ALERT, "text": f"step {number} of {ALERTS} is done"} for number in range(1, ALERTS + 1)]
    record = await client.publish(Arm("five-alerts", {"callbacks": [RECEIPT, *alerts]}))
    url = record.element("alerts") or ""
    try:
        await client.advance(LONG_AFTER)
    except NotOffered:
        return record
    if url and scheme_of(url) != "mailto":
        echoed = tuple((name, record.element(name) or "") for name in CALLBACK_ELEMENTS[1:9])
        told = (("error", "0"), ("error-text", "a month has passed"), ("version", VERSION), ("pens-data", ""))
        await client.tell(url, (("command", "alert"), *echoed, *told))
    return client.seen()


@scenario(needs=PUBLISH)
async def shared(client: Publishing) -> Publications:
    """Receipt and alert go to one URL; the content is published again, and an alert of before comes first.

    An alert for the first publication may come at any time after its receipt (CMI010 1.0a §6.2.16), so it is
    legitimate while the second one, which has the same package-id and the same URL, waits for its receipt.
    """
    first = await client.publish(Arm("receipt-and-alert", {"callbacks": [RECEIPT, ALERT]}), step="first")
    one_url = first.element("alerts") == first.element("receipt")
    if one_url and "stimulus.republish" in client.driver.offers:
        arm = Arm("alert-of-before", {"callbacks": [{**ALERT, "text": "package successfully opened"}, FAILED]})
        await client.publish(arm, stimulus="republish", step="second")
    return Publications.from_entries(client.driver.journal.of(client.scenario, client.case))
