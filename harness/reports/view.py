"""What the page shows, in the order in which it shows it: a report dict arranged for its reader."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from harness.judging import verdicts
from harness.reports.areas import area_of, title_of
from harness.reports.findings import NOT_TESTED, SHOWN, Json, Report, leads, ranked
from harness.reports.text import ENTRY

_LEVELS = (("MUST", verdicts.MUSTS), ("SHOULD", verdicts.SHOULDS), ("MAY", ("MAY",)))
_QUIET = (verdicts.PASS, verdicts.INAPPLICABLE)
_MOST_CASES = 3
_MEANINGS = {
    verdicts.UNTESTABLE: "Something that the check needs did not hold or was not configured.",
    verdicts.NOT_RUN: "Nothing was judged.",
    verdicts.ATTESTED: "A person vouches for it; invigil did not see it.",
    verdicts.WAIVED: "Set aside by a waiver.",
    verdicts.INAPPLICABLE: "The rule does not apply under this profile.",
}


def view(report: Report, room: int | None = None) -> Json:
    """Return what the template needs.

    ``room`` (characters) bounds the exchanges that no finding names: those beyond it are told in one line
    each; without any room (less than 0) they are left out.
    """
    cards = [_card(row) for row in ranked(report, SHOWN)]
    named = {name for card in cards for name in card["evidence"]}
    scenes = _scenes(report, named, room)
    shown = {item["entry"]["id"] for scene in scenes for item in scene["exchanges"]}
    return {
        "report": report,
        "state": _state(report),
        "when": _when(report["started"]),
        "took": _took(report["started"], report["ended"]),
        "matrix": _matrix(report["requirements"]),
        "leads": leads(report),
        "areas": [_area(name, list(rows)) for name, rows in groupby(report["requirements"], _area_name)],
        "cards": cards,
        "not_tested": _not_tested(report["requirements"]),
        "scenes": scenes,
        "untold": len(report["exchanges"]) - len(shown),
        "known": shown | {entry["id"] for entry in report["unexpected"][:500]},
    }


def weight(report: Report) -> int:
    """Return roughly what all exchanges of a report would add to the page, in characters."""
    return sum(_size(entry) for entry in report["exchanges"])


def _state(report: Report) -> str:
    if report["exit_code"] == verdicts.EXIT_OK:
        return "good"
    return "bad" if report["exit_code"] == verdicts.EXIT_FAILED else "open"


def _area_name(row: Json) -> str:
    return area_of(row["id"])


def _area(name: str, rows: list[Json]) -> Json:
    counts = _count(row["verdict"] for row in rows)
    return {
        "name": name,
        "title": title_of(name),
        "rows": rows,
        "counts": counts,
        "open": any(row["verdict"] in SHOWN for row in rows),
    }


def _count(found: Iterable[str]) -> dict[str, int]:
    listed = list(found)
    return {verdict: listed.count(verdict) for verdict in verdicts.WORST_FIRST if verdict in listed}


def _matrix(rows: list[Json]) -> Json:
    columns = list(_count(row["verdict"] for row in rows))
    table = []
    for name, levels in _LEVELS:
        own = [row["verdict"] for row in rows if row["level"] in levels]
        if own:
            counts = [own.count(column) for column in columns]
            table.append({"level": name, "counts": counts, "total": len(own)})
    return {"columns": columns, "rows": table}


def _card(row: Json) -> Json:
    told = [check for check in row["checks"] if check["verdict"] not in _QUIET]
    # The checks that gave the verdict come first, so that the ones unfolded are those that matter.
    told.sort(key=lambda check: check["verdict"] != row["verdict"])
    first = [check for check in told if check["verdict"] in SHOWN][:_MOST_CASES]
    seen = [check["sent"] for check in first]
    seen += [name for check in told for place in _places(check) for name in ENTRY.findall(place)]
    return {
        "row": row,
        "checks": first,
        "more": [check for check in told if check not in first],
        "passed": sum(check["verdict"] == verdicts.PASS for check in row["checks"]),
        "evidence": {name for name in seen if name},
    }


def _places(check: Json) -> list[str]:
    return [check["at"] or "", *(remark["at"] for remark in check["remarks"])]


def _not_tested(rows: list[Json]) -> list[Json]:
    """Group what was not tested by verdict, then by reason: one reason for forty rows is told once."""
    groups = []
    for verdict in NOT_TESTED:
        reasons: dict[str, list[Json]] = {}
        for row in rows:
            if row["verdict"] == verdict:
                why = row["why"].strip().splitlines()
                reasons.setdefault(why[-1] if why else "no reason is known", []).append(row)
        if reasons:
            groups.append({"verdict": verdict, "meaning": _MEANINGS[verdict], "reasons": reasons})
    return groups


def _scenes(report: Report, named: set[str], room: int | None) -> list[Json]:
    """Group the exchanges by scenario and case; what does not fit into the room is told in one line."""
    scenes: dict[tuple[str, str], Json] = {}
    left = room
    for entry in report["exchanges"]:
        is_named = entry["id"] in named
        if room is not None and room < 0 and not is_named:
            continue
        full = True
        if left is not None and not is_named:
            left -= _size(entry)
            full = left >= 0
        key = (entry["scenario"], entry["case"])
        sentence = report["scenarios"].get(entry["scenario"], "")
        new = {"name": key[0], "case": key[1], "sentence": sentence, "exchanges": [], "open": False}
        scene = scenes.setdefault(key, new)
        scene["open"] |= is_named
        scene["exchanges"].append({"entry": entry, "full": full, "named": is_named})
    return list(scenes.values())


def _size(entry: Json) -> int:
    """Roughly what an exchange adds to the page, in characters."""
    halves: list[Any] = [half for half in (entry["request"], entry["response"]) if half]
    signed = sum(len(one["claims"]) + 300 for half in halves for one in half.get("signed", ()))
    return signed + sum(400 + 60 * len(half["headers"]) + len(half["body"]) + 2 * len(half["start"]) for half in halves)


def _instant(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def _when(text: str) -> str:
    found = _instant(text)
    return f"{found.day} {found:%B %Y, %H:%M} UTC" if found else text


def _took(started: str, ended: str) -> str:
    begin, end = _instant(started), _instant(ended)
    if begin is None or end is None or end < begin:
        return ""
    seconds = (end - begin).total_seconds()
    return f"{seconds:.1f} s" if seconds < 60 else f"{int(seconds // 60)} min {int(seconds % 60)} s"


def readable_header(value: str) -> str:
    """Return a header's value; a Basic credential is shown decoded, since its secret is redacted inside."""
    scheme, _, token = value.partition(" ")
    if scheme.lower() != "basic":
        return value
    try:
        return f"{scheme} base64({base64.b64decode(token, validate=True).decode()})"
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return value
