"""The tool as the subject of a run (``--target mock``): a public listener, and one for its owner.

The owner's listener, on this machine alone, serves ``GET /probe?context=&deployment=`` (`harness.wire.pns_probe`),
``/log``, ``/launches``, ``/notices`` and ``/platforms``, and by POST ``/configure`` (a platform as JSON, or
``{"platforms": [...]}``), ``/subscribe?deployment=``, ``/unsubscribe?deployment=`` and ``/reset``; ``issuer=`` tells
deployments of several platforms apart that have the same id.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from fixtures.keys import signing_key
from harness.evidence.journal import Journal
from harness.net.client import HttpClient
from harness.net.clock import OffsetClock
from harness.net.listener import Inbound, Listener, Reply
from harness.subjects.counterpart import Outcome, Surroundings
from harness.wire.jose import KeySet, SigningKey
from harness.wire.pns_probe import DEPLOYMENT_PLACE, PLACE
from mocks.faults.composing import tool_behaviour
from mocks.state.memory import MemoryStore
from mocks.state.store import Store
from mocks.tool.domain import platform_of
from mocks.tool.owner import Owner
from mocks.tool.receiving import LIMIT
from mocks.tool.tool import Tool

STIMULI = ("configure", "subscribe", "unsubscribe", "reset")
Tell = Callable[[str, Mapping[str, Any]], None]


def unheard(name: str, facts: Mapping[str, Any]) -> None:
    """Tell nobody."""


class ToolMock:
    """Plays lti-tool. Faults bend how it logs in, verifies launches and notices, and uses the platform's services.

    ``platforms`` are known from the start, as `platform_of` reads them; others by ``configure`` or registration.
    """

    def __init__(
        self, store: Store | None = None, *, port: int = 0, name: str = "Mock tool",
        keys: Sequence[SigningKey] = (), platforms: Sequence[Mapping[str, Any]] = (), tell: Tell = unheard,
    ) -> None:  # fmt: skip
        self._store = store or MemoryStore()
        self._port = port
        self._name = name
        self._keys = tuple(keys)
        self._platforms = tuple(platforms)
        self._tell = tell
        self._client: HttpClient | None = None
        self._listeners: list[Listener] = []
        self._tool: Tool | None = None
        self._owner: Owner | None = None

    @property
    def tool(self) -> Tool:
        """The tool; it is there after the start."""
        assert self._tool is not None
        return self._tool

    @property
    def owner(self) -> Owner:
        """What the tool's owner does; it is there after the start."""
        assert self._owner is not None
        return self._owner

    async def start(self, surroundings: Surroundings) -> Mapping[str, Any]:
        """Start on loopback, by https if there is a certificate; return what a platform's administrator enters.

        Facts: ``base``, ``domain``, ``login_url``, ``redirect_urls``, ``target_link_uri``, ``jwks_url``, ``jwks`` (the
        document), ``registration_url``, ``client_name``, ``handlers`` (type to URL), ``notice_types``; and of the
        owner ``probe`` (a template), ``configure``, ``subscribe`` and ``unsubscribe`` (templates), ``reset``, ``log``,
        ``launches``, ``notices``, ``platforms``.
        """
        clock = surroundings.clock or OffsetClock()
        self._client = HttpClient(
            Journal(clock.now, recording=False), surroundings.patience, surroundings.trust, keep_alive=True
        )
        behaviour = tool_behaviour(surroundings.faults)
        keys = self._keys or (signing_key("tool-1"),)
        self._tool = Tool(self._store, clock, self._client, lambda: behaviour, keys, name=self._name)
        self._owner = Owner(self._tool)
        tls = surroundings.server_tls
        if tls is not None and surroundings.another_tls is not None:
            tls = behaviour.serving_tls(tls, surroundings.another_tls)
        # One byte more than is taken, so that a body of the limit can be told from one that was cut.
        public, own = Listener(self._answer, tls=tls, body_cap=LIMIT + 1), Listener(self._owner.answer)
        for listener, host, port in ((public, surroundings.bind, self._port), (own, "127.0.0.1", 0)):
            await listener.start(host, port)
            self._listeners.append(listener)
        scheme = "https" if tls else "http"
        host = "127.0.0.1" if surroundings.bind in ("0.0.0.0", "::") else surroundings.bind
        mine = f"{scheme}://{'localhost' if tls else host}:{public.port}"
        self._tool.env.base = surroundings.public.get(scheme, "").rstrip("/") or mine
        for found in self._platforms:
            await self._tool.configure(platform_of(found))
        return self._facts(self._tool, f"http://127.0.0.1:{own.port}")

    def _facts(self, tool: Tool, own: str) -> Mapping[str, Any]:
        base, behaviour = tool.env.base, tool.env.behaviour()
        found: dict[str, Any] = {"base": base, "domain": urlsplit(base).hostname or "", "client_name": tool.name}
        found |= {"login_url": f"{base}/login", "redirect_urls": [f"{base}/launch"]}
        found |= {"target_link_uri": f"{base}/resource", "registration_url": f"{base}/register"}
        found |= {"jwks_url": f"{base}/keys", "jwks": KeySet.of(tool.env.keys).document()}
        found |= {"handlers": dict(tool.handlers), "notice_types": list(behaviour.knows)}
        query = f"deployment={DEPLOYMENT_PLACE}"
        found["probe"] = f"{own}/probe?context={PLACE}&{query}" if behaviour.has_probe else ""
        found |= {name: f"{own}/{name}?{query}" for name in ("subscribe", "unsubscribe")}
        names = ("configure", "reset", "log", "launches", "notices", "platforms")
        return found | {name: f"{own}/{name}" for name in names}

    async def _answer(self, inbound: Inbound) -> Reply:
        reply = await self.tool.answer(inbound)
        self._tell(inbound.path.strip("/") or "page", {"status": reply.status, "bytes": len(inbound.body)})
        return reply

    async def configure(self, platform: Mapping[str, Any]) -> None:
        """Make a platform known; raises `Unfit`."""
        await self.tool.configure(platform_of(platform))

    async def act(self, stimulus: str, values: Mapping[str, str]) -> Outcome:
        """Do what the tool's owner would do: configure, subscribe, unsubscribe, reset.

        Values: INVIGIL_PLATFORM (JSON) for configure; INVIGIL_DEPLOYMENT, and INVIGIL_ISSUER if that is needed to
        tell deployments apart, for the others.
        """
        return await self.owner.act(stimulus, values)

    async def quiesce(self) -> None:
        """Wait until no request is being answered, and nothing follows from those that were."""
        for listener in self._listeners:
            await listener.idle()
        if self._tool:
            await self._tool.idle()

    async def stop(self) -> None:
        """Close listeners and connections."""
        for listener in self._listeners:
            await listener.stop()
        if self._tool:
            await self._tool.stop()
        if self._client:
            await self._client.close()
