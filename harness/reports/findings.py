"""Which findings come first: ranked by how much they weigh, those with one cause told once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.judging import verdicts

Json = dict[str, Any]
Report = Mapping[str, Any]
SHOWN = (verdicts.ENGINE_ERROR, verdicts.CONFIG_ERROR, verdicts.FAIL, verdicts.WARN, verdicts.NOTE)
"""Verdicts that a report shows as cards."""

NOT_TESTED = (
    verdicts.UNTESTABLE,
    verdicts.NOT_RUN,
    verdicts.ATTESTED,
    verdicts.WAIVED,
    verdicts.INAPPLICABLE,
)
_VERDICTS = (
    verdicts.CONFIG_ERROR,
    verdicts.ENGINE_ERROR,
    verdicts.FAIL,
    verdicts.WARN,
    verdicts.UNTESTABLE,
    verdicts.NOTE,
)
_BASES = ("standard", "derived", "vendor", "field", "ours")


def ranked(report: Report, wanted: tuple[str, ...] = SHOWN) -> list[Json]:
    """Return the requirements with one of the wanted verdicts: by verdict (worst first), level, basis."""
    rows = [row for row in report["requirements"] if row["verdict"] in wanted]
    return sorted(rows, key=_weight)


def leads(report: Report, most: int = 5) -> list[Json]:
    """Return what to do first: ``{"requirement", "check", "also"}`` for each cause, at most ``most`` of them.

    Requirements with the same reason code have one cause: the weightiest is shown, ``also`` names the others.
    Notes ask for nothing and are left out.
    """
    found: dict[tuple[str, str], Json] = {}
    for row in ranked(report, _VERDICTS[:-2]):
        check = deciding(row)
        key = (row["verdict"], reason_of(check) or row["why"] or row["id"])
        if key in found:
            found[key]["also"].append(row["id"])
        else:
            found[key] = {"requirement": row, "check": check, "also": []}
    return list(found.values())[:most]


def deciding(row: Json) -> Json | None:
    """Return the first check that gave a requirement its verdict."""
    return next((check for check in row["checks"] if check["verdict"] == row["verdict"]), None)


def reason_of(check: Json | None) -> str:
    """Return the reason code of a check: that of its finding, else of its first remark."""
    if check is None:
        return ""
    return check["reason"] or next((remark["reason"] for remark in check["remarks"]), "")


def _weight(row: Json) -> tuple[int, int, int]:
    level = 0 if row["level"] in verdicts.MUSTS else 1 if row["level"] in verdicts.SHOULDS else 2
    verdict = _VERDICTS.index(row["verdict"]) if row["verdict"] in _VERDICTS else len(_VERDICTS)
    return verdict, level, _BASES.index(row["basis"])
