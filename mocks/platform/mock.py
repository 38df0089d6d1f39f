"""The platform as the subject ``lti-platform`` of a run (``--target mock``): over https, with one tool registered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from fixtures.keys import signing_key
from harness.evidence.journal import Journal
from harness.net.client import HttpClient
from harness.net.clock import OffsetClock
from harness.net.listener import Inbound, Listener, Reply
from harness.subjects.counterpart import Outcome, Surroundings
from harness.wire.jose import SigningKey
from harness.wire.pns import SCOPE
from harness.wire.pns_assets import ASSET_SCOPE
from mocks.faults.composing import platform_behaviour
from mocks.platform.acts import ACTS, ActError, act, output_of
from mocks.platform.admitting import admit, deploy
from mocks.platform.domain import Registration
from mocks.platform.people import populate
from mocks.platform.platform import Platform
from mocks.platform.registering import NRPS_SCOPE
from mocks.platform.routes import route

STIMULI = tuple(ACTS)
OURS = ("platform-1", "platform-2", "platform-3")


def test_keys(number: int) -> SigningKey:
    """Return the n-th signing key of a mock in process: known ones first, since making one takes a while."""
    kid = f"key-{number + 1}"
    return signing_key(OURS[number]).with_kid(kid) if number < len(OURS) else SigningKey.generate(kid=kid)


class PlatformMock:
    """Plays lti-platform. Faults bend the behaviour of every registration.

    The setting ``tool`` tells of the tool that the harness plays: its addresses as a person would register them.
    """

    def __init__(self) -> None:
        self.platform: Platform | None = None
        self._listener: Listener | None = None
        self._client: HttpClient | None = None

    async def start(self, surroundings: Surroundings) -> Mapping[str, Any]:
        """Start on loopback; return addresses and ids as a person would configure them."""
        clock = surroundings.clock or OffsetClock()
        tool = dict(surroundings.settings.get("tool", {}))
        settings = {key: value for key, value in surroundings.settings.items() if key != "tool"}
        # A handler that never answers is given up soon: nobody is to wait for a mock in process.
        timeout = min(float(settings["delivery-timeout"]), max(1.0, surroundings.patience / 4))
        settings |= {"delivery-timeout": timeout}
        self._client = HttpClient(
            Journal(clock.now, recording=False), surroundings.patience, surroundings.trust, keep_alive=True
        )
        behaviour = platform_behaviour(settings, surroundings.faults)
        scheme, host = ("https", "localhost") if surroundings.server_tls else ("http", "127.0.0.1")
        tls = surroundings.server_tls
        if tls is not None and surroundings.another_tls is not None:
            tls = behaviour.serving_tls(tls, surroundings.another_tls)
        self._listener = Listener(self._route, tls=tls, now=clock.now)
        await self._listener.start()
        base = f"{scheme}://{host}:{self._listener.port}"
        platform = Platform(clock, self._client, lambda tenant: behaviour, behaviour.settings, base, test_keys)
        self.platform = platform
        await platform.prepare()
        found = await self._registered(platform, tool)
        return {
            "issuer": platform.issuer, "auth_url": platform.auth_url, "token_url": platform.token_url,
            "keys_url": platform.keys_url, "configuration_url": platform.configuration_url,
            "audience": platform.audiences()[0], **found,
            "handlers_query": "deploymentId={deployment_id}" if behaviour.settings["url-needs-deployment"] else "",
        }  # fmt: skip

    async def _registered(self, platform: Platform, tool: Mapping[str, Any]) -> Mapping[str, Any]:
        """Register the tool twice, under two clients with two keys, and once more without enabling it."""
        common = {key: tool[key] for key in ("domain", "login_url", "redirect_urls", "target_link_uri") if key in tool}
        common = {"domain": "", "login_url": "", "redirect_urls": (), "target_link_uri": "", **common}
        common["redirect_urls"] = tuple(common["redirect_urls"])
        custom = dict(tool.get("custom", {}))
        async with platform.store.transaction() as tx:
            courses = populate(platform, tx)
            ids = []
            for number, (name, keys, enabled) in enumerate(
                (("ours", "jwks_url", True), ("another", "other_jwks_url", True), ("not enabled", "jwks_url", False))
            ):
                client = platform.next_client_id(tx)
                scopes = (SCOPE, NRPS_SCOPE) + ((ASSET_SCOPE,) if number == 0 else ())
                admit(tx, Registration(
                    client, f"invigil's tool, {name}", jwks_url=str(tool.get(keys, "")), scopes=scopes, enabled=enabled,
                    custom=custom, **common,
                ))  # fmt: skip
                ids.append(client)
            first, second = deploy(platform, tx, ids[0]), deploy(platform, tx, ids[0])
            other = deploy(platform, tx, ids[1])
        return {
            "client_id": ids[0], "deployment_id": first.id, "other_deployment": second.id,
            "other_client": (ids[1], other.id), "disabled_client": ids[2],
            "courses": tuple(course.id for course in courses),
        }  # fmt: skip

    async def _route(self, inbound: Inbound) -> Reply:
        assert self.platform is not None
        return await route(self.platform, inbound)

    async def act(self, stimulus: str, values: Mapping[str, str]) -> Outcome:
        """Do what a person would do in the platform; values are named ``INVIGIL_*``."""
        assert self.platform is not None
        given = {key.removeprefix("INVIGIL_").lower(): value for key, value in values.items()}
        try:
            return Outcome("mock", "succeeded", output_of(await act(self.platform, stimulus, given)))
        except ActError as problem:
            return Outcome("mock", "failed", str(problem))

    async def advance(self, tenant: str, step: timedelta) -> None:
        """Move protocol time, doing what falls due on the way."""
        assert self.platform is not None
        await self.platform.outbox.advance(tenant, step)

    async def trigger(self, name: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Do an act; the outcome has ``status`` and ``output``."""
        outcome = await self.act(name, {key: str(value) for key, value in values.items()})
        return {"status": outcome.status, "output": outcome.output}

    async def quiesce(self) -> None:
        """Wait until nothing is due or under way."""
        if self.platform:
            await self.platform.outbox.quiesce()

    async def stop(self) -> None:
        """Close listener and connections."""
        if self.platform:
            await self.platform.outbox.stop()
        if self._listener:
            await self._listener.stop()
        if self._client:
            await self._client.close()
