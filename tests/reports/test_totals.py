"""Whatever was judged, all forms of a report count the same."""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html

import schemas
from harness.judging import verdicts
from harness.judging.catalogue import load
from harness.judging.expect import Observed
from harness.judging.judge import FOUND, OK, Outcome
from harness.judging.profiles import load_profile
from harness.judging.rows import Judgement, Row
from harness.judging.suite import Suite
from harness.reports.findings import NOT_TESTED
from harness.reports.html import html
from harness.reports.junit import junit
from harness.reports.model import build
from harness.reports.terminal import MOST_LINES, WIDTH, summary

VALID = jsonschema.Draft202012Validator(
    json.loads((Path(schemas.__file__).parent / "report.schema.json").read_text("utf-8"))
)
REQUIREMENTS = tuple(load("pens-target").values())
SUITE = Suite("pens-target", {}, ())
PROFILE = load_profile("pens-1.0")
FACTS = {
    "target": "mock",
    "seed": 1,
    "budget": "quick",
    "started": "2026-01-01T00:00:00+00:00",
    "marker": "m",
}

observed = st.builds(
    Observed, st.sampled_from(["one", "two"]), st.text(max_size=20), st.text(max_size=20), st.just("E-0004")
)
remarked = st.builds(
    Observed,
    st.just("seen"),
    st.just(""),
    st.text(max_size=20),
    st.just(""),
    st.sampled_from(["note", "warn"]),
)


@st.composite
def a_row(draw: st.DrawFn, number: int) -> Row:
    requirement = REQUIREMENTS[number]
    verdict = draw(st.sampled_from(verdicts.WORST_FIRST))
    why = draw(st.text(max_size=30))
    judgements = []
    for case in range(draw(st.integers(0, 5))):
        found = draw(observed) if verdict in (verdicts.FAIL, verdicts.WARN) else None
        remarks = tuple(draw(st.lists(remarked, max_size=2)))
        outcome = Outcome(FOUND if found else OK, found, remarks, why, 1)
        judgements.append(Judgement(requirement.id, "check", str(case), verdict, outcome, ("scene",)))
    return Row(requirement, verdict, tuple(judgements), why)


@st.composite
def rows(draw: st.DrawFn) -> list[Row]:
    numbers = draw(st.lists(st.integers(0, len(REQUIREMENTS) - 1), max_size=8, unique=True))
    return [draw(a_row(number)) for number in numbers]


def _report(found: list[Row], **options: Any) -> dict[str, Any]:
    return build(FACTS, found, [], SUITE, PROFILE, **options)


@settings(max_examples=60, deadline=None)
@given(rows(), st.booleans(), st.booleans(), st.lists(st.text(max_size=30), max_size=5))
def test_totals_are_the_same_in_every_form(
    found: list[Row], interrupted: bool, strict: bool, problems: list[str]
) -> None:
    report = _report(found, interrupted=interrupted, strict=strict, problems=problems)
    assert [error.message for error in VALID.iter_errors(report)] == []
    counted = Counter(row.verdict for row in found)

    assert report["counts"] == counted
    assert report["musts"]["total"] == sum(row.requirement.level in verdicts.MUSTS for row in found)
    assert report["musts"]["total"] == sum(number for verdict, number in report["musts"].items() if verdict != "total")

    suite = ET.fromstring(junit(report)).find("testsuite")
    assert suite is not None
    told = {name: int(suite.attrib[name]) for name in ("tests", "failures", "errors", "skipped")}
    assert told == {
        "tests": len(found),
        "failures": counted["fail"],
        "errors": counted["config-error"] + counted["engine-error"],
        "skipped": sum(counted[verdict] for verdict in NOT_TESTED),
    }
    assert told["failures"] == len(suite.findall("testcase/failure"))
    assert told["errors"] == len(suite.findall("testcase/error"))
    assert told["skipped"] == len(suite.findall("testcase/skipped"))

    page: Any = lxml_html.document_fromstring(html(report))
    chips = [chip.text_content().split() for chip in page.xpath("//ul[@class='chips']/li")]
    assert {chip[-1]: int(chip[-2]) for chip in chips} == counted
    assert len(page.xpath("//table[@class='rules']/tbody/tr")) == len(found)

    lines = summary(report).splitlines()
    assert len(lines) <= MOST_LINES
    assert all(len(line) <= WIDTH for line in lines)
    assert {unicodedata.category(sign) for line in lines for sign in line}.isdisjoint({"Cc", "Cs"})
    expected = ", ".join(f"{counted[verdict]} {verdict}" for verdict in report["counts"])
    assert (expected or "no verdict") in lines


@settings(max_examples=60, deadline=None)
@given(rows(), st.booleans(), st.booleans())
def test_the_headline_claims_success_only_with_exit_code_nought(
    found: list[Row], interrupted: bool, strict: bool
) -> None:
    report = _report(found, interrupted=interrupted, strict=strict)
    assert report["headline"].startswith("meets ") is (report["exit_code"] == 0)
    assert "certif" not in report["headline"]
