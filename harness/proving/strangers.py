"""Peers that are not our right mock: null peers, personalities, legitimate variants, examples.

A null peer does nothing useful and must earn nothing. The others must give exactly their listed verdicts.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import tomllib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from harness.net.listener import Inbound, Listener, Reply
from harness.net.patience import LOOPBACK, Patience
from harness.net.reach import free_ports
from harness.net.smtp import DOMAIN
from harness.net.tls import TlsMaterial
from harness.proving.lab import Lab, Peer
from harness.wire.pens_answer import UNDERSTOOD, Answer

FOLDER = Path(__file__).parent
STRANGER = Patience(answer=5.0, callback=5.0, absence=1.5)
OPEN = Callable[[Lab], AbstractAsyncContextManager[Peer]]
TEXT, HTML, JSON = "text/plain", "text/html", "application/json"
LOGIN = b"<html><title>Log in</title><form method=post><input name=user><input type=password name=pw></form></html>"


@dataclass(frozen=True, slots=True)
class Stranger:
    """A peer with the exact list of rows that must not be a plain pass, and what each must be."""

    open: OPEN
    expected: Mapping[str, str] = field(default_factory=dict)


def _fixed(status: int, body: bytes, content_type: str, *headers: tuple[str, str]) -> Callable[[Inbound], Reply]:
    return lambda inbound: Reply(status, (("Content-Type", content_type), *headers), body)


NULL_TARGETS: Mapping[str, Callable[[Inbound], Reply] | None] = {
    "refuses": None,
    "hangs": None,
    "empty-200": _fixed(200, b"", TEXT),
    "empty-json": _fixed(200, b"{}", JSON),
    "404": _fixed(404, b"not found", TEXT),
    "500": _fixed(500, b"internal server error", TEXT),
    "echo": lambda inbound: Reply(200, (("Content-Type", TEXT),), inbound.body or inbound.query),
    "redirect-loop": lambda inbound: Reply(302, (("Location", inbound.target),)),
    "login-page": _fixed(200, LOGIN, HTML),
    "error-0": _fixed(200, Answer(0, UNDERSTOOD.format("collect")).encode(), TEXT),
}
NULL_STIMULI = ("returns", "fails", "hangs", "empty-request", "html-request")
ENGINE_TABLES: Mapping[str, Mapping[str, Any]] = {
    "auth": {"system-user-id": "pens-tool", "system-password": "pens-tool-secret-1d9f"},
}


def null_peers(subject: str) -> Mapping[str, OPEN]:
    """Return the null peers of a subject by name."""
    if subject == "pens-client":
        return {name: _null_stimulus(name) for name in NULL_STIMULI}
    return {name: _null_target(name) for name in NULL_TARGETS}


def excepted(name: str) -> frozenset[str]:
    """Return the rows that a null peer may earn; they and the reasons stand in one file."""
    table = tomllib.loads((FOLDER / "exceptions.toml").read_text(encoding="utf-8"))
    return frozenset(table.get(name, {}).get("rows", ()))


def _null_stimulus(name: str) -> OPEN:
    @asynccontextmanager
    async def opened(lab: Lab) -> AsyncIterator[Peer]:
        yield Peer(name, stimuli={"publish": name, "republish": name, "publish-other": name}, patience=LOOPBACK)

    return opened


def _null_target(name: str) -> OPEN:
    @asynccontextmanager
    async def opened(lab: Lab) -> AsyncIterator[Peer]:
        never = asyncio.Event()

        async def handle(inbound: Inbound) -> Reply:
            answer = NULL_TARGETS[name]
            if answer is None:
                await never.wait()
                return Reply(drop=True)
            return answer(inbound)

        listener = Listener(handle)
        await listener.start()
        if name == "refuses":
            await listener.stop()
        base = f"http://127.0.0.1:{listener.port}/pens"
        engine = {"closed-url": f"{base}?configuration=closed"}
        pairs = {key: {"id": key, "secret": f"{key}-secret"} for key in ("read-only", "other-tenant")}
        try:
            url = f"{base}?configuration=default"
            yield Peer(name, url=url, tables={**ENGINE_TABLES, "engine": {**engine, **pairs}}, patience=LOOPBACK)
        finally:
            never.set()
            await listener.stop()

    return opened


def innocents(subject: str) -> Mapping[str, Stranger]:
    """Return personalities, variants and examples of a subject by name, with their listed verdicts."""
    path = FOLDER / f"innocents-{subject}.toml"
    if not path.is_file():
        return {}
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    found = {}
    for kind in ("personality", "variant", "example"):
        for name, entry in table.get(kind, {}).items():
            opener = _example(subject, name, entry) if kind == "example" else _bent(name, entry)
            label = name if kind == "personality" else f"{kind}:{name}"
            found[label] = Stranger(opener, entry.get("expected", {}))
    return found


def _bent(name: str, entry: Mapping[str, Any]) -> OPEN:
    @asynccontextmanager
    async def opened(lab: Lab) -> AsyncIterator[Peer]:
        profile, settings = entry.get("profile", "pens-1.0"), entry.get("settings", {})
        yield Peer(name, tuple(entry.get("faults", ())), settings, profile, patience=Patience(5.0, 5.0, 0.2))

    return opened


def _example(subject: str, name: str, entry: Mapping[str, Any]) -> OPEN:
    script = Path(str(files("examples") / f"{name}.py"))

    @asynccontextmanager
    async def target(lab: Lab) -> AsyncIterator[Peer]:
        with tempfile.TemporaryDirectory(prefix="invigil-") as folder:
            words, callback = reachable(lab.tls, Path(folder))
            process = await asyncio.create_subprocess_exec(
                sys.executable, str(script), "--port", "0", *words,
                stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
            )  # fmt: skip
            try:
                assert process.stdout is not None
                url = (await asyncio.wait_for(process.stdout.readline(), 20)).decode().strip()
                yield Peer(name, url=url, profile="pens-1.0", patience=STRANGER, tables={"callback": callback})
            finally:
                if process.returncode is None:
                    process.terminate()
                await process.communicate()

    @asynccontextmanager
    async def client(lab: Lab) -> AsyncIterator[Peer]:
        command = [sys.executable, str(script)]
        stimuli = {key: {"kind": "command", "command": command} for key in ("publish", "republish", "publish-other")}
        yield Peer(name, tables={"stimuli": stimuli}, profile="pens-1.0", patience=STRANGER)

    return client if subject == "pens-client" else target


def reachable(tls: TlsMaterial, folder: Path) -> tuple[list[str], dict[str, Any]]:
    """Return the words that tell an example target how to reach us, and the `[callback]` table that fits them.

    Files of the run's authority are written to ``folder``, which has to last as long as the example.
    """
    http, https, smtp = free_ports(3)
    authority, cert, key = tls.write(folder)
    callback = {"http": f"http://127.0.0.1:{http}", "https": f"https://localhost:{https}", "bind": "127.0.0.1"}
    callback |= {"smtp": f"127.0.0.1:{smtp}", "mail-domain": DOMAIN, "cert": str(cert), "key": str(key)}
    return ["--ca", str(authority), "--smtp", f"127.0.0.1:{smtp}"], callback
