"""Clients of the standard library alone publish to the mock engine and answer to the mock author."""

from __future__ import annotations

import http.client
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import HTTP
from typing import Any
from urllib.parse import urlencode, urlsplit
from urllib.request import ProxyHandler, Request, build_opener

import pytest

UNDERSTOOD = b"error=0\r\nerror-text=%s command received and understood\r\nversion=1.0.0\r\npens-data=\r\n"
OPENER = build_opener(ProxyHandler({}))


def multipart(pairs: list[tuple[str, str]]) -> tuple[str, bytes]:
    """Write a form as the email package does: with a Content-Type and a transfer encoding in each part."""
    form = MIMEMultipart("form-data", policy=HTTP)
    for name, value in pairs:
        part = MIMEText(value, "plain", "utf-8" if not value.isascii() else "us-ascii", policy=HTTP)
        part.add_header("Content-Disposition", "form-data", name=name)
        if not value.isascii():
            part.replace_header("Content-Transfer-Encoding", "8bit")
            part.set_payload(value.encode().decode("ascii", "surrogateescape"))
        form.attach(part)
    _, _, body = form.as_bytes(policy=HTTP).partition(b"\r\n\r\n")
    return str(form["Content-Type"]).replace("\r\n", "").replace("\n", ""), body


def by_urllib_get(url: str, pairs: list[tuple[str, str]]) -> bytes:
    joined = url + ("&" if "?" in url else "?") + urlencode(pairs)
    return bytes(OPENER.open(joined, timeout=30).read())


def by_urllib_post(url: str, pairs: list[tuple[str, str]]) -> bytes:
    return bytes(OPENER.open(Request(url, urlencode(pairs).encode()), timeout=30).read())


def by_http_client(url: str, pairs: list[tuple[str, str]]) -> bytes:
    parts = urlsplit(url)
    content_type, body = multipart(pairs)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=30)
    try:
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", target, body, {"Content-Type": content_type})
        return connection.getresponse().read()
    finally:
        connection.close()


@pytest.mark.parametrize("client", [by_urllib_get, by_urllib_post, by_http_client])
def test_a_course_is_published(served: Any, client: Any) -> None:
    assert client(served.facts["url"], served.elements()) == UNDERSTOOD % b"collect"
    assert served.titles() == ["Fire safety"]
    assert served.receiver.messages[0].get("client") == "Grüße & more+"


@pytest.mark.parametrize("client", [by_urllib_get, by_urllib_post, by_http_client])
def test_a_receipt_is_acknowledged_by_the_author(served: Any, client: Any) -> None:
    pairs = [("command", "receipt"), ("package-id", "a:b"), ("error", "0"), ("error-text", "done")]
    assert client(served.host.url("author"), pairs) == UNDERSTOOD % b"receipt"
