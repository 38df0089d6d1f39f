"""Strategies for registration reports: any result, any course tree, any text that XML can carry."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import strategies as st

from harness.wire.cloud_v1 import ID_LIMIT
from harness.wire.cloud_v1_activity import (
    Activity,
    Comment,
    Interaction,
    Objective,
    Preference,
    Runtime,
    RuntimeObjective,
    Static,
)
from harness.wire.cloud_v1_results import COMPLETE, SUCCESS, Report

ODD = "/&+%#? é\"'<>;=\\٣ßÅ漢字שלום😀"
LOOSE = ("", "null", "a[,]b", "é & <b>", "2026-01-01T00:00:00", "PT5S")
HOSTILE = ("]]>", "<![CDATA[", "&amp;", "\n", "\t", "  ", "null")
SECONDS = (0, 1, 59, 60, 3_599, 3_600, 244_928, 36_000_000)

# XML 1.0, production 2: no controls, no lone surrogates, neither U+FFFE nor U+FFFF.
_ALPHABET = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff") | st.sampled_from(ODD)

# Composites, since Hypothesis writes out what a strategy is made of: built from one another, that grows without end.


@st.composite
def texts(draw: st.DrawFn, longest: int = 30) -> str:
    """Return a text in any script that is more than blanks, as titles and names are."""
    return draw(st.text(_ALPHABET, min_size=1, max_size=longest)).strip() or "x"


@st.composite
def ids(draw: st.DrawFn) -> str:
    """Return an id: opaque, case-sensitive, 1 to 255 characters of any script ("LMS Integration" V1)."""
    if draw(st.booleans()):
        return draw(st.text("ABCabc019_.-", min_size=1, max_size=20))
    text = draw(texts(40))
    return (text * ID_LIMIT)[: ID_LIMIT - 1] + "z" if draw(st.booleans()) else text


def scores() -> st.SearchStrategy[Decimal | None]:
    """Return scores of 0 to 100 with up to two places, and None for unknown."""
    return st.none() | st.decimals(0, 100, places=2) | st.sampled_from((Decimal(0), Decimal(85), Decimal(100)))


def durations() -> st.SearchStrategy[Decimal]:
    """Return durations in seconds, with hundredths, up to ten thousand hours."""
    return st.decimals(0, 36_000_000, places=2) | st.sampled_from(SECONDS).map(Decimal)


@st.composite
def suspend_data(draw: st.DrawFn) -> str:
    """Return what a SCO suspends: any text, also what ends a CDATA section; no carriage return, which XML changes."""
    return "".join(draw(st.lists(texts(12) | st.sampled_from(HOSTILE), max_size=5)))


@st.composite
def runtimes(draw: st.DrawFn) -> Runtime:
    """Return what the content of a SCO stored."""
    loose = st.sampled_from(LOOSE) | texts(6)
    number = st.none() | st.decimals(-1_000, 1_000, places=3)
    names = st.lists(texts(8), max_size=2).map(tuple)
    comments = st.lists(st.builds(Comment, loose, loose, loose), max_size=1).map(tuple)
    interactions = st.builds(Interaction, texts(8), names, loose, names, loose, loose, loose, loose, loose)
    objectives = st.builds(RuntimeObjective, texts(8), number, number, number, number, description=st.none() | texts())
    return Runtime(
        completion_status=draw(st.sampled_from(("Completed", "Incomplete", "NotAttempted", "Unknown"))),
        credit=draw(st.sampled_from(("Credit", "NoCredit"))),
        entry=draw(st.sampled_from(("AbInitio", "Resume", "Other"))),
        exit=draw(st.sampled_from(("Unknown", "Suspend", "Normal", "TimeOut", "Logout"))),
        learnerpreference=Preference(language=draw(loose)),
        location=draw(st.none() | texts()),
        progress_measure=draw(number),
        score_scaled=draw(number),
        score_raw=draw(number),
        score_min=draw(number),
        score_max=draw(number),
        total_time=draw(durations()),
        timetracked=draw(durations()),
        success_status=draw(st.sampled_from(("Passed", "Failed", "Unknown"))),
        suspend_data=draw(suspend_data()),
        comments_from_learner=draw(comments),
        comments_from_lms=draw(comments),
        interactions=draw(st.lists(interactions, max_size=2).map(tuple)),
        objectives=draw(st.lists(objectives, max_size=2).map(tuple)),
        static=Static(learner_id=draw(ids()), learner_name=draw(loose), launch_data=draw(loose)),
    )


@st.composite
def activities(draw: st.DrawFn, depth: int = 2) -> Activity:
    """Return a course tree of at most so many levels below its top; the plainest is one SCO that nobody launched."""
    below = draw(st.lists(activities(depth - 1), max_size=2)) if depth and draw(st.booleans()) else []
    measure = st.none() | st.decimals(-1, 1, places=4)
    objectives = st.builds(Objective, texts(8), measure, st.sampled_from((None, True, False)))
    return Activity(
        id=draw(texts(12)),
        title=draw(texts()),
        attempts=draw(st.integers(0, 9)),
        complete=draw(st.sampled_from(COMPLETE)),
        success=draw(st.sampled_from(SUCCESS)),
        seconds=draw(durations()),
        seconds_across_attempts=draw(durations()),
        score=draw(scores()),
        suspended=draw(st.booleans()),
        objectives=tuple(draw(st.lists(objectives, max_size=2))),
        runtime=None if below else draw(st.none() | runtimes()),
        children=tuple(below),
    )


@st.composite
def reports(draw: st.DrawFn) -> Report:
    """Return a report whose four elements agree with the topmost activity, as those of the service do."""
    top = draw(activities())
    totaltime = draw(st.integers(0, 36_000_000))
    return Report(draw(ids()), draw(st.integers(0, 9)), top.complete, top.success, totaltime, top.score, top)
