"""Creations of the same registrations at the same time: each id succeeds once, every other answer is code 2."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from benchmarks.record import record
from harness.net.patience import stopwatch
from harness.wire.cloud_v1_answer import read_rsp
from mocks.state.opening import open_store
from tests.acceptance.cloud_world import APP, CloudWorld, cloud_world

AT_ONCE = 100


def creation(world: CloudWorld, number: int) -> URL:
    """Return the signed address that creates a registration."""
    given = f"courseid=c1&regid=n{number}&learnerid=l1&fname=Ada&lname=Byron"
    query = world.signed(f"method=rustici.registration.createRegistration&{given}".encode())
    return URL(f"{world.url}?{query.decode('ascii')}", encoded=True)


async def race(
    url: str, ids: int, times: int, *faults: str
) -> tuple[Counter[tuple[int, int | None]], Counter[str], int, float]:
    """Create ``ids`` registrations ``times`` times each, all at the same time.

    Returns how often each answer came (HTTP status, code), which ids succeeded how often, how many registrations
    the store holds, and the seconds that it took.
    """
    answers: Counter[tuple[int, int | None]] = Counter()
    created: Counter[str] = Counter()
    store = open_store(url)
    async with cloud_world(store, served=True, faults=faults) as world:
        connector = aiohttp.TCPConnector(limit=AT_ONCE)
        async with aiohttp.ClientSession(connector=connector) as session:

            async def create(number: int) -> None:
                async with session.get(creation(world, number)) as response:
                    rsp = read_rsp(await response.read())
                answers[response.status, None if rsp.is_ok else rsp.code or 0] += 1
                created[f"n{number}"] += rsp.is_ok

            began = stopwatch()
            await asyncio.gather(*(create(number) for _ in range(times) for number in range(ids)))
            took = stopwatch() - began
        kept = [row.id for row in await world.engine.rows(f"registrations/{APP.id}") if row.id != "r1"]
    store.close()
    assert len(set(kept)) == len(kept)
    return answers, created, len(kept), took


def judge(url: str, ids: int, times: int) -> float:
    """Race, demand one success for each id and code 2 for all others, and return the seconds."""
    answers, created, kept, took = asyncio.run(race(url, ids, times))
    assert answers == {(200, None): ids, (200, 2): ids * (times - 1)}
    assert set(created.values()) == {1}
    assert kept == ids
    return took


def where(kind: str, folder: Path) -> str:
    """Return the address of a store."""
    return "memory" if kind == "memory" else f"sqlite:///{folder / 'state.db'}"


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_each_of_a_hundred_ids_that_ten_clients_create_at_once_is_created_once(kind: str, tmp_path: Path) -> None:
    judge(where(kind, tmp_path), 100, 10)


def test_a_server_on_which_an_id_succeeds_twice_is_noticed() -> None:
    answers, created, _, _ = asyncio.run(race("memory", 5, 3, "v1.taken-is-ok"))
    assert answers[200, None] > 5
    assert set(created.values()) != {1}


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_each_of_a_thousand_ids_in_ten_thousand_creations_is_created_once(kind: str, tmp_path: Path) -> None:
    took = judge(where(kind, tmp_path), 1_000, 10)
    if os.environ.get("INVIGIL_LONG") == "1":
        name = f"10,000 concurrent createRegistration of 1,000 ids, {kind} store"
        record(name, 10_000 / took, "requests per second", "make long")
