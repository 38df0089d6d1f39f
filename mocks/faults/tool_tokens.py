"""Faults of an LTI tool in how it asks for access tokens, and what it does with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from harness.net.client import Received
from mocks.faults.base import LEFT_OUT, WRONG_VALUE, Fault
from mocks.tool.behaviour import ToolBehaviour
from mocks.tool.domain import Platform


class Asserts(Fault, ToolBehaviour):
    """Base of faults that change the claims of assertions: ``_more`` are set, those of ``_less`` left out."""

    _more: Mapping[str, Any] = {}
    _less: tuple[str, ...] = ()

    def assertion(self, platform: Platform, deployment: str, now: datetime) -> dict[str, Any]:
        made = super().assertion(platform, deployment, now) | dict(self._more)
        return {name: value for name, value in made.items() if name not in self._less}


class NoJti(Asserts):
    """Makes assertions without a name."""

    name = "tool.no-jti"
    kind = LEFT_OUT
    breaks = {"LTI-TOKEN-20": "no-jti", "LTI-TOKEN-22": "no-jti"}
    _less = ("jti",)


class NoIssuedAt(Asserts):
    """Does not say when an assertion was made."""

    name = "tool.no-iat"
    kind = LEFT_OUT
    breaks = {"LTI-TOKEN-20": "no-iat"}
    collateral = ("LTI-TOKEN-23",)
    # What is not there is no number either.
    _less = ("iat",)


class NoAudience(Asserts):
    """Does not say for whom an assertion is."""

    name = "tool.no-audience"
    kind = LEFT_OUT
    breaks = {"LTI-TOKEN-20": "no-aud"}
    collateral = ("LTI-TOKEN-27",)
    # Nobody is no chosen audience.
    _less = ("aud",)


class OwnSubject(Asserts):
    """Names itself as the subject, and not its client id."""

    name = "tool.own-subject"
    kind = WRONG_VALUE
    breaks = {"LTI-TOKEN-20": "wrong-sub"}
    _more = {"sub": "service-account"}


class OwnIssuer(Asserts):
    """Names its address as the issuer, and not its client id."""

    name = "tool.own-issuer"
    kind = WRONG_VALUE
    breaks = {"LTI-TOKEN-20": "wrong-iss"}
    _more = {"iss": "https://tool.example"}


class SilentOfDeployments(Fault, ToolBehaviour):
    """Has assertions for the client alone, one for all its deployments."""

    name = "tool.silent-of-deployments"
    kind = LEFT_OUT
    breaks = {"LTI-TOKEN-21": "no-deployment"}

    def assertion_deployment(self, deployment: str) -> str | None:
        return None


class OtherDeployment(Fault, ToolBehaviour):
    """Names a number of its own for the deployment."""

    name = "tool.other-deployment"
    kind = WRONG_VALUE
    breaks = {"LTI-TOKEN-21": "unknown-deployment"}

    def assertion_deployment(self, deployment: str) -> str | None:
        return "17"


class OneJti(Fault, ToolBehaviour):
    """Has one name for all assertions."""

    name = "tool.one-jti"
    kind = WRONG_VALUE
    breaks = {"LTI-TOKEN-22": "jti-repeated"}
    collateral = ("LTI-TOKEN-26",)
    # A platform that remembers assertions gives it one token and no second one.

    def jti(self) -> str:
        return "the-assertion-of-this-tool"


class DayLong(Fault, ToolBehaviour):
    """Has assertions that live for a day."""

    name = "tool.day-long-assertions"
    kind = WRONG_VALUE
    breaks = {"LTI-TOKEN-23": "long-lived"}
    assertion_lifetime = 86400


class DatesAsText(Fault, ToolBehaviour):
    """Writes dates as texts, as the examples of one document do."""

    name = "tool.dates-as-text"
    kind = WRONG_VALUE
    breaks = {"LTI-TOKEN-23": "iat-not-number"}

    def assertion(self, platform: Platform, deployment: str, now: datetime) -> dict[str, Any]:
        made = super().assertion(platform, deployment, now)
        return {name: str(value) if name in ("iat", "exp") else value for name, value in made.items()}


class AnonymousKey(Fault, ToolBehaviour):
    """Does not name the key of an assertion."""

    name = "tool.anonymous-key"
    kind = LEFT_OUT
    breaks = {"LTI-TOKEN-24": "no-kid"}

    def assertion_header(self, kid: str | None) -> Mapping[str, Any]:
        return {"kid": None}


class OtherKeyName(Fault, ToolBehaviour):
    """Names a key that it does not publish."""

    name = "tool.other-key-name"
    kind = WRONG_VALUE
    breaks = {"LTI-TOKEN-24": "unknown-kid"}

    def assertion_header(self, kid: str | None) -> Mapping[str, Any]:
        return {"kid": "1"}


class TokenForEachCall(Fault, ToolBehaviour):
    """Asks for a token before each call."""

    name = "tool.token-for-each-call"
    kind = LEFT_OUT
    breaks = {"LTI-TOKEN-25": "token-not-used-again"}

    def reuses_token(self, expires: datetime, now: datetime) -> bool:
        return False


class EncodesToken(Fault, ToolBehaviour):
    """Encodes the token as if it were part of an address."""

    name = "tool.encodes-token"
    kind = WRONG_VALUE
    breaks = {"LTI-TOKEN-25": "odd-token-not-usable"}

    def authorization(self, token: str) -> str:
        return super().authorization(quote(token))


class ShortTokens(Fault, ToolBehaviour):
    """Keeps a token in a field of 255 characters."""

    name = "tool.short-tokens"
    kind = WRONG_VALUE
    breaks = {"LTI-TOKEN-25": "odd-token-not-usable"}

    def authorization(self, token: str) -> str:
        return super().authorization(token[:255])


class GivesUpAt401(Fault, ToolBehaviour):
    """Holds on to a token that is refused."""

    name = "tool.gives-up-at-401"
    kind = LEFT_OUT
    breaks = {"LTI-TOKEN-26": "not-repeated"}

    def tries_again(self, received: Received) -> bool:
        return False


class NeverGivesUp(Fault, ToolBehaviour):
    """Asks for one token after the other, as long as they are refused."""

    name = "tool.never-gives-up"
    kind = WRONG_VALUE
    breaks = {"LTI-TOKEN-26": "asks-without-end"}
    most_repetitions = 50


class FixedAudience(Fault, ToolBehaviour):
    """Takes the address of the token endpoint for the audience of its assertions, always."""

    name = "tool.fixed-audience"
    kind = LEFT_OUT
    breaks = {"LTI-TOKEN-27": "audience-not-chosen"}

    def assertion_audience(self, platform: Platform) -> str | Sequence[str]:
        return platform.token_endpoint
