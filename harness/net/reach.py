"""Reaching a host before anything is sent: its name, its port, its certificate. Nothing there is changed."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import ssl
from urllib.parse import urlsplit


def is_loopback(host: str) -> bool:
    """Whether a host is this machine by name or address; a name that only begins like an address is not."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


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


def free_ports(count: int, host: str = "127.0.0.1") -> list[int]:
    """Return ports that are free now, all different: for a peer that must be told before we listen."""
    with contextlib.ExitStack() as open_together:
        sockets = [open_together.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind((host, 0))
        return [int(one.getsockname()[1]) for one in sockets]
