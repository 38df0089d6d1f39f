"""Notices as one wants them, right or wrong: a draft says what is written and who signs, a message how it is sent.

A draft is data: it can be changed member by member, said in evidence, and written again. The vectors made of drafts
are in `pns_vectors`, what is expected of them in `pns_oracle`.
"""

from __future__ import annotations

import hashlib
import hmac
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Final, Literal

from harness.wire.jose import SigningKey
from harness.wire.jose_forge import compact
from harness.wire.jose_text import encode
from harness.wire.json_members import Members, dump, members
from harness.wire.lti import CONTEXT
from harness.wire.pns import NOTICE
from harness.wire.pns_notices import write_body
from harness.wire.pns_oracle_body import Post

__all__ = ["SIGNERS", "TEXT_CHANGES", "Draft", "Keyring", "Message", "Post", "Sending", "header_of", "write"]

Signer = Literal["platform", "next", "unpublished", "other-platform", "attacker", "none", "hmac-public"]

SIGNERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "platform": "the key that the platform signs with",
        "next": "the key that the platform signs with after a rotation",
        "unpublished": "a key of the platform that its key set does not hold",
        "other-platform": "the key of another platform",
        "attacker": "a key of nobody whom the tool knows",
        "none": "nobody: the signature is empty",
        "hmac-public": "whoever knows the platform's public key: it is the secret of an HMAC",
    }
)
"""Who may sign, and what the name means."""

