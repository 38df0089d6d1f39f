"""What header and signature of a notice ask of a right receiver (RFC 7515; 1EdTech Security Framework 1.0, 5.1.3, 5.4).

A signature of the platform's published key over what came makes a notice authentic, however oddly it is written; an
authentic notice with a flaw of form alone is in doubt, one that is not authentic is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from harness.wire.jose import VerifyingKey
from harness.wire.jose_algorithms import APPROVED, raw_verify
from harness.wire.jose_text import JoseError, decode, encode
from harness.wire.json_members import Members, NotRead, load
from harness.wire.pns_oracle_model import DOUBT, Finding, Knowledge, Registration

__all__ = ["KEY_SOURCES", "Token", "signature_findings", "take_apart", "unread_findings"]

KEY_SOURCES: Final = ("jku", "jwk", "x5u", "x5c")
"""Header members that name a key; a receiver never follows them (1EdTech Security Framework 1.0, 5.4)."""

SURELY_READ: Final = 65_536
"""Characters of a token that every receiver reads; limits of size are said nowhere."""

_SEC: Final = "1EdTech Security Framework 1.0, "
_SYMMETRIC: Final = re.compile(r"hs\d+")
_FOREIGN: Final = re.compile(rb"[^A-Za-z0-9_+/=-]")


@dataclass(frozen=True, slots=True)
class Token:
    """A token taken apart. ``header`` and ``claims`` are as `json_members.load` gives them, or why they are not."""

    header: Any
    claims: Any
    inputs: tuple[bytes, ...]
    signature: bytes
    doubts: tuple[Finding, ...] = ()

    def signed_by(self, key: VerifyingKey, alg: str) -> bool:
        """Whether the signature is that of the key under the algorithm, over the text as it came or as it means."""
        algorithm = APPROVED[alg]
        return any(raw_verify(algorithm, key.object, data, self.signature) for data in self.inputs)

    def authentic(self, keys: Iterable[VerifyingKey]) -> bool:
        """Whether any of the keys made the signature, under any approved algorithm."""
        return any(self.signed_by(key, alg) for key in keys for alg in APPROVED)


def take_apart(text: str) -> Token | Finding:
    """Read a token as the most lenient receiver might; what nobody can read is refused at once."""
    data = text.encode("utf-8", "replace")
    bare = data.strip()
    parts = bare.split(b".")
    if len(parts) != 3:
        return _bad("RFC 7515, 7.1", "the token has not three parts, as a signed one has")
    octets, odd = [], bare != data
    for name, part in zip(("header", "payload", "signature"), parts, strict=True):
        try:
            read, strange = decode(part, name)
        except JoseError:
            try:
                read, strange = decode(_FOREIGN.sub(b"", part), name)
            except JoseError as error:
                return _bad("RFC 7515, 5.2", error.detail)
            odd = True
        octets.append(read)
        odd = odd or bool(strange)
    head, payload, signature = octets
    inputs = dict.fromkeys((parts[0] + b"." + parts[1], encode(head) + b"." + encode(payload)))
    doubts = []
    if odd:
        why = "the token is not written as a compact JWS is, but its octets are clear"
        doubts.append(Finding("either", "form", "RFC 7515, 2", why))
    if len(bare) > SURELY_READ:
        doubts.append(Finding("either", "form", DOUBT, f"the token has more than {SURELY_READ} characters"))
    return Token(_loaded(head), _loaded(payload), tuple(inputs), signature, tuple(doubts))


def _loaded(data: bytes) -> Any:
    try:
        return load(data)
    except NotRead as error:
        return error


def _bad(rule: str, why: str, row: str = "PNS-RECV-01", step: str = "signature") -> Finding:
    return Finding("refuse", step, rule, why, row, "MUST")


def unread_findings(token: Token, knowledge: Knowledge) -> Iterator[Finding]:
    """Judge a token of which header or payload cannot be read as an object: no registration can be chosen."""
    keys = [key for one in knowledge.registrations for key in (*one.keys.keys, *one.withdrawn.keys)]
    if not token.authentic(keys):
        yield _bad(_SEC + "5.1.3 (1)", "no known platform made the signature")
        return
    for name, tree, rule, row in (
        ("header", token.header, "RFC 7515, 5.2", "PNS-RECV-01"),
        ("payload", token.claims, "RFC 7519, 7.2", "PNS-RECV-09"),
    ):
        if not isinstance(tree, NotRead | Members):
            yield _bad(rule, f"the {name} is JSON, but no object", row, "form")
        elif isinstance(tree, NotRead) and tree.lenient:
            yield Finding("either", "form", DOUBT, f"the {name} is {tree}; not every parser sees it so")
        elif isinstance(tree, NotRead):
            yield _bad(rule, f"the {name} is {tree}", row, "form")


def signature_findings(
    token: Token, header: Mapping[str, Any], registration: Registration | None, knowledge: Knowledge
) -> Iterator[Finding]:
    """Judge algorithm, key name and signature, then what else the header holds."""
    alg = header.get("alg")
    folded = alg.strip().casefold() if isinstance(alg, str) else ""
    if folded == "none":
        yield _bad(_SEC + "5.4; RFC 8725, 3.2", "alg is none", "PNS-RECV-02", "algorithm")
    elif _SYMMETRIC.fullmatch(folded):
        why = "alg is symmetric: the secret could only be what everybody can read"
        yield _bad(_SEC + "5.4; RFC 8725, 3.1", why, "PNS-RECV-02", "algorithm")
    elif "kid" not in header:
        rule = "LTI Advantage Conformance Certification Guide 1.3, 6.1.1"
        yield _bad(rule, "the header names no key", "PNS-RECV-03", "key")
    elif registration is not None:
        yield from _by_key(token, header, registration, knowledge)
    yield from _other_members(header)


def _by_key(
    token: Token, header: Mapping[str, Any], registration: Registration, knowledge: Knowledge
) -> Iterator[Finding]:
    """Find the key and verify with it; keys that the header itself brings are never looked at."""
    kid = header["kid"]
    keys = registration.keys.named(kid) if isinstance(kid, str) else ()
    if not isinstance(kid, str) and token.authentic(registration.keys.keys):
        yield Finding("either", "key", "RFC 7515, 4.1.4", "kid is no text, but the platform's key made the signature")
        return
    named = [one for one in KEY_SOURCES if one in header]
    if not keys:
        withdrawn = registration.withdrawn.named(kid) if isinstance(kid, str) else ()
        if token.authentic(withdrawn):
            why = "the key was withdrawn: a receiver may still hold the key set that it fetched before"
            yield Finding("either", "key", _SEC + "6.4", why)
        else:
            yield _unknown_key(token, registration, knowledge, named)
    elif not token.authentic(keys):
        if named:
            why = f"the key that {', '.join(named)} names is not the platform's"
            yield _bad(_SEC + "5.4", why, "PNS-RECV-12", "key")
        elif token.authentic(_others(registration, knowledge)):
            yield _bad(_SEC + "5.1.3 (1)", "another platform made the signature", "PNS-RECV-18")
        else:
            yield _bad(_SEC + "5.1.3 (1)", "the signature is not that of the named key over what came")
    else:
        yield from _algorithm(token, header, keys)
        if isinstance(kid, str) and kid in registration.fresh:
            why = "the key is published since a short time: taken after the key set was fetched again"
            yield Finding("accept", "key", _SEC + "6.4", why, "PNS-RECV-13", "SHOULD")


def _unknown_key(token: Token, registration: Registration, knowledge: Knowledge, named: list[str]) -> Finding:
    if named:
        why = f"the platform publishes no key of that kid, and what {', '.join(named)} names is not looked at"
        return _bad(_SEC + "5.4", why, "PNS-RECV-12", "key")
    if token.authentic(_others(registration, knowledge)):
        return _bad(_SEC + "5.1.3 (1)", "the key is that of another platform", "PNS-RECV-18", "key")
    rule = "LTI Advantage Conformance Certification Guide 1.3, 6.1.1"
    return _bad(rule, "the platform publishes no key of that kid", "PNS-RECV-03", "key")


def _others(registration: Registration, knowledge: Knowledge) -> list[VerifyingKey]:
    return [key for one in knowledge.registrations if one.issuer != registration.issuer for key in one.keys.keys]


def _algorithm(token: Token, header: Mapping[str, Any], keys: Iterable[VerifyingKey]) -> Iterator[Finding]:
    """Judge the algorithm that an authentic notice names."""
    alg = header.get("alg")
    if not isinstance(alg, str) or alg not in APPROVED or not any(token.signed_by(key, alg) for key in keys):
        why = "the platform's key made the signature, but not under the algorithm that the header names"
        yield Finding("either", "algorithm", "RFC 7515, 5.2; RFC 8725, 3.1", why)
    elif alg != "RS256":
        why = "a receiver need not know another algorithm than RS256"
        yield Finding("either", "algorithm", _SEC + "5.1.3 (6)", why)
    elif not any(key.alg in (None, alg) for key in keys):
        yield Finding("either", "algorithm", "RFC 7517, 4.4", "the key set gives the key to another algorithm")


def _other_members(header: Mapping[str, Any]) -> Iterator[Finding]:
    """Judge what the header says beside algorithm and key."""
    for name, value in header.items():
        if name in ("alg", "kid"):
            continue
        if name in KEY_SOURCES:
            why = f"{name} is there: a receiver ignores it or refuses the notice, and never follows it"
            yield Finding("either", "header", _SEC + "5.4", why)
        elif name == "typ":
            if value != "JWT":
                yield Finding("either", "header", "RFC 7519, 5.1", "typ is another than JWT")
        else:
            rule = "RFC 7515, 4.1.11" if name == "crit" else "RFC 7515, 4"
            yield Finding("either", "header", rule, f"the header has a member {name[:40]}, which nobody needs")
