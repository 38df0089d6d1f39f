"""The receiver of notices itself: verifies every element of a delivery alone, and lets it have its effect once."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from datetime import timedelta

from harness.net.listener import Inbound, Reply
from harness.net.patience import within
from harness.wire.jose import JoseError
from harness.wire.pns_notices import Notice, read_notice
from mocks.state.store import Transaction
from mocks.tool.domain import CONTEXTS, HAPPENINGS, NONCES, PLATFORMS, SEEN, SERVICES, Context, Platform, Service, key
from mocks.tool.environment import Environment
from mocks.tool.keysets import KeySets
from mocks.tool.receiving import (
    ACCEPTED,
    BODY,
    DUPLICATE,
    IGNORED,
    MALFORMED,
    REFUSED,
    TOO_MANY,
    Result,
)

MOST_NONCES = 20_000
LONGEST_MEMORY = timedelta(days=1)
"""How long a nonce is remembered at most; a token that lives longer is still one event, and has no second effect."""


class Notices:
    """Takes deliveries. What a notice changes is stored before it is answered."""

    def __init__(self, environment: Environment, keysets: KeySets) -> None:
        self._env = environment
        self._keysets = keysets

    async def answer(self, inbound: Inbound, types: Collection[str]) -> Reply:
        """Take one delivery at an endpoint for these types."""
        behaviour = self._env.behaviour()
        if inbound.method != "POST":
            return Reply(405, (("Content-Type", "text/plain"), ("Allow", "POST")), b"notices come by POST\n")
        intercepted = behaviour.intercept(inbound)
        if intercepted is not None:
            return intercepted
        reason = behaviour.refuses_shape(inbound)
        delivery = None if reason else behaviour.body(inbound)
        if delivery is None:
            reply = behaviour.refused_shape(reason)
        elif delivery.problem:
            reason = delivery.problem
            reply = behaviour.refused_shape(BODY, reason)
        elif len(delivery.jwts) > behaviour.most_notices:
            reason = TOO_MANY
            reply = behaviour.refused_shape(TOO_MANY)
        else:
            results = [await self._take(text, types) for text in delivery.jwts]
            reply = behaviour.answered(results)
            for at, result in enumerate(results):
                self._env.note(f"notice {at + 1} of {len(results)}: {result.outcome} {result.reason}")
        if reason:
            self._env.note(f"delivery of {len(inbound.body)} bytes: refused: {reason}")
        held_back = behaviour.delay(self._env.client.patience)
        if held_back:
            await within(held_back, asyncio.Event().wait())
        return reply

    async def _take(self, text: str | None, types: Collection[str]) -> Result:
        """Verify one element and let it have its effect."""
        behaviour = self._env.behaviour()
        try:
            jws = behaviour.parse(text)
            claims = jws.claims()
        except JoseError as error:
            return Result(MALFORMED, error.reason)
        problem = behaviour.algorithm(jws)
        if problem:
            return Result(REFUSED, problem)
        async with self._env.store.transaction() as tx:
            platforms = tx.rows(PLATFORMS)
        platform = behaviour.registration_for(claims, platforms)
        if platform is None:
            return Result(REFUSED, "unknown-issuer")
        # Nothing is locked while keys are fetched.
        keys = await behaviour.key_for(jws, platform, self._keysets)
        problem = (
            behaviour.signature(jws, keys)
            or behaviour.issuer(claims, platform)
            or behaviour.audience(claims, platform)
            or behaviour.times(claims, self._env.now())
        )
        if problem:
            return Result(REFUSED, problem)
        async with self._env.store.transaction() as tx:
            return self._apply(tx, read_notice(claims), platform, types)

    def _apply(self, tx: Transaction, notice: Notice, platform: Platform, types: Collection[str]) -> Result:
        behaviour = self._env.behaviour()
        problem = (
            behaviour.nonce(notice, lambda nonce: self._is_seen(tx, platform, nonce))
            or behaviour.version(notice)
            or behaviour.deployment(notice, platform)
            or behaviour.notice_claim(notice)
        )
        if problem != "replayed-nonce":
            self._remember(tx, platform, notice)
        if problem:
            return Result(REFUSED, problem)
        service: Service | None = tx.get(SERVICES, key(platform.key, notice.deployment_id or ""))
        if not behaviour.type_known(notice, types) or (service is not None and service.stopped):
            return Result(IGNORED, "type")
        if behaviour.is_duplicate(notice, lambda identity: tx.get(SEEN, identity) is not None):
            return Result(DUPLICATE)
        problem = behaviour.about_problem(notice)
        if problem:
            return Result(REFUSED, problem)
        self._effect(tx, notice, platform)
        return Result(ACCEPTED)

    def _effect(self, tx: Transaction, notice: Notice, platform: Platform) -> None:
        behaviour, now = self._env.behaviour(), self._env.now()
        tx.put(SEEN, behaviour.identity(notice), now)
        happening = behaviour.happening(platform, notice, now)
        tx.put(HAPPENINGS, key(happening.issuer, happening.client_id, happening.deployment, happening.id), happening)
        if notice.context_id is not None:
            where = behaviour.place(platform, notice, notice.context_id)
            context: Context = tx.get(CONTEXTS, key(*where)) or Context(*where)
            tx.put(CONTEXTS, key(*where), behaviour.touched(context, notice, now))

    def _is_seen(self, tx: Transaction, platform: Platform, nonce: str) -> bool:
        until = tx.get(NONCES, key(platform.key, nonce))
        return until is not None and until > self._env.now()

    def _remember(self, tx: Transaction, platform: Platform, notice: Notice) -> None:
        """Remember a nonce as long as its token could come again."""
        if notice.nonce is None:
            return
        now = self._env.now()
        if tx.count(NONCES) >= MOST_NONCES:
            for old in [one for one in tx.keys(NONCES) if tx.get(NONCES, one) <= now] or tx.keys(NONCES)[:1000]:
                tx.delete(NONCES, old)
        left = min(max((notice.exp or 0.0) - now.timestamp(), 0.0), LONGEST_MEMORY.total_seconds())
        until = now + timedelta(seconds=left) + self._env.behaviour().notice_leeway
        tx.put(NONCES, key(platform.key, notice.nonce), until)
