"""The driver of cloud-v1: a client of the V1 API, with receivers for postbacks and for returning browsers."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from harness.evidence.journal import Journal
from harness.net.client import HttpClient, Request, Where
from harness.net.clock import Clock
from harness.net.hook import Answering, Hook, always
from harness.net.host import CallbackHost
from harness.net.patience import Patience, pause, within
from harness.net.staging import Gate
from harness.subjects.cloud_v1_examples import CloudExamples, retold
from harness.subjects.cloud_v1_records import CALL, Called, Story
from harness.subjects.counterpart import Control, MockPeer
from harness.subjects.driver import NotOffered, TargetUnreachable
from harness.subjects.records import BEGUN
from harness.subjects.stimuli import Stimulus
from harness.wire.binding import FORM, Pairs, encode_query, join_query
from harness.wire.cloud_v1 import signed

POLLS = 40
"""How often an import is asked about at most."""

RESULTS = 10
"""How often a result that lags behind the learner is asked for once more at most."""


@dataclass(frozen=True, slots=True)
class CloudTarget:
    """A V1 server as configured: its API address, our application there, and what else a person has told about it.

    ``other`` is a second application (id, secret) of the same service; ``undeletable`` one from which the API may
    not delete; ``https_url`` the API over TLS.
    """

    url: str
    appid: str
    secret: str
    other: tuple[str, str] | None = None
    undeletable: tuple[str, str] | None = None
    https_url: str = ""


@dataclass(slots=True)
class CloudDriver:
    """Plays the client of one V1 server. ``control`` is there for a mock, or with ``--control URL``.

    ``ahead`` is how far protocol time of our application has been moved beyond the clock: calls are dated by it.
    ``release`` lets go of what steers a system elsewhere.
    """

    target: CloudTarget
    journal: Journal
    clock: Clock
    client: HttpClient
    host: CallbackHost
    patience: Patience
    package: bytes
    stimuli: Mapping[str, Stimulus] = field(default_factory=dict)
    seed: int = 0
    control: Control | None = None
    mock: MockPeer | None = None
    marker: str = "invigil"
    owned: bool = True
    budget: str = "quick"
    waiting_budget: float = 0.0
    ahead: timedelta = timedelta(0)
    release: Callable[[], Awaitable[None]] | None = None
    _course: asyncio.Task[str] | None = None

    @property
    def offers(self) -> frozenset[str]:
        """Callbacks, stimuli and second applications that are configured, and whether protocol time can be moved."""
        found = {f"callback.{scheme}" for scheme in self.host.public}
        found |= {f"stimulus.{name}" for name in self.stimuli}
        found |= {"control"} if self.control else set()
        found |= {"cloud.other-app"} if self.target.other else set()
        found |= {"cloud.undeletable-app"} if self.target.undeletable else set()
        found |= {"cloud.https-url"} if self.target.https_url else set()
        return frozenset(found | ({"ownership"} if self.owned else set()))

    def begin(self, scenario: str, case: str, values: Mapping[str, Any]) -> Calling:
        """Open the context in which a scenario acts, with ids and path segments of its own."""
        token = hashlib.sha256(f"{self.seed}/{self.marker}/{scenario}/{case}".encode()).hexdigest()[:16]
        self.journal.event((scenario, case, ""), BEGUN, {**values, "appid": self.target.appid})
        return Calling(self, scenario, case, token)

    async def end(self, context: Calling) -> None:
        """Open the gates of a context."""
        for gate in context.gates:
            gate.open()

    async def smoke(self) -> None:
        """Ping with authentication; raises `TargetUnreachable` for a wrong address, application or key."""
        called = await self.begin("smoke", "", {}).call("debug.authPing")
        url = self.journal.redactor.text(self.target.url)
        if called.response is None and called.exchange.error in ("refused", "dns", "tls", "bad-url"):
            raise TargetUnreachable(f"{url}: no connection ({called.exchange.error}); check [target] url")
        if called.status in (401, 403, 404):
            raise TargetUnreachable(f"{url}: HTTP {called.status}; check [target] url, which ends in /api")
        if called.code in (102, 104):
            what = "appid" if called.code == 102 else "secret-key"
            raise TargetUnreachable(f"{url}: {called.got}; check [app] {what}")
        if called.code == 107:
            raise TargetUnreachable(f"{url}: {called.got}; set the clocks of both machines, or name [control] url")

    async def course(self) -> str:
        """Return the id of a course that every scenario of the run shares; it is imported once, when first asked for.

        Raises `NotOffered` when the import fails: whoever needs a course is untestable then.
        """
        if self._course is None:
            self._course = asyncio.ensure_future(self._import())
        return await asyncio.shield(self._course)

    async def _import(self) -> str:
        context = self.begin("shared-course", "", {})
        courseid = f"{self.marker}-course"
        if not await context.imported(courseid):
            raise NotOffered("no course: the import of a plain package did not finish")
        return courseid

    async def settle(self) -> None:
        """Wait until nothing is due on a mock; watch a real server for the shared window."""
        if self.control:
            await within(self.patience.callback, self.control.quiesce())
        else:
            await pause(self.patience.absence)
        await within(self.patience.callback, self.host.idle())

    async def stop(self) -> None:
        """Remove what was created, close listeners and connections, and the mock when there is one."""
        if self._course and self.mock is None and not self._course.cancelled() and self._course.exception() is None:
            await self.begin("clean-up", "", {}).call("course.deleteCourse", courseid=self._course.result())
        await self.host.stop()
        await self.client.close()
        if self.release:
            await self.release()
        if self.mock:
            await self.mock.stop()


@dataclass(slots=True)
class Calling:
    """The context of one scenario: signs and sends calls, opens endpoints, lets a learner learn, moves time."""

    driver: CloudDriver
    scenario: str
    case: str
    token: str
    gates: list[Gate] = field(default_factory=list)
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)
    hooks: dict[str, Hook] = field(default_factory=dict)

    def where(self, step: str = "") -> Where:
        """Return where entries of a step are kept."""
        return (self.scenario, self.case, step)

    def own(self, name: str) -> str:
        """Return an id of this scenario's own."""
        return f"{self.driver.marker}-{self.token}-{name}"

    # --- calls --------------------------------------------------------------------------------------------------

    def sign(self, pairs: Pairs, *, app: tuple[str, str] | None = None, shift: timedelta = timedelta(0)) -> Pairs:
        """Return parameters with appid, ts (``shift`` from now) and sig; ``app`` is (id, secret), ours if not given."""
        appid, secret = app or (self.driver.target.appid, self.driver.target.secret)
        ahead = self.driver.ahead if appid == self.driver.target.appid else timedelta(0)
        return signed(pairs, appid, secret, self.driver.clock.now() + ahead + shift)

    async def call(
        self, method: str, params: Mapping[str, str] | Pairs = (), *, step: str = "", via: str = "get",
        app: tuple[str, str] | None = None, shift: timedelta = timedelta(0), **named: str,
    ) -> Called:  # fmt: skip
        """Make a signed call (``registration.exists``; ``rustici.`` is put before) and return what answered.

        ``via``: get; post (parameters in the query, no body); form (all in the body); ``step`` names it in the
        record, its method does when it is not given.
        """
        given = tuple(params.items()) if isinstance(params, Mapping) else tuple(params)
        pairs = (("method", f"rustici.{method}"), *given, *named.items())
        return await self.send(self.sign(pairs, app=app, shift=shift), step=step or method, via=via)

    async def send(
        self, pairs: Pairs, *, step: str, via: str = "get", url: str = "", headers: Iterable[tuple[str, str]] = (),
        body: bytes = b"",
    ) -> Called:  # fmt: skip
        """Send parameters as they are."""
        target, query = url or self.driver.target.url, encode_query(pairs)
        if via == "form":
            request = Request("POST", target, (("Content-Type", FORM), *headers), query.encode())
        else:
            verb = "GET" if via == "get" else "POST"
            request = Request(verb, join_query(target, query), tuple(headers), body)
        return await self.request(request, step=step)

    async def request(self, request: Request, *, step: str) -> Called:
        """Send a request that somebody else has made up, and keep it as a call."""
        return Called.of((await self.driver.client.send(self.where(step), CALL, request)).exchange)

    def url(self, method: str, params: Mapping[str, str] | Pairs = (), **options: Any) -> str:
        """Return the signed address of a call, for a browser to open."""
        given = tuple(params.items()) if isinstance(params, Mapping) else tuple(params)
        pairs = self.sign((("method", f"rustici.{method}"), *given), **options)
        return join_query(self.driver.target.url, encode_query(pairs))

    # --- what most scenarios need --------------------------------------------------------------------------------

    async def upload(
        self, method: str, params: Mapping[str, str], data: bytes, *, step: str, part: str = "filedata",
        filename: str = "course.zip", content_type: str | None = "application/zip", boundary: str = "invigil-7f3c",
        headers: Iterable[tuple[str, str]] = (), **options: Any,
    ) -> Called:  # fmt: skip
        """Post a file as multipart/form-data to a signed address."""
        media = f"Content-Type: {content_type}\r\n" if content_type else ""
        disposition = f'Content-Disposition: form-data; name="{part}"; filename="{filename}"\r\n'
        body = f"--{boundary}\r\n{disposition}{media}\r\n".encode() + data + f"\r\n--{boundary}--\r\n".encode()
        kind = ("Content-Type", f"multipart/form-data; boundary={boundary}")
        request = Request("POST", self.url(method, params, **options), (kind, *headers), body)
        return await self.request(request, step=step)

    async def imported(self, courseid: str, data: bytes | None = None, *, step: str = "import") -> bool:
        """Import a package under an id and wait for the end; return whether it finished successfully."""
        package = self.driver.package if data is None else data
        started = await self.upload("course.importCourseAsync", {"courseid": courseid}, package, step=step)
        token = started.rsp.text("token/id")
        if not token:
            return False
        last = await self.polled(token, step=f"{step}-poll")
        found = last.rsp.find("importresults/importresult") if last else None
        return found is not None and found.get("successful") == "true"

    async def polled(self, token: str, *, step: str, app: tuple[str, str] | None = None) -> Called | None:
        """Ask about an import until it has ended, or the waiting is over; return the last answer."""
        last = None
        for number in range(POLLS):
            last = await self.call("course.getAsyncImportResult", step=step, app=app, token=token)
            if last.rsp.text("status") not in ("created", "running"):
                break
            await pause(min(0.01 * 1.6**number, self.driver.patience.answer / 2))
        return last

    async def registered(self, name: str = "r", *, step: str = "create", **params: str) -> str:
        """Create a registration of the shared course and return its id."""
        courseid, regid = await self.driver.course(), self.own(name)
        given = {"courseid": courseid, "regid": regid, "fname": "Ada", "lname": "Byron", "learnerid": self.own("l")}
        await self.call("registration.createRegistration", given | params, step=step)
        return regid

    async def result_of(self, regid: str, *, step: str, until: str = "") -> Called:
        """Ask for a result until its success is the word ``until``, or the waiting is over; return the last answer.

        Results of a real server may lag behind the learner; those of a mock lag by half a second at most.
        """
        most = 3 if self.driver.control else RESULTS
        waits = [min(0.1 * 1.6**number, 5.0) for number in range(most)] if until else []
        called = await self.call("registration.getRegistrationResult", step=step, regid=regid)
        for wait in waits:
            if called.rsp.text("registrationreport/success") == until:
                break
            await pause(wait)
            called = await self.call("registration.getRegistrationResult", step=step, regid=regid)
        return called

    # --- what comes back ----------------------------------------------------------------------------------------

    def hook(
        self, channel: str, *, step: str = "", answering: Answering | None = None, gate: Gate | None = None,
        query: str = "", scheme: str = "http",
    ) -> str:  # fmt: skip
        """Open an endpoint (channel ``postback`` or ``return``) and return its address."""
        if gate:
            self.gates.append(gate)
        hook = Hook(self.where(step), channel, answering or always(), gate)
        self.hooks[f"{channel}/{step}"] = hook
        path = f"{self.token}{step and '-' + step}/{channel}"
        self.driver.host.mount(path, hook)
        try:
            return self.driver.host.url(path, scheme) + query
        except KeyError:
            raise NotOffered(f"not configured: callback.{scheme}") from None

    async def arrived(self, channel: str, count: int = 1, *, step: str = "") -> None:
        """Wait until so many requests have come to an endpoint, nothing is due any more, or patience is over."""
        due: list[Any] = [self.hooks[f"{channel}/{step}"].reached(count)]
        if self.driver.control:
            due.append(self.driver.control.quiesce())
        tasks = [asyncio.ensure_future(wait) for wait in due]
        await asyncio.wait(tasks, timeout=self.driver.patience.callback, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def learn(self, regid: str, *, launch: str = "", step: str = "", **values: str) -> None:
        """Let a learner take a course to a result (``to``, ``score``, ``exit``); the outcome is part of the record.

        ``launch`` is the signed launch address; a fresh one is made when none is given.
        """
        if "learn" not in self.driver.stimuli:
            raise NotOffered("not configured: stimulus.learn")
        address = launch or self.url("registration.launch", {"regid": regid})
        given = {f"INVIGIL_{name.upper()}": value for name, value in values.items()}
        given |= {"INVIGIL_REGID": regid, "INVIGIL_LAUNCH_URL": address, "INVIGIL_APPID": self.driver.target.appid}
        stimulated = await self.driver.stimuli["learn"].start(given)
        outcome = await stimulated.outcome(self.driver.patience.answer + self.driver.patience.callback)
        await stimulated.release()
        self.note("learnt", step, **outcome.facts(), asked=values)

    async def advance(self, step: timedelta) -> None:
        """Move protocol time of our application: over the control API, else within the waiting budget."""
        if self.driver.control:
            await self.driver.control.advance(self.driver.target.appid, step)
            self.driver.ahead += step
        elif step.total_seconds() <= self.driver.waiting_budget:
            await pause(step.total_seconds())
        else:
            raise NotOffered(f"control or waiting budget: {step} has to pass; see [patience] waiting-budget")
        self.note("advanced", seconds=step.total_seconds())

    async def trigger(self, name: str, *, step: str = "", **values: str) -> None:
        """Let something happen in the server that no call brings about, over the control API.

        Raises `NotOffered` without one, or when what was asked for cannot be done.
        """
        if not self.driver.control:
            raise NotOffered("not configured: control")
        told = await self.driver.control.trigger(name, {"appid": self.driver.target.appid, **values})
        self.note("triggered", step, trigger=name, values=values, **told)
        if told["status"] != "succeeded":
            raise NotOffered(f"control: {name}: {told.get('output', '')}")

    def note(self, name: str, step: str = "", **facts: Any) -> None:
        """Keep an event of this scenario."""
        self.driver.journal.event(self.where(step), name, facts)

    def story(self, step: str | None = None) -> Story:
        """Return the record as far as it has come, or what belongs to one step of it."""
        entries = self.driver.journal.of(self.scenario, self.case)
        return Story.from_entries([e for e in entries if step is None or e.step in ("", step)])

    def told(self, step: str) -> Story:
        """Return what one example of a property has come to."""
        return retold(self.driver.journal.of(self.scenario, self.case), step)

    def examples(self) -> CloudExamples:
        """Return the record of a property: all that was tried."""
        return CloudExamples.from_entries(self.driver.journal.of(self.scenario, self.case))
