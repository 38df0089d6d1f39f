"""Faults of an LTI tool at a launch: which messages it takes for one, and which good ones it refuses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from harness.wire.jose import Jws, KeySet
from harness.wire.jose_algorithms import APPROVED
from harness.wire.lti import ROLE_INSTRUCTOR, ROLE_LEARNER, is_known_role
from harness.wire.lti import Launch as Message
from mocks.faults.base import LEFT_OUT, WRONG_VALUE, Fault
from mocks.tool.behaviour import ToolBehaviour
from mocks.tool.domain import Login, Platform
from mocks.tool.verifying import is_number


class LaunchUnsigned(Fault, ToolBehaviour):
    """Reads a launch without a look at its signature."""

    name = "tool.launch-unsigned"
    kind = LEFT_OUT
    breaks = {"LTI-LAUNCH-23": "takes-tampered"}

    def launch_signature(self, jws: Jws, keys: KeySet) -> str:
        return ""


class LaunchOfAnyKey(Fault, ToolBehaviour):
    """Verifies a launch with every key that the platform publishes, whatever key it names."""

    name = "tool.launch-of-any-key"
    kind = WRONG_VALUE
    breaks = {"LTI-LAUNCH-23": "takes-wrong-kid"}

    def launch_signature(self, jws: Jws, keys: KeySet) -> str:
        return "" if any(not super(LaunchOfAnyKey, self).launch_signature(_named(jws, key.kid), keys)
                         for key in keys.keys) else "bad-signature"  # fmt: skip


class LaunchWithoutKid(Fault, ToolBehaviour):
    """Takes the platform's first key for a launch that names none."""

    name = "tool.launch-without-kid"
    kind = LEFT_OUT
    breaks = {"LTI-LAUNCH-23": "takes-no-kid"}

    def launch_algorithm(self, jws: Jws) -> str:
        return "" if jws.header.get("alg") in APPROVED else "alg-not-allowed"

    def launch_signature(self, jws: Jws, keys: KeySet) -> str:
        named = jws if jws.header.get("kid") else _named(jws, keys.keys[0].kid)
        return super().launch_signature(named, keys)


def _named(jws: Jws, kid: str | None) -> Jws:
    """Return a signed message as if its header named that key; what was signed stays."""
    return replace(jws, header={**jws.header, "kid": kid})


class LaunchAnyTime(Fault, ToolBehaviour):
    """Looks neither at when a launch was signed nor at when it expires."""

    name = "tool.launch-any-time"
    kind = LEFT_OUT
    breaks = {"LTI-LAUNCH-23": "takes-bad-times"}

    def launch_times(self, claims: Mapping[str, Any], now: datetime) -> str:
        return "" if all(is_number(claims.get(name)) for name in ("exp", "iat")) else "no-exp"


class LaunchAnyIssuer(Fault, ToolBehaviour):
    """Does not compare the issuer of a launch."""

    name = "tool.launch-any-issuer"
    kind = LEFT_OUT
    breaks = {"LTI-LAUNCH-23": "takes-wrong-iss"}

    def launch_issuer(self, claims: Mapping[str, Any], platform: Platform) -> str:
        return ""


class LaunchAnyAudience(Fault, ToolBehaviour):
    """Takes a launch that is meant for another tool."""

    name = "tool.launch-any-audience"
    kind = LEFT_OUT
    breaks = {"LTI-LAUNCH-23": "takes-wrong-aud"}

    def launch_audience(self, claims: Mapping[str, Any], platform: Platform) -> str:
        return ""


class LaunchAnyNonce(Fault, ToolBehaviour):
    """Does not compare the nonce with the one that it sent."""

    name = "tool.launch-any-nonce"
    kind = LEFT_OUT
    breaks = {"LTI-LAUNCH-23": "takes-wrong-nonce"}

    def launch_nonce(self, message: Message, login: Login) -> str:
        return ""


class AnythingSigned(Fault, ToolBehaviour):
    """Takes whatever the platform has signed for a launch, and looks at no claim."""

    name = "tool.anything-signed"
    kind = LEFT_OUT
    breaks = {"LTI-LAUNCH-23": "takes-not-lti"}
    collateral = ("PNS-RECV-11",)
    # A notice is something that the platform has signed.

    def launch_issuer(self, claims: Mapping[str, Any], platform: Platform) -> str:
        return ""

    def launch_audience(self, claims: Mapping[str, Any], platform: Platform) -> str:
        return ""

    def launch_times(self, claims: Mapping[str, Any], now: datetime) -> str:
        return ""

    def launch_nonce(self, message: Message, login: Login) -> str:
        return ""

    def launch_claims(self, message: Message) -> str:
        return ""

    def launch_deployment(self, message: Message, platform: Platform) -> str:
        return ""


class Forgives(Fault, ToolBehaviour):
    """Base of faults that forgive some problems of a launch's claims."""

    _forgiven: tuple[str, ...] = ()

    def launch_claims(self, message: Message) -> str:
        left = tuple(problem for problem in message.problems if problem not in self._forgiven)
        return super().launch_claims(replace(message, problems=left))


class AnyVersion(Forgives):
    """Takes a launch of any version of LTI."""

    name = "tool.any-version"
    kind = WRONG_VALUE
    breaks = {"LTI-LAUNCH-23": "takes-wrong-version"}
    _forgiven = ("wrong-version",)


