"""Peers of the PENS subjects: targets and clients that do nothing, and the examples of the standard library."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

from harness.net.patience import LOOPBACK
from harness.net.reach import free_ports
from harness.net.smtp import DOMAIN
from harness.net.tls import TlsMaterial
from harness.proving.lab import Lab, Peer
from harness.proving.openers import NULL_ANSWERS, OPEN, STRANGER, TEXT, Answering, Peers, fixed, null_server
from harness.wire.pens_answer import UNDERSTOOD, Answer

NULL_TARGETS: Mapping[str, Answering] = {
    **NULL_ANSWERS,
    "error-0": fixed(200, Answer(0, UNDERSTOOD.format("collect")).encode(), TEXT),
}
NULL_STIMULI = ("returns", "fails", "hangs", "empty-request", "html-request")
ENGINE_TABLES: Mapping[str, Mapping[str, Any]] = {
    "auth": {"system-user-id": "pens-tool", "system-password": "pens-tool-secret-1d9f"},
}


def _null_stimulus(name: str) -> OPEN:
    @asynccontextmanager
    async def opened(lab: Lab) -> AsyncIterator[Peer]:
        yield Peer(name, stimuli={"publish": name, "republish": name, "publish-other": name}, patience=LOOPBACK)

    return opened


def _null_target(name: str) -> OPEN:
    @asynccontextmanager
    async def opened(lab: Lab) -> AsyncIterator[Peer]:
        async with null_server(name, NULL_TARGETS[name]) as base:
            engine = {"closed-url": f"{base}/pens?configuration=closed"}
            pairs = {key: {"id": key, "secret": f"{key}-secret"} for key in ("read-only", "other-tenant")}
            url, tables = f"{base}/pens?configuration=default", {**ENGINE_TABLES, "engine": {**engine, **pairs}}
            yield Peer(name, url=url, tables=tables, patience=LOOPBACK)

    return opened


def script_of(name: str) -> str:
    """Return the path of an example's script."""
    return str(files("examples") / f"{name}.py")


def _example_target(name: str) -> OPEN:
    @asynccontextmanager
    async def opened(lab: Lab) -> AsyncIterator[Peer]:
        with tempfile.TemporaryDirectory(prefix="invigil-") as folder:
            words, callback = reachable(lab.tls, Path(folder))
            process = await asyncio.create_subprocess_exec(
                sys.executable, script_of(name), "--port", "0", *words,
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

    return opened


def _example_client(name: str) -> OPEN:
    @asynccontextmanager
    async def opened(lab: Lab) -> AsyncIterator[Peer]:
        command = [sys.executable, script_of(name)]
        stimuli = {key: {"kind": "command", "command": command} for key in ("publish", "republish", "publish-other")}
        yield Peer(name, tables={"stimuli": stimuli}, profile="pens-1.0", patience=STRANGER)

    return opened


def reachable(tls: TlsMaterial, folder: Path) -> tuple[list[str], dict[str, Any]]:
    """Return the words that tell an example target how to reach us, and the `[callback]` table that fits them.

    Files of the run's authority are written to ``folder``, which has to last as long as the example.
    """
    http, https, smtp = free_ports(3)
    authority, cert, key = tls.write(folder)
    callback = {"http": f"http://127.0.0.1:{http}", "https": f"https://localhost:{https}", "bind": "127.0.0.1"}
    callback |= {"smtp": f"127.0.0.1:{smtp}", "mail-domain": DOMAIN, "cert": str(cert), "key": str(key)}
    return ["--ca", str(authority), "--smtp", f"127.0.0.1:{smtp}"], callback


TARGETS = Peers({name: _null_target(name) for name in NULL_TARGETS}, _example_target)
CLIENTS = Peers({name: _null_stimulus(name) for name in NULL_STIMULI}, _example_client)
