"""Signed messages, JWS in compact form: read leniently, verified strictly (RFC 7515, RFC 8725).

Keys are in `jose_keys`, sets of them in `jose_keyset`, bad messages in `jose_forge`. Claims are not judged here: they
need a time, and this module knows none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from harness.wire.jose_algorithms import ALGORITHMS, APPROVED, raw_verify
from harness.wire.jose_keys import SigningKey, VerifyingKey
from harness.wire.jose_keyset import KeySet
from harness.wire.jose_text import SIZE_LIMIT, JoseError, decode, read_object

__all__ = [
    "ALGORITHMS",
    "JoseError",
    "Jws",
    "KeySet",
    "Reason",
    "SigningKey",
    "Verdict",
    "VerifyingKey",
    "read",
    "verify",
]

Reason = Literal[
    "",
    "alg-none",
    "alg-symmetric",
    "alg-not-allowed",
    "crit-not-understood",
    "no-kid",
    "unknown-kid",
    "key-type-mismatch",
    "key-alg-mismatch",
    "bad-signature",
    "malformed",
]

_NOT_COMPACT: Final = ("whitespace:", "padding:", "standard-alphabet:", "trailing-bits:")
# Oddities of the writing: the octets are clear, but the text is no compact JWS (RFC 7515, 2 and 5.2).

_SYMMETRIC: Final = ("hs256", "hs384", "hs512")


@dataclass(frozen=True, slots=True)
class Jws:
    """A compact JWS as it came. Equal when the text is.

    `oddities` are codes: ``whitespace:PART``, ``padding:PART``, ``standard-alphabet:PART``, ``trailing-bits:PART``
    (PART is header, payload, signature, or token for what stands around it); ``byte-order-mark:PART``,
    ``lone-surrogate:PART``; ``duplicate-header-member:NAME`` and, of claims, ``duplicate-member:NAME``.
    """

    text: str
    header: Mapping[str, Any] = field(compare=False)
    payload: bytes = field(compare=False)
    signing_input: bytes = field(compare=False, repr=False)
    signature: bytes = field(compare=False, repr=False)
    oddities: tuple[str, ...] = field(compare=False)
    _claims: Mapping[str, Any] | JoseError = field(compare=False, repr=False)

    def claims(self) -> Mapping[str, Any]:
        """Return the payload as a JSON object; of members of one name the last. Raises JoseError when it is none."""
        if isinstance(self._claims, JoseError):
            raise JoseError(self._claims.reason, self._claims.detail)
        return self._claims

    @property
    def compact(self) -> bool:
        """Whether the text is written as a compact JWS is to be written."""
        return not any(odd.startswith(_NOT_COMPACT) for odd in self.oddities)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a signature holds; if not, `reason` is the code. `kid` is what the header names, `thumbprint` the key's
    that was found for it.
    """

    ok: bool
    reason: Reason
    kid: str | None = None
    thumbprint: str | None = None


def read(text: str | bytes) -> Jws:
    """Read a compact JWS, leniently; nothing is verified.

    Raises JoseError, and nothing else, when there is no header or no way to tell its parts: ``too-large``,
    ``not-text``, ``not-compact``, ``not-base64url``, ``not-json``, ``not-an-object``, ``too-deep``.
    """
    if not isinstance(text, str | bytes):
        raise JoseError("not-text", "the token is no text")
    if len(text) > SIZE_LIMIT:
        raise JoseError("too-large", f"the token has {len(text)} characters, at most {SIZE_LIMIT} are read")
    try:
        data = text.encode("ascii") if isinstance(text, str) else text
        whole = data.decode("ascii")
    except UnicodeError as error:
        raise JoseError("not-text", "the token holds a character outside ASCII") from error
    bare = data.strip(b" \t\r\n")
    odd = ["whitespace:token"] if bare != data else []
    parts = bare.split(b".", 5)
    if len(parts) != 3:
        raise JoseError("not-compact", _not_three(bare, len(parts)))
    (head, odd_head), (payload, odd_payload), (signature, odd_signature) = (
        decode(part, name) for part, name in zip(parts, ("header", "payload", "signature"), strict=True)
    )
    header, strange = read_object(head, "header", "duplicate-header-member")
    odd += [*odd_head, *odd_payload, *odd_signature, *strange]
    claims: Mapping[str, Any] | JoseError
    try:
        claims, strange = read_object(payload, "payload")
        odd += strange
    except JoseError as error:
        claims = JoseError(error.reason, error.detail)
    return Jws(whole, header, payload, parts[0] + b"." + parts[1], signature, tuple(odd), claims)


