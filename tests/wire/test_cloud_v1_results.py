"""Registration reports: written compactly in three formats, read leniently from anything."""

from __future__ import annotations

import time
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

import fixtures
from harness.strategies.cloud_v1_results import durations, reports, scores
from harness.wire.cloud_v1_activity import (
    Activity,
    Comment,
    Interaction,
    Objective,
    Runtime,
    RuntimeObjective,
    write_score,
    write_time,
)
from harness.wire.cloud_v1_answer import ok
from harness.wire.cloud_v1_results import FORMATS, Report, read_report, report_for, write_report
from harness.wire.cloud_v1_schema import problems
from harness.wire.xml import parse

RESULTS = Path(fixtures.__file__).parent / "vectors" / "cloud_v1" / "results"
PASSED = report_for("r1", "Golf", complete="complete", success="passed", score=85, totaltime=324)


def written(report: Report, format: str = "course") -> str:
    return write_report(report, format).write()


def blanks(root: etree._Element) -> list[str]:
    """The places where white space alone stands between elements."""
    inside = [str(e.tag) for e in root.iter() if len(e) and e.text is not None]
    return inside + [str(e.tag) for e in root.iter() if e is not root and e.tail is not None]


def words(activity: Activity) -> list[tuple[str, str, str]]:
    below = [word for child in activity.children for word in words(child)]
    return [(activity.id, activity.title, "" if activity.runtime is None else activity.runtime.suspend_data), *below]


def test_the_course_format_is_written_as_the_document_shows_it() -> None:
    assert written(PASSED) == (RESULTS / "course.xml").read_text(encoding="utf-8")
    assert written(report_for("r1", "Golf")) == (RESULTS / "course-unknown.xml").read_text(encoding="utf-8")


def test_the_activity_format_is_written_as_clients_know_it() -> None:
    sco = Activity("i1", "Etiquette", 2, "complete", "passed", Decimal("941.98"), Decimal("941.98"), Decimal(43))
    top = Activity("org", "Golf", 1, "incomplete", "unknown", Decimal("941.98"), Decimal("941.98"), Decimal(0))
    report = Report("r1", 0, "incomplete", "unknown", 941, Decimal(0), replace(top, children=(sco,)))
    assert written(report, "activity") == (RESULTS / "activity.xml").read_text(encoding="utf-8")


def test_the_full_format_holds_all_that_clients_read() -> None:
    interaction = Interaction("q1", ("o1",), "2026-01-01T00:00:00", ("a[,]b",), "1", "a", "correct", "PT5S", "Which?")
    runtime = Runtime(
        suspend_data="page=<2>&]]>",
        interactions=(interaction,),
        total_time=Decimal("4.479"),
        comments_from_learner=(Comment("well", "p1", "2026-01-01T00:00:00"),),
        objectives=(RuntimeObjective("o1"),),
    )
    report = replace(PASSED, activity=Activity("i1", "Etiquette", 1, "complete", "passed", runtime=runtime))
    ours = parse(written(report, "full").encode())
    theirs = parse((RESULTS / "full.xml").read_bytes())
    assert {e.tag for e in theirs.iter()} <= {e.tag for e in ours.iter()}
    assert ours.findtext(".//suspend_data") == "page=<2>&]]>"
    assert "<suspend_data><![CDATA[page=<2>&]]]]><![CDATA[>]]></suspend_data>" in written(report, "full")
    assert ours.findtext(".//runtime/location") == "null"
    assert ours.findtext(".//total_time") == "0000:00:04.47"
    assert [ours.findtext(f".//runtime/{name}") for name in ("credit", "entry", "exit", "mode")] == [
        "Credit", "AbInitio", "Unknown", "Normal",
    ]  # fmt: skip
    assert [e.get("id") for e in ours.iterfind(".//interaction/*/*")] == ["o1", "a[,]b"]


