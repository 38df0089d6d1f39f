"""Tokens that nobody should accept, and the bare making of any token: for attacks in suites and tampering by hand."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from typing import Any

from harness.wire.jose_text import encode, write_object

__all__ = ["compact", "hs256_with_public_key", "unsigned"]


def compact(header: Mapping[str, Any] | bytes, payload: bytes, signer: Callable[[bytes], bytes] | None = None) -> str:
    """Put a compact JWS together from any header, even octets that are no JSON, and whatever `signer` returns.

    `signer` is given the signing input (RFC 7515, 5.1), as `SigningKey.signature` is; None leaves the third part
    empty.
    """
    head = header if isinstance(header, bytes) else write_object(header)
    signing_input = encode(head) + b"." + encode(payload)
    signature = b"" if signer is None else signer(signing_input)
    return (signing_input + b"." + encode(signature)).decode("ascii")


def unsigned(header: Mapping[str, Any] | None, payload: bytes, *, alg: str = "none") -> str:
    """Return a token of algorithm ``none`` (RFC 7515, A.5), spelled as asked: some verifiers know one spelling only."""
    return compact({**({"typ": "JWT"} if header is None else header), "alg": alg}, payload)


def hs256_with_public_key(header: Mapping[str, Any] | None, payload: bytes, public_pem: bytes) -> str:
    """Return a token whose HMAC has the public key's PEM as its secret.

    A verifier that takes the algorithm from the header and the key from its configuration accepts it (RFC 8725, 2.1).
    """
    merged = {**({"typ": "JWT"} if header is None else header), "alg": "HS256"}
    return compact(merged, payload, lambda data: hmac.digest(public_pem, data, hashlib.sha256))
