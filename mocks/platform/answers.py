"""Answers that all faces of the platform give in the same form."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from harness.net.listener import Reply

JSON = "application/json;charset=UTF-8"
NO_STORE = (("Cache-Control", "no-store"), ("Pragma", "no-cache"))
HTML = (("Content-Type", "text/html; charset=utf-8"), *NO_STORE)


class Refused(Exception):
    """A request that is not carried out: ``error`` is its code, ``description`` says why to a person.

    ``status`` is the HTTP status; ``scheme_error`` stands in ``WWW-Authenticate`` (RFC 6750, 3.1).
    """

    def __init__(self, error: str, description: str, status: int = 400, scheme_error: str | None = None) -> None:
        super().__init__(f"{error}: {description}")
        self.error = error
        self.description = description
        self.status = status
        self.scheme_error = scheme_error


def json_reply(status: int, value: Any, *headers: tuple[str, str]) -> Reply:
    """Answer a JSON value that nobody may keep."""
    body = json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace")
    return Reply(status, (("Content-Type", JSON), *NO_STORE, *headers), body)


def page(status: int, title: str, text: str) -> Reply:
    """Answer a page for people that says one thing."""
    from html import escape

    head = f"<!DOCTYPE html><html lang=en><meta charset=utf-8><title>{escape(title)}</title>"
    return Reply(status, HTML, f"{head}<p>{escape(text)}</p></html>".encode("utf-8", "backslashreplace"))


def error_reply(refused: Refused, *headers: tuple[str, str]) -> Reply:
    """Answer an error as OAuth does (RFC 6749, 5.2)."""
    value: Mapping[str, str] = {"error": refused.error, "error_description": refused.description}
    return json_reply(refused.status, value, *headers)
