"""The platform's key set and its rotation (1EdTech Security Framework 1.0, 6.3 and 6.4; RFC 7517)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from harness.net.listener import Reply
from harness.wire.jose import SigningKey
from mocks.platform.domain import KEYS, StoredKey
from mocks.state.store import Transaction

if TYPE_CHECKING:
    from mocks.platform.platform import Platform


@lru_cache(maxsize=64)
def opened(key: StoredKey) -> SigningKey:
    """Return the key itself; read once."""
    return SigningKey.from_pem(key.pem, key.kid, key.alg, checked=False)


class KeyBehaviour:
    """How keys are published and chosen."""

    settings: Mapping[str, Any]

    def key_set(self, keys: Sequence[StoredKey]) -> dict[str, Any]:
        """Return the key set: every published key with ``kid``, ``alg`` and ``use``, never a private member."""
        return {"keys": [self.published(key) for key in keys if key.published]}

    def published(self, key: StoredKey) -> dict[str, Any]:
        """Return one key as published."""
        return opened(key).public()

    def key_set_headers(self) -> tuple[tuple[str, str], ...]:
        """Return the headers of the key set; ``max-age`` steers how long it is kept (Security Framework 1.0, 6.3)."""
        age = int(self.settings["keys-max-age"])
        return (("Cache-Control", f"public, max-age={age}"),) if age else ()

    def key_set_reply(self, keys: Sequence[StoredKey]) -> Reply:
        """Answer the key set."""
        body = json.dumps(self.key_set(keys)).encode()
        return Reply(200, (("Content-Type", "application/json"), *self.key_set_headers()), body)

    def signing_key(self, keys: Sequence[StoredKey]) -> StoredKey:
        """Return the key that signs now: the last that may."""
        return [key for key in keys if key.signs][-1]

    def rotated(self, keys: Sequence[StoredKey], fresh: StoredKey, *, overlap: bool) -> list[StoredKey]:
        """Return the keys after a rotation: a new one under a new id signs; old ones stay for an overlap, or go.

        (Security Framework 1.0, 6.4: the old key stays published for an overlap; 6.3: no ``kid`` names two keys.)
        """
        kept = [replace(key, signs=False, published=key.published and overlap) for key in keys]
        return [*kept, fresh]


async def rotate(platform: Platform, *, overlap: bool = True) -> StoredKey:
    """Begin to sign with a new key; without overlap what the old ones signed verifies no more."""
    behaviour = platform.behaviour("", "keys")
    async with platform.store.transaction() as tx:
        keys = stored(tx)
        fresh = platform.new_key(len(keys))
        for key in behaviour.rotated(keys, fresh, overlap=overlap):
            tx.put(KEYS, key.kid, key)
    platform.tell("keys-rotated", {"kid": fresh.kid, "overlap": overlap})
    return fresh


def stored(tx: Transaction) -> list[StoredKey]:
    """Return all keys, the oldest first."""
    return list(tx.rows(KEYS))
