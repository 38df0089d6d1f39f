"""Faults of who may read and set handlers."""

from __future__ import annotations

from datetime import datetime

from mocks.faults.base import LEFT_OUT, VARIANT, Fault
from mocks.platform.answers import Refused
from mocks.platform.behaviour import PlatformBehaviour
from mocks.platform.domain import HANDLERS, AccessToken, Deployment


class NoChallenge(Fault, PlatformBehaviour):
    """A 401 has no WWW-Authenticate."""

    name = "platform.no-challenge"
    kind = LEFT_OUT
    breaks = {"PNS-HANDLER-27": "no-challenge"}

    def challenge(self, refused: Refused) -> tuple[tuple[str, str], ...]:
        return ()


class BasicChallenge(Fault, PlatformBehaviour):
    """A 401 asks for a user name and a password."""

    name = "platform.basic-challenge"
    breaks = {"PNS-HANDLER-27": "no-challenge"}

    def challenge(self, refused: Refused) -> tuple[tuple[str, str], ...]:
        found = super().challenge(refused)
        return (("WWW-Authenticate", 'Basic realm="platform"'),) if found and not refused.scheme_error else found


class BareForbidden(Fault, PlatformBehaviour):
    """Who has no token is answered by 403."""

    name = "platform.bare-forbidden"
    breaks = {"PNS-HANDLER-27": "other-status"}

    def bearer(self, inbound: object) -> str:
        try:
            return super().bearer(inbound)  # type: ignore[arg-type]
        except Refused as refused:
            raise Refused(refused.error, refused.description, 403) from None


def _without_error(refused: Refused) -> Refused:
    return Refused("unauthorized", refused.description, refused.status)


class NoTokenError(Fault, PlatformBehaviour):
    """A token that is no good is refused without saying so."""

    name = "platform.no-token-error"
    kind = LEFT_OUT
    breaks = {"PNS-HANDLER-28": "no-error-code"}

    def refuses_token(self, token: AccessToken | None, now: datetime) -> None:
        try:
            super().refuses_token(token, now)
        except Refused as refused:
            raise _without_error(refused) from None


class TokenForbidden(Fault, PlatformBehaviour):
    """A token that is no good is answered by 403, upon which no client fetches a new one."""

    name = "platform.token-forbidden"
    breaks = {"PNS-HANDLER-28": "other-status"}

    def refuses_token(self, token: AccessToken | None, now: datetime) -> None:
        try:
            super().refuses_token(token, now)
        except Refused as refused:
            raise Refused(refused.error, refused.description, 403, refused.scheme_error) from None


class NoScopeError(Fault, PlatformBehaviour):
    """A token without the scope is refused without saying so."""

    name = "platform.no-scope-error"
    breaks = {"PNS-HANDLER-29": "no-error-code"}

    def refuses_scopes(self, token: AccessToken) -> None:
        try:
            super().refuses_scopes(token)
        except Refused as refused:
            raise Refused("forbidden", refused.description, refused.status) from None


class AnyScope(Fault, PlatformBehaviour):
    """Any token will do, for whichever service it was issued."""

    name = "platform.any-scope"
    kind = LEFT_OUT
    breaks = {"PNS-HANDLER-29": "accepted"}

    def refuses_scopes(self, token: AccessToken) -> None:
        return None


class AnyClient(Fault, PlatformBehaviour):
    """Any client reads and sets the handlers of any other."""

    name = "platform.any-client"
    kind = LEFT_OUT
    breaks = {"PNS-HANDLER-30": "read"}

    def refuses_stranger(self, token: AccessToken, deployment: Deployment, method: str) -> None:
        return None


class AnyClientSets(Fault, PlatformBehaviour):
    """Any client sets the handlers of any other; to read them it has to be their own."""

    name = "platform.any-client-sets"
    breaks = {"PNS-HANDLER-30": "set"}

    def refuses_stranger(self, token: AccessToken, deployment: Deployment, method: str) -> None:
        if method == "GET":
            super().refuses_stranger(token, deployment, method)


class StrangerBadRequest(Fault, PlatformBehaviour):
    """Who asks for another's deployment is answered by 400."""

    name = "platform.stranger-bad-request"
    breaks = {"PNS-HANDLER-30": "other-status"}

    def refuses_stranger(self, token: AccessToken, deployment: Deployment, method: str) -> None:
        if token.client_id != deployment.client_id:
            raise Refused("bad_request", "this is not your deployment")


class AnyDeployment(Fault, PlatformBehaviour):
    """A deployment that there is not is answered as if it had nothing."""

    name = "platform.any-deployment"
    kind = LEFT_OUT
    breaks = {"PNS-HANDLER-31": "accepted"}

    def refuses_deployment(self, deployment: Deployment | None) -> None:
        if deployment is None:
            raise Refused("", "", 200)


class DeploymentForbidden(Fault, PlatformBehaviour):
    """A deployment that there is not is answered by 400."""

    name = "platform.deployment-bad-request"
    breaks = {"PNS-HANDLER-31": "other-status"}

    def refuses_deployment(self, deployment: Deployment | None) -> None:
        if deployment is None:
            raise Refused("bad_request", "there is no such deployment")


class HandlersOfClient(Fault, PlatformBehaviour):
    """All deployments of a client have the same handlers."""

    name = "platform.handlers-of-client"
    breaks = {"PNS-HANDLER-32": "not-apart"}

    def place(self, deployment: Deployment) -> str:
        return f"{HANDLERS}/of-{deployment.client_id}"


class HiddenDeployments(Fault, PlatformBehaviour):
    """A deployment of another client is not found, so that nobody learns whether it exists."""

    name = "platform.hidden-deployments"
    kind = VARIANT

    def refuses_stranger(self, token: AccessToken, deployment: Deployment, method: str) -> None:
        if token.client_id != deployment.client_id:
            raise Refused("not_found", "there is no such deployment", 404)
