"""What the scenarios of a tool have in common; they stand in the modules beside this one."""

from __future__ import annotations


def package(marker: str) -> bytes:
    """Return nothing: no package is imported into a tool."""
    return b""
