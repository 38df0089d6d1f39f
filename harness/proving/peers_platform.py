"""Peers of lti-platform that do nothing: servers that give one and the same answer, whatever a person does in them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from harness.net.listener import Inbound, Reply
from harness.net.patience import LOOPBACK, Patience
from harness.proving.lab import Lab, Peer
from harness.proving.openers import JSON, NULL_ANSWERS, OPEN, Answering, Peers, fixed, null_server
from harness.subjects.lti_platform_opening import NAMES
from harness.wire.pns import SCOPE

GARBAGE = b'{"keys": [{"kty": "RSA", "kid": "key-1", "alg": "RS256", "use": "sig", "n": "not a number", "e": "AQAB"}]}'
SILENT = Patience(answer=0.05, callback=0.05, absence=0.05)
"""For a server that never answers, which hundreds of calls would wait for."""


def _yes(inbound: Inbound) -> Reply:
    """Agree to everything in one document: a token, an empty key set, a list of handlers, somewhere to go."""
    said = {
        "open": f"http://{inbound.header('Host')}/launch", "keys": [], "notice_handlers": [],
        "access_token": "null-token-4bd1-86e2-aa07", "token_type": "Bearer", "expires_in": 3600, "scope": SCOPE,
        "client_id": "null-client", "deployment_id": "null-deployment",
    }  # fmt: skip
    return Reply(200, (("Content-Type", JSON), ("Cache-Control", "no-store")), json.dumps(said).encode())


def _astray(inbound: Inbound) -> Reply:
    """Send the browser here, where nothing is, whatever a person was asked to do."""
    return Reply(200, (("Content-Type", JSON),), json.dumps({"open": f"http://{inbound.header('Host')}/"}).encode())


NULL_PLATFORMS: Mapping[str, Answering] = {
    **NULL_ANSWERS,
    "yes-to-all": _yes,
    "leads-astray": _astray,
    "garbage-keys": fixed(200, GARBAGE, JSON),
    "unauthorized": fixed(401, b'{"error": "invalid_client"}', JSON, ("WWW-Authenticate", "Bearer")),
    "bad-request": fixed(400, b'{"error": "invalid_request"}', JSON),
}
"""``yes-to-all`` has a document for everything; ``leads-astray`` sends browsers to itself."""


def lti_table(base: str) -> Mapping[str, Any]:
    """Return `[lti]` of a platform at one address, with everything that can be configured."""
    return {
        "issuer": base, "auth-url": f"{base}/auth", "token-url": f"{base}/token", "keys-url": f"{base}/keys",
        "configuration-url": f"{base}/.well-known/openid-configuration", "handlers-url": f"{base}/handlers",
        "client-id": "null-client", "deployment-id": "null-deployment", "other-deployment": "null-deployment-2",
        "other-client": {"client-id": "null-other", "deployment-id": "null-deployment-3"},
        "disabled-client": "null-disabled", "courses": ["course-1", "course-2"],
    }  # fmt: skip


def _null_platform(name: str) -> OPEN:
    @asynccontextmanager
    async def opened(lab: Lab) -> AsyncIterator[Peer]:
        async with null_server(name, NULL_PLATFORMS[name]) as base:
            stimuli = {stimulus: {"url": f"{base}/stimuli/{stimulus}"} for stimulus in NAMES}
            tables = {"lti": lti_table(base), "stimuli": stimuli}
            yield Peer(name, url=base, tables=tables, patience=SILENT if name == "hangs" else LOOPBACK)

    return opened


PLATFORMS = Peers({name: _null_platform(name) for name in NULL_PLATFORMS})
