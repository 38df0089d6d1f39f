"""The platform as the other side of a tool under test: launches it, serves its handlers, posts what is asked for.

There are two platforms in one: the one that the tool is judged with, and another one that it knows as well, whose
keys sign what must not pass as the first one's.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import urlsplit

from fixtures.keys import signing_key
from harness.evidence.journal import BODY_CAP, Journal
from harness.net.client import NOWHERE, HttpClient, Received, Request, Where
from harness.net.clock import OffsetClock
from harness.net.host import CallbackHost
from harness.net.listener import Inbound, Reply
from harness.subjects.counterpart import Arm, Invitation, Surroundings
from harness.wire.jose import SigningKey
from harness.wire.lti_login import Initiation
from harness.wire.pns import SCOPE
from harness.wire.pns_oracle_body import Post
from mocks.platform.admitting import admit, deploy
from mocks.platform.arming import PLAIN, ArmedBehaviour, changed_configuration
from mocks.platform.domain import HANDLERS, KEYS, LAUNCHES, REGISTRATIONS, SESSIONS, Registration, StoredKey
from mocks.platform.inviting import invite
from mocks.platform.launching import COOKIE, begin, parameters
from mocks.platform.people import person_of, populate
from mocks.platform.platform import Platform
from mocks.platform.routes import route

ISSUED: Final = {"platform": "platform-1", "next": "platform-2", "unpublished": "platform-3"}
OTHERS: Final = ("other-platform", "attacker")
SERVICE: Final = "lti/service"
OURS: Final = ("keys", "near")
"""Settings that are none of the profile's."""

SECOND: Final = "/second"
"""Where the key set of the other platform is; its issuer ends with it."""


@dataclass(slots=True)
class Side:
    """One kind of address of the platform: whose a request is, and on which channel it is kept."""

    channel: str
    whose: Callable[[Inbound], Where]
    reply: Callable[[Inbound], Any]
    keep: int = BODY_CAP

    @property
    def where(self) -> Where:
        """Nobody's, until it is asked with a request."""
        return NOWHERE

    def owner(self, inbound: Inbound) -> Where:
        """Return the scenario to which a request belongs."""
        return self.whose(inbound)

    async def answer(self, inbound: Inbound) -> Reply:
        """Answer a request."""
        reply: Reply = await self.reply(inbound)
        return reply

    def facts(self, reply: Reply, whole: bool) -> Mapping[str, Any]:
        """Nothing beyond the two halves."""
        return {}


