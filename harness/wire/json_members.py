"""JSON texts whose objects keep every member: names that occur twice can be written, and read in each known way.

RFC 8259, 4 leaves open what becomes of a name that occurs twice; parsers take the last, the first, or refuse.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

__all__ = [
    "DEPTH_LIMIT",
    "Members",
    "NotRead",
    "Reading",
    "TooDeep",
    "dump",
    "load",
    "members",
    "plain",
    "repeated",
    "risk",
]

DEPTH_LIMIT: Final = 64
"""How deep a text may be nested to be read here."""

SURE_DEPTH: Final = 16
"""So deep every parser reads; the least known limit of a common one is 32."""

EXACT: Final = 2**53
"""Integers below this are exact in every parser (RFC 8259, 6)."""

Reading = Literal["last", "first"]
"""Which of several members of one name a parser takes."""

_STRING: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.S)


class NotRead(ValueError):
    """A text that is no JSON. ``lenient`` says that known parsers read it all the same (NaN, a byte order mark)."""

    def __init__(self, why: str, *, lenient: bool = False) -> None:
        """Keep why, in words."""
        super().__init__(why)
        self.lenient = lenient


class TooDeep(NotRead):
    """A text that is nested deeper than is read here; some parser may read it."""

    def __init__(self) -> None:
        """Say the limit."""
        super().__init__(f"nested deeper than {DEPTH_LIMIT} levels", lenient=True)


@dataclass(frozen=True, slots=True)
class Members:
    """A JSON object: its members in order, a name as often as it is there."""

    pairs: tuple[tuple[str, Any], ...] = ()

    def get(self, name: str) -> Any:
        """Return the last value of that name, None when there is none."""
        return next((value for key, value in reversed(self.pairs) if key == name), None)

    def __contains__(self, name: object) -> bool:
        return any(key == name for key, _ in self.pairs)


def members(value: Any) -> Any:
    """Return a value with `Members` in the place of every mapping."""
    if isinstance(value, Members | Mapping):
        pairs = value.pairs if isinstance(value, Members) else value.items()
        return Members(tuple((str(name), members(inner)) for name, inner in pairs))
    if isinstance(value, list | tuple):
        return [members(inner) for inner in value]
    return value


def dump(value: Any) -> bytes:
    """Write a value that `members` gave, in the order of its members, without white space, in ASCII."""
    return "".join(_written(members(value))).encode("ascii")


def _written(value: Any) -> Iterator[str]:
    if isinstance(value, Members):
        yield "{"
        for at, (name, inner) in enumerate(value.pairs):
            yield ("," if at else "") + json.dumps(name) + ":"
            yield from _written(inner)
        yield "}"
    elif isinstance(value, list):
        yield "["
        for at, inner in enumerate(value):
            if at:
                yield ","
            yield from _written(inner)
        yield "]"
    else:
        yield json.dumps(value)


def load(data: bytes) -> Any:
    """Read a text into `Members`, lists, strings, numbers, booleans and None; raises NotRead and nothing else."""
    if depth(data) > DEPTH_LIMIT:
        raise TooDeep
    try:
        return json.loads(data.decode("utf-8"), object_pairs_hook=_pairs, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise NotRead("no JSON", lenient=_read_by_some(data)) from error


def _pairs(pairs: list[tuple[str, Any]]) -> Members:
    return Members(tuple(pairs))


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON value")


def _read_by_some(data: bytes) -> bool:
    text = data.decode("utf-8", "replace").removeprefix("\ufeff").strip("\x00 \t\r\n\f\v")
    try:
        json.loads(text, strict=False, parse_int=float)
    except (ValueError, RecursionError):
        return False
    return True


def depth(data: bytes) -> int:
    """Return how deep a text is nested, by its brackets alone; it need be no JSON."""
    deepest = level = 0
    for found in re.finditer(rb"[\[{]|[\]}]", _STRING.sub(b"", data)):
        level += 1 if found[0] in b"[{" else -1
        deepest = max(deepest, level)
    return deepest


def plain(value: Any, reading: Reading = "last") -> Any:
    """Return a value as a parser gives it: dicts with one value to a name."""
    if isinstance(value, Members):
        made: dict[str, Any] = {}
        for name, inner in value.pairs:
            if reading == "last" or name not in made:
                made[name] = plain(inner, reading)
        return made
    if isinstance(value, list):
        return [plain(inner, reading) for inner in value]
    return value


def repeated(value: Any) -> tuple[str, ...]:
    """Return the names that occur more than once in one object, at any depth."""
    found: dict[str, None] = {}
    if isinstance(value, Members):
        names = [name for name, _ in value.pairs]
        found |= dict.fromkeys(name for name in names if names.count(name) > 1)
    for inner in _inner(value):
        found |= dict.fromkeys(repeated(inner))
    return tuple(found)


def _inner(value: Any) -> Iterator[Any]:
    if isinstance(value, Members):
        for _, inner in value.pairs:
            yield inner
    elif isinstance(value, list):
        yield from value


def risk(value: Any, level: int = 1) -> str:
    """Say what about a sound JSON value not every parser or store takes; empty when nothing is known.

    Source: RFC 8259, 6 (numbers), 8.2 (lone surrogates), 9 (limits of depth); U+0000, which PostgreSQL's jsonb refuses.
    """
    if isinstance(value, str):
        return _risk_of_text(value)
    if isinstance(value, float | int) and not isinstance(value, bool):
        return "a number beyond 2^53" if abs(value) >= EXACT else ""
    if isinstance(value, Members | list) and level > SURE_DEPTH:
        return f"nested deeper than {SURE_DEPTH} levels"
    names = [name for name, _ in value.pairs] if isinstance(value, Members) else []
    for name in names:
        if not name or name == "__proto__":
            return "a member of no name, or of one with a meaning to a parser"
    texts = (_risk_of_text(name) for name in names)
    return next((said for said in (*texts, *(risk(inner, level + 1) for inner in _inner(value))) if said), "")


def _risk_of_text(text: str) -> str:
    if "\x00" in text:
        return "a text with U+0000"
    return "a lone surrogate" if any("\ud800" <= letter <= "\udfff" for letter in text) else ""
