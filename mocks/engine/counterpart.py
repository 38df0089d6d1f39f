"""The engine as the other side of an authoring tool: armed for one interaction at a time, everything kept."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from harness.evidence.journal import BODY_CAP, Journal
from harness.net.client import NOWHERE, HttpClient, Request, Where
from harness.net.clock import OffsetClock
from harness.net.host import CallbackHost
from harness.net.listener import Inbound, Reply
from harness.subjects.counterpart import Arm, Surroundings
from harness.wire.binding import Pairs
from harness.wire.pens_answer import Answer
from mocks.engine.collecting import Collector
from mocks.engine.domain import Course, Credential, ImportJob
from mocks.engine.engine import TENANT, Engine
from mocks.engine.mock import CREDENTIAL
from mocks.engine.pens_behaviour import PensBehaviour

DEFAULT_PORTS = {"http": 80, "https": 443}
BODIES: Mapping[str, Callable[[], Reply]] = {
    "empty": lambda: Reply(200, (("Content-Type", "text/plain"),)),
    "html": lambda: Reply(200, (("Content-Type", "text/html"),), b"<html><title>Welcome</title></html>"),
    "http-500": lambda: Reply(500, (("Content-Type", "text/html"),), b"<html><title>500</title></html>"),
    "http-401": lambda: Reply(401, (("Content-Type", "text/plain"),), b"unauthorized"),
    "drop": lambda: Reply(drop=True),
}


class ArmedBehaviour(PensBehaviour):
    """The right behaviour, but for what the arm says.

    Values of an arm: ``code`` and ``text`` (refuse or warn with it), ``body`` (a name of `BODIES`), ``answer``
    (fields of the PENS answer), ``lf`` (bare LF), ``unended`` (no CR LF after pens-data), ``media`` (Content-Type),
    ``probe`` (visit the staging server in every way first), ``callbacks`` (a list of messages to send instead of
    one receipt and one alert, see `Planned`).
    """

    def __init__(self, settings: Mapping[str, Any], values: Mapping[str, Any]) -> None:
        super().__init__({**settings, "outbound": "any"})
        self.values = values
        self.content_type = str(values.get("media", self.content_type))

    def message_query(self, inbound: Inbound) -> bytes:
        """Read a doubled ``?`` as if it were right, so that the rest can be judged."""
        query = inbound.query.replace(b"?", b"&", 1)
        return b"&".join(part for part in query.split(b"&") if not part.startswith((b"configuration=", b"partition=")))

    def may_collect(self, credential: Credential | None, tenant: Any, secret: str) -> bool:
        """Let everybody in: whether credentials were sent is judged from the record."""
        return True

    def answer(self, command: str, code: int) -> Answer:
        """Answer as armed."""
        right = super().answer(command, code)
        return replace(right, **self.values.get("answer", {}))

    def write_answer(self, answer: Answer) -> bytes:
        """Write as armed."""
        data = answer.encode()
        if self.values.get("unended"):
            data = data.removesuffix(b"\r\n")
        return data.replace(b"\r\n", b"\n") if self.values.get("lf") else data


@dataclass(slots=True)
class Planned(Collector):
    """Carries a job through as armed.

    Each of ``callbacks`` is a table: ``command`` (receipt), ``channel`` (receipt or alert: whose URL), ``error``
    (0), ``text``, ``binding`` (form, get, multipart), ``only`` (names of the elements to send) and ``change``
    (elements to set; an empty text leaves one out). ``before_answer`` sends them while the collect is pending.
    """

    values: Mapping[str, Any] = field(default_factory=dict)

    async def carry_out(self, job: ImportJob, behaviour: PensBehaviour, course_id: str) -> None:
        """Visit the staging server where asked, then import and tell as planned."""
        if self.values.get("probe"):
            await self._probe(job)
        plan = self.values.get("callbacks")
        if plan is None:
            await super(Planned, self).carry_out(job, behaviour, course_id)
            return
        job, _ = await self._import(job, behaviour, course_id)
        for step in plan:
            await self._tell(job, behaviour, step)

    async def _import(
        self, job: ImportJob, behaviour: PensBehaviour, course_id: str
    ) -> tuple[ImportJob, Course | None]:
        done, course = await super(Planned, self)._import(job, behaviour, course_id)
        if course:
            self.client.journal.event(self.where(job.id), "imported", {"standard": course.standard})
        return done, course

    async def _tell(self, job: ImportJob, behaviour: PensBehaviour, step: Mapping[str, Any]) -> None:
        command = str(step.get("command", "receipt"))
        channel = str(step.get("channel", "alert" if command == "alert" else "receipt"))
        url = job.elements.get("alerts" if channel == "alert" else "receipt", "")
        pairs: Pairs = behaviour.callback(command, job, int(step.get("error", 0)), str(step.get("text", "as planned")))
        change = step.get("change", {})
        merged = {**dict(pairs), **change}
        kept = tuple((n, v) for n, v in merged.items() if n not in change or v)
        if "only" in step:
            kept = tuple(pair for pair in kept if pair[0] in step["only"])
        bent = type(behaviour)({**behaviour.settings, "callback_encoding": step.get("binding", "form")}, self.values)  # type: ignore[call-arg]
        if url and not url.lower().startswith("mailto:"):
            method, address, content_type, body = bent.callback_request(url, kept)
            headers = (("Content-Type", content_type),) if content_type else ()
            await self.client.send(self.where(job.id), channel, Request(method, address, headers, body))

    async def _probe(self, job: ImportJob) -> None:
        """GET and HEAD with the credentials that were sent, and GET without them, to see a challenge."""
        url, user = job.elements.get("package-url", ""), job.elements.get("package-url-user-id", "")
        token = base64.b64encode(f"{user}:{job.elements.get('package-url-password', '')}".encode()).decode()
        login = (("Authorization", f"Basic {token}"),) if user else ()
        for method, headers in (("GET", login), ("HEAD", login), ("GET", ())):
            await self.client.send(self.where(job.id), "probe", Request(method, url, headers, keep=64))


@dataclass(slots=True)
class EngineCounterpart:
    """Plays the target for one authoring tool. One scenario is armed at a time and owns what arrives."""

    channel: str = "collect"
    keep: int = BODY_CAP
    _where: Where = NOWHERE
    _arm: Arm = field(default_factory=Arm)
    _settings: Mapping[str, Any] = field(default_factory=dict)
    _engine: Engine | None = None
    _host: CallbackHost | None = None
    _client: HttpClient | None = None
    _never: asyncio.Event = field(default_factory=asyncio.Event)
    _listeners: list[Callable[[str, Mapping[str, Any]], None]] = field(default_factory=list)

    async def start(self, journal: Journal, surroundings: Surroundings) -> Mapping[str, Any]:
        """Start and return the addresses: url, https, slash, query; and the credential to use."""
        clock = surroundings.clock or OffsetClock()
        self._settings = surroundings.settings
        self._client = HttpClient(journal, surroundings.patience, surroundings.trust)
        self._engine = Engine(
            clock, self._client, lambda tenant: self.behaviour(), arrival=lambda: self._where, tell=self._tell
        )
        self._engine.collector = self._collector
        self._engine.credentials[CREDENTIAL.id] = CREDENTIAL
        self._host = CallbackHost(journal)
        contexts = {"http": None} | ({"https": surroundings.server_tls} if surroundings.server_tls else {})
        for scheme, context in contexts.items():
            public = surroundings.public.get(scheme, "")
            port = (urlsplit(public).port or DEFAULT_PORTS[scheme]) if public else 0
            bind = surroundings.bind if public else "127.0.0.1"
            await self._host.listen(scheme, tls=context, host=bind, port=port, public=public)
        path = str(self._settings["path"]).strip("/")
        for name in (path, path + "/"):
            self._host.mount(name, self)
        query = f"?configuration={TENANT}" if self._settings["tenant_in_query"] else ""
        found: dict[str, Any] = {"url": self._host.url(path) + query}
        found |= {
            "slash": self._host.url(path + "/") + query,
            "query": self._host.url(path) + (query or "?partition=staging1"),
        }
        if surroundings.server_tls:
            found["https"] = self._host.url(path, "https") + query
        if self._settings["auth_required"]:
            found |= {"user": CREDENTIAL.id, "password": CREDENTIAL.secret}
        return found

    @property
    def where(self) -> Where:
        """The scenario that is armed; what arrives belongs to it."""
        return self._where

    def behaviour(self) -> ArmedBehaviour:
        """Compose the behaviour of the moment."""
        return ArmedBehaviour(self._settings, self._arm.values)

    def _collector(self, **parts: Any) -> Collector:
        return Planned(**parts, values=self._arm.values)

    async def answer(self, inbound: Inbound) -> Reply:
        """Answer a collect as armed."""
        assert self._engine is not None
        values = self._arm.values
        if values.get("body") == "hang":
            await self._never.wait()
        if "body" in values:
            return BODIES[values["body"]]()
        behaviour = self.behaviour()
        if "code" in values and values["code"] not in (1320, 1322):
            return behaviour.reply(Answer(values["code"], values.get("text", "refused as armed")))
        path, mark, query = inbound.target.partition("?")
        lenient = replace(inbound, target=path + mark + query.replace("?", "&", 1))
        reply = await self._engine.pens(lenient)
        if values.get("before_answer"):
            await self._engine.outbox.quiesce()
        if "code" in values and reply.body.startswith(b"error=0"):
            return behaviour.reply(Answer(values["code"], values.get("text", "warning as armed")))
        return reply

    def facts(self, reply: Reply, whole: bool) -> Mapping[str, Any]:
        """Say as what the answer was armed."""
        return {"arm": self._arm.name, "whole": whole}

    def arm(self, where: Where, arm: Arm) -> None:
        """Let the next interaction belong to ``where`` and behave as ``arm`` says."""
        self._where, self._arm, self._never = where, arm, asyncio.Event()

    def disarm(self) -> None:
        """What arrives from now on is unexpected."""
        self._where, self._arm = NOWHERE, Arm()
        self._never.set()

    def on_event(self, listener: Callable[[str, Mapping[str, Any]], None]) -> None:
        """Be told of what happens."""
        self._listeners.append(listener)

    def _tell(self, name: str, facts: Mapping[str, Any]) -> None:
        for listener in self._listeners:
            listener(name, facts)

    async def quiesce(self) -> None:
        """Wait until no import, receipt or alert is due or under way, and no collect is being answered."""
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
