"""The schema of V1 answers: what it lets through, and that each rule can be broken."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

import fixtures
import schemas
from harness.wire.cloud_v1_answer import fail
from harness.wire.cloud_v1_schema import JOB_STATES, PAYLOADS, problems, schema

VECTORS = Path(fixtures.__file__).parent / "vectors" / "cloud_v1"
XSD = Path(schemas.__file__).parent / "cloud_v1"
JOB = "rustici.course.getAsyncImportResult"


def answer(name: str) -> str:
    return (VECTORS / "answers" / f"{name}.xml").read_text(encoding="utf-8")


def result(name: str) -> str:
    return (VECTORS / "results" / f"{name}.xml").read_text(encoding="utf-8")


def ok(content: str) -> bytes:
    return f'<?xml version="1.0" encoding="utf-8" ?>\n<rsp stat="ok">{content}</rsp>'.encode()


def without(text: str, name: str) -> bytes:
    """Take the first element of a name out of a document."""
    root = etree.fromstring(text.encode())
    for element in list(root.iter(name))[:1]:
        parent = element.getparent()
        assert parent is not None
        parent.remove(element)
    return etree.tostring(root)


def test_the_schema_is_compiled_once() -> None:
    assert schema() is schema()


def test_each_schema_stands_for_itself() -> None:
    report = etree.XMLSchema(file=str(XSD / "registrationreport.xsd"))
    assert report.validate(etree.fromstring(result("full").encode()))


def test_a_failure_as_we_write_it_is_valid() -> None:
    assert problems(fail(104, 'Zoë & "Q" <b>').encode()) == ()


@pytest.mark.parametrize(
    "content",
    [
        '<err code="1" msg="m"/><success />',
        '<success /><err code="1" msg="m"/>',
        "",
        "<success /><pong />",
        "<success /><success />",
        "<success>done</success>",
        "<success />words",
        "<result>True</result>",
        "<result> true</result>",
        '<currenttime tz="UTC">2026-01-01</currenttime>',
        '<currenttime tz="CET">20260101120000</currenttime>',
        "<token><id>\n6a2f\n</id></token>",
        "<token><id></id></token>",
        "<token/>",
        "<location>golf.zip</location>",
        "<registrationreport/>",
        "<surprise/>",
        "<importresult><title>G</title><message>m</message></importresult>",
        '<importresult successful="true"><title></title><message>m</message></importresult>',
        '<attributes><attribute name="x"/></attributes>',
        "<invitationInfo><id>1</id><courseId>c</courseId></invitationInfo>",
        "<dispatches/>",
    ],
)
def test_an_answer_that_breaks_a_rule_has_a_problem(content: str) -> None:
    found = problems(ok(content))
    assert found
    assert all(problem.startswith("/") and "\n" not in problem for problem in found)


@pytest.mark.parametrize(
    "body",
    [
        '<rsp stat="fail"/>',
        '<rsp stat="fail"><success /></rsp>',
        '<rsp stat="fail"><err code="x" msg="m"/></rsp>',
        '<rsp stat="fail"><err code="1"/></rsp>',
        '<rsp stat="fail"><err msg="m"/></rsp>',
        '<rsp stat="fail"><err code="1" msg="m">m</err></rsp>',
        '<rsp stat="fail"><err code="1" msg="m"/><success /></rsp>',
        '<rsp stat="fail"><stacktrace/><err code="1" msg="m"/></rsp>',
        '<rsp stat="OK"><success /></rsp>',
        "<rsp><success /></rsp>",
        "<success />",
        "<!DOCTYPE rsp><rsp stat='ok'><success /></rsp>",
        "<html><body>504",
        "",
    ],
)
def test_an_envelope_that_breaks_a_rule_has_a_problem(body: str) -> None:
    assert problems(body.encode())


@pytest.mark.parametrize("name", ["status", "message", "progress"])
def test_an_import_job_says_state_message_and_progress_in_any_order(name: str) -> None:
    for state in ("created", "running", "finished", "error"):
        body = answer(f"import-{state}")
        assert problems(without(body, name), JOB), state
        root = etree.fromstring(body.encode())
        root[:] = list(reversed(root))
        assert problems(etree.tostring(root), JOB) == ()


def test_an_import_job_has_one_of_four_states_once_and_nothing_beside() -> None:
    body = "<status>{}</status><message>m</message><progress>1</progress>"
    assert all(problems(ok(body.format(state)), JOB) == () for state in JOB_STATES)
    for wrong in ("Finished", "unknown", "", " running"):
        assert problems(ok(body.format(wrong)))
    assert problems(ok(body.format("running") + "<status>running</status>"))
    assert problems(ok(body.format("running") + "<success />"))
    assert problems(ok(body.format("running").replace(">1<", ">101<")))


def test_a_status_alone_is_that_of_an_invitation_but_not_of_a_job() -> None:
    assert problems(ok("<status>complete</status>"), "rustici.invitation.getInvitationStatus") == ()
    assert problems(ok("<status>complete</status>")) == ()
    assert problems(ok("<status>complete</status>"), JOB)


def test_several_import_results_are_one_payload() -> None:
    one = '<importresult successful="true"><title>G</title><message>m</message></importresult>'
    assert problems(ok(one * 3), "rustici.course.importCourse") == ()


@pytest.mark.parametrize("method", sorted(PAYLOADS))
def test_each_method_answers_its_own_payload_alone(method: str) -> None:
    foreign = "<pong />" if "pong" not in PAYLOADS[method] else "<success />"
    assert any(method in problem for problem in problems(ok(foreign), method))
    assert problems(ok(foreign)) == ()
    assert problems(fail(1, "m").encode(), method) == ()


def test_bare_text_is_an_answer_only_where_a_method_answers_text() -> None:
    assert problems(ok("b3e1c2d4"), "rustici.invitation.createInvitation") == ()
    assert problems(ok("b3e1c2d4"), "rustici.registration.exists") == (
        "/rsp: rustici.registration.exists answers result, not text",
    )


REGISTRATION = (
    *("appId", "registrationId", "courseId", "courseTitle", "lastCourseVersionLaunched", "learnerId"),
    *("learnerFirstName", "learnerLastName", "email", "createDate", "firstAccessDate", "lastAccessDate"),
    *("completedDate", "instances"),
)


@pytest.mark.parametrize("element", REGISTRATION)
def test_a_registration_has_every_element_empty_rather_than_missing(element: str) -> None:
    for name in ("registrationlist", "registrationdetail"):
        assert problems(without(answer(name), element))


@pytest.mark.parametrize("element", ["email", "createDate", "firstAccessDate", "lastAccessDate", "completedDate"])
def test_what_a_registration_does_not_know_is_empty(element: str) -> None:
    body = without(answer("registrationlist"), element).replace(b"<instances/>", f"<instances/><{element}/>".encode())
    assert problems(body) == ()


def test_a_registration_holds_nothing_that_clients_do_not_know() -> None:
    assert problems(answer("registrationlist").replace("<instances/>", "<instances/><score>1</score>").encode())
    assert (
        problems(answer("registrationlist").replace("<instances/>", "<instances/><tinCanRegistrationId/>").encode())
        == ()
    )


@pytest.mark.parametrize("element", ["url", "authtype", "login", "password", "resultsformat"])
def test_postback_settings_are_all_there_empty_rather_than_missing(element: str) -> None:
    body = answer("postbackinfo")
    assert problems(without(body, element))
    emptied = etree.fromstring(body.encode())
    for found in emptied.iter(element):
        found.text = ""
    assert problems(etree.tostring(emptied)) == ()


@pytest.mark.parametrize("date", ["2011-07-25 20:05:01", "2011-07-25T20:05:01Z", "2011-07-25T20:05:01+0000", "now"])
def test_a_date_has_milliseconds_and_an_offset(date: str) -> None:
    assert problems(answer("registrationlist").replace("2011-07-25T20:05:01.000+0000", date).encode())


@pytest.mark.parametrize("attribute", ["id", "title", "versions", "registrations", "size"])
def test_a_course_has_five_attributes_and_no_other(attribute: str) -> None:
    for name in ("courselist", "coursedetail"):
        root = etree.fromstring(answer(name).encode())
        for course in root.iter("course"):
            del course.attrib[attribute]
        assert problems(etree.tostring(root))
    assert problems(answer("courselist").replace("size=", 'colour="red" size=').encode())


def test_the_detail_of_a_course_has_versions_as_attribute_and_as_element() -> None:
    assert problems(without(answer("coursedetail"), "versions"))


@pytest.mark.parametrize("element", ["complete", "success", "totaltime", "score"])
def test_the_course_format_has_four_elements(element: str) -> None:
    assert problems(without(result("course"), element))
    assert problems(without(answer("registrationlist-results"), element))


@pytest.mark.parametrize("attribute", ["format", "regid", "instanceid"])
def test_a_report_has_three_attributes(attribute: str) -> None:
    for name in ("course", "activity", "full"):
        root = etree.fromstring(result(name).encode())
        del root.attrib[attribute]
        assert problems(etree.tostring(root))


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        (">complete<", ">Complete<"),
        (">complete<", "><"),
        (">passed<", ">true<"),
        (">324<", ">324.5<"),
        (">324<", ">0000:05:24.00<"),
        (">324<", "> 324 <"),
        (">85<", ">101<"),
        (">85<", ">-1<"),
        (">85<", "><"),
        (">85<", ">Unknown<"),
        (">85<", ">85%<"),
        ('"course"', '"activity"'),
        ('"course"', '"xml"'),
        ('instanceid="0"', 'instanceid=""'),
        ("<score>85</score>", "<score>85</score><score>85</score>"),
        ("<score>85</score>", "<score>85</score><note/>"),
    ],
)
def test_a_value_outside_its_space_is_a_problem(good: str, bad: str) -> None:
    body = result("course")
    assert good in body
    assert problems(body.replace(good, bad).encode())
    assert problems(ok(body.replace(good, bad)))


@pytest.mark.parametrize("score", ["0", "100", "85.5", "0.85", "100.0", "unknown", "043"])
def test_a_score_is_a_number_of_0_to_100_or_unknown(score: str) -> None:
    assert problems(result("course").replace(">85<", f">{score}<").encode()) == ()


@pytest.mark.parametrize("element", ["title", "attempts", "complete", "success", "time", "score", "children"])
def test_each_node_of_the_activity_format_has_its_elements(element: str) -> None:
    root = etree.fromstring(result("activity").encode())
    for activity in root.iter("activity"):
        found = activity.find(element)
        assert found is not None
        if not len(found):
            activity.remove(found)
    assert problems(etree.tostring(root))


@pytest.mark.parametrize("element", ["title", "satisfied", "completed", "progressstatus", "attempts", "suspended"])
def test_a_node_of_the_full_format_has_its_elements(element: str) -> None:
    assert problems(without(result("full"), element))


def test_the_formats_are_not_mixed() -> None:
    assert problems(result("activity").replace('format="activity"', 'format="full"').encode())
    assert problems(result("full").replace('format="full"', 'format="activity"').encode())
    assert problems(result("course").replace("<score>", '<activity id="a"/><score>').encode())
    assert problems(result("full").replace("0000:00:04.47", "PT4S").encode())
    assert problems(result("full").replace(">true<", ">True<").encode())


def test_a_problem_names_its_place() -> None:
    (only,) = problems(ok(result("course").replace(">85<", ">101<")))
    assert only.startswith("/rsp/registrationreport/score: ")


def test_a_long_value_is_not_repeated_in_whole() -> None:
    assert all(len(problem) < 500 for problem in problems(ok(f"<progress>{'9' * 100_000}</progress>")))


@given(st.binary(max_size=100) | st.text("<>/=' rspstatokfailerr\"", max_size=60).map(str.encode))
def test_judging_never_fails(body: bytes) -> None:
    assert isinstance(problems(body), tuple)
