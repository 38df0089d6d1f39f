"""JUnit XML: one test case for each requirement, for servers that know nothing else."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from harness.judging import verdicts
from harness.reports.areas import area_of
from harness.reports.findings import NOT_TESTED, Json, Report
from harness.reports.text import named, visible

_ERRORS = (verdicts.CONFIG_ERROR, verdicts.ENGINE_ERROR)
_TOLD = (verdicts.WARN, verdicts.NOTE)


def junit(report: Report) -> str:
    """Return the report as JUnit XML. Warnings and notes pass, with what was observed as output."""
    rows = report["requirements"]
    totals = {
        "tests": len(rows),
        "failures": sum(row["verdict"] == verdicts.FAIL for row in rows),
        "errors": sum(row["verdict"] in _ERRORS for row in rows),
        "skipped": sum(row["verdict"] in NOT_TESTED for row in rows),
    }
    numbers = {name: str(number) for name, number in totals.items()}
    root = ET.Element("testsuites", {"name": "invigil", **numbers, "time": "0"})
    about = {"name": report["subject"], **numbers, "time": "0", "timestamp": report["started"]}
    suite = ET.SubElement(root, "testsuite", {name: _clean(value) for name, value in about.items()})
    facts = ("headline", "subject", "target", "profile", "seed", "budget", "catalogue", "exit_code")
    _properties(suite, {name: str(report[name]) for name in facts} | {"invigil": report["tool"]["version"]})
    for row in rows:
        _case(suite, row, report["subject"])
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _case(suite: ET.Element, row: Json, subject: str) -> None:
    about = {"classname": f"{subject}.{area_of(row['id'])}", "name": row["id"], "time": "0"}
    case = ET.SubElement(suite, "testcase", about)
    source = f"{row['source']['document']}, {row['source']['section']}"
    facts = {"level": row["level"], "basis": row["basis"], "verdict": row["verdict"], "source": source}
    _properties(case, facts | {"sentence": row["sentence"]})
    verdict = row["verdict"]
    if verdict == verdicts.FAIL or verdict in _ERRORS:
        kind = "failure" if verdict == verdicts.FAIL else "error"
        first = next((check["reason"] for check in row["checks"] if check["reason"]), None) or verdict
        found = ET.SubElement(case, kind, {"message": _clean(row["sentence"]), "type": _clean(first)})
        found.text = _clean("\n\n".join(_told(row)))
    elif verdict in NOT_TESTED:
        why = row["why"] or "no reason is known"
        ET.SubElement(case, "skipped", {"message": _clean(f"{verdict}: {why}")})
    elif verdict in _TOLD:
        ET.SubElement(case, "system-out").text = _clean("\n\n".join([verdict, *_told(row)]))


def _told(row: Json) -> list[str]:
    """What each check that did not pass has to say."""
    told = [] if row["checks"] or not row["why"] else [row["why"]]
    for check in row["checks"]:
        if check["verdict"] in (verdicts.PASS, verdicts.INAPPLICABLE):
            continue
        lines = [f"{check['check']}{check['case'] and ' [' + check['case'] + ']'}: {check['verdict']}"]
        if check["reason"]:
            told_as = f"expected {check['expected']}, got {check['got']}, at {check['at']}"
            lines.append(f"{check['reason']}: {told_as}")
        lines += [f"{remark['reason']}: {remark['got']}, at {remark['at']}" for remark in check["remarks"]]
        lines += [check["why"]] if check["why"] else []
        lines += [check["curl"]] if check["curl"] else []
        told.append("\n".join(lines))
    return told


def _properties(parent: ET.Element, facts: dict[str, str]) -> None:
    table = ET.SubElement(parent, "properties")
    for name, value in facts.items():
        ET.SubElement(table, "property", {"name": name, "value": _clean(value)})


def _clean(text: str) -> str:
    return visible(named(text))
