"""Notice handlers: listed, set where they differ from ours, set again when they are gone, taken back."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace

from harness.net.client import Received, Request
from harness.wire.pns import SCOPE, TYPES, PnsClaim
from harness.wire.pns_handlers import Catalogue, Handler, put_body, read_catalogue
from mocks.tool.domain import PLATFORMS, SERVICES, Platform, Service, key
from mocks.tool.environment import Environment, Trouble
from mocks.tool.tokens import Tokens


class ServiceBehaviour:
    """How the tool asks for notices; faults override single methods or attributes."""

    knows: tuple[str, ...] = TYPES
    """The notice types that the tool has a use for."""
    max_batch_size: int | None = None
    most_repetitions: int = 1
    """How often a request is repeated that is refused again and again."""

    def service_url(self, claim: PnsClaim) -> str | None:
        """Return where handlers are set: as the claim says, unmodified."""
        return claim.url

    def service_scopes(self, scopes: Sequence[str]) -> tuple[str, ...]:
        """Return the scopes to ask for: the known one, also when the claim does not say which."""
        return (SCOPE,)

    def may_ask(self, granted: str) -> bool:
        """Tell whether the service may be used with the scopes that were granted; empty, that is not known."""
        return not granted or SCOPE in granted.split()

    def service_of(self, service: Service) -> Service:
        """Return what is used of the services of all deployments for one of them: its own."""
        return service

    def read_list(self, body: bytes) -> Catalogue:
        """Read the list of handlers; what is not known does not matter, and the client id may be a number."""
        return read_catalogue(body)

    def put_problem(self, received: Received) -> str:
        """Return why a handler was not set; what the answer to a success looks like does not matter."""
        return "" if 200 <= received.status < 300 else f"status {received.status}"

    def wanted(self, listed: Sequence[str]) -> tuple[str, ...]:
        """Return the types to subscribe to: those of the claim that the tool knows."""
        return tuple(name for name in self.knows if name in listed)

    def handler_path(self, notice_type: str) -> str:
        """Return the path of the handler of a type; all types have one."""
        return "/notices"

    def differs(self, found: Handler | None, ours: Handler) -> bool:
        """Tell whether a handler is to be set: it is gone, or is another one."""
        if found is None or found.url != ours.url:
            return True
        return ours.max_batch_size is not None and found.max_batch_size != ours.max_batch_size

    def put_headers(self) -> tuple[tuple[str, str], ...]:
        """Return the headers of a PUT besides the authorization."""
        return (("Content-Type", "application/json"), ("Accept", "application/json"))

    def put_body(self, handler: Handler) -> bytes:
        """Write what is put; an empty URL takes a handler back."""
        return put_body(handler.notice_type, handler.url, handler.max_batch_size)

    def tries_again(self, received: Received) -> bool:
        """Tell whether a refused request is repeated with a fresh token."""
        return received.status == 401

    def subscribes_at_launch(self) -> bool:
        """Whether every launch looks after the handlers of its deployment: so they are restored when they are gone."""
        return True

    def subscribes_before_answering(self) -> bool:
        """Whether the user waits for that: no."""
        return False


class Services:
    """Looks after the handlers of deployments; for one deployment one thing is done after the other."""

    def __init__(self, environment: Environment, tokens: Tokens) -> None:
        self._env = environment
        self._tokens = tokens
        self._locks: dict[str, asyncio.Lock] = {}

    async def known(self, deployment: str, issuer: str = "") -> tuple[Platform, Service] | None:
        """Return the service of a deployment, of the issuer if one is named."""
        async with self._env.store.transaction() as tx:
            for service in tx.rows(SERVICES):
                if service.deployment == deployment and issuer in ("", service.issuer):
                    platform = tx.get(PLATFORMS, key(service.issuer, service.client_id))
                    if platform is not None:
                        return platform, service
        return None

    async def subscribe(self, platform: Platform, deployment: str, *, wish: bool = False) -> tuple[str, ...]:
        """Let every type that the service offers come to us; return the types that were set.

        Without a ``wish`` a tool that has unsubscribed stays so. Raises `Trouble`.
        """
        async with self._lock(platform, deployment):
            service = await self._service(platform, deployment, stopped=False if wish else None)
            behaviour = self._env.behaviour()
            if service.stopped:
                return ()
            if not behaviour.may_ask(platform.scope):
                raise Trouble("the platform has not granted the scope of notices")
            listed = await self._list(platform, service)
            ours = [
                Handler(name, self._env.base + behaviour.handler_path(name), behaviour.max_batch_size)
                for name in behaviour.wanted(service.types)
            ]
            due = [one for one in ours if behaviour.differs(listed.get(one.notice_type), one)]
            await self._put_all(platform, service, due)
            return tuple(one.notice_type for one in due)

    async def unsubscribe(self, platform: Platform, deployment: str) -> tuple[str, ...]:
        """Take back every handler of ours; return their types. Raises `Trouble`."""
        async with self._lock(platform, deployment):
            service = await self._service(platform, deployment, stopped=True)
            behaviour = self._env.behaviour()
            listed = await self._list(platform, service)
            types = [name for name in behaviour.wanted(service.types) if name not in listed or listed[name].url]
            await self._put_all(platform, service, [Handler(name, "", None) for name in types])
            return tuple(types)

    def _lock(self, platform: Platform, deployment: str) -> asyncio.Lock:
        return self._locks.setdefault(key(platform.key, deployment), asyncio.Lock())

    async def _service(self, platform: Platform, deployment: str, *, stopped: bool | None) -> Service:
        place = key(platform.key, deployment)
        async with self._env.store.transaction() as tx:
            service: Service | None = tx.get(SERVICES, place)
            if service is None:
                raise Trouble(f"no launch has named a notice service for deployment {deployment!r}")
            if stopped is not None and stopped != service.stopped:
                service = replace(service, stopped=stopped)
                tx.put(SERVICES, place, service)
        return self._env.behaviour().service_of(service)

    async def _list(self, platform: Platform, service: Service) -> dict[str, Handler]:
        received = await self._call(platform, service, "GET", (("Accept", "application/json"),))
        if not 200 <= received.status < 300:
            raise Trouble(f"the notice service answers the list with status {received.status}")
        found = self._env.behaviour().read_list(received.body)
        self._env.note(f"handlers of {service.deployment}: {len(found.handlers)} listed")
        return {one.notice_type: one for one in found.handlers}

    async def _put_all(self, platform: Platform, service: Service, handlers: Iterable[Handler]) -> None:
        behaviour, refused = self._env.behaviour(), []
        for handler in handlers:
            body = behaviour.put_body(handler)
            received = await self._call(platform, service, "PUT", behaviour.put_headers(), body)
            problem = behaviour.put_problem(received)
            done = problem or ("set" if handler.url else "removed")
            self._env.note(f"handler of {service.deployment} for {handler.notice_type}: {done}")
            if problem:
                refused.append(f"{handler.notice_type} with {problem}")
        if refused:
            raise Trouble(f"the notice service refuses {', '.join(refused)}")

    async def _call(
        self, platform: Platform, service: Service, method: str, headers: tuple[tuple[str, str], ...], body: bytes = b""
    ) -> Received:
        behaviour = self._env.behaviour()
        scopes = behaviour.service_scopes(service.scopes)
        token = await self._tokens.token(platform, service.deployment, scopes)
        for number in range(behaviour.most_repetitions + 1):
            authorization = ("Authorization", behaviour.authorization(token))
            request = Request(method, service.url, (authorization, *headers), body)
            received = await self._env.send("handlers", request)
            if number == behaviour.most_repetitions or not behaviour.tries_again(received):
                break
            self._env.note("handlers: the token is refused, asking for another one")
            token = await self._tokens.token(platform, service.deployment, scopes, instead_of=token)
        return received
