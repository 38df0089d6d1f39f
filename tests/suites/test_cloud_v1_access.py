"""What the suite of cloud-v1 says of who is let in, and what its own signer is told when it is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

import pytest

from harness.evidence.journal import Journal
from harness.judging.judge import FOUND, Outcome, judge
from harness.judging.profiles import load_profile
from harness.judging.suite import Case
from harness.net.clock import OffsetClock
from harness.net.loop import Loop
from harness.subjects import cloud_v1 as driver
from harness.subjects.cloud_v1_records import Story
from harness.subjects.config import Config
from harness.subjects.opening import Opening, open_driver
from harness.subjects.targets import TargetSpec
from harness.wire.binding import Pairs
from harness.wire.cloud_v1 import canonical_by_case, digest, signed
from suites.cloud_v1 import scenarios_access, test_access, test_endpoint, test_time
from suites.cloud_v1.calls import addresses, flipped
from tests.suites.forging_cloud_v1 import PASSES, PONG, UNTESTABLE, Answer, check_of, fail, ok, said, story

SIGNED = "test_a_right_signature_is_accepted"
FALSE, TRUE = ok("<result>false</result>"), ok("<result>true</result>")
HTML = (500, b"<html><title>500</title></html>", "text/html")


@pytest.fixture(scope="module")
def loop() -> Iterable[Loop]:
    with Loop() as made:
        yield made


def acted(loop: Loop, name: str) -> Outcome:
    """Return what is said of a case of signing against the right mock, by the driver as it is."""
    case = next(case for case in scenarios_access.SIGNING if case.name == name)
    return loop.run(_acted(case))


async def _acted(case: Case) -> Outcome:
    clock = OffsetClock()
    journal = Journal(clock.now)
    profile = load_profile("scorm-cloud")
    opening = Opening(
        TargetSpec("mock", "mock", profile.name),
        journal,
        profile.for_subject("cloud-v1"),
        b"",
        Config("test", {}),
        clock,
    )
    opened = await open_driver("cloud-v1", opening)
    try:
        context = opened.begin("signing", case.name, case.values)
        await scenarios_access.signing(context, case)
    finally:
        await opened.stop()
    record = Story.from_entries(journal.of("signing", case.name))
    return judge(check_of(test_access, SIGNED), {"signing": record})


def signer(hashed: Callable[[Pairs], str]) -> Callable[[Iterable[tuple[str, str]], str, str, datetime], Pairs]:
    """Return a signer for the driver that hashes another string."""

    def sign(pairs: Iterable[tuple[str, str]], appid: str, secret: str, instant: datetime) -> Pairs:
        *counted, _ = signed(pairs, appid, secret, instant)
        return (*counted, ("sig", digest(hashed(tuple(counted)), secret)))

    return sign


@pytest.mark.parametrize("name", ["A-plain", "B-odd-value", "C-mixed-case", "F-empty-values"])
def test_the_suite_signs_as_the_mock_does(loop: Loop, name: str) -> None:
    assert acted(loop, name).status == "ok"


@pytest.mark.parametrize("name", ["C-mixed-case", "D-tags"])
def test_a_signer_that_sorts_by_case_is_refused_by_the_mock(
    loop: Loop, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driver, "signed", signer(canonical_by_case))
    outcome = acted(loop, name)
    assert outcome.status == FOUND
    assert outcome.finding is not None
    assert "fail 104" in outcome.finding.got


@pytest.mark.parametrize("name", ["A-plain", "B-odd-value", "E-several-values"])
def test_a_signer_that_does_not_sort_shows_nothing_about_the_server(
    loop: Loop, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driver, "signed", signer(lambda pairs: "".join(a + b for a, b in pairs)))
    assert acted(loop, name).status == UNTESTABLE


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (FALSE, PASSES),
        (fail(1), PASSES),
        (fail(205), PASSES),
        (fail(104), "refused"),
        (fail(100), "refused"),
        (fail(202), UNTESTABLE),
        (HTML, "no-rsp"),
        (None, "no-response"),
    ],
)
def test_let_in_is_whoever_is_not_refused_by_authentication(answer: Answer, verdict: str) -> None:
    assert said(test_access, SIGNED, story({"signed": answer})) == verdict


@pytest.mark.parametrize(("twin", "wrong"), [(fail(201), fail(201)), (PONG, PONG), (HTML, HTML), (None, None)])
def test_a_server_that_looks_at_no_signature_or_at_no_call_earns_nothing(twin: Answer, wrong: Answer) -> None:
    steps = {"twin": twin, "flipped": wrong, "signed": PONG, "posted": PONG, "called": PONG, "dated": PONG}
    record = story(steps, {"minutes": 0})
    for module, name in (
        (test_access, SIGNED),
        (test_access, "test_decoded_utf_8_is_what_is_signed"),
        (test_access, "test_ping_and_get_time_ask_for_no_authentication"),
        (test_endpoint, "test_a_post_may_have_its_parameters_in_query_or_body"),
        (test_time, "test_a_call_within_the_window_is_accepted"),
    ):
        assert said(module, name, record) == UNTESTABLE


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [(fail(104), PASSES), (fail(103), "wrong-code"), (PONG, "accepted"), ((403, b"", ""), "no-rsp")],
)
def test_a_refusal_has_its_code(answer: Answer, verdict: str) -> None:
    record = story({"broken": answer}, {"codes": [104]})
    assert said(test_access, "test_wrong_authentication_is_refused_by_its_code", record) == verdict


@pytest.mark.parametrize(
    ("answer", "verdict"), [(fail(101), PASSES), ((401, b"", ""), PASSES), (HTML, PASSES), (PONG, "accepted")]
)
def test_an_auth_ping_without_authentication_may_fail_in_any_way(answer: Answer, verdict: str) -> None:
    assert said(test_access, "test_auth_ping_asks_for_authentication", story({"bare": answer})) == verdict


@pytest.mark.parametrize(
    ("lower", "upper", "verdict"),
    [
        (FALSE, FALSE, PASSES),
        (fail(104), FALSE, "refused"),
        (FALSE, fail(104), "refused"),
        (fail(1), fail(1), UNTESTABLE),
    ],
)
def test_hex_digits_are_judged_in_both_cases(lower: Answer, upper: Answer, verdict: str) -> None:
    record = story({"lower": lower, "upper": upper})
    assert said(test_access, "test_hex_digits_of_either_case_are_accepted", record) == verdict


CROSSED: dict[str, Answer] = {
    "other-app": PONG, "own-course": TRUE, "own-registration": TRUE, "other-course": FALSE,
    "other-registration": fail(1), "other-result": fail(1), "other-list": ok("<registrationlist />"), "still": TRUE,
}  # fmt: skip


@pytest.mark.parametrize(
    ("step", "answer", "verdict"),
    [
        ("still", TRUE, PASSES),
        ("other-course", fail(1), PASSES),
        ("other-course", TRUE, "course-visible"),
        ("other-registration", TRUE, "registration-visible"),
        ("other-result", ok("<registrationreport/>"), "result-visible"),
        ("other-list", ok("<registrationlist><registration id='r'/></registrationlist>"), "listed"),
        ("other-list", fail(202), PASSES),
        ("still", FALSE, "deleted"),
        ("own-registration", FALSE, UNTESTABLE),
        ("other-app", fail(104), UNTESTABLE),
    ],
)
def test_another_application_sees_nothing(step: str, answer: Answer, verdict: str) -> None:
    record = story({**CROSSED, step: answer})
    assert said(test_access, "test_objects_of_one_application_are_invisible_to_another", record) == verdict


def placed(**changes: Answer) -> Story:
    steps: dict[str, Answer] = {}
    for place in ("api", "engine", "doubled"):
        steps |= {f"{place}-twin": PONG, f"{place}-flipped": fail(104), f"{place}-exists": FALSE}
        steps |= {f"{place}-no-such": fail(202)}
    return story(steps | {name.replace("_", "-"): answer for name, answer in changes.items()})


def test_each_address_is_judged_by_itself() -> None:
    gone: Answer = (404, b"", "")
    no_api = placed(api_twin=gone, api_flipped=gone, api_exists=gone)
    checked = "test_the_api_is_served_at_its_documented_path"
    assert said(test_endpoint, checked, placed()) == PASSES
    assert said(test_endpoint, checked, no_api) == "no-rsp"
    assert said(test_endpoint, "test_a_doubled_slash_leads_to_the_api", no_api) == PASSES
    assert said(test_endpoint, "test_the_api_is_served_at_the_path_of_the_client_libraries", no_api) == UNTESTABLE


def test_the_two_paths_answer_alike_in_substance() -> None:
    checked = "test_the_api_is_served_at_the_path_of_the_client_libraries"
    other_words = fail(202, "another text")
    assert said(test_endpoint, checked, placed(engine_no_such=other_words)) == PASSES
    assert said(test_endpoint, checked, placed(engine_no_such=fail(200))) == "other-answer"
    assert said(test_endpoint, checked, placed(engine_exists=TRUE)) == "other-answer"


@pytest.mark.parametrize(
    "url",
    ["http://h:81/api", "http://h:81/api/", "http://h:81/EngineWebServices/api", "http://h:81/EngineWebServices//api",
     "http://h:81/other/path?x=1"],
)  # fmt: skip
def test_the_addresses_follow_from_any_of_them(url: str) -> None:
    engine = "http://h:81/EngineWebServices"
    assert addresses(url) == {"api": "http://h:81/api", "engine": f"{engine}/api", "doubled": f"{engine}//api"}


def test_a_server_below_a_path_keeps_it() -> None:
    assert addresses("https://h/cloud/EngineWebServices/api")["api"] == "https://h/cloud/api"


def test_a_flipped_signature_differs_in_one_digit() -> None:
    for digit in "0123456789abcdefABCDEF":
        ((_, sig),) = flipped((("sig", "aa" + digit),))
        assert len(sig) == 3
        assert sig[:2] == "aa"
        assert sig[2] != digit
