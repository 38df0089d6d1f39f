"""Publishing one package: staged by streaming from disk, collected, acknowledged; memory stays constant."""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from harness.cli.errors import EXIT_FAILED, EXIT_OK, EXIT_UNREACHABLE, say
from harness.evidence.journal import Journal
from harness.net.client import NOWHERE, HttpClient, Received, Request
from harness.net.clock import OffsetClock
from harness.net.host import CallbackHost
from harness.net.listener import Inbound, Reply
from harness.net.patience import Patience, within
from harness.net.receiver import Receiver
from harness.net.staging import KEPT, Staged
from harness.wire.binding import FORM, Decoded, encode_query
from harness.wire.package import inspect
from harness.wire.pens import VERSION, WARNINGS, write_expiry
from harness.wire.pens_answer import read_answer

CHUNK = 256 * 1024
LINGER = 2.0
TYPES = {"scorm-1.2": "scorm-pif", "scorm-2004": "scorm-pif", "aicc": "aicc-pkg"}
VERSIONS = {"scorm-1.2": "1.2", "scorm-2004": "2004", "aicc": "4.0"}

Say = Callable[[str], Any]
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class About:
    """What the collect says of the package."""

    title: str
    package_type: str
    version: str
    package_id: str
    size: int


@dataclass(frozen=True, slots=True)
class Publication:
    """One publication: what, to whom, as whom, and where we can be reached; ``receipt_wait`` in seconds."""

    path: Path
    target: str
    about: About
    user: str = ""
    password: str = ""
    bind: str = "127.0.0.1"
    port: int = 0
    public_url: str = ""
    receipt_wait: float = 60.0


def described(path: Path, title: str, package_type: str, version: str, package_id: str) -> About:
    """Describe a package by what it says of itself, unless told otherwise.

    Its package-id is made from its content, so that the same package keeps it (CMI010 1.0a §6.2.6). Raises
    OSError, and PackageRefused when it is no content package and ``package_type`` does not say what it is.
    """
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    if not (title and package_type and version):
        found = inspect(path)
        title, package_type = title or found.title, package_type or TYPES[found.kind]
        version = version or found.version or VERSIONS[found.kind]
    name = package_id or f"http://invigil.example/packages:{uuid.uuid5(uuid.NAMESPACE_URL, digest.hexdigest())}"
    return About(title, package_type, version, name, path.stat().st_size)


@dataclass(slots=True)
class Watched:
    """The staged package: streams the file and tells how much of it has left."""

    path: Path
    size: int
    say: Say
    progress: Progress
    where: tuple[str, str, str] = NOWHERE
    channel: str = "package"
    keep: int = KEPT
    running: int = 0
    told: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        """Nothing is being downloaded yet, so there is nothing to wait for."""
        self.told.set()

    async def answer(self, inbound: Inbound) -> Reply:
        """Answer a GET or HEAD."""
        self.running += 1
        self.told.clear()
        return await Staged(self.where, self._content, self.size).answer(inbound)

    async def _content(self) -> AsyncIterator[bytes]:
        sent = 0
        with self.path.open("rb") as file:
            while chunk := await asyncio.to_thread(file.read, CHUNK):
                yield chunk
                sent += len(chunk)
                self.progress(sent, self.size, "bytes")

    def facts(self, reply: Reply, whole: bool) -> Mapping[str, Any]:
        """Tell of a download that has ended."""
        self.running -= 1
        if not self.running:
            self.told.set()
        sent = (reply.sent or [0])[-1]
        if sent:
            self.say(f"download seen: {sent} bytes" + ("" if whole else f" of {self.size}, broken off"))
        return {"whole": whole}


async def publish(publication: Publication, tell: Say, progress: Progress) -> int:
    """Publish and tell; return 0 when the receipt says that all went well, 1 when not, 3 without a target."""
    clock = OffsetClock()
    journal = Journal(clock.now)
    journal.redactor.add("system-password", publication.password)
    shown = journal.redactor.text(publication.target)

    def say_line(line: str) -> None:
        """Say what came, without the secrets that a target may repeat."""
        tell(journal.redactor.text(line))

    host, client = CallbackHost(journal), HttpClient(journal, Patience().answer)
    receipts, alerts = (Receiver(NOWHERE, channel) for channel in ("receipt", "alert"))
    alerts.listeners.append(lambda message: say_line(f"alert: {_outcome(message)}"))
    await host.listen("http", host=publication.bind, port=publication.port, public=publication.public_url)
    about, token = publication.about, uuid.uuid4().hex
    try:
        place = f"{token}/{quote(publication.path.name)}"
        package = Watched(publication.path, about.size, say_line, progress)
        host.mount(place, package)
        host.mount(f"{token}/receipt", receipts)
        host.mount(f"{token}/alert", alerts)
        pairs = {
            "command": "collect",
            "pens-version": VERSION,
            "package-type": about.package_type,
            "package-type-version": about.version,
            "package-format": "zip",
            "package-id": about.package_id,
            "package-url": host.url(place),
            "package-url-expiry": write_expiry(clock.now() + timedelta(days=1)),
            "client": "invigil",
        }
        if publication.user:
            pairs |= {"system-user-id": publication.user, "system-password": publication.password}
        pairs |= {"receipt": host.url(f"{token}/receipt"), "alerts": host.url(f"{token}/alert")}
        say_line(f"publishing {about.title!r} as {about.package_type} {about.version}, {about.size} bytes")
        body = encode_query(tuple(pairs.items())).encode()
        request = Request("POST", publication.target, (("Content-Type", FORM),), body)
        code = _answered(await client.send(NOWHERE, "collect", request), shown, say_line)
        if code != EXIT_OK:
            return code
        code = await _receipt(receipts, package, publication.receipt_wait, say_line)
        if code == EXIT_OK:
            await within(LINGER, alerts.arrived.wait())
        await within(LINGER, host.idle())
        return code
    finally:
        await host.stop()
        await client.close()


def _answered(received: Received, target: str, say_line: Say) -> int:
    if received.error:
        say(f"{target}: no answer ({received.error})", "check the address and that the target runs")
        return EXIT_UNREACHABLE
    answer = read_answer(received.body)
    if answer.error is None:
        say(
            f"{target}: HTTP {received.status} without a PENS answer",
            "check the path and the tenant in its query",
        )
        return EXIT_FAILED
    say_line(f"collect answered: {answer.error} {answer.error_text}")
    return EXIT_OK if answer.error == 0 or answer.error in WARNINGS else EXIT_FAILED


async def _receipt(receipts: Receiver, package: Watched, seconds: float, say_line: Say) -> int:
    if await within(seconds, receipts.arrived.wait()) is None:
        say(f"no receipt within {seconds:g} s", "ask the target's own log, or wait longer with --receipt-wait")
        return EXIT_FAILED
    await within(LINGER, package.told.wait())  # its last byte may be noticed later here than at the target
    message = receipts.messages[0]
    say_line(f"receipt: {_outcome(message)}")
    error = (message.get("error") or "").strip()
    return EXIT_OK if error.isdigit() and (int(error) == 0 or int(error) in WARNINGS) else EXIT_FAILED


def _outcome(message: Decoded) -> str:
    return f"{message.get('error', '(no code)')} {message.get('error-text', '')}".rstrip()
