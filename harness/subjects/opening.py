"""Opening the driver of a subject: sockets bound, mock started when the target is one, everything wired."""

from __future__ import annotations

import importlib.metadata
import ssl
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from harness.evidence.journal import Journal
from harness.net.client import HttpClient
from harness.net.clock import Clock, OffsetClock
from harness.net.host import CallbackHost
from harness.net.patience import Patience
from harness.net.smtp import MailSink
from harness.net.tls import TlsMaterial
from harness.subjects.config import Config, ConfigError
from harness.subjects.counterpart import MockPeer, Surroundings
from harness.subjects.driver import Driver
from harness.subjects.pens_target import PensTargetDriver, Target
from harness.subjects.targets import TargetSpec

MOCK_PATIENCE = Patience(answer=5.0, callback=10.0, absence=0.2)


@dataclass(frozen=True, slots=True)
class Opening:
    """All that a driver is opened with. ``settings`` are the profile's for the mock; ``package`` is what is staged."""

    spec: TargetSpec
    journal: Journal
    settings: Mapping[str, Any]
    package: bytes
    config: Config = field(default_factory=Config)
    clock: Clock = field(default_factory=OffsetClock)
    tls: TlsMaterial | None = None
    patience: Patience | None = None
    seed: int = 0
    marker: str = "invigil"
    owned: bool = True
    stimuli: Mapping[str, str] = field(default_factory=dict)
    budget: str = "quick"


def load_mock(group: str, subject: str) -> Any:
    """Return the mock that plays (``invigil.mocks``) or faces (``invigil.counterparts``) a subject, by entry point."""
    found = importlib.metadata.entry_points(group=group, name=subject)
    if not found:
        raise ConfigError(f"no {group} entry for {subject}: is invigil installed completely?")
    return next(iter(found)).load()()


async def open_driver(subject: str, opening: Opening) -> Driver:
    """Open the driver of a subject."""
    if subject == "cloud-v1":
        from harness.subjects.cloud_v1_opening import open_cloud_v1

        return await open_cloud_v1(opening)
    if subject == "results-receiver":
        from harness.subjects.results_receiver_opening import open_results_receiver

        return await open_results_receiver(opening)
    if subject == "lti-platform":
        from harness.subjects.lti_platform_opening import open_lti_platform

        return await open_lti_platform(opening)
    if subject == "lti-tool":
        from harness.subjects.lti_tool_opening import open_lti_tool

        return await open_lti_tool(opening)
    if subject == "pens-client":
        from harness.subjects.pens_client import open_pens_client

        return await open_pens_client(opening)
    return await open_pens_target(opening)


async def open_pens_target(opening: Opening) -> PensTargetDriver:
    """Open the driver of pens-target, for the mock or for an address; what fails to open leaves nothing open."""
    async with AsyncExitStack() as opened:
        driver = await _pens_target(opening, opened)
        opened.pop_all()
        return driver


async def _pens_target(opening: Opening, opened: AsyncExitStack) -> PensTargetDriver:
    tls = opening.tls or TlsMaterial.make()
    patience = opening.patience or (MOCK_PATIENCE if opening.spec.kind == "mock" else Patience())
    host, mail = CallbackHost(opening.journal), None
    opened.push_async_callback(host.stop)
    mock: MockPeer | None = None
    if opening.spec.kind != "mock" and opening.spec.is_loopback and "callback" not in opening.config.tables:
        # A peer on this machine reaches us by http; our certificate and our mail sink it cannot know.
        await host.listen("http")
    elif opening.spec.kind == "mock":
        await host.listen("http")
        await host.listen("https", tls=tls.server)
        mail = MailSink(opening.journal)
        await mail.start()
    else:
        mail = await listen(opening, host)
    if mail:
        opened.push_async_callback(mail.stop)
    if opening.spec.kind == "mock":
        mock = load_mock("invigil.mocks", "pens-target")
        opened.push_async_callback(mock.stop)
        assert mock is not None
        assert mail is not None
        facts = await mock.start(
            Surroundings(
                opening.settings, opening.spec.faults, opening.clock, tls.trust, smtp=("127.0.0.1", mail.port),
                patience=patience.answer,
            )
        )  # fmt: skip
        target = Target(**facts)
    else:
        target = _configured(opening)
    for password in (target.password, *(pair[1] for pair in (target.weak, target.foreign) if pair)):
        opening.journal.redactor.add("system-password", password)
    client = HttpClient(opening.journal, patience.answer, trust_of(opening.config, tls))
    return PensTargetDriver(
        target, opening.journal, opening.clock, client, host, patience, opening.package, opening.seed, mail, mock,
        opening.marker, opening.owned, opening.budget,
    )  # fmt: skip


def trust_of(config: Config, tls: TlsMaterial) -> ssl.SSLContext:
    """Return the context that verifies the target: our own authority, the system's, and `[target] ca-file`."""
    file = config.get("target", "ca-file")
    if file:
        try:
            tls.trust.load_verify_locations(file)
        except (OSError, ssl.SSLError) as error:
            raise ConfigError(f"{config.path}: [target] ca-file {file}: {error}") from None
    return tls.trust


def _configured(opening: Opening) -> Target:
    config = opening.config
    pairs = {}
    for key in ("read-only", "other-tenant"):
        table = config.get("engine", key)
        pairs[key] = (str(table.get("id", "")), str(table.get("secret", ""))) if table else None
    return Target(
        opening.spec.text if opening.spec.kind == "url" else str(config.get("target", "url", "")),
        str(config.get("auth", "system-user-id", "")),
        config.secret("auth", "system-password"),
        str(config.get("engine", "closed-url", "")),
        pairs["read-only"],
        pairs["other-tenant"],
    )


async def listen(opening: Opening, host: CallbackHost) -> MailSink | None:
    """Open the listeners that `[callback]` names; what it does not name is not offered."""
    config = opening.config
    bind = str(config.get("callback", "bind", "0.0.0.0"))
    for scheme in ("http", "https"):
        public = config.get("callback", scheme)
        if public:
            context = certificate(config) if scheme == "https" else None
            port = urlsplit(public).port or (443 if scheme == "https" else 80)
            try:
                await host.listen(scheme, tls=context, host=bind, port=port, public=public)
            except OSError as error:
                raise ConfigError(f"{config.path}: [callback] {scheme} {public}: {error.strerror or error}") from None
    smtp = config.get("callback", "smtp")
    if not smtp:
        return None
    mail = MailSink(opening.journal, str(config.get("callback", "mail-domain", "") or smtp.rpartition(":")[0]))
    port = smtp.rpartition(":")[2]
    if not port.isdigit():
        raise ConfigError(f"{config.path}: [callback] smtp: expected HOST:PORT, got {smtp!r}")
    try:
        await mail.start(bind, int(port))
    except OSError as error:
        raise ConfigError(f"{config.path}: [callback] smtp {smtp}: {error.strerror or error}") from None
    return mail


def certificate(config: Config) -> ssl.SSLContext:
    """Load the certificate of the https address: one that the subject trusts, else a refusal would accuse it falsely.

    Raises `ConfigError` when `[callback]` names none, or one that cannot be loaded.
    """
    cert, key = config.get("callback", "cert"), config.get("callback", "key")
    if not cert:
        raise ConfigError(f"{config.path}: [callback] https needs cert and key, a certificate that the target trusts")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(cert, key)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"{config.path}: [callback] cert {cert}: {error}") from None
    return context
