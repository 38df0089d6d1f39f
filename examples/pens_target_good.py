"""A PENS target: it answers collects, fetches the packages and sends receipts and alerts.

Written from CMI010 Guidelines for PENS 1.0a. Redirects of a staging server are not followed (receipt 1310),
so credentials reach the named server alone. `python pens_target_good.py --port 0` prints its URL and serves.
"""

import argparse
import base64
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from email.message import EmailMessage
from http.client import HTTPException
from http.server import ThreadingHTTPServer
from smtplib import SMTP
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING
from urllib.parse import SplitResult, urlencode

if TYPE_CHECKING or __package__:
    from examples import pens_message as pens
    from examples.pens_collect import mailboxes, validate
else:  # run as a script: the neighbours are found in the script's own folder
    import pens_message as pens
    from pens_collect import mailboxes, validate

MAX_PACKAGE, MAX_UNPACKED = 2**28, 2**31
# What a receipt repeats of its collect; no element that holds a password is ever among them.
ECHOED = ["package-type", "package-type-version", "package-format", "package-id", "package-url"]
ECHOED += ["package-url-expiry", "client"]
TEXTS = {
    0: "package successfully collected",
    1310: "invalid or unresponsive package URL",
    1312: "invalid package access credentials",
    1432: "package is damaged or incomplete",
    1440: "package is too large",
}


def intact(package: IO[bytes]) -> bool:
    """Tell whether an archive opens and every member of it unpacks to what its checksum says."""
    try:
        with zipfile.ZipFile(package) as archive:
            sizes = [member.file_size for member in archive.infolist()]
            return 0 < sum(sizes) <= MAX_UNPACKED and archive.testzip() is None
    except Exception:  # a damaged archive can break the unpacking in any place
        return False


class Handler(pens.MessageHandler):
    """Answers a collect, then hands it to the background: the answer never waits for the download (§5.1)."""

    server: "Target"

    def on_message(self, elements: pens.Elements) -> None:
        """Validate and answer; an accepted collect is processed once."""
        code, text = validate(elements)
        self.reply(code, text)
        if code in (0, 1322):
            self.server.pool.submit(self.server.process, elements)


class Target(ThreadingHTTPServer):
    """Listens, and works on accepted collects in a pool of threads."""

    daemon_threads, request_queue_size = True, 128
    handler: type[Handler] = Handler

    def __init__(self, options: argparse.Namespace) -> None:
        super().__init__((options.host, options.port), self.handler)
        self.options, self.tls = options, pens.trusting(options.ca)
        self.pool = ThreadPoolExecutor(32)

    def handle_error(self, request: object, client_address: object) -> None:
        """Log a broken connection in one line."""
        pens.log(f"connection of {client_address} broke: {sys.exc_info()[1]!r}")

    def process(self, collect: pens.Elements) -> None:
        """Fetch the package, send the one receipt that is owed whatever happened, then perhaps an alert."""
        try:
            code = self.retrieve(collect)
        except (OSError, HTTPException, ValueError) as problem:
            pens.log(f"{collect['package-id']}: {problem!r}")
            code = 1310
        self.notify(collect, "receipt", collect["receipt"], code, TEXTS[code])
        if collect.get("alerts") and code in (
            0,
            1432,
            1440,
        ):  # what failed after retrieval is alerted too (§6)
            text = TEXTS[code] if code else "package successfully deployed"
            self.notify(collect, "alert", collect["alerts"], code, text)

    def retrieve(self, collect: pens.Elements) -> int:
        """Download by one GET of the exact URL and give the outcome's code; nothing keeps the URL's name."""
        parts, headers = pens.address(collect["package-url"]), {}
        if user := collect.get("package-url-user-id"):
            login = f"{user}:{collect.get('package-url-password', '')}".encode()
            headers["Authorization"] = "Basic " + base64.b64encode(login).decode()
        with closing(pens.connect(parts, 30, self.tls)) as connection, TemporaryFile() as store:
            connection.request("GET", pens.path_and_query(parts), headers=headers)
            response = connection.getresponse()
            complete = False
            with suppress(HTTPException, OSError):
                while piece := response.read(2**16):
                    if store.tell() > MAX_PACKAGE:
                        return 1440
                    store.write(piece)
                complete = not response.length  # some is left when the server broke off
            return self.outcome(response.status, complete, store)

    def outcome(self, status: int, complete: bool, package: IO[bytes]) -> int:
        """Judge a download by its HTTP status first, then by what came (§6.3)."""
        if not 200 <= status < 300:
            return 1312 if status in (401, 403) else 1310
        return 0 if complete and intact(package) else 1432

    def notify(self, collect: pens.Elements, command: str, url: str, code: int, text: str) -> None:
        """Send a receipt or an alert (§A.1.1); neither its failure nor its answer stops anything."""
        elements = {"command": command, "pens-version": pens.VERSION}
        elements |= {name: collect[name] for name in ECHOED}
        elements |= {"error": str(code), "error-text": text, "version": pens.VERSION, "pens-data": ""}
        pens.log(f"{command} {code} {text} for {collect['package-id']}")
        try:
            if url.lower().startswith("mailto:"):
                self.mail(elements, mailboxes(url))
            else:
                self.post(elements, pens.address(url))
        except Exception as problem:  # a peer chose the URL and the values: no failure here may spread
            pens.log(f"{command} for {collect['package-id']} could not be delivered: {problem!r}")

    def post(self, elements: pens.Elements, parts: SplitResult) -> None:
        """Post the elements as a form; whatever is answered will do."""
        with closing(pens.connect(parts, 10, self.tls)) as connection:
            connection.request("POST", self.callback_path(parts), urlencode(elements), {"Content-Type": pens.FORM})
            connection.getresponse().read(2**16)

    def callback_path(self, parts: SplitResult) -> str:
        """Keep the query of a receipt or alerts URL: it is the client's own (§A.1)."""
        return pens.path_and_query(parts)

    def mail(self, elements: pens.Elements, recipients: list[str]) -> None:
        """Mail the elements as lines below a sentence for people (§A.1 notes), if there is a mail server."""
        if not self.options.smtp:
            return
        plain = {name: " ".join(value.split()) for name, value in elements.items()}
        message = EmailMessage()
        message["From"] = message["Reply-To"] = self.options.sender
        message["To"] = ", ".join(recipients)
        message["Subject"] = f"PENS {plain['command']}: {plain['error-text']}"
        lines = "".join(f"{name}={value}\n" for name, value in plain.items())
        message.set_content(f"A package was published to this system: {plain['error-text']}.\n\n{lines}")
        host, _, port = self.options.smtp.rpartition(":")
        with SMTP(host, int(port), timeout=10) as server:
            server.send_message(message, to_addrs=recipients)


def main(target: type[Target] = Target) -> None:
    """Serve until killed; the first line of standard output is the target's URL."""
    parser = argparse.ArgumentParser(description=sys.modules["__main__"].__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8080, help="0 takes a free one")
    parser.add_argument("--ca", help="PEM file of a further authority to trust")
    parser.add_argument(
        "--smtp", metavar="HOST:PORT", help="mail server for mailto receipts; without it they are logged"
    )
    parser.add_argument("--sender", default="pens-target@localhost.localdomain", help="sender of mail")
    with target(parser.parse_args()) as server:
        print(f"http://{server.options.host}:{server.server_port}/pens", flush=True)
        with suppress(KeyboardInterrupt):
            server.serve_forever()


if __name__ == "__main__":
    main()
