"""Faults of the token endpoint."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from harness.net.listener import Inbound, Reply
from harness.wire.binding import Pairs
from harness.wire.pns import SCOPE
from mocks.faults.base import LEFT_OUT, VARIANT, WRONG_VALUE, Fault
from mocks.platform.answers import Refused
from mocks.platform.behaviour import PlatformBehaviour
from mocks.platform.domain import AccessToken, Registration

# --- what a right request gets ----------------------------------------------------------------------------------------


class NoTokenForNotices(Fault, PlatformBehaviour):
    """The scope of notice handlers is granted to nobody."""

    name = "platform.no-token-for-notices"
    kind = LEFT_OUT
    breaks = {"LTI-TOKEN-01": "no-token"}

    def granted(self, asked: Sequence[str], registration: Registration) -> tuple[str, ...]:
        return tuple(scope for scope in super().granted(asked, registration) if scope != SCOPE)


class WantsSecret(Fault, PlatformBehaviour):
    """A client has to send a secret, as with other kinds of OAuth."""

    name = "platform.wants-secret"
    kind = WRONG_VALUE
    breaks = {"LTI-TOKEN-01": "no-token"}

    def refuses_request(self, inbound: Inbound, pairs: Pairs) -> None:
        super().refuses_request(inbound, pairs)
        if "client_secret" not in dict(pairs):
            raise Refused("invalid_client", "client_secret is missing")


def _bent_answer(name: str, kind: str, doc: str, breaks: Mapping[str, str], bend: Any) -> type[Fault]:
    """Make a fault that changes the members of a token answer.

    Without the token no token is given, and without its life it does not live for an hour.
    """

    def token_reply(self: PlatformBehaviour, token: AccessToken) -> Reply:
        reply = PlatformBehaviour.token_reply(self, token)
        members = json.loads(reply.body)
        bend(members)
        return replace(reply, body=json.dumps(members).encode())

    collateral = {"no-access-token": ("LTI-TOKEN-01",), "no-expires-in": ("LTI-TOKEN-04",)}
    body: dict[str, Any] = {"__doc__": doc, "name": name, "kind": kind, "breaks": breaks, "token_reply": token_reply}
    body["collateral"] = next((rows for reason, rows in collateral.items() if reason in breaks.values()), ())
    return type("BentAnswer", (Fault, PlatformBehaviour), body)


FAMILY = (
    *(
        _bent_answer(
            f"platform.token-without-{member.replace('_', '-')}", LEFT_OUT, f"A token answer has no {member}.",
            {"LTI-TOKEN-02": f"no-{member.replace('_', '-')}"}, lambda members, member=member: members.pop(member),
        )
        for member in ("access_token", "token_type", "expires_in", "scope")
    ),
    _bent_answer(
        "platform.token-of-type-mac", WRONG_VALUE, "Tokens are told to be of type mac.",
        {"LTI-TOKEN-02": "wrong-token-type"}, lambda members: members.update(token_type="mac"),
    ),
)  # fmt: skip


class EchoesScopes(Fault, PlatformBehaviour):
    """Whatever scopes are asked for are granted, if one of them is known."""

    name = "platform.echoes-scopes"
    kind = LEFT_OUT
    breaks = {"LTI-TOKEN-03": "unknown-granted"}

    def granted(self, asked: Sequence[str], registration: Registration) -> tuple[str, ...]:
        return tuple(asked) if super().granted(asked, registration) else ()


class GrantsAll(Fault, PlatformBehaviour):
    """A token has all scopes of its client, whatever was asked for."""

    name = "platform.grants-all"
    kind = WRONG_VALUE
    breaks = {"LTI-TOKEN-03": "more-than-asked"}

    def granted(self, asked: Sequence[str], registration: Registration) -> tuple[str, ...]:
        return registration.scopes if super().granted(asked, registration) else ()


class ShortLife(Fault, PlatformBehaviour):
    """Tokens live for ten minutes."""

    name = "platform.short-token-life"
    breaks = {"LTI-TOKEN-04": "other-life"}

    def token_lifetime(self) -> int:
        return 600


class ShortToken(Fault, PlatformBehaviour):
    """Tokens are of eight characters."""

    name = "platform.short-token"
    kind = LEFT_OUT
    breaks = {"LTI-TOKEN-05": "short"}

    def token_value(self, random: str) -> str:
        return random[:8]


class TokenBeyondAscii(Fault, PlatformBehaviour):
    """Tokens hold a letter beyond ASCII."""

    name = "platform.token-beyond-ascii"
    kind = WRONG_VALUE
    breaks = {"LTI-TOKEN-05": "not-ascii"}

    def token_value(self, random: str) -> str:
        return f"ätoken-{random}"


class TokenMayBeKept(Fault, PlatformBehaviour):
    """Nothing keeps caches from answers of the token endpoint."""

    name = "platform.token-may-be-kept"
    kind = LEFT_OUT
    breaks = {"LTI-TOKEN-06": "stored"}

    def token_headers(self) -> tuple[tuple[str, str], ...]:
        return ()


class ErrorMayBeKept(Fault, PlatformBehaviour):
    """Errors of the token endpoint may be kept by caches."""

    name = "platform.token-error-may-be-kept"
    breaks = {"LTI-TOKEN-06": "stored"}

    def token_error(self, refused: Refused) -> Reply:
        reply = super().token_error(refused)
        return replace(reply, headers=tuple(one for one in reply.headers if one[0] != "Cache-Control"))


# --- scopes, errors, the end of a token -------------------------------------------------------------------------------


class GrantsNothing(Fault, PlatformBehaviour):
    """A token is given although none of the scopes is granted."""

    name = "platform.token-without-grant"
    kind = LEFT_OUT
    breaks = {"LTI-TOKEN-13": "granted"}

    def refuses_scope(self, granted: Sequence[str]) -> None:
        return None


class ScopeByBeginning(Fault, PlatformBehaviour):
    """A scope that begins like one that is granted is granted."""

    name = "platform.scope-by-beginning"
    kind = WRONG_VALUE
    breaks = {"LTI-TOKEN-13": "granted"}

    def granted(self, asked: Sequence[str], registration: Registration) -> tuple[str, ...]:
        return tuple(one for one in asked if any(one.startswith(known) for known in registration.scopes))


class ScopeErrorIsRequestError(Fault, PlatformBehaviour):
    """Scopes that are not granted make a request invalid in general."""

    name = "platform.scope-error-is-request-error"
    kind = WRONG_VALUE
    breaks = {"LTI-TOKEN-13": "wrong-code"}

    def refuses_scope(self, granted: Sequence[str]) -> None:
        if not granted:
            raise Refused("invalid_request", "scope: none of them is granted")


class NoScopeNeeded(Fault, PlatformBehaviour):
    """A request without scope gets all that its client has."""

    name = "platform.no-scope-needed"
    kind = LEFT_OUT
    breaks = {"LTI-TOKEN-14": "accepted"}

    def needs_scope(self) -> bool:
        return False

    def granted(self, asked: Sequence[str], registration: Registration) -> tuple[str, ...]:
        return super().granted(asked, registration) if asked else registration.scopes


class EmptyToken(Fault, PlatformBehaviour):
    """A request without scope gets a token that is good for nothing; so does who asks for unknown scopes."""

    name = "platform.token-for-nothing"
    kind = WRONG_VALUE
    breaks = {"LTI-TOKEN-14": "accepted"}
    collateral = ("LTI-TOKEN-13",)

    def needs_scope(self) -> bool:
        return False

    def refuses_scope(self, granted: Sequence[str]) -> None:
        return None


class ErrorInWords(Fault, PlatformBehaviour):
    """Errors are told in plain text; a code that is not told is not invalid_scope either."""

    name = "platform.token-error-in-words"
    kind = LEFT_OUT
    breaks = {"LTI-TOKEN-12": "no-error"}
    collateral = ("LTI-TOKEN-13",)

    def token_error(self, refused: Refused) -> Reply:
        return Reply(refused.status, (("Content-Type", "text/plain"), *self.token_headers()), b"no token for you")


class ErrorIsForbidden(Fault, PlatformBehaviour):
    """Whoever is refused is refused by 403."""

    name = "platform.token-error-403"
    kind = WRONG_VALUE
    breaks = {"LTI-TOKEN-12": "wrong-status"}

    def token_error(self, refused: Refused) -> Reply:
        return replace(super().token_error(refused), status=403)


class TokensNeverEnd(Fault, PlatformBehaviour):
    """A token is good for ever."""

    name = "platform.tokens-never-end"
    kind = LEFT_OUT
    breaks = {"LTI-TOKEN-18": "still-taken"}

    def is_expired(self, token: AccessToken, now: datetime) -> bool:
        return False


class TokensEndLate(Fault, PlatformBehaviour):
    """A token is good for a day beyond what was told of it."""

    name = "platform.tokens-end-late"
    kind = WRONG_VALUE
    breaks = {"LTI-TOKEN-18": "still-taken"}

    def is_expired(self, token: AccessToken, now: datetime) -> bool:
        return token.expires + timedelta(days=1) <= now


class DisabledGetsToken(Fault, PlatformBehaviour):
    """A client need not be enabled."""

    name = "platform.disabled-gets-token"
    kind = LEFT_OUT
    breaks = {"LTI-TOKEN-19": "granted"}

    def refuses_client(self, registration: Registration | None) -> None:
        if registration is None:
            raise Refused("invalid_client", "the client is not known")


class DisabledGetsEmptyToken(Fault, PlatformBehaviour):
    """A client that is not enabled gets a token without any scope; others get one for unknown scopes as well."""

    name = "platform.disabled-gets-empty-token"
    kind = WRONG_VALUE
    breaks = {"LTI-TOKEN-19": "granted"}
    collateral = ("LTI-TOKEN-13",)

    def refuses_client(self, registration: Registration | None) -> None:
        if registration is None:
            raise Refused("invalid_client", "the client is not known")

    def granted(self, asked: Sequence[str], registration: Registration) -> tuple[str, ...]:
        return super().granted(asked, registration) if registration.enabled else ()

    def refuses_scope(self, granted: Sequence[str]) -> None:
        return None


# --- legitimate variants ----------------------------------------------------------------------------------------------


class UnauthorizedClient(Fault, PlatformBehaviour):
    """A client that cannot prove itself is refused by 401, as RFC 6749, 5.2, permits."""

    name = "platform.variant-401-for-client"
    kind = VARIANT

    def token_error(self, refused: Refused) -> Reply:
        reply = super().token_error(refused)
        return replace(reply, status=401) if refused.error == "invalid_client" else reply


class OtherWords(Fault, PlatformBehaviour):
    """Token type in lower case, a life as long as ever, and nothing explained."""

    name = "platform.variant-bare-token-answers"
    kind = VARIANT

    def token_error(self, refused: Refused) -> Reply:
        return super().token_error(Refused(refused.error, "", refused.status))

    def token_reply(self, token: AccessToken) -> Reply:
        reply = super().token_reply(token)
        return replace(reply, body=reply.body.replace(b'"Bearer"', b'"bearer"'))


class RefusesPartly(Fault, PlatformBehaviour):
    """A request with one scope that is not granted is refused as a whole (RFC 6749, 5.2)."""

    name = "platform.variant-scopes-whole-or-none"
    kind = VARIANT

    def granted(self, asked: Sequence[str], registration: Registration) -> tuple[str, ...]:
        found = super().granted(asked, registration)
        return found if len(found) == len(set(asked)) else ()


class GetsAreNotAllowed(Fault, PlatformBehaviour):
    """The wrong method is refused as HTTP does it, and so is another media type."""

    name = "platform.variant-http-refusals"
    kind = VARIANT

    def refuses_request(self, inbound: Inbound, pairs: Pairs) -> None:
        if inbound.method != "POST":
            raise Refused("invalid_request", "", 405)
        media = inbound.header("Content-Type").partition(";")[0]
        if media == "application/json":
            raise Refused("invalid_request", "", 415)
        super().refuses_request(inbound, pairs)
