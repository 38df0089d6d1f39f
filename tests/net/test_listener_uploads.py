"""An upload goes to disk while it comes in, can be refused by its headers, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.net.clock import ManualClock
from harness.net.listener import Inbound, Listener, Reply
from harness.net.loop import Loop
from harness.net.patience import pause, stopwatch, within

CLOSE = "Host: h\r\nConnection: close\r\nContent-Type: multipart/form-data; boundary=b\r\n"
FILE = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.zip"\r\n\r\n%s\r\n--b--\r\n'


class Taker:
    """Reads the files while it answers; tells what was there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.came: list[Inbound] = []
        self.files: list[bytes] = []
        self.told: list[bool] = []

    async def handle(self, inbound: Inbound) -> Reply:
        self.came.append(inbound)
        self.files += [part.path.read_bytes() for part in inbound.parts if part.path]
        return Reply(200, (), b"taken")

    def done(self, inbound: Inbound, reply: Reply, whole: bool) -> None:
        self.told.append(whole)

    def left(self) -> list[Path]:
        return list(self.folder.glob("*"))


async def sent(
    taker: Taker, *pieces: bytes, early: Callable[[Inbound], Reply | None] | None = None, gone: bool = False,
    patience: float = 5.0,
) -> bytes:  # fmt: skip
    """Send the pieces, each a moment after the other, and return the answer; or go away after the last."""
    listener = Listener(
        taker.handle, done=taker.done, uploads=taker.folder, early=early, patience=patience, now=ManualClock().now
    )
    await listener.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
        await pause(0.01)
    if gone:
        writer.transport.abort()
        await pause(0.05)
    answer = b"" if gone else await within(5.0, reader.read())
    await within(5.0, listener.idle())
    writer.close()
    await listener.stop()
    assert answer is not None
    return answer


def post(body: bytes, more: str = "") -> tuple[bytes, bytes]:
    return f"POST /api HTTP/1.1\r\n{CLOSE}{more}Content-Length: {len(body)}\r\n\r\n".encode(), body


def test_an_upload_is_on_disk_for_the_handler_and_gone_after_the_answer(loop: Loop, tmp_path: Path) -> None:
    taker, content = Taker(tmp_path), bytes(range(256)) * 8000
    head, body = post(FILE % content)
    answer = loop.run(sent(taker, head, body[:1000], body[1000:]))
    assert answer.endswith(b"\r\n\r\ntaken")
    (inbound,) = taker.came
    assert taker.files == [content]
    assert (inbound.size, inbound.sha256) == (len(body), hashlib.sha256(body).hexdigest())
    assert inbound.body == body[: 64 * 1024]
    assert inbound.arrived == ManualClock().now()
    assert (taker.left(), taker.told) == ([], [True])


def test_a_form_declared_multipart_without_a_body_is_empty(loop: Loop, tmp_path: Path) -> None:
    taker = Taker(tmp_path)
    assert b"taken" in loop.run(sent(taker, *post(b"")))
    assert (taker.came[0].parts, taker.came[0].oddities, taker.came[0].size) == ((), (), 0)


def test_other_bodies_are_read_as_ever(loop: Loop, tmp_path: Path) -> None:
    taker = Taker(tmp_path)
    head, body = post(b"a=1")
    loop.run(sent(taker, head.replace(b"multipart/form-data; boundary=b", b"text/plain"), body))
    assert (taker.came[0].body, taker.came[0].size, taker.came[0].sha256) == (b"a=1", 3, None)


def test_an_upload_whose_sender_goes_away_is_forgotten(loop: Loop, tmp_path: Path) -> None:
    taker = Taker(tmp_path)
    head, body = post(FILE % (b"x" * 2_000_000))
    loop.run(sent(taker, head, body[:1_500_000], gone=True))
    assert (taker.came, taker.told, taker.left()) == ([], [], [])


def test_an_upload_that_stands_still_is_forgotten(loop: Loop, tmp_path: Path) -> None:
    taker = Taker(tmp_path)
    head, body = post(FILE % b"x")
    assert loop.run(sent(taker, head, body[:-5], patience=0.05)) == b""
    assert (taker.came, taker.left()) == ([], [])


def test_an_upload_can_be_refused_by_its_headers_and_who_sends_on_still_reads_why(loop: Loop, tmp_path: Path) -> None:
    taker = Taker(tmp_path)
    head, body = post(FILE % (b"x" * 2_000_000))
    answer = loop.run(sent(taker, head, body, early=lambda inbound: Reply(403, (), b"stale")))
    assert answer.startswith(b"HTTP/1.1 403 ")
    assert answer.endswith(b"stale")
    assert (taker.came, taker.told, taker.left()) == ([], [True], [])


def test_who_asks_early_and_finds_nothing_wrong_lets_the_upload_in(loop: Loop, tmp_path: Path) -> None:
    taker, asked = Taker(tmp_path), []

    def early(inbound: Inbound) -> None:
        asked.append((inbound.path, inbound.body))

    assert b"taken" in loop.run(sent(taker, *post(FILE % b"x"), early=early))
    assert asked == [("/api", b"")]


def test_a_client_that_waits_for_it_is_told_to_go_on(loop: Loop, tmp_path: Path) -> None:
    taker = Taker(tmp_path)
    head, body = post(FILE % b"x", "Expect: 100-continue\r\n")
    answer = loop.run(sent(taker, head, body))
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl on this machine")
def test_curl_uploads_without_waiting(tmp_path: Path) -> None:
    taker, file = Taker(tmp_path / "in"), tmp_path / "a.zip"
    file.write_bytes(b"0123456789" * 300_000)

    async def run() -> tuple[bytes, float]:
        listener = Listener(taker.handle, uploads=taker.folder)
        await listener.start()
        words = ["curl", "-sS", "-F", f"filedata=@{file}", f"http://127.0.0.1:{listener.port}/api"]
        began = stopwatch()
        curl = await asyncio.create_subprocess_exec(*words, stdout=subprocess.PIPE)
        out, _ = await curl.communicate()
        took = stopwatch() - began
        await listener.stop()
        return out, took

    out, took = asyncio.run(run())
    assert out == b"taken"
    assert taker.files == [file.read_bytes()]
    # Without 100 Continue it would wait for a second.
    assert took < 0.9


def test_a_connection_serves_an_upload_and_what_follows(loop: Loop, tmp_path: Path) -> None:
    taker = Taker(tmp_path)
    head, body = post(FILE % b"x")
    first = head.replace(b"Connection: close\r\n", b"")
    answer = loop.run(sent(taker, first, body, head + body))
    assert answer.count(b"HTTP/1.1 200 OK") == 2
    assert taker.files == [b"x", b"x"]
