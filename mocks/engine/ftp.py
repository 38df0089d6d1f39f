"""Fetching a package by FTP (setting ``fetch_ftp``): passive, binary, with the standard library's client."""

from __future__ import annotations

import ftplib
from typing import IO
from urllib.parse import unquote, urlsplit


class _EnoughError(Exception):
    """More bytes came than the limit allows."""


def retrieve(url: str, file: IO[bytes], limit: int, patience: float) -> str | None:
    """Write what an ``ftp:`` URL names into ``file``; blocks, so call it in a thread.

    ``limit`` is in bytes, ``patience`` in seconds for each wait. Returns None, or what went wrong: too-large,
    denied, absent, refused (no connection) or reset.
    """
    parts = urlsplit(url)

    def sink(chunk: bytes) -> None:
        if file.tell() + len(chunk) > limit:
            raise _EnoughError
        file.write(chunk)

    try:
        with ftplib.FTP(timeout=patience) as server:
            server.connect(parts.hostname or "", parts.port or 21)
            server.login(unquote(parts.username or "anonymous"), unquote(parts.password or "engine@engine.example"))
            server.retrbinary(f"RETR {unquote(parts.path).lstrip('/')}", sink)
    except _EnoughError:
        return "too-large"
    except ftplib.error_perm as refused:
        return "denied" if str(refused).startswith("530") else "absent"
    except ConnectionRefusedError:
        return "refused"
    except (OSError, EOFError, ftplib.Error):
        return "reset"
    return None
