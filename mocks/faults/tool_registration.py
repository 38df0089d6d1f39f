"""Faults of an LTI tool that registers itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.wire.lti_configuration import PLATFORM_CONFIGURATION, Configuration
from harness.wire.lti_registration import TOOL_CONFIGURATION, Registration
from harness.wire.pns import SCOPE, TYPES
from mocks.faults.base import LEFT_OUT, WRONG_VALUE, Fault
from mocks.tool.behaviour import ToolBehaviour
from mocks.tool.tool import Tool


class Requests(Fault, ToolBehaviour):
    """Base of faults that change the request: ``_more`` are set, those of ``_less`` left out."""

    _more: Mapping[str, Any] = {}
    _less: tuple[str, ...] = ()

    def registration(self, tool: Tool, configuration: Configuration) -> dict[str, Any]:
        made = super().registration(tool, configuration) | dict(self._more)
        return {name: value for name, value in made.items() if name not in self._less}


class RequestsWithoutKeys(Requests):
    """Does not say where its keys are."""

    name = "tool.requests-without-keys"
    kind = LEFT_OUT
    breaks = {"LTI-DR-14": "no-jwks_uri"}
    _less = ("jwks_uri",)


class RequestsWithoutTool(Requests):
    """Leaves out all that LTI asks for beyond a common client."""

    name = "tool.requests-without-tool"
    kind = LEFT_OUT
    breaks = {"LTI-DR-14": "no-domain"}
    _less = (TOOL_CONFIGURATION,)


class RequestsSecret(Requests):
    """Asks for a client secret."""

    name = "tool.requests-secret"
    kind = WRONG_VALUE
    breaks = {"LTI-DR-14": "invalid_token_endpoint_auth_method"}
    _more = {"token_endpoint_auth_method": "client_secret_basic"}


class RequestsCode(Requests):
    """Asks for a code, as other clients do."""

    name = "tool.requests-code"
    kind = WRONG_VALUE
    breaks = {"LTI-DR-14": "invalid_response_types"}
    _more = {"response_types": ["code"]}


class RequestsGrants(Requests):
    """Asks for no grant by which it gets tokens of services."""

    name = "tool.requests-grants"
    kind = WRONG_VALUE
    breaks = {"LTI-DR-14": "grant_types"}
    _more = {"grant_types": ["implicit"]}


class KeepsToken(Fault, ToolBehaviour):
    """Does not show the registration token that it was given."""

    name = "tool.keeps-token"
    kind = LEFT_OUT
    breaks = {"LTI-DR-15": "none-token"}

    def registration_authorization(self, token: str) -> tuple[tuple[str, str], ...]:
        return ()


class OtherToken(Fault, ToolBehaviour):
    """Shows the registration token in capitals."""

    name = "tool.other-token"
    kind = WRONG_VALUE
    breaks = {"LTI-DR-15": "wrong-token"}

    def registration_authorization(self, token: str) -> tuple[tuple[str, str], ...]:
        return (("Authorization", f"Bearer {token.upper()}!"),)


class AsksNoScope(Fault, ToolBehaviour):
    """Asks for no scope when it registers."""

    name = "tool.asks-no-scope"
    kind = LEFT_OUT
    breaks = {"LTI-DR-16": "scope-not-asked"}

    def asked_scopes(self, configuration: Configuration) -> tuple[str, ...]:
        return ()


class TakesAnyIssuer(Fault, ToolBehaviour):
    """Registers wherever a configuration says, whoever it says that it is."""

    name = "tool.takes-any-issuer"
    kind = LEFT_OUT
    breaks = {"LTI-DR-17": "foreign-issuer-taken"}

    def belong_together(self, url: str, configuration: Configuration) -> bool:
        return True


class Picky(Fault, ToolBehaviour):
    """Base of faults that cannot do with some configurations."""

    def _dislikes(self, document: Mapping[str, Any], offers: Mapping[str, Any]) -> bool:
        """Tell whether a configuration, or what it offers for LTI, is too odd."""
        return False

    def missing(self, configuration: Configuration) -> tuple[str, ...]:
        document = configuration.document or {}
        odd = self._dislikes(document, document.get(PLATFORM_CONFIGURATION) or {})
        return ("a form that is known",) if odd else super().missing(configuration)


class KnownConfigurations(Picky):
    """Reads no configuration that has members which it does not know."""

    name = "tool.known-configurations"
    kind = WRONG_VALUE
    breaks = {"LTI-DR-18": "spoiled-by-unknown-members"}

    def _dislikes(self, document: Mapping[str, Any], offers: Mapping[str, Any]) -> bool:
        return any("future" in name for name in (*document, *offers))


class KnownNotices(Picky):
    """Reads no configuration that lists notices which it does not know."""

    name = "tool.known-notices"
    kind = WRONG_VALUE
    breaks = {"LTI-DR-18": "spoiled-by-unknown-types"}

    def _dislikes(self, document: Mapping[str, Any], offers: Mapping[str, Any]) -> bool:
        return bool(set(offers.get("notice_types_supported", ())) - set(TYPES))


class MessagesAreObjects(Picky):
    """Falls over messages that are named and not described."""

    name = "tool.messages-are-objects"
    kind = LEFT_OUT
    breaks = {"LTI-DR-18": "spoiled-by-messages-as-strings"}

    def _dislikes(self, document: Mapping[str, Any], offers: Mapping[str, Any]) -> bool:
        return any(isinstance(message, str) for message in offers.get("messages_supported", ()))


class TakesMore(Fault, ToolBehaviour):
    """Takes what it has asked for as granted."""

    name = "tool.takes-more"
    kind = LEFT_OUT
    breaks = {"LTI-DR-19": "scope-not-granted-is-used"}

    def granted(self, answer: Registration, configuration: Configuration) -> str:
        return SCOPE
