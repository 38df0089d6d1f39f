"""Which versions of TLS an address takes: one handshake for each version, and nothing is sent after it."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import warnings
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

VERSIONS: Final = ("TLSv1", "TLSv1_1", "TLSv1_2", "TLSv1_3")
"""The versions that are offered, one at a time, as `ssl.TLSVersion` names them."""

MODERN: Final = ("TLSv1_2", "TLSv1_3")
ACCEPTED, REFUSED, UNREACHABLE, NOT_OFFERED, PLAIN = "accepted", "refused", "unreachable", "not-offered", "plain"
_CANNOT_OFFER: Final = ("NO_PROTOCOLS_AVAILABLE", "NO_CIPHERS_AVAILABLE")


@dataclass(frozen=True, slots=True)
class Handshake:
    """One try: ``outcome`` is accepted, refused, unreachable (no connection, or no answer), not-offered (the local
    library cannot offer that version) or plain (an address without TLS). ``why`` says more to a person.
    """

    version: str
    outcome: str
    why: str = ""


def offering(version: str) -> ssl.SSLContext | None:
    """Return a client context that offers one version alone, or None where the local library cannot.

    It verifies no certificate, since only the version is asked for, and takes any cipher: old versions need those
    that the security level of today's libraries leaves out.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    only = ssl.TLSVersion[version]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = context.maximum_version = only
        context.set_ciphers("ALL:@SECLEVEL=0")
    except (ValueError, ssl.SSLError):
        return None
    # A library that was built without a version takes it as a limit all the same, and moves the limit.
    return context if context.minimum_version == context.maximum_version == only else None


async def shake_hands(url: str, version: str, patience: float) -> Handshake:
    """Connect to the host of ``url``, offer one version of TLS, and hang up. Never raises for what the peer does.

    ``patience`` (seconds) guards the whole of it.
    """
    try:
        parts = urlsplit(url)
        if parts.scheme != "https":
            return Handshake(version, PLAIN)
        host, port = parts.hostname or "", parts.port or 443
    except ValueError as error:
        return Handshake(version, UNREACHABLE, str(error))
    context = offering(version)
    if context is None:
        return Handshake(version, NOT_OFFERED)
    try:
        async with asyncio.timeout(patience):
            _, writer = await asyncio.open_connection(host, port, ssl=context, server_hostname=host)
    except TimeoutError:
        return Handshake(version, UNREACHABLE, "no answer")
    except ssl.SSLError as error:
        cannot = error.reason in _CANNOT_OFFER
        return Handshake(version, NOT_OFFERED if cannot else REFUSED, str(error.reason or error))
    except ConnectionRefusedError as error:
        return Handshake(version, UNREACHABLE, error.strerror or "refused")
    except ConnectionError as error:
        # Who dislikes the version may hang up without a word.
        return Handshake(version, REFUSED, error.strerror or "hung up")
    except (OSError, UnicodeError, ValueError) as error:
        return Handshake(version, UNREACHABLE, str(error))
    writer.close()
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(patience):
            await writer.wait_closed()
    return Handshake(version, ACCEPTED)
