"""The kill matrix notices what it must: survivors, wrong reasons, crashes, undeclared collateral."""

from __future__ import annotations

import asyncio
import random

import pytest

from harness.judging.catalogue import coverage, load
from harness.judging.judge import Outcome
from harness.judging.suite import SUBJECTS, load_suite
from harness.proving.lab import Lab
from harness.proving.matrix import Findings, kills, try_fault, work
from harness.proving.proof import canary, items_of, shares, succeeded
from harness.wire.pens_answer import Answer
from mocks.engine.pens_behaviour import PensBehaviour
from mocks.faults import composing
from mocks.faults.base import VARIANT, Fault
from mocks.faults.composing import catalogue

RIGHT = {
    "checks": 1, "faults": 1, "killed": 1, "survivors": [], "wrong_reason": [], "undeclared_collateral": [],
    "canary": "dead", "null_peers": {"500": []}, "personalities": {"x": {"extra": [], "missing": []}}, "seconds": 1.0,
}  # fmt: skip


class Lf(Fault, PensBehaviour):
    """Answers with bare LF, whatever it is said to break."""

    name = "test.lf"

    def write_answer(self, answer: Answer) -> bytes:
        return answer.encode().replace(b"\r\n", b"\n")


def tried(breaks: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> tuple[list[str], list[str], list[str], set[str]]:
    fault = type("Bent", (Lf,), {"breaks": breaks, "name": "test.lf", "__module__": __name__})
    known = {**catalogue("pens-target"), "test.lf": fault}
    monkeypatch.setattr(composing, "catalogue", lambda subject: known)
    found = asyncio.run(try_fault(Lab("pens-target"), fault))
    return found.survivors, found.wrong_reason, found.undeclared, {name for _, name in found.killed}


def test_a_kill_for_the_stated_reason_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    assert tried({"PENS-RESP-02/T": "bare-lf"}, monkeypatch) == ([], [], [], {"PENS-RESP-02/T"})


def test_a_kill_for_another_reason_is_a_wrong_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    survivors, wrong, _, killed = tried({"PENS-RESP-02/T": "no-lines"}, monkeypatch)
    assert (survivors, killed) == ([], set())
    assert wrong == ["PENS-RESP-02/T under test.lf: expected reason no-lines, got bare-lf"]


def test_a_check_that_stays_green_is_a_survivor(monkeypatch: pytest.MonkeyPatch) -> None:
    survivors, _, undeclared, killed = tried({"PENS-RESP-05/T": "no-number"}, monkeypatch)
    assert killed == set()
    assert survivors == ["PENS-RESP-05/T under test.lf: expected reason no-number, got ok"]
    assert undeclared == ["test.lf: PENS-RESP-02/T (bare-lf)"]


def test_a_crash_is_no_kill() -> None:
    assert not kills(Outcome("engine-error", why="bare-lf"), "bare-lf")


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_seeded_share_of_the_faults_is_killed_for_the_stated_reason(subject: str) -> None:
    faults = [item for item in items_of(subject) if item[0] == "fault"]
    found = work(subject, random.Random(7).sample(faults, 14), "proof")
    assert (found.survivors, found.wrong_reason, found.undeclared) == ([], [], [])
    assert found.faults == 14


def test_no_item_is_lost_when_they_are_shared_out() -> None:
    for subject in SUBJECTS:
        items = items_of(subject)
        shared = [item for share in shares(subject, items) for item in share]
        assert sorted(shared) == sorted(items)
        planted = {name for name, fault in catalogue(subject).items() if fault.kind != VARIANT}
        assert {name for kind, name in items if kind == "fault"} == planted


def test_peers_of_one_name_in_two_subjects_are_told_together() -> None:
    total = Findings()
    total.add(Findings(null_peers={"500": ["A-01"]}, personalities={"x": {"extra": ["A-01 fail"], "missing": []}}))
    total.add(Findings(null_peers={"500": []}, personalities={"x": {"extra": [], "missing": ["B-01 warn"]}}))
    assert total.null_peers == {"500": ["A-01"]}
    assert total.personalities == {"x": {"extra": ["A-01 fail"], "missing": ["B-01 warn"]}}


def test_the_canary_is_noticed() -> None:
    assert canary() == "dead"


@pytest.mark.parametrize(
    "wrong",
    [
        {"survivors": ["x"]},
        {"wrong_reason": ["x"]},
        {"undeclared_collateral": ["x"]},
        {"canary": "alive"},
        {"null_peers": {"500": ["PENS-RESP-01/T"]}},
        {"null_peers": {"error-0": ["PENS-VAL-01"]}},
        {"personalities": {"x": {"extra": ["PENS-DL-01 fail"], "missing": []}}},
        {"personalities": {"x": {"extra": [], "missing": ["PENS-DL-01 fail"]}}},
    ],
)
def test_a_proof_succeeds_only_when_all_is_as_it_must_be(wrong: dict[str, object]) -> None:
    assert succeeded(RIGHT)
    assert not succeeded({**RIGHT, **wrong})


def test_the_catalogue_is_covered() -> None:
    checks = {subject: load_suite(subject).by_requirement() for subject in SUBJECTS}
    for subject in SUBJECTS:
        own = load(subject)
        named = {name: [check.name for check in found] for name, found in checks[subject].items()}
        counted = coverage(own, named)[subject]
        assert counted["must_tested"] >= 0.95 * counted["must_total"]
        assert counted["should_tested"] >= 0.80 * counted["should_total"]
        assert counted["attested"] + counted["not_testable"] <= 6
