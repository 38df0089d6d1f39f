"""The launch: the answer to a login, verified in the order of Security Framework 1.0, 5.1.3, then LTI Core 1.3, 5.3."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from harness.net.listener import Inbound, Reply
from harness.wire.binding import decode_message
from harness.wire.jose import JoseError, Jws, KeySet, read
from harness.wire.lti import Launch as Message
from harness.wire.lti import read_launch
from harness.wire.lti_login import AuthResponse, read_auth_response
from harness.wire.pns import CLAIM, PnsClaim, read_pns_claim
from mocks.state.store import Transaction
from mocks.tool.domain import CONTEXTS, LAUNCHES, PLATFORMS, SERVICES, Context, Launch, Login, Platform, Service, key
from mocks.tool.environment import Environment, Trouble
from mocks.tool.keysets import KeySets
from mocks.tool.logins import Logins, same_text
from mocks.tool.pages import page, refusal
from mocks.tool.services import Services
from mocks.tool.verifying import (
    algorithm_problem,
    audience_problem,
    issuer_problem,
    signature_problem,
    times_problem,
)

MOST_LAUNCHES = 5000


class LaunchBehaviour:
    """How the tool verifies a launch; every method returns what is wrong as a code, or the empty string."""

    launch_leeway: timedelta = timedelta(minutes=3)
    """How far the platform's clock may be from ours."""

    def launch_token(self, response: AuthResponse) -> Jws:
        """Read the token; raises JoseError."""
        return read(response.id_token or "")

    def launch_algorithm(self, jws: Jws) -> str:
        """An approved algorithm, and a key is named."""
        return algorithm_problem(jws)

    def launch_signature(self, jws: Jws, keys: KeySet) -> str:
        """Signed by the published key of that name."""
        return signature_problem(jws, keys)

    def launch_issuer(self, claims: Mapping[str, Any], platform: Platform) -> str:
        """The issuer is the one that the login was for."""
        return issuer_problem(claims, platform.issuer)

    def launch_audience(self, claims: Mapping[str, Any], platform: Platform) -> str:
        """It is for this client, and for nobody else."""
        return audience_problem(claims, platform.client_id)

    def launch_times(self, claims: Mapping[str, Any], now: datetime) -> str:
        """It has not expired and is not of the future."""
        return times_problem(claims, now, self.launch_leeway)

    def launch_nonce(self, message: Message, login: Login) -> str:
        """The nonce is the one that the login sent; a login is answered once, so it never comes again."""
        return "" if message.nonce is not None and same_text(message.nonce, login.nonce) else "wrong-nonce"

    def launch_claims(self, message: Message) -> str:
        """All that a resource link launch must have is there and of its form; what is not known does not matter."""
        return message.problems[0] if message.problems else ""

    def launch_deployment(self, message: Message, platform: Platform) -> str:
        """The deployment is known, or becomes known now where none were told beforehand."""
        known = message.deployment_id in platform.deployments or platform.onboards
        return "" if known else "unknown-deployment"

    def launch_target(self, message: Message) -> str:
        """Return where the user goes: as the signed claim says, whatever the initiation said (LTI Core 1.3, 5.3.4)."""
        return message.target_link_uri or ""

    def pns_claim(self, message: Message) -> PnsClaim | None:
        """Return what the launch says of the notice service; None when it has nothing usable to say."""
        value = message.claims.get(CLAIM)
        found = None if value is None else read_pns_claim(value)
        return found if found is not None and found.url else None

    def troubled(self, problem: str) -> Reply | None:
        """Return what is answered when the handlers could not be looked after; None: the launch stands all the same."""
        return None

    def refused_launch(self, reason: str) -> Reply:
        """Answer a launch that is refused."""
        status = 400 if reason in ("unknown-state", "late-state", "no-token") else 401
        return refusal(status, "This launch is refused", reason)

    def launched(self, launch: Launch, context: Context | None) -> Reply:
        """Show who was launched and where."""
        lines = [
            ("User", launch.name or launch.sub),
            ("User id", launch.sub),
            ("Roles", ", ".join(launch.roles) or "none"),
        ]
        if launch.context:
            lines += [("Course", launch.context_title or launch.context), ("Course id", launch.context)]
        if context is not None and context.origins:
            lines.append(("Copied from", ", ".join(context.origins)))
        lines += [("Link", launch.resource_link), ("Target", launch.target_link_uri), ("Deployment", launch.deployment)]
        return page("Launched", lines)


