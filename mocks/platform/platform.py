"""The platform itself: its tenants over one store, its keys, its clocks, what it sends on its own."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from harness.net.client import NOWHERE, HttpClient, Request, Where
from harness.net.clock import Clock, TenantClocks
from harness.wire.jose import JoseError, KeySet, SigningKey
from mocks.outbox import Outbox, Owed
from mocks.platform import delivering, happening
from mocks.platform.behaviour import PlatformBehaviour
from mocks.platform.domain import DEPLOYMENTS, KEYS, REGISTRATIONS, RETIRED, Deployment, Registration, StoredKey
from mocks.platform.ids import client_id
from mocks.platform.trials import Armed
from mocks.state.memory import MemoryStore
from mocks.state.store import Store, Transaction

if TYPE_CHECKING:
    from mocks.control.switches import Switches

Tell = Callable[[str, Mapping[str, Any]], None]
Sign = Callable[[Mapping[str, Any], SigningKey], str]
Write = Callable[[Mapping[str, Any], SigningKey], str]
NO_KEYS = KeySet(())


@dataclass(slots=True)
class Platform:
    """One LTI platform under a profile. A tenant is a registration, by its client id.

    ``behaviours`` composes the behaviour of a tenant at the moment of use; ``base`` is the address under which tools
    and browsers reach us; ``keys`` makes the n-th signing key. ``where`` says under which scenario what is sent to
    an address is kept. ``bends`` writes the message of a launch hint, or of an event's notice, instead of signing
    it; ``trials`` and ``key_trials`` are armed for the next deliveries and fetches of the key set (`mocks.platform.
    trials`), ``overtaken`` what waits for a later delivery to its deployment.
    """

    clock: Clock
    client: HttpClient
    behaviours: Callable[[str], PlatformBehaviour]
    settings: Mapping[str, Any]
    base: str
    keys: Callable[[int], SigningKey]
    store: Store = field(default_factory=MemoryStore)
    seed: int = 0
    run: str = ""
    tell: Tell = field(default=lambda name, facts: None)
    where: Callable[[str], Where] = field(default=lambda url: NOWHERE)
    switches: Switches[PlatformBehaviour] | None = None
    bends: dict[str, Write] = field(default_factory=dict)
    trials: list[Armed] = field(default_factory=list)
    key_trials: list[Armed] = field(default_factory=list)
    overtaken: dict[str, list[Owed]] = field(default_factory=dict)
    admin_token: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    """What administrators show to the registration and deployment API."""

    clocks: TenantClocks = field(init=False)
    outbox: Outbox = field(init=False)
    _key_sets: dict[str, KeySet] = field(default_factory=dict)
    _count: int = 0

    def __post_init__(self) -> None:
        self.clocks = TenantClocks(self.clock)
        self.outbox = Outbox(self.store, self.clocks, self.work)

    async def prepare(self) -> None:
        """Make the keys that the profile publishes, unless the store has some: the last but one of several signs.

        Of two the first signs and the second is the next one; of three the middle one signs (observed: Canvas keeps
        a past, a present and a future key).
        """
        count = max(1, int(self.settings["keys-published"]))
        async with self.store.transaction() as tx:
            if tx.count(KEYS):
                return
            for number in range(count):
                fresh = self.new_key(number)
                signs = number == max(0, count - 2)
                tx.put(KEYS, fresh.kid, StoredKey(fresh.kid, fresh.pem, fresh.alg, True, signs))

    def new_key(self, number: int) -> StoredKey:
        """Return the n-th key (from 0), which has never been used."""
        key = self.keys(number)
        return StoredKey(key.kid or key.thumbprint(), key.private_pem().decode(), key.alg)

    # --- who and where ------------------------------------------------------------------------------------------

    @property
    def issuer(self) -> str:
        """The issuer: our own address, or the one that the profile fixes."""
        fixed = str(self.settings["issuer"])
        return self.base if fixed == "tenant" else fixed

    @property
    def auth_url(self) -> str:
        """The authorization endpoint."""
        return self.base + str(self.settings["auth-path"])

    @property
    def token_url(self) -> str:
        """The token endpoint."""
        return self.base + str(self.settings["token-path"])

    @property
    def keys_url(self) -> str:
        """The key set."""
        return self.base + str(self.settings["keys-path"])

    @property
    def configuration_url(self) -> str:
        """The configuration for dynamic registration."""
        return f"{self.base}/.well-known/openid-configuration"

    @property
    def registration_url(self) -> str:
        """The endpoint of dynamic registration."""
        return f"{self.base}/lti/register"

    def audiences(self) -> tuple[str, ...]:
        """Return what ``aud`` of an assertion may hold, the advertised one first (setting ``token-audience``)."""
        if self.settings["token-audience"] == "separate":
            return (f"{self.base}/api/auth/token",)
        return (self.token_url,)

    def pns_url(self, deployment: Deployment) -> str:
        """Return the address of a deployment's handlers, in the profile's form."""
        number = deployment.id.partition(":")[0]
        path = str(self.settings["url-path"]).replace("{deployment_id}", deployment.id).replace("{n}", number)
        return self.base + path

    def next_client_id(self, tx: Transaction) -> str:
        """Return a client id that was never used."""
        number = tx.count(REGISTRATIONS) + 1
        form = str(self.settings["client-id-form"])
        while any(tx.get(table, client_id(form, number, self.seed)) is not None for table in (REGISTRATIONS, RETIRED)):
            number += 1
        return client_id(form, number, self.seed)

    def forget_keys(self, client_id: str) -> None:
        """Keep the key set of a tool no longer: it has another one now, or is gone."""
        self._key_sets.pop(client_id, None)

    @property
    def admin_url(self) -> str:
        """The registration and deployment API, in the version that is shown."""
        return self.base + str(self.settings["admin-path"]).replace("{version}", "1.0") + "/"

    async def client_of(self, deployment_id: str) -> str:
        """Return the client whose deployment it is; empty when there is none."""
        async with self.store.transaction() as tx:
            found = tx.get(DEPLOYMENTS, deployment_id)
        return found.client_id if found else ""

    # --- what happens -------------------------------------------------------------------------------------------

    def behaviour(self, tenant: str, about: str) -> PlatformBehaviour:
        """Return the behaviour for what happens next to a tenant."""
        return self.switches.using(tenant, about) if self.switches else self.behaviours(tenant)

    def now(self, tenant: str) -> datetime:
        """Return protocol time of a tenant; of all for the empty name."""
        return self.clocks.now(tenant)

    def new_id(self, kind: str) -> str:
        """Return an id that is new, drawn from the seed."""
        self._count += 1
        digest = hashlib.sha256(f"{self.seed}/{kind}/{self._count}/{self.run}".encode()).digest()
        return str(uuid.UUID(bytes=digest[:16], version=4))

    def secret(self, kind: str) -> str:
        """Return something that nobody can guess."""
        return secrets.token_urlsafe(24)

    def written(self, about: str, claims: Mapping[str, Any], key: SigningKey, sign: Sign) -> str:
        """Return a signed message, or what is to come instead of the one about a hint or an event."""
        write = self.bends.pop(about, None)
        return write(claims, key) if write else sign(claims, key)

    async def greet(self, deployment_id: str) -> None:
        """Send a hello-world notice to one deployment."""
        await happening.hello(self, deployment_id)

    async def tool_keys(self, registration: Registration, *, again: bool = False) -> KeySet:
        """Return a tool's key set: pasted, or fetched from its address and kept until it is asked for again."""
        if registration.jwks is not None:
            try:
                return KeySet.parse(registration.jwks)
            except JoseError:
                return NO_KEYS
        kept = self._key_sets.get(registration.client_id)
        if kept is not None and not again:
            return kept
        behaviour = self.behaviour(registration.client_id, "keys")
        found = NO_KEYS
        if registration.jwks_url and delivering.allowed(self, behaviour, registration.jwks_url):
            request = Request("GET", registration.jwks_url)
            received = await self.client.send(self.where(registration.jwks_url), "tool-keys", request)
            try:
                found = KeySet.parse(received.body) if received.status == 200 else NO_KEYS
            except JoseError:
                found = NO_KEYS
        self._key_sets[registration.client_id] = found
        return found

    async def work(self, owed: Owed) -> timedelta | None:
        """Carry out a piece of owed work."""
        return await delivering.deliver(self, owed)

    async def rows(self, table: str) -> list[Any]:
        """Return all rows of a table."""
        async with self.store.transaction() as tx:
            return list(tx.rows(table))
