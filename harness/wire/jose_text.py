"""The texts that signed messages are made of: base64url and JSON, written exactly, read leniently, within bounds."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import Any, Final

__all__ = ["DEPTH_LIMIT", "SIZE_LIMIT", "JoseError", "decode", "encode", "read_object", "shown", "write_object"]

SIZE_LIMIT: Final = 1024 * 1024
"""How many bytes a token or a key set may have."""

DEPTH_LIMIT: Final = 64
"""How deep objects and arrays may be nested."""

_NOTED: Final = 16
_NAME_LENGTH: Final = 64
# What a peer's text may put into our oddities.

_TO_STANDARD: Final = bytes.maketrans(b"-_", b"+/")
_BLANKS: Final = b" \t\r\n"
_STANDARD: Final = re.compile(rb"[A-Za-z0-9+/]*")
_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")


class JoseError(ValueError):
    """A token, key or key set that cannot be read or made: `reason` is the code, `detail` the sentence for a person.

    Codes: ``too-large``, ``not-text``, ``not-compact``, ``not-base64url``, ``not-json``, ``not-an-object``,
    ``too-deep``, ``not-a-key-set``, ``bad-key``, ``bad-alg``.
    """

    def __init__(self, reason: str, detail: str) -> None:
        """Keep the reason code and the sentence."""
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


def encode(data: bytes) -> bytes:
    """Write octets as base64url without padding (RFC 7515, 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def decode(text: bytes, name: str) -> tuple[bytes, tuple[str, ...]]:
    """Read base64url; return the octets, and what was odd about the text, each with `name` behind it.

    Padding, white space, the standard alphabet and bits behind the last octet are read and noted (``padding``,
    ``whitespace``, ``standard-alphabet``, ``trailing-bits``). Raises JoseError ``not-base64url`` for anything else.
    """
    try:
        data = binascii.a2b_base64(text.translate(_TO_STANDARD) + b"=" * (-len(text) % 4))
    except binascii.Error:
        pass
    else:
        if encode(data) == text:  # as in nearly every token
            return data, ()
    return _decode_odd(text, name)


def _decode_odd(text: bytes, name: str) -> tuple[bytes, tuple[str, ...]]:
    odd = []
    bare = text.translate(None, _BLANKS)
    if bare != text:
        odd.append(f"whitespace:{name}")
    stripped = bare.rstrip(b"=")
    if stripped != bare:
        odd.append(f"padding:{name}")
    if b"+" in stripped or b"/" in stripped:
        odd.append(f"standard-alphabet:{name}")
    standard = stripped.translate(_TO_STANDARD)
    if not _STANDARD.fullmatch(standard):
        raise JoseError("not-base64url", f"the {name} holds a character that base64url does not have")
    if len(standard) % 4 == 1:
        raise JoseError("not-base64url", f"the {name} has {len(standard)} characters, which no octets give")
    data = binascii.a2b_base64(standard + b"=" * (-len(standard) % 4))
    if encode(data).translate(_TO_STANDARD) != standard:
        odd.append(f"trailing-bits:{name}")
    return data, tuple(odd)


def write_object(members: Mapping[str, Any]) -> bytes:
    """Write a JSON object in the order of its members, without white space, in ASCII."""
    return json.dumps(members, separators=(",", ":")).encode("ascii")


def read_object(data: bytes, name: str, duplicate: str = "duplicate-member") -> tuple[dict[str, Any], tuple[str, ...]]:
    """Read a JSON object; return its members, and what was odd: ``duplicate-member:NAME`` (the last one wins, at any
    depth), ``byte-order-mark:name``, ``lone-surrogate:name``.

    Raises JoseError ``not-json`` (also for NaN, Infinity and numbers of thousands of digits), ``too-deep`` or
    ``not-an-object``. Source: RFC 8259; RFC 7515, 4 and RFC 7519, 4 for names that occur twice.
    """
    twice: dict[str, None] = {}

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) != len(pairs):
            seen = set()
            for key, _ in pairs:
                if key in seen:
                    twice[f"{duplicate}:{shown(key)}"] = None
                seen.add(key)
        return made

    odd = []
    try:
        text = data.decode("utf-8")
        if text.startswith("\ufeff"):
            odd.append(f"byte-order-mark:{name}")
            text = text[1:]
        value = json.loads(text, object_pairs_hook=members, parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise JoseError("not-json", f"the {name} is not UTF-8: {error.reason} at byte {error.start}") from error
    except RecursionError as error:
        raise JoseError("too-deep", f"the {name} is nested deeper than {DEPTH_LIMIT} levels") from error
    except ValueError as error:
        raise JoseError("not-json", f"the {name} is not JSON: {str(error)[:200]}") from error
    if text.count("{") + text.count("[") > DEPTH_LIMIT and _too_deep(value):
        raise JoseError("too-deep", f"the {name} is nested deeper than {DEPTH_LIMIT} levels")
    if not isinstance(value, dict):
        raise JoseError("not-an-object", f"the {name} is JSON, but not an object")
    if _SURROGATE.search(text) and _has_lone_surrogate(value):
        odd.append(f"lone-surrogate:{name}")
    return value, (*odd, *list(twice)[:_NOTED])


def shown(value: str) -> str:
    """Return a peer's text as it may stand in an oddity: short, and without what no encoding takes."""
    return value[:_NAME_LENGTH].encode("utf-8", "backslashreplace").decode("utf-8")


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON value")


def _too_deep(value: object) -> bool:
    level = [value]
    for _ in range(DEPTH_LIMIT):
        inner: list[object] = []
        for one in level:
            if isinstance(one, dict):
                inner.extend(one.values())
            elif isinstance(one, list):
                inner.extend(one)
        if not inner:
            return False
        level = inner
    return any(isinstance(one, dict | list) for one in level)


def _has_lone_surrogate(value: object) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False
