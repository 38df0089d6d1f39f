"""Access tokens: asked for with a signed assertion, kept until they expire (Security Framework 1.0, 4.1.1)."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from harness.net.client import Request
from harness.wire.binding import FORM, encode_query
from harness.wire.lti_token import assertion_claims, read_token_answer, token_request
from mocks.tool.domain import Platform, key
from mocks.tool.environment import Environment, Trouble


class TokenBehaviour:
    """How the tool asks for tokens; faults override single methods or attributes."""

    assertion_lifetime: int = 60
    """Seconds from ``iat`` to ``exp`` of an assertion; at most about five minutes are usual."""
    token_margin: timedelta = timedelta(seconds=30)
    """A token is not used any more so long before it expires."""

    def jti(self) -> str:
        """Return a name for an assertion that no other has."""
        return str(uuid.uuid4())

    def assertion_audience(self, platform: Platform) -> str | Sequence[str]:
        """Return for whom assertions are: the configured audience, or else the token endpoint."""
        return platform.audience or platform.token_endpoint

    def assertion_deployment(self, deployment: str) -> str | None:
        """Return the deployment that an assertion names (LTI Core 1.3, 6.2.1); None leaves it out."""
        return deployment

    def assertion(self, platform: Platform, deployment: str, now: datetime) -> dict[str, Any]:
        """Return the claims of an assertion."""
        return assertion_claims(
            platform.client_id, self.assertion_audience(platform), now, self.jti(), self.assertion_lifetime,
            self.assertion_deployment(deployment),
        )  # fmt: skip

    def assertion_header(self, kid: str | None) -> Mapping[str, Any]:
        """Return members of the assertion's header besides those that signing puts there (alg, kid, typ)."""
        return {}

    def reuses_token(self, expires: datetime, now: datetime) -> bool:
        """Tell whether a token that is kept is used again."""
        return now < expires - self.token_margin

    def token_lifetime(self, expires_in: float | None) -> timedelta:
        """Return how long a token is good: an hour, as is recommended, when that was not told."""
        return timedelta(seconds=min(max(3600.0 if expires_in is None else expires_in, 0.0), 86400.0))

    def authorization(self, token: str) -> str:
        """Return the value of the Authorization header (RFC 6750, 2.1), whatever case the token type came in."""
        return f"Bearer {token}"


class Tokens:
    """Keeps one token for each registration, deployment and set of scopes."""

    def __init__(self, environment: Environment) -> None:
        self._env = environment
        self._kept: dict[str, tuple[str, datetime]] = {}

    async def token(
        self, platform: Platform, deployment: str, scopes: Sequence[str], *, instead_of: str | None = None
    ) -> str:
        """Return a token, but not the one that was just refused; raises `Trouble` when none is given."""
        behaviour, place = self._env.behaviour(), key(platform.key, deployment, *scopes)
        kept = self._kept.get(place)
        if kept and kept[0] != instead_of and behaviour.reuses_token(kept[1], self._env.now()):
            return kept[0]
        now = self._env.now()
        signer = self._env.keys[0]
        claims = json.dumps(behaviour.assertion(platform, deployment, now), separators=(",", ":")).encode()
        pairs = token_request(signer.sign(claims, behaviour.assertion_header(signer.kid)), scopes)
        headers = (("Content-Type", FORM), ("Accept", "application/json"))
        request = Request("POST", platform.token_endpoint, headers, encode_query(pairs).encode())
        received = await self._env.send("token", request)
        answer = read_token_answer(received.status, received.headers, received.body)
        token = answer.access_token
        if not answer.ok or token is None:
            self._kept.pop(place, None)
            why = answer.error or f"status {received.status}"
            raise Trouble(f"the token service refuses: {why} {answer.error_description or ''}".strip())
        if not (token.isascii() and token.isprintable() and " " not in token):
            raise Trouble("the token service gave a token that no header can carry")
        self._env.note(f"token: got one at {platform.token_endpoint} for {' '.join(scopes)}")
        self._kept[place] = (token, now + behaviour.token_lifetime(answer.expires_in))
        return token

    def forget(self) -> None:
        """Forget all tokens."""
        self._kept.clear()
