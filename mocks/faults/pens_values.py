"""Faults of a PENS target in what it finds wrong with a collect and how it says so; legitimate variants."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from harness.wire import pens
from harness.wire.binding import Decoded, Pairs
from harness.wire.pens_rules import ACCEPTED, Violation
from mocks.engine.domain import ImportJob
from mocks.engine.pens_behaviour import SUCCESS_RECEIPT, PensBehaviour
from mocks.faults.base import LEFT_OUT, VARIANT, WRONG_VALUE, Fault

UNRELATED = 1440
ROWS: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("missing-version", "PENS-VAL-01", "pens-version", ("missing",)),
    ("unknown-version", "PENS-VAL-02", "pens-version", ("unknown", "malformed")),
    ("missing-command", "PENS-VAL-03", "command", ("missing",)),
    ("unknown-command", "PENS-VAL-04", "command", ("unknown", "foreign")),
    ("reserved-command", "PENS-VAL-05", "command", ("reserved",)),
    ("package-type", "PENS-VAL-06", "package-type", ("missing", "unknown")),
    ("missing-type-version", "PENS-VAL-07", "package-type-version", ("missing",)),
    ("package-format", "PENS-VAL-08", "package-format", ("missing", "unknown")),
    ("package-id", "PENS-VAL-09", "package-id", ("missing", "malformed")),
    ("package-url", "PENS-VAL-10", "package-url", ("missing", "malformed")),
    ("missing-expiry", "PENS-VAL-11", "package-url-expiry", ("missing",)),
    ("malformed-expiry", "PENS-VAL-12", "package-url-expiry", ("malformed",)),
    ("missing-client", "PENS-VAL-14", "client", ("missing",)),
    ("receipt", "PENS-VAL-15", "receipt", ("missing", "malformed")),
    ("receipt-scheme", "PENS-VAL-16", "receipt", ("scheme",)),
    ("alerts-scheme", "PENS-VAL-17", "alerts", ("scheme",)),
    ("malformed-alerts", "PENS-VAL-18", "alerts", ("malformed",)),
    ("unreadable", "PENS-VAL-20", "command", ("unparseable",)),
)
ALSO_OPEN: Mapping[str, Mapping[str, str]] = {"package-type": {"PENS-VAL-22": "vocabulary-widened"}}
CAUSED: Mapping[str, tuple[str, ...]] = {
    "missing-client": ("PENS-VAL-19", "ENGINE-PENS-14"),
    "package-type": ("PENS-VAL-19", "ENGINE-PENS-14", "PENS-RESP-06/T"),
}
ENGINE_TEN = ("ENGINE-PENS-14",)


def _overlooks(name: str, requirement: str, element: str, kinds: tuple[str, ...]) -> type[Fault]:
    """Return a fault that does not look for this: the collect is taken."""

    def violations(self: Any, message: Decoded, now: datetime) -> tuple[Violation, ...]:
        found = PensBehaviour.violations(self, message, now)
        return tuple(v for v in found if v.element != element or v.kind not in kinds)

    breaks = {requirement: "accepted", **ALSO_OPEN.get(name, {})}
    more: dict[str, Any] = {"violations": violations}
    if element == "package-url":  # a receipt with 1310 would tell of it late, which is right
        more["takes_up"] = lambda self, job: "://" in job.elements.get("package-url", "")
    if name == "unreadable":  # a body that holds no command holds no credential either
        more["profile"] = "pens-1.0"
    return _made(f"pens.overlooks-{name}", LEFT_OUT, breaks, name, "is not noticed", **more)


def _mistakes(name: str, requirement: str, element: str, kinds: tuple[str, ...]) -> type[Fault]:
    """Return a fault that answers this with the code of something else."""

    def code(self: Any, violation: Violation) -> int:
        hit = violation.element == element and violation.kind in kinds
        return UNRELATED if hit else PensBehaviour.code(self, violation)

    breaks = {requirement: "wrong-code", "PENS-ERR-01": "unspecific-code"}
    return _made(f"pens.mistakes-{name}", WRONG_VALUE, breaks, name, "is answered with 1440", code=code)


def _made(fault: str, kind: str, breaks: Mapping[str, str], name: str, what: str, **override: Any) -> type[Fault]:
    about = {
        "name": fault,
        "kind": kind,
        "breaks": breaks,
        "collateral": CAUSED.get(name, ENGINE_TEN),
        **override,
    }
    about["__doc__"] = f"What is wrong here {what}: {name.replace('-', ' ')}."
    return type(fault.partition(".")[2].title().replace("-", ""), (Fault, PensBehaviour), about)


def _variant(element: str, kind: str, code: int) -> type[Fault]:
    """Return a legitimate variant: this is answered with that code, or taken where 0 is defensible."""

    def violations(self: Any, message: Decoded, now: datetime) -> tuple[Violation, ...]:
        found = PensBehaviour.violations(self, message, now)
        return tuple(v for v in found if code or v != Violation(element, kind))

    def answered(self: Any, violation: Violation) -> int:
        return code if violation == Violation(element, kind) else PensBehaviour.code(self, violation)

    name = f"pens.{code}-for-{kind}-{element}"
    about = {"name": name, "kind": VARIANT, "violations": violations, "code": answered}
    about["__doc__"] = f"A {element} that is {kind} is answered with {code}, as the standard's text can be read."
    return type(name.partition(".")[2].title().replace("-", ""), (Fault, PensBehaviour), about)


NOT_FOUND = (("command", "case"), ("package-url-expiry", "lenient"))
VARIANTS = tuple(
    _variant(element, kind, code)
    for (element, kind), codes in ACCEPTED.items()
    for code in sorted(codes)
    if (element, kind) not in NOT_FOUND
)
FAMILY = tuple(make(*row) for row in ROWS for make in (_overlooks, _mistakes)) + VARIANTS


class GeneralCodes(Fault, PensBehaviour):
    """Parameters have no codes of their own: 1201 stands for all of them."""

    name = "pens.general-codes"
    kind = LEFT_OUT
    breaks = {"PENS-ERR-01": "unspecific-code"}
    collateral = (
        "PENS-VAL-01", "PENS-VAL-02", "PENS-VAL-03", "PENS-VAL-04", "PENS-VAL-06", "PENS-VAL-07",
        "PENS-VAL-09", "PENS-VAL-10", "PENS-VAL-11", "PENS-VAL-12", "PENS-VAL-14", "PENS-VAL-15",
        "PENS-VAL-19",
    )  # fmt: skip

    def code(self, violation: Violation) -> int:
        usual = PensBehaviour.code(self, violation)
        return 1201 if usual > 2000 else usual


class FirstError(Fault, PensBehaviour):
    """Of several faults the first one is reported."""

    name = "pens.first-error"
    kind = WRONG_VALUE
    breaks = {"PENS-VAL-19": "first-error-policy"}

    def choose(self, codes: list[int]) -> int:
        return codes[0]


class IgnoresExpired(Fault, PensBehaviour):
    """A collect that has expired is acknowledged with 0 and forgotten."""

    name = "pens.forgets-expired"
    kind = LEFT_OUT
    breaks = {"PENS-VAL-13": "past-expiry-unreported"}

    def violations(self, message: Decoded, now: datetime) -> tuple[Violation, ...]:
        found = PensBehaviour.violations(self, message, now)
        return tuple(v for v in found if v.kind != "expired")

    def takes_up(self, job: ImportJob) -> bool:
        expiry = pens.read_expiry(job.elements.get("package-url-expiry", ""))
        return expiry is None or expiry.instant > job.created


class RefusesExpired(Fault, PensBehaviour):
    """A collect that has expired is refused as if its expiry could not be read."""

    name = "pens.refuses-expired"
    kind = WRONG_VALUE
    breaks = {"PENS-VAL-13": "wrong-code"}

    def code(self, violation: Violation) -> int:
        return 2009 if violation.kind == "expired" else PensBehaviour.code(self, violation)


class WorksAfterRefusal(Fault, PensBehaviour):
    """A refusal is only said: the package is fetched all the same."""

    name = "pens.works-after-refusal"
    kind = LEFT_OUT
    breaks = {"PENS-VAL-21": "fetched-after-refusal", "PENS-VAL-05": "fetched"}
    collateral = ("PENS-ERR-01",)

    def after_refusal(self, code: int) -> int | None:
        return 0


class PraisesAfterRefusal(Fault, PensBehaviour):
    """A receipt of success follows a refusal."""

    name = "pens.receipt-after-refusal"
    kind = WRONG_VALUE
    breaks = {"PENS-VAL-21": "receipt-after-refusal", "PENS-VAL-05": "receipt-sent"}

    def after_refusal(self, code: int) -> int | None:
        return code

    def receipt(self, job: ImportJob) -> Pairs:
        return self.callback("receipt", job, 0, SUCCESS_RECEIPT)


class UnknownTypeIsScorm(Fault, PensBehaviour):
    """An unknown package-type is taken for scorm-pif."""

    name = "pens.unknown-type-is-scorm"
    kind = WRONG_VALUE
    breaks = {"PENS-VAL-22": "vocabulary-widened"}
    collateral = ("PENS-VAL-06",)

    def read(self, message: Decoded) -> dict[str, str]:
        found = message.elements
        words = (*pens.PACKAGE_TYPES, *pens.FIELD_PACKAGE_TYPES)
        return found | {"package-type": "scorm-pif"} if found.get("package-type", words[0]) not in words else found


class UnlistedCode(Fault, PensBehaviour):
    """An unsupported format is answered with 1431, a number that the standard keeps for itself."""

    name = "pens.unlisted-code"
    kind = WRONG_VALUE
    breaks = {"PENS-ERR-02": "unlisted-code"}

    def code(self, violation: Violation) -> int:
        format_ = violation == Violation("package-format", "unsupported")
        return 1431 if format_ else PensBehaviour.code(self, violation)


class ClassOfCode(Fault, PensBehaviour):
    """An unsupported format is answered with 2000: the class of its code, the rest left out."""

    name = "pens.class-of-code"
    kind = LEFT_OUT
    breaks = {"PENS-ERR-02": "unlisted-code"}

    def code(self, violation: Violation) -> int:
        format_ = violation == Violation("package-format", "unsupported")
        return 2000 if format_ else PensBehaviour.code(self, violation)


class HttpCodeBeyond(Fault, PensBehaviour):
    """An unsupported format is answered with 501, an HTTP number beyond the standard's table."""

    name = "pens.code-501"
    kind = WRONG_VALUE
    breaks = {"PENS-ERR-02": "http-code-beyond-500"}

    def code(self, violation: Violation) -> int:
        format_ = violation == Violation("package-format", "unsupported")
        return 501 if format_ else PensBehaviour.code(self, violation)


