"""A V1 engine without a socket that holds a course, with registrations, learners and browsers to try it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.net.client import Request
from harness.net.listener import Reply
from harness.net.loop import Loop
from harness.wire.binding import FORM, encode_query
from harness.wire.cloud_v1 import signed
from harness.wire.cloud_v1_answer import Rsp
from mocks.engine.v1.domain import Course, Version
from mocks.engine.v1.triggers import TRIGGERS
from mocks.engine.v1.works import WORKS
from tests.mocks.cloud_access_world import APP, NOW, CloudWorld

COURSE = Course("c1", "Working at height", "scorm_12", NOW, (Version(0, NOW, 1), Version(1, NOW, 1)))
PERSON = {"courseid": "c1", "fname": "Ada", "lname": "Byron", "learnerid": "l1"}


class _Answer:
    status, error = 200, None


class Registering(CloudWorld):
    """``visited`` are the addresses that browsers and postbacks of the engine have asked for."""

    def __init__(self, loop: Loop, faults: tuple[str, ...] = (), **settings: Any) -> None:
        super().__init__(loop, faults, **settings)
        self.visited: list[tuple[str, Request]] = []
        self.engine.works.update(WORKS)
        self.engine.client.send = self._send  # type: ignore[method-assign, assignment]
        for app in self.engine.apps:
            self.put(f"courses/{app}", COURSE.id, COURSE)

    async def _send(self, where: object, channel: str, request: Request, **more: Any) -> _Answer:
        self.visited.append((channel, request))
        return _Answer()

    def put(self, table: str, key: str, row: Any) -> None:
        """Write a row."""

        async def write() -> None:
            async with self.engine.store.transaction() as tx:
                tx.put(table, key, row)

        self.loop.run(write())

    def row(self, table: str, key: str) -> Any:
        """Return a row of the first application."""

        async def read() -> Any:
            async with self.engine.store.transaction() as tx:
                return tx.get(f"{table}/{APP.id}", key)

        return self.loop.run(read())

    def make(self, regid: str = "r1", **more: str) -> Rsp:
        """Create a registration."""
        return self.ask("registration.createRegistration", regid=regid, **(PERSON | more))

    def ask(self, method: str, **params: str) -> Rsp:
        """Make a signed call."""
        return self.call(method, *params.items())

    def result(self, regid: str = "r1", **more: str) -> tuple[str | None, ...]:
        """Return complete, success, totaltime and score of a result."""
        told = self.ask("registration.getRegistrationResult", regid=regid, **more)
        return tuple(told.text(f"registrationreport/{name}") for name in ("complete", "success", "totaltime", "score"))

    def link(self, regid: str = "r1", **more: str) -> str:
        """Return the query of a signed launch link."""
        pairs = (("method", "rustici.registration.launch"), ("regid", regid), *more.items())
        return encode_query(signed(pairs, APP.id, APP.secrets[0], self.clock.now()))

    def launch(self, regid: str = "r1", **more: str) -> Reply:
        """Open a launch link."""
        return self.request(self.link(regid, **more))

    def page(self, reply: Reply, **form: str) -> Reply:
        """Open the page that a launch leads to, or post its form."""
        path, _, query = (reply.header("Location") or "").removeprefix("http://cloud.example").partition("?")
        if not form:
            return self.request(query, path=path)
        return self.request(query, path=path, body=encode_query(tuple(form.items())).encode(), kind=FORM)

    def learn(self, regid: str = "r1", **values: Any) -> Mapping[str, Any]:
        """Let a simulated learner learn, and everything happen that follows."""

        async def act() -> Mapping[str, Any]:
            told = await TRIGGERS["registration"](self.engine, {"regid": regid, **values})
            await self.engine.outbox.quiesce()
            return told

        return self.loop.run(act())

    @property
    def posted(self) -> list[Request]:
        """The postbacks."""
        return [request for channel, request in self.visited if channel == "postback"]

    @property
    def returned(self) -> list[str]:
        """The addresses that browsers were sent to."""
        return [request.url for channel, request in self.visited if channel == "return"]
