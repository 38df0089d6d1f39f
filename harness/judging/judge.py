"""Judging one check on records: the same function with pytest and without, live and from a stored run."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.judging import verdicts
from harness.judging.expect import (
    Finding,
    Inapplicable,
    Observations,
    Observed,
    Untestable,
    collecting,
    finished,
)
from harness.judging.suite import Check

OK, FOUND = "ok", "found"


@dataclass(frozen=True, slots=True)
class Absent:
    """Stands for a record that could not be had: why, and what that makes of the checks on it."""

    verdict: str
    why: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one check on one set of records, before requirement and profile weigh it.

    ``status`` is ok, found, untestable, inapplicable or engine-error; ``why`` explains the last three.
    """

    status: str
    finding: Observed | None = None
    remarks: tuple[Observed, ...] = ()
    why: str = ""
    observations: int = 0

    @property
    def reasons(self) -> frozenset[str]:
        """The reason codes of the finding and of all remarks."""
        found = (self.finding,) if self.finding else ()
        return frozenset(observed.reason for observed in (*found, *self.remarks))


def judge(check: Check, records: Mapping[str, Any]) -> Outcome:
    """Call a check on its records. Any exception but its own ways to end is an engine error, never a verdict."""
    for name in check.scenarios:
        if isinstance(records[name], Absent):
            return Outcome(records[name].verdict, why=records[name].why)
    observations = Observations()
    token = collecting(observations)
    try:
        check.judge(**{name: records[name] for name in check.scenarios})
    except Finding as finding:
        return Outcome(FOUND, finding.observed, tuple(observations.remarks), observations=observations.count)
    except Untestable as missing:
        return Outcome(verdicts.UNTESTABLE, why=str(missing))
    except Inapplicable as missing:
        return Outcome(verdicts.INAPPLICABLE, why=f"capability not declared: {missing}")
    except Exception:
        return Outcome(verdicts.ENGINE_ERROR, why=traceback.format_exc(limit=-4))
    finally:
        finished(token)
    if not observations.count:
        return Outcome(verdicts.ENGINE_ERROR, why=f"{check.name} ended without an observation")
    return Outcome(OK, None, tuple(observations.remarks), observations=observations.count)
