"""How a served tool comes to know platforms: from files, or by registering itself at an address."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

from harness.wire.binding import decode_form
from mocks.app import WishRefused
from mocks.tool.domain import Platform, Unfit, platform_of
from mocks.tool.environment import Trouble
from mocks.tool.mock import ToolMock

CONFIGURATION: Final = "/.well-known/openid-configuration"
SHOWN: Final = ("issuer", "client_id", "authorization_endpoint", "token_endpoint", "jwks_uri", "audience")


def read_platforms(word: str) -> list[Mapping[str, Any]]:
    """Return the platforms of a JSON file: one, or all tools of what ``invigil serve platform --json`` has printed.

    Raises WishRefused, naming the file and what is wrong with it.
    """
    try:
        text = Path(word).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WishRefused(f"--platform {word}: {getattr(error, 'strerror', None) or 'no UTF-8 text'}") from None
    found = _json(text) or _json(text.partition("\n")[0])
    if not isinstance(found, Mapping):
        raise WishRefused(f"--platform {word}: expected a JSON object with issuer, client_id and addresses")
    listed = found.get("tools", [found])
    if not isinstance(listed, list) or not listed:
        raise WishRefused(f"--platform {word}: the platform has registered no tool; register this one there first")
    try:
        for one in listed:
            platform_of(one)
    except Unfit as problem:
        raise WishRefused(f"--platform {word}: {problem}") from None
    return listed


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


async def register_at(tool: ToolMock, url: str) -> Platform:
    """Register at the platform of a configuration's address; a token for it may stand in its query.

    An address without a path is that of a platform, whose configuration has a place of its own. Raises WishRefused.
    """
    parts = urlsplit(url)
    if parts.path in ("", "/"):
        url = urlunsplit(parts._replace(path=CONFIGURATION))
    token = decode_form(parts.query.encode("latin-1", "replace")).get("registration_token") or ""
    try:
        platform = await tool.tool.register(url, token)
    except (Trouble, Unfit) as problem:
        hint = "" if token else "; `invigil trigger invitation` gives an address with a token"
        raise WishRefused(f"--platform {url.partition('?')[0]}: {problem}{hint}") from None
    return platform


def registration(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the tool as a platform reads it from a file (``invigil serve platform --tool-registration``)."""
    names = ("login_url", "redirect_urls", "target_link_uri", "jwks_url", "domain")
    return {"name": facts["client_name"], **{name: facts[name] for name in names}}


def shown_platform(platform: Platform) -> dict[str, str]:
    """Return what there is to tell of a platform."""
    return {name: str(getattr(platform, name)) for name in SHOWN}
