"""From nothing to the first notice in a handler of one's own: no more than three commands, each printed by the last."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.request import ProxyHandler, build_opener

import pytest

from harness.wire.jose import KeySet, read, verify
from tests.cli.calling import CLEAN, COMMAND, ROOT, invigil

OPENER = build_opener(ProxyHandler({}))
EXAMPLE = "http://127.0.0.1:9000/notices"


@dataclass
class Log:
    """What a vendor's handler has written down; it verifies nothing."""

    url: str = ""
    lines: list[str] = field(default_factory=list)


@pytest.fixture
def log() -> Iterator[Log]:
    made = Log()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            made.lines.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_port}/my/notices"
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


@contextmanager
def running(line: str) -> Iterator[tuple[list[str], dict[str, str]]]:
    """Run a command that serves; return the commands that it prints to go on with, and its other lines by name."""
    process = subprocess.Popen(
        [*COMMAND, *words(line)], cwd=ROOT, env=CLEAN, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        shown: list[str] = []
        while not any(one.startswith("  next ") for one in shown):
            shown.append(process.stdout.readline())
            assert shown[-1], shown
        facts = dict(re.split(r"\s{2,}", one.strip(), maxsplit=1) for one in shown if re.search(r"\S\s{2,}\S", one))
        further = [shown[-1]]
        while "the same" in further[-1] or "your tool sees" in further[-1]:
            further.append(process.stdout.readline())
        yield [command(one) for one in further], facts
    finally:
        process.terminate()
        process.communicate(timeout=20)


def command(line: str) -> str:
    """The command in a line that says what comes next."""
    return line.strip().removeprefix("next").partition("   #")[0].strip()


def words(line: str) -> list[str]:
    first, *rest = shlex.split(line)
    assert first == "invigil"
    return rest


def test_three_commands_and_the_first_notice_is_in_the_vendors_own_log(log: Log) -> None:
    first = "invigil serve platform"
    assert first in " ".join(invigil("serve", "--help").stdout.split())
    with running(first) as ((second,), facts):
        assert EXAMPLE in second, "the one thing that only the vendor knows stands where it has to be put"
        named = invigil(*words(second.replace(EXAMPLE, log.url)))
        assert named.returncode == 0, named.stderr
        third = command(next(line for line in named.stdout.splitlines() if line.startswith("  next ")))
        assert not log.lines
        done = invigil(*words(third))
        assert done.returncode == 0, done.stdout + done.stderr
        with OPENER.open(facts["keys url"]) as answer:
            keys = KeySet.parse(answer.read())
    assert "1 notice to" in done.stdout
    (body,) = log.lines
    ((notice,),) = json.loads(body).values()
    jws = read(notice["jwt"])
    assert verify(jws, keys).ok
    assert jws.claims()["https://purl.imsglobal.org/spec/lti/claim/notice"]["type"] == "LtiContextCopyNotice"
    assert jws.claims()["https://purl.imsglobal.org/spec/lti/claim/context"]["title"] == "Été 2026"


def test_a_tool_that_registers_itself_is_led_to_a_notice_by_what_is_printed(tmp_path: Path) -> None:
    folder = tmp_path / "certs"
    assert invigil("certs", "create", "--host", "tool.localhost", "--dir", str(folder)).returncode == 0
    with (
        running(f"invigil serve tool --tls {shlex.quote(str(folder))}") as ((serve,), tool),
        running(serve) as (further, _),
    ):
        launch = next(line for line in further if "--follow" in line)
        launched = invigil(*words(launch))
        assert launched.returncode == 0, launched.stdout + launched.stderr
        assert "platformnotificationservice" in launched.stdout
        done = invigil(*words(further[-1]))
        assert done.returncode == 0, done.stdout + done.stderr
        with OPENER.open(tool["notices"]) as answer:
            (notice,) = json.loads(answer.read())
    assert notice["type"] == "LtiContextCopyNotice"
