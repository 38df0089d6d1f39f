"""The published description of the control API, and what follows from it: routes, parameters, bodies.

The description is what is served, and it is also what requests are held against: the two cannot part.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import unquote

from jsonschema import Draft202012Validator

METHODS = ("get", "post", "delete")


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: ``id`` names its handler, ``query`` its parameters by name, ``body`` judges its JSON."""

    id: str
    query: Mapping[str, Draft202012Validator]
    body: Draft202012Validator | None


@dataclass(frozen=True, slots=True)
class Route:
    """What is at a path: its operations by method, and the value of the path's parameter."""

    operations: Mapping[str, Operation]
    name: str = ""


@cache
def text() -> bytes:
    """Return the description as it is served."""
    return (files("schemas") / "control" / "openapi.json").read_bytes()


@cache
def _table() -> Mapping[str, Mapping[str, Operation]]:
    paths = json.loads(text())["paths"]
    return {
        path: {method.upper(): _operation(item[method]) for method in METHODS if method in item}
        for path, item in paths.items()
    }


def _operation(item: Mapping[str, Any]) -> Operation:
    query = {
        parameter["name"]: Draft202012Validator(parameter["schema"])
        for parameter in item.get("parameters", ())
        if parameter["in"] == "query"
    }
    body = item.get("requestBody")
    schema = body["content"]["application/json"]["schema"] if body else None
    return Operation(item["operationId"], query, Draft202012Validator(schema) if schema else None)


def paths() -> list[str]:
    """Return all paths, as templates."""
    return list(_table())


def find(path: str) -> Route | None:
    """Return what is at a path, or None. Raises ValueError when its parameter is not UTF-8."""
    if path in _table():
        return Route(_table()[path])
    for template, operations in _table().items():
        head, brace, _ = template.partition("{")
        if brace and path.startswith(head) and len(path) > len(head):
            return Route(operations, unquote(path[len(head) :], errors="strict"))
    return None
