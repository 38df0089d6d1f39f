"""The line that a finding offers sends the very same request again."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from harness.evidence.curl import curl
from harness.evidence.entries import Exchange, Half
from harness.evidence.journal import Journal
from harness.net.clock import ManualClock
from harness.net.listener import Inbound, Listener, Reply
from harness.net.loop import Loop

CURL = shutil.which("curl")
needs_curl = pytest.mark.skipif(
    CURL is None and os.environ.get("INVIGIL_REQUIRE_ALL") != "1", reason="curl is not installed"
)
FORM = ("Content-Type", "application/x-www-form-urlencoded")


def made(method: str, url: str, headers: tuple[tuple[str, str], ...] = (), body: bytes = b"") -> Exchange:
    journal = Journal(ManualClock().now)
    target = "/" + url.split("/", 3)[3]
    request = Half(f"{method} {target} HTTP/1.1", headers, body)
    return journal.exchange(("s", "", ""), "collect", "out", url, request, None, seq=1, at="")


@needs_curl
@pytest.mark.parametrize(
    ("method", "target", "headers", "body"),
    [
        ("GET", "/pens?configuration=default&a=%2520", (), b""),
        ("GET", "/a/../b/[1-3]{x,y}?q=$HOME`id`", (("X-It's", 'a "b" $HOME'),), b""),
        ("HEAD", "/course.zip", (("X-Empty", ""),), b""),
        ("POST", "/pens", (FORM,), b"command=collect&client=it's%20%22me%22&x=$PATH"),
        ("POST", "/pens", (FORM,), b"@/etc/hostname"),
        ("POST", "/pens", (("Content-Type", "application/octet-stream"),), bytes(range(256))),
        ("POST", "/pens", (("Content-Type", "multipart/form-data; boundary=x"),), b"--x\r\n\r\n1\r\n--x--\r\n"),
        ("POST", "/pens", (), b"no media type"),
        ("PUT", "/pens", (("Content-Type", "text/plain"),), b"a\nb\n"),
    ],
)
def test_the_command_repeats_the_request(
    method: str, target: str, headers: tuple[tuple[str, str], ...], body: bytes
) -> None:
    came: list[Inbound] = []

    async def answer(inbound: Inbound) -> Reply:
        came.append(inbound)
        return Reply(200, (("Content-Type", "text/plain"),), b"error=0\r\n")

    async def started() -> Listener:
        listener = Listener(answer)
        await listener.start()
        return listener

    with Loop() as loop:
        listener = loop.run(started())
        command = curl(made(method, f"http://127.0.0.1:{listener.port}{target}", headers, body))
        done = subprocess.run(["sh", "-c", command], capture_output=True, timeout=30, check=False)
        loop.run(listener.stop())
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(b"HTTP/1.1 200")
    (inbound,) = came
    assert (inbound.method, inbound.target, inbound.body) == (method, target, body)
    own = {"Host", "User-Agent", "Accept", "Content-Length"}
    assert tuple(pair for pair in inbound.headers if pair[0] not in own) == headers


def test_secrets_stand_as_variables_of_the_shell() -> None:
    body = b'system-password=secret-system-password-2&note=$5 "quoted" `x` \\'
    headers = (("Authorization", "Bearer secret-bearer-1"), FORM, ("Host", "h"), ("Content-Length", "9"))
    command = curl(made("POST", "http://h/pens?t=secret-token-12", headers, body))
    assert command == (
        "curl -sS -i -g --path-as-is -X POST "
        '-H "Authorization: Bearer ${SECRET_BEARER_1}" '
        "-H 'Content-Type: application/x-www-form-urlencoded' "
        '--data-raw "system-password=${SECRET_SYSTEM_PASSWORD_2}&note=\\$5 \\"quoted\\" \\`x\\` \\\\" '
        '"http://h/pens?t=${SECRET_TOKEN_12}"'
    )
    shown = subprocess.run(
        ["sh", "-c", "printf %s" + command.split("--data-raw")[1].rsplit(" ", 1)[0]],
        env={"SECRET_SYSTEM_PASSWORD_2": "a b&c"}, capture_output=True, check=True,
    )  # fmt: skip
    assert shown.stdout == b'system-password=a b&c&note=$5 "quoted" `x` \\'
