"""Faults of a launch: how it begins, what its message says, and which deployment it names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from fixtures.keys import signing_key
from harness.net.listener import Reply
from harness.wire.lti import (
    CUSTOM,
    DEPLOYMENT_ID,
    RESOURCE_LINK_CLAIM,
    ROLE_LEARNER,
    ROLE_SCOPE_MENTOR,
    ROLES,
    TARGET_LINK_URI,
    VERSION_CLAIM,
)
from harness.wire.lti_login import Initiation
from mocks.faults.base import LEFT_OUT, WRONG_VALUE, Fault
from mocks.platform.behaviour import PlatformBehaviour
from mocks.platform.domain import Deployment, Launch, Person, Registration

Claims = dict[str, Any]


class NoInitiation(Fault, PlatformBehaviour):
    """A launch goes straight to the tool's redirect address, and its login is not asked to begin."""

    name = "platform.no-initiation"
    kind = LEFT_OUT
    breaks = {"LTI-LAUNCH-01": "no-initiation"}

    def initiation_reply(self, initiation: Initiation, registration: Registration) -> Reply:
        return Reply(302, (("Location", registration.redirect_urls[0]),))


class InitiatesElsewhere(Fault, PlatformBehaviour):
    """A login is initiated at the address of the resource."""

    name = "platform.initiates-elsewhere"
    kind = WRONG_VALUE
    breaks = {"LTI-LAUNCH-01": "no-initiation"}

    def initiation_reply(self, initiation: Initiation, registration: Registration) -> Reply:
        return super().initiation_reply(initiation, replace(registration, login_url=registration.target_link_uri))


class _Initiating(PlatformBehaviour):
    """Initiates logins otherwise."""

    changes: Callable[[Initiation], Mapping[str, Any]] = staticmethod(lambda made: {})

    def initiation(self, launch: Launch, registration: Registration, issuer: str) -> Initiation:
        made = super().initiation(launch, registration, issuer)
        return replace(made, **type(self).changes(made))


class NoIssuer(Fault, _Initiating):
    """A login is initiated without iss."""

    name = "platform.initiates-without-iss"
    kind = LEFT_OUT
    breaks = {"LTI-LAUNCH-02": "no-iss"}

    changes = staticmethod(lambda made: {"iss": ""})


class OtherIssuer(Fault, _Initiating):
    """A login is initiated with an iss that ends in a slash, which the issuer does not."""

    name = "platform.initiates-with-other-iss"
    kind = WRONG_VALUE
    breaks = {"LTI-LAUNCH-02": "other-iss"}

    changes = staticmethod(lambda made: {"iss": made.iss + "/"})


class InitiatesOtherDeployment(Fault, _Initiating):
    """A login is initiated with the id of another deployment."""

    name = "platform.initiates-other-deployment"
    kind = WRONG_VALUE
    breaks = {"LTI-LAUNCH-03": "other-deployment"}

    changes = staticmethod(lambda made: {"lti_deployment_id": f"{made.lti_deployment_id}0"})


class ResignsTarget(Fault, PlatformBehaviour):
    """The signed target is another address than that of the initiation."""

    name = "platform.signs-other-target"
    kind = WRONG_VALUE
    breaks = {"LTI-LAUNCH-13": "other-target"}

    def launch_target(self, launch: Launch) -> str:
        return f"{launch.target_link_uri}/other"


def _telling(name: str, kind: str, doc: str, breaks: Mapping[str, str], bend: Callable[[Claims], Any]) -> type[Fault]:
    """Make a fault that changes the claims of a message before it is signed."""

    def finished_message(self: PlatformBehaviour, claims: Claims) -> Claims:
        bend(claims)
        return claims

    body: dict[str, Any] = {"__doc__": doc, "name": f"platform.{name}", "kind": kind, "breaks": breaks}
    return type("Telling", (Fault, PlatformBehaviour), body | {"finished_message": finished_message})


def _to_learners(claims: Claims) -> None:
    if ROLE_LEARNER in claims[ROLES]:
        claims[ROLE_SCOPE_MENTOR] = [claims["sub"]]


