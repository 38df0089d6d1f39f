"""What the suite of cloud-v1 says of the form of answers: each rule on both sides of its boundary."""

from __future__ import annotations

from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from suites.cloud_v1 import test_envelope
from suites.cloud_v1.scenarios_envelope import NAME, SURNAME
from tests.suites.forging_cloud_v1 import PASSES, PONG, PROLOG, UNTESTABLE, Answer, fail, ok, story
from tests.suites.forging_cloud_v1 import said as judged

BEGINS = "test_an_answer_begins_with_a_declaration_and_is_an_rsp"
BETWEEN = "test_nothing_stands_between_declaration_and_rsp"
ERR = "test_a_failure_holds_err_first"
BLANKS = "test_no_white_space_stands_between_elements"
NAMES = "test_names_come_back_as_they_were_given"
STATUS = "test_a_failure_is_told_with_http_200"
LABEL = "test_an_answer_is_labelled_as_xml_in_utf_8"
EXACT = "test_simple_answers_are_written_exactly"
DATES = "test_dates_are_written_with_milliseconds_and_offset"
LIST = ok("<courselist><course id='c'><tags/></course></courselist>")
ANSWERS = sorted(Path(str(files("fixtures") / "vectors/cloud_v1/answers")).glob("*.xml"))


def said(name: str, answer: Answer, **more: Any) -> str:
    return judged(test_envelope, name, story({**more, "one": answer}))


@pytest.mark.parametrize("path", ANSWERS, ids=lambda path: path.stem)
def test_answers_of_the_live_service_are_accused_of_nothing(path: Path) -> None:
    body = path.read_bytes()
    for name in (BEGINS, BETWEEN, ERR, STATUS, LABEL, EXACT):
        assert said(name, body) == PASSES
    assert said(BLANKS, body, other=LIST) == PASSES
    assert (
        said(DATES, body, other=ok("<course><createDate>2011-07-25T20:05:01.000+0000</createDate></course>")) == PASSES
    )


@pytest.mark.parametrize("name", [BEGINS, BETWEEN, ERR, BLANKS, STATUS, LABEL, EXACT, DATES])
@pytest.mark.parametrize(
    "both",
    [
        (None, None),
        ((500, b"<html><title>500</title></html>", "text/html"),) * 2,
        (fail(201), fail(201)),
        (PONG, PONG),
        (b"", b""),
        ((404, b"not found", "text/plain"),) * 2,
    ],
    ids=["silent", "falls-over", "refuses-all", "takes-all", "empty", "elsewhere"],
)
def test_a_server_that_does_not_work_is_accused_of_nothing_here(name: str, both: tuple[Answer, Answer]) -> None:
    assert said(name, both[0], twin=both[0], flipped=both[1]) == UNTESTABLE


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (PONG, PASSES),
        (PROLOG.rstrip() + b"<rsp stat='ok'/>", PASSES),
        (b"\xef\xbb\xbf" + PONG, "no-declaration"),
        (b"\n" + PONG, "no-declaration"),
        (PONG.removeprefix(PROLOG), "no-declaration"),
        (PROLOG + b"<pong />", "no-rsp"),
        (PROLOG + b"<rsp stat='OK'><pong /></rsp>", "wrong-stat"),
        (PROLOG + b"<rsp><pong /></rsp>", "wrong-stat"),
        (PROLOG + b"<rsp stat='ok'><a></rsp>", "not-xml"),
        (PROLOG + b"<!-- c --><rsp stat='ok'/>", PASSES),
        (PROLOG + b"<!DOCTYPE rsp><rsp stat='ok'/>", PASSES),
        ((504, b"<!DOCTYPE html><html></html>", "text/html"), PASSES),
        ((404, b"no such thing", "text/plain"), PASSES),
        (None, PASSES),
    ],
)
def test_a_declaration_and_an_rsp_are_demanded_of_xml(answer: Answer, verdict: str) -> None:
    assert said(BEGINS, answer) == verdict


@pytest.mark.parametrize(
    ("between", "verdict"),
    [
        (b"", PASSES),
        (b"\r\n \n", PASSES),
        (b"<!-- c -->", "prologue"),
        (b"<?x y?>\n", "prologue"),
        (b"<!DOCTYPE rsp>", "prologue"),
    ],
)
def test_only_white_space_stands_before_rsp(between: bytes, verdict: str) -> None:
    assert said(BETWEEN, PROLOG + between + b'<rsp stat="ok"><a/></rsp>') == verdict


@pytest.mark.parametrize(
    ("inner", "verdict"),
    [
        ('<err code="1" msg="x" />', PASSES),
        ('<err msg="" code="1"/><err code="2" msg="y"/><stacktrace/>\n', PASSES),
        ('\n<err code="1" msg="x" />', "white-space"),
        ('<stacktrace/><err code="1" msg="x" />', "err-not-first"),
        ('<!-- c --><err code="1" msg="x" />', "err-not-first"),
        ("", "err-not-first"),
        ('<err code="E1" msg="x" />', "no-code"),
        ('<err msg="x" />', "no-code"),
        ('<err code="1" />', "no-msg"),
    ],
)
def test_a_failure_holds_err(inner: str, verdict: str) -> None:
    assert said(ERR, PROLOG + f'<rsp stat="fail">{inner}</rsp>'.encode()) == verdict


