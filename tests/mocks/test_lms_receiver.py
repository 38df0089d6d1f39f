"""The mock receiver stores results by its declared policy; each of its faults shows, for the reason that it states."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from harness.evidence.journal import Journal
from harness.judging.catalogue import load
from harness.net.client import NOWHERE, HttpClient, Received, Request
from harness.net.clock import ManualClock
from harness.net.listener import Inbound, Listener, Reply
from harness.net.loop import Loop
from harness.subjects.counterpart import Surroundings
from harness.wire import cloud_v1
from harness.wire.binding import FORM, encode_query
from harness.wire.cloud_v1_answer import ok
from harness.wire.cloud_v1_results import FORMATS, report_for, write_report
from harness.wire.results_policy import BLANK, FIELDS, Delivery, State, allowed
from harness.wire.results_probe import Probed, probe_url, read_probe, write_probe
from mocks.faults.base import LEFT_OUT, VARIANT, WRONG_REASON, WRONG_VALUE
from mocks.faults.composing import catalogue, lms_behaviour
from mocks.lms.behaviour import Account
from mocks.lms.mock import ACCOUNT, LmsMock
from mocks.lms.receiver import Refresh, ResultsReceiver
from mocks.state.memory import MemoryStore
from mocks.state.sqlite import SqliteStore

PATIENCE = 0.3
FAULTS = catalogue("results-receiver")
RIGHT = (ACCOUNT.user, ACCOUNT.password)
DONE = State("complete", "passed", Decimal("85.5"), 324)
HALF = State("incomplete", "unknown", None, 60)
SECRET = "application-secret-77"
Found = set[tuple[str, str]]
Step = Callable[["World", Found], Coroutine[Any, Any, None]]


def xml(regid: str, state: State, format: str = "course", suspend_data: str = "") -> str:
    report = report_for(
        regid, "Golf", complete=state.complete, success=state.success, score=state.score, totaltime=state.totaltime,
        suspend_data=suspend_data,
    )  # fmt: skip
    return write_report(report, format).write()


@dataclass
class World:
    """One mock with a client that posts to it, and an API that it can pull from."""

    mock: LmsMock
    client: HttpClient
    at: Mapping[str, Any]
    api_url: str
    answers: dict[str, str]
    pulled: list[Inbound]
    loaded: list[Inbound]
    posted: list[Received] = field(default_factory=list)
    count: int = 0

    async def enrolled(self) -> str:
        self.count += 1
        regid = f"Reg {self.count}"
        await self.mock.enrol(regid)
        return regid

    async def post(
        self, data: str, how: str = "form", login: tuple[str, str] | None = RIGHT, cookie: str = ""
    ) -> Received:
        headers: tuple[tuple[str, str], ...] = (("Cookie", cookie),) if cookie else ()
        if how == "form":
            pairs = (("data", data), *((("username", login[0]), ("password", login[1])) if login else ()))
            body = encode_query(pairs).replace("%20", "+").encode()
            request = Request("POST", self.at["url"], (("Content-Type", FORM), *headers), body)
        else:
            if login:
                headers += (("Authorization", "Basic " + base64.b64encode(":".join(login).encode()).decode()),)
            request = Request("POST", self.at["url"], (("Content-Type", "text/xml"), *headers), data.encode())
        self.posted.append(await self.client.send(NOWHERE, "postback", request))
        return self.posted[-1]

    async def shown(self, regid: str) -> Probed:
        received = await self.client.send(NOWHERE, "probe", Request("GET", probe_url(self.at["probe"], regid)))
        return read_probe(received.status, received.body)

    async def state(self, regid: str) -> tuple[Any, ...] | None:
        found = (await self.shown(regid)).state
        return None if found is None else values(found)

    async def refresh(self, regid: str) -> None:
        await self.mock.refresh(regid, self.api_url, "app", SECRET)


def values(state: State) -> tuple[Any, ...]:
    return tuple(getattr(state, name) for name in FIELDS)


@asynccontextmanager
async def world(*faults: str):
    clock = ManualClock()
    answers: dict[str, str] = {}
    pulled: list[Inbound] = []
    loaded: list[Inbound] = []

    async def api(inbound: Inbound) -> Reply:
        if inbound.path == "/entity":
            loaded.append(inbound)
            return Reply(200, (), b"x")
        pulled.append(inbound)
        params = dict(cloud_v1.parameters(inbound.query, "", b""))
        return Reply(200, (), answers[params["regid"]].encode())

    listener, mock, client = Listener(api), LmsMock(), HttpClient(Journal(clock.now), PATIENCE)
    await listener.start()
    at = await mock.start(Surroundings(faults=faults, clock=clock, patience=PATIENCE))
    try:
        yield World(mock, client, at, f"http://127.0.0.1:{listener.port}/api", answers, pulled, loaded)
    finally:
        await mock.quiesce()
        await mock.stop()
        await client.close()
        await listener.stop()


async def answering(world: World, found: Found) -> None:
    """Rows 1 to 4, 11 and 13: one right postback of each kind, and what answers it."""
    statuses = []
    for how, row in (("form", "03"), ("httpbasic", "04")):
        regid = await world.enrolled()
        received = await world.post(xml(regid, DONE), how)
        stored = await world.state(regid) == values(DONE)
        statuses.append(received.status)
        if received.error:
            found.add(("13", "no-answer-in-time") if received.error == "timeout" else ("01", "no-answer"))
        elif 300 <= received.status < 400:
            found.add(("01", "redirected"))
        elif received.status >= 400:
            found.add((row, f"{how}-refused"))
        elif received.status != 200:
            found.add(("02", "not-200"))
        if 200 <= received.status < 300 and not stored:
            found.add((row, f"{how}-not-stored"))
        cookie = (received.header("Set-Cookie") or "").partition(";")[0]
        if cookie and not stored:
            await world.post(xml(regid, DONE), how, cookie=cookie)
            if await world.state(regid) == values(DONE):
                found.add(("11", "not-stored-without-session" if received.status == 200 else "refused-without-session"))
    if all(status >= 400 for status in statuses):
        found.add(("01", "refused"))


async def believing(world: World, found: Found) -> None:
    """Row 5, and of row 4 that the header is checked."""
    for how in ("form", "httpbasic"):
        for login, name in (
            ((ACCOUNT.user, "wrong-pass-3f"), "wrong"),
            (("other", RIGHT[1]), "wrong"),
            (None, "missing"),
        ):
            regid = await world.enrolled()
            received = await world.post(xml(regid, DONE), how, login)
            if await world.state(regid) != values(BLANK):
                found.add(("05", f"{name}-credentials-taken"))
                found |= {("04", "header-not-checked")} if how == "httpbasic" else set()
            elif not 400 <= received.status < 500:
                found.add(("05", "not-4xx"))


async def reading(world: World, found: Found) -> None:
    """Rows 6 and 7: formats, values and wrappings."""
    for format in FORMATS:
        for state in (DONE, HALF, State("complete", "failed", Decimal(0), 61)):
            regid = await world.enrolled()
            received = await world.post(xml(regid, state, format))
            if received.status >= 400:
                found.add(("06", "server-error" if received.status >= 500 else "format-refused"))
                continue
            shown = (await world.shown(regid)).state
            if shown is not None and values(shown) == values(BLANK):
                found.add(("06", "not-stored"))
            elif shown is not None:
                found |= {("06", f"wrong-{name}") for name in FIELDS if getattr(shown, name) != getattr(state, name)}
    declaration = '<?xml version="1.0" encoding="utf-8"?>\n'
    for before, after, name in ((declaration, "", "declaration"), ('<rsp stat="ok">', "</rsp>", "wrapped")):
        regid = await world.enrolled()
        received = await world.post(before + xml(regid, DONE) + after)
        stored = await world.state(regid) == values(DONE)
        found |= set() if stored else {("07", f"{name}-{'refused' if received.status >= 400 else 'not-stored'}")}


async def repeating(world: World, found: Found) -> None:
    """Rows 8 and 9: duplicates, what comes late, improvements, a reset, an older poll."""
    regid = await world.enrolled()
    await world.post(xml(regid, DONE))
    first = await world.shown(regid)
    again = await world.post(xml(regid, DONE))
    second = await world.shown(regid)
    found |= {("08", "repetition-refused")} if again.status >= 400 else set()
    found |= {("08", "state-changed")} if first.state != second.state else set()
    found |= {("08", "applied-twice")} if first.applied != second.applied else set()
    old = State("incomplete", "failed", Decimal(40), 60)
    await world.post(xml(regid, old))
    late = (await world.shown(regid)).state or BLANK
    found |= {("09", "completion-undone")} if late.complete != "complete" else set()
    found |= {("09", "pass-undone")} if late.success != "passed" else set()
    found |= {("09", "score-lowered")} if late.score != DONE.score else set()
    found |= {("09", "time-shortened")} if late.totaltime < 324 else set()
    await world.mock.reset(regid)
    found |= {("09", "reset-ignored")} if await world.state(regid) != values(BLANK) else set()
    regid = await world.enrolled()
    await world.post(xml(regid, old))
    await world.post(xml(regid, DONE))
    better = (await world.shown(regid)).state or BLANK
    found |= {("09", "newer-ignored")} if better.complete != "complete" else set()
    found |= {("09", "pass-refused")} if better.success != "passed" else set()
    world.answers[regid] = ok_of(regid, old)
    before = await world.state(regid)
    await world.refresh(regid)
    found |= {("09", "older-poll-won")} if await world.state(regid) != before else set()


def ok_of(regid: str, state: State) -> str:
    report = report_for(
        regid, "Golf", complete=state.complete, success=state.success, score=state.score, totaltime=state.totaltime
    )
    return ok(write_report(report))


async def not_knowing(world: World, found: Found) -> None:
    """Row 10."""
    statuses = [(await world.post(xml("nobody", DONE))).status for _ in range(2)]
    found |= {("10", "server-error")} if max(statuses) >= 500 else set()
    found |= {("10", "status-not-fixed")} if statuses[0] != statuses[1] else set()
    found |= {("10", "record-made")} if await world.state("nobody") is not None else set()
    regid = await world.enrolled()
    await world.post(xml(regid.upper(), DONE))
    found |= {("10", "other-record-changed")} if await world.state(regid) != values(BLANK) else set()


async def recovering(world: World, found: Found) -> None:
    """Rows 12 and 16: after an outage, and when every postback was lost."""
    regid = await world.enrolled()
    await world.mock.act("outage", {"INVIGIL_TIMES": "2"})
    refused = [(await world.post(xml(regid, DONE))).status for _ in range(2)]
    if refused == [503, 503]:
        received = await world.post(xml(regid, DONE))
        found |= {("12", "retry-refused")} if received.status >= 400 else set()
        not_stored = received.status == 200 and await world.state(regid) != values(DONE)
        found |= {("12", "retry-not-stored")} if not_stored else set()
    regid = await world.enrolled()
    world.answers[regid] = ok_of(regid, DONE)
    await world.refresh(regid)
    state = await world.state(regid)
    found |= (
        {("16", "not-refreshed" if state == values(BLANK) else "refresh-differs")} if state != values(DONE) else set()
    )


async def guarding(world: World, found: Found) -> None:
    """Rows 14 and 17: hostile and large data, and where credentials turn up."""
    regid = await world.enrolled()
    inner = '<!DOCTYPE r [<!ENTITY c "complete">]>' + xml(regid, DONE).replace(">complete<", ">&c;<")
    url = world.api_url.removesuffix("/api") + "/entity"
    outer = f'<!DOCTYPE r [<!ENTITY c SYSTEM "{url}">]>' + xml(regid, DONE).replace(">complete<", ">&c;<")
    for data in (inner, outer):
        found |= {("14", "server-error")} if (await world.post(data)).status >= 500 else set()
    found |= {("14", "entity-expanded")} if await world.state(regid) == values(DONE) else set()
    found |= {("14", "entity-loaded")} if world.loaded else set()
    regid = await world.enrolled()
    received = await world.post(xml(regid, DONE, "full", "x" * 5_000_000), "httpbasic")
    if received.status >= 400:
        found.add(("14", "large-refused"))
    elif await world.state(regid) != values(DONE):
        found.add(("14", "large-not-stored"))
    log = (await world.client.send(NOWHERE, "log", Request("GET", world.at["log"]))).body
    for secret in (ACCOUNT.password.encode(), b"wrong-pass-3f"):
        found |= {("17", "logged")} if secret in log else set()
        found |= {("17", "echoed")} if any(secret in received.body for received in world.posted) else set()


STEPS = (answering, believing, reading, repeating, not_knowing, recovering, guarding)


ROWS = dict.fromkeys(("01", "02", "03", "04", "11", "13"), (answering,)) | {
    "04": (answering, believing), "05": (believing,), "06": (reading,), "07": (reading,), "08": (repeating,),
    "09": (repeating,), "10": (not_knowing,), "12": (recovering,), "14": (guarding,), "16": (recovering,),
    "17": (believing, guarding),
}  # fmt: skip


async def judged(*faults: str, steps: Sequence[Step] = STEPS) -> Found:
    found: Found = set()
    async with world(*faults) as made:
        for step in steps:
            await step(made, found)
    return {(f"CLOUD-RECV-{row}", reason) for row, reason in found}


@pytest.fixture(scope="module")
def loop() -> Iterator[Loop]:
    with Loop() as made:
        yield made


def test_the_right_receiver_shows_no_fault(loop: Loop) -> None:
    assert loop.run(judged()) == set()


HARMLESS = [name for name, fault in FAULTS.items() if fault.kind == VARIANT and not name.endswith("-declared")]


@pytest.mark.parametrize("name", HARMLESS)
def test_a_legitimate_variant_shows_no_fault(loop: Loop, name: str) -> None:
    assert loop.run(judged(name)) == set()


DECLARED = [name for name, fault in FAULTS.items() if name.endswith("-declared")]


@pytest.mark.parametrize("name", DECLARED)
def test_a_receiver_ends_in_what_the_policy_of_its_owner_allows(loop: Loop, name: str) -> None:
    arriving = [DONE, State("incomplete", "failed", Decimal(40), 60), HALF]

    async def run() -> None:
        async with world(name) as made:
            regid = await made.enrolled()
            for state in arriving:
                await made.post(xml(regid, state))
            ended = (await made.shown(regid)).state or BLANK
            history = [Delivery(state) for state in arriving]
            assert allowed(history, made.at["policy"])(ended)
            assert not allowed(history)(ended)

    loop.run(run())


BREAKING = [name for name, fault in FAULTS.items() if fault.kind in (LEFT_OUT, WRONG_VALUE)]


@pytest.mark.parametrize("name", BREAKING)
def test_a_fault_shows_for_the_reason_that_it_states(loop: Loop, name: str) -> None:
    fault = FAULTS[name]
    steps = dict.fromkeys(step for row in fault.breaks for step in ROWS[row.removeprefix("CLOUD-RECV-")])
    found = loop.run(judged(name, steps=tuple(steps)))
    assert set(fault.breaks.items()) <= found


def test_every_row_has_faults_of_the_kinds_that_its_level_asks_for() -> None:
    for row in load("results-receiver").values():
        if not row.id.startswith("CLOUD-RECV-") or row.id == "CLOUD-RECV-15":
            continue
        kinds = {fault.kind for fault in FAULTS.values() if row.id in fault.breaks}
        assert kinds >= ({LEFT_OUT, WRONG_VALUE} if row.level == "MUST" else set())
        assert kinds, row.id
    assert {WRONG_REASON, VARIANT} <= {fault.kind for fault in FAULTS.values()}


def test_a_pull_is_signed_by_the_clock_of_the_mock(loop: Loop) -> None:
    async def run() -> None:
        async with world() as made:
            regid = await made.enrolled()
            made.answers[regid] = ok_of(regid, DONE)
            await made.refresh(regid)
            pairs = cloud_v1.parameters(made.pulled[0].query, "", b"")
            assert dict(pairs)["sig"] == cloud_v1.signature(pairs, SECRET)
            assert dict(pairs)["ts"] == cloud_v1.write_ts(ManualClock().now())
            made.answers[regid] = "<rsp stat='fail'/>"
            with pytest.raises(Refresh, match="no result of this registration"):
                await made.refresh(regid)
            made.answers["nobody"] = ok_of("nobody", DONE)
            with pytest.raises(Refresh, match="not known here"):
                await made.refresh("nobody")

    loop.run(run())


def test_its_owner_enrols_resets_and_refreshes_over_http(loop: Loop) -> None:
    async def act(made: World, name: str, regid: str, body: str = "") -> int:
        url = probe_url(made.at[name], regid)
        request = Request("POST", url, (("Content-Type", FORM),), body.encode())
        return (await made.client.send(NOWHERE, name, request)).status

    async def run() -> None:
        async with world() as made:
            regid = "é/ &+?%"
            assert await act(made, "reset", regid) == 409
            assert await act(made, "enrol", regid) == 200
            assert await act(made, "enrol", "x" * 256) == 409
            assert await act(made, "enrol", "") == 409
            made.answers[regid] = ok_of(regid, DONE)
            api = (("api_url", made.api_url), ("appid", "app"), ("secret", SECRET))
            assert await act(made, "refresh", regid, encode_query(api)) == 200
            assert await made.state(regid) == values(DONE)
            assert await act(made, "refresh", regid) == 409
            assert await act(made, "reset", regid) == 200
            assert await made.state(regid) == values(BLANK)
            wish = {"INVIGIL_REGISTRATION": regid, "INVIGIL_API_URL": made.api_url}
            wish |= {"INVIGIL_API_APPID": "app", "INVIGIL_API_SECRET": SECRET}
            done = await made.mock.act("refresh", wish)
            assert done.status == "succeeded"
            assert (await made.mock.act("outage", {"INVIGIL_TIMES": "many"})).status == "failed"

    loop.run(run())


def test_many_deliveries_at_once_end_in_the_state_of_the_best(loop: Loop) -> None:
    async def run() -> None:
        async with world() as made:
            regid = await made.enrolled()
            states = [State("incomplete", "failed", Decimal(at), at) for at in range(50)] + [DONE]
            await asyncio.gather(*(made.post(xml(regid, state)) for state in states * 2))
            assert await made.state(regid) == values(DONE)

    loop.run(run())


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({"Content-Type": "application/json"}, b"{}", 415),
        ({"Content-Type": FORM}, b"\xff\xfe%zz&&&=", 403),
        ({"Content-Type": "text/xml", "Authorization": "Basic !"}, b"<a/>", 401),
        ({"Content-Type": "text/xml", "Authorization": "Basic 4pj/"}, b"", 401),
        ({"Content-Type": FORM}, b"x" * (9 << 20), 413),
    ],
)
def test_what_is_no_postback_is_refused(loop: Loop, headers: dict[str, str], body: bytes, status: int) -> None:
    async def run() -> None:
        async with world() as made:
            received = await made.client.send(
                NOWHERE, "x", Request("POST", made.at["url"], tuple(headers.items()), body)
            )
            assert received.status == status or (status == 413 and received.error)
            assert (await made.client.send(NOWHERE, "x", Request("GET", made.at["url"]))).status == 405

    loop.run(run())


def test_results_survive_in_a_file(loop: Loop, tmp_path: Path) -> None:
    def receiver(store: SqliteStore | MemoryStore) -> ResultsReceiver:
        clock = ManualClock()
        client = HttpClient(Journal(clock.now), PATIENCE)
        return ResultsReceiver(store, clock, client, lambda: lms_behaviour(()), Account())

    async def run() -> None:
        store = SqliteStore(tmp_path / "lms.sqlite")
        first = receiver(store)
        await first.enrol("r1")
        body = encode_query((("data", xml("r1", DONE)),)).encode()
        assert (await first.answer(Inbound("", "POST", "/", (("Content-Type", FORM),), body))).status == 200
        store.close()
        store = SqliteStore(tmp_path / "lms.sqlite")
        assert (await receiver(store).shown("r1")).body == write_probe("r1", DONE, 1)
        store.close()

    loop.run(run())
