"""Collects with something wrong: one table of single faults, and the pairs and dates that stand apart."""

from __future__ import annotations

import base64
from collections.abc import Mapping

from harness.judging.suite import Case, scenario
from harness.subjects.pens_records import Collected
from harness.subjects.pens_target import Collecting
from suites.pens_target.scenarios import HTTP

JSON = "application/json"
EVERY = ("PENS-CONF-02", "PENS-ERR-01", "PENS-ERR-02", "PENS-ERR-03")
NO_EFFECT = "PENS-VAL-21"


def _case(
    name: str,
    element: str,
    kind: str,
    *rows: str,
    set_to: str | None = None,
    body: tuple[bytes, str] | None = None,
) -> Case:
    """Return a case: an element set to a value, left out when there is none, or a body that is no command."""
    values: dict[str, object] = {"element": element, "kind": kind, "value": set_to}
    if body:
        values |= {"body": base64.b64encode(body[0]).decode(), "content_type": body[1]}
    return Case(name, values, (*rows, *EVERY))


def _missing(element: str, row: str, *more: str) -> tuple[Case, Case]:
    """Return the two ways in which a required element is missing: left out, and empty."""
    return (
        _case(f"no-{element}", element, "missing", row, *more),
        _case(f"empty-{element}", element, "missing", row, *more, set_to=""),
    )


def _bad(element: str, kind: str, values: Mapping[str, str], *rows: str) -> tuple[Case, ...]:
    return tuple(_case(f"{element}-{name}", element, kind, *rows, set_to=value) for name, value in values.items())


FAULTS: tuple[Case, ...] = (
    *_missing("pens-version", "PENS-VAL-01", NO_EFFECT),
    *_bad("pens-version", "unknown", {"0.8.0": "0.8.0", "9.9.9": "9.9.9"}, "PENS-VAL-02", NO_EFFECT),
    *_bad("pens-version", "malformed", {"abc": "abc"}, "PENS-VAL-02", NO_EFFECT),
    *_missing("command", "PENS-VAL-03", NO_EFFECT),
    *_bad("command", "unknown", {"foo": "foo"}, "PENS-VAL-04", NO_EFFECT),
    *_bad("command", "reserved", {"Delete": "Delete", "Revise": "Revise"}, "PENS-VAL-05", NO_EFFECT),
    *_bad("command", "case", {"upper-case": "COLLECT"}),
    *_missing("package-type", "PENS-VAL-06", NO_EFFECT),
    *_bad("package-type", "unknown", {"foo": "foo"}, "PENS-VAL-06", "PENS-VAL-22"),
    *_missing("package-type-version", "PENS-VAL-07", NO_EFFECT),
    *_missing("package-format", "PENS-VAL-08", NO_EFFECT),
    *_bad("package-format", "unknown", {"foo": "foo"}, "PENS-VAL-08"),
    *_bad("package-format", "unsupported", {"war": "war"}),
    *_missing("package-id", "PENS-VAL-09", NO_EFFECT),
    *_bad("package-id", "malformed", {"invalid": "invalid"}, "PENS-VAL-09", NO_EFFECT),
    *_missing("package-url", "PENS-VAL-10"),
    *_bad("package-url", "malformed", {"invalid": "invalid"}, "PENS-VAL-10"),
    _case("no-package-url-expiry", "package-url-expiry", "missing", "PENS-VAL-11", NO_EFFECT),
    _case("empty-package-url-expiry", "package-url-expiry", "empty", set_to=""),
    *_bad("package-url-expiry", "malformed", {"invalid": "invalid"}, "PENS-VAL-12"),
    _case("no-client", "client", "missing", "PENS-VAL-14", NO_EFFECT),
    _case("empty-client", "client", "empty", set_to=""),
    *_missing("receipt", "PENS-VAL-15", NO_EFFECT),
    *_bad("receipt", "malformed", {"plain-address": "name@domain.com"}, "PENS-VAL-15", NO_EFFECT),
    *_bad("receipt", "scheme", {"gopher": "gopher://receipts.example/"}, "PENS-VAL-16"),
    *_bad("alerts", "scheme", {"gopher": "gopher://alerts.example/"}, "PENS-VAL-17"),
    *_bad("alerts", "malformed", {"testing": "testing"}, "PENS-VAL-18"),
    _case("json", "command", "unparseable", "PENS-VAL-20", body=(b'{"command": "collect"}', JSON)),
    _case(
        "binary", "command", "unparseable", "PENS-VAL-20",
        body=(b"PK\x03\x04" + bytes(range(256)), "application/octet-stream"),
    ),
)  # fmt: skip


@scenario(cases=FAULTS, needs=HTTP, packages=0)
async def faulty(target: Collecting, case: Case) -> Collected:
    """A collect with exactly one thing wrong: an element missing, empty or bad, or no command at all."""
    values = case.values
    if "body" in values:
        await target.post(base64.b64decode(values["body"]), values["content_type"])
        return target.seen()
    if values["value"] is None:
        return await target.collect(drop=(values["element"],))
    name = f"course.{values['value']}" if values["kind"] == "unsupported" else "course.zip"
    return await target.collect({values["element"]: values["value"]}, staged={"name": name})


@scenario(cases=[Case("receipt"), Case("alert")], needs=HTTP, packages=0)
async def foreign_command(target: Collecting, case: Case) -> Collected:
    """A command that is none for a target, receipt or alert, with the elements of a collect."""
    return await target.collect({"command": case.name})


@scenario(needs=HTTP, packages=0)
async def two_faults(target: Collecting) -> Collected:
    """A collect that lacks two elements at once: package-type and client."""
    return await target.collect(drop=("package-type", "client"))


@scenario(needs=HTTP)
async def expired(target: Collecting) -> Collected:
    """A collect whose expiry was in 2001, while the package can still be fetched."""
    return await target.collect({"package-url-expiry": "2001-01-01T00:00:00Z"})
