"""What a network and a busy service do to postbacks and polls, on demand: not faults of a server, but trials for
those who receive.

A behaviour is armed for the next deliveries of a registration or of a whole application, and taken up when a postback
is owed or a poll comes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from harness.net.client import Request
from harness.net.raw import send_raw
from mocks.engine.v1.call import Rows
from mocks.engine.v1.domain import Arming, Hook, Posting

DELIVERIES: Mapping[str, float] = {
    "duplicate": 0,
    "reorder": 3600,
    "delay": 60,
    "drop": 0,
    "wrong-credentials": 0,
    "truncated": 0,
    "slow": 1,
}
"""What may happen to a delivery, and how many seconds it means when nothing else is said.

``delay``: of protocol time until the first try; ``reorder``: of protocol time after which it comes though no later
one of its registration was delivered; ``slow``: of real time that pass in the middle of the body.
"""
POLLS = ("withhold-poll", "stale-poll")
"""What may happen to an answer of getRegistrationResult."""
RELEASE = "release"
LONGEST = 7 * 86400.0
CUT_PATIENCE = 0.2  # seconds for which a receiver is watched after a body that was cut off


class ChaosError(ValueError):
    """A behaviour that cannot be armed; the message names the value and what was expected."""


def arming_of(id: str, values: Mapping[str, Any]) -> Arming:
    """Read what is to be armed: ``regid`` (empty: every one), ``behaviour``, ``times`` (1), ``by`` (seconds)."""
    behaviour = str(values.get("behaviour", ""))
    if behaviour not in (*DELIVERIES, *POLLS):
        raise ChaosError(f"behaviour: expected one of {', '.join((*DELIVERIES, *POLLS, RELEASE))}, got {behaviour!r}")
    times = _said(values, "times", 1)
    if not (times.isascii() and times.isdigit() and int(times[:9]) > 0 and len(times) < 7):
        raise ChaosError(f"times: expected a whole number from 1, got {times!r}")
    by = _said(values, "by", DELIVERIES.get(behaviour, 0))
    try:
        seconds = float(by)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= LONGEST:
        raise ChaosError(f"by: expected seconds from 0 to {LONGEST:.0f}, got {by!r}")
    return Arming(id, behaviour, str(values.get("regid", "")), int(times), seconds)


def _said(values: Mapping[str, Any], name: str, otherwise: float) -> str:
    said = values.get(name)
    return str(otherwise if said is None or said == "" else said)


def take(tx: Rows, app: str, regid: str, behaviours: Mapping[str, float] | tuple[str, ...]) -> Arming | None:
    """Take up what is armed for a registration, or else for its whole application; it counts as used."""
    table = f"armings/{app}"
    rows = tx.rows(table)
    if not rows:
        return None
    armed = [arming for arming in rows if arming.behaviour in behaviours and arming.regid in (regid, "")]
    if not armed:
        return None
    arming: Arming = next((one for one in armed if one.regid == regid), armed[0])
    if arming.left > 1:
        tx.put(table, arming.id, replace(arming, left=arming.left - 1))
    else:
        tx.delete(table, arming.id)
    return arming


def behaving(posting: Posting, arming: Arming | None) -> Posting:
    """Return a posting that will be delivered as was armed."""
    return posting if arming is None else replace(posting, behaviour={"name": arming.behaviour, "by": str(arming.by)})


def first_due(posting: Posting) -> timedelta:
    """Return after how long a posting is tried first."""
    waits = posting.behaviour.get("name") in ("delay", "reorder")
    return timedelta(seconds=float(posting.behaviour["by"])) if waits else timedelta(0)


def overtaken(tx: Rows, app: str, posting: Posting) -> list[Posting]:
    """Return the postings of the same registration that were to come after this one."""
    others = [other for other in tx.rows(f"postings/{app}") if other.regid == posting.regid and other.id != posting.id]
    return [other for other in others if other.behaviour.get("name") == "reorder"]


def wrong_login(hook: Hook) -> Hook:
    """Return postback settings with a password that is not the configured one."""
    return replace(hook, name=hook.name or "somebody", password=f"not-{hook.password}")


async def broken_off(engine: Any, regid: str, request: Request) -> tuple[int, str | None]:
    """Send the head and half of the body, then nothing more."""
    head, body = _message(request)
    return await _raw(engine, regid, request.url, (head + body[: len(body) // 2],), 0.0, CUT_PATIENCE)


async def dragged_out(engine: Any, regid: str, request: Request, seconds: float) -> tuple[int, str | None]:
    """Send a body with a rest in the middle."""
    head, body = _message(request)
    half = len(body) // 2
    return await _raw(
        engine, regid, request.url, (head + body[:half], body[half:]), seconds, engine.client.patience + seconds
    )


def _message(request: Request) -> tuple[bytes, bytes]:
    target = "/" + request.url.partition("://")[2].partition("#")[0].partition("/")[2]
    host = request.url.partition("://")[2].partition("/")[0].rpartition("@")[2]
    headers = (("Host", host), *request.headers, ("Content-Length", str(len(request.body))), ("Connection", "close"))
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
    return f"{request.method} {target} HTTP/1.1\r\n{lines}\r\n".encode("latin-1", "replace"), request.body


async def _raw(
    engine: Any, regid: str, url: str, pieces: tuple[bytes, ...], lull: float, patience: float
) -> tuple[int, str | None]:
    client = engine.client
    try:
        exchange = await send_raw(
            client.journal, engine.where(regid), "postback", url, pieces[0], *pieces[1:], lull=lull,
            patience=patience, trust=client.trust,
        )  # fmt: skip
    except ValueError:
        return 0, "bad-url"
    status = exchange.response.status if exchange.response else 0
    return status, exchange.error
