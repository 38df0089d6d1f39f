"""The approved signature algorithms, on kept key objects: RSA PKCS #1 v1.5 and ECDSA (RFC 7518, 3.3 and 3.4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

__all__ = ["ALGORITHMS", "APPROVED", "CURVES", "Algorithm", "PrivateKey", "PublicKey", "raw_sign", "raw_verify"]

PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

_PKCS1: Final = padding.PKCS1v15()


@dataclass(frozen=True, slots=True)
class Algorithm:
    """One algorithm: what key it takes and what it hashes with. `width` is the octets of r, and of s, of ECDSA."""

    name: str
    kty: str
    digest: hashes.HashAlgorithm
    curve: str | None = None
    width: int = 0


APPROVED: Final[Mapping[str, Algorithm]] = MappingProxyType(
    {
        made.name: made
        for made in (
            Algorithm("RS256", "RSA", hashes.SHA256()),
            Algorithm("RS384", "RSA", hashes.SHA384()),
            Algorithm("RS512", "RSA", hashes.SHA512()),
            Algorithm("ES256", "EC", hashes.SHA256(), "P-256", 32),
            Algorithm("ES384", "EC", hashes.SHA384(), "P-384", 48),
            Algorithm("ES512", "EC", hashes.SHA512(), "P-521", 66),
        )
    }
)
"""The algorithms by name (1EdTech Security Framework 1.1: the approved asymmetric signatures)."""

ALGORITHMS: Final = tuple(APPROVED)
"""Names of the approved algorithms."""

CURVES: Final[Mapping[str, str]] = MappingProxyType(
    {made.curve: made.name for made in APPROVED.values() if made.curve is not None}
)
"""The algorithm that goes with each curve."""


def raw_sign(algorithm: Algorithm, key: PrivateKey, data: bytes) -> bytes:
    """Sign octets; RSA gives as many octets as the modulus has, ECDSA r and s in fixed width."""
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, _PKCS1, algorithm.digest)
    r, s = decode_dss_signature(key.sign(data, ec.ECDSA(algorithm.digest)))
    return r.to_bytes(algorithm.width, "big") + s.to_bytes(algorithm.width, "big")


def raw_verify(algorithm: Algorithm, key: PublicKey, data: bytes, signature: bytes) -> bool:
    """Tell whether a signature over octets is right; a key of another type or curve never makes it so."""
    try:
        if isinstance(key, rsa.RSAPublicKey):
            if algorithm.kty != "RSA":
                return False
            key.verify(signature, data, _PKCS1, algorithm.digest)
            return True
        width = algorithm.width
        # RFC 7518, 3.4: a signature of another length is wrong. An RSA algorithm has width 0, which no curve has.
        if len(signature) != 2 * width or (key.key_size + 7) // 8 != width:
            return False
        r, s = int.from_bytes(signature[:width], "big"), int.from_bytes(signature[width:], "big")
        key.verify(encode_dss_signature(r, s), data, ec.ECDSA(algorithm.digest))
    except (InvalidSignature, ValueError):  # a ValueError says that the key is too small for the digest
        return False
    return True
