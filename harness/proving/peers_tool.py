"""Peers of lti-tool: servers that verify and keep nothing, and the examples of the standard library."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from harness.net.listener import Inbound, Reply
from harness.net.patience import Patience
from harness.net.reach import free_ports
from harness.proving.lab import Lab, Peer
from harness.proving.openers import JSON, NULL_ANSWERS, OPEN, Answering, Peers, null_server
from harness.subjects.lti_tool_target import STIMULI
from harness.wire.pns_probe import PLACE, write_probe

SILENT = Patience(answer=0.05, callback=0.01, absence=0.01)
NULL = Patience(answer=0.3, callback=0.02, absence=0.01)
"""For servers that answer at once: whatever else is waited for never comes, and that hundreds of times."""
EXAMPLE = Patience(answer=5.0, callback=1.5, absence=0.02)
"""The examples have done all that a notice brings about before they answer it."""
CLIENT, DEPLOYMENTS = "invigil-tool", ("deployment-1", "deployment-2")


def _probed(inbound: Inbound, *, known: bool) -> Reply | None:
    if inbound.path != "/probe":
        return None
    context = parse_qs(inbound.query.decode("latin-1")).get("context", [""])[0]
    body = write_probe(context, known=known, origins=("course-1",), applied=1)
    return Reply(200 if known else 404, (("Content-Type", JSON),), body)


def _knows_all(inbound: Inbound) -> Reply:
    """Show every course that anybody asks for as copied, without having looked at a notice."""
    return _probed(inbound, known=True) or Reply(200, (("Content-Type", JSON),), b"{}")


def _knows_none(inbound: Inbound) -> Reply:
    """Say 200 to every notice and know no course."""
    return _probed(inbound, known=False) or Reply(200, (("Content-Type", JSON),), b"{}")


def _refuses_politely(inbound: Inbound) -> Reply:
    """Say 401 to whatever comes and know no course."""
    return _probed(inbound, known=False) or Reply(401, (("Content-Type", JSON),), b'{"error": "invalid_token"}')


NULL_TOOLS: Mapping[str, Answering] = {
    **NULL_ANSWERS, "knows-all": _knows_all, "knows-none": _knows_none, "refuses-politely": _refuses_politely,
}  # fmt: skip
"""``knows-all`` shows an effect of whatever is sent, ``knows-none`` of nothing."""


def tool_table(base: str) -> Mapping[str, Any]:
    """Return `[tool]` of a tool at one address, with everything that can be configured."""
    return {
        "login-url": f"{base}/login", "redirect-urls": [f"{base}/launch"], "target-link-uri": f"{base}/launch",
        "jwks-url": f"{base}/keys", "domain": "127.0.0.1", "registration-url": f"{base}/register",
        "client-id": CLIENT, "deployments": list(DEPLOYMENTS), "knows-second": True, "handler": f"{base}/notices",
        "probe": f"{base}/probe?context={PLACE}&deployment={{deployment}}",
    }  # fmt: skip


def _null_tool(name: str) -> OPEN:
    @asynccontextmanager
    async def opened(lab: Lab) -> AsyncIterator[Peer]:
        async with null_server(name, NULL_TOOLS[name]) as base:
            stimuli = {stimulus: {"url": f"{base}/stimuli/{stimulus}"} for stimulus in STIMULI}
            tables = {"tool": tool_table(base), "stimuli": stimuli}
            yield Peer(name, url=f"{base}/login", tables=tables, patience=SILENT if name == "hangs" else NULL)

    return opened


def _platforms(base: str) -> list[Mapping[str, Any]]:
    """Return our two platforms as an example is told of them: the addresses of the profile that is nobody's."""
    common = {"client_id": CLIENT, "auth": f"{base}/lti/authorize", "token": f"{base}/lti/token"}
    common["audience"] = f"{base}/api/auth/token"
    return [
        {**common, "issuer": base, "keys": f"{base}/lti/jwks", "deployments": list(DEPLOYMENTS)},
        {**common, "issuer": f"{base}/second", "keys": f"{base}/second/keys", "deployments": ["second-deployment"]},
    ]


def _example_tool(name: str) -> OPEN:
    @asynccontextmanager
    async def opened(lab: Lab) -> AsyncIterator[Peer]:
        with tempfile.TemporaryDirectory(prefix="invigil-") as folder:
            (port,) = free_ports(1)
            base, told = f"https://localhost:{port}", Path(folder) / "platforms.json"
            told.write_text(json.dumps(_platforms(base)), "utf-8")
            authority, cert, key = (str(path) for path in lab.tls.write(Path(folder)))
            words = ["--cert", cert, "--key", key, "--ca", authority, "--platforms", str(told)]
            process = await asyncio.create_subprocess_exec(
                sys.executable, str(files("examples") / f"{name}.py"), "--port", "0", *words,
                stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
            )  # fmt: skip
            try:
                assert process.stdout is not None
                at = json.loads(await asyncio.wait_for(process.stdout.readline(), 20))
                table = {
                    "login-url": at["login"], "redirect-urls": [at["launch"]], "target-link-uri": at["launch"],
                    "jwks-url": at["keys"], "domain": "localhost", "client-id": CLIENT,
                    "deployments": list(DEPLOYMENTS), "probe": at["probe"], "knows-second": True,
                }  # fmt: skip
                tables = {
                    "tool": table, "stimuli": {word: {"url": at[word]} for word in ("subscribe", "unsubscribe")},
                    "callback": {"https": base, "bind": "127.0.0.1", "cert": cert, "key": key},
                }  # fmt: skip
                yield Peer(name, url=at["login"], tables=tables, patience=EXAMPLE)
            finally:
                if process.returncode is None:
                    process.terminate()
                await process.communicate()

    return opened


TOOLS = Peers({name: _null_tool(name) for name in NULL_TOOLS}, _example_tool)
