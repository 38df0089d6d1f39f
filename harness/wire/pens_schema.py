"""JSON Schemas of the parsed PENS messages: one shape that suite and mocks both hold messages against."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError

MESSAGES = ("collect", "answer", "receipt", "alert")


@cache
def validator(message: str) -> Draft202012Validator:
    """Return the validator of a message, compiled once; KeyError for an unknown one."""
    if message not in MESSAGES:
        raise KeyError(f"unknown message {message!r}; expected one of {', '.join(MESSAGES)}")
    from jsonschema import Draft202012Validator  # slow to import, and not every mock is asked for PENS

    schema = json.loads((files("schemas") / "pens" / f"{message}.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def required(message: str) -> tuple[str, ...]:
    """Return the names of the elements that a message must carry."""
    schema = validator(message).schema
    return tuple(schema["required"]) if isinstance(schema, Mapping) else ()


def problems(message: str, elements: Mapping[str, str]) -> tuple[str, ...]:
    """Return what is wrong with the elements of a message, one sentence each, in a stable order."""
    return tuple(sorted(_sentence(error) for error in validator(message).iter_errors(dict(elements))))


def _sentence(error: ValidationError) -> str:
    where = "/".join(str(part) for part in error.absolute_path)
    return f"{where}: {error.message}" if where else str(error.message)
