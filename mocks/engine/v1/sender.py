"""The engine as the other side of a results receiver: posts what it is told to, answers when it is asked."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from harness.evidence.journal import BODY_CAP, Journal
from harness.net.client import NOWHERE, HttpClient, Received, Request, Where
from harness.net.clock import OffsetClock
from harness.net.host import CallbackHost
from harness.net.listener import Inbound, Reply
from harness.net.raw import send_raw
from harness.net.staging import Gate
from harness.subjects.counterpart import Arm, Parcel, Surroundings
from harness.wire.binding import encode_query
from harness.wire.cloud_v1 import parameters
from harness.wire.cloud_v1_answer import DECLARATION
from harness.wire.cloud_v1_results import report_for, write_report
from mocks.engine.v1.domain import App, Course, Hook, Instance, Registration, Result
from mocks.engine.v1.engine import CloudEngine
from mocks.engine.v1.routes import route
from mocks.faults.composing import cloud_behaviour

APP = App("invigil-lms", ("invigil-secret-7b44",), "the application that the LMS uses")
COURSE = "invigil-course"


@dataclass(slots=True)
class Bait:
    """What stands behind an address that nobody should load."""

    where: Where
    channel: str = "entity"
    keep: int = 64

    async def answer(self, inbound: Inbound) -> Reply:
        """Give a word, whoever asks."""
        return Reply(200, (("Content-Type", "text/plain"),), b"complete")

    def facts(self, reply: Reply, whole: bool) -> Mapping[str, Any]:
        """Nothing more is known."""
        return {}


@dataclass(slots=True)
class ResultsSender:
    """Plays SCORM Cloud for one receiver of results. What is about a registration belongs to who has armed it."""

    channel: str = "poll"
    keep: int = BODY_CAP
    _engine: CloudEngine | None = None
    _host: CallbackHost | None = None
    _client: HttpClient | None = None
    _patience: float = 5.0
    _owners: dict[str, Where] = field(default_factory=dict)
    _gates: dict[str, Gate] = field(default_factory=dict)
    _where: Where = NOWHERE
    _app: App = APP

    async def start(self, journal: Journal, surroundings: Surroundings) -> Mapping[str, Any]:
        """Start and return the address of the API and the application with which to ask it.

        The settings ``appid`` and ``secret`` name that application, for a receiver that knows one already.
        """
        wanted = surroundings.settings
        if wanted.get("appid"):
            self._app = App(str(wanted["appid"]), (str(wanted.get("secret", "")),), APP.name)
        clock = surroundings.clock or OffsetClock()
        self._patience = surroundings.patience
        self._client = HttpClient(journal, surroundings.patience, surroundings.trust)
        behaviour = cloud_behaviour(surroundings.settings, surroundings.faults)
        self._engine = CloudEngine(clock, self._client, lambda app: behaviour, {self._app.id: self._app}, self._app.id)
        self._host = CallbackHost(journal)
        public = surroundings.public.get("http", "")
        port = urlsplit(public).port or 80 if public else 0
        await self._host.listen("http", host=surroundings.bind if public else "127.0.0.1", port=port, public=public)
        path = str(surroundings.settings["path"]).strip("/")
        for name in (path, "api"):
            self._host.mount(name, self)
        return {"api_url": self._host.url(path), "appid": self._app.id, "secret": self._app.secrets[0]}

    @property
    def where(self) -> Where:
        """The scenario to which the request being answered belongs."""
        return self._where

    async def answer(self, inbound: Inbound) -> Reply:
        """Answer a call of the API as the engine does; an answer that is held back is made before it waits."""
        assert self._engine is not None
        pairs = parameters(inbound.query, inbound.header("Content-Type"), inbound.body)
        regid = dict(pairs).get("regid", "")
        reply = await route(self._engine, inbound)
        if regid in self._gates:
            await self._gates[regid].pass_through()
        return reply

    def owner(self, inbound: Inbound) -> Where:
        """Return the scenario whose registration a call is about."""
        pairs = parameters(inbound.query, inbound.header("Content-Type"), inbound.body)
        return self._owners.get(dict(pairs).get("regid", ""), NOWHERE)

    def facts(self, reply: Reply, whole: bool) -> Mapping[str, Any]:
        """Say whether the answer left completely."""
        return {"whole": whole}

    async def deliver(self, where: Where, parcel: Parcel) -> Received | None:
        """Post once, and return what came; None when the postback was broken off."""
        assert self._engine is not None
        assert self._client is not None
        request = self._request(parcel)
        if parcel.cut is not None:
            await self._cut(where, request, parcel.cut)
            return None
        return await self._client.send(where, "postback", request)

    def bait(self, where: Where) -> str:
        """Return an address that nobody should load."""
        assert self._host is not None
        path = "entity-" + hashlib.sha256("/".join(where).encode()).hexdigest()[:16]
        self._host.mount(path, Bait(where))
        return self._host.url(path)

    def _request(self, parcel: Parcel) -> Request:
        assert self._engine is not None
        behaviour = self._engine.behaviours(self._app.id)
        user, password = parcel.login or ("", "")
        hook = Hook(parcel.url, parcel.authtype, user, password, parcel.resultsformat)
        xml = parcel.data if parcel.data is not None else self._xml(parcel)
        request = behaviour.hook_request(hook, xml)
        headers = [pair for pair in request.headers if parcel.login or pair[0] != "Authorization"]
        body = request.body
        if parcel.authtype == "form" and (parcel.names or parcel.extra):
            pairs = [(parcel.names.get(name, name), value) for name, value in behaviour.form_pairs(hook, xml)]
            body = encode_query((*pairs, *parcel.extra)).encode()
        if parcel.authtype == "form" and parcel.plus:
            body = body.replace(b"%20", b"+")
        if parcel.body is not None:
            body = parcel.body
        if parcel.cookie:
            headers.append(("Cookie", parcel.cookie))
        if parcel.media:
            headers = [pair for pair in headers if pair[0] != "Content-Type"] + [("Content-Type", parcel.media)]
        return Request(parcel.method, request.url, tuple(headers), body)

    def _xml(self, parcel: Parcel) -> str:
        state = parcel.state
        score = state.get("score")
        report = report_for(
            parcel.regid, "Conformance course", complete=str(state.get("complete", "unknown")),
            success=str(state.get("success", "unknown")), score=None if score is None else Decimal(str(score)),
            totaltime=int(state.get("totaltime", 0)), instanceid=parcel.instanceid, suspend_data=parcel.suspend_data,
        )  # fmt: skip
        bare = write_report(report, parcel.resultsformat).write()
        inner = f'<rsp stat="ok">{bare}</rsp>' if "wrapped" in parcel.shape else bare
        return DECLARATION + inner if "declared" in parcel.shape else inner

    async def _cut(self, where: Where, request: Request, size: int) -> None:
        """Send the head and the beginning of the body, then break off."""
        assert self._client is not None
        parts = urlsplit(request.url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        headers = [("Host", parts.netloc), *request.headers, ("Content-Length", str(len(request.body)))]
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
        data = f"POST {target} HTTP/1.1\r\n{lines}\r\n".encode("latin-1") + request.body[:size]
        await send_raw(
            self._client.journal, where, "broken", request.url, data, patience=max(0.2, min(1.0, self._patience / 20)),
            trust=self._client.trust,
        )  # fmt: skip

    async def knows(self, where: Where, regid: str, state: Mapping[str, Any]) -> None:
        """Let the API answer this result for the registration."""
        assert self._engine is not None
        self._owners[regid] = where
        now = self._engine.now(self._app.id)
        score = state.get("score")
        result = Result(
            str(state.get("complete", "unknown")), str(state.get("success", "unknown")),
            None if score is None else Decimal(str(score)), int(state.get("totaltime", 0)),
        )  # fmt: skip
        course = Course(COURSE, "Conformance course", "scorm_12", now)
        instances = (Instance(0, 0, now, result),)
        registration = Registration(regid, COURSE, "learner", "Ada", "Byron", now, instances=instances)
        async with self._engine.store.transaction() as tx:
            tx.put(f"courses/{self._app.id}", COURSE, course)
            tx.put(f"registrations/{self._app.id}", regid, registration)

    def hold(self, regid: str) -> None:
        """Hold back answers about a registration."""
        self._gates[regid] = Gate()

    async def held(self, regid: str) -> None:
        """Wait until an answer about a registration is being held back."""
        await self._gates[regid].reached.wait()

    def release(self, regid: str) -> None:
        """Let held answers go."""
        gate = self._gates.pop(regid, None)
        if gate:
            gate.open()

    def arm(self, where: Where, arm: Arm) -> None:
        """Let what comes about the registration ``regid`` of the arm's values belong to ``where``."""
        self._owners[str(arm.values.get("regid", ""))] = where

    def disarm(self) -> None:
        """Let all held answers go."""
        for regid in list(self._gates):
            self.release(regid)

    def on_event(self, listener: Callable[[str, Mapping[str, Any]], None]) -> None:
        """Be told of what happens."""
        assert self._engine is not None
        self._engine.tell = listener

    async def quiesce(self) -> None:
        """Wait until nothing is due and nothing is being answered."""
        if self._engine:
            await self._engine.outbox.quiesce()

    async def stop(self) -> None:
        """Close everything."""
        self.disarm()
        if self._engine:
            await self._engine.outbox.stop()
        if self._host:
            await self._host.stop()
        if self._client:
            await self._client.close()
