"""Signed messages with Python's integers alone: RS256 (RFC 7515; PKCS #1 v1.5 padding by RFC 8017, 9.2), and key sets.

What is signed by a key of this file's neighbour `lti_tool_key.json` proves nothing: that key is published with it.
"""

import hashlib
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hmac import compare_digest
from pathlib import Path
from typing import Any

PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")
"""What says that a SHA-256 hash follows (RFC 8017, 9.2, notes)."""
LETTERS = re.compile(r"[A-Za-z0-9_-]*")


class Unreadable(ValueError):
    """Something that is no signed message or no key; the message says why and repeats nothing of it."""


def encode(data: bytes) -> str:
    """Write base64url without padding."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """Read base64url without padding."""
    if not LETTERS.fullmatch(text) or len(text) % 4 == 1:
        raise Unreadable("no base64url")
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def number(value: object) -> int:
    """Read a number of a key."""
    if not isinstance(value, str):
        raise Unreadable("no number")
    return int.from_bytes(decode(value), "big")


def members(data: bytes) -> dict[str, Any]:
    """Read a JSON object."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        raise Unreadable("no JSON") from None
    if not isinstance(found, dict):
        raise Unreadable("no JSON object")
    return found


def padded(message: bytes, size: int) -> bytes:
    """Return the block that is signed: 00 01 FF .. FF 00, and the hash (RFC 8017, 9.2)."""
    told = PREFIX + hashlib.sha256(message).digest()
    return b"\x00\x01" + b"\xff" * (size - len(told) - 3) + b"\x00" + told


@dataclass(frozen=True)
class Key:
    """A public RSA key: modulus and exponent."""

    n: int
    e: int

    @property
    def size(self) -> int:
        """The length of the modulus in bytes."""
        return (self.n.bit_length() + 7) // 8

    def verifies(self, message: bytes, signature: bytes) -> bool:
        """Whether this key's owner has signed: the block is made anew and compared, never parsed."""
        if len(signature) != self.size:
            return False
        opened = pow(int.from_bytes(signature, "big"), self.e, self.n).to_bytes(self.size, "big")
        return compare_digest(opened, padded(message, self.size))


@dataclass(frozen=True)
class Signer:
    """A private key with its name, from a file that holds it as a JWK."""

    key: Key
    d: int
    kid: str

    @staticmethod
    def read(path: Path) -> "Signer":
        """Read the file."""
        found = members(path.read_bytes())
        return Signer(Key(number(found["n"]), number(found["e"])), number(found["d"]), str(found["kid"]))

    def sign(self, claims: Mapping[str, Any]) -> str:
        """Write a signed message."""
        header = {"alg": "RS256", "kid": self.kid, "typ": "JWT"}
        message = ".".join(encode(json.dumps(part).encode()) for part in (header, claims))
        block = int.from_bytes(padded(message.encode(), self.key.size), "big")
        signature = pow(block, self.d, self.key.n).to_bytes(self.key.size, "big")
        return f"{message}.{encode(signature)}"

    def published(self) -> dict[str, Any]:
        """Return the key set that others verify with."""
        n, e = (encode(one.to_bytes((one.bit_length() + 7) // 8, "big")) for one in (self.key.n, self.key.e))
        return {"keys": [{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid, "n": n, "e": e}]}


@dataclass(frozen=True)
class Message:
    """A signed message as it came; nothing of it is verified yet."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    signed: bytes
    signature: bytes

    @staticmethod
    def read(text: object) -> "Message":
        """Take a message apart."""
        parts = text.split(".") if isinstance(text, str) and text.isascii() else []
        if len(parts) != 3:
            raise Unreadable("not three parts")
        header, claims, signature = (decode(part) for part in parts)
        return Message(members(header), members(claims), ".".join(parts[:2]).encode(), signature)


def read_keys(data: bytes) -> dict[str, Key]:
    """Read a key set: the RSA keys of at least 2048 bits that may sign by RS256, by name."""
    listed = members(data).get("keys")
    found: dict[str, Key] = {}
    for one in listed if isinstance(listed, list) else ():
        if not isinstance(one, dict) or one.get("kty") != "RSA" or not isinstance(one.get("kid"), str):
            continue
        if one.get("alg", "RS256") != "RS256" or one.get("use", "sig") != "sig":
            continue
        try:
            key = Key(number(one.get("n")), number(one.get("e")))
        except Unreadable:
            continue
        if 2048 <= key.n.bit_length() <= 8192 and 3 <= key.e < 2**33:
            found[one["kid"]] = key
    return found
