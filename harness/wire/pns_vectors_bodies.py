"""Bodies that are no plain list of notices: of another form, too long, too deep, packed."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Sequence
from functools import cache
from typing import Final
from urllib.parse import urlencode

from harness.wire.pns_notices import write_body

__all__ = [
    "BOMB", "DEEP", "FORM", "HUGE", "bare", "beside_blanks", "bomb", "deep", "exactly", "form_encoded", "huge",
    "id_token", "many_blanks", "packed", "unnamed",
]  # fmt: skip

FORM: Final = "application/x-www-form-urlencoded"
HUGE: Final = 10 * 1024 * 1024
BOMB: Final = 64 * 1024 * 1024
DEEP: Final = 100_000
BLANKS: Final = 10_000

Body = Callable[[Sequence[str]], bytes]


def exactly(body: bytes) -> Body:
    """Return the maker of a body that holds no token."""
    return lambda tokens: body


def bare(tokens: Sequence[str]) -> bytes:
    """Write the notices as texts, not as objects with ``jwt``."""
    return json.dumps({"notices": list(tokens)}).encode()


def unnamed(tokens: Sequence[str]) -> bytes:
    """Write the array without the object around it."""
    return json.dumps([{"jwt": token} for token in tokens]).encode()


def beside_blanks(tokens: Sequence[str]) -> bytes:
    """Write the notices among elements that are none."""
    blanks: list[object] = [{"jwt": ""}, {"jwt": None}, {}, None, 7]
    return json.dumps({"notices": [*blanks, *({"jwt": token} for token in tokens)]}).encode()


def many_blanks(tokens: Sequence[str]) -> bytes:
    """Write ten thousand blank elements."""
    return json.dumps({"notices": [{"jwt": ""}] * BLANKS}).encode()


def form_encoded(tokens: Sequence[str]) -> bytes:
    """Write what should be JSON as a form."""
    return urlencode([("notices", token) for token in tokens]).encode()


def id_token(tokens: Sequence[str]) -> bytes:
    """Write a token as the answer of an authorization endpoint, as launches arrive."""
    return urlencode([("id_token", tokens[0]), ("state", "none")]).encode()


def huge(tokens: Sequence[str]) -> bytes:
    """Write a body of ten megabytes: one element that is no token."""
    return write_body(["A" * HUGE])


@cache
def _deep() -> bytes:
    return b'{"notices":' + b"[" * DEEP + b"]" * DEEP + b"}"


def deep(tokens: Sequence[str]) -> bytes:
    """Write arrays within arrays, a hundred thousand of them."""
    return _deep()


@cache
def _bomb() -> bytes:
    return gzip.compress(b'{"notices":[' + b" " * BOMB + b"]}", compresslevel=6, mtime=0)


def bomb(tokens: Sequence[str]) -> bytes:
    """Write 64 megabytes of blanks, packed into 64 kilobytes."""
    return _bomb()


def packed(tokens: Sequence[str]) -> bytes:
    """Write a plain body, packed."""
    return gzip.compress(write_body(tokens), mtime=0)
