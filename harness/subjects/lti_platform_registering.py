"""Registering our tool dynamically: the invitation, the request, and taking away what a run has registered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.net.client import Received, Request
from harness.net.patience import within
from harness.subjects.browser import Browser
from harness.subjects.driver import NotOffered
from harness.subjects.lti_platform_records import CONFIGURATION
from harness.subjects.lti_platform_target import REGISTER, TOOL_KEYS
from harness.subjects.lti_platform_tooling import Tooling
from harness.wire.json_text import as_text, read_json
from harness.wire.lti import is_absolute_url
from harness.wire.lti_configuration import Configuration, read_configuration
from harness.wire.lti_registration import Registration, read_registration_answer, registration_request
from harness.wire.pns import SCOPE


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a platform tells when it opens our registration address; empty what it leaves out."""

    configuration_url: str
    token: str

    @property
    def bearer(self) -> tuple[tuple[str, str], ...]:
        """The header that shows the registration token."""
        return (("Authorization", f"Bearer {self.token}"),) if self.token else ()


@dataclass(slots=True)
class Registering:
    """Registers our tool with a platform; what it has registered is taken away by `withdraw`."""

    tool: Tooling
    made: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    async def invited(self, *, step: str = "invite") -> Invitation:
        """Let somebody begin a dynamic registration and wait for the visit at our registration address.

        Raises `NotOffered` when nobody can be asked to.
        """
        tool, driver = self.tool, self.tool.driver
        driver.acting = tool.where(step)
        url = driver.host.url(REGISTER, driver.scheme)
        told = await tool.stimulate("register", step=f"{step}-stimulus", register_url=url)
        address = told.get("open")
        if isinstance(address, str) and is_absolute_url(address):
            await Browser(driver.client, tool.where(step)).open(address)
        else:
            due = driver.visited(lambda: tool.where(step) in driver.invitations)
            await within(driver.patience.callback, due)
        driver.acting = tool.where()
        pairs = dict(driver.invitations.pop(tool.where(step), ()))
        return Invitation(pairs.get("openid_configuration", ""), pairs.get("registration_token", ""))

    async def configuration(self, invitation: Invitation, *, step: str = "configuration") -> Configuration:
        """Fetch the platform's configuration: where the invitation says, else where ours does."""
        url = invitation.configuration_url or self.tool.target.configuration_url
        if not is_absolute_url(url):
            return read_configuration(b"")
        found = await self.tool.fetch(url, CONFIGURATION, step=step, headers=invitation.bearer)
        return read_configuration(found.body, url)

    def document(self, **more: Any) -> dict[str, Any]:
        """Return the metadata of our tool; ``more`` comes last."""
        driver = self.tool.driver
        own = driver.tool
        return registration_request(
            client_name=f"{driver.marker} {self.tool.token_}", initiate_login_uri=own.login_url,
            redirect_uris=[own.redirect_url, own.target_link_uri], jwks_uri=driver.host.url(TOOL_KEYS, driver.scheme),
            domain=own.registration_domain or own.domain, target_link_uri=own.target_link_uri, scopes=(SCOPE,),
            more=more,
        )  # fmt: skip

    async def ask(
        self, url: str, document: Mapping[str, Any] | bytes, *, step: str, token: str = ""
    ) -> Registration:  # fmt: skip
        """Ask to be registered; what is registered is kept to be taken away."""
        received = await self.tool.register(url, document, step=step, token=token)
        found = read_registration_answer(received.status, received.body)
        if 200 <= received.status <= 299:
            # Of the answer as it came: in the journal there are no secrets.
            self.made[step] = {**(read_json(received.body).object or {}), "client_id": found.client_id}
        return found

    async def withdraw(self) -> None:
        """Take away what was registered (RFC 7592, 2.3, or a person does); what stays is told by ``left-behind``."""
        for step, document in self.made.items():
            client_id = str(document["client_id"])
            if await self._deleted(step, document) or await self._unregistered(step, client_id):
                continue
            self.tool.note("left-behind", step, registration=client_id)
        self.made.clear()

    async def _deleted(self, step: str, document: Mapping[str, Any]) -> bool:
        url, token = (as_text(document.get(f"registration_{name}")) for name in ("client_uri", "access_token"))
        if not url or not token or not is_absolute_url(url):
            return False
        request = Request("DELETE", url, (("Authorization", f"Bearer {token}"),))
        received: Received = await self.tool.driver.client.send(self.tool.where(step), "removal", request)
        return 200 <= received.status <= 299

    async def _unregistered(self, step: str, client_id: str) -> bool:
        if not client_id:
            return False
        try:
            await self.tool.stimulate("unregister", step=f"{step}-removal", client_id=client_id)
        except NotOffered:
            return False
        return True
