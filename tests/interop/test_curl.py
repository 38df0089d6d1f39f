"""curl, as people find it on their machines, publishes to the mock engine and sends receipts to the mock author."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from typing import Any

import pytest

from harness.wire.pens_answer import read_answer

pytestmark = pytest.mark.skipif(
    shutil.which("curl") is None and os.environ.get("INVIGIL_REQUIRE_ALL") != "1", reason="curl is not installed"
)
RECEIPT = [
    ("command", "receipt"), ("pens-version", "1.0.0"), ("package-type", "scorm-pif"), ("package-type-version", "1.2"),
    ("package-format", "zip"), ("package-id", "http://author.example:1"), ("client", "LMS"), ("error", "0"),
    ("error-text", "package successfully collected"),
]  # fmt: skip


def curl(*words: str) -> bytes:
    return subprocess.run(["curl", "-sS", "--noproxy", "*", *words], capture_output=True, timeout=30, check=True).stdout


def bound(binding: str, pairs: list[tuple[str, str]]) -> list[str]:
    flag = "--form-string" if binding == "multipart" else "--data-urlencode"
    words = [word for name, value in pairs for word in (flag, f"{name}={value}")]
    return ["-G", *words] if binding == "get" else words


@pytest.mark.parametrize("binding", ["get", "form", "multipart"])
def test_curl_publishes_a_course(served: Any, binding: str) -> None:
    body = curl(*bound(binding, served.elements()), served.facts["url"])
    assert body == b"error=0\r\nerror-text=collect command received and understood\r\nversion=1.0.0\r\npens-data=\r\n"
    assert served.titles() == ["Fire safety"]
    (receipt,) = served.receiver.messages
    assert (receipt.get("error"), receipt.get("client")) == ("0", "Grüße & more+")


def test_curl_is_refused_without_its_password(served: Any) -> None:
    pairs = [pair for pair in served.elements() if pair[0] != "system-password"]
    assert read_answer(curl(*bound("form", pairs), served.facts["url"])).error == 1420
    assert served.titles() == []


def test_curl_is_told_what_its_collect_lacks(served: Any) -> None:
    pairs = [pair for pair in served.elements() if pair[0] != "receipt"]
    assert read_answer(curl(*bound("get", pairs), served.facts["url"])).error == 2011
    assert read_answer(curl("-d", "{}", "-H", "Content-Type: application/json", served.facts["url"])).error == 1101


@pytest.mark.parametrize("binding", ["get", "form", "multipart"])
def test_the_author_acknowledges_a_receipt_from_curl(served: Any, binding: str) -> None:
    async def waiting() -> Any:
        return asyncio.get_running_loop().create_future()

    future = served.author.receipts["http://author.example:1"] = served.loop.run(waiting())
    answer = read_answer(curl(*bound(binding, RECEIPT), served.host.url("author")))
    assert (answer.error, answer.error_text) == (0, "receipt command received and understood")
    assert future.result().get("error-text") == "package successfully collected"
    alert = [("command", "alert"), *RECEIPT[1:]]
    assert read_answer(curl(*bound(binding, alert), served.host.url("author"))).error == 0
    assert served.author.earlier == ["receipt", "alert"]
    assert read_answer(curl(*bound(binding, RECEIPT[1:]), served.host.url("author"))).error == 2002
