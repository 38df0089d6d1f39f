"""The only way to judge: `expect` and `remark` bind an observation to a place in a record."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, NoReturn


@dataclass(frozen=True, slots=True)
class Observed:
    """An observation that has something to say: reason code, expected, got and the place in the record."""

    reason: str
    expected: str
    got: str
    at: str
    weight: str = "finding"


@dataclass(slots=True)
class Observations:
    """What one judging of one check has observed: how much, the finding that ended it, the remarks made."""

    count: int = 0
    finding: Observed | None = None
    remarks: list[Observed] = field(default_factory=list)


class Finding(Exception):
    """Ends a check: the record contradicts the rule."""

    def __init__(self, observed: Observed) -> None:
        super().__init__(f"{observed.reason}: expected {observed.expected}, got {observed.got} at {observed.at}")
        self.observed = observed


class Untestable(Exception):
    """Ends a check: a prerequisite did not hold; the message says which."""


class Inapplicable(Exception):
    """Ends a check: the subject does not declare the capability that the rule is about."""


_current: ContextVar[Observations | None] = ContextVar("observations", default=None)


def collecting(observations: Observations) -> Any:
    """Make ``observations`` the ones that `expect` and `remark` add to; return the token to undo it."""
    return _current.set(observations)


def finished(token: Any) -> None:
    """Undo `collecting`."""
    _current.reset(token)


def _observations() -> Observations:
    current = _current.get()
    if current is None:
        raise RuntimeError("expect: called outside a check; a check is called through harness.judging.judge")
    return current


def shown(value: Any) -> str:
    """Return a value as reports show it: one line, at most 400 characters."""
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 400 else text[:390] + f"... ({len(text)} characters)"


def expect(condition: object, reason: str, *, expected: Any = True, got: Any = None, at: str = "") -> None:
    """Observe that ``condition`` holds; a false one ends the check with a finding of that reason code.

    ``at`` names the place in the record, such as ``E-0004 response body``.
    """
    observations = _observations()
    observations.count += 1
    if not condition:
        observations.finding = Observed(reason, shown(expected), shown(got), at)
        raise Finding(observations.finding)


def remark(reason: str, *, unless: object = False, got: Any = None, at: str = "", warn: bool = False) -> None:
    """Observe something that is no fault: a note at most, a warning where the standard's readers warn.

    With ``unless`` the observation counts, but nothing is remarked when it holds.
    """
    observations = _observations()
    observations.count += 1
    if not unless:
        observations.remarks.append(Observed(reason, "", shown(got), at, "warn" if warn else "note"))


def told(reason: str, *, got: Any, at: str = "") -> None:
    """Observe what a reader wants to know, such as a measured number: it is reported and changes no verdict."""
    observations = _observations()
    observations.count += 1
    observations.remarks.append(Observed(reason, "", shown(got), at, "pass"))


def control(condition: object, what: str) -> None:
    """Demand the positive control of a prohibition: until it was seen, the check is untestable, never passed."""
    if not condition:
        raise Untestable(f"positive control not seen: {what}")


def untestable(needs: str) -> NoReturn:
    """End the check: what it needs is missing; ``needs`` says what."""
    raise Untestable(needs)


def inapplicable(capability: str) -> NoReturn:
    """End the check: the subject does not declare ``capability``."""
    raise Inapplicable(capability)
