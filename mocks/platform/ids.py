"""Ids in the form that a profile's platform gives them (settings ``*-id-form``)."""

from __future__ import annotations

import hashlib
import uuid
from typing import Final

_CANVAS_BASE: Final = 10_000_000_000_000


def _digest(seed: int, kind: str, number: int) -> bytes:
    return hashlib.sha256(f"{seed}/{kind}/{number}".encode()).digest()


def guid(seed: int, kind: str, number: int) -> str:
    """Return a UUID of version 4, drawn from the seed."""
    return str(uuid.UUID(bytes=_digest(seed, kind, number)[:16], version=4))


def hex40(seed: int, kind: str, number: int) -> str:
    """Return forty hex digits, drawn from the seed."""
    return _digest(seed, kind, number).hex()[:40]


def context_id(form: str, number: int, seed: int) -> str:
    """Return the id of the n-th course: opaque, number (D2L), hex40 (Canvas) or blackboard (``_28490_1``)."""
    if form == "number":
        return str(6835 + number)
    if form == "hex40":
        return hex40(seed, "course", number)
    return f"_{28489 + number}_1" if form == "blackboard" else f"course-{hex40(seed, 'course', number)[:12]}"


def client_id(form: str, number: int, seed: int) -> str:
    """Return the n-th client id: string, guid, uuid or number (digits)."""
    if form == "number":
        return str(_CANVAS_BASE + 266 + number)
    return f"client-{number}" if form == "string" else guid(seed, "client", number)


def deployment_id(form: str, number: int, seed: int) -> str:
    """Return the n-th deployment id: string, guid, uuid or canvas (``{n}:{40 hex}``)."""
    if form == "canvas":
        return f"{100 + number}:{hex40(seed, 'deployment', number)}"
    return f"deployment-{number}" if form == "string" else guid(seed, "deployment", number)


def person_id(form: str, number: int, seed: int) -> str:
    """Return the n-th person's id: opaque or d2l (``{tenant guid}_{number}``)."""
    return f"{guid(seed, 'tenant', 1)}_{200 + number}" if form == "d2l" else guid(seed, "person", number)
