"""What is known of a platform under test, and of the tool that we play against it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from harness.wire.binding import Pairs
from harness.wire.jose import SigningKey

LOGIN, REDIRECT, TARGET, TOOL_KEYS, OTHER_KEYS, REGISTER = (
    "tool/login", "tool/launch", "tool/target", "tool/keys", "tool/other-keys", "tool/register",
)  # fmt: skip
ELSEWHERE: Final = "tool/elsewhere"
"""A redirect address that stands outside the tool's domain."""

JSON = (("Content-Type", "application/json"),)
Bend = Callable[[Pairs], Pairs]
OURS, OTHER, DISABLED = "ours", "other", "disabled"


@dataclass(frozen=True, slots=True)
class PlatformTarget:
    """A platform as configured: its addresses, our registrations there, and what else a person has told about it.

    ``other_deployment`` is a second deployment of our client; ``other_client`` (client id, deployment id) a second
    registration with keys of its own; ``disabled_client`` one that is not enabled. ``handlers_url`` is the address of
    the handlers service, where no launch can tell it; ``handlers_query`` what has to be added to it, with a place
    ``{deployment_id}`` (observed: a test tool for Blackboard Learn). ``courses`` are contexts that there are.
    """

    issuer: str
    auth_url: str
    token_url: str
    keys_url: str
    client_id: str
    deployment_id: str
    audience: str = ""
    configuration_url: str = ""
    other_deployment: str = ""
    other_client: tuple[str, str] = ("", "")
    disabled_client: str = ""
    handlers_url: str = ""
    handlers_query: str = ""
    courses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OwnTool:
    """What our tool is called by: its domain, its addresses, and its keys.

    ``elsewhere_url`` is registered as a redirect URL as well, outside the domain; empty when it is not.
    """

    domain: str
    login_url: str
    redirect_url: str
    elsewhere_url: str
    target_link_uri: str
    keys: SigningKey
    other_keys: SigningKey
    attacker: SigningKey
    registration_domain: str = ""
    """The domain that a dynamic registration names, where a platform takes one for one registration only."""
