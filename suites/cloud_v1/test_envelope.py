"""What an answer looks like, as clients of many makes have to read it (SCORM Cloud "Debug Service" V1)."""

from __future__ import annotations

from harness.judging.expect import control, expect, remark
from harness.judging.suite import checks
from harness.subjects.cloud_v1_records import Called, Story
from suites.cloud_v1.rules import control_ok, refused
from suites.cloud_v1.rules_access import looked_at
from suites.cloud_v1.rules_envelope import DATE, DATES, FAIL, PROLOG, answers, blanks, failures, payloads, problem
from suites.cloud_v1.scenarios_envelope import NAME, SURNAME

TRUE, FALSE = b"<result>true</result>", b"<result>false</result>"
EXACT = {"success": b"<success />", "pong": b"<pong />", "result": TRUE}


@checks("CLOUD-ENV-01")
def test_an_answer_begins_with_a_declaration_and_is_an_rsp(spoken: Story) -> None:
    """An answer begins with <?xml, and its root is rsp with a stat of ok or fail."""
    for called in answers(spoken):
        begins, wrong = called.body[:40], problem(called)
        expect(begins.startswith(b"<?xml"), "no-declaration", expected="<?xml first", got=begins, at=called.at)
        expect(not wrong, "not-xml", expected="XML", got=wrong, at=called.at)
        if not PROLOG.match(called.body):
            expect(b"<rsp" in called.body, "no-rsp", expected="the root rsp", got=called.got, at=called.at)
            continue
        stat = (called.rsp.root.get("stat") or "") if called.rsp.root is not None else called.rsp.stat
        if called.rsp.refused != "doctype":
            expect(stat in ("ok", "fail"), "wrong-stat", expected="ok or fail", got=stat, at=called.at)


@checks("CLOUD-ENV-02")
def test_nothing_stands_between_declaration_and_rsp(spoken: Story) -> None:
    """Between the declaration and rsp stands no comment, no instruction and no document type."""
    for called in answers(spoken):
        found = PROLOG.search(called.body)
        between = found[1].strip() if found else b""
        expect(not between, "prologue", expected="nothing but white space", got=between, at=called.at)


@checks("CLOUD-ENV-03")
def test_a_failure_holds_err_first(spoken: Story) -> None:
    """The first child of a failure is err, right behind rsp, with an integer code and a msg."""
    for called in failures(spoken):
        found = FAIL.search(called.body)
        expect(
            found is not None and not found[1].strip(), "err-not-first", expected="err", got=called.got, at=called.at
        )
        expect(found and not found[1], "white-space", expected="<rsp ...><err", got=called.body[:200], at=called.at)
        err = called.rsp.find("err")
        expect(called.code is not None, "no-code", expected="an integer", got=err.get("code"), at=called.at)
        expect(err.get("msg") is not None, "no-msg", expected="a msg", got=called.got, at=called.at)


@checks("CLOUD-ENV-04")
def test_no_white_space_stands_between_elements(spoken: Story) -> None:
    """In lists and results no white space stands between elements."""
    nested = [(c, payload) for c in answers(spoken) if c.is_ok for payload in payloads(c) if len(payload)]
    control(nested, "some answer holds a list or a result")
    for called, payload in nested:
        where = next(blanks(payload), "")
        expect(not where, "white-space", expected="no white space", got=where, at=called.at)


def _names(called: Called, path: str) -> tuple[str | None, str | None]:
    return called.rsp.text(f"{path}/learnerFirstName"), called.rsp.text(f"{path}/learnerLastName")


@checks("CLOUD-ENV-05")
def test_names_come_back_as_they_were_given(named_learners: Story) -> None:
    """Answers are UTF-8, and names with markup, quotes and any script come back as they were given."""
    looked_at(named_learners)
    paths = {"detail": "registration", "list": "registrationlist/registration"}
    plain = [step for step, path in paths.items() if _names(named_learners[f"plain-{step}"], path) == ("Ada", "Byron")]
    control(plain, "plain names come back")
    control_ok(named_learners["odd-create"], "a registration with odd names is created")
    for step in plain:
        called = named_learners[f"odd-{step}"]
        text = called.body.decode("utf-8", "replace")
        expect("�" not in text, "not-utf-8", expected="UTF-8", got=called.got, at=called.at)
        got = _names(called, paths[step])
        expect(got == (NAME, SURNAME), "other-name", expected=(NAME, SURNAME), got=got, at=called.at)


