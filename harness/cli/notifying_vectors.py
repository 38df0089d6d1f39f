"""Forged notices by name: what is sent for a vector, which keys are published meanwhile, and what is expected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import click

from harness.wire.jose import KeySet, SigningKey
from harness.wire.lti import ROLE_INSTRUCTOR, launch_claims
from harness.wire.pns_forging import SIGNERS, Draft, Keyring, Post
from harness.wire.pns_oracle import Knowledge, Registration
from harness.wire.pns_oracle_body import expected_posts
from harness.wire.pns_vectors import VECTORS, About, Vector, by_name
from harness.wire.pns_vectors_model import prepared

LURE = "/attacker/jwks"
"""Where the attacker's key set is: nobody should fetch it."""


def chosen(names: Sequence[str]) -> list[Vector]:
    """Return vectors by name or id, ``all`` for all of them; UsageError gives the nearest name."""
    from harness.judging.nearest import nearest

    found: dict[str, Vector] = {}
    for name in names:
        try:
            made = list(VECTORS.values()) if name == "all" else [by_name(name)]
        except KeyError:
            known = [one.name for one in VECTORS.values()]
            raise click.UsageError(f"--tamper {name!r}: {nearest(name, known)}") from None
        found |= {one.id: one for one in made}
    return list(found.values())


@dataclass(slots=True)
class LazyKeys(Mapping[str, SigningKey]):
    """The keys of all signers, made when they are first used: each costs some time."""

    platform: SigningKey
    _made: dict[str, SigningKey] = field(default_factory=dict)

    def __getitem__(self, signer: str) -> SigningKey:
        if signer == "platform":
            return self.platform
        if signer not in SIGNERS:
            raise KeyError(signer)
        if signer not in self._made:
            self._made[signer] = SigningKey.generate("RS256", f"{self.platform.kid}-{signer}")
        return self._made[signer]

    def __iter__(self) -> Iterator[str]:
        return iter(SIGNERS)

    def __len__(self) -> int:
        return len(SIGNERS)


@dataclass(frozen=True, slots=True)
class Forged:
    """What is sent for a vector: its POSTs, the keys that are published then, and what a right receiver does.

    ``expected`` and ``notices``, how many there are, stand for each POST.
    """

    posts: tuple[Post, ...]
    published: KeySet
    expected: tuple[str, ...]
    notices: tuple[int, ...]


@dataclass(slots=True)
class Forger:
    """Makes what is sent for vectors, from the claims of a right notice."""

    keys: LazyKeys
    issuer: str
    client_id: str
    deployment: str
    base: str
    has_typ: bool = True

    def forged(self, vector: Vector, claims: Mapping[str, Any], now: datetime) -> Forged:
        """Return what is sent for a vector; UsageError when notices of this type cannot be forged so."""
        keyring = Keyring(self.keys)
        sound = Draft(claims, without=() if self.has_typ else ("typ",))
        try:
            posts = vector.make(sound, self._about(now)).posts(keyring)
        except (KeyError, TypeError):
            raise click.UsageError(f"--tamper {vector.name}: not for this type; use --type context-copy") from None
        keys = KeySet((self.keys.platform.verifying,))
        own = Registration(self.issuer, self.client_id, frozenset((self.deployment,)), keys)
        known = prepared(Knowledge((own,), now), vector.setup, keyring)
        bodies = expected_posts(posts, known)
        expected = tuple(_kinds([one.outcome for one in body.expectations]) for body in bodies)
        return Forged(posts, known.registrations[0].keys, expected, tuple(len(body.elements) for body in bodies))

    def _about(self, now: datetime) -> About:
        launch = launch_claims(
            iss=self.issuer, aud=self.client_id, sub="user-1", nonce=f"launch-{now.timestamp()}", now=now, lifetime=600,
            deployment_id=self.deployment, target_link_uri=f"{self.base}/target", resource_link={"id": "link-1"},
            roles=[ROLE_INSTRUCTOR],
        )  # fmt: skip
        return About(
            self.client_id, self.issuer, now, f"not-{self.deployment}", launch, self.keys["attacker"].public(),
            lure=self.base + LURE,
        )  # fmt: skip


def _kinds(outcomes: Sequence[str]) -> str:
    """Return outcomes, those that are alike together."""
    counted = {one: outcomes.count(one) for one in dict.fromkeys(outcomes)}
    return ", ".join(one if count == 1 else f"{one} ×{count}" for one, count in counted.items()) or "nothing"
