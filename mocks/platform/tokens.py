"""The token endpoint: client credentials with a signed assertion (1EdTech Security Framework 1.0, 4.1; RFC 7523)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from harness.net.listener import Inbound, Reply
from harness.wire.binding import FORM, Pairs, decode_form
from harness.wire.jose import JoseError, Jws, KeySet, Verdict, read, verify
from harness.wire.lti_token import ASSERTION_TYPE, GRANT, token_answer, token_error
from mocks.platform.answers import JSON, NO_STORE, Refused
from mocks.platform.domain import ASSERTIONS, REGISTRATIONS, TOKENS, AccessToken, Registration

if TYPE_CHECKING:
    from mocks.platform.platform import Platform

NEEDED: Final = ("grant_type", "client_assertion_type", "client_assertion", "scope")
LEEWAY = timedelta(seconds=60)
LONGEST = 30 * 86400.0
"""For how long a used assertion is remembered at most, in seconds."""


class TokenBehaviour:
    """How an access token is asked for; each rule of the endpoint is one small method."""

    settings: Mapping[str, Any]

    def refuses_request(self, inbound: Inbound, pairs: Pairs) -> None:
        """Refuse what is no form sent by POST with each parameter once (RFC 6749, 3.2)."""
        if inbound.method != "POST":
            raise Refused("invalid_request", f"expected POST, got {inbound.method}")
        media = inbound.header("Content-Type").partition(";")[0].strip().lower()
        if media != FORM:
            raise Refused("invalid_request", f"Content-Type: expected {FORM}, got {media or 'none'}")
        if self.settings["user-agent-required"] and not inbound.header("User-Agent"):
            raise Refused("invalid_request", "User-Agent: expected one, got none", 403)
        names = [name for name, _ in pairs]
        for name in NEEDED:
            if names.count(name) > 1:
                raise Refused("invalid_request", f"{name}: expected once, got {names.count(name)} times")

    def refuses_grant(self, given: Mapping[str, str]) -> None:
        """Refuse another grant, another kind of assertion, and what is missing."""
        for name in NEEDED:
            if not given.get(name) and not (name == "scope" and not self.needs_scope()):
                raise Refused("invalid_request", f"{name} is missing")
        if given["grant_type"] != GRANT:
            raise Refused("unsupported_grant_type", f"grant_type: expected {GRANT}, got {given['grant_type'][:80]!r}")
        if given["client_assertion_type"] != ASSERTION_TYPE:
            raise Refused("invalid_request", f"client_assertion_type: expected {ASSERTION_TYPE}")

    def needs_scope(self) -> bool:
        """Whether a request must name scopes (Security Framework 1.0, 4.1.1: required)."""
        return True

    def client_of(self, claims: Mapping[str, Any]) -> str:
        """Return the client that an assertion speaks for, before anything is verified."""
        subject = claims.get("sub")
        return subject if isinstance(subject, str) else ""

    def refuses_client(self, registration: Registration | None) -> None:
        """Refuse a client that is not known or not enabled."""
        if registration is None:
            raise Refused("invalid_client", "the client is not known")
        if not registration.enabled:
            raise Refused("invalid_client", "the registration is not enabled")

    def verified(self, jws: Jws, keys: KeySet) -> Verdict:
        """Verify the signature with the tool's key set; never ``none``, never a symmetric algorithm."""
        return verify(jws, keys)

    def refetches(self, verdict: Verdict) -> bool:
        """Whether the tool's key set is fetched again: once, for a key that is not in it (rotation)."""
        return verdict.reason in ("unknown-kid", "no-keys")

    def refuses_signature(self, verdict: Verdict) -> None:
        """Refuse what does not verify."""
        if not verdict.ok:
            text = "KeyId not found in token" if verdict.reason == "no-kid" else verdict.reason
            raise Refused("invalid_client", f"Error validating assertion: {text}")

    def wrong_parties(self, claims: Mapping[str, Any], registration: Registration) -> str:
        """Return what is wrong with ``iss`` and ``sub``: both are the client id (LTI Core 1.3, 6.2)."""
        for name in ("iss", "sub"):
            if claims.get(name) != registration.client_id:
                return f"{name}: expected the client id"
        return ""

    def wrong_audience(self, claims: Mapping[str, Any], audiences: Sequence[str]) -> str:
        """Return what is wrong with ``aud``: text or array, it holds our identity (Security Framework 1.0, 4.1.1)."""
        given = claims.get("aud")
        named = given if isinstance(given, list) else [given]
        return "" if any(name in audiences for name in named) else f"aud: expected {audiences[0]}"

    def wrong_times(self, claims: Mapping[str, Any], now: datetime) -> str:
        """Return what is wrong with ``exp`` and ``iat``: numbers, not past, not from the future."""
        for name in ("exp", "iat"):
            if isinstance(claims.get(name), bool) or not isinstance(claims.get(name), int | float):
                return f"{name}: expected a number of seconds"
        if not claims["exp"] > now.timestamp():
            return "exp: the assertion has expired"
        if claims["iat"] > (now + LEEWAY).timestamp():
            return "iat: the assertion comes from the future"
        return ""

    def wrong_id(self, claims: Mapping[str, Any]) -> str:
        """Return what is wrong with ``jti``: some text (Security Framework 1.0, 4.1.1)."""
        jti = claims.get("jti")
        return "" if isinstance(jti, str) and 0 < len(jti) <= 1000 else "jti: expected some text"

    def is_replayed(self, seen: datetime | None, now: datetime) -> bool:
        """Whether an assertion was used before and has not expired since; ``seen`` is when the earlier one expires."""
        return seen is not None and seen > now

    def granted(self, asked: Sequence[str], registration: Registration) -> tuple[str, ...]:
        """Return what of the scopes asked for this client is granted, never more."""
        return tuple(scope for scope in dict.fromkeys(asked) if scope in registration.scopes)

    def refuses_scope(self, granted: Sequence[str]) -> None:
        """Refuse when nothing of what was asked for is granted."""
        if not granted:
            raise Refused("invalid_scope", "none of the scopes is granted to this client")

    def token_lifetime(self) -> int:
        """Return for how many seconds a token is good (Security Framework 1.0, 4.1: 3600 recommended)."""
        return int(self.settings["token-lifetime"])

    def token_value(self, random: str) -> str:
        """Return an access token: opaque, ASCII, longer than 15 characters."""
        return f"at-{random}"

    def token_reply(self, token: AccessToken) -> Reply:
        """Answer a token that must not be kept by anybody in between."""
        body = token_answer(token.value, self.scopes_told(token), self.token_lifetime())
        return Reply(200, (("Content-Type", JSON), *self.token_headers()), body)

    def scopes_told(self, token: AccessToken) -> tuple[str, ...]:
        """Return the scopes that the answer names: those granted."""
        return token.scopes

    def token_headers(self) -> tuple[tuple[str, str], ...]:
        """Return the headers that keep caches away (RFC 6749, 5.1)."""
        return NO_STORE

    def token_error(self, refused: Refused) -> Reply:
        """Answer an error: status 400 and JSON (Security Framework 1.0, 4.1; RFC 6749, 5.2)."""
        headers = (("Content-Type", JSON), *self.token_headers())
        return Reply(refused.status, headers, token_error(refused.error, refused.description))


