"""A PENS client with many secrets that prints them as it goes; of the standard library alone, run as a script.

`python hostile_client.py SECRETS.json PACKAGE.zip`; the target's address and credentials come as INVIGIL_* variables.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import sys
import threading
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote, quote_plus, urlencode, urlsplit

SECRET = json.loads(Path(sys.argv[1]).read_text("utf-8"))
PACKAGE = Path(sys.argv[2]).read_bytes()
FORM = "application/x-www-form-urlencoded"


def link(host: str, name: str, path: str) -> str:
    """Return an address with a login."""
    return f"http://author:{quote(SECRET[name], safe='')}@{host}{path}"


class Staging(BaseHTTPRequestHandler):
    """Hands out the package and takes receipts, saying too much in every answer."""

    came = threading.Event()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Serve the package."""
        moved = not self.path.endswith("again.zip")
        self.send_response(302 if moved else 200)
        if moved:
            self.send_header("Location", link(self.headers["Host"], "location", "/again.zip"))
        self.send_header("Set-Cookie", "token=" + quote(SECRET["set-cookie"]))
        self.send_header("Content-Length", "0" if moved else str(len(PACKAGE)))
        self.send_header("Content-Type", "application/zip")
        self.end_headers()
        if not moved and self.command == "GET":
            self.wfile.write(PACKAGE)

    def do_HEAD(self) -> None:
        """Tell of the package."""
        self.do_GET()

    def do_POST(self) -> None:
        """Acknowledge, with a password in pens-data."""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        data = f"system-password={quote_plus(SECRET['acknowledged'])}&of={SECRET['package']}"
        body = f"error=0\r\nerror-text=ok for {SECRET['package']}\r\nversion=1.0.0\r\npens-data={data}\r\n".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        self.wfile.write(body)
        self.came.set()


def main() -> int:
    """Publish once, in the binding that the process id picks."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Staging)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    host = f"127.0.0.1:{server.server_port}"
    password = os.environ.get("INVIGIL_SYSTEM_PASSWORD", "")
    nested = urlencode({"system-password": SECRET["nested"], "then": link(host, "nested-link", "/")})
    pairs = {
        "command": "collect", "pens-version": "1.0.0", "package-type": "scorm-pif", "package-type-version": "1.2",
        "package-format": "zip", "package-id": "http://author.example/packages:hostile",
        "package-url": link(host, "package-link", "/course.zip"), "package-url-user-id": "author",
        "package-url-password": SECRET["package"], "package-url-expiry": "2099-01-01T00:00:00Z", "client": "hostile",
        "receipt": link(host, "receipt-link", "/receipt"), "alerts": link(host, "alerts-link", "/alerts"),
        "system-user-id": os.environ.get("INVIGIL_SYSTEM_USER_ID", "") or "tool",
        "system-password": password or SECRET["own-system"],
        "vendor-data": f"{nested}&json=" + json.dumps({"package-url-password": SECRET["json"]}),
    }  # fmt: skip
    login = base64.b64encode(f"author:{SECRET['basic']}".encode()).decode()
    headers = {
        "Authorization": f"Basic {login}",
        "Cookie": f"sid={quote(SECRET['cookie'])}",
        "X-Api-Key": quote(SECRET["api-key"]),
    }
    headers["Referer"] = link(
        "intranet.example", "referer", "/courses?system-password=" + quote(SECRET["referer-query"], safe="")
    )
    target, form, way = urlsplit(os.environ["INVIGIL_TARGET_URL"]), urlencode(pairs), os.getpid() % 3
    path = target.path + ("?" + target.query if target.query else "")
    method, body = "POST", form.encode()
    headers["Content-Type"] = FORM
    if way == 1:
        method, body, path = "GET", b"", path + ("&" if target.query else "?") + form
    elif way == 2:
        parts = (f'--b\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in pairs.items())
        headers["Content-Type"], body = "multipart/form-data; boundary=b", ("".join(parts) + "--b--\r\n").encode()
    said = ""
    with contextlib.suppress(OSError, HTTPException):
        connection = HTTPConnection(target.hostname or "", target.port, timeout=3)
        connection.request(method, path, body or None, headers)
        said = connection.getresponse().read(4096).decode("latin-1")
    print(f"published with {password} and {pairs['package-url-password']!r} at {pairs['package-url']}")
    print("sent", form, "or", json.dumps(pairs), "as", login, "and", base64.b64encode(form.encode()).decode())
    accepted = said.startswith("error=0") and Staging.came.wait(3)
    print("outcome: published" if accepted else f"outcome: failed - {SECRET['package']}", flush=True)
    if os.environ.get("INVIGIL_HOLD_UNTIL_EOF") == "1":
        sys.stdin.buffer.read()
    return 0 if accepted else 1


if __name__ == "__main__":
    sys.exit(main())
