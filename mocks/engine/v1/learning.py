"""What a learner's player saves: the result of a registration changes, and everybody who is to know is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from mocks.engine.v1.behaviour import CloudBehaviour
from mocks.engine.v1.call import Rows
from mocks.engine.v1.deliveries import owe_postback
from mocks.engine.v1.domain import Instance, Registration, Result
from mocks.engine.v1.engine import CloudEngine

STATES: Mapping[str, tuple[str, str]] = {
    "started": ("incomplete", "unknown"),
    "incomplete": ("incomplete", "unknown"),
    "complete": ("complete", "unknown"),
    "passed": ("complete", "passed"),
    "failed": ("complete", "failed"),
    "failed-incomplete": ("incomplete", "failed"),
}
"""What a learner can come to, as the words complete and success of a report."""


class LearnerError(ValueError):
    """A learner was told to do what cannot be done; the message names the value and what was expected."""


def result_of(values: Mapping[str, Any], old: Result) -> Result:
    """Read what a learner comes to: ``to``, ``score`` (0-100 or unknown), ``seconds`` of further time."""
    to = str(values.get("to", "passed"))
    if to not in STATES:
        raise LearnerError(f"to: expected one of {', '.join(STATES)}, got {to!r}")
    score = old.score
    if str(values.get("score", "")):
        try:
            score = None if values["score"] == "unknown" else Decimal(str(values["score"]))
        except InvalidOperation:
            raise LearnerError(f"score: expected a number from 0 to 100 or unknown, got {values['score']!r}") from None
        if score is not None and not (score.is_finite() and 0 <= score <= 100):
            raise LearnerError(f"score: expected a number from 0 to 100 or unknown, got {values['score']!r}")
    seconds = str(values.get("seconds", "60"))
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) < 9):
        raise LearnerError(f"seconds: expected a whole number, got {seconds!r}")
    complete, success = STATES[to]
    return replace(old, complete=complete, success=success, score=score, seconds=old.seconds + int(seconds))


def save(
    engine: CloudEngine, behaviour: CloudBehaviour, tx: Rows, app: str, registration: Registration, result: Result
) -> Registration:
    """Save a new result of the newest instance and owe a postback; return the registration as it is then."""
    now = engine.now(app)
    instance = replace(registration.latest, result=result, updated=now)
    kept: tuple[Instance, ...] = (*registration.instances[:-1], instance)
    completed = registration.completed or (now if result.complete == "complete" else None)
    changed = replace(registration, instances=kept, updated=now, completed=completed)
    tx.put(f"registrations/{app}", changed.id, changed)
    owe_postback(engine, behaviour, tx, app, changed)
    return changed
