"""The probe of a results receiver: how its owner shows what it holds of a registration.

``GET`` of the probe's URL, with the percent-encoded id in the place of ``{regid}``, answers 200 with a JSON object:
``regid``, ``complete`` and ``success`` (words as V1 writes them), ``score`` (a number, null while unknown),
``totaltime`` (seconds) and, if it is counted, ``applied``: how many times a result has changed what is stored or had
an effect outside, a certificate mailed for example. A registration that the receiver does not know is answered 404.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, get_args
from urllib.parse import quote

from harness.wire.results_policy import FIELDS, Completion, State, Success

PLACE: Final = "{regid}"
_WORDS: Final[Mapping[str, tuple[str, ...]]] = {"complete": get_args(Completion), "success": get_args(Success)}
_DIGITS: Final = 40
_GREATEST: Final = 2**53  # beyond, JSON numbers are not exact, and a great exponent would take all memory


@dataclass(frozen=True, slots=True)
class Probed:
    """What a probe said. ``refused`` says in a sentence why it cannot be used; ``state`` is None then and for 404.

    ``told`` names the fields that were there: what a probe leaves out is not judged.
    """

    state: State | None = None
    told: tuple[str, ...] = ()
    regid: str | None = None
    applied: int | None = None
    refused: str = ""

    @property
    def unknown(self) -> bool:
        """Whether the receiver says that it does not know the registration."""
        return self.state is None and not self.refused


def probe_url(template: str, regid: str) -> str:
    """Return the address that shows a registration; ValueError when the template has no place for it."""
    if PLACE not in template:
        raise ValueError(f"probe: expected a URL that holds {PLACE}, got {template!r}")
    return template.replace(PLACE, quote(regid, safe=""))


def read_probe(status: int, body: bytes) -> Probed:
    """Read a probe's answer leniently: numbers as texts, words in any case, unknown further members. Never raises."""
    if status == 404:
        return Probed()
    if status != 200:
        return Probed(refused=f"expected status 200 or 404, got {status}")
    try:
        found = json.loads(body, parse_float=Decimal)
    except (ValueError, RecursionError):
        return Probed(refused="expected a JSON object, got something that is no JSON")
    if not isinstance(found, dict):
        return Probed(refused=f"expected a JSON object, got {type(found).__name__}")
    values: dict[str, Any] = {}
    for name in FIELDS:
        if name in found:
            try:
                values[name] = _value(name, found[name])
            except (ValueError, ArithmeticError):
                return Probed(refused=f"{name}: expected {_expected(name)}, got {str(found[name])[:80]!r}")
    if not values:
        return Probed(refused=f"expected members {', '.join(FIELDS)}, got none of them")
    regid, applied = found.get("regid"), found.get("applied")
    counted = applied if isinstance(applied, int) and not isinstance(applied, bool) else None
    return Probed(State(**values), tuple(values), regid if isinstance(regid, str) else None, counted)


def write_probe(regid: str, state: State, applied: int | None = None) -> bytes:
    """Return a probe's answer for a registration that is known."""
    score = state.score
    number = None if score is None else int(score) if score == score.to_integral_value() else float(score)
    shown: dict[str, Any] = {"regid": regid, "complete": state.complete, "success": state.success}
    shown |= {"score": number, "totaltime": state.totaltime}
    return json.dumps(shown | ({} if applied is None else {"applied": applied})).encode() + b"\n"


def _value(name: str, value: Any) -> Any:
    if name in _WORDS:
        word = "unknown" if value is None else str(value).strip().lower()
        if word not in _WORDS[name]:
            raise ValueError(word)
        return word
    if name == "score" and (value is None or value == "unknown"):
        return None
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal) or len(str(value)) > _DIGITS:
        raise ValueError(name)
    number = Decimal(value)
    if not number.is_finite() or abs(number) >= _GREATEST:
        raise ValueError(name)
    return number if name == "score" else int(number)


def _expected(name: str) -> str:
    return (
        f"one of {', '.join(_WORDS[name])}" if name in _WORDS else "a number" + (" or null" if name == "score" else "")
    )