class NoVersion(Forgives):
    """Takes a launch that says no version."""

    name = "tool.no-version"
    kind = LEFT_OUT
    breaks = {"LTI-LAUNCH-23": "takes-no-version"}
    _forgiven = ("no-version",)


class NoMessageType(Forgives):
    """Takes a launch that does not say what it is."""

    name = "tool.no-message-type"
    kind = LEFT_OUT
    breaks = {"LTI-LAUNCH-23": "takes-no-message-type"}
    _forgiven = ("no-message-type",)


class NoRoles(Forgives):
    """Takes a launch without roles."""

    name = "tool.no-roles"
    kind = LEFT_OUT
    breaks = {"LTI-LAUNCH-23": "takes-no-roles"}
    _forgiven = ("no-roles",)


class NoResourceLink(Forgives):
    """Takes a launch whose resource link has no id."""

    name = "tool.no-resource-link"
    kind = LEFT_OUT
    breaks = {"LTI-LAUNCH-23": "takes-no-resource-link-id"}
    _forgiven = ("no-resource-link", "no-resource-link-id")


class NoSubject(Forgives):
    """Takes a launch of nobody."""

    name = "tool.no-subject"
    kind = LEFT_OUT
    breaks = {"LTI-LAUNCH-23": "takes-no-sub"}
    _forgiven = ("no-sub",)


class NoDeployment(Forgives):
    """Takes a launch without deployment for one of any of them."""

    name = "tool.no-deployment"
    kind = LEFT_OUT
    breaks = {"LTI-LAUNCH-23": "takes-no-deployment-id"}
    _forgiven = ("no-deployment-id",)

    def launch_deployment(self, message: Message, platform: Platform) -> str:
        return super().launch_deployment(message, platform) if message.deployment_id else ""


class NoClaims(Forgives):
    """Takes a launch that has no claim of LTI at all."""

    name = "tool.no-claims"
    kind = LEFT_OUT
    breaks = {"LTI-LAUNCH-23": "takes-missing-claims"}
    collateral = ("PNS-RECV-11",)
    # A notice has no claim of a launch.
    _forgiven = (
        "no-version", "no-message-type", "no-roles", "no-resource-link", "no-target-link-uri", "no-deployment-id",
    )  # fmt: skip

    def launch_deployment(self, message: Message, platform: Platform) -> str:
        return super().launch_deployment(message, platform) if message.deployment_id else ""


# --- good launches --------------------------------------------------------------------------------------------------


class Demands(Fault, ToolBehaviour):
    """Base of faults that demand of a launch what it need not have."""

    def _demanded(self, message: Message) -> bool:
        """Whether it is there."""
        return True

    def launch_claims(self, message: Message) -> str:
        return super().launch_claims(message) or ("" if self._demanded(message) else "not-enough")


class DemandsEmail(Demands):
    """Takes no launch without an e-mail address."""

    name = "tool.demands-email"
    kind = WRONG_VALUE
    breaks = {"LTI-LAUNCH-24": "refuses-names-only"}

    def _demanded(self, message: Message) -> bool:
        return "email" in message.claims


class DemandsNames(Demands):
    """Takes no launch without the user's name."""

    name = "tool.demands-names"
    kind = WRONG_VALUE
    breaks = {"LTI-LAUNCH-24": "refuses-email-only"}

    def _demanded(self, message: Message) -> bool:
        return "name" in message.claims


class DemandsPerson(Demands):
    """Takes no launch of which it does not learn who somebody is, by name or address."""

    name = "tool.demands-person"
    kind = WRONG_VALUE
    breaks = {"LTI-LAUNCH-24": "refuses-no-personal-data"}

    def _demanded(self, message: Message) -> bool:
        return "name" in message.claims or "email" in message.claims


class DemandsContext(Demands):
    """Takes no launch from outside a course."""

    name = "tool.demands-context"
    kind = LEFT_OUT
    breaks = {"LTI-LAUNCH-24": "refuses-no-context"}

    def _demanded(self, message: Message) -> bool:
        return message.context is not None


class DemandsRole(Demands):
    """Takes no launch of somebody without a role."""

    name = "tool.demands-role"
    kind = LEFT_OUT
    breaks = {"LTI-LAUNCH-24": "refuses-no-role"}

    def _demanded(self, message: Message) -> bool:
        return bool(message.roles)


class DemandsKnownRoles(Demands):
    """Takes no launch with a role that it does not know."""

    name = "tool.demands-known-roles"
    kind = WRONG_VALUE
    breaks = {"LTI-LAUNCH-24": "refuses-unknown-role"}

    def _demanded(self, message: Message) -> bool:
        return all(is_known_role(role) for role in message.roles)


class DemandsWholeRoles(Demands):
    """Takes no launch with a role that is no URL."""

    name = "tool.demands-whole-roles"
    kind = WRONG_VALUE
    breaks = {"LTI-LAUNCH-24": "refuses-short-role"}

    def _demanded(self, message: Message) -> bool:
        return all("://" in role for role in message.roles)


class OneRole(Demands):
    """Takes no launch of somebody who teaches and learns in one course."""

    name = "tool.one-role"
    kind = WRONG_VALUE
    breaks = {"LTI-LAUNCH-24": "refuses-several-roles"}

    def _demanded(self, message: Message) -> bool:
        return not {ROLE_INSTRUCTOR, ROLE_LEARNER} <= set(message.roles)
