"""A platform of a profile without a socket: requests go straight to its routes, and its clock stands still."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

from fixtures.keys import signing_key
from harness.evidence.journal import Journal
from harness.judging.profiles import load_profile
from harness.net.client import HttpClient
from harness.net.clock import ManualClock
from harness.net.listener import Inbound, Reply
from harness.wire.binding import FORM, Pairs, encode_query
from harness.wire.lti_token import assertion_claims, token_request
from harness.wire.pns import SCOPE
from mocks.platform.admitting import deploy, registration_of
from mocks.platform.behaviour import PlatformBehaviour
from mocks.platform.domain import DEPLOYMENTS, REGISTRATIONS, Deployment, Registration
from mocks.platform.mock import test_keys as known_keys
from mocks.platform.people import populate
from mocks.platform.platform import Platform
from mocks.platform.routes import route
from mocks.state.memory import MemoryStore
from mocks.state.store import Store

KEY = signing_key("tool-1")
TOOL: Mapping[str, Any] = {
    "name": "A tool", "login_url": "https://tool.example.com/login", "redirect_urls": ["https://tool.example.com/l"],
    "jwks": {"keys": [KEY.public()]},
}  # fmt: skip
JSON = (("Content-Type", "application/json"),)
T = TypeVar("T")


@dataclass
class Office:
    """The platform, its clock, what it has told, and one tool that is registered and placed."""

    platform: Platform
    clock: ManualClock
    told: list[tuple[str, Mapping[str, Any]]]
    client_id: str = ""
    deployment_id: str = ""
    courses: list[str] = field(default_factory=list)
    count: int = 0

    def run(self, doing: Coroutine[Any, Any, T]) -> T:
        return asyncio.run(doing)

    def send(
        self, method: str, target: str, body: bytes = b"", headers: tuple[tuple[str, str], ...] = (), host: str = ""
    ) -> Reply:  # fmt: skip
        """Send a request to a path; an answer of 5xx, or an exception, is never right."""
        hosted = (("Host", host or "127.0.0.1:1"), *headers)
        target = target.removeprefix(self.platform.base)
        reply = self.run(route(self.platform, Inbound(f"{method} {target} HTTP/1.1", method, target, hosted, body)))
        assert reply.status < 500, reply
        return reply

    # --- tokens ---

    def assertion(self, header: Mapping[str, Any] | None = None, **claims: Any) -> str:
        self.count += 1
        now = self.platform.now("")
        made = assertion_claims(self.client_id, self.platform.audiences()[0], now, f"jti-{self.count}")
        made = {name: value for name, value in {**made, **claims}.items() if value is not None}
        return KEY.sign(json.dumps(made).encode(), header)

    def token(self, *, pairs: Pairs | None = None, scope: str = SCOPE, **claims: Any) -> Reply:
        return self.form(pairs or token_request(self.assertion(**claims), (scope,)))

    def form(self, pairs: Pairs, headers: tuple[tuple[str, str], ...] = ()) -> Reply:
        kind = (("Content-Type", FORM), ("User-Agent", "t"), *headers)
        return self.send("POST", self.platform.token_url, encode_query(pairs).encode(), kind)

    # --- the admin API ---

    def admin(
        self, method: str, path: str, value: Any = None, *, token: str | None = None,
        headers: tuple[tuple[str, str], ...] = JSON, host: str = "", raw: bytes | None = None,
    ) -> Reply:  # fmt: skip
        shown = self.platform.admin_token if token is None else token
        bearer = (("Authorization", f"Bearer {shown}"),) if shown else ()
        body = raw if raw is not None else b"" if value is None else json.dumps(value).encode()
        return self.send(method, self.platform.admin_url + path, body, (*bearer, *headers), host)

    def done(self, method: str, path: str, value: Any = None) -> Any:
        reply = self.admin(method, path, value)
        assert reply.status == 200, reply
        return json.loads(reply.body)

    # --- the store ---

    def registration(self, client_id: str = "") -> Registration | None:
        return self.run(self._row(REGISTRATIONS, client_id or self.client_id))  # type: ignore[no-any-return]

    def deployment(self, name: str = "") -> Deployment | None:
        return self.run(self._row(DEPLOYMENTS, name or self.deployment_id))  # type: ignore[no-any-return]

    async def _row(self, table: str, key: str) -> Any:
        async with self.platform.store.transaction() as tx:
            return tx.get(table, key)

    def later(self, **step: float) -> None:
        self.clock.advance(timedelta(**step))


def office(profile: str = "pns-spec", store: Store | None = None, **changes: Any) -> Office:
    """Open a platform; ``changes`` are settings, with underscores for hyphens."""
    clock = ManualClock()
    settings = load_profile(profile).for_subject("lti-platform")
    settings |= {name.replace("_", "-"): value for name, value in changes.items()}
    behaviour = PlatformBehaviour(settings)
    client = HttpClient(Journal(clock.now, recording=False), 0.5)
    told: list[tuple[str, Mapping[str, Any]]] = []
    platform = Platform(
        clock, client, lambda tenant: behaviour, settings, "http://127.0.0.1:1", known_keys, store or MemoryStore(),
        tell=lambda name, facts: told.append((name, facts)),
    )  # fmt: skip
    made = Office(platform, clock, told)

    async def prepare() -> None:
        await platform.prepare()
        async with platform.store.transaction() as tx:
            made.courses = [course.id for course in populate(platform, tx)]
            made.client_id = platform.next_client_id(tx)
            tx.put(REGISTRATIONS, made.client_id, registration_of(TOOL, made.client_id))
            made.deployment_id = deploy(platform, tx, made.client_id).id

    asyncio.run(prepare())
    return made
