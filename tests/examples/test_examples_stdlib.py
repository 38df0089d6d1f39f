"""The example peers stand alone, stay small, work together, and the flawed ones err as they state."""

import ast
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlencode
from urllib.request import Request, urlopen

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
FILES = sorted(EXAMPLES.glob("*.py"))
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(("INVIGIL_", "PYTHON"))}


@contextmanager
def target(name: str) -> Iterator[str]:
    """Run a target of the examples; gives its URL."""
    command = [sys.executable, str(EXAMPLES / name), "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=ENVIRONMENT
    ) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.kill()


def publish(name: str, url: str, *flags: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a client of the examples to its end."""
    command = [sys.executable, str(EXAMPLES / name), "--target", url, "--linger", "0", *flags]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
        env=ENVIRONMENT | environment,
    )


class Desk(ThreadingHTTPServer):
    """Has no package (404 to each GET) and keeps what is posted to it: path and elements."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), DeskHandler)
        self.came = threading.Event()
        self.path = ""
        self.elements: dict[str, list[str]] = {}


class DeskHandler(BaseHTTPRequestHandler):
    server: Desk

    def do_GET(self) -> None:
        self.answer(404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.answer(200)
        self.server.path, self.server.elements = self.path, parse_qs(body, keep_blank_values=True)
        self.server.came.set()

    def answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Keep the test output clean."""


@pytest.fixture
def desk() -> Iterator[Desk]:
    with Desk() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def collect_missing_package(url: str, desk: Desk) -> bytes:
    """Send a collect whose package-url gives 404; gives the answer, once the receipt has come."""
    base = f"http://127.0.0.1:{desk.server_port}"
    elements = {
        "command": "collect",
        "pens-version": "1.0.0",
        "package-type": "scorm-pif",
        "package-type-version": "1.2",
        "package-format": "zip",
        "package-id": "http://myurl.com:2631e419-1573-4720-b4c6-8701f960dccc",
        "package-url": base + "/missing.zip",
        "package-url-expiry": "2999-01-01T00:00:00Z",
        "package-url-user-id": "reader",
        "package-url-password": "open-sesame",
        "client": "Test",
        "receipt": base + "/pens?job=7",
    }
    with urlopen(Request(url, urlencode(elements).encode()), timeout=10) as response:
        answer: bytes = response.read()
    assert desk.came.wait(10), "no receipt came"
    return answer


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_an_example_is_short_and_imports_the_standard_library_and_its_neighbours_alone(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert len(text.splitlines()) < (320 if file.name.startswith("lti_tool") else 200)
    tree = ast.parse(text)
    roots = {name.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    roots |= {(node.module or "").split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    neighbours = {"examples", *(other.stem for other in FILES)}
    assert roots - neighbours <= sys.stdlib_module_names


@pytest.mark.parametrize("flags", [[], ["--method", "GET"], ["--package-user", "u", "--package-password", "p:w é"]])
def test_the_good_client_publishes_to_the_good_target(flags: list[str]) -> None:
    with target("pens_target_good.py") as url:
        done = publish("pens_client_good.py", url + "?configuration=x", *flags)
    assert done.returncode == 0, done.stderr
    assert "receipt 0 package successfully collected for http://author.example/packages:" in done.stdout
    assert "outcome: published" in done.stdout


def test_the_same_content_keeps_its_package_id_and_other_content_has_another() -> None:
    with target("pens_target_good.py") as url:
        first, again, other = (
            publish("pens_client_good.py", url, INVIGIL_PUBLISH=how, INVIGIL_HOLD_UNTIL_EOF="1").stdout
            for how in ("publish", "publish", "publish-other")
        )
    assert "receipt 0 " in first
    assert first == again
    assert "receipt 0 " in other
    assert first != other


def test_the_good_client_fails_when_no_target_listens() -> None:
    done = publish("pens_client_good.py", "http://127.0.0.1:9/pens")
    assert done.returncode == 1
    assert "outcome: failed - no answer from the target" in done.stdout


def test_the_good_target_answers_with_crlf_and_reports_a_404_to_the_whole_receipt_url(desk: Desk) -> None:
    with target("pens_target_good.py") as url:
        answer = collect_missing_package(url, desk)
    assert answer == (
        b"error=0\r\nerror-text=collect command received and understood\r\nversion=1.0.0\r\npens-data=\r\n"
    )
    assert desk.path == "/pens?job=7"
    assert desk.elements["error"] == ["1310"]
    assert desk.elements["package-id"] == ["http://myurl.com:2631e419-1573-4720-b4c6-8701f960dccc"]
    assert "open-sesame" not in str(desk.elements)


def test_the_flawed_target_has_its_three_defects(desk: Desk) -> None:
    with target("pens_target_flawed.py") as url:
        answer = collect_missing_package(url, desk)
    assert answer.startswith(b"error=0\nerror-text=")
    assert desk.path == "/pens"
    assert desk.elements["error"] == ["0"]


def test_the_flawed_client_breaks_a_target_url_that_has_a_query() -> None:
    with target("pens_target_good.py") as url:
        plain, queried = (publish("pens_client_flawed.py", url + query) for query in ("", "?configuration=x"))
    assert plain.returncode == 0, plain.stderr
    assert queried.returncode == 1
    assert "error 2001 " in queried.stderr


def shapes() -> dict[str, Callable[[str], Request]]:
    """Give messages that are no PENS commands."""
    form = "application/x-www-form-urlencoded"
    return {
        "json": lambda url: Request(url, b'{"command":"collect"}', {"Content-Type": "application/json"}),
        "binary": lambda url: Request(url, bytes(range(256)) * 9, {"Content-Type": form}),
        "huge": lambda url: Request(url, b"command=collect&vendor-data=" + b"a" * 2**21),
        "charset": lambda url: Request(url, b"command=x", {"Content-Type": form + "; charset=klingon"}),
        "boundary": lambda url: Request(url, b"--a\r\n", {"Content-Type": "multipart/form-data"}),
        "many": lambda url: Request(url, b"&".join([b"a=b"] * 5000)),
        "controls": lambda url: Request(url + "?command=%00%0D%0Acollect"),
    }


@pytest.mark.parametrize("shape", shapes())
def test_the_good_target_answers_what_is_no_command(shape: str) -> None:
    with target("pens_target_good.py") as url, urlopen(shapes()[shape](url), timeout=10) as response:
        answer = response.read()
    assert answer.split(b"\r\n")[0] in (b"error=1101", b"error=2002")
    assert answer.endswith(b"\r\nversion=1.0.0\r\npens-data=\r\n")
