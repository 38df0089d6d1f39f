"""The context of a scenario of lti-tool: launches the tool, waits for its handlers, sends notices, looks at effects."""

from __future__ import annotations

import asyncio
import hashlib
import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from harness.net.client import Request, Where
from harness.net.patience import pause, within
from harness.subjects.browser import Browser, Page, request_of
from harness.subjects.counterpart import Arm
from harness.subjects.driver import NotOffered
from harness.subjects.lti_tool import ToolDriver
from harness.subjects.lti_tool_expecting import askable, fitting, last_of_each, placed, told, told_twice
from harness.subjects.lti_tool_records import Hosted, Hostings, Seen, Visit
from harness.subjects.lti_tool_target import (
    EXPECTED,
    MINTED,
    PROBE,
    SECOND,
    STIMULUS,
    TOOL_KEYS,
    OurPlatform,
    ToolTarget,
)
from harness.wire.binding import FORM, encode_query
from harness.wire.jose import KeySet, SigningKey
from harness.wire.lti import COURSE_OFFERING
from harness.wire.lti_login import Initiation
from harness.wire.pns import CONTEXT_COPY
from harness.wire.pns_forging import Draft, Keyring, Message, write
from harness.wire.pns_notices import context_copy_claims, notice_frame, write_time
from harness.wire.pns_oracle import Expectation, Knowledge, Registration
from harness.wire.pns_oracle_body import Body, Post, expected_post
from harness.wire.pns_probe import probe_url
from harness.wire.pns_vectors_model import About, Setup, prepared

LIFETIME: Final = 600
LOOKS: Final = {"mock": 4, "other": 12}
"""How often at most the probe is asked for what is due; our mock is done after a moment, or never."""
VAIN: Final = 6
"""After so many right notices without effect, one after the other, no further one is waited for."""

Minting = Callable[[Draft], Draft]


