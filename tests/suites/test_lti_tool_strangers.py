"""Tools that are built otherwise than ours are not accused; what cannot be told of them is untestable and says why."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from harness.proving.lab import Lab, Peer
from harness.subjects.lti_tool_expecting import fitting
from harness.wire.pns_forging import Draft, Message, Sending
from harness.wire.pns_notices import write_body
from tests.suites import forging_hosted as launches
from tests.suites.forging_hosted import refused, visit, welcomed
from tests.suites.forging_notices import (
    NOTHING,
    PASSES,
    UNTOLD,
    between,
    delivery,
    element,
    event,
    hosted,
    look,
    notice,
)
from tests.suites.forging_notices import said as notices_said

KEPT = "test_deployments_are_kept_apart"
ORDER = "test_notices_come_in_any_order"
BAD = "test_bad_launches_are_refused"
ONCE, NONE_LOST = "test_every_event_counts_once", "test_no_event_is_lost"


class Journeys:
    """What a property is given: one history."""

    def __init__(self, *entries: Any) -> None:
        self.steps = {"x1": hosted(delivery("x1", element("c")), *entries)}


def due(deployment: str, *origins: str, latest: tuple[str, ...] = ()) -> Any:
    return event("due", "x1", context="c", deployment=deployment, origins=list(origins), latest=list(latest))


def journeyed(check: str, *entries: Any) -> str:
    return str(notices_said(check, journeys=Journeys(*entries), notified=hosted(notice("sound"))))


def deployed(first: int | None, second: int) -> str:
    sent = delivery("vector", {**element("c"), "deployment": "d2"})
    shown = [
        *look("vector", "c", second, deployment="d2"),
        *look("elsewhere", "c", NOTHING if first is None else first, deployment="d1"),
    ]
    return str(notices_said(KEPT, deployments=between([*sent, *shown])))


def test_two_deployments_may_be_one_customer_but_one_may_not_get_what_is_the_others() -> None:
    assert deployed(None, 1) == PASSES
    assert deployed(1, 1).startswith(f"{PASSES}, deployments-share")
    assert deployed(1, NOTHING) == "effect-on-other-deployment"
    assert deployed(None, NOTHING) == "untestable"


def test_events_of_a_course_that_two_deployments_share_are_counted_together() -> None:
    told = (due("d1", "a"), due("d2", "b"))
    both = [look("x1", "c", 2, origins=("a", "b"), deployment=name) for name in ("d1", "d2")]
    thrice = [look("x1", "c", 3, origins=("a", "b"), deployment=name) for name in ("d1", "d2")]
    apart = [look("x1", "c", 2, origins=("a",), deployment="d1"), look("x1", "c", 1, origins=("b",), deployment="d2")]
    assert journeyed(ONCE, *told, *both) == PASSES
    assert journeyed(ONCE, *told, *thrice) == "again-in-history"
    assert journeyed(ONCE, *told, *apart) == "again-in-history"


def test_a_tool_that_keeps_one_copy_of_a_course_has_to_keep_the_latest() -> None:
    told, keeps = due("d1", "a", "b", latest=("b",)), event("keeps-one")
    late, early = look("x1", "c", 2, origins=("b",)), look("x1", "c", 2, origins=("a",))
    assert journeyed(NONE_LOST, keeps, told, late) == PASSES
    assert journeyed(NONE_LOST, keeps, told, early) == "event-lost-in-history"
    assert journeyed(NONE_LOST, told, late) == "event-lost-in-history"


@pytest.mark.parametrize(
    ("in_order", "reversed_", "verdict"),
    [
        (("a", "b"), ("c", "d"), PASSES),
        (("a", "b"), ("d",), "event-lost"),
        (("b",), ("d",), PASSES),
        (("b",), ("c",), "overtaken"),
        (("a",), ("d",), "event-lost"),
    ],
)
def test_what_a_tool_makes_of_two_copies_in_order_it_has_to_make_of_them_in_any(
    in_order: tuple[str, ...], reversed_: tuple[str, ...], verdict: str
) -> None:
    sent = [
        *delivery("first", element("x", origins=("a",))), *delivery("second", element("x", origins=("b",))),
        *look("second", "x", UNTOLD, origins=in_order),
        *delivery("later", element("y", origins=("d",))), *look("later", "y", UNTOLD, origins=("d",)),
        *delivery("earlier", element("y", origins=("c",))), *look("earlier", "y", UNTOLD, origins=reversed_),
    ]  # fmt: skip
    assert notices_said(ORDER, reordered=between(sent)) == verdict


def test_a_handler_gets_no_more_notices_at_once_than_it_has_asked_for() -> None:
    drafts = tuple(Draft({"jti": str(number)}) for number in range(25))
    fit = fitting(Message((Sending(drafts),)), 10)
    assert [len(one.drafts) for one in fit.sendings] == [10, 10, 5]
    assert fit.drafts == drafts
    assert fitting(Message.of(*drafts), None) == fitting(Message.of(*drafts), 25) == Message.of(*drafts)


def test_what_is_no_array_of_notices_is_not_taken_apart() -> None:
    drafts = tuple(Draft({"jti": str(number)}) for number in range(3))
    odd = Message((Sending(drafts, lambda texts: write_body(texts) + b" "), Sending()))
    assert fitting(odd, 2) == odd


def bad(*entries: Any, **target: Any) -> Any:
    return launches.hosted(*entries, values={"name": "no-roles"}, **target)


def test_a_page_for_each_launch_needs_a_text_that_tells_them_apart() -> None:
    good = welcomed(visit("get", end=f"{launches.TOOL}/app/1"), visit("post", end=f"{launches.TOOL}/app/2"),
                    refused("garbage"), visit("again", end=f"{launches.TOOL}/app/3"))  # fmt: skip
    record = bad(refused("bad"), visit("after", end=f"{launches.TOOL}/app/4"))
    assert launches.said(BAD, bad_launch=record, welcomed=good) == "untestable"
    shown = [visit("bad", text="Sorry"), visit("after", text="Hello", end=f"{launches.TOOL}/app/4")]
    greeted = welcomed(visit("get", text="Hello"), visit("post", text="Hello"), refused("garbage"), welcome="Hello")
    assert launches.said(BAD, bad_launch=bad(*shown, welcome="Hello"), welcomed=greeted) == PASSES


@pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 404])
def test_a_refusal_under_the_title_of_refusals_is_one_whatever_its_status(status: int) -> None:
    assert launches.said(BAD, bad_launch=bad(refused("bad", status), visit("after"))) == PASSES


def test_an_application_on_another_host_is_where_a_launch_may_end() -> None:
    there = "https://app.example/#/home"
    good = welcomed(visit("get", end=there), visit("post", end=there), refused("garbage"), visit("again", end=there))
    for ended, verdict in ((refused("bad"), PASSES), (visit("bad", end=there), "takes-no-roles")):
        assert launches.said(BAD, bad_launch=bad(ended, visit("after", end=there)), welcomed=good) == verdict


@pytest.mark.parametrize("name", ["tool.greets-only", "tool.refuses-launches"])
def test_a_tool_without_a_handler_for_copies_is_accused_of_nothing(name: str) -> None:
    async def verdicts() -> set[str]:
        lab = Lab("lti-tool")
        scenarios = [lab.suite.scenarios[one] for one in ("notified", "claimed", "listed", "deployments", "rotated")]
        trial = await lab.trial(Peer(name, (name,)), scenarios, with_rows=True)
        return {row.verdict for row in trial.rows if row.judgements}

    assert asyncio.run(verdicts()) <= {"pass", "untestable", "not-run"}
