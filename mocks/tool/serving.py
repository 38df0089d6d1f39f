"""The tool for strangers: register it at a platform by its address, or configure it by hand, and send it notices."""

from __future__ import annotations

import shlex
import ssl
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from harness.net.clock import Clock, OffsetClock
from harness.net.tls import AUTHORITY, load_server_context, trusting
from harness.subjects.counterpart import Surroundings
from harness.wire.jose import SigningKey
from mocks.app import Serving, Wishes
from mocks.tool.domain import is_web
from mocks.tool.joining import read_platforms, register_at, registration, shown_platform
from mocks.tool.mock import ToolMock

SHOWN = ("login_url", "target_link_uri", "jwks_url", "registration_url", "domain")
OWN = ("probe", "configure", "subscribe", "unsubscribe", "log", "launches", "notices")


async def serve_tool(
    wishes: Wishes, clock: Clock | None = None, *, tls: ssl.SSLContext | None = None,
    trust: ssl.SSLContext | None = None, platforms: Sequence[Mapping[str, Any]] = (),
) -> Serving:  # fmt: skip
    """Serve the tool, by https with ``tls``; ``trust`` verifies platforms, ``platforms`` are known from the start.

    What of it is not given is as the wishes have it: the folder of certificates, authorities, and platforms, where
    it registers itself at those that are addresses. The addresses of its owner are on this machine alone, for they
    ask for no credentials. Its key is made anew each time. Raises UnknownFault or FaultConflict for faults, Unfit for
    a platform, WishRefused for one that is not to be read or will not register it, TlsError for certificates, OSError
    when the address cannot be bound.
    """
    if wishes.tls or wishes.trust:
        tls = tls or (load_server_context(wishes.tls) if wishes.tls else None)
        trust = trust or trusting([*([wishes.tls / AUTHORITY] if wishes.tls else []), *wishes.trust])
    known = [platform for word in wishes.platforms if not is_web(word) for platform in read_platforms(word)]
    key = SigningKey.generate("RS256", f"tool-{uuid.uuid4()}")
    tool = ToolMock(port=wishes.port, keys=(key,), platforms=[*platforms, *known], tell=wishes.tell)
    names = tuple(dict.fromkeys(spec.name for spec in wishes.faults))
    scheme = "https" if tls else "http"
    around = Surroundings(
        {}, names, clock or OffsetClock(), trust, tls, patience=wishes.patience, bind=wishes.host,
        public={scheme: wishes.public_url} if wishes.public_url else {},
    )  # fmt: skip
    try:
        facts = await tool.start(around)
        for word in wishes.platforms:
            if is_web(word):
                await register_at(tool, word)
    except BaseException:
        await tool.stop()
        raise
    registered = [shown_platform(one) for one in await tool.tool.platforms()]
    info = {"mock": "tool", "url": facts["base"], **facts, "registration": registration(facts), "known": registered}
    lines = [("url", str(facts["base"])), *((name.replace("_", " "), str(facts[name])) for name in SHOWN)]
    lines += [("redirect url", str(url)) for url in facts["redirect_urls"]]
    lines += [("handler", url) for url in dict.fromkeys(facts["handlers"].values())]
    lines += [(name, str(facts[name])) for name in OWN if facts[name]]
    lines += [("platform", f"{one['issuer']}, client {one['client_id']}") for one in registered]
    lines.append(("try", _command(str(facts["jwks_url"]), tls is not None)))
    join = ["invigil", "serve", "platform", "--dynamic-registration", str(facts["registration_url"])]
    join += ["--tls", str(wishes.tls)] if wishes.tls else []
    further = [] if registered else [(shlex.join(join), "a platform at which this tool registers")]
    return Serving(info, lines, tool.stop, next=further)


def _command(url: str, secure: bool) -> str:
    """Return a command that shows the tool's keys; curl does not know an authority of one's own."""
    return shlex.join(["curl", "-sS", *(["--insecure"] if secure else []), url])