@pytest.mark.parametrize(
    ("inner", "verdict"),
    [
        ("<a><b/><c>  </c></a>", PASSES),
        ("<a>\n<b/></a>", "white-space"),
        ("<a><b/> <c/></a>", "white-space"),
        ("<a><b><c/><d/>\t</b></a>", "white-space"),
        ("\n<a><b/></a>\n", PASSES),
        ("<a><b/>text</a>", PASSES),
        ("<a>  </a>", UNTESTABLE),
    ],
)
def test_white_space_is_judged_between_elements_alone(inner: str, verdict: str) -> None:
    assert said(BLANKS, ok(inner)) == verdict


def named(first: str, last: str) -> str:
    pair = f"<learnerFirstName>{first}</learnerFirstName><learnerLastName>{last}</learnerLastName>"
    return f"<registration>{pair}</registration>"


def read_back(odd: str, listed: str = "", **changes: Answer) -> str:
    plain = named("Ada", "Byron")
    steps: dict[str, Answer] = {
        "plain-detail": ok(plain), "plain-list": ok(f"<registrationlist>{plain}</registrationlist>"),
        "odd-create": ok("<success />"), "odd-detail": ok(odd),
        "odd-list": ok(f"<registrationlist>{listed or odd}</registrationlist>"),
    }  # fmt: skip
    return judged(test_envelope, NAMES, story(steps | {name.replace("_", "-"): changes[name] for name in changes}))


def test_names_may_be_escaped_or_stand_in_cdata() -> None:
    escaped = named(escape(NAME), escape(SURNAME))
    cdata = named(f"<![CDATA[{NAME}]]>", f"<![CDATA[{SURNAME.replace(']]>', ']]]]><![CDATA[>')}]]>")
    references = named(*("".join(f"&#{ord(letter)};" for letter in text) for text in (NAME, SURNAME)))
    assert [read_back(odd) for odd in (escaped, cdata, references)] == [PASSES] * 3


def test_names_that_come_back_otherwise_are_seen() -> None:
    right = named(escape(NAME), escape(SURNAME))
    assert read_back(named(escape(escape(NAME)), escape(SURNAME))) == "other-name"
    assert read_back(right, named("Zo", "O'Neil")) == "other-name"
    assert read_back(right, odd_detail=ok(right).replace("ë".encode(), b"\xeb")) == "not-utf-8"
    assert read_back(right, odd_detail=ok(named(NAME, ""))) == "other-name"
    assert read_back(right, plain_detail=fail(202), odd_detail=fail(202)) == PASSES
    assert read_back(right, plain_detail=fail(202), plain_list=fail(202)) == UNTESTABLE
    assert read_back(right, odd_create=fail(205)) == UNTESTABLE


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (fail(1), PASSES),
        ((404, fail(1), "text/xml"), "http-status"),
        ((500, b"<html></html>", "text/html"), PASSES),
    ],
)
def test_the_status_of_failures_is_judged_where_a_code_is_told(answer: Answer, verdict: str) -> None:
    assert said(STATUS, answer) == verdict


@pytest.mark.parametrize(
    ("label", "verdict"),
    [
        ("text/xml; charset=utf-8", PASSES),
        ("Text/XML;charset=UTF-8", PASSES),
        ('text/xml; charset="utf-8"', PASSES),
        ("text/xml", f"{PASSES}, content-type"),
        ("application/xml; charset=utf-8", f"{PASSES}, content-type"),
        ("", f"{PASSES}, content-type"),
    ],
)
def test_another_label_is_remarked_and_no_more(label: str, verdict: str) -> None:
    assert said(LABEL, (200, PONG, label)) == verdict


@pytest.mark.parametrize(
    ("inner", "verdict"),
    [
        ("<success />", PASSES),
        ("<result>true</result>", PASSES),
        ("<result>false</result>", PASSES),
        ("<success/>", "not-exact"),
        ("<result>True</result>", "not-exact"),
        ("<result> false </result>", "not-exact"),
        ("<result/>", "not-exact"),
        ("<courselist/>", PASSES),
    ],
)
def test_simple_answers_have_one_spelling(inner: str, verdict: str) -> None:
    assert said(EXACT, ok(inner)) == verdict


def test_a_ping_that_holds_no_pong_is_seen() -> None:
    assert said(EXACT, ok("<success />"), twin=ok("")) == "no-pong"


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("2011-07-25T20:05:01.000+0000", PASSES),
        (" <![CDATA[2011-07-25T20:05:01.000+0000]]> ", PASSES),
        ("2011-07-25T20:05:01+0000", "wrong-date"),
        ("2011-07-25T20:05:01.000Z", "wrong-date"),
        ("2011-07-25T20:05:01.000+0100", "wrong-date"),
        ("never", "wrong-date"),
        ("", UNTESTABLE),
    ],
)
def test_dates_have_one_form_or_are_empty(text: str, verdict: str) -> None:
    assert said(DATES, ok(f"<course><createDate>{text}</createDate><updateDate/></course>")) == verdict


@pytest.mark.parametrize(("answer", "verdict"), [(fail(203), PASSES), (fail(205), "wrong-code"), (PONG, "accepted")])
def test_a_missing_argument_has_its_code(answer: Answer, verdict: str) -> None:
    record = story({"called": answer, "whole": PONG}, {"codes": [203]})
    assert judged(test_envelope, "test_a_call_that_cannot_be_made_is_refused_by_its_code", record) == verdict