_EVENTS: Final = uuid.UUID("6f0d3f0e-4a2f-5d65-9d0b-6a3c0de4f2a7")


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys of the signers by name: ``platform`` at least, the others as they are needed."""

    keys: Mapping[str, SigningKey]

    def key(self, signer: str) -> SigningKey:
        """Return the key that a signer uses; the two without a key of their own go by the platform's.

        Raises KeyError with the name when it is not there.
        """
        return self.keys["platform" if signer in ("none", "hmac-public") else signer]


@dataclass(frozen=True, slots=True)
class Draft:
    """One notice before it is written.

    ``header`` is laid over ``alg``, ``kid`` and ``typ`` of the signer; names of ``without`` are left out then.
    ``named_as`` is the signer whose ``kid`` is written, if another than the one who signs. ``payload`` and ``head``
    are octets that are written instead of claims and header. ``shown`` are claims, or octets, that take the payload's
    place once it is signed, ``shown_head`` octets that take the header's. ``text`` names changes of the finished token,
    of `TEXT_CHANGES`.
    """

    claims: Mapping[str, Any] | Members
    header: Mapping[str, Any] | Members = field(default_factory=dict)
    without: tuple[str, ...] = ()
    signer: Signer = "platform"
    named_as: Signer | None = None
    payload: bytes | None = None
    head: bytes | None = None
    shown: Mapping[str, Any] | Members | bytes | None = None
    shown_head: bytes | None = None
    text: tuple[str, ...] = ()

    def setting(self, **claims: Any) -> Draft:
        """Return the draft with claims of plain names set."""
        return self.having(claims)

    def having(self, claims: Mapping[str, Any]) -> Draft:
        """Return the draft with claims set."""
        return replace(self, claims={**self.mapping, **claims})

    def lacking(self, *names: str) -> Draft:
        """Return the draft without some claims."""
        return replace(self, claims={name: value for name, value in self.mapping.items() if name not in names})

    def notice(self, **values: Any) -> Draft:
        """Return the draft with members of its claim ``notice`` set."""
        return self.having({NOTICE: {**self.mapping[NOTICE], **values}})

    def notice_lacking(self, name: str) -> Draft:
        """Return the draft without one member of its claim ``notice``."""
        kept = {key: value for key, value in self.mapping[NOTICE].items() if key != name}
        return self.having({NOTICE: kept})

    @property
    def mapping(self) -> Mapping[str, Any]:
        """The claims as a mapping; a draft whose names occur twice has none, and raises TypeError."""
        if isinstance(self.claims, Members):
            raise TypeError("the claims of this draft are members in order, and no mapping")
        return self.claims

    def again(self, number: int = 1) -> Draft:
        """Return the same event in a new JWT: another nonce, all else alike."""
        return self.setting(nonce=_derived(self.mapping.get("nonce"), f"again {number}"))

    def another(self, number: int) -> Draft:
        """Return another event of the same kind: notice id and nonce are new, and the destination context too.

        All follow from the draft's own and the number, so that a run can be repeated.
        """
        fresh = {"nonce": _derived(self.mapping.get("nonce"), f"another {number}")}
        found = self.notice(id=_derived(self.mapping[NOTICE].get("id"), f"another {number}")).having(fresh)
        context = self.mapping.get(CONTEXT)
        if isinstance(context, Mapping) and isinstance(context.get("id"), str):
            found = found.having({CONTEXT: {**context, "id": f"{context['id']}-{number}"}})
        return found


def _derived(of: object, how: str) -> str:
    return str(uuid.uuid5(_EVENTS, f"{of} {how}"))


def write(draft: Draft, keyring: Keyring) -> str:
    """Return the compact JWS of a draft. Raises KeyError when the signer has no key in the ring."""
    key = keyring.key(draft.signer)
    payload = draft.payload if draft.payload is not None else dump(draft.claims)
    head = draft.head if draft.head is not None else dump(header_of(draft, keyring))
    token = compact(head, payload, _signature(draft.signer, key))
    if draft.shown is not None or draft.shown_head is not None:
        shown = payload if draft.shown is None else draft.shown if isinstance(draft.shown, bytes) else dump(draft.shown)
        first = head if draft.shown_head is None else draft.shown_head
        token = ".".join((encode(first).decode("ascii"), encode(shown).decode("ascii"), token.rpartition(".")[2]))
    for name in draft.text:
        token = TEXT_CHANGES[name](token)
    return token


def header_of(draft: Draft, keyring: Keyring) -> Members:
    """Return the header that a draft is written with."""
    signer = draft.named_as or draft.signer
    key = keyring.key(signer)
    alg = {"none": "none", "hmac-public": "HS256"}.get(draft.signer, keyring.key(draft.signer).alg)
    own: list[tuple[str, Any]] = [("alg", alg), *([("kid", key.kid)] if key.kid is not None else []), ("typ", "JWT")]
    over = members(draft.header)
    kept = [pair for pair in own if pair[0] not in over]
    return Members(tuple(pair for pair in (*kept, *over.pairs) if pair[0] not in draft.without))


def _signature(signer: str, key: SigningKey) -> Callable[[bytes], bytes] | None:
    if signer == "none":
        return None
    if signer == "hmac-public":
        secret = key.public_pem()
        return lambda data: hmac.digest(secret, data, hashlib.sha256)
    return key.signature


# --- changes of the finished text -----------------------------------------------------------------------------------


def _turned(text: str) -> str:
    """Turn the first bits of the signature."""
    head, payload, signature = text.rsplit(".", 2)
    return f"{head}.{payload}.{'B' if signature[:1] == 'A' else 'A'}{signature[1:]}"


def _padded(text: str) -> str:
    return ".".join(part + "=" * (-len(part) % 4) for part in text.split("."))


TEXT_CHANGES: Final[Mapping[str, Callable[[str], str]]] = MappingProxyType(
    {
        "no-signature-part": lambda text: text.rpartition(".")[0],
        "empty-signature": lambda text: text.rpartition(".")[0] + ".",
        "turned-signature": _turned,
        "cut-signature": lambda text: text[:-8],
        "padded": _padded,
        "spaced": lambda text: f" \n{text}\n",
        "standard-alphabet": lambda text: text.replace("-", "+").replace("_", "/"),
        "fourth-part": lambda text: text + ".e30",
    }
)
"""Changes of a compact text by name."""


# --- messages -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sending:
    """One POST: its drafts, and how the body is made of their tokens."""

    drafts: tuple[Draft, ...] = ()
    body: Callable[[Sequence[str]], bytes] = write_body
    content_type: str = "application/json"
    encoding: str = ""
    to: Literal["notices", "launch"] = "notices"


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent for one vector: one POST, or several one after the other."""

    sendings: tuple[Sending, ...]

    @classmethod
    def of(cls, *drafts: Draft) -> Message:
        """Return the message of one plain POST that holds all of them."""
        return cls((Sending(drafts),))

    @property
    def drafts(self) -> tuple[Draft, ...]:
        """All drafts in order."""
        return tuple(draft for sending in self.sendings for draft in sending.drafts)

    def posts(self, keyring: Keyring) -> tuple[Post, ...]:
        """Write everything. A draft that stands in several POSTs is written once: it is the same JWT there."""
        texts = {id(draft): write(draft, keyring) for draft in _distinct(self.drafts)}
        return tuple(
            Post(one.body([texts[id(draft)] for draft in one.drafts]), one.content_type, one.encoding, one.to)
            for one in self.sendings
        )


def _distinct(drafts: Iterable[Draft]) -> Iterable[Draft]:
    return {id(draft): draft for draft in drafts}.values()
