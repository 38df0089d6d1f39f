"""What the control API refuses, in a form that a program and a person can act on."""

from __future__ import annotations

import difflib
import reprlib
from collections.abc import Iterable
from typing import Any

_SHORT = reprlib.Repr()
_SHORT.maxstring, _SHORT.maxother, _SHORT.maxlong, _SHORT.maxlevel = 120, 120, 60, 3


class Refused(Exception):
    """A request that is not carried out.

    ``status`` is the HTTP status and ``code`` the word for programs. ``field`` names what is wrong, ``expected`` and
    ``got`` say how; all three may be missing.
    """

    def __init__(
        self, status: int, code: str, message: str, *, field: str | None = None, expected: str | None = None,
        got: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(message)
        self.status = status
        self.code = code
        self.field = field
        self.expected = expected
        self.got = None if got is None else shown(got)

    def as_json(self) -> dict[str, Any]:
        """Return the body of the answer."""
        about = {"field": self.field, "expected": self.expected, "got": self.got}
        return {"error": {"code": self.code, "message": str(self), **about}}


def shown(value: Any) -> str:
    """Return a value as it may stand in a message: short, however large and deep it is."""
    return value[:120] if isinstance(value, str) else _SHORT.repr(value)


def closest(name: str, valid: Iterable[str]) -> str | None:
    """Return the valid name that is nearest, or None when none is near."""
    close = difflib.get_close_matches(name, sorted(valid), n=1, cutoff=0.5)
    return close[0] if close else None


def unknown(kind: str, name: str, valid: Iterable[str], *, status: int = 404, field: str | None = None) -> Refused:
    """Return the refusal of a name that does not exist, with the nearest one or some that do."""
    names = sorted(valid)
    near = closest(name, names)
    some = ", ".join(names[:20]) + (", ..." if len(names) > 20 else "")
    hint = f"did you mean {near!r}?" if near else f"expected one of {some}" if names else f"there is no {kind}"
    code = f"unknown-{kind}"
    return Refused(
        status, code, f"unknown {kind} {shown(name)!r}; {hint}", field=field, expected=near or some, got=name
    )
