"""A browser as far as a launch needs one: keeps cookies, follows redirects, submits forms that submit themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import Final
from urllib.parse import urldefrag, urljoin, urlsplit

from harness.net.client import HttpClient, Received, Request, Where
from harness.wire.binding import FORM, Pairs, encode_query, join_query
from harness.wire.lti_forms import Form, read_form

BROWSER: Final = "browser"
HOPS: Final = 12
REDIRECTS: Final = (301, 302, 303, 307, 308)
Stop = Callable[[Request], bool]


@dataclass(frozen=True, slots=True)
class Page:
    """Where a browser has come to: the last address, what answered, and the request that it was told not to send."""

    url: str
    received: Received | None
    stopped: Request | None = None

    @property
    def status(self) -> int:
        """The status of the last answer."""
        return self.received.status if self.received else 0

    def form(self) -> Form | None:
        """Return the form that the page would submit by itself."""
        return read_form(self.received.body, self.url) if self.received else None


@dataclass(slots=True)
class Browser:
    """One person's browser. Its exchanges are kept under ``where`` on the channel ``browser``.

    It does not run scripts: a page with a form that holds parameters of a login is taken to submit it.
    """

    client: HttpClient
    where: Where
    cookies: dict[str, dict[str, str]] = field(default_factory=dict)

    async def open(self, url: str, *, stop: Stop | None = None) -> Page:
        """Open an address and go where it leads, until a page stays or a request is one to ``stop`` before."""
        return await self.send(Request("GET", url), stop=stop)

    async def submit(self, form: Form, *, stop: Stop | None = None) -> Page:
        """Submit a form and go where that leads."""
        return await self.send(request_of(form.method, form.action, form.pairs), stop=stop)

    async def send(self, request: Request, *, stop: Stop | None = None) -> Page:
        """Send a request as a person's click would, and go where it leads."""
        page = Page(request.url, None)
        for _ in range(HOPS):
            if stop and stop(request):
                return Page(page.url, page.received, request)
            page = await self.once(request)
            onward = self._onward(request, page)
            if onward is None:
                return page
            request = onward
        return page

    async def once(self, request: Request) -> Page:
        """Send one request with the cookies of its host, and keep those that come."""
        host = _host(request.url)
        known = "; ".join(f"{name}={value}" for name, value in self.cookies.get(host, {}).items())
        headers = (*request.headers, *((("Cookie", known),) if known else ()))
        sent = Request(request.method, request.url, headers, request.body)
        received = await self.client.send(self.where, BROWSER, sent)
        for name, value in received.headers:
            if name.lower() == "set-cookie":
                self._keep(host, value)
        return Page(request.url, received)

    def forget(self) -> None:
        """Lose all cookies, as a browser does that allows none."""
        self.cookies.clear()

    def _keep(self, host: str, header: str) -> None:
        jar: SimpleCookie = SimpleCookie()
        try:
            jar.load(header)
        except CookieError:
            return
        for name, morsel in jar.items():
            self.cookies.setdefault(host, {})[name] = morsel.coded_value

    def _onward(self, request: Request, page: Page) -> Request | None:
        received = page.received
        if received is None or received.error:
            return None
        location = received.header("Location")
        if received.status in REDIRECTS and location:
            url = urldefrag(_join(page.url, location)).url
            if received.status in (307, 308):
                return Request(request.method, url, request.headers, request.body)
            return Request("GET", url)
        form = page.form() if received.status == 200 else None
        return request_of(form.method, form.action, form.pairs) if form and submits_itself(form) else None


def submits_itself(form: Form) -> bool:
    """Whether a form is one of a login, which a script submits: it holds its parameters and nothing to be filled in."""
    names = {name for name, _ in form.pairs}
    return bool(names & {"id_token", "error", "login_hint", "iss", "nonce"})


def request_of(method: str, url: str, pairs: Pairs) -> Request:
    """Return the request that a form makes."""
    if method == "GET":
        return Request("GET", join_query(url, encode_query(pairs)))
    return Request("POST", url, (("Content-Type", FORM),), encode_query(pairs).encode())


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _join(base: str, url: str) -> str:
    try:
        return urljoin(base, url)
    except ValueError:
        return url
