"""Registering tools and placing them, as an administrator does: by hand, by API or from a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, Final

from harness.wire.json_text import as_texts
from harness.wire.lti import is_absolute_url
from harness.wire.lti_registration import host_of
from harness.wire.pns import SCOPE
from mocks.platform.domain import DEPLOYMENTS, HANDLERS, REGISTRATIONS, RETIRED, Deployment, Registration
from mocks.platform.ids import deployment_id

if TYPE_CHECKING:
    from mocks.platform.platform import Platform
    from mocks.state.store import Transaction

REQUIRED: Final = ("login_url", "redirect_urls")


class AdmittingError(Exception):
    """A registration or deployment that cannot be made or changed; the message names the field."""


def admit(tx: Transaction, registration: Registration) -> None:
    """Write a registration."""
    tx.put(REGISTRATIONS, registration.client_id, registration)


def deploy(platform: Platform, tx: Transaction, client_id: str, **changes: Any) -> Deployment:
    """Place a tool; its deployment has an id that was never used, and all notice types of the platform."""
    number = tx.count(DEPLOYMENTS) + 1
    form = str(platform.settings["deployment-id-form"])
    while any(
        tx.get(table, deployment_id(form, number, platform.seed)) is not None for table in (DEPLOYMENTS, RETIRED)
    ):
        number += 1
    made = Deployment(
        deployment_id(form, number, platform.seed), client_id, f"Deployment {number}",
        notice_types=tuple(platform.settings["notice-types"]),
    )  # fmt: skip
    made = replace(made, **changes)
    tx.put(DEPLOYMENTS, made.id, made)
    return made


def undeploy(tx: Transaction, deployment: Deployment) -> None:
    """Take a tool away from where it was placed; its handlers go with it, its id is never given again."""
    for notice_type in tx.keys(f"{HANDLERS}/{deployment.id}"):
        tx.delete(f"{HANDLERS}/{deployment.id}", notice_type)
    tx.delete(DEPLOYMENTS, deployment.id)
    tx.put(RETIRED, deployment.id, True)


def withdraw(tx: Transaction, registration: Registration) -> None:
    """Remove a registration with all its deployments; its id is never given again."""
    for deployment in tx.rows(DEPLOYMENTS):
        if deployment.client_id == registration.client_id:
            undeploy(tx, deployment)
    tx.delete(REGISTRATIONS, registration.client_id)
    tx.put(RETIRED, registration.client_id, True)


def refuses_domain(settings: Mapping[str, Any], made: Registration, others: Sequence[Registration]) -> None:
    """Refuse to enable a tool with the domain of another one that is enabled (setting ``domain-once``).

    Source: D2L "Tool Registration, Deployment, and Links".
    """
    for other in others if settings["domain-once"] else ():
        if other.client_id != made.client_id and other.enabled and other.domain == made.domain:
            raise AdmittingError(f"domain: the enabled registration {other.client_id} has {made.domain!r} already")


def registration_of(values: Mapping[str, Any], client_id: str) -> Registration:
    """Read a registration as people write it in a JSON file; `AdmittingError` names field, expected and got."""
    known = {field.name for field in fields(Registration)}
    for name in values:
        if name not in known:
            raise AdmittingError(f"{name[:80]}: there is no such field; expected one of {', '.join(sorted(known))}")
    for name in REQUIRED:
        if not values.get(name):
            raise AdmittingError(f"{name} is missing")
    urls = values["redirect_urls"]
    if not isinstance(urls, list | tuple) or not all(isinstance(url, str) and is_absolute_url(url) for url in urls):
        raise AdmittingError(f"redirect_urls: expected an array of absolute URLs, got {urls!r:.200}")
    for name in ("login_url", "target_link_uri", "jwks_url"):
        url = values.get(name)
        if url and not (isinstance(url, str) and is_absolute_url(url)):
            raise AdmittingError(f"{name}: expected an absolute URL, got {url!r:.200}")
    if not values.get("jwks_url") and not isinstance(values.get("jwks"), Mapping):
        raise AdmittingError("jwks_url is missing; expected the address of the tool's key set, or the set as jwks")
    if not isinstance(values.get("jwks"), Mapping | None):
        raise AdmittingError(f"jwks: expected a key set, got {values['jwks']!r:.80}")
    for name in ("client_id", "name", "domain", "icon"):
        if name in values and not isinstance(values[name], str):
            raise AdmittingError(f"{name}: expected some text, got {values[name]!r:.80}")
    for name in ("scopes", "secondary_domains"):
        if not isinstance(values.get(name, ()), list | tuple) or as_texts(values.get(name, ())) is None:
            raise AdmittingError(f"{name}: expected an array of texts, got {values[name]!r:.80}")
    custom = values.get("custom", {})
    if not isinstance(custom, Mapping) or not all(isinstance(one, str) for one in custom.values()):
        raise AdmittingError(f"custom: expected an object of texts, got {custom!r:.80}")
    usual = {
        "client_id": client_id, "name": "A tool", "domain": host_of(str(values["login_url"])),
        "target_link_uri": urls[0], "jwks_url": "",
    }  # fmt: skip
    given = {"scopes": (SCOPE,), **values, **{name: values.get(name) or usual[name] for name in usual}}
    for name in ("redirect_urls", "scopes", "secondary_domains"):
        given[name] = tuple(given.get(name, ()))
    for name in ("enabled", "pns"):
        if not isinstance(given.get(name, True), bool):
            raise AdmittingError(f"{name}: expected true or false, got {given[name]!r:.80}")
    return Registration(**given)
