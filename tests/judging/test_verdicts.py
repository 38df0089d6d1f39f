"""What a finding becomes, which verdict is worst, and with which code a run ends: tables typed a second time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.judging.catalogue import Requirement, Source
from harness.judging.profiles import Profile
from harness.judging.verdicts import WORST_FIRST, exit_code, weigh, worst

MUST = Requirement(
    "DEMO-01", "pens-target", ("target",), "MUST", "standard", "It must.", Source("Demo", "1"), "always", "tested"
)
PLAIN = Profile("pens-1.0")
RUSTICI = Profile("engine-22", vendor="rustici")
STRICT_FIELD = Profile("scorm-cloud", field_verdict="fail")

# level, basis -> under a plain profile, under the vendor's own, under one for which the field is the contract
WEIGHTS = """
MUST       standard fail fail fail
MUST       derived  fail fail fail
MUST       vendor   warn fail warn
MUST       field    warn warn fail
MUST       ours     note note note
SHOULD     standard warn warn warn
SHOULD     derived  warn warn warn
SHOULD     vendor   warn warn warn
SHOULD     field    warn warn warn
SHOULD     ours     note note note
MAY        standard note note note
MAY        vendor   note note note
MAY        field    note note note
"""


@pytest.mark.parametrize("row", [line.split() for line in WEIGHTS.split("\n") if line])
@pytest.mark.parametrize("negated", [False, True])
def test_a_finding_weighs_as_level_basis_and_profile_say(row: list[str], negated: bool) -> None:
    level, basis, *expected = row
    name = f"{level} NOT" if negated and level != "MAY" else level
    requirement = replace(MUST, level=name, basis=basis, vendors=("rustici",) if basis == "vendor" else ())
    assert [weigh(requirement, profile) for profile in (PLAIN, RUSTICI, STRICT_FIELD)] == expected


def test_a_row_that_is_judged_by_remarks_never_fails() -> None:
    assert weigh(replace(MUST, judged="remarks"), PLAIN) == "note"


def test_a_row_that_the_profile_tolerates_is_noted() -> None:
    tolerant = Profile("p", tolerates={"DEMO-01": "a source"})
    assert weigh(MUST, tolerant) == "note"
    assert weigh(replace(MUST, level="SHOULD"), tolerant) == "note"
    assert weigh(replace(MUST, id="DEMO-02"), tolerant) == "fail"


ORDER = [
    "engine-error",
    "config-error",
    "fail",
    "untestable",
    "not-run",
    "warn",
    "note",
    "waived",
    "attested",
    "pass",
    "inapplicable",
]


def test_the_worst_verdict_decides() -> None:
    assert list(WORST_FIRST) == ORDER
    for at, verdict in enumerate(ORDER):
        assert worst(reversed(ORDER[at:])) == verdict
    assert worst([]) == "not-run"


def rows(*verdicts: str) -> list[tuple[Requirement, str]]:
    return [(MUST, verdict) for verdict in verdicts]


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        (["pass"], 0),
        (["pass", "warn", "note", "waived", "attested", "inapplicable"], 0),
        (["pass", "fail"], 1),
        ([], 2),
        (["not-run", "inapplicable"], 2),
        (["inapplicable"], 2),
        (["pass", "config-error", "fail"], 3),
        (["config-error"], 3),
        (["pass", "untestable"], 4),
        (["pass", "not-run"], 4),
        (["pass", "fail", "untestable"], 1),
        (["pass", "engine-error", "config-error", "fail", "untestable"], 6),
        (["engine-error"], 6),
    ],
)
def test_a_run_ends_with_the_first_code_that_applies(verdicts: list[str], code: int) -> None:
    assert exit_code(rows(*verdicts)) == code
    assert exit_code(rows(*verdicts), interrupted=True) == 130


def test_warnings_count_as_failures_when_strict() -> None:
    assert exit_code(rows("pass", "warn"), strict=True) == 1
    assert exit_code(rows("pass", "note"), strict=True) == 0
    assert exit_code(rows("pass", "warn"), strict=False) == 0


@pytest.mark.parametrize(
    ("level", "disposition", "code"),
    [
        ("MUST", "tested", 4),
        ("MUST NOT", "tested", 4),
        ("MUST", "attested", 0),
        ("MUST", "not-testable", 0),
        ("SHOULD", "tested", 0),
        ("MAY", "tested", 0),
    ],
)
def test_only_an_open_must_leaves_a_run_incomplete(level: str, disposition: str, code: int) -> None:
    open_row = replace(MUST, level=level, disposition=disposition)
    for verdict in ("untestable", "not-run"):
        assert exit_code([(MUST, "pass"), (open_row, verdict)]) == code
