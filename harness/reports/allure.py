"""What Allure shows of a check: labels from its requirement, exchanges as attachments."""

from __future__ import annotations

from harness.judging import verdicts
from harness.judging.rows import Row
from harness.reports.findings import Json, Report
from harness.reports.text import named, visible

_SEVERITIES = dict.fromkeys(verdicts.MUSTS, "critical") | dict.fromkeys(verdicts.SHOULDS, "normal")


def allure_labels(row: Row) -> list[tuple[str, str]]:
    """Return the labels of a requirement: id as tag and story, section as feature, level as severity."""
    requirement = row.requirement
    return [
        ("tag", requirement.id),
        ("story", requirement.id),
        ("feature", f"{requirement.source.document}, {requirement.source.section}"),
        ("severity", _SEVERITIES.get(requirement.level, "minor")),
    ]


def attachments(report_check: Json, report: Report) -> list[tuple[str, str, str]]:
    """Return name, media type and text of a check's evidence: its exchanges, then its curl line."""
    wanted = set(report_check["exchanges"])
    found = [
        (f"{entry['id']} {entry['channel']} {entry['direction']}", "text/plain", as_text(entry))
        for entry in report["exchanges"]
        if entry["id"] in wanted
    ]
    return found + ([("curl", "text/plain", report_check["curl"])] if report_check["curl"] else [])


def as_text(entry: Json) -> str:
    """Return an exchange of a report as text: both halves as they stood on the wire, secrets named."""
    parts = [f"{entry['id']} {entry['at']} {entry['channel']} {entry['direction']} {entry['url']}"]
    for half in (entry["request"], entry["response"]):
        if half is not None:
            head = [half["start"], *(f"{name}: {value}" for name, value in half["headers"])]
            parts.append("\n".join(head) + ("\n\n" + half["body"] if half["body"] else ""))
    if entry["error"]:
        parts.append(f"error: {entry['error']}")
    return visible(named("\n\n".join(parts)).replace("\r\n", "\n"))
