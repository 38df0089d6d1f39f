"""Faults are switched at run time: counted, refused by name, told apart by tenant and by what a message is about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from harness.evidence.journal import Journal
from harness.judging.profiles import load_profile
from harness.net.clock import ManualClock
from mocks.control.events import EventLog
from mocks.control.listing import plain
from mocks.control.switches import FaultNotForMessages, Switchboard, Switches
from mocks.engine.v1.behaviour import CloudBehaviour
from mocks.faults.base import FaultConflict, FaultSpec
from mocks.faults.composing import UnknownFault, cloud_behaviour

Names = tuple[str, ...]


def compose(names: Names) -> Names:
    """A behaviour that is the names of its faults; two letters alike override the same thing."""
    if "x" in names and "y" in names:
        raise FaultConflict("faults x and y both override it; use one of them")
    return names


def test_what_is_planted_for_all_and_for_one_tenant_bends_together() -> None:
    switches = Switches("any", compose, [FaultSpec("a"), FaultSpec("b", "acme", 1)])
    assert [switches("acme"), switches("acme"), switches("other")] == [("a", "b"), ("a",), ("a",)]


def test_a_fault_that_is_planted_again_counts_anew() -> None:
    switches = Switches("any", compose, [FaultSpec("a", times=1)])
    switches("t")
    assert switches("t") == ()
    switches.add(FaultSpec("a", times=2))
    assert [switches("t") for _ in range(3)] == [("a",), ("a",), ()]


def test_planting_the_same_fault_twice_leaves_one() -> None:
    switches = Switches("any", compose, [FaultSpec("a", times=5), FaultSpec("a", times=1), FaultSpec("a", "acme")])
    assert [(one.spec.tenant, one.left) for one in switches.active()] == [("", 1), ("acme", None)]
    assert switches("acme") == ("a",)


@pytest.mark.parametrize(("one", "two"), [("", ""), ("", "acme"), ("acme", ""), ("acme", "acme")])
def test_a_conflict_is_refused_when_it_is_planted_and_changes_nothing(one: str, two: str) -> None:
    switches = Switches("any", compose, [FaultSpec("x", one)])
    with pytest.raises(FaultConflict, match="x and y"):
        switches.add(FaultSpec("y", two))
    assert [planted.spec.name for planted in switches.active()] == ["x"]


def test_what_bends_different_tenants_or_is_used_up_is_no_conflict() -> None:
    switches = Switches("any", compose, [FaultSpec("x", "acme", 1)])
    switches.add(FaultSpec("y", "other"))
    switches("acme")
    switches.add(FaultSpec("y", "acme"))
    assert switches("acme") == ("y",)


def test_a_fault_for_some_messages_is_counted_for_those_alone() -> None:
    switches = Switches("any", compose, [FaultSpec("a", "", 1, "rustici.course.*")], matchable=True)
    assert switches("t", "rustici.registration.createRegistration") == ()
    assert switches("t") == ()
    assert switches("t", "rustici.course.getCourseList") == ("a",)
    assert switches("t", "rustici.course.getCourseList") == ()


def test_a_face_that_cannot_tell_messages_apart_refuses_a_pattern() -> None:
    with pytest.raises(FaultNotForMessages, match="leave match out"):
        Switches("any", compose).add(FaultSpec("a", match="*"))


def test_a_faults_name_says_which_face_of_a_mock_it_bends() -> None:
    pens, author = (Switches(subject, compose) for subject in ("pens-target", "pens-client"))
    board = Switchboard(pens, author)
    name = next(fault.name for subject, fault in board.catalogue() if subject == "pens-client")
    board.add(FaultSpec("pens.bare-lf"))
    board.add(FaultSpec(name))
    assert (pens("t"), author("t")) == (("pens.bare-lf",), (name,))
    assert [one.subject for one in board.active()] == ["pens-target", "pens-client"]
    assert (board.clear(name), len(board.active()), board.clear()) == (1, 1, 1)


def test_a_fault_of_another_mock_is_unknown_here() -> None:
    board = Switchboard(Switches("pens-client", compose))
    for call in (lambda: board.add(FaultSpec("pens.bare-lf")), lambda: board.clear("pens.bare-lf")):
        with pytest.raises(UnknownFault, match=r"unknown fault 'pens\.bare-lf'"):
            call()


def test_an_event_keeps_no_secret_and_knows_its_instant() -> None:
    journal = Journal(ManualClock().now)
    journal.redactor.add("app-secret", "s3cret-of-app")
    log = EventLog(journal)
    log.tell("refused", {"canonical": "s3cret-of-appappidx", "urlpass": "p4ss-of-hook", "code": 101})
    (told,) = log.after(0, 10)
    assert (told.number, told.at, told.facts["code"]) == (1, "2026-01-15T12:00:00.000Z", 101)
    assert "s3cret" not in str(told.facts)
    assert "p4ss" not in str(told.facts)


def test_rows_of_any_kind_become_json_without_what_their_names_call_secret() -> None:
    from datetime import UTC, datetime, timedelta
    from decimal import Decimal

    row = {
        "at": datetime(2026, 1, 15, tzinfo=UTC), "score": Decimal("92.5"), "took": timedelta(minutes=2),
        "raw": b"\x00\xff", "tags": frozenset({"b", "a"}), "nested": {"secrets": ("one-secret", "two-secret")},
        "password": "hunter22", "title": "the password hunter22 is shown nowhere", "n": None,
    }  # fmt: skip
    shown = plain(row, Journal(ManualClock().now).redactor)
    assert (shown["at"], shown["score"], shown["took"]) == ("2026-01-15T00:00:00.000Z", "92.5", 120.0)
    assert (shown["raw"], shown["tags"], shown["n"]) == ({"base64": "AP8="}, ["a", "b"], None)
    assert "hunter22" not in str(shown)
    assert "one-secret" not in str(shown)


# --- faults that are used up by use -----------------------------------------------------------------------------------


def cloud() -> Switches[CloudBehaviour]:
    settings = load_profile("scorm-cloud").for_subject("cloud-v1")
    return Switches("cloud-v1", lambda names: cloud_behaviour(settings, names), matchable=True)


def lets_in(behaviour: CloudBehaviour) -> bool:
    return not behaviour.is_stale(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC))


def test_a_fault_is_used_up_when_what_it_bends_is_asked_for_and_not_before() -> None:
    switches = cloud()
    switches.add(FaultSpec("v1.no-expiry", times=2))
    work = switches.using("app", "postback")
    assert work.delivered(200, None)
    assert switches.active()[0].left == 2
    message = switches.using("app", "rustici.course.exists")
    assert [lets_in(message), lets_in(message)] == [True, True]
    assert switches.active()[0].left == 1
    assert lets_in(switches.peek("app"))
    assert switches.active()[0].left == 1
    assert lets_in(switches.using("app"))
    assert switches.active() == []
    assert not lets_in(switches.using("app"))
    assert not lets_in(switches.peek("app"))


def test_an_attribute_that_a_fault_bends_uses_it_up_too() -> None:
    switches = cloud()
    switches.add(FaultSpec("v1.narrow-window", "app", 1))
    assert switches.using("other").window == timedelta(minutes=15)
    assert [switches.using("app").window for _ in range(2)] == [timedelta(minutes=5), timedelta(minutes=15)]


def test_a_fault_for_some_methods_leaves_the_others_right() -> None:
    switches = cloud()
    switches.add(FaultSpec("v1.no-expiry", match="rustici.course.*"))
    assert lets_in(switches.using("app", "rustici.course.exists"))
    assert not lets_in(switches.using("app", "rustici.registration.exists"))
    assert isinstance(switches.using("app", "rustici.course.exists"), CloudBehaviour)
