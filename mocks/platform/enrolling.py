"""Tools that people bring to a served platform: registered from a file or a document, or known by a handler alone."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from harness.net.reach import is_loopback
from harness.wire.binding import encode_query, join_query
from harness.wire.lti_registration import host_of
from harness.wire.pns_handlers import HandlerRule, broken_rule
from mocks.platform import registering
from mocks.platform.admitting import AdmittingError, admit, deploy, refuses_domain, registration_of
from mocks.platform.domain import DEPLOYMENTS, HANDLERS, REGISTRATIONS, Deployment, Registration, StoredHandler

if TYPE_CHECKING:
    from mocks.platform.platform import Platform
    from mocks.state.store import Transaction

LARGEST: Final = 1 << 20
SAME: Final = ("login_url", "redirect_urls")
"""What two registrations of one tool have in common."""


def read_tool(path: Path) -> Mapping[str, Any]:
    """Read a registration from a JSON file; `AdmittingError` names the file and what is wrong with it.

    A file that holds what ``invigil serve tool --json`` has printed will do too: its member ``registration``.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise AdmittingError(f"{path}: {getattr(error, 'strerror', None) or 'no UTF-8 text'}") from None
    try:
        found = json.loads(text[:LARGEST])
    except (ValueError, RecursionError):
        try:
            found = json.loads(text[:LARGEST].partition("\n")[0])
        except (ValueError, RecursionError) as error:
            raise AdmittingError(f"{path}: no JSON ({error})") from None
    if isinstance(found, dict) and isinstance(found.get("registration"), dict):
        found = found["registration"]
    if not isinstance(found, dict):
        raise AdmittingError(f"{path}: expected a JSON object, got {type(found).__name__}")
    checked(found, str(path))
    return found


def checked(values: Mapping[str, Any], where: str = "") -> Registration:
    """Return the registration that values make; `AdmittingError` names field, expected and got."""
    try:
        for name in ("client_id", "name", "domain", "icon"):
            if name in values and (not isinstance(values[name], str) or not values[name]):
                raise AdmittingError(f"{name}: expected some text, got {values[name]!r:.80}")
        for name in ("scopes", "secondary_domains"):
            given = values.get(name, [])
            if not isinstance(given, list | tuple) or not all(isinstance(one, str) for one in given):
                raise AdmittingError(f"{name}: expected an array of texts, got {given!r:.80}")
        custom = values.get("custom", {})
        if not isinstance(custom, Mapping) or not all(isinstance(one, str) for one in custom.values()):
            raise AdmittingError(f"custom: expected an object of texts, got {custom!r:.80}")
        return registration_of(values, str(values.get("client_id", "new")))
    except AdmittingError as problem:
        raise AdmittingError(f"{where}: {problem}" if where else str(problem)) from None
    except (TypeError, ValueError) as problem:
        raise AdmittingError(f"{where}: {problem}" if where else str(problem)) from None


async def enrol(platform: Platform, values: Mapping[str, Any]) -> tuple[Registration, list[Deployment]]:
    """Register a tool and deploy it; one that is known keeps its client id and its deployments.

    Raises `AdmittingError`.
    """
    made = checked(values)
    async with platform.store.transaction() as tx:
        known = _known(tx, made, values)
        client_id = known.client_id if known else str(values.get("client_id") or platform.next_client_id(tx))
        made = replace(made, client_id=client_id)
        if made.enabled:
            refuses_domain(platform.settings, made, tx.rows(REGISTRATIONS))
        admit(tx, made)
        platform.forget_keys(client_id)
        deployments = [one for one in tx.rows(DEPLOYMENTS) if one.client_id == client_id]
        if not deployments:
            deployments = [deploy(platform, tx, client_id)]
    platform.tell("registered", {"client_id": made.client_id, "name": made.name})
    return made, deployments


def _known(tx: Transaction, made: Registration, values: Mapping[str, Any]) -> Registration | None:
    if values.get("client_id"):
        found: Registration | None = tx.get(REGISTRATIONS, made.client_id)
        return found
    rows: Sequence[Registration] = tx.rows(REGISTRATIONS)
    same = (one for one in rows if all(getattr(one, name) == getattr(made, name) for name in SAME))
    return next(same, None)


