"""Launches: third-party login initiation, the authentication request, and the id_token that answers it.

Sources: 1EdTech Security Framework 1.0, 5.1.1; LTI Core 1.3, 4.1, 5.3 and 5.4; OpenID Connect Core 1.0, 3.1.2.6.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from harness.net.listener import Reply
from harness.wire.binding import Pairs
from harness.wire.lti import (
    COURSE_OFFERING,
    LAUNCH_PRESENTATION,
    ROLE_MENTOR,
    ROLE_SCOPE_MENTOR,
    TOOL_PLATFORM,
    launch_claims,
)
from harness.wire.lti_forms import form_page
from harness.wire.lti_login import (
    AuthRequest,
    Initiation,
    auth_error_pairs,
    auth_response_pairs,
    error_of,
    faults_of,
)
from harness.wire.pns import CLAIM
from mocks.platform.answers import HTML, Refused, page
from mocks.platform.domain import Course, Deployment, Launch, Link, Person, Registration
from mocks.platform.variables import of_course, of_link, of_person, resolved

HINT_LIFE: Final = timedelta(minutes=10)
CANVAS: Final = {
    "invalid_scope": "invalid_request_object", "unsupported_response_type": "invalid_request_object",
    "invalid_request": "invalid_request_object", "access_denied": "login_required", "hint": "launch_no_longer_valid",
}  # fmt: skip
PLATFORM_CONTACT: Final = "platform@example.com"
"""Nobody's address: a platform may name one (LTI Core 1.3, 5.4.2)."""


class NoRedirect(Exception):
    """A request that ends with a page of ours, since nothing may be sent to its redirect URI.

    The message says why to a person; ``status`` is that of the page.
    """

    def __init__(self, why: str, status: int = 400) -> None:
        super().__init__(why)
        self.status = status


