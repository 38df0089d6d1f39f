"""JSON of a peer: read bounded and leniently, with what was odd kept; and the plain types one expects in it."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

SIZE_LIMIT: Final = 16 * 1024 * 1024
"""Default limit of a document, in bytes."""

DEPTH_LIMIT: Final = 100
"""Objects and arrays within each other; no document of LTI has ten."""

_NOTED: Final = 16  # what a text of a peer may put into our oddities
_SURROGATE = re.compile(r"\\\\|(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|(\\u[dD][89a-fA-F]..)")


@dataclass(frozen=True, slots=True)
class Read:
    """A document as read. ``problem`` is a code, empty when there is a value; ``oddities`` are what was put up with.

    Problems: ``too-large``, ``not-utf-8``, ``not-json``, ``too-deep``. Oddities: ``bom``,
    ``duplicate-member:NAME`` (the last one counts), ``lone-surrogate`` (read as U+FFFD, for it cannot be written).
    """

    value: Any = None
    oddities: tuple[str, ...] = ()
    problem: str = ""

    @property
    def object(self) -> Mapping[str, Any] | None:
        """The value if it is a JSON object, else None."""
        return self.value if isinstance(self.value, dict) else None


def read_json(data: bytes | str, *, limit: int = SIZE_LIMIT) -> Read:
    """Read a JSON text (RFC 8259). Never raises."""
    if len(data) > limit:
        return Read(problem="too-large")
    oddities: list[str] = []
    try:
        text = data if isinstance(data, str) else data.decode()
    except UnicodeDecodeError:
        return Read(problem="not-utf-8")
    if text.startswith("\ufeff"):
        oddities.append("bom")
        text = text[1:]
    if "\\u" in text:
        text = _SURROGATE.sub(lambda found: _whole(found, oddities), text)

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            times = Counter(name for name, _ in pairs)
            again = [name for name, count in times.items() if count > 1][: max(0, _NOTED - len(oddities))]
            oddities.extend(f"duplicate-member:{name[:60]}" for name in again)
        return found

    try:
        value = json.loads(text, object_pairs_hook=members, parse_constant=_no_number)
    except RecursionError:
        return Read(problem="too-deep")
    except ValueError:
        return Read(problem="not-json")
    if text.count("[") + text.count("{") > DEPTH_LIMIT and _deep(value):
        return Read(problem="too-deep")
    return Read(value, tuple(dict.fromkeys(oddities)))


def _whole(found: re.Match[str], oddities: list[str]) -> str:
    if found[2] is None:
        return found[0]
    if "lone-surrogate" not in oddities:
        oddities.append("lone-surrogate")
    return "\\ufffd"


def _no_number(word: str) -> Any:
    raise ValueError(word)  # NaN and Infinity are no JSON


def _deep(value: Any) -> bool:
    level = [value]
    for _ in range(DEPTH_LIMIT + 1):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return False
    return True


def _inside(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def write_json(value: Any) -> bytes:
    """Write a document: UTF-8 in ASCII letters, no white space."""
    return json.dumps(value, separators=(",", ":")).encode()


def as_text(value: object) -> str | None:
    """Return a string that says something, else None."""
    return value if isinstance(value, str) and value else None


def as_texts(value: object) -> tuple[str, ...] | None:
    """Return an array of strings as a tuple, else None."""
    if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
        return tuple(value)
    return None


def as_object(value: object) -> Mapping[str, Any] | None:
    """Return a JSON object, else None."""
    return value if isinstance(value, Mapping) else None


def as_number(value: object) -> float | int | None:
    """Return a finite JSON number, else None; true and false are none (RFC 7519, 2: NumericDate)."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return value if math.isfinite(value) else None
    except OverflowError:
        return None  # an integer too great for any date


def without_none(members: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return the members that have a value: what is not known is left out, never null."""
    return {name: value for name, value in members if value is not None}
