"""Platforms that nobody here has seen, behind proxies, with clocks of their own, talkative: nothing of it is a defect.

Beside them stand faults that were missed while platforms were only wrong in the ways that somebody had thought of.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from fixtures.keys import signing_key
from harness.net.listener import Reply
from harness.wire.jose import Jws, KeySet, Verdict
from harness.wire.lti_login import AuthRequest
from mocks.faults.base import LEFT_OUT, VARIANT, WRONG_VALUE, Fault
from mocks.platform.answers import HTML, Refused
from mocks.platform.behaviour import PlatformBehaviour
from mocks.platform.domain import TOKENS, AccessToken, Deployment, Event, Registration, StoredKey
from mocks.platform.login import NoRedirect
from mocks.state.store import Transaction

PROXY: Final = (
    ("Via", "1.1 proxy.example"), ("X-Request-Id", "7c1f"), ("Set-Cookie", "lb=node-1; Path=/; Partitioned"),
    ("Set-Cookie", "AWSALB=a/b+c==; Expires=Wed, 21 Oct 2037 07:28:00 GMT"), ("Vary", "Accept-Encoding"),
    ("Strict-Transport-Security", "max-age=31536000"),
)  # fmt: skip
MARK: Final = "\ufeff".encode()
SKEW: Final = timedelta(seconds=60)


class PrefixOfToken(Fault, PlatformBehaviour):
    """A token is known by how it begins."""

    name = "platform.token-by-its-beginning"
    kind = WRONG_VALUE
    breaks = {"PNS-HANDLER-28": "accepted"}

    def known_token(self, tx: Transaction, value: str) -> Any:
        return next((one for one in tx.rows(TOKENS) if one.value[:8] == value[:8]), None)


class EmptySignature(Fault, PlatformBehaviour):
    """An assertion without signature needs none, whatever algorithm it names."""

    name = "platform.empty-signature"
    kind = LEFT_OUT
    breaks = {"LTI-TOKEN-09": "accepted"}

    def verified(self, jws: Jws, keys: KeySet) -> Verdict:
        return super().verified(jws, keys) if jws.signature else Verdict(True, "", str(jws.header.get("kid")))


class StopsWhileHanging(Fault, PlatformBehaviour):
    """While one handler does not answer, nothing is told to any other, then or later."""

    name = "platform.stops-while-hanging"
    kind = LEFT_OUT
    hangs = True
    breaks = {"PNS-NOTICE-09": "not-served"}

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__(settings)
        self.under_way = 0

    def delivery_patience(self) -> float:
        self.under_way += 1
        return super().delivery_patience()

    def is_delivered(self, status: int, error: str | None) -> bool:
        self.under_way -= 1
        return super().is_delivered(status, error)

    def is_told(self, registration: Registration, deployment: Deployment, event: Event) -> bool:
        return not self.under_way and super().is_told(registration, deployment, event)


# --- legitimate variants ----------------------------------------------------------------------------------------------


class BehindProxy(Fault, PlatformBehaviour):
    """A proxy adds headers and cookies to every answer."""

    name = "platform.behind-proxy"
    kind = VARIANT

    def token_headers(self) -> tuple[tuple[str, str], ...]:
        return (*super().token_headers(), *PROXY)

    def key_set_headers(self) -> tuple[tuple[str, str], ...]:
        return (*PROXY, *super().key_set_headers())

    def finished(self, reply: Reply) -> Reply:
        return replace(reply, headers=(*PROXY, *reply.headers))


class ManyCookies(Fault, PlatformBehaviour):
    """The session is one cookie of several, with attributes of newer browsers; one is taken back at once."""

    name = "platform.many-cookies"
    kind = VARIANT

    def cookies(self, session: str) -> tuple[str, ...]:
        return (
            "theme={\"dark\":true}; Path=/", f"{session}; Partitioned; Priority=High",
            "old=; Max-Age=0", "gone=; Expires=Thu, 01-Jan-1970 00:00:00 GMT", "bare",
        )  # fmt: skip


class ManyChallenges(Fault, PlatformBehaviour):
    """A proxy offers schemes of its own beside Bearer (RFC 9110, 11.6.1)."""

    name = "platform.many-challenges"
    kind = VARIANT

    def challenge(self, refused: Refused) -> tuple[tuple[str, str], ...]:
        own = super().challenge(refused)
        basic = ("WWW-Authenticate", 'Basic realm="staff, Bearer of keys"')
        return (("WWW-Authenticate", "Negotiate"), basic, *own) if own else ()


class AnyOrder(Fault, PlatformBehaviour):
    """Handlers are listed in another order each time."""

    name = "platform.lists-in-any-order"
    kind = VARIANT

    def list_document(self, deployment: Deployment, types: Sequence[str], handlers: Sequence[Any]) -> dict[str, Any]:
        found = super().list_document(deployment, types, handlers)
        count = self.__dict__["lists"] = self.__dict__.get("lists", 0) + 1
        listed = found["notice_handlers"]
        at = count % (len(listed) or 1)
        return {**found, "notice_handlers": [*listed[at:], *listed[:at]]}


class MarkedJson(Fault, PlatformBehaviour):
    """JSON begins with a byte order mark, which a parser may ignore (RFC 8259, 8.1), and has white space around."""

    name = "platform.json-with-bom"
    kind = VARIANT

    def token_reply(self, token: AccessToken) -> Reply:
        reply = super().token_reply(token)
        return replace(reply, body=MARK + b"\r\n " + reply.body + b"\n\n")

    def finished(self, reply: Reply) -> Reply:
        return replace(reply, body=MARK + b" \t" + reply.body + b"\r\n")


class LifeInWords(Fault, PlatformBehaviour):
    """The life of a token is told as a string."""

    name = "platform.life-as-string"
    kind = VARIANT

    def token_reply(self, token: AccessToken) -> Reply:
        reply = super().token_reply(token)
        told = json.loads(reply.body)
        return replace(reply, body=json.dumps({**told, "expires_in": str(told["expires_in"])}).encode())


class LifeInParts(Fault, PlatformBehaviour):
    """The life of a token is told as a number with a fraction of nothing."""

    name = "platform.life-as-fraction"
    kind = VARIANT

    def token_reply(self, token: AccessToken) -> Reply:
        reply = super().token_reply(token)
        told = json.loads(reply.body)
        return replace(reply, body=json.dumps({**told, "expires_in": float(told["expires_in"])}).encode())


class KeysOfTwoKinds(Fault, PlatformBehaviour):
    """A kid names a key of each kind, keys have certificates, and the set has its own media type (RFC 7517, 8.5)."""

    name = "platform.kid-for-each-kind"
    kind = VARIANT

    def key_set(self, keys: Sequence[StoredKey]) -> dict[str, Any]:
        found = super().key_set(keys)["keys"]
        elliptic = signing_key("platform-es256")
        twins = [elliptic.with_kid(key["kid"]).public() for key in found]
        return {"keys": [*twins, elliptic.with_kid("odd/ \u00e9:+#?").public(), *found]}

    def published(self, key: StoredKey) -> dict[str, Any]:
        return {**super().published(key), "x5c": ["MIIB"], "x5t": "AAAA", "key_ops": ["verify"]}

    def key_set_reply(self, keys: Sequence[StoredKey]) -> Reply:
        body = json.dumps(self.key_set(keys)).encode()
        return Reply(200, (("Content-Type", "application/jwk-set+json"), *self.key_set_headers()), body)


class ErrorPages(Fault, PlatformBehaviour):
    """What is refused without redirect ends at a page with status 200."""

    name = "platform.error-pages-with-200"
    kind = VARIANT

    def no_redirect(self, request: AuthRequest, why: NoRedirect) -> Reply:
        return Reply(200, HTML, b"<!DOCTYPE html><title>Oops</title><form action=/search><input name=q></form>")


class ClockAhead(Fault, PlatformBehaviour):
    """The platform's clock is a minute ahead of ours."""

    name = "platform.clock-ahead"
    kind = VARIANT
    skew = SKEW

    def finished_message(self, claims: dict[str, Any]) -> dict[str, Any]:
        return self._shifted(super().finished_message(claims))

    def finished_claims(self, claims: dict[str, Any], event: Event) -> dict[str, Any]:
        return self._shifted(super().finished_claims(claims, event))

    def wrong_times(self, claims: Mapping[str, Any], now: datetime) -> str:
        return super().wrong_times(claims, now + self.skew)

    def _shifted(self, claims: dict[str, Any]) -> dict[str, Any]:
        step = int(self.skew.total_seconds())
        return {name: value + step if name in ("iat", "exp", "nbf") else value for name, value in claims.items()}


class ClockBehind(ClockAhead):
    """The platform's clock is a minute behind ours."""

    name = "platform.clock-behind"
    kind = VARIANT
    skew = -SKEW
