"""Reaching a host before anything is sent: its name, its port, its certificate. Nothing there is changed by it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from urllib.parse import urlsplit


async def reach(url: str, trust: ssl.SSLContext, patience: float) -> str | None:
    """Connect to the host of ``url`` and hang up; return in words what is in the way, or None.

    ``patience`` (seconds) guards each step.
    """
    parts = urlsplit(url)
    tls = parts.scheme == "https"
    try:
        host, port = parts.hostname or "", parts.port or (443 if tls else 80)
    except ValueError as error:
        return f"{url}: {error}"
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(patience):
            await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return f"the name {host} does not resolve"
    except TimeoutError:
        return f"the name {host} does not resolve within {patience:g} s"
    try:
        async with asyncio.timeout(patience):
            _, writer = await asyncio.open_connection(
                host, port, ssl=trust if tls else None, server_hostname=host if tls else None
            )
    except TimeoutError:
        return f"{host}:{port} does not answer within {patience:g} s"
    except ssl.SSLCertVerificationError as error:
        return f"{host}:{port}: its certificate is not trusted ({error.verify_message}); set [target] ca-file"
    except ssl.SSLError as error:
        return f"{host}:{port}: no TLS ({error.reason or error})"
    except OSError as error:
        return f"{host}:{port} refuses the connection ({error.strerror or error})"
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return None
