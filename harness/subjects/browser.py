"""A browser as far as a launch needs one: keeps cookies, follows redirects, submits forms that submit themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import urldefrag, urljoin, urlsplit

from harness.net.client import HttpClient, Received, Request, Where
from harness.wire.binding import FORM, Pairs, encode_query, join_query
from harness.wire.lti_forms import Form, read_form

BROWSER: Final = "browser"
HOPS: Final = 12
LONG_AGO: Final = 2000
"""Cookies that are told to end have a date of the beginning of time; no other date is looked at."""
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
        known = self._known(host)
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
        """Keep a cookie, or lose it when it is told to end; attributes that are not known say nothing (RFC 6265, 5.2).

        A cookie for a domain is shown to all hosts below it, and to no host elsewhere.
        """
        pair, *rest = header.split(";")
        name, equals, value = (part.strip() for part in pair.partition("="))
        if not equals or not name:
            return
        attributes = {key.strip().lower(): text.strip() for key, _, text in (one.partition("=") for one in rest)}
        place = attributes.get("domain", "").lstrip(".").lower()
        place = f".{place}" if place and _is_below(host, place) else host
        if _is_over(attributes):
            self.cookies.get(place, {}).pop(name, None)
        else:
            self.cookies.setdefault(place, {})[name] = value

    def _known(self, host: str) -> str:
        """Return the cookies that a host is shown."""
        shown: dict[str, str] = {}
        for place, kept in self.cookies.items():
            if place == host or (place.startswith(".") and _is_below(host, place[1:])):
                shown |= kept
        return "; ".join(f"{name}={value}" for name, value in shown.items())

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


def _is_below(host: str, domain: str) -> bool:
    return "." in domain and (host == domain or host.endswith(f".{domain}"))


def _is_over(attributes: Mapping[str, str]) -> bool:
    """Whether a cookie is told to end: by an age of nothing, else by a date long past (RFC 6265, 5.2.1 and 5.2.2)."""
    age = attributes.get("max-age", "")
    if age.lstrip("-").isascii() and age.lstrip("-").isdigit():
        return age.startswith("-") or not age.strip("0")
    try:
        return parsedate_to_datetime(attributes["expires"].replace("-", " ")).year < LONG_AGO
    except (KeyError, ValueError, TypeError, IndexError):
        return False


def _join(base: str, url: str) -> str:
    try:
        return urljoin(base, url)
    except ValueError:
        return url