FAMILY: tuple[type[Fault], ...] = (
    _telling("no-deployment-id", LEFT_OUT, "Messages of launches name no deployment.",
             {"LTI-DEP-01": "no-deployment-id", "LTI-DEP-02": "no-deployment-id", "LTI-DEP-03": "no-deployment-id",
              "LTI-LAUNCH-03": "no-deployment-id", "LTI-LAUNCH-12": "no-deployment-id"},
             lambda claims: claims.pop(DEPLOYMENT_ID)),
    _telling("no-nonce", LEFT_OUT, "Messages of launches have no nonce.",
             {"LTI-LAUNCH-09": "no-nonce", "LTI-LAUNCH-12": "no-nonce"}, lambda claims: claims.pop("nonce")),
    _telling("other-nonce", WRONG_VALUE, "The nonce comes back in capitals.",
             {"LTI-LAUNCH-09": "other-nonce"}, lambda claims: claims.update(nonce=claims["nonce"].upper())),
    _telling("no-resource-link", LEFT_OUT, "Messages of launches have no resource link.",
             {"LTI-LAUNCH-12": "no-resource-link"}, lambda claims: claims.pop(RESOURCE_LINK_CLAIM)),
    _telling("version-1-3", WRONG_VALUE, "Messages of launches are of version 1.3, without the last part.",
             {"LTI-LAUNCH-12": "wrong-version"}, lambda claims: claims.update({VERSION_CLAIM: "1.3"})),
    _telling("other-audience", WRONG_VALUE, "Messages of launches are for another client.",
             {"LTI-LAUNCH-12": "other-aud"}, lambda claims: claims.update(aud="another-client")),
    _telling("no-target", LEFT_OUT, "The target is not signed.",
             {"LTI-LAUNCH-13": "no-target", "LTI-LAUNCH-12": "no-target-link-uri"},
             lambda claims: claims.pop(TARGET_LINK_URI)),
    _telling("roles-of-its-own", LEFT_OUT, "Roles are named by words of the platform's own, none of a vocabulary.",
             {"LTI-LAUNCH-14": "no-known-role"}, lambda claims: claims.update({ROLES: ["urn:example:Tutor"]})),
    _telling("role-as-text", WRONG_VALUE, "Roles are one text with commas.",
             {"LTI-LAUNCH-14": "roles-form"}, lambda claims: claims.update({ROLES: ",".join(claims[ROLES])})),
    _telling("custom-null", LEFT_OUT, "A custom value that is a variable without a value is null.",
             {"LTI-LAUNCH-15": "not-a-string", "LTI-LAUNCH-17": "changed"},
             lambda claims: claims[CUSTOM].update(unknown_variable=None)),
    _telling("custom-number", WRONG_VALUE, "A custom value is a number.",
             {"LTI-LAUNCH-15": "not-a-string"}, lambda claims: claims[CUSTOM].update(context=6837)),
    _telling("mentor-of-self", LEFT_OUT, "Everybody is told whom they mentor, whatever their roles are.",
             {"LTI-LAUNCH-16": "mentor-scope"}, lambda claims: claims.update({ROLE_SCOPE_MENTOR: [claims["sub"]]})),
    _telling("learner-as-mentor", WRONG_VALUE, "Learners are told whom they mentor, instead of mentors.",
             {"LTI-LAUNCH-16": "mentor-scope"}, _to_learners),
)  # fmt: skip


class NoUnknownVariable(Fault, PlatformBehaviour):
    """A custom value with a variable that is not supported is left out."""

    name = "platform.unknown-variable-left-out"
    kind = LEFT_OUT
    breaks = {"LTI-LAUNCH-17": "left-out"}

    def custom(self, *given: Any) -> dict[str, Any] | None:
        found = super().custom(*given) or {}
        return {name: value for name, value in found.items() if not value.startswith("$")}


class EmptyVariable(Fault, PlatformBehaviour):
    """A variable that is not supported becomes an empty text."""

    name = "platform.unknown-variable-empty"
    kind = WRONG_VALUE
    breaks = {"LTI-LAUNCH-17": "changed"}

    def custom_value(self, value: str, known: Mapping[str, str]) -> Any:
        found = super().custom_value(value, known)
        return "" if str(found).startswith("$") else found


class SignsEarly(Fault, PlatformBehaviour):
    """A message is dated when its launch began."""

    name = "platform.signs-early"
    kind = WRONG_VALUE
    breaks = {"LTI-LAUNCH-18": "signed-early"}

    def signing_time(self, launch: Launch, now: datetime) -> datetime:
        return launch.begun


class NoKid(Fault, PlatformBehaviour):
    """Messages of launches do not say by which key they are signed."""

    name = "platform.launch-without-kid"
    kind = LEFT_OUT
    breaks = {"LTI-LAUNCH-19": "not-verified"}

    def launch_jwt(self, claims: Mapping[str, Any], key: Any) -> str:
        return super().launch_jwt(claims, key.with_kid(None))


class OtherKey(Fault, PlatformBehaviour):
    """Messages of launches are signed by another key than the one that they name."""

    name = "platform.launch-by-other-key"
    kind = WRONG_VALUE
    breaks = {"LTI-LAUNCH-19": "not-verified"}

    def launch_jwt(self, claims: Mapping[str, Any], key: Any) -> str:
        return super().launch_jwt(claims, signing_key("other-platform").with_kid(key.kid))


class ClientAsDeployment(Fault, PlatformBehaviour):
    """A launch names its client where the deployment is to be named, so that all deployments have one id."""

    name = "platform.client-as-deployment"
    kind = WRONG_VALUE
    breaks = {
        "LTI-DEP-02": "same-id", "LTI-DEP-03": "other-deployment", "LTI-LAUNCH-03": "other-deployment",
        "PNS-CLAIM-09": "other-deployment",
    }  # fmt: skip

    def launch_deployment(self, deployment: Deployment) -> str:
        return deployment.client_id


class NewIdEachTime(Fault, PlatformBehaviour):
    """A deployment has a new id in each launch."""

    name = "platform.new-deployment-id-each-time"
    kind = WRONG_VALUE
    breaks = {
        "LTI-DEP-01": "changed", "LTI-DEP-03": "other-deployment", "LTI-LAUNCH-03": "other-deployment",
        "PNS-CLAIM-09": "other-deployment",
    }  # fmt: skip

    def launch_deployment(self, deployment: Deployment) -> str:
        self.__dict__["launches"] = self.__dict__.get("launches", 0) + 1
        return f"{deployment.id}-{self.__dict__['launches']}"


class NoticeOfClient(Fault, PlatformBehaviour):
    """A notice names its client where the deployment is to be named."""

    name = "platform.notice-of-client"
    kind = WRONG_VALUE
    breaks = {"LTI-DEP-03": "other-deployment"}

    def notice_deployment(self, deployment: Deployment) -> str:
        return deployment.client_id


class LaunchOfNobody(Fault, PlatformBehaviour):
    """Learners are launched under an id of 300 characters."""

    name = "platform.long-sub"
    kind = WRONG_VALUE
    breaks = {"LTI-LAUNCH-12": "sub-form"}

    def subject(self, person: Person) -> str | None:
        return person.sub + "0" * 300 if ROLE_LEARNER in person.roles else person.sub
