"""What a tool believes of a signed message: of a launch, and of a notice.

Written from the 1EdTech Security Framework 1.0 (5.1), LTI Core 1.3 (5.3) and Canvas's documentation of its Platform
Notification Service. Each function raises `Refused` with the rule that is broken, or returns what it found.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING or __package__:
    from examples import lti_jws as jws
else:  # run as a script: the neighbours are found in the script's own folder
    import lti_jws as jws

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
SERVICE = CLAIM + "platformnotificationservice"
COPY = "LtiContextCopyNotice"
LEEWAY = 180


class Refused(Exception):
    """A message that is not believed; the text names the rule."""


@dataclass(frozen=True)
class Platform:
    """A platform as its owner told: `deployments` are ours there."""

    issuer: str
    client_id: str
    auth: str
    token: str
    keys: str
    audience: str
    deployments: tuple[str, ...]


@dataclass(frozen=True)
class Copy:
    """A course copy: into which context, from which, when, and what it is called now."""

    notice: str
    deployment: str
    type: str
    at: datetime
    context: str = ""
    origins: tuple[str, ...] = ()
    title: str = ""


def text(value: object) -> str:
    """Return a text, or the empty one for anything else."""
    return value if isinstance(value, str) else ""


def holds(condition: object, rule: str) -> None:
    """Refuse unless a rule holds."""
    if not condition:
        raise Refused(rule)


def algorithm(message: jws.Message) -> str:
    """RS256 and nothing else, no extension that we do not know; return the name of the key."""
    holds(message.header.get("alg") == "RS256", "alg is not RS256")
    holds("crit" not in message.header, "an extension is demanded")
    kid = text(message.header.get("kid"))
    holds(kid, "no key is named")
    return kid


def signature(message: jws.Message, keys: Mapping[str, jws.Key], kid: str) -> None:
    """The key that the platform publishes under that name has signed."""
    key = keys.get(kid)
    holds(key and key.verifies(message.signed, message.signature), "the signature is not the platform's")


def is_for(claims: Mapping[str, Any], client_id: str) -> None:
    """The message is for us and for nobody else (Security Framework 1.0, 5.1.3 (3) to (5))."""
    named = claims.get("aud")
    holds((named if isinstance(named, list) else [named]) == [client_id], "aud is not our client id")
    authorized(claims, client_id)


def authorized(claims: Mapping[str, Any], client_id: str) -> None:
    """An authorized party is ourselves."""
    holds(claims.get("azp", client_id) == client_id, "azp is not our client id")


def in_time(claims: Mapping[str, Any], now: float) -> None:
    """It has not expired and is not of the future, give or take three minutes."""
    for name in ("exp", "iat", *(("nbf",) if "nbf" in claims else ())):
        value = claims.get(name)
        holds(isinstance(value, int | float) and not isinstance(value, bool), f"{name} is no number")
    holds(claims["exp"] > now - LEEWAY, "it has expired")
    holds(max(claims["iat"], claims.get("nbf", 0)) <= now + LEEWAY, "it is of the future")


def common(claims: Mapping[str, Any], platform: Platform) -> str:
    """Version, deployment and nonce; return the deployment."""
    holds(claims.get(CLAIM + "version") == "1.3.0", "the version is not 1.3.0")
    holds(text(claims.get("nonce")), "there is no nonce")
    deployment = text(claims.get(CLAIM + "deployment_id"))
    holds(deployment in platform.deployments, "the deployment is not known")
    return deployment


def launch(claims: Mapping[str, Any], platform: Platform) -> str:
    """All that a resource link launch must have (LTI Core 1.3, 5.3); return the deployment."""
    deployment = common(claims, platform)
    holds(claims.get(CLAIM + "message_type") == "LtiResourceLinkRequest", "it is no resource link launch")
    link = claims.get(CLAIM + "resource_link")
    holds(isinstance(link, dict) and text(link.get("id")), "there is no resource link")
    holds(isinstance(claims.get(CLAIM + "roles"), list), "there are no roles")
    holds(text(claims.get(CLAIM + "target_link_uri")), "there is no target link")
    holds(text(claims.get("sub")), "nobody is named")
    return deployment


def service(claims: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    """Return address and notice types of the notification service; an empty address when none is offered."""
    found = claims.get(SERVICE)
    found = found if isinstance(found, dict) else {}
    types = found.get("notice_types_supported")
    listed = tuple(one for one in types if isinstance(one, str)) if isinstance(types, list) else ()
    return text(found.get("platform_notification_service_url")), listed


def notice(claims: Mapping[str, Any], platform: Platform) -> Copy:
    """All that a notice must have, whatever its type; of a copy, its destination."""
    deployment = common(claims, platform)
    told = claims.get(CLAIM + "notice")
    told = told if isinstance(told, dict) else {}
    name, kind = text(told.get("id")), text(told.get("type"))
    holds(name and kind, "the notice has no id or no type")
    try:
        at = datetime.fromisoformat(text(told.get("timestamp")))
    except ValueError:
        raise Refused("the notice has no time") from None
    holds(at.tzinfo, "the notice's time has no zone")
    if kind != COPY:
        return Copy(name, deployment, kind, at)
    context, origins = claims.get(CLAIM + "context"), claims.get(CLAIM + "origin_contexts")
    context = context if isinstance(context, dict) else {}
    holds(text(context.get("id")), "the copy has no destination")
    listed = tuple(one for one in origins if isinstance(one, str)) if isinstance(origins, list) else ()
    title = text(context.get("title")) or text(context.get("label"))
    return Copy(name, deployment, kind, at, context["id"], listed, title)
