"""The context of a scenario of lti-platform: an LTI tool that launches, sets handlers and receives notices."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from harness.net.client import Received, Request, Where
from harness.net.hook import Answering, always
from harness.net.patience import stopwatch, within
from harness.net.staging import Gate
from harness.subjects.browser import Browser, Page
from harness.subjects.counterpart import Outcome
from harness.subjects.driver import NotOffered
from harness.subjects.lti_platform import PlatformDriver
from harness.subjects.lti_platform_hooks import NoticeHook
from harness.subjects.lti_platform_records import (
    ASKED,
    CONFIGURATION,
    HANDLERS,
    REGISTRATION,
    STIMULUS,
    TOKEN,
    TOKEN_FACTS,
    VERIFIED,
    Handled,
    Issued,
    Launched,
    Tooled,
    Tools,
)
from harness.subjects.lti_platform_target import JSON, OTHER, OURS, Bend, PlatformTarget
from harness.wire.binding import FORM, Pairs, encode_query, join_query
from harness.wire.jose import KeySet, SigningKey
from harness.wire.lti import DEPLOYMENT_ID
from harness.wire.lti_token import assertion_claims, read_token_answer, token_request
from harness.wire.pns import SCOPE
from harness.wire.pns_handlers import put_body
from harness.wire.pns_notices import read_body

LIFETIME, BACK = 300, 5
"""Seconds for which an assertion is good, and by which it is dated back (1EdTech Security Framework 1.0, 4.1.1: five
minutes are typical; observed: packback LTI library dates back by five seconds)."""


@dataclass(slots=True)
class Tooling:
    """The context of one scenario: launches, tokens, handlers, notices, and what a person does in the platform."""

    driver: PlatformDriver
    scenario: str
    case: str
    token_: str
    gates: list[Gate] = field(default_factory=list)
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)
    hooks: dict[str, NoticeHook] = field(default_factory=dict)
    set_types: dict[tuple[str, str], None] = field(default_factory=dict)
    undo: dict[str, Mapping[str, str]] = field(default_factory=dict)

    def where(self, step: str = "") -> Where:
        """Return where entries of a step are kept."""
        return (self.scenario, self.case, step)

    def own(self, name: str) -> str:
        """Return a name of this scenario's own."""
        return f"{self.driver.marker}-{self.token_}-{name}"

    @property
    def target(self) -> PlatformTarget:
        """The platform."""
        return self.driver.target

    def now_seconds(self, shift: timedelta = timedelta(0)) -> int:
        """Return protocol time in seconds, moved by ``shift``."""
        return int((self.driver.clock.now() + self.driver.ahead + shift).timestamp())

    # --- stimuli ------------------------------------------------------------------------------------------------

    async def stimulate(self, name: str, *, step: str, **values: str) -> Mapping[str, Any]:
        """Give a stimulus; return what it told as JSON. Its outcome is part of the record.

        Raises `NotOffered` when it is not configured, or when who was to do it did not succeed.
        """
        stimulus = self.driver.stimuli.get(name)
        if stimulus is None:
            raise NotOffered(f"not configured: stimulus.{name}")
        given = {
            "INVIGIL_DEPLOYMENT": self.target.deployment_id, "INVIGIL_CLIENT_ID": self.target.client_id,
            "INVIGIL_LOGIN_URL": self.driver.tool.login_url,
        }  # fmt: skip
        given |= {f"INVIGIL_{key.upper()}": value for key, value in values.items()}
        stimulated = await stimulus.start(given)
        outcome = await stimulated.outcome(self.driver.patience.answer + self.driver.patience.callback)
        await stimulated.release()
        told = told_by(outcome)
        facts = {key: value for key, value in told.items() if key != "open"}
        self.driver.journal.event(self.where(step), STIMULUS, {"stimulus": name, **outcome.facts(), "told": facts})
        if outcome.status != "succeeded":
            raise NotOffered(f"stimulus.{name} {outcome.status}: {outcome.output[:200]}")
        return told

    # --- launches -----------------------------------------------------------------------------------------------

    async def launch(
        self, *, step: str = "launch", bend: Bend | None = None, keep_cookies: bool = True,
        browser: Browser | None = None, **values: str,
    ) -> Launched:  # fmt: skip
        """Let a person launch our tool; ``bend`` changes our authentication request.

        Without ``keep_cookies`` the browser has lost its session when it comes with that request.
        """
        driver = self.driver
        driver.journal.event(self.where(step), "launching", {"values": dict(values)})
        driver.acting, driver.bend = self.where(step), bend
        told = await self.stimulate("launch", step=f"{step}-stimulus", **values)
        address = told.get("open")
        if isinstance(address, str) and address:
            browser = browser or Browser(driver.client, self.where(step))
            await self._browse(browser, address, keep_cookies)
        else:
            await within(driver.patience.callback, driver.visited(lambda: self._came(step)))
        await self.verify(step)
        driver.acting, driver.bend = self.where(), None
        found = self.seen().launched(step)
        assert found is not None
        return found

    def _came(self, step: str) -> bool:
        found = self.seen().launched(step)
        return found is not None and found.arrived is not None

    async def _browse(self, browser: Browser, address: str, keep_cookies: bool) -> Page:
        asks = self.target.auth_url.partition("?")[0]
        page = await browser.open(address, stop=lambda request: request.url.partition("?")[0] == asks)
        if page.stopped is None:
            return page
        if not keep_cookies:
            browser.forget()
        return await browser.send(page.stopped)

    async def ask(self, pairs: Pairs, *, step: str, browser: Browser) -> Page:
        """Send an authentication request that somebody else has made up, in a browser that has a session."""
        self.driver.acting = self.where(step)
        self.driver.journal.event(self.where(step), "launching", {"values": {}})
        self.driver.journal.event(self.where(step), ASKED, {"pairs": [list(pair) for pair in pairs]})
        browser.where = self.where(step)
        page = await browser.open(join_query(self.target.auth_url, encode_query(pairs)))
        await self.verify(step)
        return page

    async def verify(self, step: str) -> None:
        """Verify the message of a launch while its signature is there, and keep what came of it."""
        found = self.driver.originals.pop(self.where(step), None)
        if found is None:
            return
        verdict, oddities = await self.driver.verdict(found, self.where(step))
        facts = {"reason": verdict.reason, "kid": verdict.kid, "oddities": list(oddities)}
        self.driver.journal.event(self.where(step), VERIFIED, {"launch": True, **facts})

    async def service(self, deployment: str = "", *, client: str = OURS) -> str:
        """Return the address of a deployment's handlers service, as a launch has told it; launched once per run."""
        name = deployment or (self.target.other_client[1] if client == OTHER else self.target.deployment_id)
        driver = self.driver
        if name == self.target.deployment_id and driver.target.handlers_url:
            return join_query(driver.target.handlers_url, self._more(name))
        if name not in driver._urls:
            acting = driver.acting
            shared = driver.begin(f"service-{hashlib.sha256(name.encode()).hexdigest()[:8]}", "", {})
            found = await shared.launch(deployment=name)
            driver.acting = acting
            url = found.service.url if found.offers_service else None
            if not url:
                raise NotOffered(f"no launch of deployment {name} told the address of the notification service")
            driver._urls[name] = join_query(url, self._more(name))
            aud = found.token.claims.get("aud")
            driver._offers[name] = {
                "deployment_id": found.token.claims.get(DEPLOYMENT_ID), "aud": aud if isinstance(aud, list) else [aud],
                "types": list(found.service.types),
            }  # fmt: skip
        return driver._urls[name]

    def _more(self, deployment: str) -> str:
        return self.target.handlers_query.replace("{deployment_id}", quote(deployment, safe=""))

    async def offered(self, deployment: str = "", *, client: str = OURS) -> Mapping[str, Any]:
        """Return what a launch said of a deployment, and keep it with this scenario: its id, ``aud``, notice types.

        Where no launch told the service's address, it is what was configured, and the types that the service lists.
        """
        name = deployment or (self.target.other_client[1] if client == OTHER else self.target.deployment_id)
        url = await self.service(name, client=client)
        if name not in self.driver._offers:
            shared = Tooling(self.driver, "offered", "", self.token_)
            listed = await shared.listed(step="list", url=url)
            types = [one.notice_type for one in listed.catalogue.handlers]
            self.driver._offers[name] = {"deployment_id": name, "aud": [self.target.client_id], "types": types}
        offer = self.driver._offers[name]
        self.note("offered", name, **offer)
        return offer

    # --- tokens -------------------------------------------------------------------------------------------------

    def assertion(
        self, *, client: str = OURS, key: SigningKey | None = None, header: Mapping[str, Any] | None = None,
        shift: timedelta = timedelta(0), lifetime: int = LIFETIME, **claims: Any,
    ) -> str:  # fmt: skip
        """Return a signed assertion; ``claims`` replace single ones, None leaves one out.

        It is dated a little back and good for minutes, so that a clock that differs by as much refuses nothing.
        """
        driver = self.driver
        driver._count += 1
        client_id = {OURS: self.target.client_id, OTHER: self.target.other_client[0]}.get(
            client, self.target.disabled_client
        )
        jti = hashlib.sha256(f"{driver.seed}/jti/{driver._count}/{self.scenario}/{driver.marker}".encode()).hexdigest()
        now = driver.clock.now() + driver.ahead + shift
        audience = self.target.audience or self.target.token_url
        made = assertion_claims(client_id, audience, now, jti[:32], lifetime)
        made["iat"] -= BACK
        made = {name: value for name, value in {**made, **claims}.items() if value is not None}
        signer = key or (driver.tool.other_keys if client == OTHER else driver.tool.keys)
        return signer.sign(json.dumps(made).encode(), header)

    async def token(
        self, step: str, *, scopes: Sequence[str] = (SCOPE,), assertion: str | None = None, client: str = OURS,
        pairs: Pairs | None = None, method: str = "POST", media: str = FORM, **claims: Any,
    ) -> Issued:  # fmt: skip
        """Ask for an access token and return what answered; ``pairs`` replace the whole form."""
        given = pairs or token_request(assertion or self.assertion(client=client, **claims), scopes)
        body = encode_query(given).encode()
        if method == "GET":
            request = Request("GET", join_query(self.target.token_url, body.decode()))
        else:
            request = Request(method, self.target.token_url, (("Content-Type", media),), body)
        received = await self.driver.client.send(self.where(step), TOKEN, request)
        answer = read_token_answer(received.status, received.headers, received.body)
        value = answer.access_token
        if value:
            self.driver.journal.redactor.add("access-token", value)
            facts = {"ascii": value.isascii(), "length": len(value), "again": value in self.driver._access.values()}
            self.driver.journal.event(self.where(step), TOKEN_FACTS, facts)
            self.driver._access[self.scenario + self.case, step] = value
        return Issued(step, received.exchange)

    def value_of(self, step: str) -> str:
        """Return the token that a step got; empty when it got none."""
        return self.driver._access.get((self.scenario + self.case, step), "")

    async def access(self, client: str = OURS) -> str:
        """Return a token with the scope of the service, asked for once per run; `NotOffered` when there is none."""
        driver = self.driver
        kept = driver._access.get(("shared", client))
        if kept is None:
            context = Tooling(driver, f"access-{client}", "", self.token_)
            await context.token("token", client=client)
            kept = context.value_of("token")
            if not kept:
                raise NotOffered("no access token: the request with the scope of the notification service was refused")
            driver._access["shared", client] = kept
        return kept

    # --- handlers -----------------------------------------------------------------------------------------------

    async def call(
        self, method: str, *, step: str, url: str = "", access: str | None = None, body: bytes = b"",
        headers: Sequence[tuple[str, str]] = (), query: str = "",
    ) -> Handled:  # fmt: skip
        """Call the handlers service; ``access`` is a token, empty for none, ours if it is not given."""
        given = await self.access() if access is None else access
        bearer = (("Authorization", f"Bearer {given}"),) if given else ()
        address = join_query(url or await self.service(), query)
        request = Request(method, address, (*bearer, *headers), body)
        return Handled(step, (await self.driver.client.send(self.where(step), HANDLERS, request)).exchange)

    async def listed(self, *, step: str, **options: Any) -> Handled:
        """List the handlers."""
        return await self.call("GET", step=step, **options)

    async def put(
        self, notice_type: str, address: str, *, step: str, size: int | None = None, body: bytes | None = None,
        headers: Sequence[tuple[str, str]] = JSON, **options: Any,
    ) -> Handled:  # fmt: skip
        """Set the handler of a type, or remove it by an empty address; ``body`` replaces what is sent."""
        sent = put_body(notice_type, address, size) if body is None else body
        done = await self.call("PUT", step=step, body=sent, headers=headers, **options)
        if done.taken and address:
            self.set_types[options.get("url") or await self.service(), notice_type] = None
        return done

    def handler(
        self, name: str, *, answering: Answering | None = None, gate: Gate | None = None, scheme: str = "",
        query: str = "",
    ) -> str:  # fmt: skip
        """Open a handler of our own and return its address; what comes there is kept under the step ``name``."""
        if gate:
            self.gates.append(gate)
        self.hooks[name] = NoticeHook(self.where(name), answering or always(), gate)
        path = f"tool/notices/{self.token_}/{name}"
        self.driver.host.mount(path, self.hooks[name])
        try:
            return self.driver.host.url(path, scheme or self.driver.scheme) + query
        except KeyError:
            raise NotOffered(f"not configured: callback.{scheme or self.driver.scheme}") from None

    async def arrived(self, name: str, notices: int = 1) -> None:
        """Wait until so many notices have come to a handler, nothing is due any more, or patience is over."""
        due: list[Any] = [self.hooks[name].told(notices)]
        begun = stopwatch()
        if self.driver.control:
            due.append(self.driver.control.quiesce())
        tasks = [asyncio.ensure_future(wait) for wait in due]
        await asyncio.wait(tasks, timeout=self.driver.patience.callback, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self.hooks[name].notices >= notices:
            self.driver.slowest = max(self.driver.slowest, stopwatch() - begun)
        await within(self.driver.patience.answer, self.driver.host.idle())
        await self.judge(name)

    async def quiet(self, *names: str) -> None:
        """Wait for a moment in which what must not come would: until nothing is due, or a shared window is over."""
        await self.driver.settle()
        for name in names or tuple(self.hooks):
            await self.judge(name)

    async def judge(self, name: str) -> None:
        """Verify the notices that came to a handler while their signatures are there."""
        hook = self.hooks[name]
        done = {e.facts["entry"] for e in self._verified(name)}
        exchanges = [one.exchange for one in self.seen().at_handler(name)]
        for exchange, (body, media) in zip(exchanges, hook.bodies, strict=False):
            if exchange.seq in done:
                continue
            facts = []
            for jwt in read_body(body, media).jwts:
                verdict, oddities = await self.driver.verdict(jwt or "", self.where(f"{name}-keys"))
                facts.append({"reason": verdict.reason, "kid": verdict.kid, "oddities": list(oddities)})
            self.driver.journal.event(self.where(name), VERIFIED, {"entry": exchange.seq, "notices": facts})

    def _verified(self, name: str) -> list[Any]:
        return [e for e in self.seen().happened if e.name == VERIFIED and e.step == name and "notices" in e.facts]

    async def clean_up(self) -> None:
        """Remove the handlers that this scenario has set, and undo the switches that it has thrown."""
        for name, values in self.undo.items():
            stimulus = self.driver.stimuli.get(name)
            if stimulus:
                given = {f"INVIGIL_{key.upper()}": value for key, value in values.items()}
                given.setdefault("INVIGIL_DEPLOYMENT", self.target.deployment_id)
                stimulated = await stimulus.start(given)
                await stimulated.outcome(self.driver.patience.answer)
                await stimulated.release()
        access = self.driver._access.get(("shared", OURS), "")
        if self.set_types and not access:  # time was moved, and the shared token is past its life
            with contextlib.suppress(NotOffered):
                access = await self.access()
        for url, notice_type in self.set_types:
            if access:
                request = Request("PUT", url, (("Authorization", f"Bearer {access}"), *JSON), put_body(notice_type, ""))
                await self.driver.client.send(("clean-up", "", ""), "clean-up", request)

    # --- the rest -----------------------------------------------------------------------------------------------

    async def fetch(self, url: str, channel: str, *, step: str, headers: Sequence[tuple[str, str]] = ()) -> Received:
        """Fetch an address of the platform."""
        return await self.driver.client.send(self.where(step), channel, Request("GET", url, tuple(headers)))

    async def keys(self, *, step: str) -> KeySet:
        """Fetch the key set."""
        return await self.driver.fetch_keys(self.where(step))

    async def configuration(self, *, step: str = "configuration") -> Received:
        """Fetch the configuration for dynamic registration."""
        return await self.fetch(self.target.configuration_url, CONFIGURATION, step=step)

    async def register(
        self, url: str, document: Mapping[str, Any] | bytes, *, step: str, token: str = ""
    ) -> Received:  # fmt: skip
        """Ask to be registered."""
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        bearer = (("Authorization", f"Bearer {token}"),) if token else ()
        request = Request("POST", url, (*JSON, *bearer), body)
        return await self.driver.client.send(self.where(step), REGISTRATION, request)

    async def advance(self, step: timedelta) -> None:
        """Move protocol time; `NotOffered` without the platform's control API."""
        if self.driver.control is None:
            raise NotOffered("not configured: control")
        await self.driver.control.advance("", step)
        if self.driver.mock is None or not self.driver.clock.flows:
            self.driver.ahead += step
        for client in (OURS, OTHER):  # the shared tokens may be past their life now
            self.driver._access.pop(("shared", client), None)
        self.note("advanced", seconds=step.total_seconds())

    def note(self, name: str, step: str = "", **facts: Any) -> None:
        """Keep an event of this scenario."""
        self.driver.journal.event(self.where(step), name, facts)

    def seen(self) -> Tooled:
        """Return the record as far as it has come."""
        return Tooled.from_entries(self.driver.journal.of(self.scenario, self.case))

    def examples(self) -> Tools:
        """Return the record of a property: all that was tried."""
        return Tools.from_entries(self.driver.journal.of(self.scenario, self.case))


def told_by(outcome: Outcome) -> Mapping[str, Any]:
    """Return what a stimulus has told: the last line of its output that is a JSON object, or ``open: ADDRESS``."""
    for line in reversed(outcome.output.splitlines()):
        text = line.strip()
        if text.startswith("open:"):
            return {"open": text.removeprefix("open:").strip()}
        if text.startswith("{"):
            try:
                value = json.loads(text)
            except ValueError:
                continue
            if isinstance(value, dict):
                return value
    return {}
