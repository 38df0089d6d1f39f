"""What our machinery costs a request: listener, journal and V1 API beside a bare aiohttp handler, in one run.

Each server has a process of its own, one after the other; the same raw client asks all of them over connections
that it keeps. What counts is processor time of the server, so that what else the machine does weighs little.
At the end: how long a served mock takes from its start to its first answer.

    python -m benchmarks.serving [--requests 4000] [--rounds 3] [--connections 8] [NAME ...]
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import gc
import hashlib
import multiprocessing
import pstats
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from aiohttp import web

from harness.evidence.journal import Journal
from harness.judging.profiles import load_profile
from harness.net.client import Where
from harness.net.clock import OffsetClock
from harness.net.host import CallbackHost
from harness.net.listener import Inbound, Listener, Reply
from harness.wire.binding import encode_query
from harness.wire.cloud_v1 import signed
from mocks.app import Wishes, serve_engine
from mocks.engine.v1.domain import App, Course, Instance, Registration, Result

# As the V1 API answers, so that all bodies are of the same size.
PONG = b'<?xml version="1.0" encoding="utf-8" ?>\n<rsp stat="ok"><pong /></rsp>'
REPORT = (
    b'<?xml version="1.0" encoding="utf-8" ?>\n<rsp stat="ok"><registrationreport format="course" regid="r1" '
    b'instanceid="0"><complete>complete</complete><success>passed</success><totaltime>19</totaltime>'
    b"<score>92</score></registrationreport></rsp>"
)
APP = App("app", ("a-secret-key-of-the-benchmark",))
XML = "text/xml; charset=utf-8"
TYPE = (("Content-Type", XML),)
HEADERS = "Host: 127.0.0.1\r\nUser-Agent: bench\r\nAccept: */*\r\nContent-Length: 0\r\n"
ASKED: Mapping[str, tuple[str, bytes]] = {
    "ping": ("rustici.debug.ping", PONG),
    "result": ("rustici.registration.getRegistrationResult", REPORT),
}
"""What is asked: the method, and the body that answers it."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One server asked one thing: requests per second of its processor time, and per second of the wall clock."""

    rate: float
    wall: float


class Fixed:
    """An endpoint that answers with fixed bytes."""

    channel = "bench"
    keep = 1 << 16
    where: Where = ("bench", "", "")

    def __init__(self, body: bytes) -> None:
        self._reply = body

    async def answer(self, inbound: Inbound) -> Reply:
        """Answer one request."""
        return Reply(200, TYPE, self._reply)

    def facts(self, reply: Reply, whole: bool) -> Mapping[str, Any]:
        """Return no facts."""
        return {}