@pytest.mark.parametrize(
    ("success", "score", "flags"),
    [
        ("passed", Decimal(85), ("true", "0.85", "true", "true")),
        ("failed", Decimal(0), ("true", "0", "true", "false")),
        ("unknown", None, ("false", "0.0", "false", "false")),
    ],
)
def test_the_primary_objective_tells_success_and_measure(
    success: str, score: Decimal | None, flags: tuple[str, ...]
) -> None:
    further = (Objective("o2", Decimal("-0.5"), False),)
    report = replace(PASSED, activity=Activity("i1", "G", 1, "unknown", success, score=score, objectives=further))
    root = parse(written(report, "full").encode())
    own, other = root.findall("activity/objectives/objective")
    names = ("measurestatus", "normalizedmeasure", "progressstatus", "satisfiedstatus")
    assert (own.get("id"), tuple(own.findtext(name) for name in names)) == ("PRIMARYOBJ", flags)
    assert (other.get("id"), tuple(other.findtext(name) for name in names)) == ("o2", ("true", "-0.5", "true", "false"))


def test_an_unknown_format_is_refused_by_the_writer() -> None:
    with pytest.raises(ValueError, match="expected one of course, activity, full"):
        write_report(PASSED, "xml")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        ("0", "0000:00:00.00"),
        ("941.98", "0000:15:41.98"),
        ("4.479", "0000:00:04.47"),
        ("244928.47", "0068:02:08.47"),
        ("36000000", "10000:00:00.00"),
    ],
)
def test_times_are_written_as_hhhh_mm_ss(seconds: str, text: str) -> None:
    assert write_time(Decimal(seconds)) == text


@pytest.mark.parametrize(
    ("score", "text"),
    [(None, "unknown"), ("0", "0"), ("85", "85"), ("100", "100"), ("85.50", "85.5"), ("1E+2", "100"), ("0.85", "0.85")],
)
def test_a_score_is_a_plain_number_or_the_word_unknown(score: str | None, text: str) -> None:
    assert write_score(None if score is None else Decimal(score)) == text


@given(reports(), st.sampled_from(FORMATS), st.booleans())
def test_what_is_written_is_valid_compact_and_read_back(report: Report, format: str, wrap: bool) -> None:
    node = write_report(report, format)
    text = ok(node) if wrap else node.write()
    data = text.encode()
    assert problems(data, "rustici.registration.getRegistrationResult") == ()
    assert blanks(parse(data)) == []
    assert ('<rsp stat="ok"><registrationreport ' in text) is wrap
    for read in (read_report(data), read_report(text)):
        assert (read.format, read.regid, read.instanceid) == (format, report.regid, str(report.instanceid))
        assert (read.complete, read.success, read.points) == (report.complete, report.success, report.score)
        across = report.totaltime if format == "course" else int(report.activity.seconds_across_attempts)
        assert read.seconds == across
        assert (read.wrapped, read.begins_bare, read.refused) == (wrap, not wrap, "")
        assert read.oddities == (("declaration",) if wrap else ())


@given(reports())
def test_the_tree_is_written_in_whole(report: Report) -> None:
    root = parse(written(report, "full").encode())
    nodes = list(root.iter("activity"))
    found = [(e.get("id"), e.findtext("title"), e.findtext("runtime/suspend_data") or "") for e in nodes]
    assert found == words(report.activity)
    short = list(parse(written(report, "activity").encode()).iter("activity"))
    assert [(e.get("id"), e.findtext("title")) for e in short] == [node[:2] for node in found]
    for node in short:
        assert (node.findtext("time") == "") is (node.find("children/activity") is not None)


STATES = (("complete", "passed"), ("complete", "failed"), ("incomplete", "unknown"), ("unknown", "unknown"))


@given(scores(), st.integers(0, 100_000), st.lists(st.just("SCO"), max_size=4), st.sampled_from(STATES))
def test_a_plausible_report_adds_up(
    score: Decimal | None, totaltime: int, scos: list[str], state: tuple[str, str]
) -> None:
    report = report_for("r1", "Golf", scos, complete=state[0], success=state[1], score=score, totaltime=totaltime)
    parts = report.activity.children
    assert len(parts) == max(len(scos), 1)
    assert len({part.id for part in parts}) == len(parts)
    assert sum(part.seconds for part in parts) == report.activity.seconds_across_attempts == totaltime
    assert all((part.runtime is None) is (part.attempts == 0) for part in parts)
    assert (report.activity.complete, report.activity.success, report.activity.score) == (*state, score)
    assert [problems(written(report, format).encode()) for format in FORMATS] == [(), (), ()]


