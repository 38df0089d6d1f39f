"""What a finding becomes, how verdicts add up, and which exit code a run ends with."""

from __future__ import annotations

from collections.abc import Iterable

from harness.judging.catalogue import Requirement
from harness.judging.profiles import Profile

PASS, FAIL, WARN, NOTE = "pass", "fail", "warn", "note"
INAPPLICABLE, UNTESTABLE, NOT_RUN = "inapplicable", "untestable", "not-run"
CONFIG_ERROR, ENGINE_ERROR, ATTESTED, WAIVED = "config-error", "engine-error", "attested", "waived"
WORST_FIRST = (
    ENGINE_ERROR, CONFIG_ERROR, FAIL, UNTESTABLE, NOT_RUN, WARN, NOTE, WAIVED, ATTESTED, PASS, INAPPLICABLE,
)  # fmt: skip
MUSTS = ("MUST", "MUST NOT")
SHOULDS = ("SHOULD", "SHOULD NOT")

EXIT_OK, EXIT_FAILED, EXIT_USAGE, EXIT_UNREACHABLE = 0, 1, 2, 3
EXIT_INCOMPLETE, EXIT_WAIVER, EXIT_ENGINE, EXIT_INTERRUPTED = 4, 5, 6, 130


def weigh(requirement: Requirement, profile: Profile) -> str:
    """Return the verdict that a finding against a requirement becomes under a profile."""
    if requirement.judged == "remarks" or requirement.basis == "ours" or requirement.level == "MAY":
        return NOTE
    if requirement.id in profile.tolerates:
        return NOTE
    if requirement.level in SHOULDS:
        return WARN
    if requirement.basis == "vendor":
        return FAIL if profile.vendor in requirement.vendors else WARN
    if requirement.basis == "field":
        return profile.field_verdict
    return FAIL


def worst(verdicts: Iterable[str]) -> str:
    """Return the worst verdict; ``not-run`` when there is none."""
    found = set(verdicts)
    return next((verdict for verdict in WORST_FIRST if verdict in found), NOT_RUN)


def exit_code(rows: Iterable[tuple[Requirement, str]], *, interrupted: bool = False, strict: bool = False) -> int:
    """Return the exit code of a run from its requirement rows and their verdicts."""
    verdicts = list(rows)
    if interrupted:
        return EXIT_INTERRUPTED
    if any(verdict == ENGINE_ERROR for _, verdict in verdicts):
        return EXIT_ENGINE
    if all(verdict in (NOT_RUN, INAPPLICABLE) for _, verdict in verdicts):
        return EXIT_USAGE
    if any(verdict == CONFIG_ERROR for _, verdict in verdicts):
        return EXIT_UNREACHABLE
    if any(verdict == FAIL or (strict and verdict == WARN) for _, verdict in verdicts):
        return EXIT_FAILED
    for requirement, verdict in verdicts:
        open_must = requirement.level in MUSTS and requirement.disposition == "tested"
        if open_must and verdict in (UNTESTABLE, NOT_RUN):
            return EXIT_INCOMPLETE
    return EXIT_OK
