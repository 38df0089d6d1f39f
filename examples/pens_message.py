"""What the example peers share: reading and answering PENS messages over HTTP (CMI010 1.0a §6.3, §A.1)."""

import email
import email.message
import os
import re
import ssl
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPConnection, HTTPSConnection
from http.server import BaseHTTPRequestHandler
from socket import SHUT_WR
from typing import Any
from urllib.parse import SplitResult, parse_qsl, quote, urlsplit

VERSION = "1.0.0"
FORM = "application/x-www-form-urlencoded"
MAX_BODY = 2**20
URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20\x7f]+")
Elements = dict[str, str]


def read_pairs(query: bytes, charset: str = "utf-8") -> Elements:
    """Decode `name=value` pairs joined by `&` once, `+` being a space; the first of equal names counts."""
    text = query.decode(charset, "replace")
    return dict(reversed(parse_qsl(text, True, encoding=charset, errors="replace", max_num_fields=1000)))


def read_body(headers: email.message.Message, body: bytes) -> Elements:
    """Decode a urlencoded or multipart body; ValueError: it holds no PENS message."""
    media = headers.get_content_type() if headers["Content-Type"] else FORM
    charset = headers.get_content_charset() or "utf-8"
    if charset not in ("utf-8", "us-ascii", "iso-8859-1", "windows-1252"):
        raise ValueError("unknown character set")
    if media == FORM:
        return read_pairs(body.rstrip(b"\r\n"), charset)
    if media != "multipart/form-data":
        raise ValueError("neither an urlencoded nor a multipart form")
    boundary = (headers.get_boundary() or "").encode("latin-1")
    head = b'Content-Type: multipart/form-data; boundary="%b"\r\n\r\n' % boundary
    parts: Any = email.message_from_bytes(head + body).get_payload()
    if not isinstance(parts, list):
        raise ValueError("no part found")
    names = [str(part.get_param("name", "", "content-disposition")) for part in parts]
    values = [(part.get_payload(decode=True) or b"").decode(charset, "replace") for part in parts]
    return dict(reversed(list(zip(names, values, strict=True))))


def answer_text(code: int, text: str, line_end: str = "\r\n") -> str:
    """Write the four lines of an answer, `pens-data` empty and last (§A.1.2)."""
    return line_end.join([f"error={code}", f"error-text={text}", f"version={VERSION}", "pens-data=", ""])


def read_answer(body: bytes) -> tuple[int, str] | None:
    """Read code and text of an answer with any line ends, in any order; None: it is no PENS answer."""
    found: Elements = {}
    for line in re.split(r"\r\n|\n|\r", body.decode("utf-8-sig", "replace")):
        name, _, value = line.partition("=")
        found.setdefault(name.strip().lower(), value.strip())
        if "pens-data" in found:  # whatever follows is data, even if it looks like a line of ours
            break
    code = found.get("error", "")
    if not re.fullmatch(r"[0-9]{1,5}", code) or int(code) > 65535:
        return None
    return int(code), found.get("error-text", "")


def address(value: str) -> SplitResult:
    """Split a fully qualified URL; ValueError when it is none."""
    parts = urlsplit(value)
    if not URI.fullmatch(value) or (parts.scheme in ("http", "https", "ftp", "ftps") and not parts.hostname):
        raise ValueError("not a fully qualified URL")
    _ = parts.port  # reading it raises ValueError when it is no port number
    return parts


def path_and_query(parts: SplitResult) -> str:
    """Give what a request line names, unchanged but for characters that no URL may hold."""
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return quote(path, safe="!$%&'()*+,/:;=?@[]~")


def connect(parts: SplitResult, timeout: float, tls: ssl.SSLContext | None) -> HTTPConnection:
    """Prepare a connection to the server of an http or https URL; it follows no redirect."""
    host = parts.hostname or ""
    if parts.scheme == "https":
        return HTTPSConnection(host, parts.port, timeout=timeout, context=tls)
    return HTTPConnection(host, parts.port, timeout=timeout)


