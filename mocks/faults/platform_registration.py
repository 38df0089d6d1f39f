"""Faults of dynamic registration."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from harness.wire.binding import encode_query, join_query
from harness.wire.lti_registration import (
    PLATFORM_CONFIGURATION,
    TOOL_CONFIGURATION,
    RegistrationProblem,
    RegistrationRequest,
)
from harness.wire.pns import SCOPE
from mocks.faults.base import LEFT_OUT, VARIANT, WRONG_VALUE, Fault
from mocks.platform.answers import Refused
from mocks.platform.behaviour import PlatformBehaviour
from mocks.platform.domain import Deployment, Invite, Registration
from mocks.platform.platform import Platform
from mocks.platform.registering import RegisteringBehaviour

Members = dict[str, Any]

# --- the invitation ---------------------------------------------------------------------------------------------------


class NoConfigurationTold(Fault, PlatformBehaviour):
    """A tool's registration address is opened with the token alone."""

    name = "platform.no-configuration-told"
    kind = LEFT_OUT
    breaks = {"LTI-DR-01": "no-configuration"}

    def opening_url(self, register_url: str, configuration_url: str, token: str) -> str:
        return join_query(register_url, encode_query((("registration_token", token),)))


class RelativeConfiguration(Fault, PlatformBehaviour):
    """A tool is told the path of the configuration, not its address."""

    name = "platform.relative-configuration"
    kind = WRONG_VALUE
    breaks = {"LTI-DR-01": "no-url"}

    def opening_url(self, register_url: str, configuration_url: str, token: str) -> str:
        return super().opening_url(register_url, "/.well-known/openid-configuration", token)


# --- the configuration ------------------------------------------------------------------------------------------------


def _configured(
    name: str, kind: str, doc: str, breaks: Mapping[str, str], bend: Callable[[Members], Any]
) -> type[Fault]:  # fmt: skip
    """Make a fault that changes the configuration."""

    def configuration(self: PlatformBehaviour, platform: Platform) -> Members:
        members: Members = json.loads(json.dumps(RegisteringBehaviour.configuration(self, platform)))
        bend(members)
        return members

    body: Members = {"__doc__": doc, "name": name, "kind": kind, "breaks": breaks, "configuration": configuration}
    return type("Configured", (Fault, PlatformBehaviour), body)


def _own(bend: Callable[[Members], Any]) -> Callable[[Members], Any]:
    return lambda members: bend(members[PLATFORM_CONFIGURATION])


FAMILY = (
    _configured(
        "platform.configuration-without-claims", LEFT_OUT, "The configuration does not list claims.",
        {"LTI-DR-02": "missing"}, lambda members: members.pop("claims_supported"),
    ),
    _configured(
        "platform.configuration-method-as-text", WRONG_VALUE, "The methods of authentication are a text.",
        {"LTI-DR-02": "wrong-form"},
        lambda members: members.update(token_endpoint_auth_methods_supported="private_key_jwt"),
    ),
    _configured(
        "platform.configuration-without-product", LEFT_OUT, "The configuration does not tell the product.",
        {"LTI-DR-03": "missing"}, _own(lambda own: own.pop("product_family_code")),
    ),
    _configured(
        "platform.messages-as-strings", WRONG_VALUE, "Kinds of messages are names (observed: older Moodle).",
        {"LTI-DR-03": "messages-as-strings"},
        _own(lambda own: own.update(messages_supported=[one["type"] for one in own["messages_supported"]])),
    ),
    _configured(
        "platform.configuration-without-types", LEFT_OUT, "The configuration lists no notice types.",
        {"LTI-DR-04": "not-listed"}, _own(lambda own: own.pop("notice_types_supported")),
    ),
    _configured(
        "platform.types-beside-configuration", WRONG_VALUE, "Notice types stand outside of the platform's part.",
        {"LTI-DR-04": "not-listed"},
        lambda members: members.update(
            notice_types_supported=members[PLATFORM_CONFIGURATION].pop("notice_types_supported")
        ),
    ),
    _configured(
        "platform.configuration-without-scope", LEFT_OUT, "The scope of notice handlers is not listed.",
        {"LTI-DR-05": "not-listed"}, lambda members: members["scopes_supported"].remove(SCOPE),
    ),
    _configured(
        "platform.configuration-with-old-scope", WRONG_VALUE, "The scope is listed by a name that it never had.",
        {"LTI-DR-05": "not-listed"},
        lambda members: members.update(scopes_supported=[
            one.replace("/spec/lti/scope/noticehandlers", "/spec/lti-pns/scope/notice")
            for one in members["scopes_supported"]
        ]),
    ),
    _configured(
        "platform.registration-elsewhere", LEFT_OUT, "Tools are sent to a host of another name to register.",
        {"LTI-DR-06": "registration-elsewhere"},
        lambda members: members.update(registration_endpoint="https://registration.invalid/register"),
    ),
    _configured(
        "platform.issuer-elsewhere", WRONG_VALUE, "The issuer is called by another name than the host.",
        {"LTI-DR-06": "issuer-elsewhere"},
        lambda members: members.update(issuer=members["issuer"].replace("//localhost", "//127.0.0.1")),
    ),
)  # fmt: skip


