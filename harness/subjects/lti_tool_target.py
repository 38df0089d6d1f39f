"""What is known of a tool under test, and of the platform that we play against it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

DELIVERY, PROBE, BROWSER = "delivery", "probe", "browser"
AUTH, TOKEN, HANDLERS, KEYS, TOOL_KEYS = "auth", "token", "handlers", "keys", "tool-keys"
CONFIGURATION, REGISTRATION = "configuration", "registration"
MINTED, EXPECTED, STIMULUS, TOLD = "minted", "expected", "stimulus", "told"
SECOND: Final = "second-deployment"
"""The deployment of our second platform, where the tool goes by the same client id."""
STIMULI: Final = ("subscribe", "unsubscribe", "register")


@dataclass(frozen=True, slots=True)
class ToolTarget:
    """A tool as configured: its addresses, and what its owner lets us see.

    ``client_id`` and ``deployments`` are those under which it knows us; with two deployments more can be told.
    ``probe`` is the template of `harness.wire.pns_probe`. ``knows_second`` says that it knows our second platform as
    well. ``welcome`` is a text that only the page of a launch which was accepted shows. ``handler`` is where its
    notices go, if it cannot be learnt from the handlers that it sets.
    """

    login_url: str
    redirect_urls: tuple[str, ...]
    client_id: str
    deployments: tuple[str, ...]
    target_link_uri: str = ""
    jwks_url: str = ""
    domain: str = ""
    registration_url: str = ""
    probe: str = ""
    knows_second: bool = False
    welcome: str = ""
    handler: str = ""
    notice_types: tuple[str, ...] = ()
    courses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OurPlatform:
    """The platform that we play: what a tool is told of it."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    audience: str
    configuration_url: str = ""
    second: Mapping[str, str] = field(default_factory=dict)

    def facts(self, client_id: str, deployments: tuple[str, ...]) -> dict[str, object]:
        """Return what a tool's owner enters."""
        return {
            "issuer": self.issuer, "client_id": client_id, "authorization_endpoint": self.authorization_endpoint,
            "token_endpoint": self.token_endpoint, "jwks_uri": self.jwks_uri, "audience": self.audience,
            "deployments": list(deployments),
        }  # fmt: skip
