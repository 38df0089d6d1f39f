"""Results that are posted, and odd ways of writing them."""

from __future__ import annotations

from decimal import Decimal
from html import escape

from harness.wire.cloud_v1_results import report_for, write_report
from harness.wire.results_policy import State

DONE = State("complete", "passed", Decimal(85), 324)
HALF = State("incomplete", "unknown", None, 60)
OLD = State("incomplete", "failed", Decimal(40), 60)
TITLE = "Conformance course"


def rising(number: int) -> State:
    """Return the n-th of results each of which is better than the one before, so that any policy stores it.

    The first has no score; the others have three quarters of a point, so that one that is cut shows.
    """
    score = None if number == 0 else Decimal(10 + 3 * number) + Decimal("0.75")
    complete, success = "complete" if number >= 3 else "incomplete", "passed" if number >= 6 else "unknown"
    return State(complete, success, score, 40 + 60 * number)  # type: ignore[arg-type]


def course_xml(regid: str, state: State) -> str:
    """Return a result in the format course."""
    report = report_for(
        regid, TITLE, complete=state.complete, success=state.success, score=state.score, totaltime=state.totaltime
    )
    return write_report(report).write()


def reordered(regid: str, state: State) -> str:
    """Return a result with attributes and elements in another order, in single quotes, on many lines."""
    score = "unknown" if state.score is None else state.score
    return (
        f"<registrationreport instanceid='0' regid='{escape(regid)}' format='course'>\n"
        f"  <score>{score}</score>\n  <totaltime>{state.totaltime}</totaltime>\n"
        f"  <success>{state.success}</success>\n  <complete>{state.complete}</complete>\n</registrationreport>\n"
    )


def extended(regid: str, state: State) -> str:
    """Return a result with elements and an attribute that nobody knows."""
    more = '<completeddate>2030-01-01T00:00:00</completeddate><future kind="x"><part>1</part></future>'
    xml = course_xml(regid, state).replace("<registrationreport ", '<registrationreport future="1" ', 1)
    return xml.replace("</registrationreport>", more + "</registrationreport>")


def with_entity(regid: str, state: State, doctype: str, name: str) -> str:
    """Return a result whose completion is an entity of a document type declaration."""
    return doctype + course_xml(regid, state).replace(f">{state.complete}<", f">&{name};<", 1)


def laughing(regid: str, state: State, levels: int = 7) -> str:
    """Return a result with an entity that grows tenfold at each level."""
    entities = '<!ENTITY l0 "ha">' + "".join(
        f'<!ENTITY l{level} "{f"&l{level - 1};" * 10}">' for level in range(1, levels + 1)
    )
    laughter = f"<future>&l{levels};</future></registrationreport>"
    return f"<!DOCTYPE r [{entities}]>" + course_xml(regid, state).replace("</registrationreport>", laughter)
