"""A V1 engine that posts to receivers played without a socket, or to real ones on loopback; its clock stands."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from harness.evidence.entries import Exchange, Half
from harness.evidence.journal import Journal
from harness.judging.profiles import load_profile
from harness.net.client import HttpClient, Received, Request
from harness.net.clock import ManualClock
from harness.net.loop import Loop
from harness.wire.binding import decode_form
from harness.wire.cloud_v1_results import ReadReport, read_report
from mocks.engine.v1.domain import Course, Registration
from mocks.engine.v1.engine import CloudEngine
from mocks.engine.v1.triggers import TRIGGERS
from mocks.engine.v1.works import WORKS
from mocks.faults.composing import cloud_behaviour
from mocks.outbox import Outbox
from mocks.state.store import Store
from tests.mocks.cloud_access_world import APP, NOW, OTHER, CloudWorld

TRUST = ssl.create_default_context()
HOOK = "http://127.0.0.1:9/results"
Answer = Callable[[Request], tuple[int, str | None]]
NOBODY = Exchange(0, "", "", "", "", "postback", "out", "", Half(""), None)


class PlayedClient(HttpClient):
    """Answers for every receiver; ``sent`` keeps what was sent to them, and when by the clock of the application."""

    def __init__(self, now: Callable[[], datetime], answer: Answer) -> None:
        super().__init__(Journal(now), 5.0, TRUST)
        self.now, self.answer = now, answer
        self.sent: list[tuple[datetime, Request]] = []

    async def send(self, where: Any, channel: str, request: Request, **more: Any) -> Received:
        self.sent.append((self.now(), request))
        status, error = self.answer(request)
        return Received(NOBODY, b"", status, (), error)


class PostbackWorld(CloudWorld):
    """An engine with a course and receivers that answer 200 unless ``answer`` says otherwise."""

    def __init__(
        self, loop: Loop, *, answer: Answer = lambda request: (200, None), store: Store | None = None,
        client: HttpClient | None = None, faults: tuple[str, ...] = (), **settings: Any,
    ) -> None:  # fmt: skip
        self.loop = loop
        self.told: list[tuple[str, Mapping[str, Any]]] = []
        self.clock = ManualClock(NOW)
        changes = {f"postback.{name}": value for name, value in settings.items()}
        behaviour = cloud_behaviour(load_profile("scorm-cloud").with_settings(changes).for_subject("cloud-v1"), faults)
        self.client = client or PlayedClient(lambda: self.engine.now(APP.id), answer)
        apps = {app.id: app for app in (APP, OTHER)}
        self.engine = CloudEngine(self.clock, self.client, lambda app: behaviour, apps, APP.id, works=dict(WORKS))
        if store is not None:
            self.engine.store = store
            self.engine.outbox = Outbox(store, self.engine.clocks, self.engine.work)
        self.engine.tell = lambda name, facts: self.told.append((name, facts))
        loop.run(self._course())

    async def _course(self) -> None:
        async with self.engine.store.transaction() as tx:
            tx.put(f"courses/{APP.id}", "c1", Course("c1", "Golf", "scorm_12", NOW))

    def registered(self, regid: str = "r1", url: str = HOOK, **more: str) -> str:
        """Create a registration that posts to ``url`` and return its id."""
        given = {"courseid": "c1", "regid": regid, "fname": "Ada", "lname": "Byron", "learnerid": "l1"}
        answer = self.call("registration.createRegistration", *(given | {"postbackurl": url} | more).items())
        assert answer.is_ok, answer.body
        return regid

    def trigger(self, name: str, **values: Any) -> Mapping[str, Any]:
        """Pull a trigger."""

        async def pull() -> Mapping[str, Any]:
            return await TRIGGERS[name](self.engine, values)

        return self.loop.run(pull())

    def learn(self, regid: str = "r1", to: str = "passed", **more: Any) -> None:
        """Let a learner come to a result, and wait until all that is due then is done."""
        told = self.trigger("registration", regid=regid, to=to, **more)
        assert told["status"] == "succeeded", told
        self.settle()

    def settle(self) -> None:
        """Wait until nothing is due."""
        self.loop.run(self.engine.outbox.quiesce())

    def advance(self, seconds: float) -> None:
        """Move the clock of the application."""
        self.loop.run(self.engine.outbox.advance(APP.id, timedelta(seconds=seconds)))

    @property
    def sent(self) -> list[tuple[datetime, Request]]:
        """What was posted to played receivers, and when."""
        assert isinstance(self.client, PlayedClient)
        return self.client.sent

    @property
    def reports(self) -> list[ReadReport]:
        """The reports that were posted."""
        return [report_in(request.body) for _, request in self.sent]

    @property
    def states(self) -> list[str | None]:
        """The word ``complete`` of each posted report."""
        return [report.complete for report in self.reports]

    def row(self, table: str, key: str) -> Any:
        """Return a row of the application."""
        return next((row for row in self.loop.run(self.engine.rows(f"{table}/{APP.id}")) if row.id == key), None)

    def registration(self, regid: str = "r1") -> Registration:
        """Return a registration."""
        found: Registration = self.row("registrations", regid)
        return found

    def names(self) -> list[str]:
        """Return the names of the events about postbacks."""
        return [name for name, _ in self.told if name.startswith("postback-")]

    def restarted(self, store: Store) -> PostbackWorld:
        """Return another engine, as after the end of this one's process: the store alone is the same."""
        self.loop.run(self.engine.outbox.stop())
        assert isinstance(self.client, PlayedClient)
        later = PostbackWorld(self.loop, answer=self.client.answer, store=store)
        later.loop.run(later.engine.outbox.start())
        return later


def report_in(body: bytes) -> ReadReport:
    """Read the report in what was posted."""
    data = decode_form(body).get("data")
    return read_report(body if data is None else data)


def login_in(request: Request) -> tuple[str | None, str | None]:
    """Return username and password of a form."""
    form = decode_form(request.body)
    return form.get("username"), form.get("password")
