"""An LTI 1.3 tool that is told of course copies: launches, its notice handler, and a probe for whoever tests it.

Written from LTI Core 1.3, the 1EdTech Security Framework 1.0 and Canvas's documentation of its Platform Notification
Service. `python lti_tool_good.py --port 0 --cert C --key K --platforms FILE` prints one line of JSON and serves. FILE
holds a list of `{"issuer", "client_id", "auth", "token", "keys", "audience", "deployments"}`. GET `probe` tells what
notices have done: `{"context", "origins", "title", "applied"}`, or 404 for a course of which nothing was told; POST
`subscribe` and `unsubscribe` set and remove our handler in a deployment that was launched before. The signing key
stands beside this file for everybody to read: it is for tests.
"""

import argparse
import json
import secrets
import ssl
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from html import escape
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

if TYPE_CHECKING or __package__:
    from examples import lti_jws as jws
    from examples import lti_trust as trust
    from examples import results_message as http
    from examples.lti_platforms import Platforms, Trouble
else:  # run as a script: the neighbours are found in the script's own folder
    import lti_jws as jws
    import lti_trust as trust
    import results_message as http
    from lti_platforms import Platforms, Trouble

LOGIN_LIFE, MOST = 600, 10_000


@dataclass(frozen=True)
class Page:
    """An answer for a browser."""

    status: int
    text: str
    headers: Mapping[str, str] = field(default_factory=dict)


class Handler(http.MessageHandler):
    """Answers browsers with pages, platforms and the owner with JSON."""

    server: "Tool"
    page: Page | None = None

    def on_get(self) -> object:
        """Serve the login, the key set and the probe."""
        name, _, query = self.path[1:].partition("?")
        if name == "login":
            return self.server.login(http.pairs(query))
        if name == "keys":
            return self.server.platforms.signer.published()
        if name == "probe":
            asked = http.pairs(query)
            return self.server.probe(asked.get("context", ""), asked.get("deployment", ""))
        raise http.Refused(404, "nothing is served here by this method")

    def on_post(self) -> object:
        """Take logins, launches, notices and what the owner wants."""
        name, _, query = self.path[1:].partition("?")
        body = self.body()
        if name == "notices":
            return self.server.notices(body)
        form = http.pairs(body.decode("utf-8", "replace"))
        if name == "login":
            return self.server.login(form)
        if name == "launch":
            return self.server.launch(form, self.headers.get("Cookie", ""))
        if name in ("subscribe", "unsubscribe"):
            deployment = http.pairs(query).get("deployment") or form.get("deployment", "")
            return self.server.look_after(deployment, wish=name == "subscribe")
        raise http.Refused(404, "nothing is served here by this method")

    def send(self, status: int, data: bytes) -> None:
        """Send JSON, or the page that stands for it."""
        page, self.page = self.page, None
        if page is None:
            super().send(status, data)
            return
        self.send_response(page.status)
        body = f"<!DOCTYPE html><title>{escape(page.text.partition(':')[0])}</title><p>{escape(page.text)}\n".encode()
        headers = {"Content-Type": "text/html; charset=utf-8", "Content-Length": str(len(body)), "Connection": "close"}
        for name, value in (headers | dict(page.headers)).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def answer(self, act: Any) -> None:
        """Answer what `act` gives; a page is kept until it is sent."""

        def acted() -> object:
            told = act()
            self.page = told if isinstance(told, Page) else None
            return "" if self.page else told

        super().answer(acted)


