"""What follows an accepted collect: fetch the package, look into it, make the course, tell the client."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import smtplib
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from typing import Any, BinaryIO, cast
from urllib.parse import urljoin, urlsplit

from harness.net.client import HttpClient, Received, Request, Where
from harness.net.clock import Clock
from harness.wire import pens
from harness.wire.binding import Pairs
from harness.wire.package import Inspection, PackageRefused, inspect
from harness.wire.pens_answer import read_answer
from mocks.engine.domain import Course, ImportJob
from mocks.engine.ftp import retrieve
from mocks.engine.pens_behaviour import PensBehaviour
from mocks.state.store import Store

SMALL = 1 << 20
REDIRECTS = (301, 302, 303, 307, 308)
Listener = Callable[[str, Mapping[str, Any]], None]


class TooLarge(Exception):
    """The package is larger than the setting ``max_package`` (bytes) allows."""


@dataclass(slots=True)
class Fetched:
    """What came of a fetch: the code it means, and the content when there is some."""

    code: int
    file: BinaryIO | None = None
    size: int = 0
    digest: str = ""


@dataclass(slots=True)
class Collector:
    """Carries one job through. ``where`` tells under which scenario its exchanges are kept."""

    store: Store
    clock: Clock
    client: HttpClient
    smtp: tuple[str, int] | None
    where: Callable[[str], Where]
    tell: Listener = field(default=lambda name, facts: None)

    async def carry_out(self, job: ImportJob, behaviour: PensBehaviour, course_id: str) -> None:
        """Do all that an accepted collect asks for; never raises for what others do."""
        if not behaviour.takes_up(job):
            return
        await self._save(replace(job, state="running"))
        for pairs in behaviour.announcements(job):
            await self._send("alert", job, behaviour, behaviour.alerts_url(job), pairs)
        job, course = await self._import(job, behaviour, course_id)
        await self._save(job)
        if behaviour.sends_alert_first:
            await self._alert(job, behaviour)
        acknowledged = await self._receipt(job, behaviour)
        if course and behaviour.goes_on(acknowledged):
            async with self.store.transaction() as tx:
                same = [old for old in tx.rows("courses") if old.package_id == course.package_id]
                if same and behaviour.settings["same_package"] == "update":
                    course = replace(course, id=same[0].id)
                tx.put("courses", course.id, course)
            self.tell("course", {"course": course.id, "title": course.title, "job": job.id})
        if acknowledged == -1:
            await self._undeliverable(job, behaviour)
        if behaviour.goes_on(acknowledged) and not behaviour.sends_alert_first:
            await self._alert(job, behaviour)

    async def _import(
        self, job: ImportJob, behaviour: PensBehaviour, course_id: str
    ) -> tuple[ImportJob, Course | None]:
        if job.code:
            return replace(job, state="error", text=pens.CODES.get(job.code, "error")), None
        inspection: Inspection | None = None
        with tempfile.SpooledTemporaryFile(max_size=SMALL) as spooled:
            file = cast(BinaryIO, spooled)
            fetched = await self._fetch(job, behaviour, file) if behaviour.fetches(job) else Fetched(0)
            code = fetched.code
            if fetched.file and not code:
                inspection, reason = await _inspected(fetched)
                code = behaviour.package_code(reason)
        self.tell("fetched", {"job": job.id, "code": code, "bytes": fetched.size})
        if code:
            return replace(job, state="error", code=code, text=pens.CODES.get(code, "error")), None
        title = inspection.title if inspection else job.elements.get("package-id", "")
        standard = inspection.kind if inspection else "unknown"
        course = Course(
            course_id, job.tenant, title, standard, job.elements.get("package-id", ""), fetched.size, fetched.digest,
            self.clock.now(), job.elements.get("vendor-data", ""),
        )  # fmt: skip
        return replace(job, state="finished", course_id=course_id), course

    async def _fetch(self, job: ImportJob, behaviour: PensBehaviour, file: BinaryIO) -> Fetched:
        url, host = behaviour.package_url(job), ""
        try:
            host = urlsplit(url).hostname or ""
        except ValueError:
            return Fetched(1310)
        if not behaviour.may_contact(host):
            return Fetched(behaviour.closed_off(host))
        fetched = Fetched(1310)
        for _ in range(behaviour.fetch_attempts):
            login = behaviour.package_credentials(job)
            fetched = await self._fetch_once(job, behaviour, url, int(behaviour.settings["redirects"]), file, login)
        return fetched

    async def _fetch_once(
        self, job: ImportJob, behaviour: PensBehaviour, url: str, redirects: int, file: BinaryIO,
        login: tuple[str, str] | None,
    ) -> Fetched:  # fmt: skip
        """Fetch into ``file``; a redirect to another origin is followed without the credentials."""
        file.seek(0)
        file.truncate()
        if pens.scheme_of(url) == "ftp":
            return await self._fetch_by_ftp(behaviour, url, file)
        digest, limit, size = hashlib.sha256(), int(behaviour.settings["max_package"]), 0

        def sink(chunk: bytes) -> None:
            nonlocal size
            size += len(chunk)
            if size > limit:
                raise TooLarge
            digest.update(chunk)
            file.write(chunk)

        token = base64.b64encode(":".join(login).encode()).decode() if login else ""
        headers = (("Authorization", f"Basic {token}"),) if login else ()
        request = Request("GET", url, headers, keep=64)
        try:
            received: Received = await self.client.send(self.where(job.id), "package", request, sink=sink)
        except TooLarge:
            return Fetched(behaviour.fetch_code(0, "too-large"), file, size)
        location = received.header("Location")
        if received.status in REDIRECTS and location and redirects:
            try:
                onward = urljoin(url, location)
                host = urlsplit(onward).hostname or ""
            except ValueError:
                return Fetched(1310)
            if not behaviour.may_contact(host):
                return Fetched(1310)
            kept = login if urlsplit(onward)[:2] == urlsplit(url)[:2] else None
            return await self._fetch_once(job, behaviour, onward, redirects - 1, file, kept)
        return Fetched(behaviour.fetch_code(received.status, received.error), file, size, digest.hexdigest())

    async def _fetch_by_ftp(self, behaviour: PensBehaviour, url: str, file: BinaryIO) -> Fetched:
        limit = int(behaviour.settings["max_package"])
        error = await asyncio.to_thread(retrieve, url, file, limit, self.client.patience)
        size = file.seek(0, 2)
        file.seek(0)
        digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
        status = {"denied": 401, "absent": 404}.get(error or "", 200)
        code = behaviour.fetch_code(status, None if status != 200 else error)
        return Fetched(code, file, size, digest)

    async def _receipt(self, job: ImportJob, behaviour: PensBehaviour) -> int | None:
        """Send the receipt; return the code that acknowledged it, None for no PENS answer, -1 for no answer."""
        acknowledged: int | None = 0
        if behaviour.receipt_due(job):
            for _ in range(behaviour.receipt_copies):
                acknowledged = await self._send(
                    "receipt", job, behaviour, job.elements.get("receipt", ""), behaviour.receipt(job)
                )
        return acknowledged

    async def _alert(self, job: ImportJob, behaviour: PensBehaviour) -> None:
        if behaviour.alert_due(job):
            for pairs in behaviour.alerts(job):
                await self._send("alert", job, behaviour, behaviour.alerts_url(job), pairs)

    async def _undeliverable(self, job: ImportJob, behaviour: PensBehaviour) -> None:
        """Alert that the receipt could not be delivered (code 1500, CMI010 1.0a §6.3)."""
        if behaviour.alert_due(job):
            pairs = behaviour.callback("alert", job, 1500, pens.CODES[1500])
            await self._send("alert", job, behaviour, behaviour.alerts_url(job), pairs)

    async def _send(self, command: str, job: ImportJob, behaviour: PensBehaviour, url: str, pairs: Pairs) -> int | None:
        self.tell(command, {"job": job.id, "error": dict(pairs).get("error", "")})
        if pens.scheme_of(url) == "mailto":
            await self._mail(command, job, behaviour, url, pairs)
            return behaviour.mail_acknowledged()
        try:
            reachable = behaviour.may_contact(urlsplit(url).hostname or "")
        except ValueError:
            reachable = False
        if not reachable:
            return -1
        method, address, content_type, body = behaviour.callback_request(url, pairs)
        headers = (("Content-Type", content_type),) if content_type else ()
        request = Request(method, address, headers, body)
        received = await self.client.send(self.where(job.id), command, request)
        if received.error:
            behaviour.undelivered(command, job)
            return -1
        return read_answer(received.body).error

    async def _mail(self, command: str, job: ImportJob, behaviour: PensBehaviour, url: str, pairs: Pairs) -> None:
        if self.smtp is None:
            return
        message = EmailMessage(policy=SMTP_POLICY)
        for name, value in behaviour.mail_headers(command, job).items():
            message[name] = value
        recipients = behaviour.mail_recipients(url)
        message["To"] = ", ".join(recipients)
        message.set_content(behaviour.mail_body(pairs).replace("\r\n", "\n"), cte="8bit")
        if recipients:
            await asyncio.to_thread(self._deliver, behaviour.mail_from, recipients, message.as_bytes())

    def _deliver(self, sender: str, recipients: tuple[str, ...], data: bytes) -> None:
        assert self.smtp is not None
        try:
            with smtplib.SMTP(*self.smtp, local_hostname="localhost", timeout=self.client.patience) as relay:
                relay.sendmail(sender, list(recipients), data)
        except (OSError, smtplib.SMTPException):
            return

    async def _save(self, job: ImportJob) -> None:
        async with self.store.transaction() as tx:
            tx.put("jobs", job.id, job)


async def _inspected(fetched: Fetched) -> tuple[Inspection | None, str | None]:
    assert fetched.file is not None
    try:
        if fetched.size <= SMALL:
            return inspect(fetched.file), None
        return await asyncio.to_thread(inspect, fetched.file), None
    except PackageRefused as refused:
        return None, refused.reason