class OwnCode(Fault, PensBehaviour):
    """An unsupported format is answered with a code of the target's own."""

    name = "pens.own-code"
    kind = WRONG_VALUE
    breaks = {"PENS-ERR-03": "own-code"}

    def code(self, violation: Violation) -> int:
        format_ = violation == Violation("package-format", "unsupported")
        return 10431 if format_ else PensBehaviour.code(self, violation)


class NotFoundForUnreachable(Fault, PensBehaviour):
    """A package server that cannot be reached is reported as 404, which nobody has said."""

    name = "pens.404-for-unreachable"
    kind = WRONG_VALUE
    breaks = {"PENS-ERR-04": "protocol-code-without-cause"}
    collateral = ("PENS-DL-07",)

    def fetch_code(self, status: int, error: str | None) -> int:
        return 404 if error == "refused" else PensBehaviour.fetch_code(self, status, error)


class OneCodeForHttp(Fault, PensBehaviour):
    """The status that the package server gave is left out: every failure is reported as 500."""

    name = "pens.500-for-404"
    kind = LEFT_OUT
    breaks = {"PENS-ERR-04": "other-protocol-code"}
    collateral = ("PENS-DL-08",)

    def fetch_code(self, status: int, error: str | None) -> int:
        return 500 if status == 404 else PensBehaviour.fetch_code(self, status, error)
