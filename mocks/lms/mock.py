"""The LMS as the subject of a run (``--target mock``): a listener for postbacks, and one for its owner's probe.

The owner's listener serves ``GET /probe?regid=`` (`harness.wire.results_probe`), ``GET /log``, and by POST
``/enrol?regid=`` (make a registration known), ``/reset?regid=`` and ``/refresh?regid=`` (pull from the API; the form
fields ``api_url``, ``appid`` and ``secret`` name it).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from harness.evidence.journal import Journal
from harness.net.client import HttpClient
from harness.net.clock import OffsetClock
from harness.net.listener import Inbound, Listener, Reply
from harness.subjects.counterpart import Outcome, Surroundings
from harness.wire.binding import decode_form
from harness.wire.cloud_v1 import ID_LIMIT
from harness.wire.results_probe import PLACE
from mocks.faults.composing import lms_behaviour
from mocks.lms.behaviour import LIMIT, TEXT, Account
from mocks.lms.receiver import Refresh, ResultsReceiver
from mocks.state.memory import MemoryStore
from mocks.state.store import Store

ACCOUNT = Account("postback-user", "postback-secret-8a40")
ACTS = ("enrol", "reset", "refresh")
STIMULI = (*ACTS, "outage")
Tell = Callable[[str, Mapping[str, Any]], None]


def unheard(name: str, facts: Mapping[str, Any]) -> None:
    """Tell nobody."""


class LmsMock:
    """Plays results-receiver. Faults bend how it takes postbacks, pulls results and shows what it holds."""

    def __init__(
        self, store: Store | None = None, *, account: Account = ACCOUNT, port: int = 0, tell: Tell = unheard
    ) -> None:
        self._account = account
        self._port = port
        self._tell = tell
        self.receiver: ResultsReceiver | None = None
        self._store = store or MemoryStore()
        self._client: HttpClient | None = None
        self._listeners: list[Listener] = []

    async def start(self, surroundings: Surroundings) -> Mapping[str, Any]:
        """Start on loopback; return where postbacks go, the probe's template and the credentials."""
        clock = surroundings.clock or OffsetClock()
        self._client = HttpClient(Journal(clock.now), surroundings.patience, surroundings.trust)
        behaviour = lms_behaviour(surroundings.faults)
        account = self._account if behaviour.asks_credentials else Account()
        self.receiver = ResultsReceiver(self._store, clock, self._client, lambda: behaviour, account)
        # One byte more than is taken, so that a body of the limit can be told from one that was cut.
        public, own = Listener(self._answer, body_cap=LIMIT + 1), Listener(self._own)
        for listener, host, port in ((public, surroundings.bind, self._port), (own, "127.0.0.1", 0)):
            await listener.start(host, port)
            self._listeners.append(listener)
        host = "127.0.0.1" if surroundings.bind in ("0.0.0.0", "::") else surroundings.bind
        base = f"http://127.0.0.1:{own.port}"
        found: dict[str, Any] = {"url": f"http://{host}:{public.port}/postback", "log": f"{base}/log"}
        found |= {"public_url": behaviour.public_url}
        found |= {name: f"{base}/{name}?regid={PLACE}" for name in ("probe", *ACTS)}
        found |= {"auth_types": list(behaviour.auth_types), "policy": behaviour.declared}
        found |= {} if behaviour.has_probe else {"probe": ""}
        return found | ({"user": account.user, "password": account.password} if account.user else {})

    async def _answer(self, inbound: Inbound) -> Reply:
        assert self.receiver is not None
        reply = await self.receiver.answer(inbound)
        self._tell("postback", {"status": reply.status, "bytes": len(inbound.body)})
        return reply

    async def _own(self, inbound: Inbound) -> Reply:
        assert self.receiver is not None
        name = inbound.path.strip("/")
        if name == "log" and inbound.method == "GET":
            return Reply(200, TEXT, "".join(f"{line}\n" for line in self.receiver.log).encode())
        regid = decode_form(inbound.query).get("regid", "") or ""
        if name == "probe" and inbound.method == "GET":
            return await self.receiver.shown(regid)
        if name not in ACTS or inbound.method != "POST":
            return Reply(404, TEXT, b"nothing is served here\n")
        form = decode_form(inbound.body)
        api = {key: form.get(key, "") or "" for key in ("api_url", "appid", "secret")}
        outcome = await self._do(name, regid, api)
        if outcome.status == "succeeded":
            return await self.receiver.shown(regid)
        return Reply(409, TEXT, f"{outcome.output}\n".encode())

    async def act(self, stimulus: str, values: Mapping[str, str]) -> Outcome:
        """Do what a person would do in the LMS: enrol, reset, refresh; ``outage`` answers INVIGIL_TIMES times 503.

        Values: INVIGIL_REGISTRATION, and for refresh INVIGIL_API_URL, INVIGIL_API_APPID, INVIGIL_API_SECRET.
        """
        assert self.receiver is not None
        if stimulus == "outage":
            times = values.get("INVIGIL_TIMES", "1")
            if not times.isdecimal():
                return Outcome("mock", "failed", f"INVIGIL_TIMES: expected a number, got {times!r}")
            self.receiver.outage(int(times))
            return Outcome("mock", "succeeded")
        api = {key: values.get(f"INVIGIL_API_{key.removeprefix('api_').upper()}", "") for key in _API}
        return await self._do(stimulus, values.get("INVIGIL_REGISTRATION", ""), api)

    async def _do(self, name: str, regid: str, api: Mapping[str, str]) -> Outcome:
        assert self.receiver is not None
        if not 0 < len(regid) <= ID_LIMIT:
            return Outcome("mock", "failed", f"regid: expected 1 to {ID_LIMIT} characters, got {len(regid)}")
        if name == "enrol":
            await self.receiver.enrol(regid)
        elif name == "reset" and not await self.receiver.reset(regid):
            return Outcome("mock", "failed", "the registration is not known here")
        elif name == "refresh":
            try:
                await self.receiver.refresh(regid, api["api_url"], api["appid"], api["secret"])
            except Refresh as problem:
                return Outcome("mock", "failed", str(problem))
        return Outcome("mock", "succeeded")

    async def enrol(self, regid: str) -> None:
        """Make a registration known."""
        assert self.receiver is not None
        await self.receiver.enrol(regid)

    async def reset(self, regid: str) -> None:
        """Forget what came for a registration."""
        assert self.receiver is not None
        await self.receiver.reset(regid)

    async def refresh(self, regid: str, api_url: str, appid: str, secret: str) -> None:
        """Pull a result; raises `Refresh` when nothing came."""
        assert self.receiver is not None
        await self.receiver.refresh(regid, api_url, appid, secret)

    async def quiesce(self) -> None:
        """Wait until no request is being answered."""
        for listener in self._listeners:
            await listener.idle()
        if self.receiver:
            await self.receiver.idle()

    async def stop(self) -> None:
        """Close listeners and connections."""
        for listener in self._listeners:
            await listener.stop()
        if self._client:
            await self._client.close()


_API = ("api_url", "appid", "secret")
