"""A report says the same in every form, and its page needs nothing but itself."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from lxml import etree
from lxml import html as lxml_html

import schemas
from harness.judging.run import Options, Run
from harness.net.loop import Loop
from harness.reports.allure import allure_labels, attachments
from harness.reports.html import MOST, html
from harness.reports.junit import junit
from harness.reports.model import build
from harness.reports.terminal import MOST_LINES, summary
from harness.reports.write import ReportFolderError, write_all

SCHEMA = json.loads((Path(schemas.__file__).parent / "report.schema.json").read_text("utf-8"))
VALID = jsonschema.Draft202012Validator(SCHEMA)


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    with Loop() as loop:
        run = Run.prepare(
            Options(
                "pens-target",
                "mock:engine-22+pens.no-receipt",
                seed=1,
                only=("PENS-RCPT-01", "PENS-RESP-01/T"),
            ),
            loop,
        )
        run.begin()
        run.act()
        yield run
        run.close()


@pytest.fixture(scope="module")
def report(run: Run) -> dict[str, Any]:
    rows = run.judging().rows()
    problems = ["[callback] https is not configured"]
    return build(run.facts(), rows, run.journal.entries, run.suite, run.profile, problems=problems)


@pytest.fixture(scope="module")
def page(report: dict[str, Any]) -> Any:
    return lxml_html.document_fromstring(html(report))


@pytest.fixture(scope="module")
def accused(report: dict[str, Any]) -> dict[str, Any]:
    return next(row for row in report["requirements"] if row["id"] == "PENS-RCPT-01")


def test_the_schema_itself_is_valid() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_the_report_follows_its_published_schema(report: dict[str, Any]) -> None:
    assert [error.message for error in VALID.iter_errors(report)] == []
    assert [error.message for error in VALID.iter_errors(json.loads(json.dumps(report)))] == []


@pytest.mark.parametrize("path", [(), ("tool",), ("requirements", 0), ("exchanges", 0), ("left_behind",)])
def test_the_schema_refuses_what_it_does_not_name(report: dict[str, Any], path: tuple[str | int, ...]) -> None:
    changed = json.loads(json.dumps(report))
    place: Any = changed
    for step in path:
        place = place[step]
    place["more"] = 1
    assert not VALID.is_valid(changed)


def test_the_same_run_gives_the_same_report(run: Run, report: dict[str, Any]) -> None:
    again = build(
        run.facts(), run.judging().rows(), run.journal.entries, run.suite, run.profile,
        problems=report["problems"],
    )  # fmt: skip
    assert json.dumps(again) == json.dumps(report)


def test_a_missing_receipt_is_told_with_rule_place_and_a_line_that_sends_it_again(
    report: dict[str, Any], accused: dict[str, Any]
) -> None:
    assert accused["verdict"] == "fail"
    check = next(check for check in accused["checks"] if check["verdict"] == "fail")
    assert (check["reason"], check["expected"], check["got"]) == ("no-receipt", "a receipt", "none")
    sent = next(entry for entry in report["exchanges"] if entry["id"] == check["sent"])
    assert check["at"].startswith(sent["id"])
    assert (sent["channel"], sent["direction"]) == ("collect", "out")
    assert check["curl"].startswith("curl ")
    assert sent["url"] in check["curl"]
    assert check["sent"] in check["exchanges"]


def test_what_passed_has_no_line_that_sends_it_again(report: dict[str, Any]) -> None:
    good = [c for row in report["requirements"] for c in row["checks"] if c["verdict"] == "pass"]
    assert good
    assert {check["curl"] for check in good} == {None}


def test_the_headline_says_how_many_musts_fail(report: dict[str, Any]) -> None:
    failed = [row for row in report["requirements"] if row["verdict"] == "fail"]
    total = report["musts"]["total"] - report["musts"].get("inapplicable", 0)
    verb = "fails" if len(failed) == 1 else "fail"
    undone = report["musts"].get("untestable", 0) + report["musts"].get("not-run", 0)
    assert report["headline"] == (f"{len(failed)} of {total} MUST requirements {verb}; {undone} could not be tested")
    assert report["exit_code"] == 1


def test_an_interrupted_run_is_marked_incomplete(run: Run) -> None:
    rows = run.rows()
    report = build(run.facts(), rows, run.journal.entries, run.suite, run.profile, interrupted=True)
    assert (report["complete"], report["exit_code"]) == (False, 130)
    assert report["headline"].startswith("incomplete: the run was interrupted")


def test_a_run_in_which_nothing_was_judged_says_so_with_the_first_problem(run: Run) -> None:
    report = build(run.facts(), [], [], run.suite, run.profile, problems=["no check was selected"])
    assert report["headline"] == "incomplete: nothing was judged; no check was selected"
    assert report["exit_code"] == 2
    assert "no check was selected" in html(report)
    assert VALID.is_valid(report)


def test_packages_that_the_target_accepted_are_listed_as_left_behind(run: Run, report: dict[str, Any]) -> None:
    left = report["left_behind"]
    assert left["marker"] == run.marker
    assert left["packages"]
    assert all(run.marker in package["package_id"] for package in left["packages"])


def test_counts_agree_in_json_page_and_junit(report: dict[str, Any], page: Any) -> None:
    counted = Counter(row["verdict"] for row in report["requirements"])
    assert report["counts"] == counted
    chips = [chip.text_content().split() for chip in page.xpath("//ul[@class='chips']/li")]
    told = {chip[-1]: int(chip[-2]) for chip in chips}
    assert told == counted
    suite = ET.fromstring(junit(report)).find("testsuite")
    assert suite is not None
    assert int(suite.attrib["tests"]) == len(report["requirements"]) == len(suite.findall("testcase"))
    assert int(suite.attrib["failures"]) == counted["fail"] == len(suite.findall("testcase/failure"))
    assert int(suite.attrib["skipped"]) == len(suite.findall("testcase/skipped"))


def test_junit_names_each_requirement_under_its_area(report: dict[str, Any]) -> None:
    cases = ET.fromstring(junit(report)).iter("testcase")
    names = [(case.attrib["classname"], case.attrib["name"]) for case in cases]
    assert ("pens-target.PENS-RESP", "PENS-RESP-01/T") in names
    assert [name for _, name in names] == [row["id"] for row in report["requirements"]]


def test_every_id_is_an_anchor_and_every_link_inside_the_page_leads_somewhere(
    report: dict[str, Any], page: Any
) -> None:
    anchors = page.xpath("//@id")
    assert len(anchors) == len(set(anchors))
    assert {row["id"] for row in report["requirements"]} <= set(anchors)
    assert {entry["id"] for entry in report["exchanges"]} <= set(anchors)
    inner = {link[1:] for link in page.xpath("//a/@href") if link.startswith("#")}
    assert inner <= set(anchors)


def test_the_page_needs_no_script_and_no_network(page: Any) -> None:
    assert page.xpath("//script | //iframe | //img | //link | //object | //embed | //form | //base") == []
    assert page.xpath("//@src | //@*[starts-with(name(), 'on')]") == []
    assert "url(" not in "".join(page.xpath("//style/text()"))
    assert "@import" not in "".join(page.xpath("//style/text()"))
    outer = [link for link in page.xpath("//a") if not link.get("href").startswith("#")]
    assert outer
    assert all(link.get("class") == "source" and link.get("href").startswith("https://") for link in outer)


def test_the_page_has_language_landmarks_and_real_tables(page: Any) -> None:
    assert page.get("lang") == "en"
    assert [len(page.xpath(f"//{name}")) for name in ("main", "nav", "footer", "h1")] == [1, 1, 1, 1]
    order = ["next", "requirements", "findings", "not-tested", "exchanges", "trust"]
    assert page.xpath("//main/section/h2/@id") == order
    assert all(table.xpath("./thead/tr/th[@scope='col']") for table in page.xpath("//table"))


def test_the_page_ends_with_what_it_is_not(page: Any) -> None:
    words = " ".join(page.xpath("//footer")[0].text_content().split())
    assert words.startswith(
        "This report says what the checks of this catalogue found. It is no certificate of 1EdTech, Rustici or D2L."
    )


def test_configuration_problems_stand_before_findings(report: dict[str, Any], page: Any) -> None:
    items = page.xpath("//ol[@class='leads']/li")
    assert report["problems"][0] in items[0].text_content()
    assert 1 < len(items) <= 6
    assert "PENS-RCPT-01" in "".join(item.text_content() for item in items[1:])


def test_a_redacted_secret_is_named_for_the_reader(report: dict[str, Any], page: Any) -> None:
    assert "secret-system-password-1" in json.dumps(report["exchanges"])
    words = page.xpath("//section[@aria-labelledby='exchanges']")[0].text_content()
    assert "‹secret:system-password#1›" in words
    assert "secret-system-password-1" not in words


def test_a_binary_body_is_told_by_size_and_digest(report: dict[str, Any]) -> None:
    package = next(entry for entry in report["exchanges"] if entry["channel"] == "package")
    assert re.fullmatch(r"<\d+ bytes, sha256 [0-9a-f]{64}>", package["response"]["body"])


def test_hostile_text_is_shown_and_not_obeyed(run: Run, report: dict[str, Any]) -> None:
    hostile = json.loads(json.dumps(report))
    row = next(row for row in hostile["requirements"] if row["id"] == "PENS-RCPT-01")
    check = next(check for check in row["checks"] if check["reason"])
    check["got"] = "<script>alert(1)</script>\x1b[31m\x00\u202e\ud800 {{ 7 * 7 }}"
    page = html(hostile)
    assert "<script" not in page
    assert "{{ 7 * 7 }}" in page
    for text in (page, junit(hostile), summary(hostile)):
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202e\ud800]", text)
    assert etree.fromstring(junit(hostile).encode()) is not None


@pytest.mark.parametrize(("every", "exchanges"), [(5, 3_000), (1, 3_000), (5, 9_000)])
def test_a_huge_run_still_gives_a_page_of_two_megabytes(
    report: dict[str, Any], accused: dict[str, Any], every: int, exchanges: int
) -> None:
    quiet = next(row for row in report["requirements"] if row["verdict"] != "fail")
    pattern = report["exchanges"][0]
    rows = [{**(quiet if number % every else accused), "id": f"HUGE-{number:03d}"} for number in range(500)]
    many = [
        {**pattern, "id": f"E-{number:05d}", "scenario": f"huge{number // 4}"}
        for number in range(20_000, 20_000 + exchanges)
    ]
    page = html({**report, "requirements": rows, "exchanges": [*report["exchanges"], *many]})
    assert len(page.encode()) <= MOST
    assert all(f'id="{row["id"]}"' in page for row in rows)


def test_the_summary_names_what_was_sent_what_came_and_the_rule(run: Run) -> None:
    report = build(run.facts(), run.rows(), run.journal.entries, run.suite, run.profile)
    lines = summary(report).splitlines()
    assert len(lines) <= MOST_LINES
    assert report["headline"] in lines
    at = next(number for number, line in enumerate(lines) if "[no-receipt]" in line)
    assert lines[at - 1].startswith("FAIL PENS-RCPT-01: sent E-")
    assert "POST /RusticiEngine/PENS.jsp" in lines[at - 1]
    assert lines[at] == "    came: none; expected a receipt [no-receipt]"
    assert lines[at + 1].startswith("    rule: The target must send a receipt")
    assert "CMI010" in lines[at + 1]


def test_all_forms_are_written_into_a_folder_that_need_not_exist(report: dict[str, Any], tmp_path: Path) -> None:
    paths = write_all(report, tmp_path / "a" / "b")
    assert {kind: path.name for kind, path in paths.items()} == {
        "json": "report.json",
        "html": "report.html",
        "junit": "junit.xml",
    }
    assert json.loads(paths["json"].read_text("utf-8")) == report
    assert paths["html"].read_text("utf-8") == html(report)
    assert paths["junit"].read_text("utf-8") == junit(report)


def test_a_folder_that_cannot_be_written_is_one_line_with_path_and_remedy(
    report: dict[str, Any], tmp_path: Path
) -> None:
    blocked = tmp_path / "taken"
    blocked.write_text("a file")
    with pytest.raises(ReportFolderError) as caught:
        write_all(report, blocked / "report")
    message = str(caught.value)
    assert "\n" not in message
    assert str(blocked / "report") in message
    assert "--report DIR" in message


def test_allure_gets_requirement_section_and_level_as_labels(run: Run) -> None:
    row = next(row for row in run.rows() if row.requirement.id == "PENS-RCPT-01")
    assert allure_labels(row) == [
        ("tag", "PENS-RCPT-01"),
        ("story", "PENS-RCPT-01"),
        ("feature", "CMI010 Guidelines for PENS 1.0a, §5.1, §6 note 5"),
        ("severity", "critical"),
    ]


def test_allure_gets_the_exchanges_and_the_curl_line_of_a_check(
    report: dict[str, Any], accused: dict[str, Any]
) -> None:
    check = next(check for check in accused["checks"] if check["verdict"] == "fail")
    found = attachments(check, report)
    assert [name.split()[0] for name, _, _ in found[:-1]] == check["exchanges"]
    assert found[-1] == ("curl", "text/plain", check["curl"])
    collect = next(text for name, _, text in found if name.startswith(check["sent"]))
    assert "command=collect" in collect
    assert "‹secret:system-password#1›" in collect
    assert "error=0\n" in collect