def test_before_the_first_launch_nothing_is_known_and_nothing_was_stored() -> None:
    fresh = report_for("r1", "Golf", ["a", "b"], learner_id="l1")
    assert (fresh.activity.attempts, [sco.runtime for sco in fresh.activity.children]) == (0, [None, None])
    read = read_report(written(fresh, "full"))
    assert (read.complete, read.success, read.score, read.seconds) == ("unknown", "unknown", "unknown", 0)


def test_a_suspended_sco_keeps_its_data() -> None:
    report = report_for("r1", "G", complete="incomplete", suspended=True, suspend_data="page=2", learner_name="Ada B.")
    root = parse(written(report, "full").encode())
    assert [root.findtext(f".//runtime/{name}") for name in ("entry", "exit", "suspend_data")] == [
        "Resume", "Suspend", "page=2",
    ]  # fmt: skip
    assert root.findtext(".//learner_name") == "Ada B."


@pytest.mark.parametrize(
    ("data", "oddities", "wrapped", "bare"),
    [
        ("{}", (), False, True),
        ("\n {}", ("leading-blanks",), False, False),
        ("\ufeff{}", ("bom",), False, False),
        ("\ufeff<?xml version='1.0'?>{}", ("bom", "declaration"), False, False),
        ('<?xml version="1.0" encoding="iso-8859-1"?>{}', ("declaration",), False, False),
        ("<!-- c -->{}", (), False, False),
        ('<rsp stat="ok">\n  {}\n</rsp>', (), True, False),
        ('<?xml version="1.0" encoding="utf-8" ?>\n<rsp stat="ok">{}</rsp>', ("declaration",), True, False),
        ("<registrationlist><registration>{}</registration></registrationlist>", (), True, False),
    ],
)
def test_a_report_is_found_however_it_is_wrapped(
    data: str, oddities: tuple[str, ...], wrapped: bool, bare: bool
) -> None:
    text = data.format(written(PASSED))
    for read in (read_report(text), read_report(text.encode())):
        assert (read.complete, read.success, read.score, read.seconds) == ("complete", "passed", "85", 324)
        assert (read.oddities, read.wrapped, read.begins_bare) == (oddities, wrapped, bare)


def test_text_keeps_its_letters_whatever_encoding_it_declares() -> None:
    text = '<?xml version="1.0" encoding="iso-8859-1"?><registrationreport regid="é漢"/>'
    assert read_report(text).regid == "é漢"
    assert read_report(text.replace("漢", "").encode("latin-1")).regid == "é"


def test_blanks_cdata_and_order_make_no_difference() -> None:
    read = read_report(
        "<registrationreport regid='r1' format='course'><score> <![CDATA[85]]>\n</score><x/>"
        "<totaltime>\t324 </totaltime><success><![CDATA[passed]]></success><complete>complete</complete>"
        "</registrationreport>"
    )
    assert (read.complete, read.success, read.seconds, read.points) == ("complete", "passed", 324, Decimal(85))
    assert read.instanceid is None


def test_the_format_name_of_2009_is_read_as_the_course_format() -> None:
    read = read_report(written(PASSED).replace('"course"', '"summary"'))
    assert (read.format, read.complete, read.points, read.oddities) == (
        "summary",
        "complete",
        Decimal(85),
        ("old-format",),
    )


def test_of_several_reports_the_first_is_read_and_it_is_said() -> None:
    other = written(replace(PASSED, regid="r2"))
    read = read_report(f"<rsp>{written(PASSED)}{other}</rsp>")
    assert (read.regid, read.oddities) == ("r1", ("several-reports",))


