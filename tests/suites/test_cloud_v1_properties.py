"""Properties of the V1 suite: the right mock has them all, counterexamples are shrunk, and stored runs judge alike."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.evidence.entries import AnyEntry, Event, Exchange
from harness.evidence.journal import Journal, read_journal
from harness.judging.judge import Outcome
from harness.judging.properties import why_not
from harness.judging.run import Options, Run, rejudging
from harness.net.loop import Loop
from harness.subjects.cloud_v1_examples import CloudExamples
from harness.subjects.cloud_v1_records import Story
from harness.wire.binding import encode_query
from suites.cloud_v1.rules_histories import DELETED, RESET, compared, parts_from_the_model
from tests.mocks.conftest import NOW

SCENARIOS = ("id_pairs", "sound_calls", "bent_signatures", "flawed_calls", "hostile_calls", "histories")


def judged(name: str, folder: Path, *scenarios: str, seed: int = 1) -> dict[tuple[str, str], Outcome]:
    """Try properties on a mock with a fault; return the outcomes by check and case, live and rejudged alike."""
    wanted = scenarios or SCENARIOS
    with Loop() as loop:
        run = Run.prepare(Options("cloud-v1", name, seed=seed, folder=folder, budget="proof"), loop)
        try:
            run.begin()
            run.act([run.suite.scenarios[needed] for needed in wanted])
        finally:
            run.close()
        checks = [check for check in run.suite.checks if set(check.scenarios) <= set(wanted)]
        live = {(c.name, case.name): run.judging().outcome(c, case) for c in checks for case in run.suite.cases(c)}
    stored = rejudging(read_journal(folder / "journal.ndjson"))
    again = {(c.name, case.name): stored.outcome(c, case) for c in checks for case in stored.suite.cases(c)}
    assert live == again
    return live


@pytest.mark.parametrize("seed", [7])
def test_the_right_mock_has_every_property_whatever_the_seed(seed: int, tmp_path: Path) -> None:
    outcomes = judged("mock", tmp_path, seed=seed)
    assert len(outcomes) == 20
    assert {key: (found.why, found.reasons) for key, found in outcomes.items() if found.status != "ok"} == {}
    assert all(not found.remarks for found in outcomes.values())


@pytest.mark.parametrize(
    "variant", ["v1.signature_order=lenient", "v1.indent=true", "v1.delete_cache=3600", "v1.result_lag=3600"]
)
def test_what_a_server_may_do_is_no_fault(variant: str, tmp_path: Path) -> None:
    name, _, value = variant.partition("=")
    typed: Any = {"true": True, "3600": 3600.0}.get(value, value)
    with Loop() as loop:
        options = Options("cloud-v1", "mock", seed=3, folder=tmp_path, budget="proof", settings={name: typed})
        run = Run.prepare(options, loop)
        try:
            run.begin()
            run.act([run.suite.scenarios[needed] for needed in ("id_pairs", "bent_signatures", "histories")])
        finally:
            run.close()
        found = [
            run.judging().outcome(check, case)
            for check in run.suite.checks
            if set(check.scenarios) <= {"id_pairs", "bent_signatures", "histories"}
            for case in run.suite.cases(check)
        ]
    assert {outcome.status for outcome in found} == {"ok"}
    remarks = {remark.reason for outcome in found for remark in outcome.remarks}
    assert remarks <= ({"still-taken"} if name == "v1.delete_cache" else set())


def test_a_counterexample_is_shrunk_to_what_matters(tmp_path: Path) -> None:
    outcome = judged("mock:scorm-cloud+v1.ids-trimmed", tmp_path, "id_pairs")[
        "test_every_id_comes_back_as_it_was_given", ""
    ]
    assert outcome.reasons == {"changed-id"}
    record = CloudExamples.from_entries(read_journal(tmp_path / "journal.ndjson").of("id_pairs", ""))
    shrunk = record.described[record.falsified]
    assert (str(shrunk["head"]).strip(), str(shrunk["tail"]).strip()) == ("", "")
    assert shrunk["head"] or shrunk["tail"]
    assert next(iter(record.steps)) == record.falsified


def test_a_history_is_shrunk_to_few_calls(tmp_path: Path) -> None:
    outcomes = judged("mock:scorm-cloud+v1.ten-on-a-page", tmp_path, "histories")
    red = {check for (check, _), outcome in outcomes.items() if outcome.status != "ok"}
    assert red == {"test_in_any_history_a_list_holds_what_is_there"}


def test_a_server_that_refuses_all_is_not_accused(tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("harness.subjects.cloud_v1.CloudDriver.smoke", _no_smoke)
        outcomes = judged("mock:scorm-cloud+v1.refuses-all", tmp_path)
    assert {outcome.status for outcome in outcomes.values()} <= {"untestable"}


async def _no_smoke(driver: Any) -> None:
    """Let a run begin though nothing works."""


# --- the model of histories -----------------------------------------------------------------------------------------


class History:
    """Calls and answers of a server, written by hand."""

    def __init__(self) -> None:
        self.journal = Journal(lambda: NOW)

    def call(self, method: str, answer: str, **params: str) -> History:
        """Add a call; ``answer`` is what stands in ``rsp``, or a number, which is the code of a failure."""
        query = encode_query((("method", f"rustici.registration.{method}"), *params.items()))
        said = f'<rsp stat="fail"><err code="{answer}" msg="no" /></rsp>'
        if not answer.isdigit():
            said = f'<rsp stat="ok">{answer}</rsp>'
        body = f'<?xml version="1.0"?>{said}'
        request = self.journal.half(f"GET /api?{query} HTTP/1.1")
        response = self.journal.half("HTTP/1.1 200 OK", (), body.encode())
        self.journal.exchange(
            ("histories", "", "x1"), "call", "out", "http://v1.example/api", request, response,
            seq=self.journal.number(), at=self.journal.stamp(),
        )  # fmt: skip
        return self

    def create(self, regid: str, answer: str = "<success />", fname: str = "Ada") -> History:
        """Add a creation."""
        return self.call("createRegistration", answer, regid=regid, learnerid="l", fname=fname)

    def result(self, regid: str, complete: str, success: str) -> History:
        """Add a result."""
        inner = f"<complete>{complete}</complete><success>{success}</success>"
        report = f'<registrationreport regid="{regid}">{inner}</registrationreport>'
        return self.call("getRegistrationResult", report, regid=regid)

    def listing(self, *regids: str, fname: str = "Ada") -> History:
        """Add a list."""
        inner = f"<learnerId>l</learnerId><learnerFirstName>{fname}</learnerFirstName>"
        listed = "".join(f'<registration id="{regid}">{inner}</registration>' for regid in regids)
        return self.call("getRegistrationList", f"<registrationlist>{listed}</registrationlist>", filter=".*")

    def learnt(self, regid: str, to: str, *, succeeded: bool = True) -> History:
        """Add that a learner has left."""
        self.journal.event(("histories", "", "x1"), "learning", {"regid": regid, "to": to, "succeeded": succeeded})
        return self

    def done(self, method: str, regid: str, answer: str = "<success />") -> History:
        """Add a reset or a deletion."""
        return self.call(f"{method}Registration", answer, regid=regid)

    @property
    def story(self) -> Story:
        """The record."""
        entries: list[AnyEntry] = [e for e in self.journal.entries if isinstance(e, (Exchange, Event))]
        return Story.from_entries(entries)


def reason(history: History, row: str = "") -> str:
    """Return why a history is red, as a check of a row sees it."""
    found = why_not(lambda story: parts_from_the_model(story, row), history.story)
    return found.reason if found else ""


def test_a_history_in_which_all_is_well() -> None:
    whole = History().create("a").create("a", "2", fname="Grace").listing("a").done("reset", "a")
    whole = whole.learnt("a", "passed").result("a", "unknown", "unknown").result("a", "complete", "passed")
    whole = whole.done("reset", "a").result("a", "unknown", "unknown").done("delete", "a").listing()
    assert compared(whole.call("exists", "<result>false</result>", regid="a").story)[1] is None


def test_results_that_come_late_or_never_accuse_nobody() -> None:
    late = History().create("a").learnt("a", "passed").result("a", "unknown", "unknown").done("reset", "a")
    assert reason(late.result("a", "complete", "passed")) == ""
    failed = History().create("a").learnt("a", "passed", succeeded=False)
    assert reason(failed.result("a", "incomplete", "unknown")) == ""


def test_a_result_that_outlives_its_reset_is_the_matter_of_resets() -> None:
    kept = History().create("a").learnt("a", "passed").result("a", "complete", "passed").done("reset", "a")
    kept = kept.result("a", "complete", "passed")
    assert reason(kept, RESET) == "kept-result"
    assert reason(kept, DELETED) == ""


def test_an_application_that_may_not_delete_is_not_accused() -> None:
    kept = History().create("a").done("delete", "a", "1").listing("a")
    assert reason(kept) == ""


def test_an_id_that_was_in_use_before_may_still_be_taken_and_is_remarked() -> None:
    model, found = compared(History().create("a").done("delete", "a").create("a", "2").listing().story)
    assert found is None
    assert len(model.taken) == 1


def test_registrations_of_others_in_a_list_are_the_matter_of_other_checks() -> None:
    assert reason(History().create("a").listing("a", "somebody-else")) == ""


@pytest.mark.parametrize(
    ("history", "row", "wanted"),
    [
        (History().create("a").create("a", "1"), "CLOUD-REG-03", "other-code"),
        (History().create("a").create("a", fname="Grace"), "CLOUD-REG-03", "created-again"),
        (History().create("a").create("a", "2", fname="Grace").listing("a", fname="Grace"), "CLOUD-REG-03",
         "other-learner"),
        (History().create("a").create("b").listing("a"), "CLOUD-REG-16", "not-listed"),
        (History().create("a").call("getRegistrationList", "205", filter=".*"), "CLOUD-REG-16", "no-list"),
        (History().create("a").done("reset", "a").listing(), "CLOUD-REG-19", "not-listed"),
        (History().create("a").done("reset", "a", "1"), "CLOUD-REG-19", "not-reset"),
        (History().create("a").create("b").done("delete", "a").listing(), "CLOUD-REG-20", "not-listed"),
        (History().create("a").done("delete", "a").result("a", "unknown", "unknown"), "CLOUD-REG-20", "still-told"),
        (History().create("a").done("delete", "a").listing("a"), "CLOUD-REG-20", "still-listed"),
        (History().create("a").done("delete", "a").call("exists", "<result>true</result>", regid="a"), "CLOUD-REG-20",
         "still-there"),
    ],
)  # fmt: skip
def test_every_difference_is_the_matter_of_one_requirement(history: History, row: str, wanted: str) -> None:
    assert reason(history, row) == wanted
    rows = ("CLOUD-REG-03", "CLOUD-REG-16", "CLOUD-REG-19", "CLOUD-REG-20")
    assert [other for other in rows if reason(history, other)] == [row]
