"""What is said when something is wrong: one line, what and remedy, and the exit code that goes with it."""

from __future__ import annotations

import os
import sys
import traceback

EXIT_OK, EXIT_FAILED, EXIT_USAGE, EXIT_UNREACHABLE, EXIT_ENGINE, EXIT_INTERRUPTED = 0, 1, 2, 3, 6, 130

# By module and name, so that explaining an error imports nothing.
KNOWN: dict[tuple[str, str], tuple[int, str]] = {
    ("harness.subjects.targets", "TargetError"): (EXIT_USAGE, "see `invigil certify --help`"),
    ("harness.subjects.driver", "TargetUnreachable"): (
        EXIT_UNREACHABLE,
        "nothing was judged; check that the target runs and can be reached from here",
    ),
    ("harness.subjects.config", "ConfigError"): (EXIT_USAGE, "correct it and run again"),
    ("harness.judging.profiles", "ProfileError"): (EXIT_USAGE, "see schemas/profiles for names and settings"),
    ("harness.judging.suite", "SuiteError"): (
        EXIT_USAGE,
        "see `invigil catalogue` for subjects with a suite",
    ),
    ("harness.judging.catalogue", "UnknownRequirementError"): (EXIT_USAGE, "see `invigil catalogue`"),
    ("harness.judging.requirement", "CatalogueError"): (EXIT_USAGE, "restore the requirement files"),
    ("harness.evidence.journal", "JournalError"): (
        EXIT_USAGE,
        "name the folder of a run, as `certify` prints it",
    ),
    ("harness.reports.write", "ReportFolderError"): (EXIT_USAGE, "choose another folder with --report DIR"),
    ("mocks.faults.composing", "UnknownFault"): (EXIT_USAGE, "see `invigil fault list`"),
    ("mocks.state.store", "StoreError"): (EXIT_USAGE, "name another store"),
    ("mocks.app", "WishRefused"): (EXIT_USAGE, "see `invigil serve --help`"),
    ("mocks.faults.base", "FaultConflict"): (EXIT_USAGE, "plant one of them"),
    ("harness.net.tls", "TlsError"): (EXIT_USAGE, "see `invigil certs create --help`"),
    ("harness.net.certificates", "CertificateRefused"): (EXIT_USAGE, "see `invigil certs create --help`"),
    ("harness.subjects.control", "ControlUnreachable"): (
        EXIT_UNREACHABLE,
        "start a mock with `invigil serve`, and name the control address it prints with --control URL",
    ),
    ("harness.subjects.control", "ControlRefused"): (EXIT_USAGE, "correct it and ask again"),
    ("harness.wire.archive", "PackageRefused"): (EXIT_USAGE, "name a SCORM or AICC package (.zip)"),
}


def explained(error: Exception) -> tuple[int, str, str]:
    """Return exit code, what went wrong and a remedy; an error that nobody expected is the engine's own."""
    for kind in type(error).__mro__:
        found = KNOWN.get((kind.__module__, kind.__name__))
        if found:
            return found[0], str(error), found[1]
    if isinstance(error, OSError):
        what = f"{error.filename}: {error.strerror}" if error.filename else error.strerror or str(error)
        return EXIT_USAGE, what, "choose another address, port or path"
    if os.environ.get("INVIGIL_DEBUG"):
        traceback.print_exception(error)
    return EXIT_ENGINE, f"internal error: {type(error).__name__}: {error}", "set INVIGIL_DEBUG=1 to see where"


def say(what: str, remedy: str) -> None:
    """Write ``invigil: what; remedy`` to standard error; the remedy is left out when ``what`` holds one."""
    line = " ".join(what.split()).rstrip(".;")
    line = line[:1].lower() + line[1:] if line[1:2].islower() else line
    sys.stderr.write(f"invigil: {line}\n" if ";" in line else f"invigil: {line}; {remedy}\n")
    sys.stderr.flush()
