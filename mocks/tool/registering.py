"""Dynamic registration: the tool reads what a platform offers, and registers itself there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from harness.net.client import Request
from harness.net.listener import Inbound, Reply
from harness.wire.binding import decode_form
from harness.wire.lti_configuration import Configuration, read_configuration
from harness.wire.lti_registration import Registration, read_registration_answer, registration_request
from harness.wire.pns import SCOPE
from mocks.tool.domain import Platform, Unfit, is_web, platform_of
from mocks.tool.environment import Environment, Trouble
from mocks.tool.pages import CLOSING, page, refusal

if TYPE_CHECKING:
    from mocks.tool.tool import Tool


class RegisteringBehaviour:
    """How the tool registers itself; faults override single methods or attributes."""

    def configuration_headers(self, token: str) -> tuple[tuple[str, str], ...]:
        """Return the headers with which the configuration is asked for: the registration token, if one was given."""
        return self.registration_authorization(token)

    def registration_authorization(self, token: str) -> tuple[tuple[str, str], ...]:
        """Return the registration token as a bearer token; nothing without one, or for one that no header can carry."""
        fits = token.isascii() and token.isprintable() and " " not in token
        return (("Authorization", f"Bearer {token}"),) if token and fits else ()

    def belong_together(self, url: str, configuration: Configuration) -> bool:
        """Tell whether issuer and registration endpoint are of the host that the configuration came from.

        A host below the other, or beside it below the same domain of three labels or more, is of the same family.
        """
        ours = _host(url)
        return all(
            _same_family(ours, _host(one)) for one in (configuration.issuer, configuration.registration_endpoint)
        )

    def missing(self, configuration: Configuration) -> tuple[str, ...]:
        """Return the members that cannot be done without and are missing; what is not known does not matter."""
        names = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "registration_endpoint")
        return tuple(name for name in names if not is_web(getattr(configuration, name)))

    def asked_scopes(self, configuration: Configuration) -> tuple[str, ...]:
        """Return the scopes to ask for: that of notices, where there are some."""
        return (SCOPE,)

    def registration(self, tool: Tool, configuration: Configuration) -> dict[str, Any]:
        """Return the request: what the platform has to know of the tool."""
        base = tool.env.base
        return registration_request(
            client_name=tool.name, initiate_login_uri=f"{base}/login", redirect_uris=[f"{base}/launch"],
            jwks_uri=f"{base}/keys", domain=self.registration_domain(base), target_link_uri=f"{base}/resource",
            scopes=self.asked_scopes(configuration),
        )  # fmt: skip

    def registration_domain(self, base: str) -> str:
        """Return the tool's domain: its host, without a port."""
        return urlsplit(base).hostname or ""

    def granted(self, answer: Registration, configuration: Configuration) -> str:
        """Return the scopes that were granted: as the answer says, or those asked for when it says nothing."""
        return " ".join(self.asked_scopes(configuration) if answer.scopes is None else answer.scopes) or "none"

    def registered(self, platform: Platform) -> Reply:
        """Show that it is done, and let the platform close the window."""
        lines = (("Platform", platform.issuer), ("Client id", platform.client_id))
        return page("Registered", lines, script=CLOSING)


class Registering:
    """Answers the platform's administrator, whose browser opens the registration address."""

    def __init__(self, environment: Environment, tool: Tool) -> None:
        self._env = environment
        self._tool = tool

    async def answer(self, inbound: Inbound) -> Reply:
        """Register at the platform that the request names; a page says how that went."""
        asked = decode_form(inbound.query)
        url, token = asked.get("openid_configuration") or "", asked.get("registration_token") or ""
        if not is_web(url):
            return self._refused(400, "openid_configuration: expected the http or https URL of a configuration")
        try:
            platform = await self.register(url, token)
            await self._new(platform)
        except (Trouble, Unfit) as problem:
            return self._refused(502, str(problem))
        await self._tool.configure(platform)
        return self._env.behaviour().registered(platform)

    async def _new(self, platform: Platform) -> None:
        """Let nobody put other keys in the place of a platform's that is known: this address is open to all."""
        known = next((one for one in await self._tool.platforms() if one.key == platform.key), None)
        if known is not None and (known.jwks_uri, known.token_endpoint) != (platform.jwks_uri, platform.token_endpoint):
            raise Unfit("client_id: expected a new one, got one that is registered already with other addresses")

    def _refused(self, status: int, why: str) -> Reply:
        self._env.note(f"registration: {why}")
        return refusal(status, "The registration failed", why)

    async def register(self, url: str, token: str) -> Platform:
        """Register at the platform of a configuration's address; return what came of it. Raises `Trouble`, `Unfit`."""
        behaviour = self._env.behaviour()
        headers = (("Accept", "application/json"), *behaviour.configuration_headers(token))
        received = await self._env.send("configuration", Request("GET", url, headers))
        if received.status != 200:
            raise Trouble(f"the configuration is answered with status {received.status}")
        configuration = read_configuration(received.body, url)
        missing = behaviour.missing(configuration)
        if missing:
            raise Trouble(f"the configuration lacks {', '.join(missing)}")
        if not behaviour.belong_together(url, configuration):
            raise Trouble("issuer and registration endpoint are not of the host that the configuration came from")
        body = json.dumps(behaviour.registration(self._tool, configuration)).encode()
        headers = (("Content-Type", "application/json"), *behaviour.registration_authorization(token))
        received = await self._env.send(
            "registration", Request("POST", configuration.registration_endpoint, headers, body)
        )
        answer = read_registration_answer(received.status, received.body)
        if not answer.ok:
            raise Trouble(f"the registration is answered with status {received.status} {answer.error}".strip())
        found: Mapping[str, Any] = {
            "issuer": configuration.issuer, "client_id": answer.client_id,
            "authorization_endpoint": configuration.authorization_endpoint,
            "token_endpoint": configuration.token_endpoint, "jwks_uri": configuration.jwks_uri,
            "audience": configuration.authorization_server or None,
            "scope": behaviour.granted(answer, configuration),
            "deployments": [answer.deployment_id] if answer.deployment_id else None,
        }  # fmt: skip
        return platform_of(found)


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower().removesuffix(".")
    except ValueError:
        return ""


def _same_family(one: str, other: str) -> bool:
    if one == other or one.endswith("." + other) or other.endswith("." + one):
        return bool(one and other)
    above, beside = one.partition(".")[2], other.partition(".")[2]
    return above == beside and above.count(".") >= 1 and not above.replace(".", "").isdigit()
