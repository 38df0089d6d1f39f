"""pytest items and the run's own rows give the same verdicts; suites are refused where they cannot be judged."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from harness.cli.certifying import Certification, Certified
from harness.judging import verdicts
from harness.judging.choosing import Typed, choose
from tests.cli.calling import CLEAN, ROOT

SUITE = "suites/pens_target"


def run_pytest(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", *words],
        cwd=ROOT, env=CLEAN, capture_output=True, text=True, timeout=110,
    )  # fmt: skip


@pytest.fixture(scope="module", params=["mock", "mock:engine-22+pens.no-receipt", "mock:engine-22+pens.bare-lf"])
def certified(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Certified:
    with Certification(choose("pens-target", Typed(request.param, seed=1))) as certification:
        return certification.carry_out(tmp_path_factory.mktemp("run"))


def test_items_and_rows_give_the_same_verdicts(certified: Certified) -> None:
    items = {
        (judgement.requirement, judgement.check, judgement.case): judgement.verdict
        for found in certified.plugin.judged.values()
        for judgement in found
    }
    rows = {
        (judgement.requirement, judgement.check, judgement.case): judgement.verdict
        for row in certified.rows
        for judgement in row.judgements
        # A row that repeats another is judged by that one's checks and has no items of its own.
        if not row.requirement.same_as
    }
    assert items
    assert {key: verdict for key, verdict in items.items() if key in rows} == rows
    assert {key[1:] for key in items} == {key[1:] for key in rows}


def test_every_check_of_the_suite_was_collected_on_every_case(certified: Certified) -> None:
    suite = certified.plugin.benches["pens-target"].suite
    wanted = {(check.name, case.name) for check in suite.checks for case in suite.cases(check)}
    assert set(certified.plugin.judged) == wanted


def test_plain_pytest_judges_the_same_items() -> None:
    done = run_pytest(SUITE, "--target", "mock", "--seed", "1")
    assert done.returncode == 0, done.stdout[-3000:]
    assert " passed" in done.stdout


def test_a_finding_fails_an_item_and_is_told_in_words() -> None:
    done = run_pytest(SUITE, "--target", "mock:engine-22+pens.no-receipt", "-k", "test_receipt_follows_a_success")
    assert done.returncode == 1
    for words in ("PENS-RCPT-01 MUST", "no-receipt", "expected", "curl -sS"):
        assert words in done.stdout
    assert "Traceback" not in done.stdout


def test_a_requirement_that_does_not_apply_is_skipped_with_the_reason() -> None:
    done = run_pytest(SUITE, "--target", "mock:pens-1.0", "-rs", "-k", "test_collect_must_be_allowed")
    assert done.returncode == 0
    assert "inapplicable: condition: engine" in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([SUITE], "--target is missing"),
        ([SUITE, "--target", "mock", "-n", "2"], "--jobs"),
        ([SUITE, "--target", "mok"], "mock:PROFILE"),
        ([SUITE, "--target", "mock+pens.no-recipt"], "'pens.no-receipt'"),
        ([SUITE, "--target", "mock", "--profile", "engine-2"], "'engine-22'"),
        ([SUITE, "--target", "https://lms.example/pens"], "--plan"),
        ([SUITE, "--rejudge", "nowhere"], "nowhere"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_a_suite_that_cannot_be_judged_is_a_usage_error(words: list[str], said: str) -> None:
    done = run_pytest(*words)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert said in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_an_unreachable_target_ends_the_session_with_exit_3() -> None:
    done = run_pytest(SUITE, "--target", "http://127.0.0.1:1/pens")
    assert done.returncode == verdicts.EXIT_UNREACHABLE
    assert "nothing was judged" in done.stdout + done.stderr


def test_items_of_a_stored_run_are_judged_without_a_target(tmp_path: Path) -> None:
    with Certification(choose("pens-target", Typed("mock+pens.no-receipt", seed=1))) as certification:
        done = certification.carry_out(tmp_path)
    again = run_pytest(SUITE, "--rejudge", str(tmp_path))
    assert again.returncode == 1
    worst: dict[tuple[str, str], str] = {}
    for key, found in done.plugin.judged.items():
        worst[key] = verdicts.worst(judgement.verdict for judgement in found)
    failed = [key for key, verdict in worst.items() if verdict == verdicts.FAIL]
    assert f"{len(failed)} failed" in again.stdout


def test_tests_pay_nothing_for_the_plugin() -> None:
    code = (
        "import sys, pytest; before = set(sys.modules); import harness.judging.plugin; "
        "print(sorted(m for m in set(sys.modules) - before if not m.startswith('harness')))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=CLEAN, capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]"
