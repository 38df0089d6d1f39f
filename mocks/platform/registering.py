"""Dynamic registration (LTI Dynamic Registration 1.0; observed: Canvas documentation, Moodle source)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from harness.net.listener import Inbound, Reply
from harness.wire.binding import decode_form, encode_query, join_query
from harness.wire.lti import RESOURCE_LINK
from harness.wire.lti_registration import (
    RegistrationProblem,
    RegistrationRequest,
    platform_configuration,
    read_registration_request,
    registration_answer,
)
from harness.wire.pns import SCOPE
from harness.wire.pns_assets import ASSET_SCOPE, REPORT_SCOPE
from mocks.platform import admitting
from mocks.platform.answers import Refused, error_reply, json_reply
from mocks.platform.domain import INVITES, REGISTRATIONS, Deployment, Invite, Registration

if TYPE_CHECKING:
    from mocks.platform.platform import Platform

NRPS_SCOPE: Final = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
SCOPES: Final = (SCOPE, ASSET_SCOPE, REPORT_SCOPE, NRPS_SCOPE)
"""The scopes of services that this platform knows; only that of notice handlers is served."""


class RegisteringBehaviour:
    """How a tool registers itself."""

    settings: Mapping[str, Any]

    def configuration(self, platform: Platform) -> dict[str, Any]:
        """Return the platform's configuration with every member that some library demands."""
        return platform_configuration(
            issuer=platform.issuer, authorization_endpoint=platform.auth_url,
            registration_endpoint=platform.registration_url, jwks_uri=platform.keys_url,
            token_endpoint=platform.token_url, scopes=self.scopes_supported(), notice_types=self.types_supported(),
            product_family_code=str(self.settings["product-family"]), messages=self.messages_supported(),
            authorization_server=platform.audiences()[0],
        )  # fmt: skip

    def types_supported(self) -> Sequence[str]:
        """Return the notice types that the configuration lists (D2L, Dynamic Registration)."""
        return list(self.settings["notice-types"])

    def scopes_supported(self) -> Sequence[str]:
        """Return the scopes that the configuration lists."""
        return SCOPES

    def messages_supported(self) -> Sequence[Mapping[str, Any]]:
        """Return the kinds of messages: objects, not names."""
        return [{"type": RESOURCE_LINK, "placements": ["ContentArea"]}]

    def opening_url(self, register_url: str, configuration_url: str, token: str) -> str:
        """Return the address at which a tool's registration begins."""
        pairs = (("openid_configuration", configuration_url), ("registration_token", token))
        return join_query(register_url, encode_query(pairs))

    def refuses_invite(self, invite: Invite | None, given: str, now: datetime) -> None:
        """Refuse a registration without its token, or with one that is unknown, used or expired."""
        if not given:
            raise Refused("missing_registration_token", "a registration token is needed", 401)
        if invite is None:
            raise Refused("invalid_token", "the registration token is not known", 401)
        if self.is_spent(invite):
            raise Refused("token_already_used", "the registration token was used before", 401)
        if self.is_over(invite, now):
            raise Refused("invalid_token", "the registration token has expired", 401)

    def is_spent(self, invite: Invite) -> bool:
        """Whether a token was used: it is good for once."""
        return invite.used

    def is_over(self, invite: Invite, now: datetime) -> bool:
        """Whether a token has expired."""
        return invite.expires <= now

    def metadata_problems(self, request: RegistrationRequest) -> Sequence[RegistrationProblem]:
        """Return what is wrong with the tool's metadata."""
        return request.problems

    def granted_scopes(self, request: RegistrationRequest) -> tuple[str, ...]:
        """Return what of the scopes asked for is granted."""
        return tuple(scope for scope in request.scopes if scope in self.scopes_supported())

    def is_active(self, found: Invite | None) -> bool:
        """Whether a tool may be launched before an administrator enables it (setting ``registration-active``)."""
        when = self.settings["registration-active"]
        return bool(when == "always" or (when == "approved" and found is not None and found.approved))

    def registered(self, request: RegistrationRequest, client_id: str, active: bool) -> Registration:
        """Return the registration that comes of it, enabled or not."""
        return Registration(
            client_id, request.client_name, request.domain, request.initiate_login_uri, request.redirect_uris,
            request.target_link_uri, request.jwks_uri, scopes=self.granted_scopes(request),
            enabled=active, custom=dict(request.custom_parameters or {}),
        )  # fmt: skip

    def registration_document(
        self, request: RegistrationRequest, registration: Registration, deployment: Deployment
    ) -> dict[str, Any]:
        """Return the answer: what was accepted, the client id, the scopes granted, the deployment."""
        return registration_answer(
            request, registration.client_id, scopes=registration.scopes, deployment_id=deployment.id
        )

    def refuses_domain(self, made: Registration, others: Sequence[Registration]) -> None:
        """Refuse to enable a second tool of one domain (setting ``domain-once``)."""
        try:
            admitting.refuses_domain(self.settings, made, others if made.enabled else ())
        except admitting.AdmittingError as problem:
            raise Refused("invalid_client_metadata", str(problem)) from None