# --- the token --------------------------------------------------------------------------------------------------------


class OpenRegistration(Fault, PlatformBehaviour):
    """Whoever asks is registered."""

    name = "platform.open-registration"
    kind = LEFT_OUT
    breaks = {"LTI-DR-07": "accepted"}
    collateral = ("LTI-DR-08",)

    def refuses_invite(self, invite: Invite | None, given: str, now: datetime) -> None:
        return None


class ForbiddenRegistration(Fault, PlatformBehaviour):
    """Who has no token, or a wrong one, is refused by 403."""

    name = "platform.registration-403"
    kind = WRONG_VALUE
    breaks = {"LTI-DR-07": "wrong-status"}

    def refuses_invite(self, invite: Invite | None, given: str, now: datetime) -> None:
        try:
            super().refuses_invite(invite, given, now)
        except Refused as refused:
            raise Refused(refused.error, refused.description, 403) from None


class TokenAgain(Fault, PlatformBehaviour):
    """A registration token registers any number of tools."""

    name = "platform.registration-token-again"
    kind = WRONG_VALUE
    breaks = {"LTI-DR-08": "accepted-again"}

    def is_spent(self, invite: Invite) -> bool:
        return False


class TokenForEver(Fault, PlatformBehaviour):
    """A registration token never expires."""

    name = "platform.registration-token-for-ever"
    kind = LEFT_OUT
    breaks = {"LTI-DR-08": "accepted-late"}

    def is_over(self, invite: Invite, now: datetime) -> bool:
        return False


# --- metadata and answer ----------------------------------------------------------------------------------------------


class AnyMetadata(Fault, PlatformBehaviour):
    """Metadata are taken as they come."""

    name = "platform.any-metadata"
    kind = LEFT_OUT
    breaks = {"LTI-DR-09": "accepted"}

    def metadata_problems(self, request: RegistrationRequest) -> Sequence[RegistrationProblem]:
        return ()


class AnyMethod(Fault, PlatformBehaviour):
    """The method of authentication is not looked at."""

    name = "platform.any-auth-method"
    kind = WRONG_VALUE
    breaks = {"LTI-DR-09": "accepted"}

    def metadata_problems(self, request: RegistrationRequest) -> Sequence[RegistrationProblem]:
        return [one for one in super().metadata_problems(request) if one.member != "token_endpoint_auth_method"]


class _Answering(PlatformBehaviour):
    """Changes the answer to a registration by `bent`."""

    def bent(self, document: Members) -> None:
        """Change the answer."""

    def registration_document(
        self, request: RegistrationRequest, registration: Registration, deployment: Deployment
    ) -> Members:
        document: Members = json.loads(
            json.dumps(super().registration_document(request, registration, deployment))
        )  # fmt: skip
        self.bent(document)
        return document


