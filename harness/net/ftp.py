"""A tiny staging server for FTP: one package, passive mode, every session kept as an event."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field

from harness.evidence.journal import Journal
from harness.net.client import Where
from harness.net.patience import within


@dataclass(slots=True)
class FtpStaging:
    """Serves ``content`` under ``path`` (without leading slash) to any user and password.

    Each session ends as an event ``ftp``: the verbs that came, and whether the package left whole.
    ``patience`` (seconds) bounds the wait for the next command and for a data connection.
    """

    journal: Journal
    where: Where
    path: str
    content: bytes
    patience: float = 10.0
    port: int = 0
    _server: asyncio.Server | None = None
    _sessions: set[asyncio.Task[None]] = field(default_factory=set)

    async def start(self, host: str = "127.0.0.1") -> None:
        """Bind a free port, which `port` tells afterwards; raises OSError when it cannot."""
        self._server = await asyncio.start_server(self._serve, host, 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Close the socket and end every session."""
        if self._server:
            self._server.close()
        for session in list(self._sessions):
            session.cancel()
        await asyncio.gather(*self._sessions, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._sessions.add(task)
        session = _Session(self, reader, writer)
        try:
            with contextlib.suppress(ConnectionError, ValueError):
                await session.run()
        finally:
            self.journal.event(self.where, "ftp", {"verbs": session.verbs, "whole": session.whole})
            session.close_data()
            await _closed(writer)
            self._sessions.discard(task)


@dataclass(slots=True)
class _Session:
    """One control connection."""

    staging: FtpStaging
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    verbs: list[str] = field(default_factory=list)
    whole: bool = False
    _data: asyncio.Server | None = None
    _peer: asyncio.Queue[asyncio.StreamWriter] = field(default_factory=asyncio.Queue)

    async def run(self) -> None:
        await self._say(220, "invigil staging server")
        while line := await within(self.staging.patience, self.reader.readline()):
            text = line.decode("latin-1").strip()
            verb, _, argument = text.partition(" ")
            verb = verb.upper() if verb.isascii() and verb.isalpha() else "?"
            self.verbs.append(verb)
            if verb == "QUIT":
                await self._say(221, "bye")
                return
            await self._obey(verb, argument)

    async def _obey(self, verb: str, argument: str) -> None:
        simple = {
            "USER": (331, "password please"),
            "PASS": (230, "welcome"),
            "TYPE": (200, "ok"),
            "NOOP": (200, "ok"),
        }
        if verb in simple:
            await self._say(*simple[verb])
        elif verb in ("PASV", "EPSV"):
            await self._open_data(verb)
        elif verb in ("SIZE", "RETR") and argument.lstrip("/") != self.staging.path:
            await self._say(550, "no such file")
        elif verb == "SIZE":
            await self._say(213, str(len(self.staging.content)))
        elif verb == "RETR":
            await self._send_package()
        else:
            await self._say(502, "not implemented")

    async def _open_data(self, verb: str) -> None:
        self.close_data()
        host = self.writer.get_extra_info("sockname")[0]
        self._data = await asyncio.start_server(lambda _, writer: self._peer.put_nowait(writer), host, 0)
        port = self._data.sockets[0].getsockname()[1]
        if verb == "EPSV":
            await self._say(229, f"extended passive mode (|||{port}|)")
        else:
            await self._say(227, f"passive mode ({host.replace('.', ',')},{port >> 8},{port & 255})")

    async def _send_package(self) -> None:
        peer = await within(self.staging.patience, self._peer.get()) if self._data else None
        if peer is None:
            await self._say(425, "no data connection")
            return
        await self._say(150, "here it comes")
        try:
            peer.write(self.staging.content)
            await peer.drain()
            self.whole = await _closed(peer)
            await self._say(226, "that is all")
        except ConnectionError:
            await self._say(426, "data connection lost")
            await _closed(peer)
        finally:
            self.close_data()

    def close_data(self) -> None:
        if self._data:
            self._data.close()
            self._data = None
        while not self._peer.empty():
            self._peer.get_nowait().close()

    async def _say(self, code: int, text: str) -> None:
        self.writer.write(f"{code} {text}\r\n".encode())
        await self.writer.drain()


async def _closed(writer: asyncio.StreamWriter) -> bool:
    """Close a connection and say whether all that was written has left."""
    writer.close()
    try:
        await writer.wait_closed()
    except ConnectionError:
        return False
    return True
