"""Faults of an LTI tool at the login: how it begins, what is asked for, whose answer counts, and for whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from harness.net.listener import Inbound
from harness.wire.binding import Pairs
from harness.wire.lti import Launch as Message
from harness.wire.lti_login import Initiation
from mocks.faults.base import LEFT_OUT, WRONG_VALUE, Fault
from mocks.tool.behaviour import ToolBehaviour
from mocks.tool.domain import Login, Platform

LOGIN_COOKIE = "lti-login-"


class NoLoginByPost(Fault, ToolBehaviour):
    """Begins a login by GET alone."""

    name = "tool.no-login-by-post"
    kind = LEFT_OUT
    breaks = {"LTI-LAUNCH-20": "post-refused"}
    login_methods = ("GET",)


class NoLoginByGet(Fault, ToolBehaviour):
    """Begins a login by POST alone."""

    name = "tool.no-login-by-get"
    kind = WRONG_VALUE
    breaks = {"LTI-LAUNCH-20": "get-refused"}
    login_methods = ("POST",)


class NoPrompt(Fault, ToolBehaviour):
    """Leaves out that nobody may be asked to log in."""

    name = "tool.no-prompt"
    kind = LEFT_OUT
    breaks = {"LTI-LAUNCH-21": "prompt-missing"}

    def auth_pairs(self, initiation: Initiation, login: Login, redirect_uri: str) -> Pairs:
        return tuple(p for p in super().auth_pairs(initiation, login, redirect_uri) if p[0] != "prompt")


class NoMessageHint(Fault, ToolBehaviour):
    """Keeps the message hint to itself."""

    name = "tool.no-message-hint"
    kind = LEFT_OUT
    breaks = {"LTI-LAUNCH-21": "lti_message_hint-not-returned"}

    def auth_pairs(self, initiation: Initiation, login: Login, redirect_uri: str) -> Pairs:
        return tuple(p for p in super().auth_pairs(initiation, login, redirect_uri) if p[0] != "lti_message_hint")


class AsksForCode(Fault, ToolBehaviour):
    """Asks for a code, as other logins do."""

    name = "tool.asks-for-code"
    kind = WRONG_VALUE
    breaks = {"LTI-LAUNCH-21": "response_type-wrong"}

    def auth_pairs(self, initiation: Initiation, login: Login, redirect_uri: str) -> Pairs:
        pairs = super().auth_pairs(initiation, login, redirect_uri)
        return tuple((name, "code" if name == "response_type" else value) for name, value in pairs)


class OwnLoginHint(Fault, ToolBehaviour):
    """Makes a hint of its own of the login hint."""

    name = "tool.own-login-hint"
    kind = WRONG_VALUE
    breaks = {"LTI-LAUNCH-21": "login_hint-not-returned"}

    def auth_pairs(self, initiation: Initiation, login: Login, redirect_uri: str) -> Pairs:
        pairs = super().auth_pairs(initiation, login, redirect_uri)
        return tuple((name, f"{value}@tool" if name == "login_hint" else value) for name, value in pairs)


class OneNonce(Fault, ToolBehaviour):
    """Has one nonce for all logins."""

    name = "tool.one-nonce"
    kind = WRONG_VALUE
    breaks = {"LTI-LAUNCH-22": "nonce-repeated"}

    def new_nonce(self) -> str:
        return "the-nonce-of-this-tool"


class StateOfAnybody(Fault, ToolBehaviour):
    """Looks up the state in its store and asks for no cookie: anybody's answer counts in anybody's browser."""

    name = "tool.state-of-anybody"
    kind = LEFT_OUT
    breaks = {"LTI-LAUNCH-22": "taken-from-no-cookie"}

    def state_problem(self, login: Login | None, inbound: Inbound, now: datetime) -> str:
        return "" if login is not None else "unknown-state"


class AnyCookie(Fault, ToolBehaviour):
    """Is content with the cookie of any login that was ever begun in this browser."""

    name = "tool.any-cookie"
    kind = WRONG_VALUE
    breaks = {"LTI-LAUNCH-22": "taken-from-other-cookie"}

    def state_problem(self, login: Login | None, inbound: Inbound, now: datetime) -> str:
        if login is None:
            return "unknown-state"
        return "" if LOGIN_COOKIE in inbound.header("Cookie") else "foreign-state"


class AnyIssuer(Fault, ToolBehaviour):
    """Takes whoever begins a login for the first platform that it knows."""

    name = "tool.any-issuer"
    kind = LEFT_OUT
    breaks = {"LTI-LAUNCH-25": "unknown-issuer-served"}

    def registration_at_login(self, initiation: Initiation, platforms: Sequence[Platform]) -> Platform | None:
        return super().registration_at_login(initiation, platforms) or next(iter(platforms), None)


class AnyClient(Fault, ToolBehaviour):
    """Logs in under any client id that it is told, as long as it knows the issuer."""

    name = "tool.any-client"
    kind = WRONG_VALUE
    breaks = {"LTI-LAUNCH-25": "unknown-client-served"}

    def registration_at_login(self, initiation: Initiation, platforms: Sequence[Platform]) -> Platform | None:
        found = next((one for one in platforms if one.issuer == initiation.iss), None)
        return replace(found, client_id=initiation.client_id or found.client_id) if found else None


class IgnoresClient(Fault, ToolBehaviour):
    """Goes by the issuer alone, and on as the client that it is."""

    name = "tool.ignores-client"
    kind = LEFT_OUT
    breaks = {"LTI-LAUNCH-25": "client-not-looked-at"}

    def registration_at_login(self, initiation: Initiation, platforms: Sequence[Platform]) -> Platform | None:
        return super().registration_at_login(initiation, platforms) or next(
            (one for one in platforms if one.issuer == initiation.iss), None
        )


class FirstDeployment(Fault, ToolBehaviour):
    """Knows one deployment of a client, the first."""

    name = "tool.first-deployment"
    kind = LEFT_OUT
    breaks = {"LTI-LAUNCH-26": "deployment-refused"}

    def launch_deployment(self, message: Message, platform: Platform) -> str:
        known = platform.deployments[:1] if len(platform.deployments) > 1 else platform.deployments
        return "" if message.deployment_id in known or platform.onboards else "unknown-deployment"


class LastDeployment(Fault, ToolBehaviour):
    """Lets the second deployment take the place of the first."""

    name = "tool.last-deployment"
    kind = WRONG_VALUE
    breaks = {"LTI-LAUNCH-26": "deployment-refused"}

    def launch_deployment(self, message: Message, platform: Platform) -> str:
        problem, own = super().launch_deployment(message, platform), vars(self)
        if platform.deployments[1:2] == (message.deployment_id,):
            own["second"] = True
        return problem or ("unknown-deployment" if own.get("second") and message.deployment_id in
                           platform.deployments[:1] else "")  # fmt: skip


class ToldTarget(Fault, ToolBehaviour):
    """Sends the user where the login initiation said."""

    name = "tool.told-target"
    kind = WRONG_VALUE
    breaks = {"LTI-LAUNCH-27": "told-target-followed"}

    def read_initiation(self, inbound: Inbound) -> Initiation:
        found = super().read_initiation(inbound)
        vars(self)["told"] = found.target_link_uri
        return found

    def launch_target(self, message: Message) -> str:
        return str(vars(self).get("told", ""))


class TargetForRedirect(Fault, ToolBehaviour):
    """Asks for the answer at the target that the initiation named (observed: ltijs)."""

    name = "tool.target-for-redirect"
    kind = WRONG_VALUE
    breaks = {"LTI-LAUNCH-21": "redirect_uri-unknown", "LTI-LAUNCH-27": "told-target-asked-for"}

    def auth_pairs(self, initiation: Initiation, login: Login, redirect_uri: str) -> Pairs:
        return super().auth_pairs(initiation, login, initiation.target_link_uri)

    def launch_target(self, message: Message) -> str:
        return message.target_link_uri or ""
