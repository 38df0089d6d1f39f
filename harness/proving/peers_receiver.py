"""Peers of results-receiver: servers that store nothing, and the examples of the standard library."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib.resources import files
from typing import Any

from harness.net.patience import LOOPBACK, Patience
from harness.net.reach import free_ports
from harness.proving.lab import Lab, Peer
from harness.proving.openers import NULL_ANSWERS, OPEN, Peers, null_server
from harness.wire.results_probe import PLACE

SILENT = Patience(answer=0.05, callback=0.05, absence=0.05)
EXAMPLE = Patience(answer=5.0, callback=3.0, absence=0.2)
ACCOUNT = ("postback-user", "postback-secret-5f21")
APP = ("invigil-lms", "invigil-secret-90ab")
KNOWN = tuple(f"registration-{number}" for number in range(60))
PUBLIC = "https://lms.example.com/postback"


def _null_receiver(name: str) -> OPEN:
    @asynccontextmanager
    async def opened(lab: Lab) -> AsyncIterator[Peer]:
        async with null_server(name, NULL_ANSWERS[name]) as base:
            table = {"probe": f"{base}/probe?regid={PLACE}", "registrations": list(KNOWN), "log": f"{base}/log"}
            tables = {"receiver": {**_account(), **table}}
            patience = SILENT if name == "hangs" else LOOPBACK
            yield Peer(name, url=f"{base}/postback", tables=tables, patience=patience)

    return opened


def _account() -> Mapping[str, Any]:
    return {"user": ACCOUNT[0], "password": ACCOUNT[1], "auth-types": ["form", "httpbasic"], "public-url": PUBLIC}


def _example_receiver(name: str) -> OPEN:
    @asynccontextmanager
    async def opened(lab: Lab) -> AsyncIterator[Peer]:
        (port,) = free_ports(1)
        api = f"http://127.0.0.1:{port}"
        words = ["--user", ACCOUNT[0], "--password", ACCOUNT[1], "--appid", APP[0], "--secret", APP[1]]
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(files("examples") / f"{name}.py"), "--port", "0", "--api", f"{api}/api", *words,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            assert process.stdout is not None
            at = json.loads(await asyncio.wait_for(process.stdout.readline(), 20))
            tables = {
                "receiver": {**_account(), "probe": at["probe"]},
                "stimuli": {key: {"url": at[key]} for key in ("enrol", "refresh", "reset")},
                "app": {"id": APP[0], "secret-key": APP[1]},
                "callback": {"http": api, "bind": "127.0.0.1"},
            }
            yield Peer(name, url=at["url"], tables=tables, patience=EXAMPLE)
        finally:
            if process.returncode is None:
                process.terminate()
            await process.communicate()

    return opened


RECEIVERS = Peers({name: _null_receiver(name) for name in NULL_ANSWERS}, _example_receiver)
