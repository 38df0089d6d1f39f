"""A V1 engine without a socket, on a clock that stands: calls go in, replies and events come out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from harness.evidence.journal import Journal
from harness.judging.profiles import load_profile
from harness.net.client import HttpClient
from harness.net.clock import ManualClock
from harness.net.listener import Inbound, Reply
from harness.net.loop import Loop
from harness.wire.binding import FORM, Pairs, encode_query
from harness.wire.cloud_v1 import signed
from harness.wire.cloud_v1_answer import Rsp, read_rsp
from mocks.engine.v1.domain import App
from mocks.engine.v1.engine import CloudEngine
from mocks.engine.v1.routes import route
from mocks.faults.composing import cloud_behaviour

NOW = datetime(2026, 1, 1, tzinfo=UTC)
APP, OTHER = App("app", ("secretkey", "second-key-88")), App("other", ("key-of-another-77",))


class CloudWorld:
    """One engine with two applications. ``told`` are its events."""

    def __init__(self, loop: Loop, faults: tuple[str, ...] = (), **settings: Any) -> None:
        self.loop = loop
        self.told: list[tuple[str, Mapping[str, Any]]] = []
        self.clock = ManualClock(NOW)
        profile = load_profile("scorm-cloud").with_settings({f"v1.{key}": value for key, value in settings.items()})
        behaviour = cloud_behaviour(profile.for_subject("cloud-v1"), faults)
        client = HttpClient(Journal(self.clock.now), 5.0)
        self.engine = CloudEngine(self.clock, client, lambda app: behaviour, {a.id: a for a in (APP, OTHER)}, APP.id)
        self.engine.tell = lambda name, facts: self.told.append((name, facts))

    def request(
        self, query: str | bytes = "", *, body: bytes = b"", path: str = "/api", kind: str = "", verb: str = ""
    ) -> Reply:
        """Send a request as it is."""
        text = query if isinstance(query, str) else query.decode("latin-1")
        headers = (("Host", "cloud.example"), *((("Content-Type", kind),) if kind else ()))
        method = verb or ("POST" if body else "GET")
        return self.loop.run(route(self.engine, Inbound("", method, f"{path}?{text}", headers, body)))

    def send(self, pairs: Pairs, *, form: bool = False) -> Rsp:
        """Send parameters as they are and return the answer."""
        query = encode_query(pairs)
        reply = self.request(body=query.encode(), kind=FORM) if form else self.request(query)
        return read_rsp(reply.body)

    def call(self, method: str, *pairs: tuple[str, str], app: App = APP) -> Rsp:
        """Make a signed call."""
        return self.send(signed((("method", f"rustici.{method}"), *pairs), app.id, app.secrets[0], self.clock.now()))

    @property
    def last(self) -> Mapping[str, Any]:
        """The facts of the latest event."""
        return self.told[-1][1]
