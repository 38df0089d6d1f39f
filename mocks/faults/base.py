"""What a planted fault is: a small class that overrides one method or attribute and says what that breaks."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

LEFT_OUT, WRONG_VALUE, WRONG_REASON, VARIANT = "left-out", "wrong-value", "wrong-reason", "variant"


class Fault:
    """Base of all faults. ``breaks`` maps a requirement to the reason code for which its check must turn red.

    ``kind`` is left-out, wrong-value, wrong-reason (breaks an earlier step; no check may count it as its own kill) or
    variant (legitimate; breaks nothing). ``collateral`` names requirements that turn red as well, and why that is
    unavoidable is the fault's docstring. ``profile`` is the profile under which it is proven, if not the usual one;
    ``hangs`` says that it leaves somebody waiting, so that patience is short.
    """

    name: ClassVar[str]
    kind: ClassVar[str] = WRONG_VALUE
    breaks: ClassVar[Mapping[str, str]] = {}
    collateral: ClassVar[tuple[str, ...]] = ()
    profile: ClassVar[str] = ""
    hangs: ClassVar[bool] = False


class FaultConflict(Exception):
    """Two faults that override the same thing; the message names both."""


@dataclass(frozen=True, slots=True)
class FaultSpec:
    """A fault switched on: for one tenant or for all, for all messages or the next ``times``.

    ``match`` is a pattern (``rustici.course.*``) of what a message is about; empty, the fault bends any.
    """

    name: str
    tenant: str = ""
    times: int = 0
    match: str = ""

    @staticmethod
    def parse(text: str) -> FaultSpec:
        """Read ``NAME[@TENANT][:TIMES]``; raises ValueError naming what was expected."""
        name, _, tail = text.partition("@")
        tenant, _, times = tail.partition(":") if tail else ("", "", name.partition(":")[2])
        name = name.partition(":")[0]
        if times and not times.isdigit():
            raise ValueError(f"fault {text!r}: expected NAME[@TENANT][:TIMES] with a number, got {times!r}")
        return FaultSpec(name, tenant, int(times or 0))


def gathered(*modules: str) -> Iterator[type[Fault]]:
    """Yield the faults that modules define, classes and ``FAMILY`` tables alike, each once."""
    seen: dict[type[Fault], None] = {}
    for name in modules:
        members = vars(importlib.import_module(name))
        own = [value for value in members.values() if isinstance(value, type) and value.__module__ == name]
        faults = [value for value in own if issubclass(value, Fault) and "name" in vars(value)]
        seen |= dict.fromkeys((*faults, *members.get("FAMILY", ())))
    yield from seen


def own_overrides(fault: type[Fault]) -> set[str]:
    """Return what a fault overrides, without what every fault declares."""
    declared = {"name", "kind", "breaks", "collateral", "profile", "hangs"}
    return {key for key in vars(fault) if not key.startswith("__") and key not in declared}


def compose(base: type[Any], faults: tuple[type[Fault], ...]) -> type[Any]:
    """Return ``base`` bent by ``faults``; raises `FaultConflict` when two override the same thing."""
    taken: dict[str, str] = {}
    for fault in faults:
        for name in own_overrides(fault):
            if name in taken:
                raise FaultConflict(f"faults {taken[name]} and {fault.name} both override {name}; use one of them")
            taken[name] = fault.name
    return type(base.__name__, (*faults, base), {}) if faults else base