async def subscribe(
    platform: Platform, url: str, types: Sequence[str] = (), deployment_id: str = "", max_batch_size: int | None = None
) -> tuple[Deployment, tuple[str, ...]]:
    """Set the handler of notice types (none: of all) as a tool would by PUT, without asking for a token.

    Without a deployment a tool is registered that has nothing but this handler. A handler at a loopback address may
    be http. Raises `AdmittingError` that names the rule which the address breaks.
    """
    async with platform.store.transaction() as tx:
        deployment = _deployment(platform, tx, deployment_id, url)
        registration = tx.get(REGISTRATIONS, deployment.client_id)
        behaviour = platform.behaviour(deployment.client_id, "handlers")
        if not behaviour.applies(registration, deployment):
            raise AdmittingError(f"deployment: the notification service is switched off for {deployment.id}")
        known = behaviour.types_of(registration, deployment)
        for name in types:
            if name not in known:
                raise AdmittingError(f"type: expected one of {', '.join(known)}, got {name!r:.80}")
        rules = [_rule(behaviour.rule(registration, domain), url) for domain in registration.domains]
        broken = [broken_rule(url, rule) for rule in rules]
        if broken and broken[0] and all(broken):
            raise AdmittingError(f"url: {broken[0].message}")
        chosen = tuple(types) or known
        for name in chosen:
            tx.put(f"{HANDLERS}/{deployment.id}", name, StoredHandler(name, url, max_batch_size))
    platform.tell("registered", {"client_id": registration.client_id, "name": registration.name})
    for name in chosen:
        platform.tell("handler", {"deployment_id": deployment.id, "notice_type": name, "handler": url})
    return deployment, chosen


def _rule(rule: HandlerRule, url: str) -> HandlerRule:
    return replace(rule, allow_loopback_http=True) if is_loopback(host_of(url)) else rule


def _deployment(platform: Platform, tx: Transaction, deployment_id: str, url: str) -> Deployment:
    if deployment_id:
        found: Deployment | None = tx.get(DEPLOYMENTS, deployment_id)
        if found is None:
            known = ", ".join(list(tx.keys(DEPLOYMENTS))[:8]) or "none"
            raise AdmittingError(f"deployment: there is no {deployment_id!r:.80}; there are {known}")
        return found
    rows: Sequence[Deployment] = tx.rows(DEPLOYMENTS)
    for one in rows:
        registration: Registration | None = tx.get(REGISTRATIONS, one.client_id)
        if registration and any(_rooted(url, domain) for domain in registration.domains):
            return one
    try:
        base = f"{urlsplit(url).scheme}://{urlsplit(url).netloc}"
        values = {"login_url": f"{base}/login", "redirect_urls": [f"{base}/launch"], "jwks": {"keys": []}}
        made = registration_of({**values, "name": f"The tool of {host_of(url)}"}, platform.next_client_id(tx))
    except (AdmittingError, ValueError):
        raise AdmittingError(f"url: expected an absolute http or https URL, got {url!r:.200}") from None
    admit(tx, made)
    return deploy(platform, tx, made.client_id)


def _rooted(url: str, domain: str) -> bool:
    host = host_of(url)
    return bool(host) and (host == domain or (host.endswith(f".{domain}") and not _is_address(host)))


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


async def invitation(platform: Platform) -> str:
    """Return an address at which one tool may register itself: the configuration with a token in its query.

    (observed: Canvas puts the token into the configuration's own URL.)
    """
    opening = await registering.invite(platform, platform.base)
    token = dict(_pairs(urlsplit(opening).query)).get("registration_token", "")
    return join_query(platform.configuration_url, encode_query((("registration_token", token),)))


def _pairs(query: str) -> Sequence[tuple[str, str]]:
    from urllib.parse import parse_qsl

    return parse_qsl(query)


def facts_of(platform: Platform, registration: Registration, deployments: Sequence[Deployment]) -> dict[str, Any]:
    """Return what a tool has to know of a registration, under the names that `invigil serve tool --platform` reads."""
    return {
        "issuer": platform.issuer, "client_id": registration.client_id, "name": registration.name,
        "deployments": [one.id for one in deployments], "authorization_endpoint": platform.auth_url,
        "token_endpoint": platform.token_url, "jwks_uri": platform.keys_url, "audience": platform.audiences()[0],
        "scope": " ".join(registration.scopes), "enabled": registration.enabled,
    }  # fmt: skip


async def tools_of(platform: Platform) -> list[dict[str, Any]]:
    """Return the facts of all registrations, the first one first."""
    async with platform.store.transaction() as tx:
        registrations: Sequence[Registration] = tx.rows(REGISTRATIONS)
        deployments: Sequence[Deployment] = tx.rows(DEPLOYMENTS)
    return [
        facts_of(platform, one, [d for d in deployments if d.client_id == one.client_id]) for one in registrations
    ]  # fmt: skip