class LoginBehaviour:
    """How a launch begins, who may ask for its message, and what the message says."""

    settings: Mapping[str, Any]

    # --- the initiation -----------------------------------------------------------------------------------------

    def initiation(self, launch: Launch, registration: Registration, issuer: str) -> Initiation:
        """Return the parameters with which a tool is asked to log in: all six, so that every library works."""
        return Initiation(
            iss=issuer, login_hint=self.login_hint(launch), target_link_uri=launch.target_link_uri,
            lti_message_hint=launch.hint, lti_deployment_id=launch.deployment_id, client_id=registration.client_id,
        )  # fmt: skip

    def login_hint(self, launch: Launch) -> str:
        """Return the hint of who launches."""
        return launch.person

    def initiation_reply(self, initiation: Initiation, registration: Registration) -> Reply:
        """Send the browser to the tool's login: a form that posts itself."""
        return Reply(200, HTML, form_page(registration.login_url, initiation.pairs(), "Opening the tool"))

    def cookies(self, session: str) -> tuple[str, ...]:
        """Return the cookies that a browser is given when it opens a launch: that of its session alone."""
        return (session,)

    # --- the authentication request -----------------------------------------------------------------------------

    def refuses_redirect(self, request: AuthRequest, registration: Registration | None) -> None:
        """Refuse, without a redirect, a redirect URI that is not one of those registered, exactly."""
        if registration is None:
            raise NoRedirect(f"client_id: there is no client {(request.client_id or '')[:100]!r}")
        if request.redirect_uri not in registration.redirect_urls:
            raise NoRedirect("redirect_uri: it is not one of those registered for this tool")

    def refuses_stateless(self, request: AuthRequest) -> None:
        """Refuse, without a redirect, a request without state where one is required (D2L developer FAQ: 404)."""
        if self.settings["state-required"] and not request.state:
            raise NoRedirect("state: expected one, got none", 404)

    def refuses_fields(self, request: AuthRequest) -> None:
        """Refuse what is missing or has another value than the one permitted (Security Framework 1.0, 5.1.1.2)."""
        faults = self.field_faults(request)
        if faults:
            names = ", ".join(f"{name} {problem}" for name, problem in faults)
            raise Refused(self.error_name(error_of(*faults[0])), names)

    def field_faults(self, request: AuthRequest) -> tuple[tuple[str, str], ...]:
        """Return the parameters that are missing, wrong or repeated."""
        return faults_of(request)

    def refuses_disabled(self, registration: Registration, deployment: Deployment | None) -> None:
        """Refuse a registration or a deployment that is not enabled."""
        if not registration.enabled or deployment is None or not deployment.enabled:
            raise Refused(self.error_name("unauthorized_client"), "the tool is not enabled here")

    def refuses_session(self, session: str | None) -> None:
        """Refuse a browser without a session; nobody is asked to log in (prompt=none)."""
        if session is None:
            raise Refused(self.error_name("login_required"), "there is no session")

    def refuses_hint(self, request: AuthRequest, launch: Launch | None, now: datetime) -> None:
        """Refuse a message hint that is not of this platform, used or too old."""
        if launch is None or launch.client_id != request.client_id:
            raise Refused(self.error_name("invalid_request"), "lti_message_hint: it is not known")
        if self.is_used(launch) or launch.begun + HINT_LIFE < now:
            raise Refused(self.error_name("hint"), "lti_message_hint: it was used before, or is too old")

    def is_used(self, launch: Launch) -> bool:
        """Whether a launch's hint was used."""
        return launch.used

    def refuses_user(self, request: AuthRequest, launch: Launch, session: str | None) -> None:
        """Refuse a login hint of anybody but the one who is logged in."""
        if request.login_hint != launch.person or session != launch.person:
            raise Refused(self.error_name("access_denied"), "login_hint: it is not that of who is logged in")

    def error_name(self, name: str) -> str:
        """Return an error code as this profile calls it (setting ``auth-errors``)."""
        if self.settings["auth-errors"] == "canvas":
            return CANVAS.get(name, name)
        return "invalid_request" if name == "hint" else name

    def auth_error(self, request: AuthRequest, refused: Refused) -> Reply:
        """Post an error to the redirect URI, with the state as it came (OpenID Connect Core 1.0, 3.1.2.6)."""
        pairs = auth_error_pairs(refused.error, refused.description, request.state)
        return Reply(200, HTML, form_page(request.redirect_uri or "", pairs, "The tool cannot be opened"))

    def no_redirect(self, request: AuthRequest, why: NoRedirect) -> Reply:
        """Show an error to the person; nothing goes to the tool."""
        return page(why.status, "The tool cannot be opened", str(why))

    def auth_reply(self, request: AuthRequest, token: str) -> Reply:
        """Post the message to the redirect URI, with the state as it came."""
        pairs = self.auth_pairs(request, token)
        return Reply(200, HTML, form_page(request.redirect_uri or "", pairs, "Opening the tool"))

    def auth_pairs(self, request: AuthRequest, token: str) -> Pairs:
        """Return the fields of that form."""
        return auth_response_pairs(token, request.state)

    # --- the message --------------------------------------------------------------------------------------------

    def message(
        self, request: AuthRequest, launch: Launch, registration: Registration, deployment: Deployment, person: Person,
        course: Course | None, link: Link, issuer: str, service: Mapping[str, Any] | None, now: datetime,
    ) -> dict[str, Any]:  # fmt: skip
        """Return the claims of the id_token of a resource link launch (LTI Core 1.3, 5.3)."""
        claims = launch_claims(
            iss=issuer, aud=self.launch_audience(registration), sub=self.subject(person), nonce=request.nonce or "",
            now=now, lifetime=int(self.settings["lifetime"]), deployment_id=self.launch_deployment(deployment),
            target_link_uri=self.launch_target(launch), resource_link=self.resource_link(link),
            roles=self.roles(person),
            context=self.launch_context(course, deployment) if course else None,
            person=self.personal(person) if deployment.personal else None,
            custom=self.custom(registration, deployment, link, self.variables(person, deployment, link, course)),
            more=self.mentor_claim(person) | self.more_claims(registration, issuer, service, now),
        )  # fmt: skip
        return self.finished_message(claims)

    def launch_deployment(self, deployment: Deployment) -> str:
        """Return ``deployment_id``: that of the deployment, which never changes (LTI Core 1.3, 3.1.3)."""
        return deployment.id

    def launch_target(self, launch: Launch) -> str:
        """Return the signed ``target_link_uri``: the one of the initiation (LTI Core 1.3, 5.3.4)."""
        return launch.target_link_uri

    def mentor_claim(self, person: Person) -> dict[str, Any]:
        """Return whom a mentor may act for; nobody else has that claim (LTI Core 1.3, 5.4.3)."""
        if ROLE_MENTOR not in person.roles or not person.mentors:
            return {}
        return {ROLE_SCOPE_MENTOR: list(person.mentors)}

    def subject(self, person: Person) -> str | None:
        """Return ``sub``: stable, at most 255 ASCII characters."""
        return person.sub

    def launch_audience(self, registration: Registration) -> str | list[str]:
        """Return ``aud``: one string, which every library takes."""
        return registration.client_id

    def resource_link(self, link: Link) -> dict[str, Any]:
        """Return the resource link; no member is null."""
        return {"id": link.id, **({"title": link.title} if link.title else {})}

    def roles(self, person: Person) -> list[str]:
        """Return the roles: full URIs of the LIS vocabularies."""
        return list(person.roles)

    def personal(self, person: Person) -> dict[str, str]:
        """Return name and e-mail address, as OpenID Connect names them."""
        return {
            "given_name": person.given_name, "family_name": person.family_name, "name": person.name,
            "email": person.email,
        }  # fmt: skip

    def launch_context(self, course: Course, deployment: Deployment) -> dict[str, Any]:
        """Return the context: the id always, names when they may be told."""
        names = {"label": course.label, "title": course.title} if self.shows_course_names(deployment) else {}
        return {"id": course.id, **names, "type": [COURSE_OFFERING]}

    def shows_course_names(self, deployment: Deployment) -> bool:
        """Whether names of courses are told; see `SwitchBehaviour`."""
        return True

    def custom(
        self, registration: Registration, deployment: Deployment, link: Link, known: Mapping[str, str]
    ) -> dict[str, Any] | None:
        """Return the custom values, those nearest to the link counting; None when there are none."""
        given = {**registration.custom, **deployment.custom, **link.custom}
        return {name: self.custom_value(str(value), known) for name, value in given.items()} or None

    def custom_value(self, value: str, known: Mapping[str, str]) -> Any:
        """Return a custom value; a variable that is not supported, or not to be told, stays as it is (App. B)."""
        return resolved(value, known)

    def variables(self, person: Person, deployment: Deployment, link: Link, course: Course | None) -> Mapping[str, str]:
        """Return the values of the variables that are supported, as far as they may be told."""
        family = str(self.settings["product-family"])
        return {
            **of_course(course, names=self.shows_course_names(deployment)),
            **of_person(person, personal=deployment.personal), **of_link(link),
            "ToolPlatform.productFamilyCode": family, "ToolPlatformInstance.guid": f"{family}-guid",
        }  # fmt: skip

    def more_claims(
        self, registration: Registration, issuer: str, service: Mapping[str, Any] | None, now: datetime
    ) -> dict[str, Any]:
        """Return platform, presentation, the service's claim where it applies, and what this profile adds."""
        party = registration.client_id if self.settings["azp"] == "always" else None
        return {
            **({"azp": party} if party else {}),
            **({"nbf": int(now.timestamp())} if self.settings["nbf"] else {}),
            TOOL_PLATFORM: {
                "guid": f"{self.settings['product-family']}-guid", "name": "invigil mock platform",
                "product_family_code": self.settings["product-family"], "version": "1.0", "url": issuer,
                "contact_email": PLATFORM_CONTACT,
            },
            LAUNCH_PRESENTATION: {"document_target": "iframe", "locale": "en"},
            **({CLAIM: dict(service)} if service else {}),
        }  # fmt: skip

    def finished_message(self, claims: dict[str, Any]) -> dict[str, Any]:
        """Return the claims as they are signed."""
        return claims

    def launch_jwt(self, claims: Mapping[str, Any], key: Any) -> str:
        """Return the signed message."""
        signed: str = self.signed(claims, key)  # type: ignore[attr-defined]
        return signed

    def signing_time(self, launch: Launch, now: datetime) -> datetime:
        """Return when the message counts as made: now, when it is answered, not when the launch began."""
        return now
