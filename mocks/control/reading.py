"""Reading what is asked of the control API: parameters and JSON bodies, held against its description."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

from mocks.control.problems import Refused, shown, unknown

DEEPEST = 32
LONGEST = timedelta(seconds=315_576_000)
_DURATION = re.compile(r"(?=[0-9])(?:([0-9]{1,9})d)?(?:([0-9]{1,9})h)?(?:([0-9]{1,9})m)?(?:([0-9]{1,9})s)?")
_INTEGER = re.compile(r"-?[0-9]{1,15}")
_NUMBER = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,9})?")


def read_query(query: bytes, known: Mapping[str, Draft202012Validator]) -> dict[str, Any]:
    """Return the parameters of a query, those that are missing by their defaults; raises `Refused`."""
    try:
        text = query.decode("latin-1")
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=50)
    except ValueError as error:
        raise Refused(400, "bad-query", f"the query cannot be read: {error}") from None
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name not in known:
            raise unknown("parameter", name, known, status=422, field=name[:120])
        if name in found:
            raise Refused(422, "given-twice", f"the parameter {name} is given twice", field=name, expected="one value")
        schema = known[name].schema
        assert isinstance(schema, Mapping)
        found[name] = _converted(value, schema)
        judge(found[name], known[name], name)
    return {name: _default(validator) for name, validator in known.items()} | found


def read_body(body: bytes, schema: Draft202012Validator) -> dict[str, Any]:
    """Return the values of a body, those that are missing by their defaults; raises `Refused`."""
    try:
        data = json.loads(body.decode(), parse_constant=_no_number, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        why = "it is nested too deep" if isinstance(error, RecursionError) else str(error)
        raise Refused(400, "bad-json", f"the body is no JSON: {why}", expected="a JSON object") from None
    if not isinstance(data, dict):
        raise Refused(400, "bad-json", "the body is no JSON object", expected="a JSON object", got=data)
    if _too_deep(data):
        raise Refused(400, "bad-json", "the body is nested too deep", expected=f"at most {DEEPEST} levels")
    judge(data, schema)
    about = schema.schema
    properties = about.get("properties", {}) if isinstance(about, Mapping) else {}
    return {name: item["default"] for name, item in properties.items() if "default" in item} | data


def judge(value: Any, validator: Draft202012Validator, field: str = "") -> None:
    """Raise `Refused` when a value does not keep to a schema, naming field, what was expected and what came."""
    error = best_match(validator.iter_errors(value))
    if error is not None:
        raise _refusal(error, field)


def duration(value: float | str) -> timedelta:
    """Return a duration given as seconds or as text (``90s``, ``16m``, ``1h30m``); raises `Refused`."""
    if isinstance(value, str):
        found = _DURATION.fullmatch(value)
        days, hours, minutes, seconds = (int(part or 0) for part in found.groups()) if found else (-1, 0, 0, 0)
        step = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds) if days < 10_000 else LONGEST * 2
    else:
        step = timedelta(seconds=value)
    if not timedelta(0) <= step <= LONGEST:
        expected = "seconds as a number, or a duration such as 90s, 16m, 15h, 7d, at most ten years"
        message = f"by: expected {expected}, got {shown(value)}"
        raise Refused(422, "invalid-value", message, field="by", expected=expected, got=value)
    return step


def _refusal(error: ValidationError, field: str) -> Refused:
    path = [str(part) for part in error.absolute_path]
    schema = error.schema if isinstance(error.schema, Mapping) else {}
    if error.validator == "required" and isinstance(error.instance, Mapping):
        missing = next(name for name in schema["required"] if name not in error.instance)
        name = ".".join((*path, missing))
        about = schema.get("properties", {}).get(missing, {}).get("description")
        hint = f"; expected {about}" if about else ""
        return Refused(422, "missing-field", f"{name} is missing{hint}", field=name, expected=about)
    if error.validator == "additionalProperties" and isinstance(error.instance, Mapping):
        known = schema.get("properties", {})
        stray = next((name for name in error.instance if name not in known), "")
        return unknown("field", stray, known, status=422, field=".".join((*path, stray[:120])))
    name = ".".join(path) or field or "body"
    expected = str(schema.get("description") or _words(error, schema))
    message = f"{name}: expected {expected}, got {shown(error.instance)}"
    return Refused(422, "invalid-value", message, field=name, expected=expected, got=error.instance)


def _words(error: ValidationError, schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return "one of " + ", ".join(str(value) for value in schema["enum"])
    return f"{error.validator} {error.validator_value}"


def _converted(value: str, schema: Mapping[str, Any]) -> Any:
    """Return the text of a parameter as its schema's type, or as it is when it does not read as that."""
    if schema.get("type") == "integer" and _INTEGER.fullmatch(value):
        return int(value)
    return float(value) if schema.get("type") == "number" and _NUMBER.fullmatch(value) else value


def _default(validator: Draft202012Validator) -> Any:
    return validator.schema.get("default") if isinstance(validator.schema, Mapping) else None


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is given twice in an object")
    return found


def _too_deep(data: Any) -> bool:
    level = [data]
    for _ in range(DEEPEST):
        inner = [item.values() if isinstance(item, dict) else item for item in level if isinstance(item, dict | list)]
        level = [value for values in inner for value in values]
        if not level:
            return False
    return True
