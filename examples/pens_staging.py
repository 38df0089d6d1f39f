"""The staging server of the example clients: one package, and the receiver of its receipts and alerts."""

import base64
import io
import secrets
import sys
import threading
import zipfile
from http.server import ThreadingHTTPServer
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

if TYPE_CHECKING or __package__:
    from examples import pens_message as pens
else:  # run as a script: the neighbour is found in the script's own folder
    import pens_message as pens

MANIFEST = """<?xml version="1.0" encoding="UTF-8"?>
<manifest identifier="example" version="1.0" xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2"
    xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2">
  <metadata><schema>ADL SCORM</schema><schemaversion>1.2</schemaversion></metadata>
  <organizations default="course"><organization identifier="course"><title>{title}</title>
    <item identifier="lesson" identifierref="page"><title>{title}</title></item>
  </organization></organizations>
  <resources><resource identifier="page" type="webcontent" adlcp:scormtype="asset" href="index.html">
    <file href="index.html"/></resource></resources>
</manifest>
"""


def build_package(title: str) -> bytes:
    """Zip a course of one page; the same title gives the same bytes."""
    pages = {
        "imsmanifest.xml": MANIFEST,
        "index.html": "<!DOCTYPE html><title>{title}</title><h1>{title}</h1>\n",
    }
    store = io.BytesIO()
    with zipfile.ZipFile(store, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in pages.items():
            archive.writestr(zipfile.ZipInfo(name), text.replace("{title}", escape(title)))
    return store.getvalue()


class Handler(pens.MessageHandler):
    """Hands out the package and takes receipts and alerts, from the moment before the collect is sent."""

    server: "Staging"

    def elsewhere(self) -> bool:
        """Serve the package at its path and nothing at any path but that of the messages."""
        path = self.path.partition("?")[0]
        if path == self.server.package_path and self.command in ("GET", "HEAD"):
            self.send_package()
        elif path != self.server.callback_path:
            self.send_bytes(b"not found\n", "text/plain", 404)
        else:
            return False
        return True

    def send_package(self) -> None:
        """Serve the package, to Basic credentials alone if it is protected."""
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        wanted = base64.b64encode(self.server.login.encode()).decode()
        if self.server.login and (scheme.lower(), token.strip()) != ("basic", wanted):
            challenge = {"WWW_Authenticate": 'Basic realm="packages"'}
            self.send_bytes(b"credentials needed\n", "text/plain", 401, **challenge)
        else:
            self.send_bytes(self.server.package, "application/zip")

    def on_message(self, elements: pens.Elements) -> None:
        """Acknowledge a receipt or alert whatever outcome it tells (§6.3), then note it."""
        command, error = elements.get("command", ""), elements.get("error", "")
        if command not in ("receipt", "alert"):
            self.reply(2002, "command is missing or invalid")
        elif not elements.get("package-id"):
            self.reply(2007, "package-id is missing or invalid")
        elif not (error.isascii() and error.isdigit() and len(error) <= 5):
            self.reply(1201, "error is missing or no number")
        else:
            self.reply(0, f"{command} command received and understood")
            self.server.note(command, elements["package-id"], int(error), elements.get("error-text", ""))


class Staging(ThreadingHTTPServer):
    """Serves one publication on a port of its own; knows the first receipt of that package."""

    daemon_threads, request_queue_size = True, 128

    def __init__(self, host: str, handler: type[Handler], package: bytes, package_id: str, login: str) -> None:
        super().__init__((host, 0), handler)
        self.package, self.package_id, self.login = package, package_id, login
        run = secrets.token_urlsafe(9)
        self.package_path, self.callback_path = f"/packages/{run}/course.zip", f"/pens/{run}"
        self.base = f"http://{host}:{self.server_port}"
        self.receipt = (0, "")
        self.received = threading.Event()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def note(self, command: str, package_id: str, code: int, text: str) -> None:
        """Log a message and keep the first receipt of this package, known by its package-id (§5.1)."""
        pens.log(f"{command} {code} {text} came for {package_id}")
        if command == "receipt" and package_id == self.package_id and not self.received.is_set():
            self.receipt = code, text
            self.received.set()

    def handle_error(self, request: object, client_address: object) -> None:
        """Log a broken connection in one line."""
        pens.log(f"connection of {client_address} broke: {sys.exc_info()[1]!r}")
