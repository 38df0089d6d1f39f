"""Rows as text: JSON that comes back equal, of known classes alone. A name in a file never causes an import."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from types import MappingProxyType
from typing import Any, TypeVar

from mocks.state.store import StoreError

C = TypeVar("C", bound=type)

_PLAIN = frozenset({str, int, float, bool, type(None)})
_BY_NAME: dict[str, type] = {}
_BY_CLASS: dict[type, tuple[str, tuple[str, ...]]] = {}


def row(cls: C) -> C:
    """Mark a frozen dataclass or an Enum as one that stores may keep; stands above ``@dataclass``.

    Its name in the store is module and qualified name: renaming either makes older files unreadable.
    """
    enum = issubclass(cls, Enum)
    if not enum and not (is_dataclass(cls) and cls.__dataclass_params__.frozen):  # type: ignore[attr-defined]
        raise TypeError(f"row: expected a frozen dataclass or an Enum, got {cls!r}")
    name = f"{cls.__module__}.{cls.__qualname__}"
    _BY_NAME[name] = cls
    _BY_CLASS[cls] = (name, () if enum else tuple(field.name for field in fields(cls) if field.init))
    return cls


def encode(value: Any) -> str:
    """Return a row as JSON text; StoreError names a type that is not for rows."""
    return json.dumps(_out(value), separators=(",", ":"))


def decode(text: str | bytes) -> Any:
    """Return the row that `encode` wrote; StoreError says what is wrong with any other text."""
    try:
        return _in(json.loads(text))
    except StoreError:
        raise
    except (ValueError, TypeError, ArithmeticError, LookupError, RecursionError) as error:
        reason = " ".join(str(error).split())
        raise StoreError(f"a stored row cannot be read ({type(error).__name__}: {reason})") from error


def _out(value: Any) -> Any:
    # Exact types: a subclass would come back as its base, and the two stores would differ.
    kind = type(value)
    if kind in _PLAIN:
        return value
    writer = _WRITERS.get(kind)
    if writer is not None:
        return writer(value)
    known = _BY_CLASS.get(kind)
    if known is None:
        raise StoreError(f"{kind.__module__}.{kind.__qualname__} is no kind of row: mark the class with @row")
    name, names = known
    if isinstance(value, Enum):
        return {"enum": [name, value.name]}
    return {"row": [name, {field: _out(getattr(value, field)) for field in names}]}


def _map_out(value: Mapping[Any, Any]) -> Any:
    return {"map": [[_out(key), _out(item)] for key, item in value.items()]}


def _in(value: Any) -> Any:
    if type(value) in _PLAIN:
        return value
    if type(value) is list:
        return tuple(_in(item) for item in value)
    ((tag, content),) = value.items()
    reader = _READERS.get(tag)
    if reader is None:
        raise StoreError(f"a stored row holds a value of the unknown kind {str(tag)[:80]!r}")
    return reader(content)


def _row_in(content: Any) -> Any:
    name, values = content
    return _class(name)(**{field: _in(item) for field, item in values.items()})


def _enum_in(content: Any) -> Any:
    name, member = content
    return _class(name)[member]


def _class(name: str) -> Any:
    found = _BY_NAME.get(name)
    if found is None:
        raise StoreError(f"a stored row is of the unknown class {str(name)[:200]!r}")
    return found


_WRITERS: Mapping[type, Callable[[Any], Any]] = {
    tuple: lambda value: [_out(item) for item in value],
    list: lambda value: {"list": [_out(item) for item in value]},
    frozenset: lambda value: {"set": sorted((_out(item) for item in value), key=repr)},
    dict: _map_out,
    MappingProxyType: _map_out,
    bytes: lambda value: {"bytes": base64.b64encode(value).decode("ascii")},
    Decimal: lambda value: {"decimal": str(value)},
    # UTC, which nearly all are, goes without saying.
    datetime: lambda value: (
        {"utc": value.replace(tzinfo=None).isoformat()} if value.tzinfo is UTC else {"datetime": value.isoformat()}
    ),
    date: lambda value: {"date": value.isoformat()},
    timedelta: lambda value: {"span": [value.days, value.seconds, value.microseconds]},
}

_READERS: Mapping[str, Callable[[Any], Any]] = {
    "row": _row_in,
    "enum": _enum_in,
    "list": lambda content: [_in(item) for item in content],
    "set": lambda content: frozenset(_in(item) for item in content),
    "map": lambda content: {_in(key): _in(item) for key, item in content},
    "bytes": lambda content: base64.b64decode(content, validate=True),
    "decimal": Decimal,
    "utc": lambda content: datetime.fromisoformat(content).replace(tzinfo=UTC),
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "span": lambda content: timedelta(*content),
}
