"""Why a signed V1 call was refused: both hashed strings, where they differ, how far a clock is off.

The client's string is found by trying what clients are known to get wrong, alone and in twos (observed: LIB-PERL and
LIB-NODE-S sort by case, LIB-NODE-V drops empty values, LIB-RUBY does not encode values). For logs and event streams
only: a diagnosis shows no secret key and no password, but never belongs into an answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from harness.wire.binding import Pairs
from harness.wire.cloud_v1 import first_difference
from harness.wire.cloud_v1_hypotheses import RIGHT, Entry, Reading, entries_of, twos, variations

SECRET_NAMES = frozenset({"urlpass", "password", "secretkey"})
"""Parameters whose values are never shown."""

SHOWN = 2000
"""How many characters of a hashed string are shown at most."""

TRIED = 2 << 20
"""How many bytes are hashed for one diagnosis at most."""

LONGEST, MOST = 64 << 10, 300
"""How many characters and parameters a call may have for anything to be tried."""

_HIDDEN, _KEY = "(hidden)", "(secret key)"
_DIGESTS = {40: "SHA-1", 56: "SHA-224", 64: "SHA-256", 96: "SHA-384", 128: "SHA-512"}


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What came of a look at a refused signature.

    ``ours`` is what the server hashes behind the key; ``theirs`` what the client must have hashed, None when nothing
    that was tried fits; ``at`` the position of the first character in which they differ, -1 without one; ``why`` says
    it in a sentence.
    """

    why: str
    ours: str
    theirs: str | None = None
    at: int = -1

    def facts(self) -> dict[str, object]:
        """Return it as facts of an event."""
        found: dict[str, object] = {"why": self.why, "hashed": self.ours}
        if self.theirs is not None:
            found |= {"hashed-by-client": self.theirs, "first-difference": self.at}
        return found


def diagnose(params: Pairs, raw: tuple[bytes, bytes], secrets: Mapping[str, Sequence[str]], sent: str) -> Diagnosis:
    """Say how a signature that was refused came about. Never raises.

    ``params`` are the call's parameters as the server reads them, ``raw`` query and form body as they stood;
    ``secrets`` holds the keys of each application by its id, that which the call names first; ``sent`` is ``sig``.
    """
    keys = [key for listed in secrets.values() for key in listed]
    entries = entries_of(params, raw)
    ours = _shown(entries, RIGHT, keys)
    if len(sent) != 32 or any(letter not in "0123456789abcdefABCDEF" for letter in sent):
        looks = f", as of {_DIGESTS[len(sent)]}" if len(sent) in _DIGESTS else ""
        why = f"sig is no MD5 digest: expected 32 hexadecimal digits, got {len(sent)} characters{looks}"
        return Diagnosis(why, _cut(ours))
    found, whole = _search(entries, secrets, sent.lower())
    if found is None:
        why = "nothing that clients are known to get wrong gives this sig; the likely cause is a wrong secret key"
        return Diagnosis(why if whole else f"{why} (not all was tried: the call is too long)", _cut(ours))
    reading, owner = found
    theirs = _shown(entries, reading, keys)
    at = first_difference(ours, theirs)
    said = list(reading.said)
    if owner != next(iter(secrets)):
        said.append(f"signed with a key of the application {owner!r}, not of the one that appid names")
    if reading.said and at < 0 and reading.visible:
        said.append("the strings differ in a value that is not shown")
    why = "; ".join(said) or "this sig is right"
    if at >= 0:
        why += f"; at character {at} the server has {_near(ours, at)}, the client {_near(theirs, at)}"
    return Diagnosis(why, _cut(ours, at), _cut(theirs, at), at)


def _search(
    entries: Sequence[Entry], secrets: Mapping[str, Sequence[str]], sent: str
) -> tuple[tuple[Reading, str] | None, bool]:
    """Return the reading that gives the signature and whose key it was; and whether all could be tried."""
    left = TRIED
    if len(entries) > MOST or sum(len(entry.name) + len(entry.value) for entry in entries) > LONGEST:
        return None, False
    for reading, owner, key in _attempts(entries, secrets):
        text = reading.text(entries)
        left -= len(text) + 64
        if left < 0:
            return None, False
        if hashlib.md5(reading.data(text, key), usedforsecurity=False).hexdigest() == sent:
            return (reading, owner), True
    return None, True


def _attempts(entries: Sequence[Entry], secrets: Mapping[str, Sequence[str]]) -> Iterator[tuple[Reading, str, str]]:
    """Yield what is tried, the likeliest first: the application's own keys, then those of others, then two at once."""
    pairs = [(owner, key) for owner, keys in secrets.items() for key in keys]
    named = next(iter(secrets), "")
    own = [pair for pair in pairs if pair[0] == named]
    alone = variations(entries, tuple(secrets))
    yield from ((reading, *pair) for reading in (RIGHT, *alone) for pair in own)
    yield from ((reading, *pair) for reading in (RIGHT, *alone) for pair in pairs if pair not in own)
    yield from ((reading, *pair) for reading in twos(alone) for pair in own)


def _shown(entries: Sequence[Entry], reading: Reading, keys: Sequence[str]) -> str:
    text = "".join(_HIDDEN if secret else part for part, secret in reading.parts(entries, SECRET_NAMES))
    for key in sorted(filter(None, keys), key=len, reverse=True):
        text = text.replace(key, _KEY)
    return text


def _cut(text: str, at: int = -1) -> str:
    """Return a long string shortened, with what stands around a position."""
    if len(text) <= SHOWN:
        return text
    begin = max(0, min(at - SHOWN // 2, len(text) - SHOWN))
    return f"{'...' if begin else ''}{text[begin : begin + SHOWN]}... ({len(text)} characters)"


def _near(text: str, at: int) -> str:
    return repr(text[at : at + 24]) if at < len(text) else "the end"


def skew(stamp: datetime, now: datetime) -> str:
    """Return in words how far a timestamp lies from the clock: ``your ts is 17 m 04 s behind``."""
    off = stamp - now
    seconds = round(abs(off.total_seconds()))
    words = (
        f"your ts is {_span(seconds)} {'ahead' if off > timedelta(0) else 'behind'}" if seconds else "your ts is now"
    )
    quarter = round(seconds / 900)
    if 2 <= quarter <= 56 and abs(seconds - quarter * 900) <= 120:
        words += "; that looks like a local time, but ts is UTC"
    return words


def _span(seconds: int) -> str:
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    if days:
        return f"{days} d {hour:02d} h {minute:02d} m"
    if hours:
        return f"{hours} h {minute:02d} m {second:02d} s"
    return f"{minutes} m {second:02d} s" if minutes else f"{second} s"
