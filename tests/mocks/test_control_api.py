"""The control API: clock, faults, triggers, state, journal and events of a served engine."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from harness.net.client import NOWHERE, Request
from harness.net.loop import Loop
from harness.wire.binding import FORM, encode_query
from harness.wire.pens import write_expiry
from harness.wire.pens_answer import read_answer
from mocks.control.serving import ControlAt
from mocks.faults.base import own_overrides
from mocks.faults.composing import catalogue
from tests.mocks.control_caller import Caller, calling

START = "2026-01-15T12:00:00.000Z"


@pytest.fixture
def caller(loop: Loop) -> Iterator[Caller]:
    with calling(loop) as made:
        yield made


def collect(caller: Caller, tenant: str = "default", **changes: str) -> Any:
    """Publish the course that lies beside the engine."""
    base, user = caller.info["url"], caller.info["pens"]["credential"].partition(":")
    pairs = {
        "command": "collect", "pens-version": "1.0.0", "package-type": "scorm-pif", "package-type-version": "1.2",
        "package-format": "zip", "package-id": "urn:course", "package-url": f"{base}/try/course.zip",
        "package-url-expiry": write_expiry(caller.mock.now(tenant) + timedelta(days=1)), "client": "test",
        "receipt": f"{base}/try/receipt", "alerts": f"{base}/try/receipt", "system-user-id": user[0],
        "system-password": user[2], **changes,
    }  # fmt: skip
    url = f"{base}/pens?configuration={tenant}"
    request = Request("POST", url, (("Content-Type", FORM),), encode_query(tuple(pairs.items())).encode())
    return read_answer(caller.loop.run(caller.client.send(NOWHERE, "collect", request)).body)


def test_the_clock_of_one_tenant_is_advanced_and_no_other(caller: Caller) -> None:
    assert caller.ask("GET", "/clock") == {"tenant": "", "now": START}
    moved = caller.ask("POST", "/clock/advance", body={"by": "16m", "tenant": "default"})
    assert moved == {"tenant": "default", "now": "2026-01-15T12:16:00.000Z", "ran": 0}
    assert caller.ask("GET", "/clock", tenant="default")["now"] == moved["now"]
    assert caller.ask("GET", "/clock", tenant="other")["now"] == START


@pytest.mark.parametrize(
    ("by", "now"),
    [
        (90, "2026-01-15T12:01:30.000Z"),
        (0.5, "2026-01-15T12:00:00.500Z"),
        ("90s", "2026-01-15T12:01:30.000Z"),
        ("15h", "2026-01-16T03:00:00.000Z"),
        ("7d", "2026-01-22T12:00:00.000Z"),
        ("1d2h3m4s", "2026-01-16T14:03:04.000Z"),
        (0, START),
    ],
)
def test_a_step_is_seconds_or_a_duration(caller: Caller, by: Any, now: str) -> None:
    assert caller.ask("POST", "/clock/advance", body={"by": by})["now"] == now
    assert caller.ask("GET", "/clock", tenant="default")["now"] == now


@pytest.mark.parametrize(
    "by",
    ["16", "", "m", "-5m", "5 m", "16M", "1m1h", "16m\n", "٣m", "1.5h", "999999999d", -1, 1e300, True, None, [], {}],
)
def test_a_step_that_is_no_duration_is_refused_and_nothing_moves(caller: Caller, by: Any) -> None:
    error = caller.refused("POST", "/clock/advance", 422, {"by": by})
    assert (error["code"], error["field"]) == ("invalid-value", "by")
    assert "90s, 16m, 15h, 7d" in error["expected"]
    assert caller.ask("GET", "/clock")["now"] == START


def test_protocol_time_does_not_leave_the_calendar(caller: Caller) -> None:
    caller.mock.engine.clock.advance(timedelta(days=7970 * 365))
    assert caller.refused("POST", "/clock/advance", 422, {"by": "3650d"})["field"] == "by"
    assert caller.ask("GET", "/clock")["now"].startswith("9990-")


def test_what_becomes_due_on_the_way_is_counted(caller: Caller) -> None:
    done: list[str] = []

    async def owe() -> None:
        engine = caller.mock.engine
        engine.outbox._worker = work
        async with engine.store.transaction() as tx:
            for minutes in (5, 10, 20):
                engine.outbox.owe(tx, "default", "later", f"m{minutes}", timedelta(minutes=minutes))

    async def work(owed: Any) -> None:
        done.append(f"{owed.key} at {caller.mock.now('default'):%H:%M}")

    caller.loop.run(owe())
    assert caller.ask("POST", "/clock/advance", body={"by": "16m", "tenant": "default"})["ran"] == 2
    assert done == ["m5 at 12:05", "m10 at 12:10"]


def test_an_unknown_tenant_is_named_with_the_nearest(caller: Caller) -> None:
    for error in (
        caller.refused("GET", "/clock", 404, tenant="defalt"),
        caller.refused("POST", "/clock/advance", 404, {"by": 1, "tenant": "defalt"}),
        caller.refused("POST", "/quiesce", 404, {"tenant": "defalt"}),
        caller.refused("POST", "/faults", 404, {"name": "pens.bare-lf", "tenant": "defalt"}),
    ):
        assert (error["code"], error["field"], error["expected"]) == ("unknown-tenant", "tenant", "default")


def test_the_faults_that_can_be_planted_are_those_of_what_the_mock_plays(caller: Caller) -> None:
    listed = caller.ask("GET", "/faults")["faults"]
    assert {one["name"] for one in listed} == set(catalogue("pens-target"))
    assert all(one["what"] for one in listed)
    assert {one["subject"] for one in listed} == {"pens-target"}


def test_a_fault_bends_so_many_messages_of_its_tenant_and_is_gone(caller: Caller) -> None:
    planted = caller.ask("POST", "/faults", 201, {"name": "pens.refuses-all", "tenant": "default", "times": 2})
    assert planted == {
        "subject": "pens-target", "name": "pens.refuses-all", "tenant": "default", "match": "", "times": 2, "left": 2,
    }  # fmt: skip
    assert collect(caller, "other").error == 0
    assert collect(caller).error is None
    assert [one["left"] for one in caller.ask("GET", "/faults/active")["faults"]] == [1]
    assert collect(caller).error is None
    assert caller.ask("GET", "/faults/active") == {"faults": []}
    assert collect(caller).error == 0


def test_a_fault_for_all_messages_stays_until_it_is_cleared(caller: Caller) -> None:
    assert caller.ask("POST", "/faults", 201, {"name": "pens.refuses-all"})["left"] is None
    assert [collect(caller).error for _ in range(3)] == [None] * 3
    assert caller.ask("DELETE", "/faults", name="pens.refuses-all") == {"cleared": 1}
    assert collect(caller).error == 0
    assert caller.ask("DELETE", "/faults") == {"cleared": 0}


def test_faults_are_cleared_by_name_by_tenant_or_all(caller: Caller) -> None:
    def plant() -> None:
        for name, tenant in (("pens.bare-lf", ""), ("pens.no-receipt", "default"), ("pens.no-receipt", "other")):
            caller.ask("POST", "/faults", 201, {"name": name, "tenant": tenant})

    asked: tuple[tuple[dict[str, Any], list[str]], ...] = (
        ({"name": "pens.no-receipt"}, ["pens.bare-lf"]),
        ({"tenant": "other"}, ["pens.bare-lf", "pens.no-receipt"]),
        ({"name": "pens.no-receipt", "tenant": "default"}, ["pens.bare-lf", "pens.no-receipt"]),
        ({}, []),
    )
    for query, left in asked:
        plant()
        caller.ask("DELETE", "/faults", **query)
        assert [one["name"] for one in caller.ask("GET", "/faults/active")["faults"]] == left
        caller.ask("DELETE", "/faults")


def test_two_faults_that_override_the_same_thing_are_named_and_the_first_stays(caller: Caller) -> None:
    faults = list(catalogue("pens-target").values())
    one, two = next((a, b) for a in faults for b in faults if a is not b and own_overrides(a) & own_overrides(b))
    caller.ask("POST", "/faults", 201, {"name": one.name, "tenant": "default", "times": 1})
    error = caller.refused("POST", "/faults", 409, {"name": two.name})
    assert error["code"] == "fault-conflict"
    assert one.name in error["message"]
    assert two.name in error["message"]
    assert [planted["name"] for planted in caller.ask("GET", "/faults/active")["faults"]] == [one.name]
    assert caller.ask("POST", "/faults", 201, {"name": two.name, "tenant": "other"})["name"] == two.name


def test_an_unknown_fault_is_named_with_the_nearest(caller: Caller) -> None:
    for error in (
        caller.refused("POST", "/faults", 404, {"name": "pens.no-recipt"}),
        caller.refused("DELETE", "/faults", 404, name="pens.no-recipt"),
    ):
        assert (error["code"], error["expected"], error["got"]) == (
            "unknown-fault",
            "pens.no-receipt",
            "pens.no-recipt",
        )


def test_a_face_whose_messages_are_all_alike_takes_no_pattern(caller: Caller) -> None:
    assert caller.refused("POST", "/faults", 422, {"name": "pens.bare-lf", "match": "x*"})["field"] == "match"


def test_a_trigger_is_pulled_with_its_values_and_tells_what_came_of_it(caller: Caller) -> None:
    (listed,) = caller.ask("GET", "/triggers")["triggers"]
    assert (listed["name"], listed["argument"], listed["values"]["required"]) == ("registration", "id", ["id"])
    outcome = caller.ask("POST", "/triggers/registration", body={"id": "R1", "to": "passed", "score": 92})
    assert outcome == {"status": "succeeded", "output": "passed with 92", "id": "R1", "deliveries": 2}
    assert caller.pulled == [{"id": "R1", "to": "passed", "score": 92}]
    assert caller.ask("POST", "/triggers/registration", body={"id": "unlucky"})["status"] == "failed"


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({}, "missing-field", "id"),
        ({"id": 7}, "invalid-value", "id"),
        ({"id": "R1", "score": 101}, "invalid-value", "score"),
        ({"id": "R1", "scoer": 1}, "unknown-field", "scoer"),
        ({"id": "R1", "to": "done"}, "invalid-value", "to"),
        ({"id": "nobody"}, "invalid-value", "id"),
    ],
)
def test_values_that_a_trigger_does_not_take_are_refused_by_name(
    caller: Caller, values: Any, code: str, field: str
) -> None:
    error = caller.refused("POST", "/triggers/registration", 422, values)
    assert (error["code"], error["field"]) == (code, field)


def test_a_trigger_that_breaks_tells_no_more_than_that(caller: Caller) -> None:
    error = caller.refused("POST", "/triggers/registration", 500, {"id": "broken"})
    assert error["code"] == "internal"
    assert "ZeroDivisionError" in error["message"]
    assert "secret" not in error["message"]
    assert caller.ask("GET", "/clock")["now"] == START


def test_an_unknown_trigger_is_named_with_the_nearest(caller: Caller) -> None:
    assert caller.refused("POST", "/triggers/registraton", 404, {})["expected"] == "registration"


def test_state_events_and_journal_tell_of_an_import_without_its_secrets(caller: Caller) -> None:
    assert caller.ask("GET", "/state") == {"tables": []}
    assert collect(caller, **{"package-url-password": "of-the-package-1"}).error == 0
    assert caller.ask("POST", "/quiesce", body={}) == {"tenant": "", "quiet": True}
    tables = {one["name"]: one["count"] for one in caller.ask("GET", "/state")["tables"]}
    assert (tables["courses"], tables["jobs"]) == (1, 1)
    (course,) = caller.ask("GET", "/state/courses")["rows"]
    assert course["key"] == course["row"]["id"]
    assert (course["row"]["title"], course["row"]["created"]) == ("A course to try", START)
    jobs = caller.ask("GET", "/state/jobs", tenant="default")
    assert jobs["rows"][0]["row"]["elements"]["system-user-id"] == "pens-tool"
    assert caller.ask("GET", "/state/jobs", tenant="other")["rows"] == []
    events = caller.ask("GET", "/events")["events"]
    assert {one["name"] for one in events} == {"collect", "fetched", "course", "receipt", "alert"}
    assert [one["number"] for one in events] == [1, 2, 3, 4, 5]
    entries = caller.ask("GET", "/journal")["entries"]
    assert [one["channel"] for one in entries if one["direction"] == "out"] == ["package", "receipt", "alert"]
    assert [one["channel"] for one in entries if one["direction"] == "in"] == ["pens", "try", "try", "try"]
    told = str((jobs, events, entries))
    for secret in (caller.info["pens"]["credential"].partition(":")[2], "of-the-package-1"):
        assert secret not in told


def test_rows_are_listed_page_by_page(caller: Caller) -> None:
    async def fill() -> None:
        async with caller.mock.store.transaction() as tx:
            for number in range(5):
                tx.put("regs/app 1", f"r/{number} ü", number)

    caller.loop.run(fill())
    seen, after = [], None
    for size in (2, 2, 1):
        query = {"limit": 2} | ({} if after is None else {"after": after})
        page = caller.ask("GET", "/state/regs%2Fapp%201", **query)
        assert len(page["rows"]) == size
        seen += [row["row"] for row in page["rows"]]
        after = page["next"]
    assert (seen, after) == ([0, 1, 2, 3, 4], None)
    assert caller.refused("GET", "/state/regs/app%201", 422, after="gone")["field"] == "after"
    assert caller.refused("GET", "/state/regs", 404)["code"] == "unknown-table"


def test_the_journal_is_read_on_from_where_it_was_left(caller: Caller) -> None:
    collect(caller)
    caller.ask("POST", "/quiesce", body={})
    whole = caller.ask("GET", "/journal")
    seen, after = [], 0
    for _ in whole["entries"]:
        page = caller.ask("GET", "/journal", after=after, limit=1)
        seen += page["entries"]
        after = page["next"]
    assert (seen, after) == (whole["entries"], whole["next"])
    assert caller.ask("GET", "/journal", after=after) == {"entries": [], "next": after}


def test_who_waits_for_an_event_is_answered_when_it_comes(caller: Caller) -> None:
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(caller.ask, "GET", "/events", after=0, wait=20)
        while not caller.mock.events._arrived._waiters:
            caller.ask("GET", "/clock")
        caller.loop.run(tell(caller, "hello", {"n": 1}))
        answer = waiting.result(20)
    assert [(one["number"], one["name"], one["facts"]) for one in answer["events"]] == [(1, "hello", {"n": 1})]
    assert answer["next"] == 1


def test_who_waits_for_nothing_is_answered_after_a_bounded_time(caller: Caller) -> None:
    assert caller.ask("GET", "/events", after=0, wait=0.01) == {"events": [], "next": 0, "first": 1}
    assert caller.refused("GET", "/events", 422, wait=31)["field"] == "wait"


def test_events_that_are_gone_are_not_passed_over_in_silence(caller: Caller) -> None:
    caller.mock.events._kept = type(caller.mock.events._kept)(maxlen=3)
    for number in range(5):
        caller.loop.run(tell(caller, "event", {"n": number}))
    answer = caller.ask("GET", "/events", after=0)
    assert ([one["number"] for one in answer["events"]], answer["first"]) == ([3, 4, 5], 3)
    assert [one["number"] for one in caller.ask("GET", "/events", after=4, limit=1)["events"]] == [5]


def test_events_are_told_to_whoever_serves_the_mock_as_well(loop: Loop) -> None:
    heard: list[str] = []
    with calling(loop, tell=lambda name, facts: heard.append(name)) as caller:
        collect(caller)
        caller.ask("POST", "/quiesce", body={})
        assert heard == [one["name"] for one in caller.ask("GET", "/events")["events"]] != []


def test_a_taken_port_is_passed_over_only_when_nobody_chose_it(loop: Loop) -> None:
    with calling(loop) as first:
        taken = int(first.control.url.rpartition(":")[2].partition("/")[0])
        with calling(loop, ControlAt(port=taken)) as second:
            assert second.control.url != first.control.url
            assert second.ask("GET", "/clock")["now"] == START
        with pytest.raises(OSError, match="address already in use"), calling(loop, ControlAt(port=taken, or_any=False)):
            pass


async def tell(caller: Caller, name: str, facts: dict[str, Any]) -> None:
    caller.mock.events.tell(name, facts)
