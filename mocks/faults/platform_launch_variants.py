"""What a platform may do otherwise in launches, logins and key sets: nothing here is a defect."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from fixtures.keys import signing_key
from harness.net.listener import Reply
from harness.wire.lti_login import AuthRequest, Initiation
from harness.wire.pns import CLAIM
from mocks.faults.base import VARIANT, Fault
from mocks.platform.answers import HTML, Refused
from mocks.platform.behaviour import PlatformBehaviour
from mocks.platform.domain import Course, Deployment, Launch, Person, Registration, StoredKey
from mocks.platform.login import NoRedirect


class ShortInitiation(Fault, PlatformBehaviour):
    """A login is initiated with what is required and the message hint, and with a parameter of the platform's own."""

    name = "platform.short-initiation"
    kind = VARIANT

    def initiation(self, launch: Launch, registration: Registration, issuer: str) -> Initiation:
        made = super().initiation(launch, registration, issuer)
        return replace(made, lti_deployment_id=None, client_id=None, extra=(("lti_storage_target", "_parent"),))


class SaysLittle(Fault, PlatformBehaviour):
    """A message names no person, no course and no roles, and the resource link has no title."""

    name = "platform.says-little"
    kind = VARIANT

    def personal(self, person: Person) -> dict[str, str]:
        return {}

    def roles(self, person: Person) -> list[str]:
        return []

    def launch_context(self, course: Course, deployment: Deployment) -> dict[str, Any]:
        return {"id": course.id}

    def resource_link(self, link: Any) -> dict[str, Any]:
        return {"id": link.id}


class RolesBeyond(Fault, PlatformBehaviour):
    """Roles hold one of the platform's own beside one of a vocabulary; the claim knows more than we do."""

    name = "platform.roles-beyond"
    kind = VARIANT

    def roles(self, person: Person) -> list[str]:
        return ["urn:example:Tutor", *super().roles(person)]

    def finished_message(self, claims: dict[str, Any]) -> dict[str, Any]:
        service = claims.get(CLAIM)
        if service:
            service |= {"service_versions": ["1.0", "1.1"], "x_more": {"a": 1}}
            service["scope"] = [*service["scope"], "https://purl.imsglobal.org/spec/lti/scope/more"]
        return claims


class RefusalEndsLaunch(Fault, PlatformBehaviour):
    """A request that is refused ends its launch: its message hint is good for no other."""

    name = "platform.refusal-ends-launch"
    kind = VARIANT

    def auth_error(self, request: AuthRequest, refused: Refused) -> Reply:
        self._ended().add(request.lti_message_hint)
        return super().auth_error(request, refused)

    def no_redirect(self, request: AuthRequest, why: NoRedirect) -> Reply:
        self._ended().add(request.lti_message_hint)
        return super().no_redirect(request, why)

    def is_used(self, launch: Launch) -> bool:
        return launch.hint in self._ended() or super().is_used(launch)

    def _ended(self) -> set[str | None]:
        found: set[str | None] = self.__dict__.setdefault("ended", set())
        return found


class OneErrorForAll(Fault, PlatformBehaviour):
    """Every refusal has the same code and no description, and pages are forbidden ones."""

    name = "platform.one-error-for-all"
    kind = VARIANT

    def auth_error(self, request: AuthRequest, refused: Refused) -> Reply:
        return super().auth_error(request, Refused("invalid_request", ""))

    def no_redirect(self, request: AuthRequest, why: NoRedirect) -> Reply:
        return Reply(403, HTML, b"<!DOCTYPE html><title>Invalid redirect_uri</title>")


class HintsOfTheLaunch(Fault, PlatformBehaviour):
    """A login hint is made for one launch and tells nothing of the user."""

    name = "platform.hints-of-the-launch"
    kind = VARIANT

    def login_hint(self, launch: Launch) -> str:
        return f"login-{launch.hint}"

    def refuses_user(self, request: AuthRequest, launch: Launch, session: str | None) -> None:
        own = request.login_hint == f"login-{launch.hint}"
        super().refuses_user(replace(request, login_hint=launch.person if own else "nobody"), launch, session)


class MoreKeys(Fault, PlatformBehaviour):
    """The key set has a key of another kind, one of a kind that nobody knows, and members of the platform's own."""

    name = "platform.more-keys"
    kind = VARIANT

    def key_set(self, keys: Sequence[StoredKey]) -> dict[str, Any]:
        found = super().key_set(keys)
        unknown = {"kid": "odd", "kty": "OKP", "crv": "Ed25519", "x": "AAAA", "alg": "EdDSA", "use": "sig"}
        return {"issued": 1, "keys": [unknown, signing_key("platform-es256").public(), *found["keys"]]}

    def key_set_headers(self) -> tuple[tuple[str, str], ...]:
        return (("Cache-Control", "Max-Age=60"),)


class NewestTls(Fault, PlatformBehaviour):
    """TLS 1.3 alone is taken."""

    name = "platform.newest-tls"
    kind = VARIANT

    def serving_tls(self, context: ssl.SSLContext | None, another: Callable[[], ssl.SSLContext]) -> Any:
        made = another()
        made.minimum_version = ssl.TLSVersion.TLSv1_3
        return made


class CustomOfItsOwn(Fault, PlatformBehaviour):
    """Custom holds values that nobody has registered, and more variables are supported."""

    name = "platform.custom-of-its-own"
    kind = VARIANT

    def custom(self, *given: Any) -> dict[str, Any] | None:
        return {**(super().custom(*given) or {}), "x_lms": "", "x_time": "2026-01-15"}

    def variables(self, *given: Any) -> Mapping[str, str]:
        return {**super().variables(*given), "Context.sectionNames": "A,B"}
