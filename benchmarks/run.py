"""Measurements as ratios inside one run: they mean the same on a fast machine and on a slow one.

python -m benchmarks.run
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from harness.evidence.journal import Journal
from harness.evidence.redaction import Redactor
from harness.judging.run import Options, Run
from harness.net.client import HttpClient, Request
from harness.net.clock import ManualClock
from harness.net.listener import Inbound, Listener, Reply
from harness.net.loop import Loop
from harness.wire.binding import decode_form, encode_query
from harness.wire.pens_answer import Answer, read_answer

ROUNDS = 2000
PAIRS = tuple((f"element-{number}", "value with spaces & signs " * 2) for number in range(17))


def rate(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Return how often per second of processor time ``work`` is done."""
    began = time.process_time()
    for _ in range(rounds):
        work()
    return rounds / max(time.process_time() - began, 1e-9)


async def requests(handle: Callable[[Inbound], Awaitable[Reply]], body: bytes, rounds: int = 400) -> float:
    """Return how many POSTs per second one process exchanges with itself, ten at a time."""
    listener = Listener(handle)
    await listener.start()
    async with HttpClient(Journal(ManualClock().now), 10.0) as client:
        url, turn = f"http://127.0.0.1:{listener.port}/pens", asyncio.Semaphore(10)

        async def one() -> None:
            async with turn:
                await client.send(("", "", ""), "bench", Request("POST", url, (("Content-Type", "text/plain"),), body))

        began = time.process_time()
        await asyncio.gather(*(one() for _ in range(rounds)))
        seconds = time.process_time() - began
    await listener.stop()
    return rounds / seconds


async def bare(inbound: Inbound) -> Reply:
    """Answer with bytes of the same size, without reading the message."""
    return Reply(200, (("Content-Type", "text/plain"),), Answer(0, "ok").encode())


async def reading(inbound: Inbound) -> Reply:
    """Read the message and answer it."""
    decode_form(inbound.body)
    return Reply(200, (("Content-Type", "text/plain"),), Answer(0, "ok").encode())


def main() -> None:
    """Measure and print one line for each."""
    form = encode_query(PAIRS).encode()
    floor = rate(lambda: form.decode().split("&"))
    redactor = Redactor()
    redactor.add("system-password", "a secret that never occurs")
    print(f"decode a collect            {rate(lambda: decode_form(form)) / floor:8.3f} of a bare split")
    print(f"redact a collect            {rate(lambda: redactor.data(form)) / floor:8.3f} of a bare split")
    answer = Answer(0, "collect command received and understood").encode()
    print(f"read an answer              {rate(lambda: read_answer(answer)) / floor:8.3f} of a bare split")
    plain, read = asyncio.run(requests(bare, form)), asyncio.run(requests(reading, form))
    print(f"exchange with decoding      {read / plain:8.3f} of an exchange without")
    with Loop() as loop:
        run = Run.prepare(Options("pens-target", "mock:engine-22", seed=1), loop)
        began = time.monotonic()
        run.begin()
        run.act()
        acting = time.monotonic() - began
        began = time.monotonic()
        rows = run.rows()
        judging = time.monotonic() - began
        run.close()
    print(f"judging {len(rows)} requirements   {judging / acting:8.3f} of acting ({acting:.2f} s)")


if __name__ == "__main__":
    main()