class NoClientId(Fault, _Answering):
    """The answer does not tell the client id; what has none cannot be launched or told a deployment either."""

    name = "platform.registered-without-client-id"
    kind = LEFT_OUT
    breaks = {"LTI-DR-10": "no-client-id"}

    def bent(self, document: Members) -> None:
        del document["client_id"]


class NoEcho(Fault, _Answering):
    """The answer tells nothing of the redirect addresses that were accepted."""

    name = "platform.registered-without-echo"
    kind = LEFT_OUT
    breaks = {"LTI-DR-10": "not-echoed"}

    def bent(self, document: Members) -> None:
        del document["redirect_uris"]


class NoScopeTold(Fault, _Answering):
    """The answer does not tell which scopes were granted."""

    name = "platform.registered-without-scope"
    kind = LEFT_OUT
    breaks = {"LTI-DR-10": "no-scope"}

    def bent(self, document: Members) -> None:
        del document["scope"]


class MoreScopes(Fault, PlatformBehaviour):
    """A tool is granted all scopes that there are."""

    name = "platform.registered-with-all-scopes"
    kind = WRONG_VALUE
    breaks = {"LTI-DR-10": "more-than-asked"}

    def granted_scopes(self, request: RegistrationRequest) -> tuple[str, ...]:
        return tuple(self.scopes_supported())


class NoDeploymentTold(Fault, _Answering):
    """A deployment is made and not told."""

    name = "platform.registered-without-deployment"
    kind = LEFT_OUT
    breaks = {"LTI-DR-11": "not-told"}

    def bent(self, document: Members) -> None:
        del document["deployment_id"], document[TOOL_CONFIGURATION]["deployment_id"]


class OtherDeploymentTold(Fault, _Answering):
    """Another deployment is told than the one that launches carry."""

    name = "platform.registered-with-other-deployment"
    kind = WRONG_VALUE
    breaks = {"LTI-DR-11": "another-deployment"}

    def bent(self, document: Members) -> None:
        document["deployment_id"] = document[TOOL_CONFIGURATION]["deployment_id"] = "deployment-0"


class TwoDeploymentsTold(Fault, _Answering):
    """At its two places the answer tells two deployments."""

    name = "platform.registered-with-two-deployments"
    kind = WRONG_VALUE
    breaks = {"LTI-DR-11": "two-deployments"}

    def bent(self, document: Members) -> None:
        document["deployment_id"] = "deployment-0"


class ActiveAtOnce(Fault, PlatformBehaviour):
    """What registers itself is enabled at once."""

    name = "platform.registered-is-enabled"
    kind = LEFT_OUT
    breaks = {"LTI-DR-12": "launched-before"}

    def is_active(self, found: Invite | None) -> bool:
        return True


# --- legitimate variants ----------------------------------------------------------------------------------------------


class MoodleForm(Fault, _Answering):
    """The deployment stands inside the tool configuration alone (observed: Moodle)."""

    name = "platform.variant-registered-as-moodle-does"
    kind = VARIANT

    def bent(self, document: Members) -> None:
        del document["deployment_id"]


class CanvasForm(Fault, _Answering):
    """The deployment stands at the top level alone (observed: Canvas), beside a member that nobody knows."""

    name = "platform.variant-registered-as-canvas-does"
    kind = VARIANT

    def bent(self, document: Members) -> None:
        del document[TOOL_CONFIGURATION]["deployment_id"]
        document["https://platform.example/registration"] = {"id": 1}


class SpentByRefusal(Fault, PlatformBehaviour):
    """A token counts as used when it was shown once, whatever came of it."""

    name = "platform.variant-token-spent-by-refusal"
    kind = VARIANT

    def is_spent(self, invite: Invite) -> bool:
        shown: set[str] = self.__dict__.setdefault("_shown_tokens", set())
        spent = invite.token in shown
        shown.add(invite.token)
        return spent or super().is_spent(invite)
