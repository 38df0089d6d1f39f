"""Faults of a platform in how notices are signed, in whose name, and how its keys rotate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from harness.wire.jose import SigningKey
from harness.wire.jose_forge import hs256_with_public_key, unsigned
from harness.wire.json_text import write_json
from mocks.faults.base import LEFT_OUT, VARIANT, WRONG_VALUE, Fault
from mocks.platform.behaviour import PlatformBehaviour
from mocks.platform.domain import Deployment, Registration, StoredKey


class AlgNone(Fault, PlatformBehaviour):
    """Notices are not signed: alg is none."""

    name = "platform.notice-unsigned"
    kind = LEFT_OUT
    breaks = {"PNS-JWT-01": "not-signed"}
    # What is not signed is not signed by RS256 either.
    collateral = ("PNS-JWT-02",)

    def notice_jwt(self, claims: Mapping[str, Any], key: SigningKey) -> str:
        return unsigned({"kid": key.kid}, write_json(claims))


class Symmetric(Fault, PlatformBehaviour):
    """Notices are signed by HS256, with the public key as the secret."""

    name = "platform.notice-hs256"
    kind = WRONG_VALUE
    breaks = {"PNS-JWT-01": "symmetric"}
    # HS256 is not RS256.
    collateral = ("PNS-JWT-02",)

    def notice_jwt(self, claims: Mapping[str, Any], key: SigningKey) -> str:
        return hs256_with_public_key({"kid": key.kid}, write_json(claims), key.public_pem())


class Elliptic(Fault, PlatformBehaviour):
    """Notices are signed by ES256 with a key that is in the key set, as Security Framework 1.1 permits."""

    name = "platform.notice-es256"
    kind = WRONG_VALUE
    breaks = {"PNS-JWT-02": "other-algorithm"}

    def notice_jwt(self, claims: Mapping[str, Any], key: SigningKey) -> str:
        return _elliptic().sign(write_json(claims))

    def key_set(self, keys: Sequence[StoredKey]) -> dict[str, Any]:
        made = super().key_set(keys)
        return {"keys": [*made["keys"], _elliptic().public()]}


def _elliptic() -> SigningKey:
    from fixtures.keys import signing_key

    return signing_key("platform-es256")


class _Header(Fault, PlatformBehaviour):
    """Changes the header of notices, and of no other message."""

    def changed(self, header: dict[str, Any]) -> dict[str, Any]:
        """Return the header as it is signed; a member that is None is left out."""
        return header

    def notice_jwt(self, claims: Mapping[str, Any], key: SigningKey) -> str:
        return key.sign(write_json(claims), self.changed(self.jose_header(key)))


class NoKid(_Header):
    """The header of a notice has no kid."""

    name = "platform.notice-no-kid"
    kind = LEFT_OUT
    breaks = {"PNS-JWT-03": "no-kid"}

    def changed(self, header: dict[str, Any]) -> dict[str, Any]:
        return {**header, "kid": None}


class UnknownKid(_Header):
    """The kid of a notice is not in the key set."""

    name = "platform.notice-unknown-kid"
    kind = WRONG_VALUE
    breaks = {"PNS-JWT-03": "unknown-kid"}

    def changed(self, header: dict[str, Any]) -> dict[str, Any]:
        return {**header, "kid": "of-notices"}


class KeyInHeader(_Header):
    """The header of a notice leads to the key set by jku."""

    name = "platform.notice-jku"
    kind = WRONG_VALUE
    breaks = {"PNS-JWT-17": "key-in-header"}

    def changed(self, header: dict[str, Any]) -> dict[str, Any]:
        return {**header, "jku": "https://platform.example/keys"}


class PlainHeader(_Header):
    """The header has kid and alg only (observed: Blackboard)."""

    name = "platform.notice-plain-header"
    kind = VARIANT

    def changed(self, header: dict[str, Any]) -> dict[str, Any]:
        return {**header, "typ": None}


class OldKey(Fault, PlatformBehaviour):
    """Notices are signed by a key that is not published, under the kid of one that is."""

    name = "platform.notice-other-key"
    kind = WRONG_VALUE
    breaks = {"PNS-JWT-04": "not-verified"}

    def notice_jwt(self, claims: Mapping[str, Any], key: SigningKey) -> str:
        from fixtures.keys import signing_key

        return super().notice_jwt(claims, signing_key("tool-2").with_kid(key.kid or ""))


class CutSignature(Fault, PlatformBehaviour):
    """The end of the signature is left out."""

    name = "platform.notice-cut-signature"
    kind = LEFT_OUT
    breaks = {"PNS-JWT-04": "not-verified"}

    def notice_jwt(self, claims: Mapping[str, Any], key: SigningKey) -> str:
        return super().notice_jwt(claims, key)[:-40]


class AudienceOfTheFirst(Fault, PlatformBehaviour):
    """The aud of every notice is the client that was told first."""

    name = "platform.notice-audience-of-first"
    kind = WRONG_VALUE
    breaks = {"PNS-JWT-19": "audience-of-another"}

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__(settings)
        self._first: list[str] = []

    def audience(self, registration: Registration) -> str | list[str]:
        self._first.append(registration.client_id)
        return self._first[0]


class DeploymentOfTheFirst(Fault, PlatformBehaviour):
    """An event is signed once: all deployments are told in the name of the first."""

    name = "platform.notice-signed-once"
    kind = LEFT_OUT
    breaks = {"PNS-JWT-19": "deployment-of-another"}

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__(settings)
        self._first: list[str] = []

    def notice_deployment(self, deployment: Deployment) -> str:
        self._first.append(deployment.id)
        return self._first[0]


class NoOverlap(Fault, PlatformBehaviour):
    """A rotation takes the old keys out of the key set at once."""

    name = "platform.rotation-without-overlap"
    kind = LEFT_OUT
    breaks = {"PNS-JWT-22": "old-key-gone"}

    def rotated(self, keys: Sequence[StoredKey], fresh: StoredKey, *, overlap: bool) -> list[StoredKey]:
        return super().rotated(keys, fresh, overlap=False)


class KidReused(Fault, PlatformBehaviour):
    """A new key takes over the kid of the one that signed before."""

    name = "platform.rotation-reuses-kid"
    kind = WRONG_VALUE
    breaks = {"PNS-JWT-23": "kid-reused"}

    def rotated(self, keys: Sequence[StoredKey], fresh: StoredKey, *, overlap: bool) -> list[StoredKey]:
        old = self.signing_key(keys)
        others = [replace(key, signs=False) for key in keys if key != old]
        return [*others, replace(fresh, kid=old.kid)]


class KidLeftOutOfRotation(Fault, PlatformBehaviour):
    """The kid says what a key is for, and is left as it is when another key signs."""

    name = "platform.kid-is-current"
    kind = LEFT_OUT
    breaks = {"PNS-JWT-23": "kid-reused"}

    def published(self, key: StoredKey) -> dict[str, Any]:
        return {**super().published(key), **({"kid": "current"} if key.signs else {})}

    def jose_header(self, key: SigningKey) -> dict[str, Any]:
        return {**super().jose_header(key), "kid": "current"}
