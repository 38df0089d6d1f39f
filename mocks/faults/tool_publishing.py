"""Faults of an LTI tool in what it publishes: its key set, and the TLS of its endpoints."""

from __future__ import annotations

import json
import ssl
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from fixtures.keys import signing_key
from harness.net.listener import Reply
from harness.wire.jose import SigningKey
from mocks.faults.base import LEFT_OUT, WRONG_VALUE, Fault
from mocks.tool.behaviour import ToolBehaviour

Key = dict[str, Any]


class Republishes(Fault, ToolBehaviour):
    """Base of faults that change the document of the key set."""

    def _document(self, keys: list[Key]) -> Any:
        """Return the document of these keys."""
        return {"keys": keys}

    def published(self, keys: Sequence[SigningKey]) -> Reply:
        reply = super().published(keys)
        return replace(reply, body=json.dumps(self._document(json.loads(reply.body)["keys"])).encode())


def _without(keys: list[Key], *names: str) -> list[Key]:
    return [{name: value for name, value in key.items() if name not in names} for key in keys]


class BareKeys(Republishes):
    """Publishes its keys as a bare array."""

    name = "tool.bare-keys"
    kind = WRONG_VALUE
    breaks = {"LTI-JWKS-01/T": "no-key-set"}

    def _document(self, keys: list[Key]) -> Any:
        return keys


class NoKeys(Republishes):
    """Publishes no key."""

    name = "tool.no-keys"
    kind = LEFT_OUT
    breaks = {"LTI-JWKS-01/T": "no-keys"}
    collateral = ("LTI-TOKEN-24",)
    # The key that its assertions name is not published.

    def _document(self, keys: list[Key]) -> Any:
        return {"keys": []}


class NamelessKeys(Republishes):
    """Publishes its keys without names."""

    name = "tool.nameless-keys"
    kind = LEFT_OUT
    breaks = {"LTI-JWKS-01/T": "no-kid", "LTI-TOKEN-24": "unknown-kid"}

    def _document(self, keys: list[Key]) -> Any:
        return {"keys": _without(keys, "kid")}


class KindlessKeys(Republishes):
    """Publishes its keys without their kind."""

    name = "tool.kindless-keys"
    kind = LEFT_OUT
    breaks = {"LTI-JWKS-01/T": "no-kty"}
    collateral = ("LTI-TOKEN-24",)
    # A key whose kind is not known cannot be used.

    def _document(self, keys: list[Key]) -> Any:
        return {"keys": _without(keys, "kty")}


class HalfKeys(Republishes):
    """Publishes the modulus of its keys without the exponent."""

    name = "tool.half-keys"
    kind = LEFT_OUT
    breaks = {"LTI-JWKS-02/T": "no-number"}
    collateral = ("LTI-TOKEN-24",)
    # Half a key cannot be used.

    def _document(self, keys: list[Key]) -> Any:
        return {"keys": _without(keys, "e")}


class PrivateKeys(Republishes):
    """Publishes its private keys, as an export of all members does."""

    name = "tool.private-keys"
    kind = WRONG_VALUE
    breaks = {"LTI-JWKS-02/T": "private-member"}

    def _document(self, keys: list[Key]) -> Any:
        return {"keys": [{**key, "d": "c2VjcmV0", "p": "cA", "q": "cQ"} for key in keys]}


class PlainKeys(Republishes):
    """Does not say what its keys are for."""

    name = "tool.plain-keys"
    kind = LEFT_OUT
    breaks = {"LTI-JWKS-03/T": "no-alg"}

    def _document(self, keys: list[Key]) -> Any:
        return {"keys": _without(keys, "alg", "use")}


class UncachedKeys(Republishes):
    """Does not say how long its key set may be kept."""

    name = "tool.uncached-keys"
    kind = LEFT_OUT
    breaks = {"LTI-JWKS-04/T": "no-max-age"}

    def published(self, keys: Sequence[SigningKey]) -> Reply:
        reply = super().published(keys)
        return replace(reply, headers=tuple(pair for pair in reply.headers if pair[0] != "Cache-Control"))


class OneNameForTwo(Republishes):
    """Publishes its old key under the name of the new one."""

    name = "tool.one-name-for-two"
    kind = WRONG_VALUE
    breaks = {"LTI-JWKS-05/T": "one-name-for-two"}

    def _document(self, keys: list[Key]) -> Any:
        return {"keys": [*keys, {**signing_key("tool-2").public(), "kid": keys[0]["kid"]}]}


class AllDefault(Republishes):
    """Gives its keys no names of their own: each is called ``default``."""

    name = "tool.all-default"
    kind = LEFT_OUT
    breaks = {"LTI-JWKS-05/T": "one-name-for-two"}
    collateral = ("LTI-TOKEN-24",)
    # No published key has the name that its assertions give.

    def _document(self, keys: list[Key]) -> Any:
        return {"keys": [{**key, "kid": "default"} for key in (*keys, signing_key("tool-2").public())]}


class OldTls(Fault, ToolBehaviour):
    """Serves TLS 1.0 and 1.1 too, for browsers that are long gone."""

    name = "tool.old-tls"
    kind = WRONG_VALUE
    breaks = {"LTI-JWKS-06/T": "old-tls"}
    _oldest = ssl.TLSVersion.TLSv1

    def serving_tls(self, context: ssl.SSLContext, another: Callable[[], ssl.SSLContext]) -> ssl.SSLContext:
        made = another()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            made.minimum_version = self._oldest
        made.set_ciphers("ALL:@SECLEVEL=0")
        return made


class NearlyOldTls(OldTls):
    """Has left out to forbid TLS 1.1."""

    name = "tool.nearly-old-tls"
    kind = LEFT_OUT
    breaks = {"LTI-JWKS-06/T": "old-tls"}
    _oldest = ssl.TLSVersion.TLSv1_1
