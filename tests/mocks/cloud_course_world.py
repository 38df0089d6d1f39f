"""A V1 engine without a socket that takes packages: uploads go in as the listener hands them over."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from fixtures.packages import scorm12
from harness.net.listener import Inbound, Reply
from harness.net.loop import Loop
from harness.net.uploads import Part
from harness.wire.binding import encode_query
from harness.wire.cloud_v1 import signed
from harness.wire.cloud_v1_answer import Rsp, read_rsp
from mocks.engine.v1.domain import App
from mocks.engine.v1.routes import early, route
from mocks.engine.v1.triggers import TRIGGERS
from mocks.engine.v1.works import WORKS
from tests.mocks.cloud_access_world import APP, CloudWorld

ASYNC, SYNC = "course.importCourseAsync", "course.importCourse"
FORM_TYPE = "multipart/form-data; boundary=b"
PACKAGE = scorm12(title="Working at height")
KEPT = App("kept", ("key-of-kept-55",), "", False)


class Importing(CloudWorld):
    """Uploads, imports and whatever else is asked about courses."""

    def __init__(self, loop: Loop, faults: tuple[str, ...] = (), **settings: Any) -> None:
        super().__init__(loop, faults, **settings)
        self.engine.works.update(WORKS)
        self.engine.apps[KEPT.id] = KEPT

    def posting(
        self, method: str, params: Mapping[str, str], data: bytes | None, *, app: App = APP, name: str = "filedata",
        filename: str = "course.zip", shift: timedelta = timedelta(0), sig: str = "",
        headers: tuple[tuple[str, str], ...] = (),
    ) -> Inbound:  # fmt: skip
        """Return an upload as the listener hands it over."""
        pairs = signed(
            (("method", f"rustici.{method}"), *params.items()), app.id, app.secrets[0], self.clock.now() + shift
        )
        if sig:
            pairs = (*pairs[:-1], ("sig", sig))
        parts: tuple[Part, ...] = ()
        if data is not None:
            digest = hashlib.sha256(data).hexdigest()
            path = self.engine.folder / f"incoming-{self.engine.new_id('incoming')}"
            path.write_bytes(data)
            parts = (Part(name, filename, "application/zip", len(data), digest, path),)
        sent = (("Host", "cloud.example"), ("Content-Type", FORM_TYPE), *headers)
        return Inbound("", "POST", f"/api?{encode_query(pairs)}", sent, b"", parts=parts)

    def upload(self, method: str, params: Mapping[str, str], data: bytes | None = PACKAGE, **options: Any) -> Reply:
        """Post a file and return the reply."""
        return self.loop.run(route(self.engine, self.posting(method, params, data, **options)))

    def refused_early(self, method: str, params: Mapping[str, str], **options: Any) -> Reply | None:
        """Return the refusal of an upload by its headers alone."""
        return early(self.engine, self.posting(method, params, None, **options))

    def begin(self, courseid: str = "c1", data: bytes = PACKAGE, **params: str) -> str:
        """Begin an import and return its token."""
        return read_rsp(self.upload(ASYNC, {"courseid": courseid, **params}, data).body).text("token/id") or ""

    def settle(self) -> None:
        """Let everything happen that is due."""
        self.loop.run(self.engine.outbox.quiesce())

    def imported(self, courseid: str = "c1", data: bytes = PACKAGE, **params: str) -> Rsp:
        """Import a package and return what is told at the end."""
        token = self.begin(courseid, data, **params)
        self.settle()
        return self.state(token)

    def state(self, token: str) -> Rsp:
        """Ask about an import."""
        return self.ask("course.getAsyncImportResult", token=token)

    def ask(self, method: str, **params: Any) -> Rsp:
        """Make a signed call; ``app`` is the application that makes it."""
        app: App = params.pop("app", APP)
        return self.call(method, *params.items(), app=app)

    def got(self, method: str, **params: str) -> Reply:
        """Make a signed call and return the reply as it is."""
        pairs = (("method", f"rustici.{method}"), *params.items())
        return self.request(encode_query(signed(pairs, APP.id, APP.secrets[0], self.clock.now())))

    def body(self, reply: Reply) -> bytes:
        """Return the whole body of a reply, streamed or not."""

        async def read() -> bytes:
            assert reply.stream is not None
            return b"".join([piece async for piece in reply.stream])

        return self.loop.run(read()) if reply.stream else reply.body

    def trigger(self, name: str, **values: Any) -> str:
        """Let something happen; return succeeded or failed."""
        return str(self.loop.run(_triggered(TRIGGERS[name](self.engine, values)))["status"])

    def advance(self, **step: float) -> None:
        """Move protocol time, doing what falls due on the way."""
        self.loop.run(self.engine.outbox.advance("", timedelta(**step)))


async def _triggered(work: Any) -> Mapping[str, Any]:
    told: Mapping[str, Any] = await work
    return told


Make = Callable[..., Importing]


@contextmanager
def worlds(loop: Loop) -> Iterator[Make]:
    """Make worlds bent by faults and settings, and end them all together."""
    made: list[Importing] = []

    def make(*faults: str, **settings: Any) -> Importing:
        made.append(Importing(loop, faults, **settings))
        return made[-1]

    yield make
    for world in made:
        loop.run(world.engine.outbox.stop())
        shutil.rmtree(world.engine.folder)
