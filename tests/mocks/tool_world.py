"""A mock tool, and a little platform of the test's own: keys, a token service, a handlers service, a browser."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from fixtures.keys import signing_key
from harness.evidence.journal import Journal
from harness.net.client import NOWHERE, HttpClient, Received, Request
from harness.net.clock import ManualClock
from harness.net.listener import Inbound, Listener, Reply
from harness.subjects.counterpart import Surroundings
from harness.wire.binding import FORM, decode_form, encode_query
from harness.wire.jose import KeySet, SigningKey, read, verify
from harness.wire.lti import ROLE_LEARNER, launch_claims
from harness.wire.lti_token import token_answer
from harness.wire.pns import CLAIM, CONTEXT_COPY, HELLO_WORLD, pns_claim
from harness.wire.pns_handlers import Handler, Put, catalogue, handler_object, read_put
from harness.wire.pns_notices import context_copy_claims, notice_frame, write_body
from harness.wire.pns_probe import Probed, probe_url, read_probe
from mocks.state.store import Store
from mocks.tool.mock import ToolMock

NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
PATIENCE = 0.5
CLIENT = "client-1"


@dataclass
class Platform:
    """What a test lets the platform do; everything that came is kept."""

    clock: ManualClock
    issuer: str = "https://lms.example.edu"
    keys: list[SigningKey] = field(default_factory=lambda: [signing_key("platform-1")])
    tool_keys: Sequence[SigningKey] = (signing_key("tool-1"),)
    handlers: dict[str, dict[str, Handler]] = field(default_factory=dict)
    fetches: int = 0
    assertions: list[tuple[Mapping[str, Any], Mapping[str, Any]]] = field(default_factory=list)
    calls: list[Inbound] = field(default_factory=list)
    jwks: Reply | None = None
    token: Reply | None = None
    service: Reply | None = None
    refuse_tokens: int = 0
    expires_in: int = 3600
    catalogue_on_put: bool = False
    configuration: Mapping[str, Any] = field(default_factory=dict)
    registered: list[tuple[Inbound, Any]] = field(default_factory=list)
    registration: Reply | None = None
    base: str = ""
    gate: asyncio.Event | None = None

    async def answer(self, inbound: Inbound) -> Reply:
        name = inbound.path.split("/")[1]
        if name == "jwks":
            self.fetches += 1
            if self.gate is not None:
                await self.gate.wait()
            return self.jwks or Reply(200, (), json.dumps(KeySet.of(self.keys).document()).encode())
        if name == "token":
            return self._token(inbound)
        if name == "config":
            self.registered.append((inbound, None))
            return Reply(200, (), json.dumps(self.configuration).encode())
        if name == "register":
            self.registered.append((inbound, json.loads(inbound.body)))
            return self.registration or Reply(404)
        self.calls.append(inbound)
        return self._service(inbound, inbound.path.split("/")[2])

    def _token(self, inbound: Inbound) -> Reply:
        form = decode_form(inbound.body)
        jws = read(form.get("client_assertion") or "")
        assert verify(jws, self.tool_keys).ok
        self.assertions.append((jws.header, jws.claims()))
        scopes = (form.get("scope") or "").split()
        token = f"token-{len(self.assertions)}-of-the-platform"
        return self.token or Reply(200, (), token_answer(token, scopes, self.expires_in))

    def _service(self, inbound: Inbound, deployment: str) -> Reply:
        if self.refuse_tokens:
            self.refuse_tokens -= 1
            return Reply(401)
        if self.service:
            return self.service
        assert inbound.header("Authorization").startswith("Bearer token-")
        handlers = self.handlers.setdefault(deployment, {})
        if inbound.method == "GET":
            return Reply(200, (), json.dumps(catalogue(CLIENT, deployment, handlers.values())).encode())
        put = read_put(inbound.body)
        assert isinstance(put, Put)
        handlers[put.notice_type] = put.handler
        answer = catalogue(10, deployment, handlers.values()) if self.catalogue_on_put else handler_object(put.handler)
        return Reply(200, (), json.dumps(answer).encode())

    def facts(self, client_id: str = CLIENT, deployments: Sequence[str] | None = ("dep-1", "dep-2")) -> dict[str, Any]:
        return {
            "issuer": self.issuer, "client_id": client_id, "authorization_endpoint": f"{self.base}/auth?tenant=1",
            "token_endpoint": f"{self.base}/token", "jwks_uri": f"{self.base}/jwks",
            "audience": "https://api.example.edu/audience",
            "deployments": None if deployments is None else list(deployments),
        }  # fmt: skip

    @property
    def puts(self) -> list[Any]:
        return [json.loads(call.body) for call in self.calls if call.method == "PUT"]


@dataclass
class World:
    """One tool, its platform, and a client that plays browser, platform and owner."""

    clock: ManualClock
    mock: ToolMock
    client: HttpClient
    platform: Platform
    at: Mapping[str, Any]
    count: int = 0

    async def get(self, url: str, headers: tuple[tuple[str, str], ...] = ()) -> Received:
        return await self.client.send(NOWHERE, "get", Request("GET", url, headers))

    async def post(
        self, url: str, body: bytes = b"", media: str = "application/json", *more: tuple[str, str]
    ) -> Received:
        return await self.client.send(NOWHERE, "post", Request("POST", url, (("Content-Type", media), *more), body))

    # --- launches -----------------------------------------------------------------------------------------------

    def initiation(self, changes: Mapping[str, str | None] | None = None) -> tuple[tuple[str, str], ...]:
        plain = {
            "iss": self.platform.issuer, "login_hint": "hint-7", "target_link_uri": self.at["target_link_uri"],
            "lti_message_hint": "message hint/1", "lti_deployment_id": "dep-1", "client_id": CLIENT,
        }  # fmt: skip
        return tuple((name, value) for name, value in {**plain, **(changes or {})}.items() if value is not None)

    async def login(
        self, changes: Mapping[str, str | None] | None = None, method: str = "GET"
    ) -> tuple[dict[str, str], str]:
        """Begin a login; return the authentication request and the cookie."""
        query = encode_query(self.initiation(changes))
        if method == "GET":
            received = await self.get(f"{self.at['login_url']}?{query}")
        else:
            received = await self.post(self.at["login_url"], query.encode(), FORM)
        assert received.status == 302, received.body
        asked = dict(parse_qsl(urlsplit(received.header("Location") or "").query))
        return asked, (received.header("Set-Cookie") or "").partition(";")[0]

    def claims(self, nonce: str, changes: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return the claims of a launch with changes; None leaves a claim out."""
        plain = launch_claims(
            iss=self.platform.issuer, aud=CLIENT, sub="user-7", nonce=nonce, now=self.clock.now(), lifetime=600,
            deployment_id="dep-1", target_link_uri=self.at["target_link_uri"], resource_link={"id": "link-1"},
            roles=[ROLE_LEARNER], context={"id": "6836", "title": "Biology <101>"}, person={"name": "Ada L."},
            more={CLAIM: pns_claim(f"{self.platform.base}/handlers/dep-1?x=1", [CONTEXT_COPY, HELLO_WORLD, "LtiNew"])},
        )  # fmt: skip
        return {name: value for name, value in {**plain, **(changes or {})}.items() if value is not None}

    async def launch(
        self, changes: Mapping[str, Any] | None = None, *, key: SigningKey | None = None,
        header: Mapping[str, Any] | None = None, initiation: Mapping[str, str | None] | None = None,
        cookie: str | None = None, state: str | None = None,
    ) -> Received:  # fmt: skip
        """Launch, all in one; wait for what follows."""
        asked, own = await self.login(initiation)
        token = (key or self.platform.keys[0]).sign(json.dumps(self.claims(asked["nonce"], changes)).encode(), header)
        pairs = (("id_token", token), ("state", asked["state"] if state is None else state))
        received = await self.answer_login(pairs, own if cookie is None else cookie)
        await self.mock.quiesce()
        return received

    async def answer_login(self, pairs: tuple[tuple[str, str], ...], cookie: str) -> Received:
        return await self.post(self.at["redirect_urls"][0], encode_query(pairs).encode(), FORM, ("Cookie", cookie))

    # --- notices ------------------------------------------------------------------------------------------------

    def notice(self, context: str, changes: Mapping[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        """Return the claims of a context copy; None leaves a claim out. More: id, deployment, origins, event, nonce."""
        self.count += 1
        event = more.get("event", self.clock.now() - timedelta(minutes=1))
        plain = notice_frame(
            iss=self.platform.issuer, aud=CLIENT, deployment_id=more.get("deployment", "dep-1"),
            id=more.get("id", f"notice-{self.count}"), timestamp=event.isoformat(), type=CONTEXT_COPY,
            now=self.clock.now(), lifetime=600, nonce=more.get("nonce", f"nonce-{self.count}"),
        )  # fmt: skip
        plain |= context_copy_claims({"id": context, "title": "A copy"}, more.get("origins", ["6836"]))
        return {name: value for name, value in {**plain, **(changes or {})}.items() if value is not None}

    def sign(
        self, claims: Mapping[str, Any], header: Mapping[str, Any] | None = None, key: SigningKey | None = None
    ) -> str:
        return (key or self.platform.keys[0]).sign(json.dumps(claims).encode(), header)

    async def deliver(self, *tokens: str, type: str = CONTEXT_COPY) -> Received:
        return await self.post(self.at["handlers"][type], write_body(tokens))

    async def results(self, *tokens: str) -> list[tuple[str, str]]:
        received = await self.deliver(*tokens)
        return [(one["result"], one.get("reason", "")) for one in json.loads(received.body)["notices"]]

    async def result(self, token: str) -> tuple[str, str]:
        (one,) = await self.results(token)
        return one

    async def probe(self, context: str, deployment: str = "") -> Probed:
        received = await self.get(probe_url(self.at["probe"], context, deployment))
        found = read_probe(received.status, received.body)
        assert not found.refused, found.refused
        return found

    async def log(self) -> str:
        return (await self.get(self.at["log"])).body.decode()


@asynccontextmanager
async def world(
    *faults: str, configured: bool = True, store: Store | None = None, **around: Any
) -> AsyncIterator[World]:
    clock = ManualClock(NOW)
    platform = Platform(clock)
    listener, mock, client = Listener(platform.answer), ToolMock(store), HttpClient(Journal(clock.now), 5.0)
    await listener.start()
    platform.base = f"http://127.0.0.1:{listener.port}"
    at = await mock.start(Surroundings(faults=faults, clock=clock, patience=PATIENCE, **around))
    try:
        if configured:
            await mock.configure(platform.facts())
        yield World(clock, mock, client, platform, at)
    finally:
        await mock.quiesce()
        await mock.stop()
        await client.close()
        await listener.stop()