async def bare(body: bytes, folder: Path) -> int:
    """Start an aiohttp application with one route; return its port."""

    async def answer(request: web.Request) -> web.Response:
        return web.Response(body=body, headers={"Content-Type": XML})

    application = web.Application()
    application.router.add_route("*", "/api", answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return int(runner.addresses[0][1])


async def listener(body: bytes, folder: Path) -> int:
    """Start our listener alone; return its port."""

    async def answer(inbound: Inbound) -> Reply:
        return Reply(200, TYPE, body)

    made = Listener(answer)
    await made.start()
    return made.port


async def _host(body: bytes, journal: Journal) -> int:
    host = CallbackHost(journal)
    await host.listen("http")
    host.mount("api", Fixed(body))
    return int(host.public["http"].rpartition(":")[2])


def _secrets(journal: Journal) -> Journal:
    for number in range(4):
        journal.redactor.add("bench", hashlib.sha256(f"{number}".encode()).hexdigest()[:20])
    return journal


async def off(body: bytes, folder: Path) -> int:
    """Start a host whose journal records nothing; return its port."""
    return await _host(body, _secrets(Journal(OffsetClock().now, recording=False)))


async def memory(body: bytes, folder: Path) -> int:
    """Start a host whose journal keeps the latest entries in memory; return its port."""
    return await _host(body, _secrets(Journal(OffsetClock().now, keep=1000)))


async def file(body: bytes, folder: Path) -> int:
    """Start a host whose journal goes to a file, buffered; return its port."""
    path = folder / "journal.ndjson"
    return await _host(body, _secrets(Journal(OffsetClock().now, path=path, keep=1000, buffered=True)))


async def _cloud(wishes: Wishes) -> int:
    """Serve the V1 API with one registration."""
    serving = await serve_engine(wishes)
    assert serving.controlled
    now = OffsetClock().now()
    passed = Instance(0, 0, now, Result("complete", "passed", Decimal(92), 19))
    async with serving.controlled.store.transaction() as tx:
        tx.put(f"courses/{APP.id}", "c", Course("c", "Fire safety", "scorm_12", now))
        registration = Registration("r1", "c", "l", "Ada", "Byron", now - timedelta(hours=1), instances=(passed,))
        tx.put(f"registrations/{APP.id}", "r1", registration)
    return int(serving.info["url"].rpartition(":")[2])


def _wishes(**more: Any) -> Wishes:
    profile = load_profile("scorm-cloud")
    return Wishes(profile.area("pens"), cloud=profile.for_subject("cloud-v1"), apps=(APP,), **more)


async def v1_off(body: bytes, folder: Path) -> int:
    """Serve the V1 API without a journal; return its port."""
    return await _cloud(_wishes(recording=False))


async def v1_on(body: bytes, folder: Path) -> int:
    """Serve the V1 API with its journal in memory, as `serve` does; return its port."""
    return await _cloud(_wishes())


async def v1_file(body: bytes, folder: Path) -> int:
    """Serve the V1 API with its journal in a file; return its port."""
    return await _cloud(_wishes(journal=folder / "journal.ndjson"))


Start = Callable[[bytes, Path], Awaitable[int]]
SERVERS: Mapping[str, Start] = {
    "bare": bare, "listener": listener, "journal off": off, "journal on": memory, "journal file": file,
    "v1 off": v1_off, "v1 on": v1_on, "v1 file": v1_file,
}  # fmt: skip
"""What is measured, the measure of all first; each starts on a free port of this machine and returns it."""


def _serve(name: str, body: bytes, folder: str, pipe: Connection, profiled: bool) -> None:
    """Serve until told to end; tell the processor time spent whenever asked."""

    async def serving() -> None:
        loop = asyncio.get_running_loop()
        port = await SERVERS[name](body, Path(folder))
        gc.collect()
        gc.freeze()  # as `serve` does
        pipe.send(port)
        while await loop.run_in_executor(None, pipe.recv):
            pipe.send(time.process_time())

    profile = cProfile.Profile()
    if profiled:
        profile.enable()
    asyncio.run(serving())
    if profiled:
        profile.disable()
        pstats.Stats(profile).sort_stats("tottime").print_stats(45)


def written(what: str, number: int) -> bytes:
    """Return a request; each signed one differs from all others, as they do in the field."""
    pairs: tuple[tuple[str, str], ...] = (("method", ASKED[what][0]),)
    if what != "ping":
        pairs += (("regid", "r1"), ("resultsformat", "course"), ("origin", f"acme.demo.{number}"))
        pairs = signed(pairs, APP.id, APP.secrets[0], OffsetClock().now())
    return f"GET /api?{encode_query(pairs)} HTTP/1.1\r\n{HEADERS}\r\n".encode()


async def _ask(port: int, what: str, requests: int, connections: int) -> None:
    """Send so many requests over so many kept connections, one at a time on each."""
    left, size, asked = requests, len(ASKED[what][1]), [written(what, number) for number in range(requests)]

    async def one() -> None:
        nonlocal left
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while left > 0:
            left -= 1
            writer.write(asked[left])
            head = await reader.readuntil(b"\r\n\r\n")
            length = int((re.search(rb"(?i)\ncontent-length: (\d+)", head) or [b"", b"-1"])[1])
            if not head.startswith(b"HTTP/1.1 200 ") or b"onnection: close" in head or length != size:
                raise RuntimeError(f"not answered as asked: {head!r}")
            await reader.readexactly(size)
        writer.close()
        await writer.wait_closed()

    await asyncio.gather(*(one() for _ in range(connections)))


def figure(name: str, what: str, requests: int, connections: int, *, profiled: bool = False) -> Figure:
    """Start a server in a process of its own and ask it."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    with tempfile.TemporaryDirectory(prefix="invigil-bench-") as folder:
        process = context.Process(target=_serve, args=(name, ASKED[what][1], folder, theirs, profiled))
        process.start()
        theirs.close()
        port = ours.recv()
        asyncio.run(_ask(port, what, max(requests // 10, connections), connections))
        ours.send(True)
        spent, began = ours.recv(), time.monotonic()
        asyncio.run(_ask(port, what, requests, connections))
        wall = time.monotonic() - began
        ours.send(True)
        spent = ours.recv() - spent
        ours.send(False)
        process.join()
    return Figure(requests / spent, requests / wall)


def compare(names: Sequence[str], what: str, requests: int, rounds: int, connections: int) -> dict[str, Figure]:
    """Measure servers in turn, several rounds; return the median of each as a share of the first's in its round."""
    shares: dict[str, list[Figure]] = {name: [] for name in names}
    for _ in range(rounds):
        found = {name: figure(name, what, requests, connections) for name in names}
        first = found[names[0]]
        for name, one in found.items():
            shares[name].append(Figure(one.rate / first.rate, one.wall / first.wall))
    return {
        name: Figure(statistics.median(f.rate for f in some), statistics.median(f.wall for f in some))
        for name, some in shares.items()
    }


def until_first_answer() -> float:
    """Start a served mock and return how many seconds pass until it has answered its first call."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "harness.cli", "serve", "engine", "--profile", "scorm-cloud", "--port", str(port)]
    began = time.monotonic()
    process = subprocess.Popen([*command, "--control", "0"], stdout=subprocess.DEVNULL)
    try:
        while True:
            try:
                with socket.create_connection(("127.0.0.1", port), 5) as connection:
                    connection.sendall(written("ping", 0))
                    if PONG in _all(connection, len(PONG)):
                        return time.monotonic() - began
            except ConnectionError:
                time.sleep(0.002)
    finally:
        process.terminate()
        process.wait()


def _all(connection: socket.socket, size: int) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data or len(data.partition(b"\r\n\r\n")[2]) < size:
        data += connection.recv(65536) or b"\0" * size
    return data


def main() -> None:
    """Measure and print one line for each server and each thing asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"servers beside bare: {', '.join(SERVERS)}")
    parser.add_argument("--requests", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--starts", type=int, default=10, help="how often to start a mock and wait for its answer")
    parser.add_argument("--profile", action="store_true", help="print where the time of each server goes instead")
    options = parser.parse_args()
    names = ["bare", *(name for name in options.names or SERVERS if name != "bare")]
    for what in ASKED:
        if options.profile:
            for name in names[1:]:
                figure(name, what, options.requests, options.connections, profiled=True)
            continue
        shares = compare(names, what, options.requests, options.rounds, options.connections)
        for name, share in shares.items():
            print(f"{what:8}{name:14}{share.rate:7.3f} of bare (wall clock {share.wall:.3f})", flush=True)
    if options.starts and not options.profile:
        spent = sorted(until_first_answer() for _ in range(options.starts))
        middle = statistics.median(spent)
        print(f"first answer of a served mock: {middle:.3f} s after its start (from {spent[0]:.3f} to {spent[-1]:.3f})")


if __name__ == "__main__":
    main()
