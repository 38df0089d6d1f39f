"""Sets of public keys: read leniently from a peer's document, written exactly (RFC 7517, 5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from harness.wire.jose_keys import SigningKey, VerifyingKey
from harness.wire.jose_text import SIZE_LIMIT, JoseError, read_object, shown

__all__ = ["KEYS_LIMIT", "KeySet"]

KEYS_LIMIT: Final = 100
"""How many keys of a set are read."""


@dataclass(frozen=True, slots=True)
class KeySet:
    """The keys of a set that can verify, in order, with their key objects made.

    `oddities` are codes with the position of the key: ``missing-kid:0``, ``private-member:1:d``,
    ``duplicate-kid:2:KID``, ``unknown-kty:3:OKP``. See `parse` for all.
    """

    keys: tuple[VerifyingKey, ...]
    oddities: tuple[str, ...] = ()
    _by_kid: Mapping[str, tuple[VerifyingKey, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_kid: dict[str, tuple[VerifyingKey, ...]] = {}
        for key in self.keys:
            if key.kid is not None:
                by_kid[key.kid] = (*by_kid.get(key.kid, ()), key)
        object.__setattr__(self, "_by_kid", by_kid)

    @classmethod
    def of(cls, keys: Iterable[SigningKey | VerifyingKey]) -> KeySet:
        """Return the set of the public halves of keys."""
        return cls(tuple(key.verifying if isinstance(key, SigningKey) else key for key in keys))

    @classmethod
    def parse(cls, document: str | bytes | Mapping[str, Any]) -> KeySet:
        """Read a key set, leniently: a key that is of no use here is left out and noted.

        Raises JoseError when the document is no JSON object (codes of `read_object`, ``too-large``) or has no array
        ``keys`` (``not-a-key-set``). Oddities, with the position of the key behind the code: those of
        `VerifyingKey.from_jwk`, the reasons for which it refuses a key (``missing-kty``, ``symmetric-key``,
        ``unknown-kty``, ``unknown-crv``, ``unusable-key``), ``not-an-object``, ``duplicate-kid``; without a
        position: ``empty-set``, ``too-many-keys:COUNT``, ``duplicate-member:NAME`` and the others of `read_object`.
        Source: RFC 7517, 5: a key of unknown type is ignored; 4.5: keys of one set have distinct names.
        """
        odd: list[str] = []
        if not isinstance(document, Mapping):
            if not isinstance(document, str | bytes):
                raise JoseError("not-an-object", "the key set is JSON, but not an object")
            data = document.encode("utf-8", "replace") if isinstance(document, str) else document
            if len(data) > SIZE_LIMIT:
                raise JoseError("too-large", f"the key set has {len(data)} bytes, at most {SIZE_LIMIT} are read")
            document, strange = read_object(data, "key set")
            odd += strange
        listed = document.get("keys")
        if not isinstance(listed, list | tuple):
            raise JoseError("not-a-key-set", "the document has no array named keys")
        if not listed:
            odd.append("empty-set")
        if len(listed) > KEYS_LIMIT:
            odd.append(f"too-many-keys:{len(listed)}")
        keys = []
        names: set[str] = set()
        for at, members in enumerate(listed[:KEYS_LIMIT]):
            if not isinstance(members, Mapping):
                odd.append(f"not-an-object:{at}")
                continue
            kid = members.get("kid")
            if isinstance(kid, str):
                if kid in names:
                    odd.append(f"duplicate-kid:{at}:{shown(kid)}")
                names.add(kid)
            try:
                key = VerifyingKey.from_jwk(members)
            except JoseError as error:
                odd.append(f"{error.reason}:{at}:{error.detail}")
                continue
            keys.append(key)
            for code in key.oddities:
                name, _, detail = code.partition(":")
                odd.append(f"{name}:{at}:{detail}" if detail else f"{name}:{at}")
        return cls(tuple(keys), tuple(odd))

    def find(self, kid: str) -> VerifyingKey | None:
        """Return the first key of that name."""
        return next(iter(self.named(kid)), None)

    def named(self, kid: str) -> tuple[VerifyingKey, ...]:
        """Return all keys of that name: one, in a set that is right."""
        return self._by_kid.get(kid, ())

    def document(self) -> dict[str, Any]:
        """Return the document to publish, without any private member."""
        return {"keys": [key.public() for key in self.keys]}