class Tool(ThreadingHTTPServer):
    """A tool at some platforms; what it knows is gone when it ends."""

    daemon_threads, request_queue_size = True, 128
    asking: type[Platforms] = Platforms

    def __init__(self, options: argparse.Namespace) -> None:
        super().__init__((options.host, options.port), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.cert, options.key)
        # The handshake is left to the thread that serves a connection: one that never comes holds up nobody.
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.base = f"https://{options.name}:{self.server_port}"
        listed = json.loads(Path(options.platforms).read_text("utf-8"))
        known = [trust.Platform(**{**one, "deployments": tuple(one["deployments"])}) for one in listed]
        signer = jws.Signer.read(Path(__file__).with_name("lti_tool_key.json"))
        self.platforms = self.asking(known, signer, options.ca)
        self.lock = threading.Lock()
        self.logins: dict[str, tuple[trust.Platform, str, str, float]] = {}
        self.services: dict[str, tuple[trust.Platform, str, tuple[str, ...]]] = {}
        self.stopped: set[str] = set()
        self.seen: dict[object, None] = {}
        self.copies: dict[tuple[str, str], list[trust.Copy]] = {}

    # --- launches ---------------------------------------------------------------------------------------------------

    def login(self, asked: Mapping[str, str]) -> Page:
        """Send the browser to its platform for a signed message (Security Framework 1.0, 5.1.1)."""
        platform = self.platforms.named(asked.get("iss"), asked.get("client_id", ""))
        if platform is None or not asked.get("login_hint"):
            return Page(400, "Refused: this login cannot begin")
        state, nonce, cookie = (secrets.token_urlsafe(24) for _ in range(3))
        with self.lock:
            while len(self.logins) >= MOST:
                self.logins.pop(next(iter(self.logins)))
            self.logins[state] = (platform, nonce, cookie, time.monotonic() + LOGIN_LIFE)
        query = {
            "scope": "openid", "response_type": "id_token", "response_mode": "form_post", "prompt": "none",
            "client_id": platform.client_id, "redirect_uri": f"{self.base}/launch", "state": state, "nonce": nonce,
            "login_hint": asked["login_hint"],
        }  # fmt: skip
        hint = asked.get("lti_message_hint")
        query |= {"lti_message_hint": hint} if hint else {}
        kept = f"login-{state}={cookie}; Path=/; Max-Age={LOGIN_LIFE}; HttpOnly; Secure; SameSite=None"
        where = f"{platform.auth}{'&' if '?' in platform.auth else '?'}{urlencode(query)}"
        return Page(302, "Going on", {"Location": where, "Set-Cookie": kept, "Cache-Control": "no-store"})

    def launch(self, form: Mapping[str, str], cookies: str) -> Page:
        """Take a launch: the state is of this browser, the message is what the platform signed for it."""
        state = form.get("state", "")
        with self.lock:
            platform, nonce, cookie, until = self.logins.get(state, (None, "", "", 0.0))
            ours = f"login-{state}={cookie}" in (one.strip() for one in cookies.split(";"))
            if platform is None or not ours or time.monotonic() > until:
                return Page(400, "Refused: this browser did not begin a login here")
            del self.logins[state]
        try:
            message = jws.Message.read(form.get("id_token"))
            self.believe(message, platform)
            trust.holds(message.claims.get("nonce") == nonce, "the nonce is not ours")
            deployment = trust.launch(message.claims, platform)
        except (trust.Refused, jws.Unreadable) as why:
            return Page(401, f"Refused: {why}")
        url, types = trust.service(message.claims)
        if url:
            self.services[deployment] = (platform, url, types)
            if deployment not in self.stopped:
                threading.Thread(target=self.restore, args=(deployment,), daemon=True).start()
        return Page(200, f"Launched: {message.claims.get('name') or message.claims['sub']}")

    def believe(self, message: jws.Message, platform: trust.Platform) -> None:
        """Believe a message that its platform has signed for us just now (Security Framework 1.0, 5.1.3)."""
        kid = trust.algorithm(message)
        trust.signature(message, self.platforms.keys(platform, kid), kid)
        trust.holds(message.claims.get("iss") == platform.issuer, "the issuer is another")
        self.meant_for(message.claims, platform)
        trust.in_time(message.claims, time.time())

    def meant_for(self, claims: Mapping[str, Any], platform: trust.Platform) -> None:
        """The message is for us."""
        trust.is_for(claims, platform.client_id)

    # --- handlers ---------------------------------------------------------------------------------------------------

    def restore(self, deployment: str) -> None:
        """Set our handler where it is not; whatever comes of it, the launch stands."""
        with suppress(Trouble):
            self.subscribe(deployment)

    def subscribe(self, deployment: str) -> None:
        """Let copies be told to us, if the deployment tells of them."""
        platform, url, types = self.services[deployment]
        ours = f"{self.base}/notices"
        if trust.COPY in types and self.platforms.handlers(platform, deployment, url).get(trust.COPY) != ours:
            self.platforms.send_to(platform, deployment, url, trust.COPY, ours)

    def look_after(self, deployment: str, *, wish: bool) -> object:
        """Subscribe or unsubscribe because the owner says so."""
        if deployment not in self.services:
            raise http.Refused(409, "no launch of that deployment has named a notification service")
        platform, url, _ = self.services[deployment]
        try:
            if wish:
                self.stopped.discard(deployment)
                self.subscribe(deployment)
            else:
                self.stopped.add(deployment)
                self.platforms.send_to(platform, deployment, url, trust.COPY, "")
        except Trouble as problem:
            raise http.Refused(502, str(problem)) from None
        return {"deployment": deployment, "subscribed": wish}

    # --- notices ----------------------------------------------------------------------------------------------------

    def notices(self, body: bytes) -> object:
        """Take each notice of a delivery by itself; 401 only when none of them is to be believed."""
        try:
            listed = jws.members(body).get("notices")
        except jws.Unreadable as why:
            raise http.Refused(400, f"the body is {why}") from None
        if not isinstance(listed, list) or not listed:
            raise http.Refused(400, "there are no notices")
        told = [self.take(one.get("jwt") if isinstance(one, dict) else None) for one in listed]
        if not any(one == "taken" for one in told):
            raise http.Refused(401, "no notice is to be believed")
        return {"notices": told}

    def take(self, text: object) -> str:
        """Take one notice; return `taken`, or why it is not believed."""
        try:
            message = jws.Message.read(text)
            platform = self.platforms.named(message.claims.get("iss"))
            trust.holds(platform, "the issuer is not known")
            assert platform is not None
            self.believe(message, platform)
            found = trust.notice(message.claims, platform)
        except (trust.Refused, jws.Unreadable) as why:
            return str(why)
        with self.lock:
            if self.is_news(found, message, platform) and found.type == trust.COPY:
                self.copies.setdefault((found.deployment, found.context), []).append(found)
        return "taken"

    def is_news(self, found: trust.Copy, message: jws.Message, platform: trust.Platform) -> bool:
        """Whether an event is news: its id decides, for a notice that is sent again is signed anew."""
        return self.is_first((platform.issuer, found.deployment, found.notice))

    def is_first(self, name: object) -> bool:
        """Whether a name comes for the first time; it is known from then on."""
        known = name in self.seen
        self.seen[name] = None
        return not known

    def probe(self, context: str, deployment: str) -> object:
        """Show what is known of a context: whence its content came, in the order of the events."""
        with self.lock:
            places = [place for place in self.copies if place[1] == context and deployment in ("", place[0])]
            told = sorted((one for place in places for one in self.copies[place]), key=lambda one: one.at)
        if not told:
            raise http.Refused(404, "nothing was told of this context")
        origins = list(dict.fromkeys(origin for one in told for origin in one.origins))
        title = next((one.title for one in reversed(told) if one.title), None)
        return {"context": context, "origins": origins, "title": title, "applied": len(told)}

    def handle_error(self, request: object, client_address: object) -> None:
        """Log a broken connection in one line."""
        http.log(f"a connection broke: {type(sys.exc_info()[1]).__name__}")

    def addresses(self) -> dict[str, str]:
        """Give the addresses; those of the owner hold places for ids."""
        plain = {name: f"{self.base}/{name}" for name in ("login", "launch", "keys", "notices")}
        acts = {name: f"{self.base}/{name}?deployment={{deployment}}" for name in ("subscribe", "unsubscribe")}
        return plain | acts | {"probe": f"{self.base}/probe?context={{context}}&deployment={{deployment}}"}


def main(tool: type[Tool] = Tool) -> None:
    """Serve until killed; the first line of standard output holds the addresses."""
    parser = argparse.ArgumentParser(description=sys.modules["__main__"].__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--name", default="localhost", help="the host that the certificate names")
    parser.add_argument("--port", type=int, default=8443, help="0 takes a free one")
    parser.add_argument("--cert", required=True, help="certificate of the host, PEM")
    parser.add_argument("--key", required=True, help="its key, PEM")
    parser.add_argument("--ca", default="", help="authority of the platforms, PEM; without it the system's")
    parser.add_argument("--platforms", required=True, help="the platforms that are known, JSON")
    with tool(parser.parse_args()) as server:
        print(json.dumps(server.addresses()), flush=True)
        with suppress(KeyboardInterrupt):
            server.serve_forever()


if __name__ == "__main__":
    main()