class Launches:
    """Takes the answers to logins; what follows a launch is done when the user has his page."""

    def __init__(self, environment: Environment, logins: Logins, keysets: KeySets, services: Services) -> None:
        self._env = environment
        self._logins = logins
        self._keysets = keysets
        self._services = services
        self._tasks: set[asyncio.Task[str]] = set()

    async def answer(self, inbound: Inbound) -> Reply:
        """Answer what comes to the redirect URI."""
        behaviour = self._env.behaviour()
        if inbound.method != "POST":
            reply = refusal(405, "This is where launches arrive", "expected POST; start at your platform")
            return Reply(405, (*reply.headers, ("Allow", "POST")), reply.body)
        pairs = decode_message("POST", b"", inbound.header("Content-Type"), inbound.body).pairs
        response = read_auth_response(pairs)
        login, problem = await self._logins.take(inbound, response.state or "")
        if problem or login is None:
            return self._refused(problem)
        if response.error:
            self._env.note(f"launch: the platform refuses: {response.error} {response.error_description or ''}")
            return refusal(400, "The platform refuses", f"{response.error} {response.error_description or ''}".strip())
        if not response.id_token:
            return self._refused("no-token")
        async with self._env.store.transaction() as tx:
            platform: Platform | None = tx.get(PLATFORMS, key(login.issuer, login.client_id))
        if platform is None:
            return self._refused("unknown-registration")
        message = await self._verified(response, platform, login)
        if isinstance(message, str):
            return self._refused(message)
        launch, context, service = await self._store(message, platform)
        self._env.note(f"launch: {launch.sub} in {launch.context or 'no context'} of deployment {launch.deployment}")
        if service is not None and behaviour.subscribes_at_launch():
            work = self._subscribe(platform, launch.deployment)
            if behaviour.subscribes_before_answering():
                problem = await work
                troubled = behaviour.troubled(problem) if problem else None
                if troubled is not None:
                    return troubled
            else:
                task = asyncio.ensure_future(work)
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        return behaviour.launched(launch, context)

    def _refused(self, reason: str) -> Reply:
        self._env.note(f"launch: refused: {reason}")
        return self._env.behaviour().refused_launch(reason)

    async def _verified(self, response: AuthResponse, platform: Platform, login: Login) -> Message | str:
        """Return the message, or why it is refused."""
        behaviour = self._env.behaviour()
        try:
            jws = behaviour.launch_token(response)
            claims = jws.claims()
        except JoseError as error:
            return error.reason
        problem = behaviour.launch_algorithm(jws)
        if problem:
            return problem
        keys = await self._keysets.keys_for(platform, str(jws.header.get("kid", "")))
        message = read_launch(claims)
        return (
            behaviour.launch_signature(jws, keys)
            or behaviour.launch_issuer(claims, platform)
            or behaviour.launch_audience(claims, platform)
            or behaviour.launch_times(claims, self._env.now())
            or behaviour.launch_nonce(message, login)
            or behaviour.launch_claims(message)
            or behaviour.launch_deployment(message, platform)
            or message
        )

    async def _store(self, message: Message, platform: Platform) -> tuple[Launch, Context | None, Service | None]:
        behaviour = self._env.behaviour()
        deployment = message.deployment_id or ""
        claim = behaviour.pns_claim(message)
        url = behaviour.service_url(claim) if claim else None
        launch = self._launch(message, platform, deployment, claim)
        service = None
        async with self._env.store.transaction() as tx:
            if deployment not in platform.deployments:
                now: Platform = tx.get(PLATFORMS, platform.key) or platform
                tx.put(PLATFORMS, platform.key, replace(now, deployments=(*now.deployments, deployment)))
            if claim and url:
                place = key(platform.key, deployment)
                before: Service | None = tx.get(SERVICES, place)
                service = Service(
                    platform.issuer, platform.client_id, deployment, url, claim.types, claim.scopes or (),
                    stopped=before is not None and before.stopped,
                )  # fmt: skip
                tx.put(SERVICES, place, service)
            context = self._enter(tx, launch)
            tx.put(LAUNCHES, f"{tx.count(LAUNCHES):06}" if tx.count(LAUNCHES) < MOST_LAUNCHES else "last", launch)
        return launch, context, service

    def _launch(self, message: Message, platform: Platform, deployment: str, claim: PnsClaim | None) -> Launch:
        claims, context = message.claims, message.context or {}
        named = claims.get("name") or claims.get("given_name") or claims.get("email")
        title = context.get("title") or context.get("label")
        return Launch(
            self._env.now(), platform.issuer, platform.client_id, deployment, message.sub or "",
            named if isinstance(named, str) else "", message.roles, message.context_id or "",
            title if isinstance(title, str) else "", message.resource_link_id or "",
            self._env.behaviour().launch_target(message), claim.types if claim else (),
        )  # fmt: skip

    def _enter(self, tx: Transaction, launch: Launch) -> Context | None:
        """Make a context known that is launched from."""
        if not launch.context:
            return None
        place = key(launch.issuer, launch.client_id, launch.deployment, launch.context)
        known: Context = tx.get(CONTEXTS, place) or Context(
            launch.issuer, launch.client_id, launch.deployment, launch.context
        )
        known = replace(known, title=launch.context_title or known.title)
        tx.put(CONTEXTS, place, known)
        return known

    async def _subscribe(self, platform: Platform, deployment: str) -> str:
        """Look after the handlers; return what went wrong."""
        try:
            done = await self._services.subscribe(platform, deployment)
        except Trouble as problem:
            self._env.note(f"handlers of {deployment}: {problem}")
            return str(problem)
        self._env.note(f"handlers of {deployment}: {', '.join(done) or 'nothing'} to set")
        return ""

    async def idle(self) -> None:
        """Wait until what follows the launches is done."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def stop(self) -> None:
        """End what still follows launches."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
