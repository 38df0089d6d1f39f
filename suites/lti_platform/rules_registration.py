"""Rules of dynamic registration that several checks share."""

from __future__ import annotations

from harness.evidence.entries import Exchange
from harness.judging.expect import control, untestable
from harness.net.reach import is_loopback
from harness.subjects.lti_platform_records import REGISTER, Tooled
from harness.subjects.records import exchanges
from harness.wire.binding import Pairs, decode_form
from harness.wire.lti_configuration import Configuration
from harness.wire.lti_registration import Registration

Answer = tuple[Exchange, Registration]


def visit(record: Tooled) -> tuple[Exchange, Pairs]:
    """Return the first visit at our registration address, and its parameters."""
    found = next(iter(exchanges(record.entries, REGISTER, "in")), None)
    if found is None:
        untestable("nobody has opened our registration address")
    query = found.request.query if found.request.method != "POST" else found.request.body.decode("utf-8", "replace")
    return found, decode_form(query.encode("utf-8", "replace")).pairs


def configuration(record: Tooled) -> tuple[str, Configuration]:
    """Return the place of the configuration and what it holds; one that cannot be read says nothing."""
    found, read = record.configuration()
    status = found.response.status if found and found.response else 0
    control(status == 200 and read.document is not None, f"the configuration can be read (HTTP {status})")
    return (f"{found.id} response" if found else ""), read


def answer(record: Tooled, step: str) -> Answer:
    """Return what answered a registration of a step."""
    found, read = record.registration(step)
    if found is None:
        untestable(f"our tool did not ask to be registered ({step})")
    return found, read


def accepted(record: Tooled) -> Answer:
    """Return the answer to the registration that was right; it has to be a success, whatever it holds."""
    for step in ("good", "second"):
        found, read = record.registration(step)
        if found is not None and 200 <= read.status <= 299:
            return found, read
    untestable("positive control not seen: a right registration is accepted")


def said(found: Exchange, read: Registration) -> str:
    """Return what answered, in words for a report."""
    if found.response is None:
        return f"no response ({found.error})"
    return f"HTTP {read.status}" + (f", error {read.error}" if read.error else "")


def is_family(one: str, other: str) -> bool:
    """Whether two hosts are of one family: the same, or under one name of two labels."""
    if one == other:
        return True
    if is_loopback(one) or is_loopback(other):
        return False
    ends = [host.split(".")[-2:] for host in (one, other)]
    return len(ends[0]) == 2 and ends[0] == ends[1] and not ends[0][1].isdigit()
