"""Faults of an LTI tool in signatures and keys: receivers that believe what nobody has signed who may."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from typing import Any

from harness.wire.jose import JoseError, Jws, KeySet, VerifyingKey
from harness.wire.jose_algorithms import APPROVED, raw_verify
from mocks.faults.base import LEFT_OUT, WRONG_VALUE, Fault
from mocks.tool.behaviour import ToolBehaviour
from mocks.tool.domain import Platform
from mocks.tool.keysets import KeySets


def made_by(jws: Jws, keys: Iterable[VerifyingKey]) -> bool:
    """Whether any of these keys made the signature, whatever name it goes by."""
    algorithm = APPROVED["RS256"]
    fitting = (key for key in keys if key.kty == "RSA")
    return any(raw_verify(algorithm, key.object, jws.signing_input, jws.signature) for key in fitting)


def algorithm_of(jws: Jws) -> str:
    """Return the algorithm that the header names, in lower case."""
    return str(jws.header.get("alg", "")).lower()


class NoSignatureCheck(Fault, ToolBehaviour):
    """Reads notices without looking at their signature."""

    name = "tool.no-signature-check"
    kind = LEFT_OUT
    breaks = {
        "PNS-RECV-01": "effect-of-tampered-payload",
        "PNS-RECV-03": "effect-of-unknown-kid",
        "PNS-RECV-12": "effect-of-jku-header",
        "PNS-RECV-18": "effect-of-kid-of-another-platform",
    }

    def signature(self, jws: Jws, keys: KeySet) -> str:
        return ""


class EmptySignatureTaken(Fault, ToolBehaviour):
    """Verifies a signature if there is one."""

    name = "tool.takes-empty-signatures"
    kind = WRONG_VALUE
    breaks = {"PNS-RECV-01": "effect-of-empty-signature"}

    def signature(self, jws: Jws, keys: KeySet) -> str:
        return super().signature(jws, keys) if jws.signature else ""


class VerifiesFirstOfBatch(Fault, ToolBehaviour):
    """Verifies the first notice of a delivery that holds several, and trusts the others."""

    name = "tool.verifies-first-of-batch"
    kind = WRONG_VALUE
    breaks = {"PNS-RECV-01": "effect-of-mixed-batch"}

    def body(self, inbound: Any) -> Any:
        vars(self)["verified"] = 0
        return super().body(inbound)

    def signature(self, jws: Jws, keys: KeySet) -> str:
        vars(self)["verified"] += 1
        return super().signature(jws, keys) if vars(self)["verified"] == 1 else ""


class VerifiesEachKeyOnce(Fault, ToolBehaviour):
    """Remembers that a kid has been verified, and trusts whatever comes under that kid from then on."""

    name = "tool.verifies-each-kid-once"
    kind = WRONG_VALUE
    breaks = {"PNS-RECV-01": "changed-effect", "PNS-RECV-18": "effect-of-other-platform-under-our-kid"}
    collateral = ("PNS-RECV-12",)

    def signature(self, jws: Jws, keys: KeySet) -> str:
        seen: set[str] = vars(self).setdefault("seen", set())
        kid = str(jws.header.get("kid"))
        problem = "" if kid in seen else super().signature(jws, keys)
        if not problem:
            seen.add(kid)
        return problem


class TakesNone(Fault, ToolBehaviour):
    """Lets the header say that there is no signature: alg none, in whatever case."""

    name = "tool.takes-alg-none"
    kind = LEFT_OUT
    breaks = {"PNS-RECV-02": "effect-of-alg-none"}

    def algorithm(self, jws: Jws) -> str:
        return "" if algorithm_of(jws) == "none" else super().algorithm(jws)

    def signature(self, jws: Jws, keys: KeySet) -> str:
        return "" if algorithm_of(jws) == "none" else super().signature(jws, keys)


class TakesHmac(Fault, ToolBehaviour):
    """Lets the header choose HS256, and takes the platform's public key for its secret."""

    name = "tool.takes-hs256"
    kind = WRONG_VALUE
    breaks = {"PNS-RECV-02": "effect-of-hs256-public-key"}

    def algorithm(self, jws: Jws) -> str:
        return "" if algorithm_of(jws) == "hs256" else super().algorithm(jws)

    def signature(self, jws: Jws, keys: KeySet) -> str:
        if algorithm_of(jws) != "hs256":
            return super().signature(jws, keys)
        made = (hmac.digest(key.public_pem(), jws.signing_input, hashlib.sha256) for key in keys.keys)
        return "" if jws.signature in tuple(made) else "bad-signature"


class IgnoresMissingKid(Fault, ToolBehaviour):
    """Tries every key of the platform on a notice that names none."""

    name = "tool.takes-no-kid"
    kind = LEFT_OUT
    breaks = {"PNS-RECV-03": "effect-of-no-kid"}

    def algorithm(self, jws: Jws) -> str:
        return "" if "kid" not in jws.header and algorithm_of(jws) == "rs256" else super().algorithm(jws)

    def signature(self, jws: Jws, keys: KeySet) -> str:
        if "kid" in jws.header:
            return super().signature(jws, keys)
        return "" if made_by(jws, keys.keys) else "bad-signature"


