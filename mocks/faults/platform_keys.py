"""Faults of the key set, and of the TLS by which everything is served."""

from __future__ import annotations

import ssl
import warnings
from collections.abc import Callable, Sequence
from typing import Any

from mocks.faults.base import LEFT_OUT, WRONG_VALUE, Fault
from mocks.platform.behaviour import PlatformBehaviour
from mocks.platform.domain import StoredKey

Key = dict[str, Any]


def _publishing(
    name: str, kind: str, doc: str, row: str, reason: str, bend: Callable[[Sequence[Key]], Any]
) -> type[Fault]:
    """Make a fault that publishes the keys otherwise."""

    def key_set(self: PlatformBehaviour, keys: Sequence[StoredKey]) -> dict[str, Any]:
        return {"keys": bend(PlatformBehaviour.key_set(self, keys)["keys"])}

    body: dict[str, Any] = {"__doc__": doc, "name": f"platform.{name}", "kind": kind, "breaks": {row: reason}}
    return type("Publishing", (Fault, PlatformBehaviour), body | {"key_set": key_set})


def _each(**changes: Any) -> Callable[[Sequence[Key]], list[Key]]:
    """Return what changes members of each key; None leaves one out."""
    return lambda keys: [{n: v for n, v in {**key, **changes}.items() if v is not None} for key in keys]


FAMILY: tuple[type[Fault], ...] = (
    _publishing("keys-without-kid", LEFT_OUT, "Keys of the set have no kid.",
                "LTI-JWKS-01/P", "no-kid", _each(kid=None)),
    _publishing("keys-by-name", WRONG_VALUE, "The key set holds an object with the keys by name.",
                "LTI-JWKS-01/P", "no-key-set", lambda keys: {key["kid"]: key for key in keys}),
    _publishing("keys-without-exponent", LEFT_OUT, "Keys of the set have no exponent.",
                "LTI-JWKS-02/P", "no-number", _each(e=None)),
    _publishing("keys-with-private-member", WRONG_VALUE, "Keys of the set have a private member.",
                "LTI-JWKS-02/P", "private-member", _each(d="AQAB")),
    _publishing("keys-without-alg", LEFT_OUT, "Keys of the set do not say their algorithm.",
                "LTI-JWKS-03/P", "no-alg", _each(alg=None)),
    _publishing("keys-without-use", LEFT_OUT, "Keys of the set do not say what they are for.",
                "LTI-JWKS-03/P", "no-use", _each(use=None)),
    _publishing("keys-of-one-name", LEFT_OUT, "All keys of the set are called the same.",
                "LTI-JWKS-05/P", "one-name-for-two", _each(kid="key")),
    _publishing("next-key-named-as-this", WRONG_VALUE, "The last key of the set is called as the first.",
                "LTI-JWKS-05/P", "one-name-for-two",
                lambda keys: [*keys[:-1], {**keys[-1], "kid": keys[0]["kid"]}]),
)  # fmt: skip


class NoMaxAge(Fault, PlatformBehaviour):
    """Nothing is said of how long the key set may be kept."""

    name = "platform.keys-without-max-age"
    kind = LEFT_OUT
    breaks = {"LTI-JWKS-04/P": "no-max-age"}

    def key_set_headers(self) -> tuple[tuple[str, str], ...]:
        return ()


class _OldTls(PlatformBehaviour):
    """Takes old versions of TLS."""

    oldest = ssl.TLSVersion.TLSv1

    def serving_tls(self, context: ssl.SSLContext | None, another: Callable[[], ssl.SSLContext]) -> Any:
        made = another()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            made.minimum_version = self.oldest
        made.set_ciphers("DEFAULT:@SECLEVEL=0")
        return made


class AnyTls(Fault, _OldTls):
    """Every version of TLS is taken."""

    name = "platform.any-tls"
    kind = LEFT_OUT
    breaks = {"LTI-JWKS-06/P": "old-tls"}


class Tls11(Fault, _OldTls):
    """TLS 1.1 is taken as well."""

    name = "platform.tls-1-1"
    kind = WRONG_VALUE
    breaks = {"LTI-JWKS-06/P": "old-tls"}

    oldest = ssl.TLSVersion.TLSv1_1