async def issue(platform: Platform, inbound: Inbound) -> Reply:
    """Answer a request for an access token."""
    pairs = decode_form(inbound.body).pairs
    given = dict(reversed(pairs))
    jws, claims = _unverified(given.get("client_assertion", ""))
    behaviour = platform.behaviour(str(claims.get("sub", "")) if claims else "", "token")
    try:
        behaviour.refuses_request(inbound, pairs)
        behaviour.refuses_grant(given)
        if jws is None or claims is None:
            raise Refused("invalid_client", "client_assertion: expected a signed JWT")
        token = await _issued(platform, behaviour, jws, claims, tuple(given.get("scope", "").split()))
    except Refused as refused:
        platform.tell("token-refused", {"error": refused.error, "why": refused.description})
        return behaviour.token_error(refused)
    platform.tell("token", {"client_id": token.client_id, "scope": " ".join(token.scopes)})
    return behaviour.token_reply(token)


def _unverified(assertion: str) -> tuple[Jws | None, Mapping[str, Any] | None]:
    try:
        jws = read(assertion)
        return jws, jws.claims()
    except JoseError:
        return None, None


async def _issued(
    platform: Platform, behaviour: TokenBehaviour, jws: Jws, claims: Mapping[str, Any], asked: Sequence[str]
) -> AccessToken:
    client_id = behaviour.client_of(claims)
    async with platform.store.transaction() as tx:
        registration = tx.get(REGISTRATIONS, client_id)
    behaviour.refuses_client(registration)
    verdict = behaviour.verified(jws, await platform.tool_keys(registration))
    if behaviour.refetches(verdict):
        verdict = behaviour.verified(jws, await platform.tool_keys(registration, again=True))
    behaviour.refuses_signature(verdict)
    now = platform.now(client_id)
    wrong = (
        behaviour.wrong_parties(claims, registration) or behaviour.wrong_audience(claims, platform.audiences())
        or behaviour.wrong_times(claims, now) or behaviour.wrong_id(claims)
    )  # fmt: skip
    if wrong:
        raise Refused("invalid_client", wrong)
    key = f"{client_id}/{claims.get('jti')}"
    granted = behaviour.granted(asked, registration)
    behaviour.refuses_scope(granted)
    value = behaviour.token_value(platform.secret("token"))
    token = AccessToken(value, client_id, granted, now + timedelta(seconds=behaviour.token_lifetime()))
    async with platform.store.transaction() as tx:
        if behaviour.is_replayed(tx.get(ASSERTIONS, key), now):
            raise Refused("invalid_client", "jti: this assertion was used before")
        tx.put(ASSERTIONS, key, _until(claims, now))
        tx.put(TOKENS, token.value, token)
    return token


def _until(claims: Mapping[str, Any], now: datetime) -> datetime:
    """Return until when an assertion has to be remembered."""
    expires = claims.get("exp")
    last = now.timestamp() + LONGEST
    # Compared before anything is computed: an integer of a peer may be beyond every float.
    until = min(expires, last) if isinstance(expires, int | float) else last
    return now + timedelta(seconds=max(float(until) - now.timestamp(), 0.0))
