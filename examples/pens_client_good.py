"""A PENS client: it stages a small SCORM 1.2 package, publishes it to a target and waits for the receipt.

Written from CMI010 Guidelines for PENS 1.0a. Exits with 0 when the receipt says 0, else with 1 and a reason.
`python pens_client_good.py --target URL`; variables INVIGIL_* stand in for flags that are not given.
"""

import argparse
import hashlib
import os
import sys
import threading
import uuid
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

if TYPE_CHECKING or __package__:
    from examples import pens_message as pens
    from examples.pens_staging import Handler, Staging, build_package
else:  # run as a script: the neighbours are found in the script's own folder
    import pens_message as pens
    from pens_staging import Handler, Staging, build_package

WARNINGS = (1320, 1322)  # named so by §6.3: the target goes on, and so does the client


class Author:
    """One publication, from the staged package to the receipt."""

    handler: type[Handler] = Handler
    method = "POST"

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        package = build_package(options.title)
        # The same content has the same id, other content another (§6.2.6).
        content = uuid.uuid5(uuid.NAMESPACE_URL, hashlib.sha256(package).hexdigest())
        self.package_id = options.package_id or f"http://author.example/packages:{content}"
        login = f"{options.package_user}:{options.package_password}" if options.package_user else ""
        self.staging = Staging(options.host, self.handler, package, self.package_id, login)

    def expiry(self) -> str:
        """Tell until when the package is offered, in UTC (§6.2.11)."""
        return (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")

    def collect(self) -> pens.Elements:
        """Put the collect together: all that is required, alerts, and what credentials there are (§6.1)."""
        staging = self.staging
        elements = {
            "pens-version": pens.VERSION,
            "command": "collect",
            "package-type": "scorm-pif",
            "package-type-version": "1.2",
            "package-format": "zip",
            "package-id": self.package_id,
            "package-url": staging.base + staging.package_path,
            "package-url-user-id": self.options.package_user,
            "package-url-password": self.options.package_password,
            "package-url-expiry": self.expiry(),
            "client": "ExampleAuthor",
            "system-user-id": self.options.user,
            "system-password": self.options.password,
            "receipt": staging.base + staging.callback_path,
            "alerts": staging.base + staging.callback_path,
        }
        return {name: value for name, value in elements.items() if value}

    def joined(self, path: str, form: str) -> str:
        """Append the elements to a request path, which may have a query already (§A.1)."""
        return f"{path}{'&' if '?' in path else '?'}{form}"

    def send(self) -> tuple[int, bytes]:
        """Send the collect and give HTTP status and body; a query of the target's own is kept."""
        parts = pens.address(self.options.target)
        path, form = pens.path_and_query(parts), urlencode(self.collect(), quote_via=quote)
        tls = pens.trusting(self.options.ca)
        with closing(pens.connect(parts, self.options.answer_wait, tls)) as connection:
            if (self.options.method or self.method) == "GET":
                connection.request("GET", self.joined(path, form))
            else:
                connection.request("POST", path, form, {"Content-Type": pens.FORM})
            response = connection.getresponse()
            return response.status, response.read(2**20)

    def publish(self) -> tuple[str, str]:
        """Send the collect, wait for the receipt; give code and text of the failure, both empty for none."""
        try:
            status, body = self.send()
        except (OSError, HTTPException, ValueError) as problem:
            return "-", f"no answer from the target: {problem!r}"
        answer = pens.read_answer(body)
        if answer is None or (answer[0] == 0 and not 200 <= status < 300):
            return str(status), f"HTTP status {status} without a PENS answer: {body[:200]!r}"
        code, text = answer
        if code in WARNINGS:
            pens.log(f"warning {code} {text}")
        elif code:
            return str(code), text
        if not self.staging.received.wait(self.options.receipt_wait):
            return "-", f"no receipt for {self.package_id} within {self.options.receipt_wait:g} s"
        code, text = self.staging.receipt
        print(pens.plain(f"receipt {code} {text} for {self.package_id}"), flush=True)
        return (str(code), text) if code else ("", "")


def read_options() -> argparse.Namespace:
    """Read flags, then environment, then defaults."""
    env = os.environ.get
    parser = argparse.ArgumentParser(description=sys.modules["__main__"].__doc__)
    parser.add_argument("--target", default=env("INVIGIL_TARGET_URL"), help="URL of the PENS target")
    parser.add_argument("--user", default=env("INVIGIL_SYSTEM_USER_ID"), help="system-user-id")
    parser.add_argument("--password", default=env("INVIGIL_SYSTEM_PASSWORD"), help="system-password")
    parser.add_argument("--title", default="Example course")
    parser.add_argument("--package-id", help="instead of the one made from the content")
    parser.add_argument("--package-user", help="protect the package by HTTP Basic")
    parser.add_argument("--package-password", default="")
    parser.add_argument("--method", choices=["GET", "POST"])
    parser.add_argument("--host", default="127.0.0.1", help="address to serve package and receipts at")
    parser.add_argument("--ca", help="PEM file of a further authority to trust")
    parser.add_argument("--answer-wait", type=float, default=10, metavar="SECONDS")
    parser.add_argument("--receipt-wait", type=float, default=float(env("INVIGIL_WAIT") or 10), metavar="SECONDS")
    parser.add_argument("--linger", type=float, default=0.5, metavar="SECONDS", help="serve on for alerts")
    options = parser.parse_args()
    if not options.target:
        parser.error("name the target by --target or INVIGIL_TARGET_URL")
    if env("INVIGIL_PUBLISH") == "publish-other":
        options.title += " (another one)"
    return options


def main(author: type[Author] = Author) -> int:
    """Publish once and report; with INVIGIL_HOLD_UNTIL_EOF=1 serve on until standard input ends."""
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    options = read_options()
    publication = author(options)
    code, text = publication.publish()
    if code:
        pens.log(f"error {code} {text}")
    print(pens.plain(f"outcome: failed {code} {text}" if code else "outcome: published"), flush=True)
    if os.environ.get("INVIGIL_HOLD_UNTIL_EOF") == "1":
        sys.stdin.buffer.read()
    elif publication.staging.received.is_set():
        threading.Event().wait(options.linger)  # nothing sets it: alerts may come in any number
    return 1 if code else 0


if __name__ == "__main__":
    sys.exit(main())
