"""A receiver of SCORM Cloud V1 registration postbacks: stores each result once and never goes backwards.

Written from SCORM Cloud "LMS Integration" V1 and "Registration Postbacks" V1.
`python results_receiver_good.py --port 0 --registrations r1,r2` prints one line of JSON and serves. Its `url` takes
postbacks. Its other addresses hold `{regid}`, in whose place the percent-encoded id is put: GET `probe` gives
`{"regid", "complete", "success", "score", "totaltime", "applied"}` (words as in V1, score null while unknown, seconds,
how many times a result changed what is stored), or 404 for a registration that is not known here; POST `refresh`
asks the API instead of waiting for a postback, POST `reset` forgets a result, POST `enrol` makes a registration known.
"""

import argparse
import json
import os
import sys
from contextlib import suppress
from http.client import HTTPException
from http.server import ThreadingHTTPServer
from secrets import compare_digest
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING or __package__:
    from examples import results_message as http
    from examples import results_store as results
else:  # run as a script: the neighbours are found in the script's own folder
    import results_message as http
    import results_store as results

FORM, XML = "application/x-www-form-urlencoded", ("text/xml", "application/xml")
ACTS = {"probe": "GET", "refresh": "POST", "reset": "POST", "enrol": "POST"}


class Handler(http.MessageHandler):
    """Takes a postback: reads it whole, checks its credentials, stores it, and only then answers 200."""

    server: "Receiver"

    def on_post(self) -> object:
        """Take a postback at its path, whatever its query, and acts upon a registration elsewhere."""
        return self.postback() if self.path.partition("?")[0] == "/postback" else self.act()

    def on_get(self) -> object:
        """Serve the probe."""
        return self.act()

    def postback(self) -> object:
        """Take a postback (form: data, username, password; httpbasic: a Basic header and the XML itself)."""
        body = self.body()
        media = self.headers.get_content_type() if self.headers["Content-Type"] else FORM
        if media == FORM:
            form = http.pairs(body.decode("utf-8", "replace"))
            self.check("form", form.get("username", ""), form.get("password", ""))
            if "data" not in form:
                raise http.Refused(400, "the form has no data")
            data, charset = form["data"].encode(), "utf-8"
        elif media in XML:
            self.check("httpbasic", *self.basic())
            data, charset = body, self.headers.get_content_charset("")
        else:
            raise http.Refused(415, "neither a form nor XML")
        try:
            regid, result = results.read_report(data, charset)
        except results.Unreadable as problem:
            raise http.Refused(422, str(problem)) from None
        self.server.take(regid, result)
        return {"stored": regid}

    def check(self, authtype: str, user: str, password: str) -> None:
        """Refuse credentials that are wrong or missing, if any are configured."""
        options = self.server.options
        right = options.auth in (authtype, "both") and compare_digest(user.encode(), options.user.encode())
        right &= compare_digest(password.encode(), options.password.encode())
        if options.user and not right:
            raise http.Refused(401 if authtype == "httpbasic" else 403, "credentials are wrong or missing")

    def act(self) -> object:
        """Show, pull, forget or make known a registration."""
        name, _, query = self.path[1:].partition("?")
        if name not in ACTS:
            raise http.Refused(405 if name == "postback" else 404, "nothing is served here by this method")
        if self.command != ACTS[name]:
            raise http.Refused(405, "the probe is read by GET, the others act by POST")
        self.body()
        regid, store = http.pairs(query).get("regid", ""), self.server.store
        if name == "enrol" and 0 < len(regid) <= 255:
            store.enrol(regid)
        if not store.knows(regid):
            raise http.Refused(404, "the registration is not known")
        if name == "reset":
            store.reset(regid)
        elif name == "refresh":
            self.server.refresh(regid)
        return store.seen(regid)


class Receiver(ThreadingHTTPServer):
    """Listens for postbacks of the registrations it knows."""

    daemon_threads, request_queue_size = True, 128
    kept: type[results.Store] = results.Store

    def __init__(self, options: argparse.Namespace) -> None:
        super().__init__((options.host, options.port), Handler)
        self.options, self.store = options, self.kept(options.registrations.split(","))

    def take(self, regid: str, result: results.Result) -> None:
        """Store a result; a registration that is not known here is the sender's error, and stays so."""
        if not self.store.knows(regid):
            raise http.Refused(404, "the registration is not known")
        self.store.apply(regid, result)

    def refresh(self, regid: str) -> None:
        """Pull a result from the API and store it as if it had been posted."""
        options = self.options
        if not options.api:
            raise http.Refused(409, "no API is configured (--api, --appid, --secret)")
        try:
            answered, result = results.read_report(results.fetch(options.api, options.appid, options.secret, regid))
        except (OSError, HTTPException, ValueError) as problem:
            http.log(f"refresh failed: {type(problem).__name__}")
            raise http.Refused(502, "the API gave no result") from None
        if answered != regid:
            raise http.Refused(502, "the API gave the result of another registration")
        self.store.apply(regid, result)

    def handle_error(self, request: object, client_address: object) -> None:
        """Log a broken connection in one line."""
        http.log(f"a connection broke: {type(sys.exc_info()[1]).__name__}")

    def addresses(self) -> dict[str, str]:
        """Give the address of postbacks, and the templates of the others."""
        base = f"http://{self.options.host}:{self.server_port}"
        return {"url": f"{base}/postback"} | {name: f"{base}/{name}?regid={{regid}}" for name in ACTS}


def api_url(text: str) -> str:
    """Check the address of the API."""
    parts = urlsplit(text)
    if text and (parts.scheme not in ("http", "https") or not parts.hostname):
        raise argparse.ArgumentTypeError("expected an http(s) URL")
    return text


def main(receiver: type[Receiver] = Receiver) -> None:
    """Serve until killed; the first line of standard output holds the addresses."""
    parser = argparse.ArgumentParser(description=sys.modules["__main__"].__doc__)
    env = os.environ.get
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8080, help="0 takes a free one")
    ways = ("form", "httpbasic", "both")
    parser.add_argument("--auth", choices=ways, default=env("INVIGIL_POSTBACK_AUTH", "both"))
    parser.add_argument("--user", default=env("INVIGIL_POSTBACK_USER", ""), help="without it no credentials are asked")
    parser.add_argument("--password", default=env("INVIGIL_POSTBACK_PASSWORD", ""))
    parser.add_argument("--registrations", default=env("INVIGIL_REGISTRATIONS", ""), metavar="ID,ID", help="known ids")
    parser.add_argument("--api", type=api_url, default=env("INVIGIL_API_URL", ""), help="where refresh asks")
    parser.add_argument("--appid", default=env("INVIGIL_API_APPID", ""))
    parser.add_argument("--secret", default=env("INVIGIL_API_SECRET", ""))
    with receiver(parser.parse_args()) as server:
        print(json.dumps(server.addresses()), flush=True)
        with suppress(KeyboardInterrupt):
            server.serve_forever()


if __name__ == "__main__":
    main()
