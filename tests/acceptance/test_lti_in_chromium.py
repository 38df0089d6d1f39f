"""LTI in a real browser, by https: a launch from the served platform to the served tool, and a registration's end."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, build_opener

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import load_pem_x509_certificate

from tests.cli.calling import invigil, serving

CHROMIUM = os.environ.get("INVIGIL_CHROMIUM") or shutil.which("chromium")
REQUIRED = os.environ.get("INVIGIL_REQUIRE_ALL") == "1"
QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--enable-logging=stderr", "--virtual-time-budget=20000",
    "--disable-popup-blocking",
)  # fmt: skip
OPENING = """<!DOCTYPE html><meta charset="utf-8"><title>platform</title><pre id="told">waiting</pre>
<img src="/hold" alt=""><script>
const address = {url};
addEventListener("message", (event) => {{
  if (event.data.subject !== "org.imsglobal.lti.close") return;
  if (opened) opened.close(); else document.querySelector("iframe").remove();
  told.textContent = "closed by " + event.origin + ", frames left " + document.querySelectorAll("iframe").length;
  fetch("/told");
}});
let opened = null;
if ({popup}) opened = open(address); else {{
  const frame = document.createElement("iframe");
  frame.src = address;
  document.body.append(frame);
}}
</script>"""
OPENER = build_opener(ProxyHandler({}))

pytestmark = pytest.mark.skipif(not CHROMIUM and not REQUIRED, reason="chromium is not installed")


@dataclass
class World:
    """A tool and a platform, both by https with a certificate of one generated authority."""

    tool: dict[str, Any]
    platform: dict[str, Any]
    certificates: Path
    home: Path

    def drive(self, *words: str) -> str:
        done = invigil(*words, "--control", self.platform["control"])
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def browsed(self, url: str) -> tuple[str, list[str]]:
        """Open an address; return the page on which the browser ends, as it built it, and its complaints."""
        assert CHROMIUM, "INVIGIL_REQUIRE_ALL=1, but chromium is not installed"
        # Chromium has no option for a file of authorities: it is told the key of the certificate instead.
        certificate = load_pem_x509_certificate((self.certificates / "server.pem").read_bytes())
        key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        pin = base64.b64encode(hashlib.sha256(key).digest()).decode()
        command = [CHROMIUM, *QUIET, f"--ignore-certificate-errors-spki-list={pin}"]
        command += [f"--user-data-dir={self.home / 'profile'}", "--dump-dom", url]
        done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=True)
        return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line and "favicon" not in line]

    def seen(self, name: str) -> Any:
        with OPENER.open(self.tool[name]) as answer:
            return json.loads(answer.read())


@contextmanager
def world(home: Path, *words: str) -> Iterator[World]:
    folder = home / "certs"
    assert invigil("certs", "create", "--host", "tool.localhost", "--dir", str(folder)).returncode == 0
    with ExitStack() as stack:
        tool = stack.enter_context(serving("tool", "--tls", str(folder), "--json"))
        assert tool.stdout is not None
        told = json.loads(tool.stdout.readline())
        given = [word.replace("REGISTER", told["registration_url"]) for word in words]
        platform = stack.enter_context(
            serving("platform", "--tls", str(folder), "--control", "0", "--json", *given)
        )  # fmt: skip
        assert platform.stdout is not None
        yield World(told, json.loads(platform.stdout.readline()), folder, home)


def test_a_launch_goes_from_the_platform_to_the_tool_which_then_receives_notices(tmp_path: Path) -> None:
    with world(tmp_path, "--dynamic-registration", "REGISTER") as made:
        assert made.platform["invited"][0]["outcome"] == "registered"
        url = made.drive("launch", "--as", "learner", "--course", "BIO-101").split()[0]
        assert url.startswith("https://localhost:")
        page, complaints = made.browsed(url)
        assert "<h1>Launched</h1>" in page
        assert "Charles Wheatstone" in html.unescape(page)
        assert not complaints
        (launch,) = made.seen("launches")
        assert launch["issuer"] == made.platform["issuer"]
        made.drive("trigger", "course-copy", "--from", "BIO-101", "--to", "BIO-101-SPRING", "--title", "Été 2026 🎓")
        (notice,) = made.seen("notices")
        assert notice["type"] == "LtiContextCopyNotice"
        again, _ = made.browsed(url)
    assert "<h1>Launched</h1>" not in again, "the address of a launch is good for once"


@pytest.mark.parametrize("popup", [True, False], ids=["window", "frame"])
def test_the_page_of_a_registration_asks_the_platform_to_close_it(tmp_path: Path, popup: bool) -> None:
    with world(tmp_path) as made:
        told = made.drive("trigger", "register", made.tool["registration_url"], "--json")
        opening = json.loads(json.loads(told)["output"])["open"]
        with paged(OPENING.format(url=json.dumps(opening), popup=str(popup).lower())) as address:
            page, complaints = made.browsed(address)
        found = re.search(r'<pre id="told">closed by (\S+), frames left 0</pre>', page)
        assert found, page
        assert found[1] == made.tool["url"]
        assert not complaints
        (known,) = made.seen("platforms")
    assert known["issuer"] == made.platform["issuer"]


@contextmanager
def paged(page: str) -> Iterator[str]:
    """Serve one page, as the platform's own console would; it is not loaded whole before its script has told."""
    told = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/told":
                told.set()
            if self.path == "/hold":
                told.wait(20)
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