@checks("CLOUD-ENV-06")
def test_a_failure_is_told_with_http_200(spoken: Story) -> None:
    """A call that fails for a reason that its code tells is answered with HTTP 200."""
    for called in failures(spoken):
        expect(called.status == 200, "http-status", expected=200, got=called.got, at=called.at)


@checks("CLOUD-ENV-07")
def test_an_answer_is_labelled_as_xml_in_utf_8(spoken: Story) -> None:
    """An answer is labelled as text/xml in UTF-8."""
    for called in answers(spoken):
        label = (called.response.header("Content-Type") or "") if called.response else ""
        media, _, rest = label.lower().partition(";")
        right = media.strip() == "text/xml" and "utf-8" in rest
        remark("content-type", unless=right, got=label, at=called.at)


@checks("CLOUD-ENV-08", "CLOUD-ENV-09")
def test_a_call_that_cannot_be_made_is_refused_by_its_code(unknown_calls: Story) -> None:
    """A call without a method, of an unknown method or without a required argument is refused with the code of that."""
    looked_at(unknown_calls)
    control_ok(unknown_calls["whole"], "a whole call succeeds")
    refused(unknown_calls["called"], *(int(code) for code in unknown_calls.case["codes"]))


@checks("CLOUD-ENV-09")
def test_a_registration_needs_an_id(created_wrongly: Story) -> None:
    """createRegistration without regid is refused with 203."""
    looked_at(created_wrongly)
    control_ok(created_wrongly["whole"], "a registration is created")
    refused(created_wrongly["no-regid"], 203)


@checks("CLOUD-ENV-10")
def test_an_invalid_value_is_refused(created_wrongly: Story) -> None:
    """A results format that there is not is refused with 205."""
    looked_at(created_wrongly)
    control_ok(created_wrongly["whole"], "a registration is created with a results format")
    refused(created_wrongly["bogus"], 205)


@checks("CLOUD-ENV-11")
def test_simple_answers_are_written_exactly(spoken: Story) -> None:
    """The answers success, result and pong are written as <success />, <result>true</result> and <pong />."""
    simple = [(called, str(p.tag)) for called in answers(spoken) if called.is_ok for p in payloads(called)]
    pairs = [(called, name) for called, name in simple if name in EXACT]
    control(pairs, "some call gives a simple answer")
    for called, name in pairs:
        false = (called.rsp.text("result") or "").lower() == "false"
        wanted = EXACT[name] if name != "result" else FALSE if false else TRUE
        expect(wanted in called.body, "not-exact", expected=wanted, got=called.got, at=called.at)
    empty = [called for step in ("twin", "ping") if step in spoken for called in [spoken[step]] if called.is_ok]
    for called in empty:
        expect(EXACT["pong"] in called.body, "no-pong", expected=EXACT["pong"], got=called.got, at=called.at)


@checks("CLOUD-ENV-12")
def test_dates_are_written_with_milliseconds_and_offset(spoken: Story) -> None:
    """Dates of courses, registrations and launches have milliseconds and +0000, or are empty."""
    found = [
        (called, str(element.tag), (element.text or "").strip())
        for called in answers(spoken) if called.is_ok and called.rsp.root is not None
        for element in called.rsp.root.iter() if element.tag in DATES
    ]  # fmt: skip
    control(any(text for _, _, text in found), "some answer holds a date")
    for called, tag, text in found:
        wanted = f"{tag}: yyyy-MM-ddTHH:mm:ss.SSS+0000"
        expect(not text or DATE.fullmatch(text), "wrong-date", expected=wanted, got=text, at=called.at)
