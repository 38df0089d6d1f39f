"""A report in a few plain lines: counts, then what was sent, what came and the rule of the first findings."""

from __future__ import annotations

from typing import Any

from harness.reports.findings import Json, Report, leads, reason_of
from harness.reports.text import ENTRY, one_line

WIDTH = 150
MOST_LINES = 25


def summary(report: Report) -> str:
    """Return at most 25 lines of at most 150 characters, without control characters but line feeds."""
    about = f"profile {report['profile']}, seed {report['seed']}, invigil {report['tool']['version']}"
    lines = [
        one_line(f"{report['subject']} {report['target']}: {about}", WIDTH),
        one_line(report["headline"], WIDTH),
        ", ".join(f"{count} {verdict}" for verdict, count in report["counts"].items()) or "no verdict",
    ]
    problems = report["problems"]
    lines += [one_line(f"configuration: {problem}", WIDTH) for problem in problems[:3]]
    if len(problems) > 3:
        lines.append(f"configuration: {len(problems) - 3} more in the report")
    told = leads(report, 5)
    for lead in told:
        lines += _finding(lead, report)
    listed = sum(1 + len(lead["also"]) for lead in told)
    waiting = sum(row["verdict"] in ("fail", "warn", "engine-error", "config-error") for row in report["requirements"])
    if waiting > listed:
        lines.append(f"{waiting - listed} more in the report")
    packages = len(report["left_behind"]["packages"])
    if packages and not report["target"].startswith("mock"):
        lines.append(one_line(f"left behind: {packages} packages, marked {report['left_behind']['marker']}", WIDTH))
    return "\n".join(lines[:MOST_LINES])


def _finding(lead: Json, report: Report) -> list[str]:
    row, check = lead["requirement"], lead["check"]
    also = f"; {len(lead['also'])} more for the same reason" if lead["also"] else ""
    head = f"{row['verdict'].upper()} {row['id']}: {_sent(check, report)}{also}"
    source = one_line(f"{row['source']['document']}, {row['source']['section']}", 70)
    rule = f"rule: {one_line(row['sentence'], WIDTH - len(source) - 12)} ({source})"
    return [
        one_line(head, WIDTH),
        "    " + one_line(_came(row, check), WIDTH - 4),
        "    " + one_line(rule, WIDTH - 4),
    ]


def _sent(check: Json | None, report: Report) -> str:
    own = check["sent"] if check else None
    seen = ENTRY.search(check["at"] or "") if check and not own else None
    name = own or (seen[0] if seen else None)
    found: Any = next((entry for entry in report["exchanges"] if entry["id"] == name), None)
    if found is None:
        return "nothing was sent"
    step = " ".join(word for word in (found["scenario"], found["case"], found["step"]) if word)
    return f"{'sent' if own else 'got'} {found['id']} {one_line(found['request']['start'], 50)} ({one_line(step, 30)})"


def _came(row: Json, check: Json | None) -> str:
    if check and check["reason"]:
        got, expected = one_line(check["got"], 60), one_line(check["expected"], 50)
        return f"came: {got}; expected {expected} [{check['reason']}]"
    if check and check["remarks"]:
        return f"came: {one_line(check['remarks'][0]['got'], 90)} [{reason_of(check)}]"
    lines = row["why"].strip().splitlines()
    return f"came: no verdict; {lines[-1] if lines else 'no reason is known'}"