@dataclass(slots=True)
class Hosting:
    """The context of one scenario. ``step`` is the one that is acted now: what comes unasked belongs to it."""

    driver: ToolDriver
    scenario: str
    case: str
    token: str
    step: str = ""
    armed: Arm = field(default_factory=Arm)
    published: tuple[str, ...] = ("platform",)
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)
    known: Knowledge | None = None
    _later: list[tuple[str, str, str]] = field(default_factory=list)

    def where(self, step: str = "") -> Where:
        """Return where entries of a step are kept."""
        return (self.scenario, self.case, step)

    @property
    def target(self) -> ToolTarget:
        """The tool."""
        return self.driver.target

    @property
    def ours(self) -> OurPlatform:
        """Our platform."""
        return self.driver.ours

    @property
    def deployment(self) -> str:
        """The first deployment."""
        return self.target.deployments[0]

    def fresh(self, kind: str) -> str:
        """Return an id that was never used, drawn from seed, marker and scenario."""
        self.driver.count += 1
        digest = hashlib.sha256(f"{self.token}/{kind}/{self.driver.count}".encode()).digest()
        return str(uuid.UUID(bytes=digest[:16], version=4))

    def arm(self, step: str | None = None, **values: Any) -> None:
        """Let our platform behave as values say (`mocks.platform.arming`), and let what comes belong to a step."""
        self.step = self.step if step is None else step
        self.armed = Arm("armed", values) if values else Arm()
        self.driver.counterpart.arm(self.where(self.step), self.armed)

    def turn(self, step: str) -> None:
        """Let what comes from now on belong to a step; our platform behaves as it did."""
        self.step = step
        self.driver.counterpart.arm(self.where(step), self.armed)

    # --- launches -----------------------------------------------------------------------------------------------

    async def launch(
        self, *, step: str = "launch", mint: Minting | None = None, method: str = "GET", browser: Browser | None = None,
        foreign: bool | Browser = False, initiation: Callable[[Initiation], Initiation] | None = None,
        deployment: str = "", **values: str,
    ) -> Visit:  # fmt: skip
        """Launch the tool in our browser.

        ``mint`` changes the message before it is signed; ``initiation`` the parameters of the login initiation;
        ``method`` how they are sent. With ``foreign`` the answer is brought to the tool by another browser, or by
        the one that is given.
        """
        driver = self.driver
        self.turn(step)
        begun = await driver.counterpart.initiate(
            self.where(step), {"deployment": deployment or self.deployment, "role": "instructor", **values}
        )
        hint = begun.lti_message_hint or ""
        driver.counterpart.bend(hint, self._minting(step, mint))
        sent = initiation(begun) if initiation else begun
        driver.journal.event(
            self.where(step), "launching", {"initiation": [list(p) for p in sent.pairs()], "method": method}
        )
        browser = browser or Browser(driver.client, self.where(step))
        browser.where = self.where(step)
        name, value = driver.counterpart.cookie(hint)
        host = urlsplit(self.ours.authorization_endpoint).hostname or ""
        browser.cookies.setdefault(host, {})[f"{name}"] = value
        request = request_of(method, self.target.login_url, sent.pairs())
        redirects = {url.partition("?")[0] for url in self.target.redirect_urls}
        page = await browser.send(request, stop=lambda r: bool(foreign) and r.url.partition("?")[0] in redirects)
        if page.stopped is not None:
            stranger = foreign if isinstance(foreign, Browser) else Browser(driver.client, self.where(step))
            stranger.where = self.where(step)
            await stranger.send(page.stopped)
        found = self.seen().visit(step)
        assert found is not None
        return found

    def _minting(self, step: str, mint: Minting | None) -> Callable[[Mapping[str, Any], SigningKey], str]:
        def minted(claims: Mapping[str, Any], key: SigningKey) -> str:
            draft = Draft(dict(claims))
            draft = mint(draft) if mint else draft
            text = write(draft, self.ring)
            shown = dict(draft.claims) if isinstance(draft.claims, Mapping) else {}
            facts = {"claims": json.loads(json.dumps(shown)), "signer": draft.signer, "bent": mint is not None}
            self.driver.journal.event(self.where(step), MINTED, facts)
            return text

        return minted

    def browser(self, step: str = "") -> Browser:
        """Return a browser that keeps its cookies over several launches."""
        return Browser(self.driver.client, self.where(step))

    async def bring(self, text: str, state: str, *, step: str, browser: Browser) -> Page:
        """Bring a message to the tool's redirect address."""
        body = encode_query((("id_token", text), ("state", state))).encode()
        browser.where = self.where(step)
        return await browser.send(Request("POST", self.target.redirect_urls[0], (("Content-Type", FORM),), body))

    # --- what the tool sets -------------------------------------------------------------------------------------

    async def subscribed(self, deployment: str = "", *, step: str = "subscribe") -> str:
        """Return the address of the tool's handler for course copies, as it has set it itself; learnt once a run.

        Raises `NotOffered` when it sets none, neither at a launch nor by the stimulus ``subscribe``.
        """
        name, driver = deployment or self.deployment, self.driver
        if name == self.deployment and driver.target.handler:
            return driver.target.handler
        if (name, CONTEXT_COPY) not in driver.handler_urls:
            before, armed = self.step, self.armed
            self.arm(step)
            await self.launch(step=step, deployment=name)
            if not await self.handler_came(name) and "subscribe" in driver.stimuli:
                await self.stimulate("subscribe", step=f"{step}-stimulus", deployment=name)
                await self.handler_came(name)
            found = await driver.counterpart.handlers(name)
            self.armed = armed
            self.turn(before)
            if CONTEXT_COPY not in found:
                raise NotOffered(f"the tool has set no handler of {CONTEXT_COPY} for deployment {name}")
            url, most = found[CONTEXT_COPY]
            driver.handler_urls[name, CONTEXT_COPY], driver.batches[url] = url, most
        return driver.handler_urls[name, CONTEXT_COPY]

    async def handler_came(self, deployment: str, notice_type: str = CONTEXT_COPY) -> bool:
        """Wait until the tool has set a handler, or nothing of it is under way any more."""
        return await self.until(lambda found: notice_type in found, deployment)

    async def until(self, wanted: Callable[[Mapping[str, Any]], bool], deployment: str = "") -> bool:
        """Wait until the handlers of a deployment are as wanted, or patience is over."""
        name, driver = deployment or self.deployment, self.driver
        looks = 3 if driver.mock else 25
        for number in range(looks):
            if wanted(await driver.counterpart.handlers(name)):
                return True
            if driver.mock:
                await within(driver.patience.callback, driver.mock.quiesce())
            else:
                await pause(min(0.05 * 1.5**number, driver.patience.callback / looks))
        return wanted(await driver.counterpart.handlers(name))

    async def quiet(self) -> None:
        """Wait until nothing of the tool is under way: a mock is asked, another one is given a moment."""
        if self.driver.mock:
            await within(self.driver.patience.callback, self.driver.mock.quiesce())
        else:
            await pause(min(self.driver.patience.absence, 1.0))
        await within(self.driver.patience.answer, self.driver.counterpart.quiesce())

    async def stimulate(self, name: str, *, step: str, **values: str) -> Mapping[str, Any]:
        """Give a stimulus; its outcome is part of the record. `NotOffered` when it is not configured."""
        stimulus = self.driver.stimuli.get(name)
        if stimulus is None:
            raise NotOffered(f"not configured: stimulus.{name}")
        self.turn(step)
        given = {"INVIGIL_DEPLOYMENT": self.deployment, "INVIGIL_ISSUER": self.ours.issuer}
        given |= {f"INVIGIL_{key.upper()}": value for key, value in values.items()}
        stimulated = await stimulus.start(given)
        outcome = await stimulated.outcome(self.driver.patience.answer + self.driver.patience.callback)
        await stimulated.release()
        facts = {"stimulus": name, **outcome.facts()}
        self.driver.journal.event(self.where(step), STIMULUS, facts)
        return facts

    # --- notices ------------------------------------------------------------------------------------------------

    @property
    def ring(self) -> Keyring:
        """The keys of all who may sign."""
        return Keyring(dict(self.driver.counterpart.signers))

    def sound(self, *, deployment: str = "", origins: Sequence[str] | None = ("",), title: str | None = None) -> Draft:
        """Return a right notice of a course copy into a context that nobody has heard of.

        ``origins`` ("" stands for a course of ours) None leaves the claim out; without ``title`` no name is told.
        """
        now = self.driver.clock.now()
        frame = notice_frame(
            iss=self.ours.issuer, aud=self.target.client_id, deployment_id=deployment or self.deployment,
            id=self.fresh("notice"), timestamp=write_time(now), type=CONTEXT_COPY, now=now, lifetime=LIFETIME,
            nonce=self.fresh("nonce"),
        )  # fmt: skip
        course = self.target.courses[0] if self.target.courses else "course-1"
        context: dict[str, Any] = {"id": f"copy-{self.fresh('context')}", "type": [COURSE_OFFERING]}
        context |= {} if title is None else {"title": title, "label": title[:20]}
        given = None if origins is None else [one or course for one in origins]
        return Draft({**frame, **context_copy_claims(context, given)})

    def about(self, launch: Mapping[str, Any] | None = None) -> About:
        """Return what makers of vectors are told."""
        key = self.driver.counterpart.signers["attacker"]
        return About(
            self.target.client_id, self.ours.issuer, self.driver.clock.now(), f"deployment-{self.fresh('foreign')}",
            launch or {}, key.public(), lure=self.driver.counterpart.lure(self.where(self.step)),
        )  # fmt: skip

    def knowledge(self, setup: Setup | None = None) -> Knowledge:
        """Return what decides about a notice that is sent now: what the tool knows, and what it has taken before."""
        if self.known is None:
            signers, client = self.driver.counterpart.signers, self.target.client_id
            keys = KeySet.of([signers[name] for name in self.published])
            known = [Registration(self.ours.issuer, client, frozenset(self.target.deployments), keys)]
            if self.target.knows_second:
                keys = KeySet.of([signers["other-platform"]])
                known.append(Registration(self.ours.second["issuer"], client, frozenset((SECOND,)), keys))
            self.known = Knowledge(tuple(known), self.driver.clock.now())
        fresh = replace(self.known, now=self.driver.clock.now())
        return prepared(fresh, setup, self.ring) if setup else fresh

    async def send(
        self, message: Message | Draft, *, step: str, url: str = "", look: bool = True, setup: Setup | None = None,
        headers: tuple[tuple[str, str], ...] = (), later: bool = False,
    ) -> tuple[Body, ...]:  # fmt: skip
        """Send a message, each POST once, and look at what came of it; return what was expected of each POST.

        With ``later`` nobody waits for what must not happen: `look_back` looks when more has happened.
        """
        made = message if isinstance(message, Message) else Message.of(message)
        self.turn(step)
        knowledge, bodies = self.knowledge(setup), []
        address = url or await self.subscribed()
        made = fitting(made, self.driver.batches.get(address))
        for sending, post in zip(made.sendings, made.posts(self.ring), strict=True):
            body, knowledge = expected_post(post, knowledge)
            bodies.append(placed(body, sending))
            await self._deliver(post, bodies[-1], step, address, headers)
        self.known = replace(knowledge, registrations=self.known.registrations if self.known else ())
        if look:
            await self._look_after(bodies, step, later=later)
        return tuple(bodies)

    async def _deliver(
        self, post: Post, body: Body, step: str, url: str, headers: tuple[tuple[str, str], ...]
    ) -> None:  # fmt: skip
        elements = [told(one) for one in body.expectations]
        self.driver.journal.event(self.where(step), EXPECTED, {"elements": elements, "to": post.to})
        where = self.target.redirect_urls[0] if post.to == "launch" else url
        await self.driver.counterpart.post(self.where(step), where, post, headers)

    async def look_back(self) -> None:
        """Look at what `send` has left for later: what must not happen would have by now."""
        due, self._later = self._later, []
        for context, deployment, step in due:
            await self.look(context, deployment, step=step)

    async def _look_after(self, bodies: Sequence[Body], step: str, *, later: bool) -> None:
        """Wait for each effect that is due, then once for what must not happen, and look at that."""
        due = last_of_each(bodies)
        twice = told_twice(bodies)
        still = []
        for one in due:
            if one.outcome == "accept":
                await self.look_for(one, step=step)
            if one.target.context is not None and (one.outcome != "accept" or one.target.context in twice):
                still.append(one.target)
        self._later += [(str(target.context), target.deployment or "", step) for target in still]
        if not later and self._later:
            if self.target.probe:
                await self.quiet()
            await self.look_back()

    async def look_for(self, expectation: Expectation, *, step: str) -> Seen | None:
        """Look at the context that a notice is about: until its effect shows if it is due, else after a moment."""
        target = expectation.target
        if target.context is None:
            return None
        if expectation.outcome != "accept":
            return await self.unmoved(target.context, target.deployment or "", step=step)
        return await self.effect(target.context, target.deployment or "", step=step)

    async def effect(self, context: str, deployment: str = "", *, step: str) -> Seen | None:
        """Look at the probe until a copy into this context shows, or patience is over: a tool may work later."""
        driver, kind = self.driver, "mock" if self.driver.mock else "other"
        # Whoever has shown no effect of several right notices, at first or after another, is not waited for any more.
        looks = LOOKS[kind] if driver.vain < VAIN else 1
        for number in range(looks):
            seen = await self.look(context, deployment, step=step)
            if seen is None or seen.probed.refused or seen.mapped:
                driver.vain = 0 if seen and seen.mapped else driver.vain
                return seen
            if driver.mock:
                await within(driver.patience.callback, driver.mock.quiesce())
            elif looks > 1:
                await pause(min(0.02 * 1.7**number, driver.patience.callback / looks))
        driver.vain += 1
        return seen

    async def until_shown(self, context: str, deployment: str, effects: int, *, step: str) -> Seen | None:
        """Look at the probe until so many effects show or patience is over, and once more after a moment."""
        kind = "mock" if self.driver.mock else "other"
        for number in range(LOOKS[kind]):
            seen = await self.look(context, deployment, step=step)
            if seen is None or seen.probed.refused or (seen.probed.applied or 0) >= effects:
                break
            if seen.mapped and seen.probed.applied is None and len(seen.probed.origins or ()) >= effects:
                break
            if not self.driver.mock:
                await pause(min(0.02 * 1.7**number, self.driver.patience.callback / LOOKS[kind]))
        return await self.unmoved(context, deployment, step=step)

    async def unmoved(self, context: str, deployment: str = "", *, step: str) -> Seen | None:
        """Look at the probe after a moment in which what must not happen would."""
        if self.target.probe:
            await self.quiet()
        return await self.look(context, deployment, step=step)

    async def look(self, context: str, deployment: str = "", *, step: str) -> Seen | None:
        """Look at the probe once; without one there is nothing to look at."""
        if not self.target.probe:
            return None
        name = deployment or self.deployment
        if not (askable(context) and askable(name)):
            return None
        url = probe_url(self.target.probe, context, name)
        received = await self.driver.client.send(self.where(step), PROBE, Request("GET", url))
        facts = {"entry": received.exchange.seq, "context": context, "deployment": name}
        self.driver.journal.event(self.where(step), PROBE, facts)
        return self.seen(step).probe(step, context)

    async def acquainted(self) -> None:
        """Let the tool know our first course, once a run: a person is launched there."""
        if self.target.courses and not self.driver.acquainted:
            before, armed = self.step, self.armed
            self.driver.acquainted = True
            self.arm("acquaint")
            await self.launch(step="acquaint", course=self.target.courses[0])
            self.armed = armed
            self.turn(before)

    def renamed(self, signer: str) -> None:
        """Let a signer's key go by a name that the tool cannot have met."""
        self.driver.counterpart.rename(signer, f"{signer}-{self.fresh('kid')}")

    def forgotten(self, step: timedelta) -> bool:
        """Let time pass that a tool may need until it asks for keys again; False when it is not ours to move."""
        if self.driver.mock is None:
            return False
        self.driver.clock.advance(step)
        return True

    async def publish(self, *signers: str) -> None:
        """Publish the keys of these signers and no others; undone when the scenario ends."""
        self.published = signers
        await self.driver.counterpart.publish(*signers)

    async def tool_keys(self, *, step: str = "tool-keys") -> None:
        """Fetch the tool's own key set."""
        await self.driver.client.send(self.where(step), TOOL_KEYS, Request("GET", self.target.jwks_url))

    # --- the rest -----------------------------------------------------------------------------------------------

    def note(self, name: str, step: str = "", **facts: Any) -> None:
        """Keep an event of this scenario."""
        self.driver.journal.event(self.where(step), name, facts)

    def seen(self, step: str | None = None) -> Hosted:
        """Return the record as far as it has come, or what belongs to one step of it."""
        entries = self.driver.journal.of(self.scenario, self.case)
        return Hosted.from_entries([e for e in entries if step is None or e.step in ("", step)])

    def examples(self) -> Hostings:
        """Return the record of a property: all that was tried."""
        return Hostings.from_entries(self.driver.journal.of(self.scenario, self.case))
