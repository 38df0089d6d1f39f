"""Keys of the sides that we play: made once in a process, so that nobody else can sign in our name."""

from __future__ import annotations

from functools import cache

from harness.wire.jose import SigningKey


@cache
def own_key(name: str) -> SigningKey:
    """Return the key of that name, the same as long as this process lives."""
    key = SigningKey.generate()
    return key.with_kid(f"{name}-{key.thumbprint()[:8]}")