async def invite(platform: Platform, register_url: str, *, approved: bool = True) -> str:
    """Begin a dynamic registration: return the address that an administrator's browser opens.

    Without ``approved`` somebody else begins it, and an administrator has to look at what comes of it.
    """
    behaviour = platform.behaviour("", "register")
    life = timedelta(seconds=float(platform.settings["registration-token-life"]))
    token = f"rt-{platform.secret('invite')}"
    async with platform.store.transaction() as tx:
        tx.put(INVITES, token, Invite(token, platform.now("") + life, approved=approved))
    return behaviour.opening_url(register_url, platform.configuration_url, token)


def serve_configuration(platform: Platform) -> Reply:
    """Answer the configuration; no token is asked for, since not every tool sends it (observed: ltijs)."""
    return json_reply(200, platform.behaviour("", "configuration").configuration(platform))


async def register(platform: Platform, inbound: Inbound) -> Reply:
    """Answer a tool's registration."""
    behaviour = platform.behaviour("", "register")
    try:
        if inbound.method != "POST":
            raise Refused("invalid_request", f"expected POST, got {inbound.method}", 405)
        document = await _registered(platform, behaviour, inbound)
    except Refused as refused:
        platform.tell("registration-refused", {"error": refused.error, "why": refused.description})
        challenge = (("WWW-Authenticate", "Bearer"),) if refused.status == 401 else ()
        return error_reply(refused, *challenge)
    return json_reply(int(platform.settings["registration-status"]), document)


async def _registered(platform: Platform, behaviour: RegisteringBehaviour, inbound: Inbound) -> dict[str, Any]:
    scheme, _, given = inbound.header("Authorization").partition(" ")
    given = given.strip() if scheme.lower() == "bearer" else ""
    # Canvas puts the token into the configuration's own URL; some tools bring it back in the query.
    given = given or decode_form(inbound.query).get("registration_token", "") or ""
    request = read_registration_request(inbound.body)
    async with platform.store.transaction() as tx:
        found = tx.get(INVITES, given) if given else None
        behaviour.refuses_invite(found, given, platform.now(""))
        problems = behaviour.metadata_problems(request)
        if problems:
            raise Refused(problems[0].error, problems[0].description)
        registration = behaviour.registered(request, platform.next_client_id(tx), behaviour.is_active(found))
        behaviour.refuses_domain(registration, tx.rows(REGISTRATIONS))
        if found is not None:
            tx.put(INVITES, given, replace(found, used=True))
        admitting.admit(tx, registration)
        deployment = admitting.deploy(platform, tx, registration.client_id)
    platform.tell("registered", {"client_id": registration.client_id, "name": registration.name})
    return behaviour.registration_document(request, registration, deployment)
