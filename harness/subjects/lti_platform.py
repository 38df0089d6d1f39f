"""The driver of lti-platform: a platform to be judged, our tool's doors, and the keys by which messages verify."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from harness.evidence.entries import Half
from harness.evidence.journal import Journal
from harness.net.client import NOWHERE, HttpClient, Request, Where
from harness.net.clock import Clock
from harness.net.host import CallbackHost
from harness.net.listener import Reply
from harness.net.patience import Patience, pause, within
from harness.subjects.counterpart import Control, MockPeer
from harness.subjects.driver import TargetUnreachable
from harness.subjects.lti_platform_hooks import OK, REGISTERING, Door, KeySetDoor
from harness.subjects.lti_platform_records import ANSWER, ASKED, INITIATION, KEYS
from harness.subjects.lti_platform_records import REGISTER as REGISTER_CHANNEL
from harness.subjects.lti_platform_target import (
    ELSEWHERE,
    LOGIN,
    OTHER_KEYS,
    REDIRECT,
    REGISTER,
    TARGET,
    TOOL_KEYS,
    Bend,
    OwnTool,
    PlatformTarget,
)
from harness.subjects.records import BEGUN
from harness.subjects.stimuli import Stimulus
from harness.wire.binding import Pairs, encode_query, join_query
from harness.wire.jose import JoseError, KeySet, Verdict, read, verify
from harness.wire.lti_login import auth_request_pairs, read_auth_response, read_initiation

if TYPE_CHECKING:
    from harness.subjects.lti_platform_tooling import Tooling


TWICE = 2.0
CLOSE, FAR_OFF = timedelta(seconds=1), timedelta(days=1)
"""Differences of clocks that are not worth a word, and those that are none of a clock that anybody goes by."""


@dataclass(slots=True)
class PlatformDriver:
    """Plays the tool. One scenario acts at a time, since a type has one handler in a deployment.

    ``acting`` is where what comes belongs; ``scheme`` is that of our addresses. ``release`` lets go of what steers a
    system elsewhere.
    """

    target: PlatformTarget
    tool: OwnTool
    journal: Journal
    clock: Clock
    client: HttpClient
    host: CallbackHost
    patience: Patience
    stimuli: Mapping[str, Stimulus] = field(default_factory=dict)
    seed: int = 0
    control: Control | None = None
    mock: MockPeer | None = None
    marker: str = "invigil"
    owned: bool = True
    budget: str = "quick"
    scheme: str = "https"
    ahead: timedelta = timedelta(0)
    release: Callable[[], Awaitable[None]] | None = None
    acting: Where = NOWHERE
    bend: Bend | None = None
    published: KeySetDoor | None = None
    _states: dict[str, Where] = field(default_factory=dict)
    _arrivals: asyncio.Event = field(default_factory=asyncio.Event)
    _count: int = 0
    _urls: dict[str, str] = field(default_factory=dict)
    _offers: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    _access: dict[tuple[str, str], str] = field(default_factory=dict)
    originals: dict[Where, str] = field(default_factory=dict)
    invitations: dict[Where, Pairs] = field(default_factory=dict)
    slowest: float = 0.0
    """Seconds for which a notice of this run was waited for, at most."""

    _keys: KeySet | None = None

    @property
    def offers(self) -> frozenset[str]:
        """Stimuli, second registrations and addresses that are configured, and whether time can be moved."""
        found = {f"stimulus.{name}" for name in self.stimuli}
        found |= {f"callback.{scheme}" for scheme in self.host.public}
        found |= {"control"} if self.control else set()
        found |= {"lti.other-deployment"} if self.target.other_deployment else set()
        found |= {"lti.other-client"} if self.target.other_client[0] else set()
        found |= {"lti.disabled-client"} if self.target.disabled_client else set()
        found |= {"lti.configuration"} if self.target.configuration_url else set()
        found |= {"lti.service"} if self.target.handlers_url or "launch" in self.stimuli else set()
        return frozenset(found | ({"ownership"} if self.owned else set()))

    def begin(self, scenario: str, case: str, values: Mapping[str, Any]) -> Tooling:
        """Open the context in which a scenario acts, with addresses of its own."""
        token = hashlib.sha256(f"{self.seed}/{self.marker}/{scenario}/{case}".encode()).hexdigest()[:16]
        target = {**asdict(self.target), "other_client": list(self.target.other_client)}
        target["courses"] = list(self.target.courses)
        own = {
            "domain": self.tool.domain, "login_url": self.tool.login_url, "redirect_url": self.tool.redirect_url,
            "elsewhere_url": self.tool.elsewhere_url, "target_link_uri": self.tool.target_link_uri,
        }  # fmt: skip
        self.journal.event((scenario, case, ""), BEGUN, {**values, "target": target, "tool": own})
        self.acting = (scenario, case, "")
        from harness.subjects.lti_platform_tooling import Tooling  # it needs the driver's own class

        return Tooling(self, scenario, case, token)

    async def end(self, context: Tooling) -> None:
        """Take away what a scenario has set up, so that the next begins with nothing."""
        for gate in context.gates:
            gate.open()
        await context.clean_up()
        self.acting, self.bend = NOWHERE, None

    async def smoke(self) -> None:
        """Fetch the key set and ask for a token; raises `TargetUnreachable` when that cannot work at all."""
        context = self.begin("smoke", "", {})
        received = await self.client.send(context.where(), KEYS, Request("GET", self.target.keys_url))
        url = self.journal.redactor.text(self.target.keys_url)
        if received.error in ("refused", "dns", "tls", "bad-url"):
            raise TargetUnreachable(f"{url}: no connection ({received.error}); check [lti] keys-url")
        issued = await context.token("token")
        if self.control is None and self._follow_clock(issued.response) and not issued.granted:
            issued = await context.token("in-its-time")
        if issued.response is None:
            raise TargetUnreachable(f"{self.target.token_url}: no answer ({issued.exchange.error})")
        if issued.answer.error == "invalid_client":
            why = issued.answer.error_description or "no reason is told"
            raise TargetUnreachable(f"{self.target.token_url}: invalid_client ({why}); check [lti] client-id, audience")

    def _follow_clock(self, response: Half | None) -> bool:
        """Take over the clock of a platform by its ``Date`` (RFC 9110, 6.6.1), if it differs; return whether it does.

        What we date is then dated by the clock by which it is judged, and what it dates is judged by its own.
        """
        try:
            told = parsedate_to_datetime((response.header("Date") if response else None) or "")
        except (ValueError, TypeError, IndexError):
            return False
        found = told.replace(tzinfo=told.tzinfo or UTC) - self.clock.now()
        if not CLOSE < abs(found) < FAR_OFF:
            return False
        self.ahead = found
        return True

    async def settle(self) -> None:
        """Wait until nothing is due on a mock; watch a real platform for the shared window."""
        if self.control:
            await within(self.patience.callback, self.control.quiesce())
        else:
            # What must not come would take as long as what did come: no shorter wait says that it stays away.
            await pause(max(self.patience.absence, min(self.patience.callback, TWICE * self.slowest)))
        await within(self.patience.callback, self.host.idle())

    async def stop(self) -> None:
        """Close listeners and connections, and the mock when there is one."""
        await self.host.stop()
        await self.client.close()
        if self.release:
            await self.release()
        if self.mock:
            await self.mock.stop()

    # --- our tool's doors ---------------------------------------------------------------------------------------

    def open_doors(self) -> None:
        """Put login, redirect address and key sets behind their addresses."""
        self.published = KeySetDoor([self.tool.keys], lambda: self.acting)
        self.host.mount(LOGIN, Door(INITIATION, lambda pairs: self.acting, self._login))
        for path in (REDIRECT, ELSEWHERE, TARGET):
            self.host.mount(path, Door(ANSWER, self._owner, self._welcome))
        self.host.mount(TOOL_KEYS, self.published)
        self.host.mount(OTHER_KEYS, KeySetDoor([self.tool.other_keys], lambda: self.acting))
        self.host.mount(REGISTER, Door(REGISTER_CHANNEL, lambda pairs: self.acting, self._invited))

    def _invited(self, pairs: Pairs) -> Reply:
        """Answer whoever opens our registration address: what it tells is kept, and the scenario goes on with it."""
        self.invitations[self.acting] = pairs
        self._arrivals.set()
        return REGISTERING

    def _login(self, pairs: Pairs) -> Reply:
        """Answer a login initiation: send the browser to the platform with our authentication request."""
        initiation = read_initiation(pairs)
        self._count += 1
        state = hashlib.sha256(f"{self.seed}/state/{self._count}/{self.marker}".encode()).hexdigest()[:32]
        nonce = hashlib.sha256(f"{self.seed}/nonce/{self._count}/{self.marker}".encode()).hexdigest()[:32]
        self._states[state] = self.acting
        client_id = initiation.client_id or self.target.client_id
        asked = auth_request_pairs(initiation, client_id, self.tool.redirect_url, nonce, state)
        asked = self.bend(asked) if self.bend else asked
        self.journal.event(self.acting, ASKED, {"pairs": [list(pair) for pair in asked]})
        return Reply(302, (("Location", join_query(self.target.auth_url, encode_query(asked))),))

    def _owner(self, pairs: Pairs) -> Where:
        return self._states.get(read_auth_response(pairs).state or "", self.acting)

    def _welcome(self, pairs: Pairs) -> Reply:
        token = read_auth_response(pairs).id_token
        if token:
            self.originals[self._owner(pairs)] = token
        self._arrivals.set()
        return OK

    async def visited(self, seen: Callable[[], bool]) -> None:
        """Wait until something has been seen at our doors."""
        while not seen():
            self._arrivals.clear()
            await self._arrivals.wait()
            await self.host.idle()

    # --- the platform's keys ------------------------------------------------------------------------------------

    async def verdict(self, text: str, where: Where) -> tuple[Verdict, tuple[str, ...]]:
        """Verify a message with the platform's key set, which is fetched again once for a key that is not in it."""
        try:
            jws = read(text)
        except JoseError as error:
            return Verdict(False, error.reason), ()  # type: ignore[arg-type]
        keys = self._keys or await self.fetch_keys(where)
        verdict = verify(jws, keys)
        if not verdict.ok and verdict.reason in ("unknown-kid", "bad-signature", "no-keys"):
            verdict = verify(jws, await self.fetch_keys(where))
        return verdict, jws.oddities

    async def fetch_keys(self, where: Where) -> KeySet:
        """Fetch the platform's key set; one without keys when it cannot be read."""
        received = await self.client.send(where, KEYS, Request("GET", self.target.keys_url))
        try:
            self._keys = KeySet.parse(received.body) if received.status == 200 else KeySet(())
        except JoseError:
            self._keys = KeySet(())
        return self._keys
