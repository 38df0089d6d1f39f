"""The tool itself: its public addresses, and what its owner may look at and do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from harness.net.client import HttpClient
from harness.net.clock import Clock
from harness.net.listener import Inbound, Reply
from harness.wire.jose import SigningKey
from mocks.state.store import Store
from mocks.tool.behaviour import ToolBehaviour
from mocks.tool.copies import ancestors
from mocks.tool.domain import CONTEXTS, HAPPENINGS, LAUNCHES, PLATFORMS, TABLES, Context, Happening, Launch, Platform
from mocks.tool.environment import Environment, Trouble
from mocks.tool.keysets import KeySets
from mocks.tool.launching import Launches
from mocks.tool.logins import Logins
from mocks.tool.notices import Notices
from mocks.tool.pages import page, refusal
from mocks.tool.registering import Registering
from mocks.tool.services import Services
from mocks.tool.tokens import Tokens


class Tool:
    """One tool. Its state lives in ``store``; ``behaviour`` is asked for each message, so that faults can change."""

    def __init__(
        self, store: Store, clock: Clock, client: HttpClient, behaviour: Callable[[], ToolBehaviour],
        keys: Sequence[SigningKey], *, base: str = "", name: str = "Mock tool",
    ) -> None:  # fmt: skip
        self.env = Environment(store, clock, client, behaviour, keys, base)
        self.name = name
        self._tokens = Tokens(self.env)
        self._keysets = KeySets(self.env)
        self._logins = Logins(self.env)
        self._services = Services(self.env, self._tokens)
        self._launches = Launches(self.env, self._logins, self._keysets, self._services)
        self._notices = Notices(self.env, self._keysets)
        self._registering = Registering(self.env, self)

    @property
    def handlers(self) -> Mapping[str, str]:
        """The address of the handler of each type that the tool knows."""
        behaviour = self.env.behaviour()
        return {name: self.env.base + behaviour.handler_path(name) for name in behaviour.knows}

    async def answer(self, inbound: Inbound) -> Reply:
        """Answer one public request."""
        behaviour, path = self.env.behaviour(), inbound.path
        prefix = urlsplit(self.env.base).path
        if prefix and path.startswith(f"{prefix}/"):  # whatever stands between us and the public has left it there
            path = path.removeprefix(prefix)
        intercepted = behaviour.intercept_all(inbound)
        if intercepted is not None:
            return intercepted
        types = [name for name in behaviour.knows if behaviour.handler_path(name) == path]
        if types:
            return await self._notices.answer(inbound, types)
        if path == "/login":
            return await self._logins.answer(inbound)
        if path == "/launch":
            return await self._launches.answer(inbound)
        if inbound.method not in ("GET", "HEAD"):
            return refusal(404, "Nothing is here", "no such address")
        if path == "/keys":
            return behaviour.published(self.env.keys)
        if path == "/register":
            return await self._registering.answer(inbound)
        if path in ("/", "/resource"):
            return page(self.name, (("How to come in", "start at your platform"),))
        return refusal(404, "Nothing is here", "no such address")

    # --- what its owner does ------------------------------------------------------------------------------------

    async def configure(self, platform: Platform) -> None:
        """Make a platform known, or change what is known of it; deployments that launches made known stay."""
        async with self.env.store.transaction() as tx:
            before: Platform | None = tx.get(PLATFORMS, platform.key)
            if before is not None and platform.onboards:
                known = dict.fromkeys((*before.deployments, *platform.deployments))
                platform = replace(platform, deployments=tuple(known))
            tx.put(PLATFORMS, platform.key, platform)
        self.env.note(f"configured: {platform.issuer} for {platform.client_id}")

    async def register(self, configuration_url: str, token: str = "") -> Platform:
        """Register at a platform (dynamic registration) and make it known. Raises `Trouble` or `Unfit`."""
        platform = await self._registering.register(configuration_url, token)
        await self.configure(platform)
        return platform

    async def subscribe(self, deployment: str, issuer: str = "") -> tuple[str, ...]:
        """Let notices of a deployment come; return the types whose handler was set. Raises `Trouble`."""
        platform = await self._platform_of(deployment, issuer)
        return await self._services.subscribe(platform, deployment, wish=True)

    async def unsubscribe(self, deployment: str, issuer: str = "") -> tuple[str, ...]:
        """Let no notices of a deployment come any more; return the types that were taken back. Raises `Trouble`."""
        platform = await self._platform_of(deployment, issuer)
        return await self._services.unsubscribe(platform, deployment)

    async def _platform_of(self, deployment: str, issuer: str) -> Platform:
        found = await self._services.known(deployment, issuer)
        if found is None:
            raise Trouble(f"no launch has named a notice service for deployment {deployment!r}")
        return found[0]

    async def contexts(self, context: str, deployment: str = "", issuer: str = "") -> list[Context]:
        """Return what is known of a context, in one deployment or in all."""
        async with self.env.store.transaction() as tx:
            rows: list[Context] = tx.rows(CONTEXTS)
        return [
            one for one in rows
            if one.id == context and deployment in ("", one.deployment) and issuer in ("", one.issuer)
        ]  # fmt: skip

    async def ancestors(self, context: Context) -> tuple[str, ...]:
        """Return all contexts of its deployment whose content is in this one, over copies of copies, nearest first."""
        async with self.env.store.transaction() as tx:
            rows: list[Context] = tx.rows(CONTEXTS)
        where = (context.issuer, context.client_id, context.deployment)
        known = {one.id: one.origins or () for one in rows if (one.issuer, one.client_id, one.deployment) == where}
        return ancestors(context.id, lambda id: known.get(id, ()))

    async def launches(self) -> list[dict[str, Any]]:
        """Return the launches that were accepted, the first one first."""
        async with self.env.store.transaction() as tx:
            rows: list[Launch] = tx.rows(LAUNCHES)
        return [one.facts() for one in rows]

    async def happenings(self) -> list[Happening]:
        """Return the notices that were accepted, the first one first."""
        async with self.env.store.transaction() as tx:
            rows: list[Happening] = tx.rows(HAPPENINGS)
        return rows

    async def platforms(self) -> list[Platform]:
        """Return the platforms that are known."""
        async with self.env.store.transaction() as tx:
            rows: list[Platform] = tx.rows(PLATFORMS)
        return rows

    async def reset(self) -> None:
        """Forget everything but the platforms: logins, launches, services, what notices did, tokens and key sets."""
        async with self.env.store.transaction() as tx:
            for table in TABLES:
                for one in tx.keys(table) if table != PLATFORMS else ():
                    tx.delete(table, one)
        self._tokens.forget()
        self._keysets.forget()
        self.env.note("reset")

    async def idle(self) -> None:
        """Wait until what follows launches is done."""
        await self._launches.idle()

    async def stop(self) -> None:
        """End what is under way."""
        await self._launches.stop()
