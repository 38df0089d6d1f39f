"""How many signed notices a second `invigil notify` sends, as a share of what RSA-2048 itself allows on this machine.

python -m benchmarks.notices

The handler is a null receiver in a process of its own: it reads a request and answers 200, whatever came. Raw
signing is measured before and after, in this process, with nothing around it; the share is of the better of the two.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

COUNT = 3000
SIGNATURES = 800
NULL = """
import asyncio, sys
async def serve(reader, writer):
    try:
        while True:
            head = await reader.readuntil(b"\\r\\n\\r\\n")
            lines = head.lower().split(b"\\r\\n")
            lengths = [int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length")]
            await reader.readexactly(sum(lengths))
            writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()
async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=1 << 24)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
"""


@contextmanager
def null_receiver() -> Iterator[str]:
    """Give the address of a receiver that takes everything and does nothing."""
    process = subprocess.Popen([sys.executable, "-c", NULL], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/notices"
    finally:
        process.terminate()
        process.communicate()


def raw_rate() -> float:
    """Return how many RS256 signatures a second one thread makes, with nothing around them."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    data = b"x" * 900
    began = time.perf_counter()
    for _ in range(SIGNATURES):
        key.sign(data, padding.PKCS1v15(), hashes.SHA256())
    return SIGNATURES / (time.perf_counter() - began)


def notify_rate(url: str, count: int, batch: int, jobs: int) -> float:
    """Return how many notices a second the command sends, as it says itself, start and end left out."""
    words = ["--handler", url, "--count", str(count), "--batch", str(batch), "--jobs", str(jobs), "--linger", "0"]
    done = subprocess.run(
        [sys.executable, "-m", "harness.cli", "notify", *words, "--json"], capture_output=True, text=True, check=True
    )
    last = json.loads(done.stdout.splitlines()[-1])
    return float(last["notices"]) / float(last["seconds"])


def main() -> None:
    """Print rates and shares."""
    first = raw_rate()
    with null_receiver() as url:
        rates = {
            (batch, jobs): notify_rate(url, COUNT, batch, jobs) for batch, jobs in ((1, 1), (1, 8), (10, 4))
        }  # fmt: skip
    raw = max(first, raw_rate())
    print(f"raw RSA-2048 signing, one thread       {raw:8.0f} signatures/s")
    for (batch, jobs), rate in rates.items():
        print(f"notify, {batch:>2} a message, {jobs} under way        {rate:8.0f} notices/s   {rate / raw:.2f} of raw")


if __name__ == "__main__":
    main()