class IgnoresKid(Fault, ToolBehaviour):
    """Tries every key of the platform, whatever kid a notice names."""

    name = "tool.ignores-kid"
    kind = WRONG_VALUE
    breaks = {"PNS-RECV-03": "changed-effect"}

    def signature(self, jws: Jws, keys: KeySet) -> str:
        return "" if not super().signature(jws, keys) or made_by(jws, keys.keys) else "bad-signature"


class TrustsUnknownKid(Fault, ToolBehaviour):
    """Cannot verify what is signed by a key that it does not find, and lets it pass."""

    name = "tool.trusts-unknown-kid"
    kind = WRONG_VALUE
    breaks = {"PNS-RECV-03": "effect-of-unknown-kid-flood"}
    collateral = ("PNS-RECV-12", "PNS-RECV-18")  # their forgeries have kids that are not found, too

    def signature(self, jws: Jws, keys: KeySet) -> str:
        problem = super().signature(jws, keys)
        return "" if problem == "unknown-kid" else problem


class UsesKeyOfHeader(Fault, ToolBehaviour):
    """Verifies by the key that the header itself brings (jwk)."""

    name = "tool.uses-jwk-header"
    kind = LEFT_OUT
    breaks = {"PNS-RECV-12": "effect-of-jwk-header"}

    async def key_for(self, jws: Jws, platform: Platform, keysets: KeySets) -> KeySet:
        brought = jws.header.get("jwk")
        if isinstance(brought, dict):
            try:
                return KeySet.parse({"keys": [brought]})
            except JoseError:
                pass
        return await super().key_for(jws, platform, keysets)


class FollowsJku(Fault, ToolBehaviour):
    """Fetches the key set that the header points to (jku), and believes it."""

    name = "tool.follows-jku"
    kind = WRONG_VALUE
    breaks = {"PNS-RECV-12": "effect-of-jku-header"}

    async def key_for(self, jws: Jws, platform: Platform, keysets: KeySets) -> KeySet:
        jku = jws.header.get("jku")
        found = await keysets.fetch(jku) if isinstance(jku, str) else None
        return found or await super().key_for(jws, platform, keysets)


class VisitsX5u(Fault, ToolBehaviour):
    """Fetches what the header points to (x5u), though it does not use it: anybody can make it visit any address."""

    name = "tool.visits-x5u"
    kind = WRONG_VALUE
    breaks = {"PNS-RECV-12": "fetched-x5u-header"}

    async def key_for(self, jws: Jws, platform: Platform, keysets: KeySets) -> KeySet:
        x5u = jws.header.get("x5u")
        if isinstance(x5u, str):
            await keysets.fetch(x5u)
        return await super().key_for(jws, platform, keysets)


class OnePoolOfKeys(Fault, ToolBehaviour):
    """Throws the keys of all platforms together, so that each can sign for any other."""

    name = "tool.one-pool-of-keys"
    kind = WRONG_VALUE
    breaks = {"PNS-RECV-18": "effect-of-signed-by-second"}

    async def key_for(self, jws: Jws, platform: Platform, keysets: KeySets) -> KeySet:
        await super().key_for(jws, platform, keysets)
        return keysets.kept()


class NeverFetchesAgain(Fault, ToolBehaviour):
    """Keeps a key set until it is old, whatever key a notice names."""

    name = "tool.never-fetches-again"
    kind = LEFT_OUT
    breaks = {"PNS-RECV-13": "new-key-refused-overlap"}

    def refetches(self, kid: str, keys: KeySet) -> bool:
        return False


class GivesUpKeys(Fault, ToolBehaviour):
    """Takes a key set that could not be fetched for an empty one, and stays with that."""

    name = "tool.gives-up-keys"
    kind = WRONG_VALUE
    breaks = {"PNS-RECV-13": "known-key-lost-failing"}

    async def key_for(self, jws: Jws, platform: Platform, keysets: KeySets) -> KeySet:
        found = await super().key_for(jws, platform, keysets)
        kid = jws.header.get("kid")
        # Only a failing key set leaves a key of ours unknown: those of forgers begin with another word.
        if isinstance(kid, str) and kid.startswith("next") and not found.named(kid):
            vars(self)["lost"] = True
        return KeySet(()) if vars(self).get("lost") else found


class FetchesEachTime(Fault, ToolBehaviour):
    """Fetches the key set for every unknown kid, however many come: a lever to make it flood its platform."""

    name = "tool.fetches-for-each-kid"
    kind = WRONG_VALUE
    breaks = {"PNS-RECV-03": "key-set-fetched-each-time"}

    def may_fetch(self, misses: int) -> bool:
        return True
