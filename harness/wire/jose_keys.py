"""Keys that sign and keys that verify, with their key objects made once (RFC 7517, RFC 7518, RFC 7638)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwcrypto import jwk
from jwcrypto.common import JWException

from harness.wire.jose_algorithms import APPROVED, CURVES, Algorithm, PrivateKey, PublicKey, raw_sign
from harness.wire.jose_text import JoseError, decode, encode, shown, write_object

__all__ = ["PRIVATE_MEMBERS", "SigningKey", "VerifyingKey"]

PRIVATE_MEMBERS: Final = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")
"""Members that only the owner of a key may know (RFC 7518, 6.2.2, 6.3.2 and 6.4.1)."""

SAFE_BITS: Final = 2048
"""Fewest bits that the modulus of an RSA key must have (RFC 7518, 3.3)."""

_MOST_BITS: Final = 16384
_MOST_EXPONENT_BITS: Final = 256
# Beyond these a single verification costs so much that a peer could stop us with it.

_KEY_MEMBERS: Final[Mapping[str, tuple[str, ...]]] = {"RSA": ("n", "e"), "EC": ("x", "y")}
_COORDINATE: Final = {made.curve: made.width for made in APPROVED.values() if made.curve}


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """A public key as somebody published it; what was odd about it is kept as codes, with details behind a colon.

    `alg` and `use` are what the document said, None when it said nothing. Equal when what was published is equal.
    """

    kid: str | None
    alg: str | None
    use: str | None
    kty: str
    crv: str | None
    thumbprint: str
    oddities: tuple[str, ...]
    object: PublicKey = field(repr=False, compare=False)
    members: Mapping[str, Any] = field(repr=False, compare=False)

    @classmethod
    def from_jwk(cls, members: Mapping[str, Any]) -> VerifyingKey:
        """Read the members of a JWK, leniently.

        Raises JoseError ``missing-kty``, ``symmetric-key``, ``unknown-kty``, ``unknown-crv`` or ``unusable-key``.
        Oddities: ``missing-kid``, ``missing-alg``, ``missing-use``, ``wrong-type:MEMBER``, ``use-not-sig:USE``,
        ``alg-unfit:ALG`` (not an approved algorithm of this key's type), ``private-member:MEMBER``,
        ``weak-key:BITS``, ``leading-zero:MEMBER``, ``short-coordinate:MEMBER`` and those of reading base64url.
        """
        odd: list[str] = []
        kid, alg, use = (_said(members, name, odd) for name in ("kid", "alg", "use"))
        kty, crv = _kind(members)
        canonical, more = _canonical(members, kty, crv)
        odd += more
        made = _imported(canonical)
        if use not in (None, "sig"):
            odd.append(f"use-not-sig:{shown(use or '')}")
        algorithm = APPROVED.get(alg) if alg is not None else None
        if alg is not None and (algorithm is None or (algorithm.kty, algorithm.curve) != (kty, crv)):
            odd.append(f"alg-unfit:{shown(alg)}")
        odd += [f"private-member:{name}" for name in PRIVATE_MEMBERS if name in members]
        public = made.get_op_key("verify", crv)
        if kty == "RSA" and public.key_size < SAFE_BITS:
            odd.append(f"weak-key:{public.key_size}")
        kept = {name: value for name, value in members.items() if name not in PRIVATE_MEMBERS}
        return cls(kid, alg, use, kty, crv, made.thumbprint(), tuple(odd), public, kept)

    def public(self) -> dict[str, Any]:
        """Return the members as they were published, without any private one."""
        return dict(self.members)

    def public_pem(self) -> bytes:
        """Return the key as PEM, SubjectPublicKeyInfo."""
        return self.object.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key with the name and the algorithm that it signs under; `kid` None makes tokens that name no key.

    Make one by `generate`, `from_pem` or `from_jwk`; the key object is kept. Never shows the key in its repr.
    """

    kid: str | None
    alg: str
    verifying: VerifyingKey = field(repr=False)
    _key: PrivateKey = field(repr=False, compare=False)
    _head: bytes = field(repr=False, compare=False)

    @classmethod
    def generate(cls, alg: str = "RS256", kid: str | None = None, bits: int = SAFE_BITS) -> SigningKey:
        """Make a new key; `bits` counts for RSA alone. RSA takes 40 ms and more: make none on a hot path."""
        algorithm = _algorithm(alg)
        key: PrivateKey
        try:
            if algorithm.kty == "RSA":
                key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
            else:
                key = ec.generate_private_key(_CURVE_CLASSES[str(algorithm.curve)]())
        except ValueError as error:
            raise JoseError("bad-key", f"no key of {bits} bits is made: {error}") from error
        return _signing(key, kid, algorithm)

    @classmethod
    def from_pem(
        cls, pem: str | bytes, kid: str | None = None, alg: str | None = None, *, checked: bool = True
    ) -> SigningKey:
        """Read an unencrypted private key from PEM (PKCS #8, PKCS #1 or SEC 1; text around the armour is allowed).

        Without `alg` it is RS256, or what the curve says. `checked` False leaves out the check that the parts of an
        RSA key fit each other, which takes 50 ms: for keys of our own. Raises JoseError ``bad-key``, ``bad-alg``.
        """
        data = pem.encode("utf-8", "replace") if isinstance(pem, str) else pem
        try:
            key = serialization.load_pem_private_key(data, None, unsafe_skip_rsa_key_validation=not checked)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise JoseError("bad-key", f"the text holds no private key in PEM: {str(error)[:200]}") from error
        if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
            raise JoseError("bad-key", "the key is neither RSA nor of an elliptic curve")
        return _signing(key, kid, _algorithm(alg) if alg is not None else _usual(key))

    @classmethod
    def from_jwk(cls, members: Mapping[str, Any]) -> SigningKey:
        """Read a private key from the members of a JWK; without ``alg`` as `from_pem`.

        Raises JoseError ``bad-key``, ``bad-alg`` or one of `VerifyingKey.from_jwk`.
        """
        kid, alg = members.get("kid"), members.get("alg")
        if not isinstance(kid, str | None) or not isinstance(alg, str | None):
            raise JoseError("bad-key", "kid and alg of a key are strings")
        kty, crv = _kind(members)
        canonical, _ = _canonical(members, kty, crv)
        private = {
            name: value
            for name in PRIVATE_MEMBERS
            if name in members and name not in ("oth", "k") and isinstance(value := members[name], str)
        }
        if "d" not in private:
            raise JoseError("bad-key", "the key has no private member d")
        key = _imported(canonical | private, private=True).get_op_key("sign", crv)
        return _signing(key, kid, _algorithm(alg) if alg is not None else _usual(key))

    def with_kid(self, kid: str | None) -> SigningKey:
        """Return the same key under another name."""
        return _signing(self._key, kid, APPROVED[self.alg])

    def public(self) -> dict[str, Any]:
        """Return the members to publish: kty, kid, alg, use and the public numbers, never a private one."""
        return self.verifying.public()

    def public_pem(self) -> bytes:
        """Return the public half as PEM, SubjectPublicKeyInfo."""
        return self.verifying.public_pem()

    def private_pem(self) -> bytes:
        """Return the private key as PEM, PKCS #8, not encrypted."""
        return self._key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    def thumbprint(self) -> str:
        """Return the SHA-256 thumbprint in base64url (RFC 7638)."""
        return self.verifying.thumbprint

    def signature(self, signing_input: bytes) -> bytes:
        """Sign octets under the key's own algorithm; the signer for `jose_forge.compact`."""
        return raw_sign(APPROVED[self.alg], self._key, signing_input)

    def sign(self, payload: bytes, header: Mapping[str, Any] | None = None) -> str:
        """Return a compact JWS (RFC 7515, 3.1 and 5.1).

        `header` is merged over ``{"alg", "kid", "typ": "JWT"}``; a member of value None is left out. Whatever the
        header then says, the signature is made by this key under its own algorithm.
        """
        head = self._head if not header else encode(write_object(_merged(self, header)))
        signing_input = head + b"." + encode(payload)
        return (signing_input + b"." + encode(self.signature(signing_input))).decode("ascii")


_CURVE_CLASSES: Final[Mapping[str, type[ec.EllipticCurve]]] = {
    "P-256": ec.SECP256R1,
    "P-384": ec.SECP384R1,
    "P-521": ec.SECP521R1,
}


def _merged(key: SigningKey, header: Mapping[str, Any]) -> dict[str, Any]:
    whole = _default_header(key.kid, key.alg) | dict(header)
    return {name: value for name, value in whole.items() if value is not None}


def _default_header(kid: str | None, alg: str) -> dict[str, Any]:
    return {"alg": alg, **({} if kid is None else {"kid": kid}), "typ": "JWT"}


def _algorithm(alg: str) -> Algorithm:
    if alg not in APPROVED:
        raise JoseError("bad-alg", f"{shown(alg)} is none of {', '.join(APPROVED)}")
    return APPROVED[alg]


def _usual(key: PrivateKey) -> Algorithm:
    if isinstance(key, rsa.RSAPrivateKey):
        return APPROVED["RS256"]
    name = next((name for name, made in _CURVE_CLASSES.items() if isinstance(key.curve, made)), None)
    if name is None:
        raise JoseError("bad-key", f"the curve {key.curve.name} belongs to no approved algorithm")
    return APPROVED[CURVES[name]]


def _signing(key: PrivateKey, kid: str | None, algorithm: Algorithm) -> SigningKey:
    usual = _usual(key)
    if (usual.kty, usual.curve) != (algorithm.kty, algorithm.curve):
        raise JoseError("bad-alg", f"a key for {usual.name} cannot sign under {algorithm.name}")
    numbers = jwk.JWK.from_pyca(key.public_key()).export_public(as_dict=True)
    names = ("crv", "x", "y") if algorithm.kty == "EC" else ("n", "e")
    named = {} if kid is None else {"kid": kid}
    public = {"kty": algorithm.kty, **named, "alg": algorithm.name, "use": "sig"}
    verifying = VerifyingKey.from_jwk(public | {name: numbers[name] for name in names})
    head = encode(write_object(_default_header(kid, algorithm.name)))
    return SigningKey(kid, algorithm.name, verifying, key, head)


def _said(members: Mapping[str, Any], name: str, odd: list[str]) -> str | None:
    value = members.get(name)
    if isinstance(value, str):
        return value
    odd.append(f"missing-{name}" if value is None else f"wrong-type:{name}")
    return None


def _kind(members: Mapping[str, Any]) -> tuple[str, str | None]:
    """Return type and curve of a key, or say why it is of no use here."""
    kty = members.get("kty")
    if not isinstance(kty, str):
        raise JoseError("missing-kty", "the key does not say its type")
    if kty == "oct":
        raise JoseError("symmetric-key", "the key is symmetric")
    if kty not in _KEY_MEMBERS:
        raise JoseError("unknown-kty", shown(kty))
    if kty == "RSA":
        return kty, None
    crv = members.get("crv")
    if not isinstance(crv, str) or crv not in CURVES:
        raise JoseError("unknown-crv", shown(str(crv)))
    return kty, crv


def _canonical(members: Mapping[str, Any], kty: str, crv: str | None) -> tuple[dict[str, Any], list[str]]:
    """Return the public members as RFC 7518, 6.2.1 and 6.3.1 write them, and what was odd about their writing."""
    made: dict[str, Any] = {"kty": kty} if crv is None else {"kty": kty, "crv": crv}
    odd: list[str] = []
    for name in _KEY_MEMBERS[kty]:
        value = members.get(name)
        if not isinstance(value, str):
            raise JoseError("unusable-key", f"{name} is not there, or is no string")
        try:
            octets, strange = decode(value.encode("ascii", "replace"), name)
        except JoseError as error:
            raise JoseError("unusable-key", error.detail) from error
        odd += strange
        bare, width = octets.lstrip(b"\0"), _COORDINATE.get(crv or "", 0)
        if 0 < len(octets) < width:
            odd.append(f"short-coordinate:{name}")
        elif len(octets) > max(width, len(bare)):
            odd.append(f"leading-zero:{name}")
        if len(bare) * 8 > (_MOST_EXPONENT_BITS if name == "e" else _MOST_BITS):
            raise JoseError("unusable-key", f"{name} has {len(bare)} octets, which is too many")
        made[name] = encode(bare.rjust(width, b"\0")).decode("ascii")
    return made, odd


def _imported(members: Mapping[str, Any], *, private: bool = False) -> Any:
    """Return a key of jwcrypto whose key objects are made, so that whatever is wrong with the numbers is said here."""
    operation = "sign" if private else "verify"
    try:
        made = jwk.JWK(**members)
        made.get_op_key(operation, members.get("crv"))
    except (JWException, ValueError, TypeError, UnsupportedAlgorithm) as error:
        reason = "bad-key" if private else "unusable-key"
        raise JoseError(reason, f"the numbers make no key: {str(error)[:200]}") from error
    return made