def verify(
    jws: Jws,
    keys: KeySet | Iterable[SigningKey | VerifyingKey],
    *,
    algorithms: Collection[str] = ALGORITHMS,
    without_kid: Literal["refuse", "try-all"] = "refuse",
) -> Verdict:
    """Tell whether the signature holds under the key that the header names.

    Strict: a text that is not written as a compact JWS is ``malformed``, even if its octets would verify. Keys come
    from `keys` alone: ``jwk``, ``jku``, ``x5u`` and ``x5c`` of the header are never looked at, and a refusal for any
    reason but ``bad-signature`` costs no operation on a key. The type of the key and its own ``alg`` must fit the
    header's, so that no public key is taken for a secret. ``use`` is not looked at; it is an oddity of the key.
    `without_kid` "try-all" takes a token without ``kid`` if any key that fits verifies it. A name that several keys
    have is good if one of them verifies. Source: RFC 7515, 4.1 and 5.2; RFC 8725, 3.1 and 3.2; 1EdTech Security
    Framework 1.1 (algorithms, kid).
    """
    header = jws.header
    alg, kid = header.get("alg"), header.get("kid")
    name = kid if isinstance(kid, str) else None
    refusal = _refused_alg(alg, algorithms)
    if refusal:
        return Verdict(False, refusal, name)
    if not jws.compact or ("kid" in header and name is None):
        return Verdict(False, "malformed", name)
    if "crit" in header:  # no extension is understood here, and none may be listed without being understood
        return Verdict(False, "crit-not-understood", name)
    if name is None and without_kid == "refuse":
        return Verdict(False, "no-kid")
    kept = keys if isinstance(keys, KeySet) else KeySet.of(keys)
    candidates = kept.keys if name is None else kept.named(name)
    if not candidates:
        return Verdict(False, "unknown-kid" if name is not None else "no-kid", name)
    algorithm = APPROVED[str(alg)]
    refused: list[tuple[Reason, VerifyingKey]] = []
    for key in candidates:
        if (key.kty, key.crv) != (algorithm.kty, algorithm.curve):
            refused.append(("key-type-mismatch", key))
        elif key.alg is not None and key.alg != algorithm.name:
            refused.append(("key-alg-mismatch", key))
        elif raw_verify(algorithm, key.object, jws.signing_input, jws.signature):
            return Verdict(True, "", name, key.thumbprint)
        else:
            refused.append(("bad-signature", key))
    # Of several refusals the one that came nearest to a verification says most.
    reason, key = next((one for one in refused if one[0] == "bad-signature"), refused[0])
    return Verdict(False, reason, name, key.thumbprint)


def _refused_alg(alg: object, algorithms: Collection[str]) -> Reason:
    if not isinstance(alg, str):
        return "malformed"
    folded = alg.strip().casefold()
    if folded == "none":
        return "alg-none"
    if folded in _SYMMETRIC:
        return "alg-symmetric"
    return "" if alg in algorithms and alg in APPROVED else "alg-not-allowed"


def _not_three(bare: bytes, count: int) -> str:
    if bare.startswith(b"{"):
        return "the token is JSON; a compact JWS is three parts with a dot between"
    if count == 5:
        return "the token has five parts, as an encrypted one has; a compact JWS has three"
    return f"the token has {count if count < 6 else 'more than five'} parts, a compact JWS has three"
