"""The mock receiver stores results by its declared policy; its owner enrols, resets, refreshes and looks."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
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
from harness.wire.cloud_v1_results import report_for, write_report
from harness.wire.results_policy import BLANK, FIELDS, Delivery, State, allowed
from harness.wire.results_probe import Probed, probe_url, read_probe, write_probe
from mocks.app import Wishes
from mocks.engine.domain import Credential
from mocks.faults.base import LEFT_OUT, VARIANT, WRONG_REASON, WRONG_VALUE
from mocks.faults.composing import catalogue, lms_behaviour
from mocks.lms.behaviour import Account
from mocks.lms.mock import ACCOUNT, LmsMock
from mocks.lms.receiver import Refresh, ResultsReceiver
from mocks.lms.serving import serve_lms
from mocks.state.memory import MemoryStore
from mocks.state.sqlite import SqliteStore

PATIENCE = 0.3
FAULTS = catalogue("results-receiver")
RIGHT = (ACCOUNT.user, ACCOUNT.password)
DONE = State("complete", "passed", Decimal("85.5"), 324)
HALF = State("incomplete", "unknown", None, 60)
SECRET = "application-secret-77"


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
        return await self.client.send(NOWHERE, "postback", request)

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

    async def api(inbound: Inbound) -> Reply:
        pulled.append(inbound)
        params = dict(cloud_v1.parameters(inbound.query, "", b""))
        return Reply(200, (), answers[params["regid"]].encode())

    listener, mock, client = Listener(api), LmsMock(), HttpClient(Journal(clock.now), PATIENCE)
    await listener.start()
    at = await mock.start(Surroundings(faults=faults, clock=clock, patience=PATIENCE))
    try:
        yield World(mock, client, at, f"http://127.0.0.1:{listener.port}/api", answers, pulled)
    finally:
        await mock.quiesce()
        await mock.stop()
        await client.close()
        await listener.stop()


def ok_of(regid: str, state: State) -> str:
    report = report_for(
        regid, "Golf", complete=state.complete, success=state.success, score=state.score, totaltime=state.totaltime
    )
    return ok(write_report(report))


@pytest.fixture(scope="module")
def loop() -> Iterator[Loop]:
    with Loop() as made:
        yield made


DECLARED = [name for name in FAULTS if name.endswith("-declared")]


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


def test_every_row_has_faults_of_the_kinds_that_its_level_asks_for() -> None:
    for row in load("results-receiver").values():
        if not row.id.startswith("CLOUD-RECV-"):
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


def test_a_registration_that_is_not_known_is_noted_and_not_made(loop: Loop) -> None:
    async def run() -> None:
        async with world() as made:
            for _ in range(2):
                received = await made.post(xml("nobody", DONE))
                assert (received.status, received.body[:5]) == (200, b"noted")
            assert await made.state("nobody") is None

    loop.run(run())


def test_what_is_worked_on_later_is_stored_when_nothing_is_due(loop: Loop) -> None:
    async def run() -> None:
        async with world("lms.works-later") as made:
            regid = await made.enrolled()
            assert (await made.post(xml(regid, DONE))).status == 200
            await made.mock.quiesce()
            assert await made.state(regid) == values(DONE)

    loop.run(run())


def test_an_outage_is_over_after_so_many_postbacks(loop: Loop) -> None:
    async def run() -> None:
        async with world() as made:
            regid = await made.enrolled()
            await made.mock.act("outage", {"INVIGIL_TIMES": "2"})
            statuses = [(await made.post(xml(regid, DONE), how)).status for how in ("form", "httpbasic", "form")]
            assert statuses == [503, 503, 200]

    loop.run(run())


@pytest.mark.parametrize(
    "doctype", ['<!DOCTYPE r [<!ENTITY c "complete">]>', '<!DOCTYPE r SYSTEM "http://127.0.0.1:9/">']
)
def test_a_document_type_is_refused_unread(loop: Loop, doctype: str) -> None:
    async def run() -> None:
        async with world() as made:
            regid = await made.enrolled()
            received = await made.post(doctype + xml(regid, DONE).replace(">complete<", ">&c;<"))
            assert received.status == 422
            assert await made.state(regid) == values(BLANK)

    loop.run(run())


def test_it_can_be_served_for_others() -> None:
    told: list[str] = []

    async def run() -> None:
        wishes = Wishes({}, credentials=[Credential("me", "my-secret")], tell=lambda name, facts: told.append(name))
        serving = await serve_lms(wishes)
        client = HttpClient(Journal(ManualClock().now), 2.0)
        try:
            pairs = (("data", xml("r1", DONE)), ("username", "me"), ("password", "my-secret"))
            request = Request("POST", serving.info["url"], (("Content-Type", FORM),), encode_query(pairs).encode())
            assert (await client.send(NOWHERE, "postback", request)).status == 200
            probe = probe_url(serving.info["probe"], "r1")
            shown = await client.send(NOWHERE, "probe", Request("GET", probe))
            state = read_probe(shown.status, shown.body).state
            assert state is not None
            assert values(state) == values(DONE)
            assert told == ["postback"]
        finally:
            await client.close()
            await serving.stop()

    asyncio.run(run())