@dataclass(slots=True)
class ToolsPlatform:
    """Plays a platform for one tool. What carries something that we gave out belongs to whom we gave it for."""

    _platform: Platform | None = None
    _host: CallbackHost | None = None
    _client: HttpClient | None = None
    _keys: dict[str, SigningKey] = field(default_factory=dict)
    _arm: Arm = PLAIN
    _acting: Where = NOWHERE
    _hints: dict[str, Where] = field(default_factory=dict)
    _tell: Callable[[str, Mapping[str, Any]], None] = field(default=lambda name, facts: None)

    @property
    def signers(self) -> Mapping[str, SigningKey]:
        """The keys by who signs with them."""
        return self._keys

    @property
    def platform(self) -> Platform:
        """The platform; it is there after the start."""
        assert self._platform is not None
        return self._platform

    @property
    def host(self) -> CallbackHost:
        """The listeners; they are there after the start."""
        assert self._host is not None
        return self._host

    async def start(self, journal: Journal, surroundings: Surroundings) -> Mapping[str, Any]:
        """Start and return the addresses of the platform.

        The setting ``keys`` maps a signer to a key of its own; with ``near`` connections to the tool are kept.
        """
        clock = surroundings.clock or OffsetClock()
        given = dict(surroundings.settings.get("keys", {}))
        settings = {name: value for name, value in surroundings.settings.items() if name not in OURS}
        # A tool's handler is where it is; and its address is judged by checks, so that ours refuses as few as it can.
        # So is whether the address of the claim is used as it stands, and whether the audience can be chosen.
        settings |= {"outbound": "any", "url-needs-deployment": False, "token-audience": "separate"}
        self._keys = {name: given.get(name) or signing_key(key).with_kid(name) for name, key in ISSUED.items()}
        self._keys |= {name: given.get(name) or signing_key(name) for name in OTHERS}
        near = bool(surroundings.settings.get("near"))
        self._client = HttpClient(journal, surroundings.patience, surroundings.trust, keep_alive=near)
        host = self._host = CallbackHost(journal)
        scheme = "https" if surroundings.server_tls else "http"
        public = surroundings.public.get(scheme, "")
        port = urlsplit(public).port or {"https": 443, "http": 80}[scheme] if public else 0
        bind = surroundings.bind if public else "127.0.0.1"
        await host.listen(scheme, tls=surroundings.server_tls, host=bind, port=port, public=public)
        behaviour = ArmedBehaviour(settings, lambda: self._arm)
        settings = dict(settings)
        base = host.public[scheme]
        self._platform = Platform(
            clock, self._client, lambda tenant: behaviour, settings, base, lambda number: self._keys["platform"],
            tell=lambda name, facts: self._tell(name, facts), where=lambda url: self._acting,
        )  # fmt: skip
        await self.publish("platform")
        self._mount(settings)
        platform = self._platform
        return {
            "issuer": platform.issuer, "authorization_endpoint": platform.auth_url,
            "token_endpoint": platform.token_url, "jwks_uri": platform.keys_url, "audience": platform.audiences()[0],
            "configuration_url": platform.configuration_url,
            "second": {"issuer": base + SECOND, "jwks_uri": f"{base}{SECOND}/keys"},
        }  # fmt: skip

    def _mount(self, settings: Mapping[str, Any]) -> None:
        kinds = {
            settings["auth-path"]: ("auth", self._by_hint), settings["token-path"]: ("token", self._whoever),
            settings["keys-path"]: ("keys", self._whoever), "/.well-known/openid-configuration":
            ("configuration", self._whoever), "/lti/register": ("registration", self._whoever),
        }  # fmt: skip
        for path, (channel, whose) in kinds.items():
            self.host.mount(str(path).strip("/"), Side(channel, whose, self._route))
        form = str(settings["url-path"]).partition("{")[0].strip("/")
        self.host.mount(f"{form}/*", Side("handlers", self._whoever, self._route))
        self.host.mount(f"{SECOND.strip('/')}/keys", Side("second-keys", self._whoever, self._second_keys))

    async def _route(self, inbound: Inbound) -> Reply:
        return await route(self.platform, inbound)

    async def _second_keys(self, inbound: Inbound) -> Reply:
        return _key_set(self._keys["other-platform"])

    def _whoever(self, inbound: Inbound) -> Where:
        return self._acting

    def _by_hint(self, inbound: Inbound) -> Where:
        hint = next((value for name, value in parameters(inbound) if name == "lti_message_hint"), "")
        return self._hints.get(hint, self._acting)

    # --- the tool -----------------------------------------------------------------------------------------------

    async def admit(self, tool: Mapping[str, Any]) -> Mapping[str, Any]:
        """Register the tool with its deployments; return client id, deployments and courses."""
        platform = self.platform
        async with platform.store.transaction() as tx:
            courses = populate(platform, tx)
            client = str(tool.get("client_id") or platform.next_client_id(tx))
            registration = Registration(
                client, "The tool under test", "", str(tool["login_url"]),
                tuple(tool["redirect_urls"]), str(tool.get("target_link_uri") or tool["redirect_urls"][0]),
                str(tool.get("jwks_url", "")), scopes=(SCOPE,),
            )  # fmt: skip
            admit(tx, registration)
            names = [str(name) for name in tool.get("deployments") or ()]
            made = [deploy(platform, tx, client, **({"id": name} if name else {})) for name in names or ["", ""]]
        return {
            "client_id": client, "deployments": tuple(one.id for one in made),
            "courses": tuple(course.id for course in courses),
        }  # fmt: skip

    async def initiate(self, where: Where, values: Mapping[str, str]) -> Initiation:
        """Begin a launch: its browser has a session with us already."""
        platform = self.platform
        given = dict(values)
        if given.get("role"):
            given["person"] = person_of(platform, given.pop("role"))
        hint = (await begin(platform, given)).rpartition("/")[2]
        self._hints[hint] = where
        async with platform.store.transaction() as tx:
            launch = tx.get(LAUNCHES, hint)
            registration = tx.get(REGISTRATIONS, launch.client_id)
            tx.put(SESSIONS, session_of(hint), launch.person)
        behaviour = platform.behaviour(launch.client_id, "launch")
        return behaviour.initiation(launch, registration, platform.issuer)

    def cookie(self, hint: str) -> tuple[str, str]:
        """Return the cookie of the session in which the launch with this hint was begun."""
        return COOKIE, session_of(hint)

    def bend(self, hint: str, write: Callable[[Mapping[str, Any], SigningKey], str]) -> None:
        """Let ``write`` make the message of the launch with this hint."""
        self.platform.bends[hint] = write

    def service(self, where: Where, deployment: str, query: str = "") -> str:
        """Return an address of a deployment's handlers service whose calls are kept under ``where``."""
        token = hashlib.sha256("/".join(where).encode()).hexdigest()[:16]
        path = f"{SERVICE}/{token}"

        async def reply(inbound: Inbound) -> Reply:
            own = urlsplit(self.platform.pns_url(deployment_of(deployment)))
            target = own.path + (f"?{inbound.query.decode('latin-1')}" if inbound.query else "")
            return await route(self.platform, replace(inbound, target=target))

        self.host.mount(path, Side("handlers", lambda inbound: where, reply))
        return f"{self.platform.base}/{path}{query}"

    async def invite(self, where: Where, register_url: str) -> Invitation:
        """Invite the tool at an address to register, by an issuer that it does not know."""
        return await invite(self, where, register_url)

    def configuration(self, right: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a configuration, changed as the arm says (`mocks.platform.arming`)."""
        return changed_configuration(right, self._arm.values)

    async def handlers(self, deployment: str) -> Mapping[str, tuple[str, int | None]]:
        """Return the handlers that are in force."""
        found = await self.platform.rows(f"{HANDLERS}/{deployment}")
        return {one.notice_type: (one.url, one.max_batch_size) for one in found}

    async def forget_handlers(self, deployment: str, notice_type: str = "") -> None:
        """Lose handlers of a deployment."""
        table = f"{HANDLERS}/{deployment}"
        async with self.platform.store.transaction() as tx:
            for name in [notice_type] if notice_type else list(tx.keys(table)):
                tx.delete(table, name)

    async def publish(self, *signers: str) -> None:
        """Publish the keys of these signers and no others; the last of them signs launches."""
        async with self.platform.store.transaction() as tx:
            for kid in list(tx.keys(KEYS)):
                tx.delete(KEYS, kid)
            for name in signers:
                key = self._keys[name]
                stored = StoredKey(key.kid or name, key.private_pem().decode(), key.alg, True, name == signers[-1])
                tx.put(KEYS, stored.kid, stored)

    async def post(
        self, where: Where, url: str, post: Post, headers: tuple[tuple[str, str], ...] = ()
    ) -> Received:  # fmt: skip
        """Post a delivery once."""
        assert self._client is not None
        encoding = (("Content-Encoding", post.encoding),) if post.encoding else ()
        request = Request("POST", url, (("Content-Type", post.content_type), *encoding, *headers), post.body)
        return await self._client.send(where, "delivery", request)

    def rename(self, signer: str, kid: str) -> None:
        """Let a signer's key go by another name from now on."""
        self._keys[signer] = self._keys[signer].with_kid(kid)

    def lure(self, where: Where) -> str:
        """Return an address of our own with the attacker's key set; fetches of it are kept under ``where``."""
        path = f"lure/{hashlib.sha256('/'.join(where).encode()).hexdigest()[:16]}.json"

        async def reply(inbound: Inbound) -> Reply:
            return _key_set(self._keys["attacker"])

        self.host.mount(path, Side("lure", lambda inbound: where, reply))
        return f"{self.platform.base}/{path}"

    # --- whose it is --------------------------------------------------------------------------------------------

    def arm(self, where: Where, arm: Arm) -> None:
        """Let what comes belong to ``where``, and behave as ``arm`` says."""
        self._acting, self._arm = where, arm

    def disarm(self) -> None:
        """Behave rightly; what comes is unexpected, unless it carries something that we gave out."""
        self._acting, self._arm = NOWHERE, PLAIN

    def on_event(self, listener: Callable[[str, Mapping[str, Any]], None]) -> None:
        """Be told of what happens."""
        self._tell = listener

    async def quiesce(self) -> None:
        """Wait until nothing is due and nothing is being answered."""
        if self._platform:
            await self._platform.outbox.quiesce()
        if self._host:
            await self._host.idle()

    async def stop(self) -> None:
        """Close everything."""
        if self._platform:
            await self._platform.outbox.stop()
        if self._host:
            await self._host.stop()
        if self._client:
            await self._client.close()


def _key_set(key: SigningKey) -> Reply:
    return Reply(200, (("Content-Type", "application/json"),), json.dumps({"keys": [key.public()]}).encode())


def session_of(hint: str) -> str:
    """Return the session of the browser that launches by a hint."""
    return f"session-{hint}"


def deployment_of(name: str) -> Any:
    """Return a deployment of that id, for its address alone."""
    from mocks.platform.domain import Deployment

    return Deployment(name, "")
