"""The driver of results-receiver: what it is told of a receiver, how it moves it, what it keeps of what came."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from harness.evidence.journal import Journal, read_journal
from harness.judging.profiles import load_profile
from harness.net.client import HttpClient
from harness.net.clock import ManualClock
from harness.net.listener import Inbound, Listener, Reply
from harness.net.patience import Patience
from harness.subjects.config import Config, ConfigError
from harness.subjects.driver import NotOffered
from harness.subjects.opening import Opening
from harness.subjects.receiver_records import Reception, facts_of, state_of
from harness.subjects.receiver_stimuli import HttpStimulus, reveals, telling
from harness.subjects.results_receiver import ReceiverDriver
from harness.subjects.results_receiver_opening import open_results_receiver
from harness.subjects.targets import parse_target
from harness.wire.binding import decode_form
from harness.wire.results_policy import Policy, State

DONE = State("complete", "passed", Decimal("85.5"), 324)
SECRET = "postback-secret-8a40"
QUICK = Patience(2.0, 2.0, 0.05)
Tables = Mapping[str, Mapping[str, Any]]


def opening(target: str = "mock", tables: Tables | None = None, path: Path | None = None) -> Opening:
    clock = ManualClock()
    settings = load_profile("scorm-cloud").for_subject("results-receiver")
    journal = Journal(clock.now, path=path)
    return Opening(
        parse_target(target), journal, settings, b"", Config("lms.toml", tables or {}), clock, None, QUICK, 1,
        "invigil-test", True, {}, "quick",
    )  # fmt: skip


async def opened(target: str = "mock", tables: Tables | None = None, path: Path | None = None) -> ReceiverDriver:
    return await open_results_receiver(opening(target, tables, path))


def test_a_state_survives_as_facts() -> None:
    for state in (DONE, State(), State("incomplete", "failed", Decimal(0), 1)):
        assert state_of(facts_of(state)) == state


def test_what_was_sent_and_shown_stands_in_the_record_live_and_stored(tmp_path: Path) -> None:
    path = tmp_path / "journal.ndjson"

    async def act() -> Reception:
        driver = await opened(path=path)
        driver.journal.header({"subject": "results-receiver"})
        try:
            posting = driver.begin("one", "", {})
            regid = await posting.registration()
            await posting.look(regid, step="before")
            await posting.post(regid, DONE, step="post")
            await posting.settled(regid, DONE, step="post")
            return posting.seen()
        finally:
            await driver.stop()
            driver.journal.close()

    live = asyncio.run(act())
    assert (live["post"].sent, live["post"].status, live["post"].echoed) == (DONE, 200, False)
    shown = live.probe("post")
    assert shown is not None
    assert (shown.probed.state, shown.probed.applied) == (DONE, 1)
    assert live.policy == Policy()
    assert Reception.from_entries(read_journal(path).of("one", "")) == live
    assert SECRET not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ({"receiver": {"auth-types": ["digest"]}}, r"auth-types: expected form or httpbasic, got 'digest'"),
        ({"receiver": {"auth-types": []}}, r"auth-types: expected form or httpbasic, got ''"),
        ({"receiver": {"probe": "http://lms.example/p"}}, r"probe: expected a URL that holds \{regid\}"),
        ({"receiver": {"policy": {"scores": "best"}}}, r"unknown key 'scores' in \[receiver.policy\]"),
        ({"receiver": {"policy": {"keep-complete": "yes"}}}, r"keep-complete: expected bool"),
        ({"stimuli": {"enrol": {}}}, r"\[stimuli.enrol\]: expected command, a list of words, or url"),
        ({"stimuli": {"publish": {"url": "http://lms.example/"}}}, r"unknown stimulus 'publish'"),
    ],
)
def test_a_configuration_that_cannot_be_meant_is_refused(tables: Tables, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        asyncio.run(opened("http://127.0.0.1:9/postback", tables))


def test_the_api_answers_under_the_address_and_for_the_application_that_the_configuration_names() -> None:
    async def act() -> Mapping[str, Any]:
        taken = Listener(_nothing)
        await taken.start()
        free = taken.port
        await taken.stop()
        callback = {"http": f"http://stage.example:{free}", "bind": "127.0.0.1"}
        tables = {"callback": callback, "app": {"id": "lms", "secret-key": "key-of-the-lms"}}
        driver = await opened("http://127.0.0.1:9/postback", tables)
        await driver.stop()
        return {**driver.api, "port": free}

    api = asyncio.run(act())
    assert api["api_url"] == f"http://stage.example:{api['port']}/EngineWebServices/api"
    assert (api["appid"], api["secret"]) == ("lms", "key-of-the-lms")


def test_a_receiver_elsewhere_cannot_reach_us_unless_it_is_said_where_we_are() -> None:
    async def offers(target: str) -> frozenset[str]:
        driver = await opened(target)
        await driver.stop()
        return driver.offers

    assert "callback.http" in asyncio.run(offers("http://127.0.0.1:9/postback"))
    assert "callback.http" not in asyncio.run(offers("http://lms.example/postback"))


def test_registrations_of_the_owner_are_used_once_each() -> None:
    tables = {"receiver": {"registrations": ["a", "b"]}}

    async def act() -> list[str]:
        driver = await opened("http://127.0.0.1:9/postback", tables)
        try:
            posting = driver.begin("one", "", {})
            names = [await posting.registration(), await posting.registration("again")]
            with pytest.raises(NotOffered, match=r"stimulus.enrol, or one more id in \[receiver\] registrations"):
                await posting.registration("third")
            return names
        finally:
            await driver.stop()

    assert asyncio.run(act()) == ["a", "b"]


async def _nothing(inbound: Inbound) -> Reply:
    return Reply(200)


@pytest.mark.parametrize(("status", "told"), [(200, "succeeded"), (204, "succeeded"), (302, "failed"), (409, "failed")])
def test_an_address_is_posted_to_as_a_stimulus(status: int, told: str) -> None:
    came: list[Inbound] = []

    async def own(inbound: Inbound) -> Reply:
        came.append(inbound)
        return Reply(status)

    async def act() -> str:
        listener = Listener(own)
        await listener.start()
        client = HttpClient(Journal(ManualClock().now), 2.0)
        try:
            url = f"http://127.0.0.1:{listener.port}/refresh?regid={{regid}}"
            values = {"INVIGIL_REGISTRATION": "a/b é", "INVIGIL_API_APPID": "app", "INVIGIL_API_SECRET": "key"}
            stimulated = await HttpStimulus("refresh", url, client).start(values)
            return (await stimulated.outcome(2.0)).status
        finally:
            await client.close()
            await listener.stop()

    assert asyncio.run(act()) == told
    assert (came[0].method, came[0].target) == ("POST", "/refresh?regid=a%2Fb%20%C3%A9")
    assert decode_form(came[0].body).elements == {"appid": "app", "secret": "key"}


def test_a_password_is_seen_in_every_spelling_and_no_word_is_taken_for_one() -> None:
    password = "a secret/7&b"
    basic = base64.b64encode(f"user:{password}".encode())
    for text in (password.encode(), b"pw=a%20secret%2F7%26b", b"pw=a+secret%2F7%26b", b"Basic " + basic):
        assert reveals(b"before " + text + b" after", "user", password)
    assert not reveals(b"nothing of it", "user", password)
    assert not reveals(b"the password is wrong", "user", "password")
    assert [telling(word) for word in ("password", "12345678", "short1", "password-1")] == [False, False, False, True]


def test_an_answer_that_repeats_the_password_is_told_and_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "journal.ndjson"

    async def act() -> Reception:
        driver = await opened("mock+lms.echoes-credentials", path=path)
        try:
            posting = driver.begin("one", "", {})
            regid = await posting.registration()
            await posting.post(regid, DONE, step="wrong", login=("stranger", "wrong-password-7"))
            await posting.post(regid, DONE, step="right")
            return posting.seen()
        finally:
            await driver.stop()
            driver.journal.close()

    seen = asyncio.run(act())
    assert (seen["wrong"].echoed, seen["right"].echoed) == (True, False)
    assert "wrong-password-7" not in path.read_text(encoding="utf-8")


def test_an_answer_is_held_back_as_it_stood_when_it_was_asked_for() -> None:
    old = State("incomplete", "failed", Decimal(40), 60)

    async def act() -> tuple[bool, Reception]:
        driver = await opened("mock+lms.older-poll-wins")
        try:
            posting = driver.begin("one", "", {})
            regid = await posting.registration()
            await posting.knows(regid, old)
            driver.counterpart.hold(regid)
            refresh = await posting.stimulate("refresh", regid, wait=False)
            asked = await posting.asked(regid)
            await posting.post(regid, DONE, step="newer")
            await posting.settled(regid, DONE, step="newer")
            await posting.knows(regid, DONE)
            driver.counterpart.release(regid)
            await posting.finished(refresh, "refresh", step="older")
            await posting.look(regid, step="older")
            return asked, posting.seen()
        finally:
            await driver.stop()

    asked, seen = asyncio.run(act())
    newer, older = seen.probe("newer"), seen.probe("older")
    assert asked
    assert newer is not None
    assert older is not None
    assert (newer.probed.state, older.probed.state) == (DONE, old)
    assert len(seen.polls) == 1
