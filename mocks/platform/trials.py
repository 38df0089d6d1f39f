"""What the next deliveries are, or do, instead of what is right: trials for those who receive notices.

Not faults of the platform: a trial is armed by name for so many deliveries, and everything else goes on rightly. All
vectors of `harness.wire.pns_vectors` are trials; further ones put deliveries off, lose them or drag them out. Others
are armed for fetches of the key set.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from harness.net.listener import Reply
from harness.net.patience import pause
from harness.wire.pns_vectors import VECTORS, Vector

if TYPE_CHECKING:
    from mocks.platform.platform import Platform

DELAY: Final = timedelta(minutes=1)
"""Protocol time by which ``delay`` puts a delivery off."""

REORDER: Final = timedelta(hours=1)
"""Protocol time after which ``reorder`` sends though no later delivery has come in between."""

LULL: Final = 1.0
"""Seconds of real time that ``slow`` rests in the middle of the body."""

KEYS_LULL: Final = 5.0
"""Seconds of real time for which ``keys-slow`` lets the fetcher wait."""

MOST: Final = 1_000_000


class TrialError(ValueError):
    """A trial that cannot be armed; the message names the value and what was expected."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What happens to a delivery: its name, a sentence for people, and the vector that is sent, if it is one."""

    name: str
    sentence: str
    vector: Vector | None = None


@dataclass(frozen=True, slots=True)
class Armed:
    """A trial that waits for the next ``left`` deliveries, to one deployment or (``""``) to any."""

    name: str
    left: int
    deployment: str = ""


_OWN: Final = (
    Trial("duplicate", "The identical JWT is sent twice.", VECTORS["N18"]),
    Trial("duplicate-resigned", "The same notice id comes again in a new JWT.", VECTORS["N19"]),
    Trial("delay", "The delivery leaves a minute of protocol time later; its time stays that of the event."),
    Trial("reorder", "The delivery leaves after the next one to the same deployment, or after an hour."),
    Trial("drop", "The delivery is lost: nothing is sent, and nothing is sent again."),
    Trial("slow", "The body rests for a second in its middle."),
)

TRIALS: Final[Mapping[str, Trial]] = MappingProxyType(
    {one.name: one for one in _OWN}
    | {vector.name: Trial(vector.name, vector.sentence, vector) for vector in VECTORS.values()}
)
"""What can happen to deliveries, by name."""

KEY_TRIALS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "keys-slow": "The key set is answered after five seconds.",
        "keys-500": "The key set is answered with an internal error.",
        "keys-wrong-type": "A page for people is answered instead of the key set.",
        "keys-unknown-kid": "The key set is answered without the key that signs.",
    }
)
"""What can happen to fetches of the key set, with a sentence for people."""

PUT_OFF: Final = ("delay", "reorder")


def _nearest(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name[:120], list(known), n=1, cutoff=0.4)
    return f"; did you mean {near[0]!r}?" if near else ""


def _times(times: object) -> int:
    if isinstance(times, bool) or not isinstance(times, int) or not 1 <= times <= MOST:
        raise TrialError(f"times: expected a whole number from 1 to {MOST}, got {times!r:.80}")
    return times


def arm_trial(platform: Platform, name: str, times: int = 1, deployment: str = "") -> Armed:
    """Arm a trial of `TRIALS`, or a vector by its id, for the next ``times`` deliveries (to any deployment).

    Trials are taken up in the order in which they were armed. Raises `TrialError`.
    """
    vector = VECTORS.get(name.upper())
    name = vector.name if vector else name
    if name not in TRIALS:
        raise TrialError(f"trial: there is no {name!r:.120}{_nearest(name, TRIALS)}")
    armed = Armed(name, _times(times), deployment)
    platform.trials.append(armed)
    return armed


def arm_keys(platform: Platform, name: str, times: int = 1) -> Armed:
    """Arm a trial of `KEY_TRIALS` for the next ``times`` fetches of the key set. Raises `TrialError`."""
    if name not in KEY_TRIALS:
        raise TrialError(f"trial: there is no {name!r:.120} for key sets{_nearest(name, KEY_TRIALS)}")
    armed = Armed(name, _times(times))
    platform.key_trials.append(armed)
    return armed


def disarm(platform: Platform) -> int:
    """Take all trials back that still wait; return for how many deliveries and fetches they were armed."""
    left = sum(one.left for one in (*platform.trials, *platform.key_trials))
    platform.trials.clear()
    platform.key_trials.clear()
    return left


def take(platform: Platform, deployment: str) -> Trial | None:
    """Take up what is armed for the next delivery to a deployment; it counts as used."""
    found = _taken(platform.trials, deployment)
    return TRIALS[found] if found else None


def _taken(waiting: list[Armed], deployment: str = "") -> str:
    for at, one in enumerate(waiting):
        if one.deployment in ("", deployment):
            if one.left > 1:
                waiting[at] = replace(one, left=one.left - 1)
            else:
                del waiting[at]
            return one.name
    return ""


async def tried_keys(platform: Platform, reply: Reply, without: Reply) -> Reply:
    """Return the answer to a fetch of the key set: ``reply``, or what is armed; ``without`` lacks the signing key."""
    name = _taken(platform.key_trials)
    if not name:
        return reply
    platform.tell("trial", {"trial": name})
    if name == "keys-slow":
        await pause(KEYS_LULL)
        return reply
    if name == "keys-unknown-kid":
        return without
    media = (("Content-Type", "text/html; charset=utf-8"),)
    status = 500 if name == "keys-500" else 200
    return Reply(status, media, b"<!DOCTYPE html><title>Sorry</title><p>Please try again later.\n")
