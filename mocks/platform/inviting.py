"""Inviting a tool under test to register itself: each time as a platform that it has never heard of.

The issuer is new each time, so that what a tool keeps of the platform by which it is judged stays as it was. Its
configuration and its registration endpoint stand below it, on one host.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlsplit

from harness.net.client import Where
from harness.net.listener import Inbound, Reply
from harness.subjects.counterpart import Invitation
from harness.wire.lti_registration import read_registration_answer
from mocks.platform.answers import json_reply
from mocks.platform.registering import invite as invited
from mocks.platform.registering import register

if TYPE_CHECKING:
    from mocks.platform.counterpart import ToolsPlatform

INVITED: Final = "lti/invited"
CONFIGURATION: Final = ".well-known/openid-configuration"


async def invite(tools: ToolsPlatform, where: Where, register_url: str) -> Invitation:
    """Let the tool at an address register itself; what it asks then is kept under ``where``."""
    from mocks.platform.counterpart import Side

    platform = tools.platform
    place = f"{INVITED}/{hashlib.sha256('/'.join(where).encode()).hexdigest()[:16]}"
    issuer = f"{platform.base}/{place}"
    opened = await invited(platform, register_url)
    token = parse_qs(urlsplit(opened).query).get("registration_token", [""])[0]
    behaviour = platform.behaviour("", "register")
    url = behaviour.opening_url(register_url, f"{issuer}/{CONFIGURATION}", token)
    found = Invitation(url, issuer)

    async def configured(inbound: Inbound) -> Reply:
        current = platform.behaviour("", "configuration")
        named = {"issuer": issuer, "registration_endpoint": f"{issuer}/register"}
        return json_reply(200, tools.configuration({**current.configuration(platform), **named}))

    async def registered(inbound: Inbound) -> Reply:
        bearer = _bearer(inbound)
        platform.tell("registering", {"bearer": "none" if not bearer else "right" if bearer == token else "wrong"})
        # How the token came is judged by a check; here every registration shall come to its end.
        headers = [pair for pair in inbound.headers if pair[0].lower() != "authorization"]
        given = replace(inbound, headers=(*headers, ("Authorization", f"Bearer {token}")))
        reply = await register(platform, given)
        answer = read_registration_answer(reply.status, reply.body)
        found.client_id, found.deployment = answer.client_id, answer.deployment_id or ""
        return reply

    sides: dict[str, tuple[str, Any]] = {
        CONFIGURATION: ("configuration", configured), "register": ("registration", registered),
    }  # fmt: skip
    for path, (channel, reply) in sides.items():
        tools.host.mount(f"{place}/{path}", Side(channel, lambda inbound: where, reply))
    return found


def _bearer(inbound: Inbound) -> str:
    scheme, _, given = inbound.header("Authorization").partition(" ")
    return given.strip() if scheme.lower() == "bearer" else ""