def trusting(authority_file: str | None) -> ssl.SSLContext:
    """Verify servers against the system's authorities and, if given, those of a PEM file."""
    tls = ssl.create_default_context()
    if authority_file:
        tls.load_verify_locations(authority_file)
    return tls


def plain(text: str) -> str:
    """Make text of a peer fit for one line of output."""
    return "".join(c if c.isprintable() else "?" for c in text)


def log(text: str) -> None:
    """Write one line to standard error, past its buffer: a handler may still hold that when the program ends."""
    os.write(2, (plain(text) + "\n").encode(errors="backslashreplace"))


class MessageHandler(BaseHTTPRequestHandler):
    """Receives messages by GET, urlencoded POST and multipart POST; whatever comes, it answers in PENS."""

    protocol_version = "HTTP/1.1"
    default_request_version = "HTTP/1.0"  # so that the answer to a broken request line has headers too
    timeout = 10
    line_end = "\r\n"

    def on_message(self, elements: Elements) -> None:
        """Judge a message and call `reply` once."""
        raise NotImplementedError

    def elsewhere(self) -> bool:
        """Serve a path that is not for messages; False leaves the request to the reading of messages."""
        return False

    def do_GET(self) -> None:
        """Take the pairs from the query."""
        self.take(lambda: read_pairs(self.path.partition("?")[2].encode("latin-1")))

    def do_POST(self) -> None:
        """Take the pairs from the body."""
        self.take(lambda: read_body(self.headers, self.body()))

    def do_HEAD(self) -> None:
        """Give headers where GET gives something other than an answer."""
        if not self.elsewhere():
            self.send_error(405)

    def take(self, read: Callable[[], Elements]) -> None:
        """Read a message; anything that cannot be read is answered by 1101."""
        if self.elsewhere():
            return
        try:
            elements = read()
        except Exception as problem:  # hostile bytes find their own ways to break a parser
            self.reply(1101, "command cannot be parsed")
            log(f"unreadable message: {problem!r}")
        else:
            self.on_message(elements)

    def body(self) -> bytes:
        """Read the whole body, plain or chunked; ValueError when it is cut short or larger than 1 MiB."""
        if "chunked" not in self.headers.get("Transfer-Encoding", "").lower():
            return self.exactly(int(self.headers.get("Content-Length") or 0))
        whole = b""
        while size := int(self.rfile.readline(100).partition(b";")[0], 16):
            whole += self.exactly(size, len(whole))
            self.rfile.readline(100)
        return whole

    def exactly(self, size: int, already: int = 0) -> bytes:
        """Read so many bytes; ValueError when there are fewer or they are too many."""
        if not 0 <= size <= MAX_BODY - already:
            raise ValueError("body too large")
        data = self.rfile.read(size)
        if len(data) < size:
            raise ValueError("body cut short")
        return data

    def reply(self, code: int, text: str, status: int = 200) -> None:
        """Answer by the four lines and end the connection."""
        self.send_bytes(answer_text(code, text, self.line_end).encode(), "text/plain", status)

    def send_bytes(self, data: bytes, media: str, status: int = 200, **headers: str) -> None:
        """Send a whole response; to HEAD its headers alone."""
        self.send_response(status)
        headers |= {"Content-Type": media, "Content-Length": str(len(data)), "Connection": "close"}
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer in PENS what the HTTP layer refuses too; an unknown method is the peer's error (405)."""
        self.close_connection = True
        self.reply(1101, "request cannot be parsed", {501: 405, 505: 400}.get(code, code))

    def finish(self) -> None:
        """Read what still comes before closing: a reset would take the answer from the peer."""
        super().finish()
        with suppress(OSError):
            self.connection.shutdown(SHUT_WR)
            self.connection.settimeout(2)
            for _ in range(1024):
                if not self.connection.recv(2**16):
                    break

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Keep silent: a request line may hold passwords."""
