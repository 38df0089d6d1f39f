"""Peers of cloud-v1 that do nothing: servers that give one and the same answer to every call."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from harness.net.patience import LOOPBACK, Patience
from harness.proving.lab import Lab, Peer
from harness.proving.openers import NULL_ANSWERS, OPEN, Answering, Peers, fixed, null_server
from harness.wire.cloud_v1 import BAD_SIG
from harness.wire.cloud_v1_answer import Node, fail, ok

XML = "text/xml; charset=utf-8"
NULL_CLOUDS: Mapping[str, Answering] = {
    **NULL_ANSWERS,
    "always-ok": fixed(200, ok(Node("success")).encode(), XML),
    "always-fail": fixed(200, fail(BAD_SIG, "The signature does not match").encode(), XML),
}
APP: Mapping[str, Any] = {
    "id": "null-app", "secret-key": "null-secret-77c1",
    "other": {"id": "null-other", "secret": "null-secret-20be"},
    "undeletable": {"id": "null-kept", "secret": "null-secret-5a38"},
}  # fmt: skip
SILENT = Patience(answer=0.05, callback=0.05, absence=0.05)
"""For a server that never answers, which hundreds of calls would wait for."""


def _null_cloud(name: str) -> OPEN:
    @asynccontextmanager
    async def opened(lab: Lab) -> AsyncIterator[Peer]:
        async with null_server(name, NULL_CLOUDS[name]) as base:
            patience = SILENT if name == "hangs" else LOOPBACK
            yield Peer(name, url=f"{base}/EngineWebServices/api", tables={"app": APP}, patience=patience)

    return opened


CLOUDS = Peers({name: _null_cloud(name) for name in NULL_CLOUDS})
