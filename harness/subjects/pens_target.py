"""The driver of pens-target: a PENS client with its staging server and its receiver of receipts and alerts."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from harness.evidence.entries import Exchange
from harness.evidence.journal import Journal
from harness.net.client import HttpClient, Request, Where
from harness.net.clock import Clock
from harness.net.ftp import FtpStaging
from harness.net.host import CallbackHost
from harness.net.patience import Patience, pause, within
from harness.net.raw import send_raw
from harness.net.reach import is_loopback
from harness.net.receiver import Receiver, by_the_book
from harness.net.smtp import MailSink
from harness.net.staging import Gate, Staged
from harness.subjects.counterpart import MockPeer
from harness.subjects.driver import NotOffered, TargetUnreachable
from harness.subjects.pens_records import Collected, Examples, answer_of
from harness.subjects.records import BEGUN
from harness.wire.binding import FORM, Pairs, encode_multipart, encode_query, join_query
from harness.wire.pens import ELEMENTS, VERSION, write_expiry

REFUSED_STATUS = (401, 403, 404)
REFUSED_CODE = 1420


@dataclass(frozen=True, slots=True)
class Target:
    """A pens-target as configured: its address, who we are there, and what else a person has told about it.

    ``closed_url`` is an address of the same system where PENS is not allowed; ``weak`` and ``foreign`` are
    credentials without the scope, and of another tenant.
    """

    url: str
    user: str = ""
    password: str = ""
    closed_url: str = ""
    weak: tuple[str, str] | None = None
    foreign: tuple[str, str] | None = None


@dataclass(slots=True)
class PensTargetDriver:
    """Plays the client of one target. ``package`` is the content that is staged unless a scenario says otherwise."""

    target: Target
    journal: Journal
    clock: Clock
    client: HttpClient
    host: CallbackHost
    patience: Patience
    package: bytes
    seed: int = 0
    mail: MailSink | None = None
    mock: MockPeer | None = None
    marker: str = "invigil"
    owned: bool = True
    budget: str = "quick"
    silent: bool = False
    _ftp: list[FtpStaging] = field(default_factory=list)

    @property
    def offers(self) -> frozenset[str]:
        """Callbacks that a target can reach, and capabilities that the configuration declares."""
        found = {f"callback.{scheme}" for scheme in self.host.public}
        found |= {"callback.smtp"} if self.mail else set()
        found |= {"auth"} if self.target.user else set()
        found |= {"engine.closed-url"} if self.target.closed_url else set()
        found |= {"engine.read-only"} if self.target.weak else set()
        found |= {"engine.other-tenant"} if self.target.foreign else set()
        return frozenset(found | ({"ownership"} if self.owned else set()))

    def begin(self, scenario: str, case: str, values: Mapping[str, Any]) -> Collecting:
        """Open the context in which a scenario acts, with an unguessable path segment of its own."""
        token = hashlib.sha256(f"{self.seed}/{self.marker}/{scenario}/{case}".encode()).hexdigest()[:20]
        facts = {**values, "now": write_expiry(self.clock.now()), "user": self.target.user}
        self.journal.event((scenario, case, ""), BEGUN, facts)
        return Collecting(self, scenario, case, token)

    async def end(self, context: Collecting) -> None:
        """Open the gates of a context."""
        for gate in context.gates:
            gate.open()

    async def smoke(self) -> None:
        """Send one plain collect; raises `TargetUnreachable` for a wrong address, tenant or credential."""
        context = self.begin("smoke", "", {})
        url = self.journal.redactor.text(self.target.url)
        exchange = await context.send(context.elements())
        if exchange.response is None and exchange.error in ("refused", "dns", "tls", "bad-url"):
            raise TargetUnreachable(f"{url}: no connection ({exchange.error}); check [target] url")
        status = exchange.response.status if exchange.response else 0
        if status in REFUSED_STATUS:
            raise TargetUnreachable(f"{url}: HTTP {status}; check the address, the tenant in its query and [auth]")
        answer = answer_of(exchange.response)
        if answer and answer.error == REFUSED_CODE:
            raise TargetUnreachable(
                f"{url}: error=1420 {answer.error_text}; check [auth] system-user-id and system-password, "
                "the tenant in the address, and that the target allows collect"
            )
        await context.settled()
        seen = context.seen()
        self.silent = seen.understood and not seen.receipts

    @property
    def due(self) -> float:
        """How long (seconds) a receipt is waited for; a target that sent none to the smoke collect is watched later."""
        return min(self.patience.callback, 1.0) if self.silent else self.patience.callback

    async def ftp(self, where: Where, path: str) -> tuple[str, bool]:
        """Stage the package by FTP; return the address and whether a target on this machine can surely reach it."""
        host = urlsplit(self.host.public["http"]).hostname or ""
        near = is_loopback(host)
        staging = FtpStaging(self.journal, where, path, self.package, self.patience.callback)
        await staging.start("127.0.0.1" if near else "0.0.0.0")
        self._ftp.append(staging)
        return f"{host}:{staging.port}/{path}", near

    async def settle(self) -> None:
        """Wait until nothing is due on a mock; watch a real target for the shared window."""
        if self.mock:
            await within(self.patience.callback, self.mock.quiesce())
        else:
            await pause(self.patience.absence)
        await within(self.patience.callback, self.host.idle())

    async def stop(self) -> None:
        """Close listeners, sink and connections, and the mock when there is one."""
        await self.host.stop()
        for staging in self._ftp:
            await staging.stop()
        await self.client.close()
        if self.mail:
            await self.mail.stop()
        if self.mock:
            await self.mock.stop()


@dataclass(slots=True)
class Collecting:
    """The context of one scenario: stages packages, sends collects, waits for what follows.

    ``loop`` is where it acts; a scenario of the threaded kind reaches it from its own thread.
    """

    driver: PensTargetDriver
    scenario: str
    case: str
    token: str
    gates: list[Gate] = field(default_factory=list)
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)
    _receivers: dict[str, Receiver] = field(default_factory=dict)
    _mails: dict[str, asyncio.Event] = field(default_factory=dict)

    def where(self, step: str = "") -> Where:
        """Return where entries of a step are kept."""
        return (self.scenario, self.case, step)

    def path(self, name: str, step: str = "") -> str:
        """Return a path of this scenario's own."""
        return f"{self.token}{step and '-' + step}/{name}"

    def stage(self, name: str = "course.zip", *, step: str = "", scheme: str = "http", **options: Any) -> str:
        """Stage a package behind an address of its own and return the address; options as of `Staged`."""
        options.setdefault("content", self.driver.package)
        if isinstance(options.get("gate"), Gate):
            self.gates.append(options["gate"])
        path = self.path(name, step)
        self.driver.host.mount(path.partition("?")[0], Staged(self.where(step), **options))
        return self._url(path, scheme)

    async def stage_by_ftp(self, name: str = "course.zip", *, step: str = "", scheme: str = "ftp") -> str:
        """Stage the package behind an FTP address of its own and return that; an event ``ftp-staged`` tells of it."""
        address, near = await self.driver.ftp(self.where(step), self.path(name, step))
        self.note("ftp-staged", step, near=near)
        return f"{scheme}://{address}"

    def receiver(self, channel: str, *, step: str = "", scheme: str = "http", query: str = "", **options: Any) -> str:
        """Open an endpoint for receipts or alerts and return its address; options as of `Receiver`."""
        receiver = Receiver(self.where(step), channel, **{"answering": by_the_book, **options})
        self._receivers[f"{channel}{step}"] = receiver
        path = self.path(channel, step)
        self.driver.host.mount(path, receiver)
        return self._url(path, scheme) + query

    def mailbox(self, *names: str, step: str = "") -> str:
        """Return a ``mailto:`` URL for mail that this scenario owns, one address for every name."""
        if not self.driver.mail:
            raise NotOffered("not configured: callback.smtp")
        tokens = [f"{name}-{self.token}" for name in names]
        for token in tokens:
            self._mails[step] = self.driver.mail.own(token, self.where(step))
        return "mailto:" + ",".join(f"{token}@{self.driver.mail.domain}" for token in tokens)

    def _url(self, path: str, scheme: str) -> str:
        try:
            return self.driver.host.url(path, scheme)
        except KeyError:
            raise NotOffered(f"not configured: callback.{scheme}") from None

    def elements(self, *, step: str = "", staged: Mapping[str, Any] | None = None) -> dict[str, str]:
        """Return a complete, valid collect with alerts: package staged, endpoints open, our own credential."""
        target, digest = self.driver.target, hashlib.sha256(self.path("", step).encode()).hexdigest()
        found = {
            "command": "collect",
            "pens-version": VERSION,
            "package-type": "scorm-pif",
            "package-type-version": "1.2",
            "package-format": "zip",
            "package-id": f"http://{self.driver.marker}.example/packages:{digest[:8]}-{digest[8:12]}-{digest[12:24]}",
            "package-url": self.stage(step=step, **(staged or {})),
            "package-url-expiry": write_expiry(self.driver.clock.now() + timedelta(days=7)),
            "client": "invigil",
            "receipt": self.receiver("receipt", step=step),
            "alerts": self.receiver("alert", step=step),
        }
        return found | ({"system-user-id": target.user, "system-password": target.password} if target.user else {})

    async def collect(
        self, change: Mapping[str, str] | None = None, *, drop: Iterable[str] = (), step: str = "",
        binding: str = "form", staged: Mapping[str, Any] | None = None, url: str = "", extra: Pairs = (),
        order: Any = None, wait: bool = True,
    ) -> Collected:  # fmt: skip
        """Send a valid collect with changes, wait for what follows, and return what has come so far.

        ``change`` sets elements, ``drop`` leaves them out, ``extra`` adds pairs at the end, ``order`` sorts or
        shuffles the list of pairs in place.
        """
        elements = self.elements(step=step, staged=staged) | dict(change or {})
        pairs = [(name, value) for name, value in elements.items() if name not in set(drop)]
        if order:
            order(pairs)
        await self.send(dict(pairs), step=step, binding=binding, url=url, pairs=(*pairs, *extra))
        if wait:
            await self.settled(step)
        return self.seen(step)

    async def send(
        self, elements: Mapping[str, str], *, step: str = "", binding: str = "form", url: str = "", pairs: Pairs = ()
    ) -> Exchange:
        """Send a collect and wait for its answer only."""
        pairs = pairs or tuple(elements.items())
        target = url or self.driver.target.url
        if binding == "get":
            request = Request("GET", join_query(target, encode_query(pairs)))
        elif binding == "multipart":
            content_type, body = encode_multipart(pairs)
            request = Request("POST", target, (("Content-Type", content_type),), body)
        else:
            request = Request("POST", target, (("Content-Type", FORM),), encode_query(pairs).encode())
        if target != self.driver.target.url or ("?" in target and binding == "get"):
            names = {name for name, _ in pairs} | set(ELEMENTS)
            known = [[name, value] for name, value in pairs if name in names]
            self.driver.journal.event(self.where(step), "sent", {"binding": binding, "pairs": known})
        return (await self.driver.client.send(self.where(step), "collect", request)).exchange

    async def post(self, body: bytes, content_type: str, *, step: str = "") -> Exchange:
        """Post any body to the target."""
        request = Request("POST", self.driver.target.url, (("Content-Type", content_type),), body)
        return (await self.driver.client.send(self.where(step), "collect", request)).exchange

    async def raw(self, data: bytes, *, step: str = "", pairs: Pairs = (), binding: str = "get") -> Exchange:
        """Send bytes that no HTTP client would send; ``pairs`` says what they mean."""
        if pairs:
            facts = {"binding": binding, "pairs": [list(pair) for pair in pairs]}
            self.driver.journal.event(self.where(step), "sent", facts)
        driver = self.driver
        return await send_raw(
            driver.journal, self.where(step), "collect", driver.target.url, data,
            patience=driver.patience.answer, trust=driver.client.trust,
        )  # fmt: skip

    async def settled(self, step: str = "") -> None:
        """Wait for the receipt that is due after an understood collect: until it came or nothing is under way."""
        seen = self.seen(step)
        if not seen.understood:
            return
        named = seen.sent.get("receipt") or ""
        ours = any(named.startswith(base + "/") for base in self.driver.host.public.values())
        receiver = self._receivers.get(f"receipt{step}")
        due: list[Any] = [receiver.arrived.wait()] if ours and receiver else []
        due += [self._mails[step].wait()] if step in self._mails else []
        if self.driver.mock:
            due.append(self.driver.mock.quiesce())
        if not due:
            return
        tasks = [asyncio.ensure_future(wait) for wait in due]
        await asyncio.wait(tasks, timeout=self.driver.due, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def note(self, name: str, step: str = "", **facts: Any) -> None:
        """Keep an event of this scenario."""
        self.driver.journal.event(self.where(step), name, facts)

    def examples(self) -> Examples:
        """Return the record of a property: all that was tried."""
        return Examples.from_entries(self.driver.journal.of(self.scenario, self.case))

    def seen(self, step: str = "") -> Collected:
        """Return the record as far as it has come."""
        entries = self.driver.journal.of(self.scenario, self.case)
        return Collected.from_entries([entry for entry in entries if entry.step in ("", step)])
