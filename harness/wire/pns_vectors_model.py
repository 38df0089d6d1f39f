"""What a vector is: one way to be wrong, or to be right in an unusual way, with what is to be known to make it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal

from harness.wire.jose import KeySet
from harness.wire.pns_forging import Draft, Keyring, Message
from harness.wire.pns_oracle_model import Knowledge

__all__ = [
    "ALGORITHM", "AUDIENCE", "CONFUSION", "CRASH", "EXPIRY", "KEY", "LOAD", "MISSING", "ORIGIN", "REPLAY", "SETUPS",
    "SIGNATURE", "TENANT", "TWICE", "About", "Setup", "Vector", "prepared",
]  # fmt: skip

SIGNATURE: Final = "CWE-347 signature not verified"
ALGORITHM: Final = "CWE-327 algorithm chosen by the attacker"
KEY: Final = "CWE-290 key not that of the platform"
ORIGIN: Final = "CWE-346 origin not validated"
AUDIENCE: Final = "CWE-345 meant for another tool"
EXPIRY: Final = "CWE-613 lifetime not limited"
REPLAY: Final = "CWE-294 replay"
TWICE: Final = "CWE-837 action done more than once"
MISSING: Final = "CWE-1287 form not validated"
TENANT: Final = "CWE-639 effect on another customer"
CONFUSION: Final = "CWE-843 token of another kind"
CRASH: Final = "CWE-755 error not handled"
LOAD: Final = "CWE-770 resources not limited"
# Weaknesses in the words of the Common Weakness Enumeration, short enough for a table.

Setup = Literal["rotate", "withdraw", "remove-handler"]

SETUPS: Final[Mapping[str, str]] = {
    "rotate": "the platform publishes the key of the signer `next` just before",
    "withdraw": "the platform publishes the key of `next` alone just before; the key of `platform` is gone",
    "remove-handler": "the tool has removed its handler before",
}
"""What happens before the message is sent."""


@dataclass(frozen=True, slots=True)
class About:
    """What the makers of vectors are told beside the sound draft.

    ``foreign_deployment`` is one that the tool does not know for this client; ``other_issuer`` the name of a platform
    that it does not know. ``lure`` is a URL of ours with the attacker's key set, which nobody should fetch,
    ``attacker_key`` that key as a JWK. ``launch`` are the claims of a launch's id_token that the same tool would
    accept.
    """

    client_id: str
    issuer: str
    now: datetime
    foreign_deployment: str
    launch: Mapping[str, Any]
    attacker_key: Mapping[str, Any]
    other_issuer: str = "https://unknown-platform.example"
    foreign_audience: str = "another-client"
    lure: str = "https://attacker.example/keys.json"

    @property
    def seconds(self) -> int:
        """The present time as a NumericDate."""
        return int(self.now.timestamp())


@dataclass(frozen=True, slots=True)
class Vector:
    """One vector. ``name`` is what a person types, ``sentence`` says what is sent, ``threat`` what it is to prove.

    ``threat`` begins with the number of a weakness of the Common Weakness Enumeration, or is empty for a message
    that is right. ``make`` returns what is sent, of a sound draft; ``setup`` what happens before.
    """

    id: str
    name: str
    sentence: str
    threat: str
    make: Callable[[Draft, About], Message]
    setup: Setup | None = None


def prepared(knowledge: Knowledge, setup: Setup | None, keyring: Keyring) -> Knowledge:
    """Return what is known once a vector's setup has happened to the first registration."""
    first, *others = knowledge.registrations
    if setup in ("rotate", "withdraw"):
        new = keyring.key("next").verifying
        fresh = frozenset(() if new.kid is None else (new.kid,))
        if setup == "rotate":
            first = replace(first, keys=KeySet((*first.keys.keys, new)), fresh=fresh)
        else:
            first = replace(first, keys=KeySet((new,)), fresh=fresh, withdrawn=first.keys)
    elif setup == "remove-handler":
        first = replace(first, types=frozenset())
    return replace(knowledge, registrations=(first, *others))
