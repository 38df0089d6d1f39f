"""The verdict of a run in one plain sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.judging import verdicts
from harness.judging.verdicts import (
    EXIT_ENGINE,
    EXIT_FAILED,
    EXIT_INCOMPLETE,
    EXIT_INTERRUPTED,
    EXIT_UNREACHABLE,
    EXIT_USAGE,
)

_CATALOGUES = {
    "pens": "PENS",
    "cloud": "SCORM Cloud V1",
    "results": "Registration results",
    "engine": "Engine V2",
    "lti": "LTI and PNS",
}


def catalogue_name(subject: str) -> str:
    """Return the name of the catalogue that a subject is judged by, such as ``PENS``."""
    return _CATALOGUES.get(subject.partition("-")[0], subject)


def headline(
    subject: str,
    code: int,
    musts: Mapping[str, int],
    counts: Mapping[str, int],
    *,
    selected: bool = False,
    open_musts: int = 0,
    problems: Sequence[str] = (),
) -> str:
    """Return the sentence that stands above everything.

    ``code`` is the exit code, ``open_musts`` the number of MUST requirements that could not be tested;
    ``selected`` says that a person chose some of the requirements only.
    """
    total = musts["total"] - musts.get(verdicts.INAPPLICABLE, 0)
    failed = musts.get(verdicts.FAIL, 0)
    warned = counts.get(verdicts.WARN, 0)
    accused = f"{failed} of {_many(total, 'MUST requirement')} {'fails' if failed == 1 else 'fail'}"
    if code == EXIT_INTERRUPTED:
        return "incomplete: the run was interrupted" + (f"; {accused} so far" if failed else "")
    if code == EXIT_ENGINE:
        broken = counts.get(verdicts.ENGINE_ERROR, 0)
        return f"incomplete: {_many(broken, 'requirement')} could not be judged: an error of invigil's own"
    if code in (EXIT_USAGE, EXIT_UNREACHABLE):
        first = next(iter(problems), "")
        if code == EXIT_USAGE:
            return "incomplete: nothing was judged" + (f"; {first}" if first else "")
        wrong = counts.get(verdicts.CONFIG_ERROR, 0)
        return f"incomplete: the configuration keeps {_many(wrong, 'requirement')} from being judged"
    if code == EXIT_FAILED:
        strict = f"{_many(warned, 'warning')} {'counts' if warned == 1 else 'count'} as failure (--strict)"
        untold = f"; {open_musts} could not be tested" if open_musts else ""
        return (accused if failed else strict) + untold
    if code == EXIT_INCOMPLETE:
        return f"incomplete: {open_musts} of {_many(total, 'MUST requirement')} could not be tested; none fails"
    which = "the selected checks" if selected else "the checks"
    extra = f", with {_many(warned, 'warning')}" if warned else ""
    attested = counts.get(verdicts.ATTESTED, 0)
    rest = "rests" if attested == 1 else "rest"
    vouched = f"; {_many(attested, 'requirement')} {rest} on attestation" if attested else ""
    return f"meets {which} of catalogue {catalogue_name(subject)} for {subject}{extra}{vouched}"


def _many(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
