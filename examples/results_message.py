"""What a receiver of postbacks needs of HTTP: bodies read whole, credentials read, answers in JSON, quiet logs."""

import base64
import json
import os
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from socket import SHUT_WR
from urllib.parse import parse_qsl

MAX_BODY = 8 * 2**20


class Refused(Exception):
    """A request that is not taken: the status and a sentence that repeats nothing of it."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


def log(text: str) -> None:
    """Write one line to standard error, past its buffer; never a word of what a peer sent."""
    os.write(2, f"{text}\n".encode(errors="backslashreplace"))


def pairs(text: str) -> dict[str, str]:
    """Decode `name=value` pairs joined by `&`; the first of equal names counts."""
    try:
        return dict(reversed(parse_qsl(text, True, max_num_fields=1000)))
    except ValueError:
        raise Refused(400, "there are too many fields") from None


class MessageHandler(BaseHTTPRequestHandler):
    """Answers every request in JSON and then ends the connection; asks for no cookie and redirects nowhere."""

    protocol_version = "HTTP/1.1"
    default_request_version = "HTTP/1.0"  # so that the answer to a broken request line has headers too
    timeout = 30

    def on_get(self) -> object:
        """Give what a GET is answered by, as JSON can hold it; raise `Refused` otherwise."""
        raise NotImplementedError

    def on_post(self) -> object:
        """Give what a POST is answered by."""
        raise NotImplementedError

    def do_GET(self) -> None:
        """Answer a GET."""
        self.answer(self.on_get)

    def do_POST(self) -> None:
        """Answer a POST."""
        self.answer(self.on_post)

    def answer(self, act: Callable[[], object]) -> None:
        """Answer what `act` gives, or why it refuses."""
        try:
            status, told = 200, act()
        except Refused as refused:
            status, told = refused.status, {"error": str(refused)}
        except (TimeoutError, ConnectionError):
            self.close_connection = True
            return
        except Exception as problem:  # a defect of ours: its text may repeat what a peer sent
            log(f"defect: {type(problem).__name__}")
            status, told = 500, {"error": "internal error"}
        self.send(status, json.dumps(told).encode() + b"\n")

    def basic(self) -> tuple[str, str]:
        """Read user and password of a Basic Authorization header; both empty when there is none."""
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        login = ""
        if scheme.lower() == "basic":
            with suppress(ValueError):
                login = base64.b64decode(token.strip(), validate=True).decode()
        user, _, password = login.partition(":")
        return user, password

    def body(self) -> bytes:
        """Read the whole body, plain or chunked; refuse one that is too large or cut short."""
        if "chunked" not in self.headers.get("Transfer-Encoding", "").lower():
            return self.exactly(self.headers.get("Content-Length") or "0", 10)
        whole = b""
        while piece := self.exactly(self.rfile.readline(100).partition(b";")[0].decode("latin-1"), 16, len(whole)):
            whole += piece
            self.rfile.readline(100)
        return whole

    def exactly(self, digits: str, base: int, already: int = 0) -> bytes:
        """Read so many bytes."""
        try:
            size = int(digits, base)
        except ValueError:
            raise Refused(400, "the length of the body cannot be read") from None
        if not 0 <= size <= MAX_BODY - already:
            raise Refused(413, "the body is too large")
        data = self.rfile.read(size)
        if len(data) < size:
            raise Refused(400, "the body is cut short")
        return data

    def send(self, status: int, data: bytes) -> None:
        """Send a whole response."""
        self.send_response(status)
        headers = {"Content-Type": "application/json", "Content-Length": str(len(data)), "Connection": "close"}
        if status == 401:
            headers["WWW-Authenticate"] = 'Basic realm="postbacks"'
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what the HTTP layer refuses; an unknown method is the sender's error (405)."""
        self.close_connection = True
        self.send({501: 405, 505: 400}.get(code, code), b'{"error": "the request is not taken"}\n')

    def finish(self) -> None:
        """Read what still comes before closing: a reset would take the answer from the sender."""
        with suppress(OSError):
            super().finish()
            self.connection.shutdown(SHUT_WR)
            self.connection.settimeout(2)
            for _ in range(1024):
                if not self.connection.recv(2**16):
                    break

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log the status alone: a request line may hold credentials."""
        log(f"answered {int(code)}")
