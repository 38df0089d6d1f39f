"""A huge upload for import goes through the served V1 API in constant memory."""

from __future__ import annotations

import http.client
import json
import os
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from urllib.parse import urlsplit

import pytest

from benchmarks.record import record
from fixtures.packages import stream
from harness.net.clock import OffsetClock
from harness.net.patience import stopwatch
from harness.wire.binding import encode_query
from harness.wire.cloud_v1 import signed
from harness.wire.cloud_v1_answer import Rsp, read_rsp
from tests.acceptance.test_big_package import peak
from tests.cli.calling import serving

MIB = 1 << 20
MOST = 200 * MIB
MORE = 40 * MIB
TITLE = "A very long film"
BOUNDARY = "invigil-upload-7f3c"
HEAD = (
    f"--{BOUNDARY}\r\n"
    'Content-Disposition: form-data; name="filedata"; filename="film.zip"\r\nContent-Type: application/zip\r\n\r\n'
).encode()
TAIL = f"\r\n--{BOUNDARY}--\r\n".encode()
LINUX = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")


class Caller:
    """Makes signed calls to one served mock."""

    def __init__(self, told: dict[str, str]) -> None:
        self.parts, self.app, self.secret = urlsplit(told["url"]), told["app"], told["secret"]

    def call(self, method: str, *pieces: Iterator[bytes], length: int = 0, **params: str) -> Rsp:
        """Make a call; ``pieces`` is the body, of ``length`` bytes."""
        pairs = (("method", f"rustici.{method}"), *params.items())
        query = encode_query(signed(pairs, self.app, self.secret, OffsetClock().now()))
        connection = http.client.HTTPConnection(self.parts.netloc, timeout=600)
        headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}", "Content-Length": str(length)}
        target = f"{self.parts.path}?{query}"
        if pieces:
            connection.request("POST", target, pieces[0], headers)
        else:
            connection.request("GET", target)
        body = connection.getresponse().read()
        connection.close()
        return read_rsp(body)

    def imported(self, token: str) -> Rsp:
        """Ask about an import until it has ended."""
        until = stopwatch() + 300
        while True:
            rsp = self.call("course.getAsyncImportResult", token=token)
            if rsp.text("status") not in ("created", "running") or stopwatch() > until:
                return rsp
            Event().wait(0.1)  # another process is at work


def pieces_of(path: Path) -> Iterator[bytes]:
    """Yield the multipart body that uploads a file."""
    yield HEAD
    with path.open("rb") as file:
        while piece := file.read(256 * 1024):
            yield piece
    yield TAIL


def uploaded(path: Path, size: int) -> tuple[Rsp, int, int, float]:
    """Upload a package of a size to a served mock.

    Returns the end of the import, the peak of memory before and after it (bytes), and the seconds.
    """
    with path.open("wb") as file:
        for piece in stream("scorm-1.2", TITLE, size, seed=1):
            file.write(piece)
    whole = path.stat().st_size
    assert whole >= size
    with serving("engine", "--profile", "scorm-cloud", "--port", "0", "--control", "0", "--json") as process:
        assert process.stdout is not None
        caller = Caller(json.loads(process.stdout.readline())["v1"])
        assert caller.call("debug.authPing").is_ok
        status = Path(f"/proc/{process.pid}/status")
        before, began = peak(status.read_text("ascii")), stopwatch()
        length = len(HEAD) + whole + len(TAIL)
        started = caller.call("course.importCourseAsync", pieces_of(path), length=length, courseid="film")
        token = started.text("token/id")
        assert token, started.body
        ended = caller.imported(token)
        took = stopwatch() - began
        listed = caller.call("course.getCourseList", filter="film").find("courselist/course")
        memory = peak(status.read_text("ascii"))
    path.unlink()
    assert listed is not None
    assert listed.get("size") == str(whole)
    return ended, before, memory, took


def judge(path: Path, size: int) -> tuple[int, float]:
    """Upload, demand that the import finished and the memory stayed small; return peak memory and the seconds."""
    ended, before, memory, took = uploaded(path, size)
    assert ended.text("status") == "finished", ended.body
    result = ended.find("importresults/importresult")
    assert result is not None
    assert result.get("successful") == "true"
    assert ended.text("importresults/importresult/title") == TITLE
    assert memory < MOST
    assert memory - before < MORE
    return memory, took


@LINUX
def test_an_upload_of_64_mebibytes_streams_in_small_memory(tmp_path: Path) -> None:
    judge(tmp_path / "film.zip", 64 * MIB)


@pytest.mark.long
@pytest.mark.timeout(1800)
@LINUX
def test_an_upload_of_two_gibibytes_streams_in_small_memory(tmp_path: Path) -> None:
    memory, took = judge(tmp_path / "film.zip", 2048 * MIB)
    if os.environ.get("INVIGIL_LONG") == "1":
        limit = "under 200 MiB"
        record("peak memory of serve engine, 2 GiB import upload", memory / MIB, "MiB", "make long", limit=limit)
        record("2 GiB import upload until it is imported", took, "s", "make long")
