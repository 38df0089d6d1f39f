"""The SMTP sink: takes receipts and alerts that go by mail, told apart by the recipient's local part."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from aiosmtpd.smtp import SMTP, Envelope, Session

from harness.evidence.journal import Journal
from harness.net.client import NOWHERE, Where

DOMAIN = "receipts.example"


@dataclass(slots=True)
class MailSink:
    """Listens for SMTP on loopback; a mail belongs to the interaction whose token its first recipient carries.

    ``domain`` is the mail domain under which a subject reaches the sink.
    """

    journal: Journal
    domain: str = DOMAIN
    port: int = 0
    _server: asyncio.Server | None = None
    _owners: dict[str, Where] = field(default_factory=dict)
    _waiting: dict[str, asyncio.Event] = field(default_factory=dict)

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Bind; port 0 takes a free one, which `port` tells afterwards."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: SMTP(self, hostname="localhost", ident="invigil", enable_SMTPUTF8=True, loop=loop), host, port
        )
        self.port = self._server.sockets[0].getsockname()[1]

    def own(self, token: str, where: Where) -> asyncio.Event:
        """Claim mail to ``token``; the event is set with the first that comes."""
        self._owners[token.lower()] = where
        return self._waiting.setdefault(token.lower(), asyncio.Event())

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep the mail (called by aiosmtpd)."""
        content = envelope.content or b""
        text = content if isinstance(content, str) else content.decode("utf-8", "replace")
        recipients = tuple(str(address) for address in envelope.rcpt_tos)
        tokens = [address.partition("@")[0].lower() for address in recipients]
        owner = next((self._owners[token] for token in tokens if token in self._owners), NOWHERE)
        self.journal.mail(owner, envelope.mail_from or "", recipients, text)
        for token in tokens:
            if token in self._waiting:
                self._waiting[token].set()
        return "250 OK"

    async def stop(self) -> None:
        """Close the socket."""
        if self._server:
            self._server.close()
