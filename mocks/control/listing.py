"""The state of a mock as JSON: rows of any kind, without secrets."""

from __future__ import annotations

import base64
import dataclasses
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from harness.evidence.redaction import Redactor

_SECRET = re.compile(r"secret|passw|urlpass|credential|authorization|api_?key", re.IGNORECASE)


def stamp(instant: datetime) -> str:
    """Return an instant as the journal writes it: ISO 8601, UTC, milliseconds."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def plain(row: Any, redactor: Redactor) -> Any:
    """Return a row as a JSON value: what its names call a secret is replaced, and so is what is known as one."""
    return redactor.facts(_hidden(_json(row), redactor))


def belongs(table: str, row: Any, tenant: str) -> bool:
    """Whether a row is of a tenant: by its own word, or because its table is the tenant's (``courses/app-1``)."""
    own = getattr(row, "tenant", None)
    return own == tenant if own is not None else table.partition("/")[2] == tenant


def _json(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _json(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_json(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted((_json(item) for item in value), key=str)
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode()}
    if isinstance(value, datetime):
        return stamp(value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    return str(value) if isinstance(value, Decimal) else value


def _hidden(value: Any, redactor: Redactor, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _hidden(item, redactor, key if _SECRET.search(key) else name) for key, item in value.items()}
    if isinstance(value, list):
        return [_hidden(item, redactor, name) for item in value]
    if not name or not isinstance(value, str):
        return value
    return redactor.add(re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "secret", value)
