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
SECONDS = (0, 1, 59, 60, 3_599, 3_600, 244_928, 36_000_000)


def _characters() -> st.SearchStrategy[str]:
    # XML 1.0, production 2: no controls, no lone surrogates, neither U+FFFE nor U+FFFF.
    return st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff") | st.sampled_from(ODD)


def texts(longest: int = 30) -> st.SearchStrategy[str]:
    """Return texts in any script that are more than blanks, as titles and names are."""
    return st.text(_characters(), min_size=1, max_size=longest).map(lambda text: f"{text.strip() or 'x'}")


def ids() -> st.SearchStrategy[str]:
    """Return ids: opaque, case-sensitive, 1 to 255 characters of any script ("LMS Integration" V1)."""
    plain = st.from_regex(r"[A-Za-z0-9_.-]{1,20}", fullmatch=True)
    longest = texts(4).map(lambda text: (text * ID_LIMIT)[: ID_LIMIT - 1] + "z")
    return st.one_of(plain, texts(40), longest)


def scores() -> st.SearchStrategy[Decimal | None]:
    """Return scores of 0 to 100 with up to two places, and None for unknown."""
    return st.none() | st.decimals(0, 100, places=2) | st.sampled_from((Decimal(0), Decimal(85), Decimal(100)))


def durations() -> st.SearchStrategy[Decimal]:
    """Return durations in seconds, with hundredths, up to ten thousand hours."""
    return st.decimals(0, 36_000_000, places=2) | st.sampled_from(SECONDS).map(Decimal)


def runtimes() -> st.SearchStrategy[Runtime]:
    """Return what the content of a SCO stored."""
    loose = texts() | st.just("")
    number = st.none() | st.decimals(-1_000, 1_000, places=3)
    comments = st.lists(st.builds(Comment, loose, loose, loose), max_size=2).map(tuple)
    names = st.lists(texts(8), max_size=2).map(tuple)
    interactions = st.builds(Interaction, texts(8), names, loose, names, loose, loose, loose, loose, loose)
    objectives = st.builds(
        RuntimeObjective,
        texts(8),
        number,
        number,
        number,
        number,
        progress_measure=number,
        description=st.none() | texts(),
    )
    return st.builds(
        Runtime,
        completion_status=st.sampled_from(("Completed", "Incomplete", "NotAttempted", "Unknown")),
        credit=st.sampled_from(("Credit", "NoCredit")),
        entry=st.sampled_from(("AbInitio", "Resume", "Other")),
        exit=st.sampled_from(("Unknown", "Suspend", "Normal", "TimeOut", "Logout")),
        learnerpreference=st.builds(Preference, language=loose),
        location=st.none() | texts(),
        progress_measure=number,
        score_scaled=number,
        score_raw=number,
        score_min=number,
        score_max=number,
        total_time=durations(),
        timetracked=durations(),
        success_status=st.sampled_from(("Passed", "Failed", "Unknown")),
        suspend_data=st.text(_characters() | st.sampled_from(("]]>", "<![CDATA[", "&", "\n", "\t")), max_size=80),
        comments_from_learner=comments,
        comments_from_lms=comments,
        interactions=st.lists(interactions, max_size=2).map(tuple),
        objectives=st.lists(objectives, max_size=2).map(tuple),
        static=st.builds(Static, learner_id=ids(), learner_name=loose, launch_data=loose),
    )


def _objectives() -> st.SearchStrategy[tuple[Objective, ...]]:
    measure = st.none() | st.decimals(-1, 1, places=4)
    satisfied = st.sampled_from((None, True, False))
    return st.lists(st.builds(Objective, texts(8), measure, satisfied), max_size=2).map(tuple)


def _node(
    runtime: st.SearchStrategy[Runtime | None], children: st.SearchStrategy[tuple[Activity, ...]]
) -> st.SearchStrategy[Activity]:
    return st.builds(
        Activity,
        id=texts(12),
        title=texts(),
        attempts=st.integers(0, 9),
        complete=st.sampled_from(COMPLETE),
        success=st.sampled_from(SUCCESS),
        seconds=durations(),
        seconds_across_attempts=durations(),
        score=scores(),
        suspended=st.booleans(),
        objectives=_objectives(),
        runtime=runtime,
        children=children,
    )


def activities() -> st.SearchStrategy[Activity]:
    """Return course trees; the plainest is one SCO that nobody launched."""
    leaf = _node(st.none() | runtimes(), st.just(()))
    return st.recursive(
        leaf,
        lambda below: _node(st.none(), st.lists(below, min_size=1, max_size=3).map(tuple)),
        max_leaves=5,
    )


def reports() -> st.SearchStrategy[Report]:
    """Return reports whose four elements agree with the topmost activity, as those of the service do."""

    def report(regid: str, instanceid: int, totaltime: int, top: Activity) -> Report:
        return Report(regid, instanceid, top.complete, top.success, totaltime, top.score, top)

    return st.builds(report, ids(), st.integers(0, 9), st.integers(0, 36_000_000), activities())