@pytest.mark.parametrize(
    ("full", "four"),
    [
        ("", (None, None, None, None)),
        ("<completed>false</completed><satisfied>false</satisfied>", ("incomplete", "failed", None, None)),
        (
            "<completed>true</completed><attemptprogressstatus>true</attemptprogressstatus>"
            "<satisfied>true</satisfied><progressstatus>true</progressstatus>",
            ("complete", "passed", None, None),
        ),
        (
            "<completed>false</completed><attemptprogressstatus>false</attemptprogressstatus>"
            "<satisfied>false</satisfied><progressstatus>false</progressstatus>",
            ("unknown", "unknown", None, None),
        ),
        (
            "<objectives><objective id='x'><measurestatus>true</measurestatus><normalizedmeasure>1</normalizedmeasure>"
            "</objective><objective id='PRIMARYOBJ'><measurestatus>true</measurestatus>"
            "<normalizedmeasure>0.435</normalizedmeasure></objective></objectives>",
            (None, None, None, "43.5"),
        ),
        (
            "<objectives><objective id='PRIMARYOBJ'><measurestatus>false</measurestatus>"
            "<normalizedmeasure>0.0</normalizedmeasure></objective></objectives>",
            (None, None, None, "unknown"),
        ),
    ],
)
def test_the_flags_of_the_full_format_mean_the_four_elements(full: str, four: tuple[str | None, ...]) -> None:
    read = read_report(f"<registrationreport format='full'><activity id='a'>{full}</activity></registrationreport>")
    assert (read.complete, read.success, read.totaltime, read.score) == four


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0), ("324", 324), ("0000:15:41.98", 941), ("10000:00:00.00", 36_000_000), ("1:02:03", 3723),
        ("", None), ("-1", None), ("3.5", None), ("unknown", None), ("٣", None), ("9" * 13, None),
    ],
)  # fmt: skip
def test_a_time_is_seconds_or_hhhh_mm_ss(text: str, seconds: int | None) -> None:
    assert replace(read_report(written(PASSED)), totaltime=text).seconds == seconds


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("85", 85),
        ("0", 0),
        ("85.5", Decimal("85.5")),
        ("-1", -1),
        ("unknown", None),
        ("", None),
        ("1e9", None),
        ("NaN", None),
    ],
)
def test_a_score_is_a_number_or_not_known(text: str, points: str | None) -> None:
    assert replace(read_report(written(PASSED)), score=text).points == (None if points is None else Decimal(points))


@pytest.mark.parametrize(
    ("data", "refused"),
    [
        ("", "not-xml"),
        ("complete", "not-xml"),
        ("<registrationreport>", "not-xml"),
        ("<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/hostname'>]><registrationreport><complete>&e;</complete>"
         "</registrationreport>", "doctype"),
        ("<!DOCTYPE a><registrationreport/>", "doctype"),
        ("<registrationreport>&e;</registrationreport>", "not-xml"),
        ('<rsp stat="fail"><err code="1" msg="m"/></rsp>', "no-report"),
        ("<html/>", "no-report"),
        ("\ud800", "not-xml"),
        ("<a>" * 2_000_000, "too-large"),
    ],
    ids=str.split("empty words cut xxe doctype entity fail html surrogate deep"),
)  # fmt: skip
def test_what_holds_no_report_is_refused_with_a_reason(data: str, refused: str) -> None:
    read = read_report(data)
    assert (read.refused, read.element, read.complete, read.seconds, read.points) == (refused, None, None, None, None)


@given(st.binary(max_size=200) | st.text(max_size=200) | st.text("<>/&;= 'registrationreport?x!", max_size=80))
def test_reading_never_fails(data: bytes | str) -> None:
    read = read_report(data)
    assert (read.element is None) is bool(read.refused)


def test_a_report_with_five_megabytes_of_suspend_data_is_read_and_validated_in_time() -> None:
    report = report_for("r1", "G", complete="incomplete", totaltime=3, suspend_data="Zm9vé&b" * 650_000)
    data = written(report, "full").encode()
    assert len(data) > 5_000_000
    start = time.perf_counter()
    read = read_report(data)
    took = time.perf_counter() - start
    assert (read.complete, read.refused) == ("incomplete", "")
    assert took < 1
    start = time.perf_counter()
    assert problems(data) == ()
    assert time.perf_counter() - start < 2


@given(durations())
def test_a_written_time_is_read_back_in_whole_seconds(seconds: Decimal) -> None:
    assert replace(read_report(written(PASSED)), totaltime=write_time(seconds)).seconds == int(seconds)
